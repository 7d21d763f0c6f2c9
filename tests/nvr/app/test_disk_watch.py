"""That recordings do not reach a disk is told within a look, once, and ends by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.desk import Desk
from alerts.records import Alert, AlertState
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
