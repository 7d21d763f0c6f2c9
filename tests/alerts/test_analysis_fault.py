"""Analysis that is short of processor time is one alert, which ends with it."""

from __future__ import annotations

from alerts.analysis_fault import STEADY_NS, AnalysisWatch
from alerts.desk import Desk
from alerts.records import AlertOutcome, AlertState
from alerts.rows import alert_of
from alerts.trunks import ANALYSIS_ZONE
from nvr.catalogue import alert_rows
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.observations import SHORT_COUNTER, WorkerStatus
from tests.alerts.facts import JEFA, config


def status(*, short: bool) -> WorkerStatus:
    counters = {SHORT_COUNTER: float(short), "share_decoded": 0.4, "budget_cores": 0.2}
    return WorkerStatus(worker="analytics-0", pid=1, wall_ns=1, cpu_s=0, rss_bytes=1, counters=counters, cameras={})


def alerts(catalogue: Catalogue) -> list[tuple[AlertState, bool]]:
    with catalogue.read() as tx:
        rows = alert_rows.of_zone(tx, "cam01", ANALYSIS_ZONE, 10)
    return [(alert_of(row).state, alert_of(row).ongoing) for row in rows]


def test_one_alert_while_it_is_short(catalogue: Catalogue, clock: SimulatedClock) -> None:
    watch, desk = AnalysisWatch(catalogue, config()), Desk(catalogue, config(), clock)
    watch.look(clock.wall_ns(), [status(short=False)])
    assert alerts(catalogue) == []
    for _ in range(5):
        watch.look(clock.wall_ns(), [status(short=False), status(short=True)])
        desk.tick()  # what looks after cameras leaves it alone
        clock.advance(seconds=1)
    assert alerts(catalogue) == [(AlertState.NEW, True)]
    watch.look(clock.wall_ns(), [status(short=False)])
    assert alerts(catalogue) == [(AlertState.NEW, True)]
    clock.advance(seconds=STEADY_NS / NS_PER_S)
    watch.look(clock.wall_ns(), [status(short=False)])
    assert [state for state, _ in alerts(catalogue)] == [AlertState.CLOSED]


def test_what_somebody_closed_is_told_again_a_day_later(catalogue: Catalogue, clock: SimulatedClock) -> None:
    watch, desk = AnalysisWatch(catalogue, config()), Desk(catalogue, config(), clock)
    watch.look(clock.wall_ns(), [status(short=True)])
    (alert,) = desk.alerts([AlertState.NEW], 10)[1]
    desk.close_alert(alert.alert_id, JEFA, AlertOutcome.NO_ACTION, "", any_owner=True)
    for _ in range(26):
        clock.advance(seconds=3600)
        watch.look(clock.wall_ns(), [status(short=True)])
    assert [state for state, _ in alerts(catalogue)] == [AlertState.NEW, AlertState.CLOSED]


def test_what_an_earlier_run_raised_ends(catalogue: Catalogue, clock: SimulatedClock) -> None:
    AnalysisWatch(catalogue, config()).look(clock.wall_ns(), [status(short=True)])
    AnalysisWatch(catalogue, config()).look(clock.wall_ns(), [])
    assert [state for state, _ in alerts(catalogue)] == [AlertState.CLOSED]
