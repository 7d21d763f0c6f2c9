"""Facts become segments, gaps, states and alerts, each once, and a bad one stops nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace as with_values
from sqlalchemy import Engine, event

from alerts import device_signals
from alerts.desk import Desk
from alerts.intake import Intake
from alerts.records import Actor, Alert, AlertOutcome, AlertState
from nvr.catalogue import alert_rows, camera_states, changes, movements, segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.tables import timeline
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.config.agencies import PNP
from nvr.errors import CatalogueError
from nvr.journal import Position
from nvr.media import StreamKind
from nvr.observations import DeviceSignalled, Fact, MotionObserved, ObjectKind, ObjectRecognised
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import (
    ANA,
    EVIL,
    T0,
    at,
    config,
    ended,
    gap,
    segment_closed,
    segment_opened,
    started,
    state,
)

MAIN = StreamKind.MAIN


class Room:
    """A desk and an intake on one catalogue."""

    def __init__(self, catalogue: Catalogue, clock: SimulatedClock) -> None:
        self.catalogue = catalogue
        self.desk = Desk(catalogue, config(), clock)
        self.intake = Intake(catalogue, config(), clock)
        self._offset = 0

    def take_up(self, *facts: Fact) -> None:
        """Facts in one batch."""
        batch = []
        for fact in facts:
            self._offset += 10
            batch.append((fact, Position("1.journal", self._offset)))
        self.intake.take_up("w0", batch)

    def alerts(self) -> list[Alert]:
        """All of them."""
        return self.desk.alerts(list(AlertState), 100)[1]


@pytest.fixture
def room(catalogue: Catalogue, clock: SimulatedClock) -> Room:
    return Room(catalogue, clock)


def test_a_movement_becomes_an_alert_and_its_end_is_noted(room: Room) -> None:
    room.take_up(started("m1", 0, zone="puerta"))
    (alert,) = room.alerts()
    assert (alert.camera_id, alert.zone, alert.priority, alert.state, alert.ongoing) == (
        "cam01",
        "puerta",
        1,
        AlertState.NEW,
        True,
    )
    assert (alert.started_wall_ns, alert.decided_wall_ns, alert.snapshot, alert.count) == (at(0), at(0.6), "m1.jpg", 1)
    room.take_up(ended("m1", 0, 9, zone="puerta", score=0.7))
    (alert,) = room.alerts()
    assert (alert.ongoing, alert.last_wall_ns, alert.score, alert.count) == (False, at(9), 0.7, 1)
    room.take_up(
        started("m2", 40, zone="puerta"), ended("m2", 40, 45, zone="puerta"), started("m3", 200, zone="puerta")
    )
    assert sorted((each.count, each.ongoing) for each in room.alerts()) == [(1, True), (2, False)]
    with room.catalogue.read() as tx:
        assert [each.observation_id for each in movements.movements(tx, "cam01", at(0), at(100))] == ["m1", "m2"]
    assert_consistent(room.catalogue)


def recognised(name: str, kind: ObjectKind, score: float, *, camera_id: str = "cam01") -> ObjectRecognised:
    return ObjectRecognised(observation_id=name, camera_id=camera_id, kind=kind, score=score, wall_ns=at(1))


def test_what_a_model_recognised_stands_on_the_alert(room: Room) -> None:
    """The surest of its movements' answers, once in the time line for each; nothing else of the alert changes."""
    room.take_up(started("m1", 0))
    (before,) = room.alerts()
    assert (before.object_kind, before.object_score) == ("", 0.0)
    room.take_up(recognised("m1", "person", 0.83))
    (alert,) = room.alerts()
    assert alert == replace(before, object_kind="person", object_score=0.83)
    room.take_up(started("m2", 20), recognised("m2", "vehicle", 0.6))
    (alert,) = room.alerts()
    assert (alert.object_kind, alert.object_score, alert.count) == ("person", 0.83, 2)
    room.take_up(recognised("m2", "vehicle", 0.9), recognised("m2", "vehicle", 0.9))
    (alert,) = room.alerts()
    assert (alert.object_kind, alert.object_score) == ("vehicle", 0.9)
    with room.catalogue.read() as tx:
        rows = tx.connection.execute(sa.select(timeline.c.detail).where(timeline.c.kind == "object_recognised"))
        told = [json.loads(row[0]) for row in rows]
    assert told == [
        {"object": "person", "object_score": "0.830"},
        {"object": "vehicle", "object_score": "0.900"},
    ]
    assert_consistent(room.catalogue)


def test_what_was_recognised_without_an_alert_is_passed_over(room: Room) -> None:
    """Of a movement that nobody knows, with a score that can't be, of a camera that is gone: nothing is stored, nothing stops."""
    room.take_up(
        recognised("nobody", "person", 0.9),
        recognised("m1", "person", 1.5),
        recognised("m1", "person", float("nan")),
        recognised("m1", "person", 0.9, camera_id="cam99"),
        started("m1", 0),
    )
    (alert,) = room.alerts()
    assert alert.object_kind == ""
    assert room.intake.refused == 3


def test_facts_that_come_twice_count_once(room: Room) -> None:
    facts: list[Fact] = [
        segment_opened("s1", 0), segment_closed("s1", 0, 60), gap("g1", 60, 70), state("o1", "offline", 60), state("o2", "online", 70),
        started("m1", 0), ended("m1", 0, 5), started("m2", 10), ended("m2", 10, 12),
    ]  # fmt: skip
    room.take_up(*facts)
    before = room.alerts()
    with room.catalogue.read() as tx:
        seq = changes.last_seq(tx)
    room.take_up(*facts)
    room.take_up(*reversed(facts))
    with room.catalogue.read() as tx:
        assert changes.last_seq(tx) == seq, "a repeat told the screens something"
        assert len(segments.covering(tx, "cam01", MAIN, at(-10), at(100))) == 1
        assert len(segments.gaps(tx, "cam01", at(-10), at(100))) == 1
        found = camera_states.find(tx, "cam01", MAIN)
    assert room.alerts() == before
    assert before[0].count == 2
    assert found is not None
    assert found.state == "online"


def test_a_batch_that_takes_too_long_stores_what_it_has_and_the_rest_comes_next(room: Room) -> None:
    facts = [
        (started(f"m{number}", number, camera_id=f"cam0{number}"), Position("1.journal", 10 * number))
        for number in range(1, 4)
    ]
    drawn = iter(facts)
    assert room.intake.take_up("w0", drawn, 0) == (1, facts[0][1]), "one at least, or nothing would ever be"
    assert room.intake.position("w0") == facts[0][1]
    assert len(room.alerts()) == 1
    assert room.intake.take_up("w0", drawn, 3600 * NS_PER_S) == (2, facts[2][1])
    assert room.intake.take_up("w0", drawn) == (0, None)
    assert room.intake.position("w0") == facts[2][1]
    assert len(room.alerts()) == 3


def test_an_end_whose_start_was_never_heard_of_is_a_movement_all_the_same(room: Room) -> None:
    room.take_up(ended("m1", 0, 5))
    (alert,) = room.alerts()
    assert (alert.ongoing, alert.last_wall_ns, alert.count) == (False, at(5), 1)


def test_a_movement_whose_worker_died_ends_when_the_zone_moves_anew(room: Room) -> None:
    room.take_up(started("m1", 0))
    room.take_up(started("m2", 300), ended("m2", 300, 310))
    (alert,) = room.alerts()
    assert (alert.ongoing, alert.last_wall_ns, alert.count) == (False, at(310), 2)
    with room.catalogue.read() as tx:
        assert movements.concerned(tx, "m2", "cam01", "calle")[1] == []
    room.take_up(ended("m1", 0, 290))
    with room.catalogue.read() as tx:
        late, _ = movements.concerned(tx, "m1", "cam01", "calle")
    assert late is not None
    assert late.end_wall_ns == at(290), "the true end, told late, is believed"


def test_a_movement_without_an_end_is_over_after_half_an_hour(room: Room) -> None:
    room.take_up(started("m1", 0))
    room.desk.tick(at(1799))
    assert room.alerts()[0].ongoing
    room.desk.tick(at(1801))
    (alert,) = room.alerts()
    assert (alert.ongoing, alert.last_wall_ns) == (False, at(1801))
    assert_consistent(room.catalogue)


def test_what_an_operator_judged_false_stays_out_of_his_queue_for_a_minute(room: Room, clock: SimulatedClock) -> None:
    room.take_up(started("m1", 0), ended("m1", 0, 5))
    (alert,) = room.alerts()
    clock.advance(seconds=20)
    room.desk.take(alert.alert_id, ANA)
    room.desk.close_alert(alert.alert_id, ANA, AlertOutcome.FALSE_ALARM, "árbol")
    room.take_up(started("m2", 30))
    assert [(each.state, each.count) for each in room.alerts()] == [(AlertState.CLOSED, 2)]
    room.take_up(ended("m2", 30, 35), started("m3", 81))
    assert [(each.state, each.count) for each in room.alerts()] == [(AlertState.NEW, 1), (AlertState.CLOSED, 2)]


def judged_false(room: Room, clock: SimulatedClock, name: str, zone: str) -> Alert:
    """An alert of five seconds, closed as false 20 s after it began."""
    room.take_up(started(name, 0, zone=zone), ended(name, 0, 5, zone=zone))
    (alert,) = room.alerts()
    clock.advance(seconds=20)
    return room.desk.close_alert(alert.alert_id, ANA, AlertOutcome.FALSE_ALARM, "", any_owner=True)


def test_what_begins_after_a_false_alarm_and_goes_on_is_shown_after_a_minute(room: Room, clock: SimulatedClock) -> None:
    """Nobody has looked at it: it is an alert of its own, and what is told of it from then on is that one's."""
    judged = judged_false(room, clock, "m1", "calle")
    clock.advance(seconds=30)
    room.take_up(started("m2", 50))
    assert [each.count for each in room.alerts()] == [2]
    clock.advance(seconds=29)
    room.desk.tick()
    assert len(room.alerts()) == 1
    clock.advance(seconds=1)
    room.desk.tick()
    room.desk.tick()
    shown = next(each for each in room.alerts() if each.state is AlertState.NEW)
    assert (shown.zone, shown.priority, shown.ongoing, shown.started_wall_ns) == ("calle", 3, True, at(50))
    assert (shown.count, shown.snapshot, shown.waits_since_wall_ns) == (1, "m2.jpg", at(80))
    assert not room.desk.alert(judged.alert_id).ongoing
    assert len(room.alerts()) == 2
    room.take_up(ended("m2", 50, 1550), recognised("m2", "person", 0.9))
    shown = room.desk.alert(shown.alert_id)
    assert (shown.ongoing, shown.last_wall_ns, shown.object_kind) == (False, at(1550), "person")
    assert room.desk.alert(judged.alert_id).last_wall_ns < at(80)
    assert_consistent(room.catalogue)


def test_what_ends_within_the_minute_stays_out_of_the_queue(room: Room, clock: SimulatedClock) -> None:
    judged_false(room, clock, "m1", "calle")
    room.take_up(started("m2", 50), ended("m2", 50, 75))
    clock.advance(seconds=3600)
    room.desk.tick()
    assert [each.state for each in room.alerts()] == [AlertState.CLOSED]


def test_priority_1_is_hidden_by_no_false_alarm(room: Room, clock: SimulatedClock) -> None:
    """A movement at the bank's door, and a second press of a panic button, are alerts at once."""
    judged_false(room, clock, "m1", "puerta")
    room.take_up(started("m2", 50, zone="puerta"))
    (urgent,) = (each for each in room.alerts() if each.state is AlertState.NEW)
    assert (urgent.priority, urgent.count) == (1, 1)
    room.take_up(signalled("p1", "digital_input", "started", 51))
    (button,) = (each for each in room.alerts() if each.zone.startswith("equipo"))
    room.desk.close_alert(button.alert_id, ANA, AlertOutcome.FALSE_ALARM, "", any_owner=True)
    room.take_up(
        signalled("p1", "digital_input", "ended", 52, start_s=51), signalled("p2", "digital_input", "started", 60)
    )
    assert [each.state for each in room.alerts() if each.zone == button.zone] == [AlertState.NEW, AlertState.CLOSED]


@pytest.mark.parametrize(("zone", "minutes"), [("puerta", 5), ("calle", 15)])
def test_what_went_on_while_it_was_judged_comes_back_once_if_it_lasts(
    room: Room, clock: SimulatedClock, zone: str, minutes: int
) -> None:
    """A wrong judgement hides what goes on for as long as a shelf may, and no longer."""
    room.take_up(started("m1", 0, zone=zone))
    (alert,) = room.alerts()
    clock.advance(seconds=10)
    judged = room.desk.close_alert(alert.alert_id, ANA, AlertOutcome.NO_ACTION, "", any_owner=True)
    clock.advance(seconds=minutes * 60 - 1)
    room.desk.tick()
    assert [each.alert_id for each in room.alerts()] == [judged.alert_id]
    clock.advance(seconds=1)
    room.desk.tick()
    again = next(each for each in room.alerts() if each.state is AlertState.NEW)
    assert (again.started_wall_ns, again.ongoing) == (at(0), True)
    clock.advance(seconds=3600)
    room.desk.tick()
    assert not any(each.ongoing for each in room.alerts()), "its end was lost"
    assert len(room.alerts()) == 2
    assert_consistent(room.catalogue)


def test_what_is_shown_again_is_found_each_second_without_a_walk_through_all_that_ever_was(tmp_path: Path) -> None:
    """On SQLite, which shows its plan: neither all movements nor all closed alerts."""
    with_plan = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    room = Room(with_plan, SimulatedClock())
    room.take_up(started("m1", 0))
    statements: list[str] = []
    with with_plan.read() as tx:
        tx.connection.connection.set_trace_callback(statements.append)
        assert [each.observation_id for each, _ in movements.going_on_since(tx, at(0))] == ["m1"]
        tx.connection.connection.set_trace_callback(None)
        plans = [
            " ".join(str(step[3]) for step in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in statements
            if statement.startswith("SELECT")
        ]
        assert movements.going_on_since(tx, at(1)) == []
    with_plan.close()
    of_movements, of_alerts = plans
    assert "USING INDEX movements_open_or_long" in of_movements
    assert "(alert_id=?)" in of_alerts


def _bad_facts() -> list[Fact]:
    motion = started("bad", 0)
    return [
        started("unknown-camera", 0, camera_id="cam99"),
        msgspec.structs.replace(motion, zone="x" * 5000),
        msgspec.structs.replace(motion, zone="nul\0"),
        msgspec.structs.replace(motion, zone="\ud800"),
        msgspec.structs.replace(motion, score=float("nan")),
        msgspec.structs.replace(motion, box=(0.0, 0.0, float("inf"), 0.0)),
        msgspec.structs.replace(motion, start_wall_ns=2**70),
        msgspec.structs.replace(motion, start_wall_ns=-1),
        msgspec.structs.replace(motion, cells="f" * 145),
        msgspec.structs.replace(motion, snapshot="../../etc/shadow"),
        msgspec.structs.replace(motion, observation_id="'; DROP TABLE alerts; --"),
        msgspec.structs.replace(segment_opened("bad-1", 0), path="/etc/passwd"),
        msgspec.structs.replace(segment_opened("bad-2", 0), width_px=2**40),
        msgspec.structs.replace(segment_closed("bad-3", 0, 1), size_bytes=-1),
        segment_opened("bad-4", 0, camera_id="cam99"),
    ]


def test_bad_facts_are_counted_and_stop_nobody(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    bad = _bad_facts()
    mixed: list[Fact] = []
    for number, fact in enumerate(bad):
        mixed += [fact, segment_opened(f"good-{number}", number)]
    room.take_up(*mixed)
    assert room.intake.refused == len(bad)
    assert len([record for record in caplog.records if "passed over" in record.message]) == len(bad)
    assert room.alerts() == []
    with room.catalogue.read() as tx:
        assert len(segments.covering(tx, "cam01", MAIN, at(-10), at(100))) == len(bad)
    assert room.intake.position("w0") == Position("1.journal", 10 * len(mixed)), "bad facts are behind us"


def test_a_row_that_only_the_database_refuses_stops_nobody_either(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.intake.objection", lambda _fact, _config: "")
    second = msgspec.structs.replace(segment_opened("s2", 0), codec="h264")
    room.catalogue.read()
    with room.catalogue.write() as tx:
        tx.connection.exec_driver_sql("CREATE UNIQUE INDEX only_one ON segments (codec)")
    room.take_up(segment_opened("s1", 0), second, started("m1", 0))
    assert room.intake.refused == 1
    assert len(room.alerts()) == 1


def test_rows_that_the_database_refuses_leave_the_rest_of_their_batch_as_if_they_had_not_come(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch is stored together; where one row of it is refused it is undone and done again, and nothing of it may count twice."""
    with room.catalogue.write() as tx:
        tx.connection.exec_driver_sql("CREATE UNIQUE INDEX only_one ON segments (path)")
    first = segment_opened("s1", 0)
    again = [msgspec.structs.replace(segment_opened(name, 0), path=first.path) for name in ("s2", "s3")]
    room.take_up(
        started("m1", 0), first, ended("m1", 0, 3), again[0], started("m2", 5, camera_id="cam99"), ended("m2", 5, 8),
        again[1], ended("m3", 10, 12),
    )  # fmt: skip
    assert room.intake.refused == 3
    said = [each.getMessage() for each in caplog.records if "passed over" in each.getMessage()]
    assert [any(word in text for text in said) for word in ("s2", "s3", "cam99")] == [True] * 3
    assert len(said) == 3
    (alert,) = room.alerts()
    assert (alert.count, alert.ongoing, alert.last_wall_ns) == (3, False, at(12))
    with room.catalogue.read() as tx:
        told = [change.body["count"] for change in changes.changes_after(tx, 0) if change.kind == "alert"]
        assert [row.segment_id for row in segments.covering(tx, "cam01", MAIN, at(-10), at(100))] == ["s1"]
    assert told == [1, 1, 2, 3], "what was undone was told all the same"
    assert_consistent(room.catalogue)


def test_a_flood_asks_the_database_little(room: Room) -> None:
    """People's acts wait for the one writer: each movement of a flood may cost them ten statements, and a batch one savepoint."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        room.take_up(
            *(ended(f"m{number}", 10 * number, 10 * number + 1, zone=f"z{number % 3}") for number in range(60))
        )
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert sum(alert.count for alert in room.alerts()) == 60
    assert len(asked) <= 60 * 10 + 10
    assert sum("SAVEPOINT" in each for each in asked) == 2, "of the batch, and its release"


def test_a_failing_database_ends_the_batch_whole(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise CatalogueError("the catalogue's disk is full", "free space")

    with monkeypatch.context() as patch:
        patch.setattr("nvr.catalogue.positions.store", full)
        with pytest.raises(CatalogueError):
            room.take_up(started("m1", 0))
    assert room.alerts() == []
    assert room.intake.position("w0") == Position()


def test_the_close_of_a_removed_cameras_segment_is_taken(room: Room) -> None:
    room.take_up(segment_closed("s1", 0, 60, camera_id="cam99"))
    with room.catalogue.read() as tx:
        assert len(segments.covering(tx, "cam99", MAIN, at(0), at(60))) == 1
    assert room.intake.refused == 0


def test_clocks_that_step_back_make_no_negative_spans(room: Room) -> None:
    room.take_up(
        segment_opened("s1", 100),
        segment_closed("s1", 100, 90),
        gap("g1", 100, 50),
        started("m1", 100),
        ended("m1", 100, 40),
    )
    with room.catalogue.read() as tx:
        found = segments.segment(tx, "s1")
        assert found is not None
        assert found.end_wall_ns == at(100)
        assert segments.gaps(tx, "cam01", at(0), at(200))[0].end_wall_ns == at(100)
    assert room.alerts()[0].last_wall_ns == at(100)


def test_a_zone_named_like_ours_is_not_mixed_up_with_outages(room: Room) -> None:
    room.take_up(started("m1", 0, zone="sistema"), state("o1", "offline", 0))
    room.desk.tick(at(11))
    assert sorted(each.zone for each in room.alerts()) == ["sistema", "zona sistema"]


def test_hostile_zone_names_are_only_texts(room: Room) -> None:
    zone = EVIL.replace("\0", "")
    room.take_up(started("m1", 0, zone=zone))
    assert room.alerts()[0].zone == zone


def test_camera_states_and_their_history(room: Room) -> None:
    room.take_up(state("o1", "connecting", 0))
    room.desk.tick(at(100))
    assert room.alerts() == [], "a start is no outage"
    room.take_up(
        state("o2", "offline", 101),
        state("o3", "connecting", 103),
        state("o4", "offline", 105),
        state("o5", "offline", 107),
    )
    with room.catalogue.read() as tx:
        found = camera_states.find(tx, "cam01", MAIN)
    assert found is not None
    assert (found.state, found.since_wall_ns, found.down_since_wall_ns) == ("offline", at(105), at(101))
    room.desk.tick(at(110))
    assert room.alerts() == []
    room.desk.tick(at(112))
    (alert,) = room.alerts()
    assert (alert.zone, alert.camera_id, alert.started_wall_ns, alert.ongoing) == ("sistema", "cam01", at(101), True)
    room.take_up(state("o6", "online", 120))
    room.desk.tick(at(121))
    room.desk.tick(at(125))
    assert room.alerts()[0].state is AlertState.NEW
    room.desk.tick(at(132))
    (alert,) = room.alerts()
    assert (alert.state, alert.outcome, alert.ongoing) == (AlertState.CLOSED, AlertOutcome.NO_ACTION, False)
    with room.catalogue.read() as tx:
        kinds = [(change.kind, change.body["state"]) for change in changes.changes_after(tx, 0)]
    assert kinds.count(("camera", "offline")) == 2, "the second 'offline' in a row is no change"
    assert_consistent(room.catalogue)


def test_an_incidents_recording_is_held_and_so_is_what_comes_later(room: Room, clock: SimulatedClock) -> None:
    room.take_up(
        *(segment_closed(f"s{number}", number * 10, number * 10 + 10) for number in range(8)),
        segment_closed("x1", 30, 60, camera_id="cam02"),
    )
    room.take_up(segment_opened("s8", 80), started("m1", 45))
    (alert,) = room.alerts()
    clock.advance(seconds=85)
    actor = Actor("u-ana", "Ana", "T")
    room.desk.take(alert.alert_id, actor)
    incident = room.desk.dispatch_alert(alert.alert_id, actor, PNP, "PAT-ROBO", 1, "", "key-00000001")
    assert room.desk.incident_window(incident.incident_id) == (at(35), None)
    room.take_up(
        segment_closed("s8", 80, 90), segment_opened("s9", 90), ended("m1", 45, 95), segment_closed("s9", 90, 150)
    )
    room.take_up(
        segment_opened("s10", 150),
        segment_closed("late", 152, 154),
        segment_opened("s11", 156),
        segment_closed("early", 20, 36),
    )
    clock.advance(seconds=100)
    assert room.desk.incident_window(incident.incident_id) == (at(35), at(155))
    with room.catalogue.read() as tx:
        held = {each.segment_id for each in segments.covering(tx, "cam01", MAIN, at(0), at(1000)) if each.held}
        assert not segments.covering(tx, "cam02", MAIN, at(0), at(1000))[0].held
    assert held == {"early", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "late", "s10"}


def test_movements_are_found_by_the_frame(room: Room) -> None:
    facts = [started(f"m{number}", number * 100) for number in range(3)] + [
        ended(f"m{number}", number * 100, number * 100 + 5) for number in range(2)
    ]
    room.take_up(*facts)
    with room.catalogue.read() as tx:
        assert [each.observation_id for each in movements.movements(tx, "cam01", at(103), at(201))] == ["m1", "m2"]
        assert movements.movements(tx, "cam01", at(103), at(201))[1].end_wall_ns is None
        assert movements.movements(tx, "cam02", at(0), at(999)) == []


def test_nothing_to_take_up_is_no_transaction(room: Room) -> None:
    room.intake.take_up("w0", [])
    assert room.intake.position("w0") == Position()


def test_a_batch_offered_again_never_takes_the_reader_back(room: Room) -> None:
    first: MotionObserved = started("m1", 0)
    room.intake.take_up("w0", [(first, Position("2.journal", 50))])
    room.intake.take_up("w0", [(first, Position("1.journal", 99))])
    assert room.intake.position("w0") == Position("2.journal", 50)


def test_a_segment_of_which_a_crash_left_nothing_is_no_row(room: Room) -> None:
    """Recovery says ``packets=0`` of a file that it deleted: nobody is offered that file afterwards, however often it is said."""
    nothing = msgspec.structs.replace(segment_closed("s1", 0, 0), packets=0, size_bytes=0, sha256="", recovered=True)
    room.take_up(segment_opened("s1", 0), nothing, segment_opened("s1", 0), nothing)
    with room.catalogue.read() as tx:
        assert segments.segment(tx, "s1") is None
        assert segments.covering(tx, "cam01", MAIN, at(-5), at(5)) == []


def signalled(name: str, kind: str, phase: str, at_s: float, *, start_s: float | None = None) -> DeviceSignalled:
    """What a camera says of itself."""
    return DeviceSignalled(
        observation_id=name,
        camera_id="cam01",
        kind=kind,  # type: ignore[arg-type]  # one of its words
        source="vs0",
        phase=phase,  # type: ignore[arg-type]  # one of the two
        start_wall_ns=at(at_s if start_s is None else start_s),
        wall_ns=at(at_s),
    )


def test_tampering_and_inputs_are_alerts_and_a_cameras_own_movement_is_an_observation(room: Room) -> None:
    """Filed under the camera, folded while they chatter, ended when they are over; movement stands in the record alone."""
    room.take_up(
        signalled("m", "motion", "started", 0),
        signalled("t1", "tamper", "started", 1),
        signalled("t1", "tamper", "ended", 5, start_s=1),
        signalled("t2", "tamper", "started", 20),
        signalled("d", "digital_input", "started", 21),
    )
    by_zone = {alert.zone: alert for alert in room.alerts()}
    assert set(by_zone) == {"equipo: sabotaje (vs0)", "equipo: entrada digital (vs0)"}
    tamper = by_zone["equipo: sabotaje (vs0)"]
    assert (tamper.priority, tamper.count, tamper.ongoing, tamper.snapshot) == (1, 2, True, "")
    assert by_zone["equipo: entrada digital (vs0)"].priority == 1, "it may be a panic button"
    room.take_up(signalled("t2", "tamper", "ended", 30, start_s=20), signalled("m", "motion", "ended", 31, start_s=0))
    with room.catalogue.read() as tx:
        stored = {each.observation_id: each for each in movements.movements(tx, "cam01", at(0), at(60))}
    assert stored["m"].alert_id is None
    assert stored["m"].end_wall_ns == at(31)
    assert not {alert.zone: alert for alert in room.alerts()}["equipo: sabotaje (vs0)"].ongoing
    assert_consistent(room.catalogue)
    # Outages are decided from all system alerts: these are none of theirs.
    room.desk.tick(at(120))
    assert all(alert.state is AlertState.NEW for alert in room.alerts())


def test_an_administrator_says_how_urgent_an_input_is() -> None:
    """By the name that the device gives it; the others stay what may be a panic button, and tampering is what it is."""
    document = config().model_dump()
    document["cameras"][0]["onvif"] = {"host": "10.20.0.7", "inputs": {"puerta": 3}}
    camera = Config.model_validate(document).camera("cam01")
    door, button = (
        with_values(signalled("d", "digital_input", "started", 0), source=source) for source in ("puerta", "panico")
    )
    tamper = with_values(signalled("t", "tamper", "started", 0), source="puerta")
    assert [device_signals.priority_of(each, camera) for each in (door, button, tamper)] == [3, 1, 1]
    assert [device_signals.priority_of(each, None) for each in (door, button)] == [1, 1]
    assert device_signals.priority_of(signalled("m", "motion", "started", 0), camera) is None


def test_a_zone_named_like_what_cameras_notice_is_a_zone(room: Room) -> None:
    """Somebody drew a polygon and called it so."""
    room.take_up(started("a", 0, zone="equipo: sabotaje"))
    assert [alert.zone for alert in room.alerts()] == ["zona equipo: sabotaje"]


def test_waiting_is_told_from_being_in_hands_and_from_lying_on_a_shelf(room: Room, clock: SimulatedClock) -> None:
    """Taken after 5 s, given back after 20 minutes, taken after 7; off the shelf by its end and by a hand."""
    room.take_up(started("m1", 0, zone="puerta"))
    (alert,) = room.alerts()
    clock.advance(seconds=5)
    room.desk.take(alert.alert_id, ANA)
    clock.advance(seconds=1200)
    room.desk.release(alert.alert_id, ANA)
    clock.advance(seconds=7)
    room.desk.take(alert.alert_id, ANA)
    assert waits(room) == [7]
    for number, zone in enumerate(("calle", "patio")):
        for start in range(3):
            at_s = 1300 + 400 * number + 15 * start
            room.take_up(started(f"{zone}{start}", at_s, zone=zone), ended(f"{zone}{start}", at_s, at_s + 5, zone=zone))
        noisy = next(each for each in room.alerts() if each.zone == zone)
        room.desk.close_alert(noisy.alert_id, ANA, AlertOutcome.NO_ACTION, "", any_owner=True)
        clock.advance(seconds=200)
        now_s = (clock.wall_ns() - T0) / NS_PER_S
        room.take_up(started(f"{zone}9", now_s, zone=zone), ended(f"{zone}9", now_s, now_s + 5, zone=zone))
    by_hand, by_itself = (each for each in room.alerts() if each.shelved)
    clock.advance(seconds=60)
    room.desk.take(by_hand.alert_id, ANA)
    clock.advance(seconds=1800)
    room.desk.tick()
    assert not room.desk.alert(by_itself.alert_id).shelved
    clock.advance(seconds=4)
    room.desk.take(by_itself.alert_id, ANA)
    assert waits(room) == [0, 4, 7]
    assert_consistent(room.catalogue)


def test_figures_walk_through_no_time_line_of_alerts_that_waited_once(tmp_path: Path) -> None:
    """On SQLite, which shows its plan: a month's figures ask for the entries of its few alerts that waited anew."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    statements: list[str] = []
    with catalogue.read() as tx:
        tx.connection.connection.set_trace_callback(statements.append)
        alert_rows.turns_between(tx, at(0), at(100), ["alert_taken"])
        tx.connection.connection.set_trace_callback(None)
        (plan,) = (
            " ".join(str(step[3]) for step in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in statements
        )
    catalogue.close()
    assert "timeline_of_alert (alert_id=?)" in plan
    assert "alerts_by_creation" in plan


def waits(room: Room) -> list[int]:
    """Of all alerts that were taken, in seconds."""
    found = [each.wait() for each in room.desk.alert_times_between(0, 2**62)]
    return sorted((until - since) // NS_PER_S for since, until in found if until is not None)
