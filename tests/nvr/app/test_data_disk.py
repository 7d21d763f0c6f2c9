"""A short data disk is told where deleting recordings does not mend it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.desk import Desk
from alerts.records import Alert, AlertState
from alerts.storage_alarms import DATA_ZONE
from nvr.app.data_disk import STEADY_STEPS, DataDiskWatch
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.config import Config
from nvr.config.live import LiveConfig

AMPLE_MB = 16


def config(pool: Path | None, reserve_mb: int, headroom_mb: int = 16) -> Config:
    camera = {"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}
    pools = [] if pool is None else [{"name": "disco1", "path": str(pool)}]
    return Config.model_validate(
        {"node": {"reserve_mb": reserve_mb, "headroom_mb": headroom_mb, "pools": pools}, "cameras": [camera]}
    )


def free_mb(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize // 2**20


class Room:
    """A data folder, and a configuration that can change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data" / "recordings").mkdir(parents=True)
        self.clock = SimulatedClock()
        self.catalogue = Catalogue(f"sqlite:///{folder}/data/catalogue.sqlite", self.clock)
        self.config = LiveConfig.of(config(folder, AMPLE_MB))
        self.watch = DataDiskWatch(self.catalogue, self.config, folder / "data" / "recordings", self.clock)

    def look(self, settings: Config, times: int = 1) -> list[Alert]:
        """So many minutes with that configuration; then all alerts about it."""
        self.config.take_up(settings)
        for _ in range(times):
            self.clock.advance(seconds=60)
            self.watch.step()
        desk = Desk(self.catalogue, self.config, self.clock)
        return [alert for alert in desk.alerts(list(AlertState), 100)[1] if alert.zone == DATA_ZONE]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.catalogue.close()


def test_it_is_told_before_the_reserve_is_touched_and_more_urgently_after(room: Room) -> None:
    free = free_mb(room.folder)
    ample, near, below = (
        config(room.folder, AMPLE_MB),
        config(room.folder, free // 2, free),
        config(room.folder, free * 2),
    )
    assert room.look(ample) == []
    (alert,) = room.look(near)
    assert (alert.priority, alert.state, alert.ongoing) == (2, AlertState.NEW, True)
    assert room.look(near, 30) == [alert], "told once"
    (worse,) = room.look(below)
    assert (worse.alert_id, worse.priority) == (alert.alert_id, 1)
    (still,) = room.look(ample, STEADY_STEPS - 1)
    assert still.state is AlertState.NEW, "room for a moment is no room yet"
    (over,) = room.look(ample)
    assert over.state is AlertState.CLOSED
    assert len(room.look(below)) == 2, "another time is another alert"
    assert len(room.look(below, 3 * 1440)) == 2, "while nobody has closed it"


def test_where_deleting_recordings_mends_it_nobody_is_told(room: Room) -> None:
    assert room.look(config(None, free_mb(room.folder) * 2), 3) == []


def test_an_alert_of_before_a_restart_ends(room: Room) -> None:
    room.look(config(room.folder, free_mb(room.folder) * 2))
    room.watch = DataDiskWatch(room.catalogue, room.config, room.folder / "data" / "recordings", room.clock)
    (alert,) = room.look(config(room.folder, AMPLE_MB), STEADY_STEPS)
    assert alert.state is AlertState.CLOSED
