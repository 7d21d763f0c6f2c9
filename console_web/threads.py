"""Where blocking work goes: changes one after the other on a single thread, reads on a small pool, files on another, passwords on one of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Threads:
    """Four executors. The catalogue has one writer, so a second writing thread would only wait for its lock."""

    def __init__(self, *, readers: int = 4, openers: int = 8) -> None:
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="console-write")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="console-read")
        self._openers = ThreadPoolExecutor(openers, thread_name_prefix="console-files")
        # Argon2 takes 64 MiB and tens of milliseconds on purpose: one at a time, away from everybody's reads.
        self._hasher = ThreadPoolExecutor(1, thread_name_prefix="console-argon2")

    async def write(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a change; changes run in the order in which they were asked for."""
        return await _run(self._writer, work, *args, **kwargs)

    async def read(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a look-up in the catalogue."""
        return await _run(self._readers, work, *args, **kwargs)

    async def files(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run what looks at recordings, pictures or the space on a disk: one that hangs keeps these threads, and who plays from it; nobody else waits."""
        return await _run(self._openers, work, *args, **kwargs)

    async def hash(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a password computation."""
        return await _run(self._hasher, work, *args, **kwargs)

    def close(self) -> None:
        """Let what runs finish, and take nothing more."""
        for executor in (self._writer, self._readers, self._openers, self._hasher):
            executor.shutdown(wait=True, cancel_futures=True)


async def _run(executor: ThreadPoolExecutor, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(executor, lambda: work(*args, **kwargs))
