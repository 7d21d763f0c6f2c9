"""The event feed on real sockets: nothing missed, nothing twice, nothing of somebody else's, and quickly."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection

from alerts.presence import GRACE_NS
from alerts.records import DispatchState
from console_web.access import Action, Subject, Target
from console_web.events import PING, RESET, Client, Event, EventFeed
from console_web.targets import Objects
from nvr.catalogue import changes
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S
from nvr.config.agencies import PNP, SERENAZGO
from tests.console_web.room import Room, close_code, until


def last_seq(room: Room) -> int:
    with room.catalogue.read() as tx:
        return changes.last_seq(tx)


async def follow(connection: ClientConnection, after: int) -> None:
    await connection.send(json.dumps({"after": after}))


async def read_until(connection: ClientConnection, seq: int) -> list[dict[str, Any]]:
    """Messages up to the one of ``seq``."""
    got: list[dict[str, Any]] = []
    async with asyncio.timeout(20):
        while not got or got[-1].get("seq", -1) < seq:
            message = json.loads(await connection.recv())
            if message["kind"] != "ping":
                got.append(message)
    return got


async def test_changes_arrive_in_their_wire_shape(bare_room: Room) -> None:
    """An alert, its incident and its dispatch, as the lists show them."""
    room = bare_room
    async with room.served() as base:
        person = room.person(Role.OPERATOR)
        async with room.socket(base, "/api/events", person) as connection:
            await follow(connection, 0)
            incident, dispatch = room.dispatched("cam02", PNP)
            got = await read_until(connection, last_seq(room))
        newest = {message["kind"]: message for message in got}
        client = room.client()
        client.cookies.set("nvr_session", person.token)
        alert_id = newest["alert"]["body"]["alert_id"]
        assert newest["alert"]["body"] == (await client.get(f"/api/alerts/{alert_id}")).json()
        assert newest["incident"]["body"] == (await client.get(f"/api/incidents/{incident.incident_id}")).json()
        (listed,) = (await client.get("/api/dispatches?state=sent")).json()["items"]
        assert newest["dispatch"]["body"] == listed
        assert listed["dispatch_id"] == dispatch.dispatch_id
        assert all(set(message) == {"seq", "wall_ms", "kind", "body"} for message in got)
        assert all(0 < message["wall_ms"] < 10**13 for message in got)
        assert "_ns" not in json.dumps(got)


async def test_nothing_is_missed_and_nothing_seen_twice_while_clients_come_and_go(bare_room: Room) -> None:
    """Writers race in threads; each client reconnects again and again from the last seq that it saw."""
    room = bare_room
    total = 120
    async with room.served() as base:
        people = [room.person(Role.SUPERVISOR) for _ in range(4)]

        def write(part: int) -> None:
            for i in range(total // 3):
                room.take_up_state(f"cam0{part + 1}", "offline" if i % 2 else "online", f"p{part}-{i}")

        async def client(number: int) -> list[int]:
            seen: list[int] = []
            rounds = 0
            while len(seen) < total:
                rounds += 1
                async with room.socket(base, "/api/events", people[number]) as connection:
                    await follow(connection, seen[-1] if seen else 0)
                    for _ in range(1 + (number * 7 + rounds) % 11):
                        message = json.loads(await asyncio.wait_for(connection.recv(), 15))
                        assert message["kind"] == "camera", message
                        seen.append(message["seq"])
                        if len(seen) == total:
                            break
            return seen

        async def writers() -> None:
            await asyncio.gather(*(asyncio.to_thread(write, part) for part in range(3)))

        results = await asyncio.gather(writers(), *(client(number) for number in range(len(people))))
        with room.catalogue.read() as tx:
            expected = [change.seq for change in changes.changes_after(tx, 0, 1000)]
        assert len(expected) == total
        for seen in results[1:]:
            assert seen == expected


async def test_nobody_is_told_of_cameras_or_agencies_that_are_not_his(bare_room: Room) -> None:
    """Replayed and live, of every kind; dispatchers see their agency's part of an incident only."""
    room = bare_room
    room.dispatched("cam01", PNP)
    async with room.served() as base:
        people = {
            "limited": room.person(Role.OPERATOR, cameras=("cam02",)),
            "serenazgo": room.person(Role.DISPATCHER, agency="serenazgo"),
            "pnp": room.person(Role.DISPATCHER, agency="pnp"),
            "admin": room.person(Role.ADMIN),
            "all": room.person(Role.INVESTIGATOR),
        }
        async with AsyncExitStack() as stack:
            sockets = {
                name: await stack.enter_async_context(room.socket(base, "/api/events", person))
                for name, person in people.items()
            }
            for connection in sockets.values():
                await follow(connection, 0)
            incident, _ = room.dispatched("cam02", SERENAZGO)
            room.desk.dispatch_incident(incident.incident_id, people["all"].actor, PNP, "apoyo", "clave-1234")
            room.take_up_state("cam01", "offline", "a")
            room.take_up_state("cam02", "offline", "b")
            room.take_up_state("cam03", "offline", "c")
            (mine,) = (d for d in room.desk.incident(incident.incident_id).dispatches if d.agency == SERENAZGO)
            room.desk.advance(mine.dispatch_id, people["serenazgo"].actor, DispatchState.RECEIVED)
            # Last, something that concerns them all: what has not come before it does not come.
            room.take_up_state("cam02", "online", "")
            end = last_seq(room)
            got = {name: await read_until(connection, end) for name, connection in sockets.items()}
        assert [message["seq"] for message in got["all"]] == list(range(1, end + 1))

        def cameras(name: str, kind: str) -> set[str]:
            return {message["body"]["camera_id"] for message in got[name] if message["kind"] == kind}

        assert (
            cameras("limited", "alert") == cameras("limited", "incident") == cameras("limited", "camera") == {"cam02"}
        )
        assert "cam01" not in json.dumps(got["limited"]).replace('"neighbours": {"cam01"', "")
        assert {message["kind"] for message in got["admin"]} == {"camera"}
        assert {message["kind"] for message in got["serenazgo"]} == {"incident", "dispatch", "camera"}
        assert cameras("serenazgo", "incident") == cameras("serenazgo", "camera") == {"cam02"}
        assert cameras("pnp", "incident") == cameras("pnp", "camera") == {"cam01", "cam02"}
        for name, agency in (("serenazgo", "serenazgo"), ("pnp", "pnp")):
            for message in got[name]:
                if message["kind"] == "dispatch":
                    assert message["body"]["agency"] == agency
                if message["kind"] == "incident":
                    assert {dispatch["agency"] for dispatch in message["body"]["dispatches"]} <= {agency}


async def test_alert_reaches_thirty_sockets_soon_after_its_commit(bare_room: Room) -> None:
    """Each commit is read once and handed to all; a generous bound for a busy machine, the figure itself is in benchmarks."""
    room = bare_room
    async with room.served() as base, AsyncExitStack() as stack:
        sockets = []
        for _ in range(30):
            person = room.person(Role.OPERATOR)
            connection = await stack.enter_async_context(room.socket(base, "/api/events", person))
            await follow(connection, last_seq(room))
            sockets.append(connection)
        feed = room.app.state.parts.feed
        await until(lambda: feed.clients == 30)
        delays_ms = []
        for i in range(10):
            await asyncio.to_thread(room.take_up_state, "cam01", "offline" if i % 2 else "online", str(i))
            committed = time.perf_counter()
            await asyncio.gather(*(read_until(connection, last_seq(room)) for connection in sockets))
            delays_ms.append((time.perf_counter() - committed) * 1000)
        assert statistics.median(delays_ms) < 500, delays_ms


async def test_a_place_that_is_forgotten_or_unheard_of_means_load_again(bare_room: Room) -> None:
    """Then what comes later still arrives."""
    room = bare_room
    for i in range(5):
        room.take_up_state("cam01", "offline" if i % 2 else "online", str(i))
    with room.catalogue.write() as tx:
        changes.trim(tx, room.clock.wall_ns() + 1)
    assert last_seq(room) == 5
    async with room.served() as base:
        for after in (2, 99):
            async with room.socket(base, "/api/events", room.person(Role.ADMIN)) as connection:
                await follow(connection, after)
                assert await connection.recv() == RESET
                room.take_up_state("cam02", "online", f"x{after}")
                assert json.loads(await connection.recv())["seq"] == last_seq(room)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "[]",
        "{}",
        '{"after": "1"}',
        '{"after": -1}',
        '{"after": true}',
        '{"after": 1e308}',
        '{"after": 9223372036854775808}',
        "[" * 3000,
    ],
)
async def test_nonsense_instead_of_a_place_closes_the_socket(bare_room: Room, words: str) -> None:
    """With a code of its own, and nothing else happens."""
    room = bare_room
    async with room.served() as base, room.socket(base, "/api/events", room.person(Role.ADMIN)) as connection:
        await connection.send(words)
        assert await close_code(connection) == 4400


async def test_a_message_that_is_too_long_is_not_read(bare_room: Room) -> None:
    """RFC 6455 section 7.4.1: 1009."""
    room = bare_room
    async with room.served() as base, room.socket(base, "/api/events", room.person(Role.ADMIN)) as connection:
        await connection.send("x" * 100_000)
        assert await close_code(connection) == 1009


async def test_a_camera_that_is_taken_away_is_silent_on_an_open_socket(
    bare_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket stays, its user is judged anew."""
    from console_web import sockets

    monkeypatch.setattr(sockets, "RECHECK_S", 0.05)
    room = bare_room
    async with room.served() as base:
        person = room.person(Role.OPERATOR)
        async with room.socket(base, "/api/events", person) as connection:
            await follow(connection, 0)
            room.take_up_state("cam01", "online", "a")
            assert json.loads(await connection.recv())["body"]["camera_id"] == "cam01"
            room.change_user(person.user, cameras=("cam02",))
            (client,) = room.app.state.parts.feed._clients
            await until(lambda: client.subject.cameras == frozenset({"cam02"}))
            room.take_up_state("cam01", "offline", "b")
            room.take_up_state("cam02", "online", "c")
            assert json.loads(await connection.recv())["body"]["camera_id"] == "cam02"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"role": Role.OPERATOR, "agency": None}, {"role": Role.INVESTIGATOR, "agency": None}),
        ({"role": Role.DISPATCHER, "agency": SERENAZGO}, {"role": Role.DISPATCHER, "agency": PNP}),
    ],
)
async def test_who_becomes_something_else_stands_for_nothing_on_an_open_socket(
    bare_room: Room, monkeypatch: pytest.MonkeyPatch, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Else alerts are put before somebody who may not take them, and a board counts as watched whose agency nobody sits there for."""
    from console_web import sockets

    monkeypatch.setattr(sockets, "RECHECK_S", 0.05)
    room = bare_room
    async with room.served() as base:
        person = room.person(**before)
        async with room.socket(base, "/api/events", person) as connection:
            await follow(connection, 0)
            at_desk = before["role"] is Role.OPERATOR
            await until(lambda: bool(room.desk.presence.now()) == at_desk)
            await until(lambda: (room.desk.boards.view(SERENAZGO).empty_since_wall_ns is None) != at_desk)
            room.change_user(person.user, **after)
            assert await close_code(connection) == 4403
        room.clock.advance(seconds=GRACE_NS / NS_PER_S)
        await until(lambda: not room.desk.presence.now())
        assert room.desk.boards.view(SERENAZGO).empty_since_wall_ns is not None


async def test_a_catalogue_that_fails_closes_the_socket_for_another_try(
    bare_room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """1013, one line in the log, and the server goes on."""
    from console_web import sockets
    from nvr.errors import CatalogueError

    monkeypatch.setattr(sockets, "RECHECK_S", 0.05)
    room = bare_room
    person = room.person(Role.ADMIN)
    async with room.served() as base, room.socket(base, "/api/events", person) as connection:
        await follow(connection, 0)
        await until(lambda: bool(room.app.state.parts.feed.clients))

        def fails(*_hashes: str | None) -> None:
            raise CatalogueError("the catalogue is locked by another program")

        with monkeypatch.context() as patch:
            patch.setattr(room.app.state.parts.sessions, "_find", fails)
            assert await close_code(connection) == 1013
        errors = [record for record in caplog.records if record.levelname == "ERROR"]
        assert all(record.exc_info is None for record in errors)
        assert room.app.state.parts.feed.clients == 0
        async with room.socket(base, "/api/events", person) as again:
            await follow(again, 0)
            await (await again.ping())


# A client's queue, without sockets.

EVERYTHING = Subject("u", Role.SUPERVISOR)


def event(seq: int, camera_id: str = "cam01") -> Event:
    return Event(seq, Action.SEE_CAMERAS, Target(camera_id), {None: str(seq)})


@given(st.lists(st.one_of(st.just("event"), st.just("read")), max_size=150), st.integers(1, 10))
def test_a_slow_client_is_reset_and_never_given_a_hole(steps: list[str], limit: int) -> None:
    """Between two resets the numbers follow one another without a gap; the queue keeps its bound."""

    async def run() -> None:
        client = Client(EVERYTHING, limit=limit)
        seq = 0
        expected: int | None = 1
        for step in steps:
            if step == "event":
                seq += 1
                client.offer(event(seq))
                assert len(client._texts) <= limit + 1
                continue
            text = await client.next(0)
            if text == RESET:
                expected = None
            elif text != PING:
                assert expected is None or int(text) == expected
                expected = int(text) + 1

    asyncio.run(run())


def test_an_event_that_was_seen_is_not_queued_again() -> None:
    """Replay and live overlap."""
    client = Client(EVERYTHING, seen_seq=5)
    for seq in (4, 5, 6, 6, 7):
        client.offer(event(seq))
    assert list(client._texts) == ["6", "7"]


async def test_who_was_replayed_ahead_of_the_reader_may_come_back_at_once(bare_room: Room) -> None:
    """He has seen more than the fan-out has, and all of it: no reason to have him load his lists again."""
    room = bare_room
    room.alert("cam01")
    objects: Objects = room.app.state.guard.objects
    feed = EventFeed(room.catalogue, room.desk, room.app.state.parts.shapes, objects, room.services.threads)
    running = asyncio.create_task(feed.run())
    try:
        user = room.person(Role.SUPERVISOR).user
        await feed.join(Subject.of(user), 0)
        feed._seq -= 1  # as it stands between a commit and its fan-out
        again = await feed.join(Subject.of(user), last_seq(room))
        assert (again.resets, again.seen_seq) == (0, last_seq(room))
        stranger = await feed.join(Subject.of(user), last_seq(room) + 1)
        assert stranger.resets == 1, "a seq of another database"
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_dispatchers_page_is_his_agencys_board_and_nobody_elses_is(bare_room: Room) -> None:
    """Its word counts for its own agency; an operator's, and nonsense, count for nothing."""
    room = bare_room
    boards = room.desk.boards
    async with room.served() as base:
        people = [room.person(Role.DISPATCHER, agency="pnp"), room.person(Role.OPERATOR)]
        assert boards.view(PNP).empty_since_wall_ns is not None
        async with AsyncExitStack() as stack:
            pnp, operator = [await stack.enter_async_context(room.socket(base, "/api/events", each)) for each in people]
            for connection in (pnp, operator):
                await follow(connection, 0)
            await until(lambda: boards.view(PNP).empty_since_wall_ns is None)
            assert boards.view(SERENAZGO).empty_since_wall_ns is not None
            await operator.send(json.dumps({"shown": ["d-operator"]}))
            for nonsense in (
                '{"shown": 7}',
                '{"shown": [7, "", null]}',
                json.dumps({"shown": ["d"] * 101}),
                json.dumps({"shown": ["a b", "\x00", "\ud800", "d" * 65]}),
                "[" * 2000,
            ):
                await pnp.send(nonsense)
            await pnp.send(json.dumps({"shown": ["d1", "d2"]}))
            said: dict[str, set[str]] = {}

            def heard() -> bool:
                for agency, ids in boards.take_shown().items():
                    said.setdefault(agency, set()).update(ids)
                return bool(said.get(PNP))

            await until(heard)
            assert said == {PNP: {"d1", "d2"}}
        await until(lambda: boards.view(PNP).empty_since_wall_ns is not None)


async def test_what_an_operators_screen_shows_was_seen_and_what_others_say_was_not(bare_room: Room) -> None:
    """A dispatcher's word counts for nothing, nor that of an operator who may not see the camera; nonsense holds up nobody."""
    room = bare_room
    alert_ids = [room.alert("cam01"), room.alert("cam02")]
    people = [
        room.person(Role.DISPATCHER, agency="pnp"),
        room.person(Role.OPERATOR, cameras=["cam02"]),
        room.person(Role.OPERATOR),
    ]

    def seen() -> list[bool]:
        room.desk.sightings.step()
        found = room.desk.alert_times_between(0, room.clock.wall_ns() + NS_PER_S)
        return [each.seen_wall_ns is not None for each in sorted(found, key=lambda each: each.camera_id)]

    async with room.served() as base, AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(room.socket(base, "/api/events", each)) for each in people]
        for socket in sockets:
            await follow(socket, 0)
        for socket in sockets[:2]:
            for words in ({"seen": "\x00"}, {"seen": ["\x00", "\ud800"]}, {"seen": alert_ids}):
                await socket.send(json.dumps(words))
        await until(lambda: seen() == [False, True])
        await sockets[2].send(json.dumps({"seen": alert_ids}))
        await until(lambda: seen() == [True, True])
