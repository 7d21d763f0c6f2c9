"""A machine's clock that is at odds with the time line is one alert, and by how much it is off stands in the audit."""

from __future__ import annotations

import pytest

from alerts.clock_fault import ClockWatch
from alerts.desk import Desk
from alerts.records import AlertState
from alerts.rows import alert_of
from alerts.trunks import CLOCK_ZONE
from nvr.catalogue import alert_rows, audit
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.time_line import Line
from tests.alerts.facts import config

RIGHT = Line("boot", 0, 0, 0)
AHEAD = Line("boot", 0, 0, 0, machine_ns=3600 * NS_PER_S, doubt="the machine's clock was set, or ran away")


def alerts(catalogue: Catalogue) -> list[tuple[AlertState, bool]]:
    with catalogue.read() as tx:
        rows = alert_rows.of_zone(tx, "cam01", CLOCK_ZONE, 10)
    return [(alert_of(row).state, alert_of(row).ongoing) for row in rows]


@pytest.mark.parametrize("steps", [1, 5])
def test_a_doubt_is_one_alert_that_ends_with_it(catalogue: Catalogue, clock: SimulatedClock, steps: int) -> None:
    watch, desk = ClockWatch(catalogue, config()), Desk(catalogue, config(), clock)
    watch.look(clock.wall_ns(), RIGHT)
    assert alerts(catalogue) == []
    for _ in range(steps):
        watch.look(clock.wall_ns(), AHEAD)
        desk.tick()  # what looks after cameras leaves it alone
        clock.advance(seconds=1)
    assert alerts(catalogue) == [(AlertState.NEW, True)]
    watch.look(clock.wall_ns(), RIGHT)
    desk.tick()
    assert alerts(catalogue) == [(AlertState.NEW, False)]
    clock.advance(seconds=11)
    watch.look(clock.wall_ns(), RIGHT)
    assert alerts(catalogue) == [(AlertState.CLOSED, False)]
    watch.look(clock.wall_ns(), AHEAD)
    assert alerts(catalogue)[0] == (AlertState.NEW, True)


def test_the_true_offset_is_audited_when_it_changes_and_not_each_second(
    catalogue: Catalogue, clock: SimulatedClock
) -> None:
    watch = ClockWatch(catalogue, config())
    for line in (RIGHT, AHEAD, AHEAD, AHEAD, RIGHT, RIGHT):
        watch.look(clock.wall_ns(), line)
        clock.advance(seconds=1)
    with catalogue.read() as tx:
        told = [record.detail["error_s"] for record in reversed(audit.read(tx, 50)) if record.action == "clock.offset"]
    assert told == ["+3600.000", "+0.000"]
