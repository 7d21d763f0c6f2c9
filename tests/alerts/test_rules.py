"""When a movement is a new alert, and when it belongs to one that stands; and what happens when cameras go away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import lifecycle, outages, rules
from alerts.ledger import SYSTEM
from alerts.outages import Outage, OutageStep
from alerts.records import Alert, AlertOutcome, AlertState
from alerts.scenes import Sighting
from alerts.window import window
from nvr.catalogue.camera_states import CameraState
from nvr.media import StreamKind
from tests.alerts.facts import ANA, at, config, ended, started


def alert(start_s: float = 0, last_s: float | None = None, *, ongoing: bool = False) -> Alert:
    new = rules.opened(started("m0", start_s), alert_id="a0", priority=3, wall_ns=at(start_s))
    return replace(new, last_wall_ns=at(start_s if last_s is None else last_s), ongoing=ongoing)


def seen(of: Alert) -> Sighting:
    """What the alert's own zone has shown."""
    return Sighting(of, of.camera_id, of.zone, of.started_wall_ns, of.last_wall_ns, of.ongoing)


def closed(outcome: AlertOutcome, closed_s: float, *, start_s: float = 0) -> Alert:
    mine = lifecycle.take(alert(start_s, closed_s - 1), ANA, at(closed_s))
    if outcome is AlertOutcome.INCIDENT:
        mine = replace(mine, incident_id="i1")
    return lifecycle.close_alert(mine, ANA, outcome, at(closed_s))


@pytest.mark.parametrize(
    ("standing", "start_s", "folds"),
    [
        (alert(0, 10), 70, True),
        (alert(0, 10), 70.1, False),
        (alert(100, 110), 41, True),  # taken up late, from another worker's journal
        (alert(100, 110), 39, False),
        (alert(0, 0, ongoing=True), 3000, True),
        (alert(3000, 3000, ongoing=True), 100, False),
        (closed(AlertOutcome.FALSE_ALARM, 20), 79.9, True),
        (closed(AlertOutcome.FALSE_ALARM, 20), 80, False),
        (closed(AlertOutcome.NO_ACTION, 20), 30, True),
        (closed(AlertOutcome.DUPLICATE, 20), 30, True),
        (closed(AlertOutcome.INCIDENT, 20), 21, False),
        (closed(AlertOutcome.INCIDENT, 20), 19, False),
        (closed(AlertOutcome.FALSE_ALARM, 4000, start_s=3900), 100, False),
    ],
)
def test_what_is_folded(standing: Alert, start_s: float, folds: bool) -> None:
    assert (rules.home(at(start_s), [seen(standing)], 3) is standing) is folds


def test_what_goes_on_after_a_wrong_judgement_is_shown_again_within_a_minute() -> None:
    """Movements every 5 s for ten minutes in front of an alert that was closed as false: it can't be hidden for ever."""
    standing = closed(AlertOutcome.FALSE_ALARM, 20)
    for start_s in range(21, 600, 5):
        if rules.home(at(start_s), [seen(standing)], 3) is None:
            assert start_s <= 20 + 60 + 5
            return
        standing = rules.folded(standing, started("m", start_s), priority=3)
    pytest.fail("hidden for ten minutes")


@given(start_s=st.floats(0, 300), priority=st.integers(1, 3), outcome=st.sampled_from(sorted(rules.JUDGED)))
def test_what_begins_after_a_judgement_and_lasts_is_shown_a_minute_after_it_at_most(
    start_s: float, priority: int, outcome: AlertOutcome
) -> None:
    """At once, or at closed + 60 s; at priority 1 always at once."""
    standing = closed(outcome, 20)
    home = rules.home(at(20 + start_s), [seen(standing)], priority)
    assert home is None or priority != 1
    assert home is not None or priority == 1 or start_s >= 60
    decided_ns = at(20 + start_s + 0.6)
    assert home is None or rules.shown_again(standing, priority, decided_ns, at(20 + 60))
    assert not rules.shown_again(standing, priority, decided_ns, at(20 + 59.9)), "the tree that he has just dismissed"


@given(priority=st.integers(1, 3), decided_s=st.floats(0, 20), now_s=st.floats(-3600, 3600))
def test_what_went_on_under_a_judgement_is_left_alone_for_longer_and_not_for_ever(
    priority: int, decided_s: float, now_s: float
) -> None:
    standing = closed(AlertOutcome.FALSE_ALARM, 20)
    hidden_s = 300 if priority == 1 else 900
    assert rules.shown_again(standing, priority, at(decided_s), at(now_s)) is (at(now_s) >= at(20 + hidden_s))
    incident = closed(AlertOutcome.INCIDENT, 20)
    assert not rules.shown_again(incident, priority, at(decided_s), at(now_s)), "people act there"
    assert not rules.shown_again(alert(ongoing=True), priority, at(decided_s), at(now_s)), "it stands in the queue"


def test_the_newest_alert_comes_first_but_a_closed_incident_hides_no_open_one() -> None:
    older, newer = alert(0, 50), closed(AlertOutcome.INCIDENT, 40)
    assert rules.home(at(60), [seen(newer), seen(older)], 3) is older


scores = st.floats(0, 1, allow_nan=False)


@given(
    moves=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30), scores, st.booleans()), min_size=1, max_size=20),
    priority=st.integers(1, 3),
)
def test_folding_loses_nothing(moves: list[tuple[int, int, float, bool]], priority: int) -> None:
    """Whatever the order: count, peak, earliest start, latest end and urgency hold for all that was folded in."""
    facts = [
        started("m", start, score=score) if open_ else ended("m", start, start + length, score=score)
        for start, length, score, open_ in moves
    ]
    folded = rules.opened(facts[0], alert_id="a", priority=3, wall_ns=at(0))
    for fact in facts[1:]:
        folded = rules.folded(folded, fact, priority=priority)
    assert folded.count == len(facts)
    assert folded.score == max(fact.score for fact in facts)
    pictured = next((fact for fact in facts if fact.snapshot), facts[0])
    assert (folded.snapshot, folded.box) == (pictured.snapshot, pictured.box), (
        "the box belongs to the picture that it is drawn on"
    )
    assert folded.started_wall_ns == min(fact.start_wall_ns for fact in facts)
    assert folded.last_wall_ns == max(
        fact.start_wall_ns if fact.phase == "started" else fact.decided_wall_ns for fact in facts
    )
    assert folded.ongoing is any(fact.phase == "started" for fact in facts)
    assert folded.priority == (min(3, priority) if len(facts) > 1 else 3)


def test_an_end_before_its_start_is_the_clocks_fault() -> None:
    now = rules.ended(alert(100, ongoing=True), ended("m0", 100, 90), still_going_on=False)
    assert (now.last_wall_ns, now.ongoing) == (at(100), False)


def test_priority_comes_from_the_zone() -> None:
    camera = config().cameras[0]
    assert [rules.zone_priority(camera, zone) for zone in ("puerta", "calle", "unknown")] == [1, 3, 2]


def state(camera_id: str, down_s: float | None, stream: StreamKind = StreamKind.MAIN) -> CameraState:
    down = None if down_s is None else at(down_s)
    return CameraState(camera_id, stream, "online" if down is None else "offline", at(0), down, "link", "sin ruta")


def test_a_camera_is_as_long_away_as_its_longest_stream() -> None:
    found = outages.outages(
        [state("cam01", 5), state("cam01", 3, StreamKind.SUB), state("cam02", None), state("gone", 1)],
        {"cam01", "cam02"},
    )
    assert {name: outage.since_wall_ns for name, outage in found.items()} == {"cam01": at(3)}


def _walk(timeline: list[tuple[float, float | None]]) -> list[tuple[float, str]]:
    """Tick through (second, down since) pairs with one camera and note each step taken."""
    alerts: list[Alert] = []
    taken: list[tuple[float, str]] = []
    for second, down_s in timeline:
        down = {} if down_s is None else {"cam01": Outage("cam01", at(down_s), "link", "")}
        for step in outages.steps(down, alerts, at(second)):
            taken.append((second, step.kind))
            alerts = _apply(alerts, step, second)
    return taken


def _apply(alerts: list[Alert], step: OutageStep, second: float) -> list[Alert]:
    if step.outage is not None:
        return [*alerts, outages.raised(step.outage, alert_id=f"a{second}", now_wall_ns=at(second))]
    assert step.alert is not None
    now = step.alert
    if step.kind == "close":
        now = lifecycle.close_alert(now, SYSTEM, AlertOutcome.NO_ACTION, at(second), any_owner=True)
    return [now if each.alert_id == now.alert_id else each for each in alerts]


def test_an_outage_is_raised_after_ten_seconds_and_closed_after_ten_steady_ones() -> None:
    away = [(float(second), 0.0) for second in range(30)]
    back = [(float(second), None) for second in range(30, 60)]
    assert _walk([*away, *back]) == [(11, "raise"), (30, "store"), (40, "close")]


def test_a_short_outage_is_nobodys_business() -> None:
    assert _walk([(float(second), 0.0) for second in range(10)] + [(10.0, None)]) == []


def test_a_camera_that_flaps_makes_one_alert() -> None:
    """Away for 15 s, back for 5 s, for a while: one alert that counts."""
    timeline = [(float(second), (second // 20) * 20.0 if second % 20 < 15 else None) for second in range(200)]
    kinds = [kind for _, kind in _walk(timeline)]
    assert kinds.count("raise") == 1
    assert kinds.count("close") == 0


def test_what_an_operator_closed_stays_closed_until_the_camera_was_back() -> None:
    outage = Outage("cam01", at(0), "link", "")
    seen = replace(
        outages.raised(outage, alert_id="a", now_wall_ns=at(11)),
        state=AlertState.CLOSED,
        outcome=AlertOutcome.NO_ACTION,
        closed_wall_ns=at(20),
    )
    assert outages.steps({"cam01": outage}, [seen], at(500)) == []
    again = Outage("cam01", at(600), "link", "")
    assert [step.kind for step in outages.steps({"cam01": again}, [seen], at(611))] == ["raise"]


def test_what_somebody_works_on_is_not_closed_under_his_hands() -> None:
    back = replace(outages.raised(Outage("cam01", at(0), "link", ""), alert_id="a", now_wall_ns=at(11)), ongoing=False)
    assert [step.kind for step in outages.steps({}, [back], at(500))] == ["close"]
    assert outages.steps({}, [lifecycle.take(back, ANA, at(20))], at(500)) == []
    assert outages.steps({}, [replace(back, incident_id="i1")], at(500)) == []


def test_windows() -> None:
    assert window(at(100), []) == (at(90), at(700))
    assert window(at(100), [alert(100, 130)]) == (at(90), at(190))
    assert window(at(100), [alert(100, 130), alert(95, 300)]) == (at(85), at(360))
    assert window(at(100), [alert(100, 130), alert(120, ongoing=True)]) == (at(90), None)
