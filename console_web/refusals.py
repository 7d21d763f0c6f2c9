"""Refused log-ins, as the audit gets them: nobody who has no session chooses what stands there, nor how much.

Nothing is written while the browser waits for its answer: else the time that it takes would tell which names there are.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Final

from console_web.threads import Threads
from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import User
from nvr.clock import Clock
from nvr.errors import CatalogueError

_log = logging.getLogger(__name__)

FLUSH_S: Final = 60.0
"""Refusals of names that there are not come into the audit so often, one record an address."""

_MOST_ADDRESSES: Final = 100
"""With a record of their own each time; what further ones tried stands in one record without an address."""


class Refusals:
    """Of a name that there is: a record each, under the name as it is stored (``console_web.throttle`` bounds how many).

    Of names that there are not: how many, once in ``FLUSH_S``, by address; not which, because whoever mistakes the field types his password there.
    What was counted and not yet written is lost if the process is killed.
    """

    def __init__(self, catalogue: Catalogue, threads: Threads, clock: Clock) -> None:
        self._catalogue = catalogue
        self._threads = threads
        self._clock = clock
        self._unknown: Counter[str] = Counter()
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, user: User | None, terminal: str, address: str) -> None:
        """Somebody was refused. ``user`` None: there is none of that name."""
        if user is None:
            room = address in self._unknown or len(self._unknown) < _MOST_ADDRESSES
            self._unknown[address if room else ""] += 1
            return
        self._begin(self._threads.write(self._write_known, user.name, terminal, address, self._clock.wall_ns()))

    async def run(self) -> None:
        """Write what was counted, for ever; on being cancelled once more."""
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write what was counted and what is on its way. What can't be written now is counted on."""
        if self._writing:
            await asyncio.wait(self._writing)
        counted, self._unknown = self._unknown, Counter()
        if not counted:
            return
        try:
            await self._threads.write(self._write_unknown, counted)
        except CatalogueError as error:
            self._unknown += counted
            _log.warning("refused log-ins can't be written to the audit now: %s", error)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="refused log-in")
        self._writing.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a refused log-in could not be written to the audit: %s", error)

    # What follows runs in threads.

    def _write_known(self, name: str, terminal: str, address: str, wall_ns: int) -> None:
        with self._catalogue.write() as tx:
            audit.append(
                tx, wall_ns=wall_ns, actor=name, terminal=terminal, address=address, action="login.refused", object=""
            )

    def _write_unknown(self, counted: Counter[str]) -> None:
        with self._catalogue.write() as tx:
            for address, tries in counted.items():
                audit.append(
                    tx,
                    wall_ns=self._clock.wall_ns(),
                    actor="",
                    terminal="",
                    address=address,
                    action="login.refused",
                    object="",
                    detail={"tries": str(tries)},
                )
