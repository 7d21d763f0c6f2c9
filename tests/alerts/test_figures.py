"""Figures for chiefs: percentiles that were measured, steps that are missing, shares with their number, hours of the site's clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.figures import AlertTimes, By, Figure, Figures, ShiftNames, Step, figures, rows
from alerts.records import AlertOutcome, Dispatch, DispatchState, Incident, IncidentState
from alerts.shifts import shift_at

S = 1_000_000_000
LIMA = "America/Lima"
MONDAY_NS = int(datetime(2026, 11, 23, 22, 30, tzinfo=ZoneInfo(LIMA)).timestamp()) * S


@dataclass(frozen=True)
class Begins:
    name: str
    starts: str


HOURS = (Begins("07-15", "07:00"), Begins("15-23", "15:00"), Begins("23-07", "23:00"))


def alert(at_ns: int = MONDAY_NS, *, taken_s: float | None = 5, outcome: AlertOutcome | None = None, camera: str = "cam01", priority: int = 1, incident: str | None = None) -> AlertTimes:  # fmt: skip
    taken_ns = None if taken_s is None else at_ns + round(taken_s * S)
    return AlertTimes(camera, priority, at_ns - S, at_ns, None, taken_ns, outcome, incident)


def incident(at_ns: int = MONDAY_NS, *dispatches: Dispatch, camera: str = "cam01") -> Incident:
    return Incident("i1", "N-2026-000001", IncidentState.OPEN, camera, "ORD-GRESCA", 1, "", at_ns, at_ns, "x", None, dispatches)  # fmt: skip


def dispatch(at_ns: int, agency: str = "serenazgo", **times_s: float) -> Dispatch:
    times = {DispatchState(name): at_ns + round(after * S) for name, after in times_s.items()}
    return Dispatch("d", "i1", "cam01", agency, DispatchState.SENT, "", "x", at_ns, times)


def of(alerts: list[AlertTimes], incidents: list[Incident] | None = None) -> Figures:
    return figures(alerts, incidents or [], sectors={"cam01": "Centro"}, hours=HOURS, timezone=LIMA)


@given(st.lists(st.integers(0, 10**12), min_size=1), st.floats(0.01, 1))
def test_a_percentile_was_measured_and_so_many_did_not_exceed_it(times_ns: list[int], share: float) -> None:
    found = Figure(sorted(times_ns)).percentile_ns(share)
    assert found in times_ns
    assert sum(each <= found for each in times_ns) >= share * len(times_ns) - 1e-6
    assert sum(each < found for each in times_ns) < share * len(times_ns)


@given(st.lists(st.tuples(st.integers(0, 10**4), st.integers(0, 10**4)), min_size=1, max_size=6), st.booleans())
def test_an_alert_that_waited_more_than_once_counts_by_its_longest_wait(
    waits_s: list[tuple[int, int]], from_shelf: bool
) -> None:
    """Waits, and how long it was in somebody's hands after each: that, and its time on a shelf, is no waiting."""
    at_ns = MONDAY_NS + (900 * S if from_shelf else 0)
    turns = [("alert_unshelved", at_ns)] if from_shelf else []
    for number, (wait_s, held_s) in enumerate(waits_s):
        if number:
            turns.append(("alert_released", at_ns))
        at_ns += wait_s * S
        turns.append(("alert_taken", at_ns))
        at_ns += held_s * S
    mine = replace(alert(taken_s=(at_ns - MONDAY_NS) / S), turns=turns)
    took = of([mine]).times[By.ALL, "", Step.TAKEN]
    longest_s = max(wait_s for wait_s, _ in waits_s)
    assert (took.times_ns, took.in_time, took.limited) == ([longest_s * S], int(longest_s <= 15), 1)
    back = replace(mine, taken_wall_ns=None, turns=[*turns, ("alert_released", at_ns)])
    took = of([back]).times[By.ALL, "", Step.TAKEN]
    assert (took.times_ns, took.missing, took.in_time, took.limited) == ([], 1, 0, 1), "it waits now"


def test_a_clock_that_stepped_in_one_of_its_waits_makes_it_unknown() -> None:
    turns = [("alert_taken", MONDAY_NS - S), ("alert_released", MONDAY_NS + S), ("alert_taken", MONDAY_NS + 3 * S)]
    took = of([replace(alert(), turns=turns)]).times[By.ALL, "", Step.TAKEN]
    assert (took.times_ns, took.unknown) == ([], 1)


def test_on_the_shelf_nobody_sees_it_late() -> None:
    """It is queued when it comes off the shelf; who saw it there has seen it at once."""
    turns = [("alert_unshelved", MONDAY_NS + 900 * S), ("alert_taken", MONDAY_NS + 904 * S)]
    found = of([replace(alert(), turns=turns, seen_wall_ns=MONDAY_NS + 100 * S)])
    assert found.times[By.ALL, "", Step.QUEUED].times_ns == [901 * S]
    assert found.times[By.ALL, "", Step.SEEN].times_ns == [0]


def test_what_was_not_measured_has_no_percentile() -> None:
    assert Figure().percentile_ns(0.5) is None


@given(st.lists(st.tuples(st.none() | st.integers(-5, 400), st.sampled_from([1, 2, 3]))))
def test_every_alert_is_counted_once_in_each_group(cases: list[tuple[int | None, int]]) -> None:
    found = of([alert(taken_s=taken_s, priority=priority) for taken_s, priority in cases])
    for by, key in ((By.ALL, ""), (By.SHIFT, "15-23"), (By.SECTOR, "Centro"), (By.CAMERA, "cam01")):
        figure = found.times[by, key, Step.TAKEN]
        assert len(figure.times_ns) + figure.missing + figure.unknown == len(cases)
        assert figure.unknown == sum(taken_s is not None and taken_s < 0 for taken_s, _ in cases)
        assert figure.in_time <= figure.limited <= len(cases)


def test_each_priority_has_its_own_limit_and_nobody_is_late_for_good() -> None:
    found = of([alert(taken_s=16, priority=1), alert(taken_s=16, priority=2), alert(taken_s=None, priority=3)])
    taken = found.times[By.ALL, "", Step.TAKEN]
    assert (taken.in_time, taken.limited, taken.missing) == (1, 3, 1)


def test_a_dispatch_is_timed_from_the_moment_its_alert_was_taken() -> None:
    sent_ns = MONDAY_NS + 45 * S
    both = incident(
        MONDAY_NS + 40 * S, dispatch(sent_ns, received=20, on_scene=300), dispatch(sent_ns + 30 * S, "pnp", received=70)
    )
    found = of([alert(taken_s=5, incident="i1")], [both])
    times = {(by, key, step): figure for by, key, step, figure in rows(found)}
    assert times[By.ALL, "", Step.DISPATCHED].times_ns == [40 * S]
    assert times[By.AGENCY, "pnp", Step.RECEIVED].times_ns == [70 * S]
    assert (times[By.AGENCY, "pnp", Step.RECEIVED].in_time, times[By.AGENCY, "serenazgo", Step.RECEIVED].in_time) == (0, 1)  # fmt: skip
    assert times[By.ALL, "", Step.ARRIVED].missing == 1
    assert times[By.TYPE, "ORD-GRESCA", Step.CLOSED].missing == 1


def test_hours_and_weekdays_are_the_sites() -> None:
    """22:30 on Monday in Lima is Tuesday in UTC."""
    found = of([alert(outcome=AlertOutcome.FALSE_ALARM), alert(outcome=AlertOutcome.NO_ACTION)], [incident()])
    assert found.incidents[0][22] == 1
    assert sum(map(sum, found.incidents)) == 1
    assert found.places["cam01"][22] == 1
    assert (found.false_by_hour[22].false, found.false_by_hour[22].closed) == (1, 2)
    assert found.false_by_camera["cam01"].closed == 2


@pytest.mark.parametrize("step", [3600, 1800 * 7, 86_400 * 40])
def test_names_of_shifts_are_those_that_shift_at_gives(step: int) -> None:
    names = ShiftNames(HOURS, LIMA)
    for index in (*range(30), *range(29, -1, -1)):
        at_ns = MONDAY_NS + index * step * S
        assert names.at(at_ns) == shift_at(at_ns, HOURS, LIMA).name


def test_each_step_counts_from_where_it_says() -> None:
    """Moved, queued a second later, seen after 2 s, taken after 5, sent 40 s on, there after 300, closed an hour after the opening."""
    seen = replace(alert(taken_s=5, incident="i1"), seen_wall_ns=MONDAY_NS + 2 * S)
    opened_ns = MONDAY_NS + 45 * S
    case = replace(
        incident(opened_ns, dispatch(opened_ns, received=20, on_scene=300)),
        occurred_wall_ns=MONDAY_NS - S,
        closed_wall_ns=opened_ns + 3600 * S,
    )
    found = of([seen, alert()], [case])
    wanted = {
        Step.QUEUED: [1, 1], Step.SEEN: [2], Step.TAKEN: [5, 5], Step.DISPATCHED: [40], Step.RECEIVED: [20], Step.ARRIVED: [300], Step.CLOSED: [3600],
    }  # fmt: skip
    for by, key in ((By.ALL, ""), (By.SHIFT, "15-23"), (By.SECTOR, "Centro"), (By.CAMERA, "cam01")):
        for step, seconds in wanted.items():
            assert found.times[by, key, step].times_ns == [each * S for each in seconds], (by, step)
    assert found.times[By.ALL, "", Step.SEEN].missing == 1, "the other one no page has shown"
    for by, key in ((By.TYPE, "ORD-GRESCA"), (By.AGENCY, "serenazgo")):
        assert found.times[by, key, Step.ARRIVED].times_ns == [300 * S]
    late = found.times[By.ALL, "", Step.DISPATCHED]
    assert (late.in_time, late.limited) == (1, 1)
