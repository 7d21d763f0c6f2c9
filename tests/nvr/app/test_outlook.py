"""The forecast of a room: measured from its catalogue, told each day while it is bad, and by command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.desk import Desk
from alerts.records import Alert, AlertState
from alerts.storage_alarms import FORECAST_ZONE
from nvr.app.outlook import Forecaster, look_ahead
from nvr.app.storage_report import lines
from nvr.catalogue import hold_rows, segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.segments import SegmentRow
from nvr.catalogue.tables import segments as table
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.media import StreamKind

GB = 10**9
HOUR_NS = 3600 * NS_PER_S


def config(**node: object) -> Config:
    camera = {"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}
    return Config.model_validate({"node": {"reserve_mb": 16} | node, "cameras": [camera]})


class Room:
    """A catalogue with a day of one camera, an hour a file."""

    def __init__(self, folder: Path, file_bytes: int) -> None:
        self.folder = folder
        self.clock = SimulatedClock()
        self.catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite", self.clock)
        now_ns = self.clock.wall_ns()
        with self.catalogue.write() as tx:
            for hour in range(24):
                start_ns = now_ns - (24 - hour) * HOUR_NS
                row = SegmentRow(
                    f"s{hour:02d}", "cam01", StreamKind.MAIN, 0, start_ns, start_ns + HOUR_NS,
                    f"cam01/main/{hour}.mp4", "h264", 2, 2, file_bytes, 1, "ab",
                )  # fmt: skip
                segments.closed(tx, row)

    def alerts(self) -> list[Alert]:
        desk = Desk(self.catalogue, config(), self.clock)
        return [alert for alert in desk.alerts(list(AlertState), 100)[1] if alert.zone == FORECAST_ZONE]


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Room]:
    """A petabyte a day: no disk keeps that for 45 days."""
    made = Room(tmp_path, 10**15 // 24)
    yield made
    made.catalogue.close()


@pytest.fixture
def ample(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path, 1000)
    yield made
    made.catalogue.close()


def test_rates_holds_and_disk_are_measured(ample: Room) -> None:
    now_ns = ample.clock.wall_ns()
    with ample.catalogue.write() as tx:
        hold_rows.store(
            tx, HoldRow("h", "cam01", now_ns - 2 * HOUR_NS, now_ns, "Oficio 1", "Ana", now_ns - 10 * 24 * HOUR_NS)
        )
    outlook = look_ahead(ample.catalogue, config(), ample.folder, now_ns)
    (flow,) = outlook.flows
    assert (flow.name, round(flow.bytes_per_day), flow.stock_bytes, flow.kept_days) == (
        "cam01/main",
        24_000,
        22_000,
        45,
    )
    assert flow.age_days == pytest.approx(1)
    assert (outlook.held_bytes, outlook.hold_bytes_per_day) == (2000, 200)
    assert outlook.sound
    assert list(lines(outlook))[-1] == "the minimum is kept"


def test_what_key_frames_weigh_is_measured(ample: Room) -> None:
    """The oldest six hours were groomed to a tenth: no more is promised than was seen."""
    now_ns = ample.clock.wall_ns()
    with ample.catalogue.write() as tx:
        old = sa.and_(table.c.start_wall_ns < now_ns - 18 * HOUR_NS)
        tx.connection.execute(sa.update(table).where(old).values(size_bytes=100, groomed=True))
    thinned = config().model_dump()
    thinned["cameras"][0]["retention"]["keyframes_after_days"] = 46
    thinned["node"]["retention_days"] = 60
    (flow,) = look_ahead(ample.catalogue, Config.model_validate(thinned), ample.folder, now_ns + 18 * HOUR_NS).flows
    assert (flow.groomed_after_days, flow.groomed_bytes) == (46, 600)
    assert 0.1 <= flow.groomed_share < 0.2


def test_a_shortage_is_told_each_day_until_it_is_over(short: Room) -> None:
    made = Forecaster(short.catalogue, config(), short.folder, short.clock)
    assert made.step() is not None
    assert made.step() is None, "an hour has to pass"
    (alert,) = short.alerts()
    assert (alert.priority, alert.count) == (1, 1), "it breaks within days"
    for hour in range(1, 50):
        short.clock.advance(seconds=3600)
        made.step()
        assert short.alerts()[0].count == 1 + hour // 24, hour
    with short.catalogue.write() as tx:
        tx.connection.execute(sa.update(table).values(size_bytes=1000))
    short.clock.advance(seconds=3600)
    made.step()
    assert [each.state for each in short.alerts()] == [AlertState.CLOSED]


def test_what_was_accepted_in_writing_is_still_told_and_no_longer_urgent(short: Room) -> None:
    accepted = config(shortage_accepted="Oficio 31-2026-GSC, 2 de marzo de 2026")
    Forecaster(short.catalogue, accepted, short.folder, short.clock).step()
    assert [alert.priority for alert in short.alerts()] == [3]
    told = list(lines(look_ahead(short.catalogue, accepted, short.folder, short.clock.wall_ns())))
    assert told[-1].endswith("accepted: Oficio 31-2026-GSC, 2 de marzo de 2026")


def test_a_disk_that_does_not_answer_has_no_room(ample: Room) -> None:
    outlook = look_ahead(ample.catalogue, config(), ample.folder / "gone", ample.clock.wall_ns())
    assert outlook.free_bytes == 0
    assert not outlook.sound
