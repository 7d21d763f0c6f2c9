"""What the control process is made of, as far as that can be had without the whole of it."""

from __future__ import annotations

import asyncio
import threading

from nvr.app.control import give_chores_threads

HANGING = 12
"""Sweeps, scrub, grooming, forecast, proofs, pools, pictures, index, notes of holds, versions, orders: each may wait for a disk that is gone."""


async def test_chores_that_a_dead_disk_keeps_leave_threads_for_the_intake() -> None:
    give_chores_threads(asyncio.get_running_loop())
    disk = threading.Event()
    chores = [asyncio.create_task(asyncio.to_thread(disk.wait)) for _ in range(HANGING)]
    try:
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "facts"), 5) == "facts"
    finally:
        disk.set()
        await asyncio.gather(*chores)
