"""Neighbours: what is one scene, what is not, and how much of a labelled set is merged wrongly."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import scenes
from alerts.intake import Intake
from alerts.records import Alert, AlertOutcome, AlertState
from alerts.scenes import Quiet, Sighting, companion, walks
from benchmarks import labelled_scenes
from nvr.catalogue import audit, hold_rows, segments
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.journal import Position
from nvr.observations import DeviceSignalled, Fact
from tests.alerts.facts import ANA, at, ended, segment_closed, segment_opened, started
from tests.alerts.test_leases import waiting

GRAPH = {"cam01": {"cam02": 60}, "cam02": {"cam01": 60}}
PATIO = ("cam02", "patio")
SQUARE = {"cam01": {"cam02": 20}, "cam02": {"cam01": 20}}
NIGHT = Quiet(0, scenes.RATE_SPAN_NS)


def seen(alert: Alert, *, last_s: float, camera_id: str = "cam01", ongoing: bool = False) -> Sighting:
    return Sighting(alert, camera_id, "calle", alert.started_wall_ns, at(last_s), ongoing)


@pytest.mark.parametrize(
    ("gap_s", "joins"),
    [(1, False), (20, False), (54, True), (70, True), (110, False), (121, False)],
)
def test_a_walker_is_one_scene_and_who_comes_at_another_time_is_not(gap_s: float, joins: bool) -> None:
    alert = waiting()
    found = companion(
        PATIO, at(10 + gap_s), near=[seen(alert, last_s=10)], graph=GRAPH, quiet=NIGHT, priority=2
    )  # fmt: skip
    assert (found is alert) is joins


@pytest.mark.parametrize("quiet", [Quiet(6, scenes.RATE_SPAN_NS), Quiet(0, 60 * NS_PER_S)])
def test_in_a_busy_street_or_a_new_room_nothing_is_merged(quiet: Quiet) -> None:
    assert companion(PATIO, at(64), near=[seen(waiting(), last_s=10)], graph=GRAPH, quiet=quiet, priority=2) is None


def test_priority_1_stands_for_itself_and_judged_or_crowded_alerts_take_nothing() -> None:
    def joins(alert: Alert, priority: int = 2) -> bool:
        near = [seen(alert, last_s=10)]
        return companion(PATIO, at(64), near=near, graph=GRAPH, quiet=NIGHT, priority=priority) is not None

    assert joins(waiting())
    assert not joins(waiting(), priority=1)
    assert not joins(replace(waiting(), state=AlertState.CLOSED, outcome=AlertOutcome.NO_ACTION))
    assert not joins(replace(waiting(), cameras=tuple(f"x{number}" for number in range(8))))


def test_a_shelf_swallows_nothing_of_another_zone() -> None:
    """A tree chatters at cam01; who walks past cam02 is not hidden with it."""
    hidden = replace(waiting(), shelved=True)
    for graph, cameras in ((GRAPH, ()), (SQUARE, ()), (SQUARE, ("cam02",))):
        near = [seen(replace(hidden, cameras=cameras), last_s=10)]
        assert companion(PATIO, at(64), near=near, graph=graph, quiet=NIGHT, priority=2) is None


@given(
    gap_s=st.floats(0, 130),
    walk_s=st.integers(1, 150),
    priority=st.integers(1, 3),
    state=st.sampled_from([AlertState.NEW, AlertState.TAKEN]),
    joined=st.booleans(),
    from_device=st.booleans(),
)
def test_a_panic_button_is_nobodys_companion_and_nobody_walks_out_of_one(
    gap_s: float, walk_s: int, priority: int, state: AlertState, joined: bool, from_device: bool
) -> None:
    """Whatever the odds, the walk, the priority that somebody gave it, and what became of the neighbour's alert."""
    alert = replace(waiting(), state=state, cameras=("cam02",) if joined else ())
    button, sighting = "equipo: entrada digital (panico)", seen(alert, last_s=10)
    if from_device:
        sighting = replace(sighting, zone=button)
    source = ("cam02", "patio" if from_device else button)
    graph = {"cam01": {"cam02": walk_s}, "cam02": {"cam01": walk_s}}
    assert companion(source, at(10 + gap_s), near=[sighting], graph=graph, quiet=NIGHT, priority=priority) is None


def test_the_graph_goes_both_ways() -> None:
    graph = walks(room().cameras)
    assert graph["cam01"] == {"cam02": 60}
    assert graph["cam02"] == {"cam01": 60, "cam03": 20}


@pytest.mark.parametrize("per_hour", labelled_scenes.RATES.values(), ids=labelled_scenes.RATES)
def test_at_most_one_in_a_hundred_distinct_incidents_is_merged(per_hour: float) -> None:
    """The labelled set, a part of what ``python -m benchmarks.labelled_scenes`` judges."""
    graph = labelled_scenes.grid(random.Random(42))
    found = [labelled_scenes.judge(labelled_scenes.people(random.Random(seed), graph, per_hour), graph) for seed in range(12)]  # fmt: skip
    assert sum(each.merged for each in found) <= 0.01 * sum(each.people for each in found)
    if per_hour <= 2:
        several = sum(each.several for each in found)
        assert sum(each.whole for each in found) >= 0.3 * several, "at night people who walk on are one alert"


@pytest.mark.parametrize(
    "case", list(labelled_scenes.by_hand(labelled_scenes.grid(random.Random(42)))), ids=lambda case: case[0]
)
def test_hard_cases_are_never_merged(case: tuple[str, list[labelled_scenes.Labelled]]) -> None:
    verdict = labelled_scenes.judge(case[1], labelled_scenes.grid(random.Random(42)))
    assert verdict.merged == 0
    assert verdict.alerts >= verdict.people


def room() -> Config:
    return Config.model_validate(
        {
            "cameras": [
                {
                    "id": f"cam0{n}", "number": n, "name": f"Jr. {n}", "main": {"url": f"rtsp://h/{n}"},
                    "zones": [{"name": "puerta", "priority": 1}, {"name": "calle", "priority": 3}],
                    "neighbours": {"cam01": 60} if n == 2 else {"cam02": 20} if n == 3 else {},
                }
                for n in (1, 2, 3)
            ]
        }
    )  # fmt: skip


def pressed(
    name: str, start_s: float, phase: Literal["started", "ended"] = "started", *, camera_id: str = "cam02"
) -> DeviceSignalled:
    """A panic button."""
    return DeviceSignalled(
        observation_id=name,
        camera_id=camera_id,
        kind="digital_input",
        source="panico",
        phase=phase,
        start_wall_ns=at(start_s),
        wall_ns=at(start_s),
    )


class Taker:
    """Takes facts up at the time of their start."""

    def __init__(self, catalogue: Catalogue, clock: SimulatedClock) -> None:
        from alerts.desk import Desk

        self.intake, self.desk, self.offset = Intake(catalogue, room(), clock), Desk(catalogue, room(), clock), 0
        self.take(started("old", -4 * 3600), ended("old", -4 * 3600, -4 * 3600 + 5))
        (alert,) = self.desk.alerts([AlertState.NEW], 10)[1]
        self.desk.close_alert(alert.alert_id, ANA, AlertOutcome.NO_ACTION, "", any_owner=True)

    def take(self, *facts: Fact) -> None:
        self.offset += 1
        self.intake.take_up("w0", [(fact, Position("1", self.offset)) for fact in facts])


@pytest.fixture
def taker(catalogue: Catalogue, clock: SimulatedClock) -> Taker:
    clock.step_wall(seconds=-4 * 3600)
    made = Taker(catalogue, clock)
    clock.step_wall(seconds=4 * 3600)
    return made


def test_a_walk_past_three_cameras_is_one_alert_with_all_clips_kept(
    taker: Taker, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    clock.advance(seconds=200)
    for number, camera_id in enumerate(("cam01", "cam02", "cam03"), 1):
        taker.take(
            segment_opened(f"s{number}", 0, camera_id=camera_id),
            segment_closed(f"s{number}", 0, 200, camera_id=camera_id),
        )
    for name, camera_id, from_s, to_s in (("a", "cam01", 0, 8), ("b", "cam02", 62, 70), ("c", "cam03", 88, 95)):
        taker.take(started(name, from_s, camera_id=camera_id), ended(name, from_s, to_s, camera_id=camera_id))
    (alert,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    assert (alert.camera_id, alert.cameras, alert.count) == ("cam01", ("cam02", "cam03"), 3)
    assert alert.snapshot == "a.jpg", "the picture is of the camera that it is filed under"
    assert (alert.ongoing, alert.last_wall_ns) == (False, at(95))
    taker.desk.take(alert.alert_id, ANA)
    incident = taker.desk.verify_alert(alert.alert_id, ANA, "PAT-ROBO", 2, "")
    assert taker.desk.verify_alert(alert.alert_id, ANA, "PAT-ROBO", 2, "").number == incident.number
    with catalogue.read() as tx:
        assert {hold.camera_id for hold in hold_rows.of_incident(tx, incident.incident_id)} == {
            "cam01",
            "cam02",
            "cam03",
        }
        assert all(row is not None and row.held for row in (segments.segment(tx, f"s{n}") for n in (1, 2, 3)))
    # What the neighbour shows within a minute belongs to the scene, too, by the neighbour's own zone.
    taker.take(started("d", 120, camera_id="cam03"), ended("d", 120, 125, camera_id="cam03"))
    assert taker.desk.alert(alert.alert_id).count == 4


def test_a_thousand_raw_events_of_one_scene_are_one_alert(taker: Taker, clock: SimulatedClock) -> None:
    """A gathering that two cameras of one square see, moving on and off for hours."""
    clock.advance(seconds=20_000)
    dice = random.Random(1)
    at_s, facts = 0.0, []
    for number in range(1000):
        camera_id = "cam02" if number == 0 else dice.choice(("cam02", "cam03")) if number > 1 else "cam03"
        at_s += 18 if number == 1 else dice.uniform(1, 20)
        facts += [
            started(f"e{number}", at_s, camera_id=camera_id),
            ended(f"e{number}", at_s, at_s + 0.9, camera_id=camera_id),
        ]
    for first in range(0, len(facts), 100):
        taker.take(*facts[first : first + 100])
    (alert,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    assert alert.count == 1000
    assert alert.cameras == ("cam03",)
    assert not alert.shelved, "the alert that made its source chatter stays in the queue"


def test_a_source_that_chatters_is_shelved_and_comes_back_whole(taker: Taker, clock: SimulatedClock) -> None:
    clock.advance(seconds=100)
    for number in range(3):
        taker.take(started(f"m{number}", number * 10), ended(f"m{number}", number * 10, number * 10 + 2))
    (standing,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    (shelving,) = taker.desk.shelvings()[1]
    assert (shelving.camera_id, shelving.zone, shelving.starts) == ("cam01", "calle", 3)
    assert not standing.shelved
    # Once that is judged an incident, what the source raises anew waits on the shelf.
    taker.desk.take(standing.alert_id, ANA)
    incident = taker.desk.verify_alert(standing.alert_id, ANA, "PAT-ROBO", 3, "")
    taker.desk.close_incident(incident.incident_id, ANA, "")
    clock.advance(seconds=100)
    taker.take(started("again", 200), ended("again", 200, 205))
    (shelved,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    assert shelved.shelved
    # Priority 1 of the same camera is hidden by nothing.
    for number in range(5):
        taker.take(
            started(f"p{number}", 200 + number, zone="puerta"),
            ended(f"p{number}", 200 + number, 200.5 + number, zone="puerta"),
        )
    urgent = next(alert for alert in taker.desk.alerts([AlertState.NEW], 10)[1] if alert.zone == "puerta")
    assert not urgent.shelved
    assert len(taker.desk.shelvings()[1]) == 1
    clock.advance(seconds=900)
    taker.desk.tick()
    back = taker.desk.alert(shelved.alert_id)
    assert not back.shelved
    assert back.waits_since_wall_ns == clock.wall_ns(), "it waits from now on, not from before"
    assert taker.desk.shelvings()[1][0].ended_by == "sistema"
    with taker.desk._catalogue.read() as tx:
        rests = [
            (record.action, record.object) for record in audit.read(tx, 100) if record.action.startswith("source.")
        ]
    assert rests == [("source.unshelve", shelving.shelving_id), ("source.shelve", shelving.shelving_id)]


@pytest.mark.parametrize("walked_s", [48, 54, 60])
def test_a_panic_button_is_an_alert_of_its_own_whatever_moved_next_door(
    taker: Taker, clock: SimulatedClock, walked_s: int
) -> None:
    """Ana has what moved at the neighbour; were the button counted there, it would be closed with it."""
    clock.advance(seconds=200)
    taker.take(started("walk", 0), ended("walk", 0, 10))
    (theirs,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    taker.desk.take(theirs.alert_id, ANA)
    taker.take(pressed("button", 10 + walked_s))
    (button,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    assert (button.camera_id, button.zone, button.priority) == ("cam02", "equipo: entrada digital (panico)", 1)
    assert taker.desk.alert(theirs.alert_id).count == 1


def test_a_panic_button_that_is_pressed_again_and_again_rests_on_no_shelf(taker: Taker, clock: SimulatedClock) -> None:
    clock.advance(seconds=60)
    taker.take(*(pressed(f"p{number}", number * 15, phase) for number in range(4) for phase in ("started", "ended")))
    (button,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    taker.desk.close_alert(button.alert_id, ANA, AlertOutcome.FALSE_ALARM, "", any_owner=True)
    clock.advance(seconds=90)
    taker.take(pressed("again", 150))
    (again,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    assert (again.shelved, taker.desk.shelvings()[1]) == (False, [])


def test_movement_beside_a_zone_at_rest_is_in_the_queue(taker: Taker, clock: SimulatedClock) -> None:
    """A tree chatters at cam01, is judged, and begins anew on the shelf; fifty seconds later somebody walks past cam02."""
    for number in range(3):
        taker.take(started(f"t{number}", number * 15), ended(f"t{number}", number * 15, number * 15 + 5))
    (tree,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    taker.desk.close_alert(tree.alert_id, ANA, AlertOutcome.FALSE_ALARM, "", any_owner=True)
    clock.advance(seconds=110)
    taker.take(started("anew", 105), ended("anew", 105, 110))
    (hidden,) = taker.desk.alerts([AlertState.NEW], 10)[1]
    assert hidden.shelved
    taker.take(started("walker", 160, camera_id="cam02"))
    (seen_,) = [alert for alert in taker.desk.alerts([AlertState.NEW], 10)[1] if not alert.shelved]
    assert (seen_.camera_id, seen_.count) == ("cam02", 1)
    assert taker.desk.alert(hidden.alert_id).cameras == ()


def test_a_person_takes_a_source_off_the_shelf(taker: Taker, clock: SimulatedClock) -> None:
    clock.advance(seconds=100)
    for number in range(3):
        taker.take(started(f"m{number}", number * 10), ended(f"m{number}", number * 10, number * 10 + 2))
    (shelving,) = taker.desk.shelvings()[1]
    assert taker.desk.end_shelving(shelving.shelving_id, ANA).ended_by == "Ana Quispe"
    for number in range(3, 6):
        taker.take(started(f"m{number}", number * 10), ended(f"m{number}", number * 10, number * 10 + 2))
    assert len(taker.desk.shelvings()[1]) == 1, "shelved again against a person's will"
