"""What is tidied up by itself: alerts of people whose session ran out, old changes, the audit's head."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.records import Actor, AlertState
from console_web.auth import ABSOLUTE_NS, IDLE_NS
from nvr.app.audit_check import AuditAnchor, read_heads
from nvr.app.upkeep import KEPT_CHANGES_NS, KEPT_HISTORY_NS, Upkeep
from nvr.catalogue import audit, changes, sessions
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config.agencies import PNP
from nvr.errors import StorageError
from tests.console_web.room import Person, Room, open_room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A catalogue with people and alerts in it."""
    with open_room(tmp_path, tmp_path / "run", SimulatedClock()) as made:
        yield made


@pytest.fixture
def upkeep(room: Room, tmp_path: Path) -> Upkeep:
    return Upkeep(room.catalogue, room.desk, AuditAnchor(tmp_path / "audit-head.log"), lambda: False)


def taken(room: Room, person: Person, camera_id: str) -> str:
    """An alert that somebody has."""
    alert_id = room.alert(camera_id)
    room.desk.take(alert_id, person.actor)
    return alert_id


def touch(room: Room, person: Person) -> None:
    """As a request of his does."""
    with room.catalogue.write() as tx:
        for session in sessions.of_user(tx, person.user.user_id):
            sessions.touch(tx, session.token_hash, room.clock.wall_ns())


def test_who_fell_asleep_gives_his_alerts_back(room: Room, upkeep: Upkeep) -> None:
    """His session ran out for want of a request; whoever is at work keeps his."""
    asleep, awake = room.person(Role.OPERATOR), room.person(Role.OPERATOR)
    lost, kept = taken(room, asleep, "cam01"), taken(room, awake, "cam02")
    touch(room, asleep)
    room.clock.advance(seconds=IDLE_NS / NS_PER_S - 1)
    touch(room, awake)
    upkeep.step()
    assert room.desk.alert(lost).state is AlertState.TAKEN, "released before the session ended"
    room.clock.advance(seconds=1)
    upkeep.step()
    assert room.desk.alert(lost).state is AlertState.NEW
    assert room.desk.alert(lost).owner_id is None
    assert room.desk.alert(kept).state is AlertState.TAKEN
    with room.catalogue.read() as tx:
        assert sessions.user_ids(tx) == {awake.user.user_id}
        newest = audit.read(tx, 1)[0]
    assert (newest.action, newest.actor, newest.object) == ("alert.release", "sistema", lost)


def test_a_session_ends_after_a_shift_however_busy(room: Room, upkeep: Upkeep) -> None:
    """And what its user had goes back."""
    person = room.person(Role.OPERATOR)
    alert_id = taken(room, person, "cam01")
    room.clock.advance(seconds=ABSOLUTE_NS / NS_PER_S)
    touch(room, person)
    upkeep.step()
    assert room.desk.alert(alert_id).state is AlertState.NEW


def test_nothing_to_do_writes_nothing(room: Room, upkeep: Upkeep) -> None:
    """Every few seconds for years: no row, no file line."""
    taken(room, room.person(Role.OPERATOR), "cam01")
    upkeep.step()
    with room.catalogue.read() as tx:
        before = (changes.last_seq(tx), audit.head(tx))
    upkeep.step()
    with room.catalogue.read() as tx:
        assert (changes.last_seq(tx), audit.head(tx)) == before


def test_changes_are_forgotten_after_a_week_but_the_newest(room: Room, upkeep: Upkeep) -> None:
    """So that the place of a reader never goes back."""
    upkeep.step()
    room.alert("cam01")
    room.clock.advance(seconds=KEPT_CHANGES_NS / NS_PER_S - 600)
    room.alert("cam02")
    with room.catalogue.read() as tx:
        first, last = changes.first_seq(tx), changes.last_seq(tx)
    upkeep.step()
    with room.catalogue.read() as tx:
        assert changes.first_seq(tx) == first, "what is younger than a week went"
    room.clock.advance(seconds=3600)
    upkeep.step()
    with room.catalogue.read() as tx:
        assert first < changes.first_seq(tx) <= last == changes.last_seq(tx)


def test_histories_go_once_nobody_asks_for_them_and_not_while_the_date_is_doubted(
    room: Room, upkeep: Upkeep, tmp_path: Path
) -> None:
    """A camera with a loose cable adds tens of thousands of rows a day, for years."""
    room.take_up_state("cam01", "offline", "sin ruta")
    room.clock.advance(seconds=KEPT_HISTORY_NS / NS_PER_S + 1)
    Upkeep(room.catalogue, room.desk, AuditAnchor(tmp_path / "other.log"), lambda: True).step()
    assert _states(room) == 1
    upkeep.step()
    assert _states(room) == 0


def _states(room: Room) -> int:
    with room.catalogue.read() as tx:
        return int(tx.connection.exec_driver_sql("SELECT count(*) FROM camera_history").scalar_one())


def test_the_head_is_kept_at_start_each_day_and_at_the_end(room: Room, upkeep: Upkeep, tmp_path: Path) -> None:
    """Once each, and not again where nobody did anything."""
    path = tmp_path / "audit-head.log"
    ana = Actor("u-ana", "Ana", "T1")
    upkeep.step()
    upkeep.step()
    assert [head.record for head in read_heads(path)[0]] == [0]
    room.dispatched("cam01", PNP, actor=ana)
    upkeep.step()
    assert len(read_heads(path)[0]) == 1, "more than once a day"
    for _ in range(2):
        room.clock.advance(seconds=86_400)
        upkeep.step()
    assert len(read_heads(path)[0]) == 2
    room.dispatched("cam02", PNP, actor=ana)
    upkeep.stop()
    heads, unreadable = read_heads(path)
    with room.catalogue.read() as tx:
        last = audit.head(tx)
    assert unreadable == 0
    assert (heads[-1].record, heads[-1].hash) == last
    assert len(heads) == 3
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_disk_that_refuses_the_head_is_said_and_tried_again(room: Room, upkeep: Upkeep, tmp_path: Path) -> None:
    """The rest of the upkeep was done; a clean stop stays clean."""
    path = tmp_path / "audit-head.log"
    path.mkdir()
    with pytest.raises(StorageError, match="audit-head"):
        upkeep.step()
    upkeep.stop()
    path.rmdir()
    upkeep.step()
    assert len(read_heads(path)[0]) == 1
