"""A worker's facts from several threads into one journal, and the wake-up that follows."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nvr.journal import JournalWriter
from nvr.observations import Fact

log = logging.getLogger(__name__)
_PENDING: Final = 1000
_RETRY_S: Final = 1.0


class FactLog:
    """``record`` writes from the recorder's thread; ``report`` queues from the event loop, whose thread must never wait for a disk.

    Policy of the queue: LOSSLESS up to 1,000 facts (a disk that refuses for that long has other alarms); then the oldest go, counted in ``dropped``.
    """

    def __init__(self, folder: Path, wake: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        """``wake`` is called in ``loop``'s thread after each append."""
        self._journal = JournalWriter(folder)
        self._lock = threading.Lock()
        self._wake = wake
        self._loop = loop
        self._pending: deque[Fact] = deque()
        self._grown = asyncio.Event()
        self.dropped = 0

    def record(self, fact: Fact) -> None:
        """Append and sync; for threads that may wait.

        Raises:
            OSError: not taken; offer it again.
        """
        with self._lock:
            self._journal.append(fact)
        self._loop.call_soon_threadsafe(self._wake)

    def report(self, fact: Fact) -> None:
        """Queue a fact from the event loop."""
        if len(self._pending) >= _PENDING:
            self._pending.popleft()
            self.dropped += 1
        self._pending.append(fact)
        self._grown.set()

    async def run(self) -> None:
        """Write what was queued, until cancelled; what is still queued then is written by ``close``."""
        while True:
            await self._grown.wait()
            self._grown.clear()
            refused = False
            while self._pending:
                fact = self._pending[0]
                try:
                    await asyncio.to_thread(self.record, fact)
                except OSError as error:
                    if not refused:
                        log.error(
                            "the journal takes no facts (%s): check the disk; they wait in memory", error.strerror
                        )
                    refused = True
                    await asyncio.sleep(_RETRY_S)
                    continue
                if self._pending and self._pending[0] is fact:
                    self._pending.popleft()
            if refused:
                log.warning("the journal takes facts again")

    def close(self) -> None:
        """Write what waits and close."""
        with self._lock:
            try:
                if self._pending:
                    self._journal.append(*self._pending)
            except OSError as error:
                log.error("%d facts could not be written at the end (%s)", len(self._pending), error.strerror)
            self._journal.close()
