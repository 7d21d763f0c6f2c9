"""That recordings do not reach a disk is told within a look, once, and ends by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.desk import Desk
from alerts.records import Actor, Alert, AlertOutcome, AlertState
from alerts.storage_alarms import DISK_ZONE
from nvr.app.disk_watch import STEADY_STEPS, DiskWatch, trouble
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.config import Config
from nvr.observations import WorkerStatus

CONFIG = Config.model_validate(
    {"cameras": [{"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}]}
)
WELL = {
    "recorder_alive": 1.0,
    "recorder_facts_waiting": 0.0,
    "recorder_syncs_failed": 0.0,
    "recorder_pools_missing": 0.0,
}


def status(stream: dict[str, float] | None = None, **counters: float) -> WorkerStatus:
    said = WELL | {f"recorder_{name}": value for name, value in counters.items()}
    streams = {"cam01/main": {f"recorder_{k}": v for k, v in (stream or {}).items()}}
    return WorkerStatus(worker="ingest-0", pid=7, wall_ns=1, cpu_s=0, rss_bytes=0, counters=said, cameras=streams)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (status(), status({"failing": 1}), "1 flujos no se graban"),
        (status({"dropped": 5}), status({"dropped": 30}), "25 cuadros"),
        (status(syncs_failed=1), status(syncs_failed=2), "perdió lo que había recibido"),
        (status(facts_waiting=3), status(facts_waiting=4), "diario"),
        (status(), status(alive=0), "se detuvo"),
        (status(), status(pools_missing=2), "2 discos"),
    ],
)
def test_each_trouble_has_its_words(before: WorkerStatus, now: WorkerStatus, words: str) -> None:
    assert words in trouble([before], [now]).in_words()


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ({"facts_waiting": 2.0}, {"facts_waiting": 9.0}, "un diario no se puede escribir"),
        ({"facts_lost": 3.0}, {"facts_lost": 10.0}, "7 avisos de los procesos se perdieron"),
        ({"facts_dropped": 0.0}, {"facts_dropped": 1.0}, "1 avisos"),
    ],
)
def test_what_other_workers_can_not_write_down_is_trouble_too(
    before: dict[str, float], now: dict[str, float], words: str
) -> None:
    """A movement that is lost on its way is an alert that nobody ever sees."""
    old, new = (
        WorkerStatus(worker="analytics-0", pid=8, wall_ns=1, cpu_s=0, rss_bytes=0, counters=said, cameras={})
        for said in (before, now)
    )
    assert words in trouble([old], [new]).in_words()
    assert not trouble([], [new]), "of a worker that is heard for the first time nothing is known"


def test_gaps_that_a_recorder_could_not_report_are_told() -> None:
    assert "5 avisos" in trouble([status(facts_dropped=1)], [status(facts_dropped=6)]).in_words()


def test_what_happened_before_is_no_trouble_now() -> None:
    old = status({"dropped": 30}, syncs_failed=2)
    assert not trouble([old], [old])
    assert not trouble([], [old]), "of a worker that is heard for the first time nothing has risen"
    assert not trouble(
        [], [WorkerStatus(worker="control", pid=1, wall_ns=1, cpu_s=0, rss_bytes=0, counters={}, cameras={})]
    )


def test_one_alert_as_long_as_it_lasts_and_a_new_one_the_next_time(tmp_path: Path) -> None:
    clock = SimulatedClock()
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite", clock)
    watch, desk = DiskWatch(catalogue, CONFIG), Desk(catalogue, CONFIG, clock)

    def look(now: WorkerStatus) -> list[Alert]:
        clock.advance(seconds=1)
        watch.look([now], clock.wall_ns())
        return [alert for alert in desk.alerts(list(AlertState), 100)[1] if alert.zone == DISK_ZONE]

    try:
        assert look(status()) == []
        (alert,) = look(status({"failing": 1}))
        assert (alert.priority, alert.ongoing, alert.state) == (1, True, AlertState.NEW)
        for _ in range(5):
            assert look(status({"failing": 1})) == [alert]
        for _ in range(STEADY_STEPS - 1):
            assert look(status()) == [alert], "a disk that is well for a moment is not well yet"
        assert [each.state for each in look(status())] == [AlertState.CLOSED]
        assert sorted(each.state for each in look(status({"failing": 1}))) == [AlertState.CLOSED, AlertState.NEW]
    finally:
        catalogue.close()


def test_what_somebody_closed_is_told_again_a_day_later_while_it_stands(tmp_path: Path) -> None:
    """Who takes it for a false alarm on a Friday must not silence a weekend without recordings."""
    clock = SimulatedClock()
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite", clock)
    watch, desk = DiskWatch(catalogue, CONFIG), Desk(catalogue, CONFIG, clock)

    def waiting_after(hours: int) -> list[Alert]:
        for _ in range(hours * 60):
            clock.advance(seconds=60)
            watch.look([status({"failing": 1})], clock.wall_ns())
        return [alert for alert in desk.alerts([AlertState.NEW], 100)[1] if alert.zone == DISK_ZONE]

    try:
        (alert,) = waiting_after(1)
        boss = Actor("u-jefa", "Rosa Jefa", "Mesa")
        desk.close_alert(alert.alert_id, boss, AlertOutcome.NO_ACTION, "", any_owner=True)
        assert waiting_after(22) == [], "he was told"
        (again,) = waiting_after(3)
        assert again.alert_id != alert.alert_id
        assert len(waiting_after(23)) == 1, "once a day, not each hour"
    finally:
        catalogue.close()
