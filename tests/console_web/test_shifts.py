"""Shifts over HTTP: a log-in at a registered terminal binds person, terminal and shift; who is away is told; one shift hands over to the next."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from alerts.holds import Holds
from alerts.presence import IDLE_NS
from nvr.catalogue import audit
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S, SimulatedClock
from tests.console_web.room import CONFIG, PASSWORD, Room, open_room, until


async def test_a_log_in_binds_person_terminal_and_shift(bare_room: Room) -> None:
    """An admin registers a browser; whoever logs in there sits at that terminal, whatever a page says of itself, and shares the cameras."""
    room = bare_room
    admin = room.person(Role.ADMIN)
    registered = await admin.post("/api/terminals", {"number": 3, "name": "Puesto 3"})
    (cookie,) = [each for each in registered.cookies.jar if each.name.endswith("nvr_terminal")]
    browser = room.client()
    browser.cookies.set(cookie.name, cookie.value or "")
    user = room.add_user(Role.OPERATOR, name="ana")
    answer = await browser.post(
        "/api/login", json={"name": "ana", "password": PASSWORD}, headers={"x-terminal": "Otro"}
    )
    assert answer.status_code == 200, answer.text
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)
    async with room.served() as base, AsyncExitStack() as stack:
        socket = await stack.enter_async_context(
            connect(
                f"{base}/api/events",
                additional_headers={"Cookie": cookies, "Origin": room.origin, "X-Terminal": "Otro"},
            )
        )
        await socket.send(json.dumps({"after": 0}))
        await until(lambda: bool(room.desk.presence.now()))
        room.desk.tick()
        boss = room.person(Role.SUPERVISOR)
        said = (await boss.get("/api/room")).json()["room"]
        (seat,) = said["seats"]
        assert (seat["user_id"], seat["terminal"], seat["idle"]) == (user.user_id, "Puesto 3", False)
        assert said["shift"] == room.desk.shift().key
        assert (set(said["shares"].values()), said["unwatched"]) == ({user.user_id}, [])
        now_ms = room.clock.wall_ns() // 10**6
        (duty,) = (await boss.get(f"/api/duties?from_ms=0&to_ms={now_ms + 1}")).json()["items"]
        assert (duty["user_name"], duty["terminal"], duty["shift"]) == (seat["name"], "Puesto 3", said["shift"])
    with room.catalogue.read() as tx:
        begun = next(record for record in audit.read(tx, 50) if record.action == "duty.begin")
    assert (begun.object, begun.detail["terminal"], begun.detail["shift"]) == (user.user_id, "Puesto 3", said["shift"])


async def test_who_is_away_while_an_alert_waits_is_told_to_the_supervisor_within_seconds(bare_room: Room) -> None:
    """A16: told within 60 s. The page says how long nobody has touched it; the supervisor's page gets the room anew with the next look, a second later."""
    room = bare_room
    person, boss = room.person(Role.OPERATOR), room.person(Role.SUPERVISOR)
    async with room.served() as base, AsyncExitStack() as stack:
        operator, supervisor = [
            await stack.enter_async_context(room.socket(base, "/api/events", each)) for each in (person, boss)
        ]
        for socket in (operator, supervisor):
            await socket.send(json.dumps({"after": 0}))
        await until(lambda: len(room.desk.presence.now()) == 2)
        room.desk.tick()
        room.alert("cam01")
        room.clock.advance(seconds=IDLE_NS / NS_PER_S)
        await supervisor.send(json.dumps({"idle_s": 1}))
        await until(lambda: [each.idle for each in room.desk.presence.now()].count(False) == 1)
        room.desk.tick()
        idle: list[str] = []
        while not idle:
            message = json.loads(await supervisor.recv())
            if message["kind"] == "room":
                idle = [seat["user_id"] for seat in message["body"]["seats"] if seat["idle"]]
        assert idle == [person.user.user_id]


async def test_a_camera_that_nobody_present_may_see_is_named_and_is_the_supervisors_once_he_is_there(
    bare_room: Room,
) -> None:
    room = bare_room
    limited, boss = room.person(Role.OPERATOR, cameras=("cam02",)), room.person(Role.SUPERVISOR)
    async with room.served() as base, AsyncExitStack() as stack:
        said: list[tuple[dict[str, str], list[str]]] = []
        for person in (limited, boss):
            socket = await stack.enter_async_context(room.socket(base, "/api/events", person))
            await socket.send(json.dumps({"after": 0}))
            await until(lambda: len(room.desk.presence.now()) == len(said) + 1)
            room.desk.tick()
            now = (await boss.get("/api/room")).json()["room"]
            said.append((now["shares"], now["unwatched"]))
    mine, his = limited.user.user_id, boss.user.user_id
    assert said == [
        ({"cam02": mine}, ["cam01", "cam03"]),
        ({"cam01": his, "cam02": mine, "cam03": his}, []),
    ]


async def test_a_roster_names_people_who_are_there_and_is_audited(bare_room: Room) -> None:
    room = bare_room
    boss, ana = room.person(Role.SUPERVISOR), room.add_user(Role.OPERATOR)
    gone = room.add_user(Role.OPERATOR)
    room.change_user(gone, enabled=False)
    shift = room.desk.shift()

    def entry(user_id: str, *, chief: bool = False) -> dict[str, Any]:
        return {"user_id": user_id, "post": "Puesto 3", "level": 3, "chief": chief}

    plan = {"day": shift.day, "shift": shift.name}
    done = await boss.post("/api/roster", plan | {"entries": [entry(ana.user_id, chief=True)]})
    (written,) = [each for each in done.json()["rosters"] if each["shift"]["name"] == shift.name]
    assert [(each["user_id"], each["post"], each["level"], each["chief"]) for each in written["entries"]] == [
        (ana.user_id, "Puesto 3", 3, True)
    ]
    assert [each["shift"]["name"] for each in done.json()["rosters"]] == ["07-15", "15-23", "23-07"]
    refused = await boss.post("/api/roster", plan | {"entries": [entry(gone.user_id)]})
    assert refused.status_code == 404, "nobody plans with who can't log in"
    with room.catalogue.read() as tx:
        records = [(record.actor, record.object) for record in audit.read(tx, 50) if record.action == "roster.change"]
    assert records == [(boss.user.full_name, shift.key)]


async def test_a_shift_is_handed_over_over_http(bare_room: Room) -> None:
    room = bare_room
    out, incoming = room.person(Role.OPERATOR), room.person(Role.OPERATOR)
    incident, _ = room.dispatched("cam01", "pnp")
    base = f"/api/handovers/{(await out.post('/api/handovers')).json()['handover_id']}"
    ordered = (await out.post(f"{base}/orders", {"text": "Vigilar la plaza"})).json()
    assert [(each["kind"], each["ref"]) for each in ordered["items"]] == [
        ("incident", incident.incident_id),
        ("order", ""),
    ]
    first, last = [each["item_id"] for each in ordered["items"]]
    assert (await incoming.post(f"{base}/items/{first}/accept", {"remark": ""})).status_code == 409, "nobody has signed"
    assert (await out.post(f"{base}/sign")).json()["state"] == "signed"
    assert (await out.post(f"{base}/items/{first}/accept", {"remark": ""})).status_code == 409, "to himself"
    for item_id in (first, last):
        answer = await incoming.post(f"{base}/items/{item_id}/accept", {"remark": "conforme"})
        assert answer.status_code == 200, answer.text
    done = (await out.get(base)).json()
    assert (done["state"], done["accepted_by"]) == ("accepted", incoming.user.full_name)
    assert [each["remark"] for each in done["items"]] == ["conforme", "conforme"]


async def test_a_hand_over_shows_each_what_he_may_see_of_it(bare_room: Room) -> None:
    """Of other people's cameras that there is something, and why a hold was placed to who may see holds; asked for and sent alike. What nobody saw he does not accept."""
    room = bare_room
    boss, limited = room.person(Role.SUPERVISOR), room.person(Role.OPERATOR, cameras=("cam02",))
    incident, _ = room.dispatched("cam01", "pnp")
    span = (room.clock.wall_ns() - 60 * NS_PER_S, room.clock.wall_ns())
    for camera_id in ("cam01", "cam02"):
        room.clock.advance(seconds=1)  # the newest comes first
        Holds(room.catalogue, room.config, room.clock).place(
            [camera_id], span, "lo pide la Fiscalía", "", None, boss.actor
        )
    async with room.served() as base, AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(room.socket(base, "/api/events", each)) for each in (boss, limited)]
        for socket in sockets:
            await socket.send(json.dumps({"after": 0}))
        begun = (await boss.post("/api/handovers")).json()
        url = f"/api/handovers/{begun['handover_id']}"
        await boss.post(f"{url}/orders", {"text": "Vigilar la plaza"})
        await boss.post(f"{url}/sign")
        told = [await _signed_handover(socket) for socket in sockets]
    whole, part = [(await each.get(url)).json() for each in (boss, limited)]
    assert told == [whole, part] == [(await each.get("/api/handovers")).json()["items"][0] for each in (boss, limited)]
    assert whole == (await boss.get(url)).json()
    assert [(each["kind"], each["ref"] != "", each["hidden"]) for each in part["items"]] == [
        ("incident", False, True), ("hold", True, False), ("hold", False, True), ("order", False, False),
    ]  # fmt: skip
    assert [each["text"].count("Fiscalía") for each in whole["items"]] == [0, 1, 1, 0]
    assert [each["text"] for each in part["items"]] == ["", "cámara 2 Jr. Dos", "", "Vigilar la plaza"]
    for secret in ("Fiscalía", "Jr. Uno", incident.incident_id, incident.number):
        assert secret not in json.dumps(part, ensure_ascii=False)
        assert secret in json.dumps(whole, ensure_ascii=False)
    of_others, mine, *_ = [each["item_id"] for each in whole["items"]]
    assert (await limited.post(f"{url}/items/{of_others}/accept", {"remark": ""})).status_code == 404
    accepted = (await limited.post(f"{url}/items/{mine}/accept", {"remark": ""})).json()
    assert accepted["items"][0]["text"] == ""


async def _signed_handover(socket: ClientConnection) -> Any:
    while True:
        message = json.loads(await socket.recv())
        if message["kind"] == "handover" and message["body"]["state"] == "signed":
            return message["body"]


async def test_a_callers_place_is_tied_to_the_cameras_within_reach(tmp_path: Path, clock: SimulatedClock) -> None:
    """By coordinates the nearest first, with the way; by words those whose name fits; nobody is shown another's cameras."""
    clock.advance(seconds=1)
    places = {"Jr. Uno": (-7.1617, -78.5128), "Jr. Tres": (-7.1650, -78.5128)}
    text = CONFIG
    for name, (latitude, longitude) in places.items():
        text = text.replace(f"name: {name},", f"name: {name}, location: [{latitude}, {longitude}],")
    with open_room(tmp_path, tmp_path / "run", clock, config_text=text) as room:
        await _nearby(room)


async def _nearby(room: Room) -> None:
    whole, limited = room.person(Role.OPERATOR), room.person(Role.OPERATOR, cameras=("cam02",))
    assert [each["camera_id"] for each in (await whole.get("/api/nearby?text=jirón dos")).json()["items"]] == ["cam02"]
    assert (await limited.get("/api/nearby?text=uno")).json()["items"] == []
    near = (await whole.get("/api/nearby?text=dos&lat=-7.1651&lon=-78.5128")).json()["items"]
    assert [(each["camera_id"], each["metres"]) for each in near] == [("cam03", 11), ("cam01", 378), ("cam02", None)]
    assert (await limited.get("/api/nearby?lat=-7.1651&lon=-78.5128")).json()["items"] == []
