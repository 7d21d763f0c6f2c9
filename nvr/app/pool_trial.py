"""Tries a pool before its entry comes in force: that the disk is there, is free or its own, has room, and keeps what is written to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nvr.config import Pool
from nvr.errors import StorageError
from nvr.recording.segment_file import try_out
from nvr.storage.pools import unfit
from nvr.storage.space import FreeSpace

TIMEOUT_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What a pool's disk answered. ``fault`` is "" where recordings may go there; then ``free_bytes`` is known."""

    pool: Pool
    fault: str = ""
    free_bytes: int = 0

    def line(self) -> str:
        """For people who read English."""
        name = f"pool {self.pool.name} at {self.pool.path}"
        return f"{name}: {self.fault}" if self.fault else f"{name}: {self.free_bytes / 1e9:.1f} GB free"


def newcomers(before: Sequence[Pool], after: Sequence[Pool]) -> list[Pool]:
    """The pools that are new, or lie elsewhere than before."""
    known = {(pool.name, pool.path) for pool in before}
    return [pool for pool in after if (pool.name, pool.path) not in known]


async def try_all(recordings: Path, pools: Sequence[Pool], timeout_s: float = TIMEOUT_S) -> list[Trial]:
    """All of them at once. A disk that does not answer keeps a thread, until it does, but not the caller."""
    return list(await asyncio.gather(*(_in_time(recordings, pool, timeout_s) for pool in pools)))


async def _in_time(recordings: Path, pool: Pool, timeout_s: float) -> Trial:
    try:
        return await asyncio.wait_for(asyncio.to_thread(trial, recordings, pool), timeout_s)
    except TimeoutError:
        return Trial(pool, f"the disk does not answer within {timeout_s:g} s")


def trial(recordings: Path, pool: Pool) -> Trial:
    """One pool: what is written is read back, and is gone afterwards. The pool is not taken into use."""
    try:
        if not pool.path.is_dir():
            return Trial(pool, "there is no such folder: mount the disk, then make it")
        if fault := unfit(recordings, pool):
            return Trial(pool, fault)
        try_out(pool.path)
        space = FreeSpace(pool.path, pool.reserve_mb * 1024 * 1024)
        if not space.has_room():
            return Trial(pool, f"no more than the reserve of {pool.reserve_mb} MB is free")
        return Trial(pool, free_bytes=space.free_bytes())
    except (OSError, StorageError) as error:
        return Trial(pool, f"the disk refuses ({getattr(error, 'strerror', None) or error})")
