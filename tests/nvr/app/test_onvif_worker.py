"""The process that speaks ONVIF, as one of a node's."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from nvr.app.folders import Folders
from nvr.app.onvif_worker import OnvifWorker
from nvr.app.shares import ONVIF_WORKER, Share
from nvr.clock import NS_PER_S
from nvr.steady_clock import SteadyClock, ThisMachine

HOUR_NS = 3600 * NS_PER_S


class SetBack(ThisMachine):
    """A machine whose clock stood an hour later when the node began."""

    def wall_ns(self) -> int:
        return super().wall_ns() + HOUR_NS


async def test_what_cameras_notice_is_stamped_on_the_nodes_own_time_line(tmp_path: Path) -> None:
    """Else, once the machine's clock was set, a door contact would point an hour beside the recording of who opened it."""
    folders = Folders.at(tmp_path / "data")
    folders.create()
    line = SteadyClock(folders.data, SetBack(), thread=False)
    worker = OnvifWorker(folders, Share(ONVIF_WORKER, ()), {})
    try:
        ahead_ns = worker.status().wall_ns - time.time_ns()
    finally:
        over = asyncio.Event()
        over.set()
        await worker.run(over)
        line.close()
    assert abs(ahead_ns - HOUR_NS) < 10 * NS_PER_S
