"""Log-ins that are refused: how many there may be from one place, and what of them stands in the audit."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from console_web.auth import Sessions
from console_web.throttle import SOURCE_TRIES, TRIES, Source, Throttle, address_source, seat_source
from nvr.catalogue import audit
from nvr.catalogue.audit import AuditRecord
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S
from nvr.errors import CatalogueError
from tests.console_web.room import Room
from tests.console_web.test_session import log_in

NAT = "10.0.0.7"
SHIFT = 12


def sessions_of(room: Room) -> Sessions:
    found: Sessions = room.app.state.parts.sessions
    return found


def use_up(room: Room, source: Source, left: int) -> None:
    """All tries of a source but so many: what each costs is Argon2's."""
    throttle, now_ns = sessions_of(room).sources, room.clock.monotonic_ns()
    for _ in range(SOURCE_TRIES - left):
        assert throttle.admit(source, now_ns) == 0


def refused(room: Room) -> list[AuditRecord]:
    """Oldest first."""
    with room.catalogue.read() as tx:
        return [record for record in reversed(audit.read(tx, 500)) if record.action == "login.refused"]


async def registered(room: Room, number: int) -> httpx.AsyncClient:
    """The browser of a registered seat, behind the address that all share."""
    answer = await room.person(Role.ADMIN).post("/api/terminals", {"number": number, "name": f"Puesto {number}"})
    (cookie,) = [each for each in answer.cookies.jar if each.name.endswith("nvr_terminal")]
    browser = room.client(address=NAT)
    browser.cookies.set(cookie.name, cookie.value or "")
    return browser


async def test_one_address_does_not_try_all_names(room: Room) -> None:
    """One password over many names is refused like many over one; the window ends; other addresses go on."""
    room.add_user(Role.OPERATOR, name="rosa")
    use_up(room, address_source(NAT), 2)
    attacker = room.client(address=NAT)
    statuses = [(await log_in(attacker, f"nombre{number}", "Cajamarca2026!")).status_code for number in range(4)]
    assert statuses == [401, 401, 429, 429]
    late = await log_in(attacker, "rosa")
    assert late.status_code == 429
    assert 0 < int(late.headers["retry-after"]) <= 301
    assert (await log_in(room.client(address="10.0.0.8"), "rosa")).status_code == 200
    room.clock.advance(seconds=301)
    assert (await log_in(attacker, "rosa")).status_code == 200


async def test_what_the_address_refuses_is_no_try_of_that_name(room: Room) -> None:
    """Else whoever shares the address could lock a name beyond the window of his own flood."""
    room.add_user(Role.OPERATOR, name="rosa")
    client, now_ns = room.client(address=NAT), room.clock.monotonic_ns()
    use_up(room, address_source(NAT), 0)
    for _ in range(TRIES + 1):
        assert (await log_in(client, "rosa")).status_code == 429
    throttle = sessions_of(room).throttle
    assert [throttle.admit(("rosa", *address_source(NAT)), now_ns) for _ in range(TRIES)] == [0] * TRIES


async def test_a_log_in_that_is_right_takes_nothing_from_the_address_and_gives_nothing_back(room: Room) -> None:
    """A shift that comes uses up nothing; who has an account gets no more guesses at others' by logging in in between."""
    room.add_user(Role.OPERATOR, name="rosa")
    use_up(room, address_source(NAT), 1)
    for _ in range(3):
        assert (await log_in(room.client(address=NAT), "rosa")).status_code == 200
    assert (await log_in(room.client(address=NAT), "luis")).status_code == 401
    assert (await log_in(room.client(address=NAT), "rosa")).status_code == 429


def test_a_shift_behind_one_address_is_not_refused_by_it() -> None:
    """Twelve people, each of whom errs as often as his name may at all."""
    throttle, source = Throttle(SOURCE_TRIES), address_source(NAT)
    for at_s in range(SHIFT * (TRIES - 1)):
        assert throttle.admit(source, at_s * NS_PER_S) == 0
    for _ in range(SHIFT):
        assert throttle.admit(source, SHIFT * TRIES * NS_PER_S) == 0
        throttle.take_back(source)


async def test_a_registered_seat_has_a_count_of_its_own(room: Room) -> None:
    """Whatever somebody else does behind the same address (a proxy, NAT), to it as a whole or to a name."""
    room.add_user(Role.OPERATOR, name="rosa")
    seat, other = await registered(room, 3), room.client(address=NAT)
    for _ in range(TRIES):
        assert (await log_in(other, "rosa", "no es esta, no")).status_code == 401
    use_up(room, address_source(NAT), TRIES)
    assert (await log_in(other, "rosa")).status_code == 429
    assert (await log_in(seat, "rosa")).status_code == 200
    made_up = room.client(address=NAT)
    made_up.cookies.set("nvr_terminal", "x" * 43)
    assert (await log_in(made_up, "luis")).status_code == 429, "a cookie of one's own making is no seat"


async def test_a_registered_seat_does_not_try_without_end_either(room: Room) -> None:
    seat = await registered(room, 3)
    (token,) = [each.value or "" for each in seat.cookies.jar]
    use_up(room, seat_source(hashlib.sha256(token.encode()).hexdigest()), 1)
    assert [(await log_in(seat, f"nombre{number}")).status_code for number in range(2)] == [401, 429]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.7", "10.0.0.8", False),
        ("::ffff:10.0.0.7", "10.0.0.7", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "10.0.0.7", False),
        ("testclient", "testclient", True),
    ],
)
def test_who_has_a_network_of_addresses_is_one_source(one: str, other: str, same: bool) -> None:
    assert (address_source(one) == address_source(other)) is same


async def test_nobody_without_a_session_chooses_what_stands_in_the_audit_nor_how_much(room: Room) -> None:
    """Names that there are not: one record, with how many and from where. A name that there is: as it is stored, each time."""
    rosa = room.add_user(Role.OPERATOR, name="rosa")
    attacker = room.client(address=NAT)
    for name in ("Rosa Jefa", "sistema", "mi clave secreta", "Rosa Jefa"):
        assert (await log_in(attacker, name, "x")).status_code == 401
    assert (await log_in(room.client(address="10.0.0.9"), "nadie", "x")).status_code == 401
    assert (await log_in(attacker, " ROSA", "x")).status_code == 401
    await sessions_of(room).refusals.flush()
    await sessions_of(room).refusals.flush()
    known, *unknown = refused(room)
    assert (known.actor, known.address, known.detail) == (rosa.name, NAT, {})
    assert [(each.actor, each.address, each.detail) for each in unknown] == [
        ("", NAT, {"tries": "4"}),
        ("", "10.0.0.9", {"tries": "1"}),
    ]
    with room.catalogue.read() as tx:
        assert audit.verify(tx).first_bad_id is None


async def test_many_addresses_fill_neither_memory_nor_audit(room: Room) -> None:
    refusals = sessions_of(room).refusals
    for number in range(1000):
        refusals.note(None, "", f"10.9.{number // 250}.{number % 250}")
    await refusals.flush()
    records = refused(room)
    assert len(records) == 101
    assert sum(int(each.detail["tries"]) for each in records) == 1000
    assert max(records, key=lambda each: int(each.detail["tries"])).address == ""


async def test_the_answer_does_not_wait_for_the_audit(room: Room) -> None:
    """Else its time would tell which names there are: only of these a record is written at once."""
    room.add_user(Role.OPERATOR, name="rosa")
    with room.catalogue.write():
        for name in ("rosa", "nadie"):
            assert (await log_in(room.client(), name, "x")).status_code == 401
        assert refused(room) == []
    await sessions_of(room).refusals.flush()
    assert [each.actor for each in refused(room)] == ["rosa", ""]


async def test_what_can_not_be_written_is_counted_on(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = sessions_of(room).refusals
    refusals.note(None, "", NAT)
    with monkeypatch.context() as patch:

        def full(*_: object, **__: object) -> None:
            raise CatalogueError("the disk is full")

        patch.setattr(audit, "append", full)
        await refusals.flush()
    refusals.note(None, "", NAT)
    await refusals.flush()
    (record,) = refused(room)
    assert record.detail == {"tries": "2"}


async def test_what_was_counted_is_written_when_the_console_ends(bare_room: Room) -> None:
    async with bare_room.app.router.lifespan_context(bare_room.app):
        await log_in(bare_room.client(address=NAT), "nadie")
    (record,) = refused(bare_room)
    assert (record.address, record.detail) == (NAT, {"tries": "1"})
