"""The control process's ear: reads every journal as it grows, and hands the facts to the catalogue, exactly once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path
from typing import TypeVar

from alerts.intake import Intake
from nvr.errors import CatalogueError
from nvr.journal import forget_read, read_journal

log = logging.getLogger(__name__)
_BATCH = 500
_POLL_S = 1.0
_RETRY_S = 1.0
Result = TypeVar("Result")


class IntakeLoop:
    """Runs until cancelled. ``wake`` may be called from the loop's thread whenever a journal is said to have grown."""

    def __init__(self, journals: Path, intake: Intake, write: Callable[[Callable[[], int]], Awaitable[int]]) -> None:
        """``write`` runs a function in the catalogue's writer thread."""
        self._journals = journals
        self._intake = intake
        self._write = write
        self._grown = asyncio.Event()

    def wake(self) -> None:
        """A journal has grown."""
        self._grown.set()

    async def run(self) -> None:
        """Take up what lies there, then wait for more; a second at most, because wake-ups may be lost."""
        while True:
            self._grown.clear()
            try:
                taken = await self._write(self.take_up_all)
            except (CatalogueError, OSError) as error:
                # The facts lie synced in their journals: nothing is lost while the catalogue, or a journal's disk, is away.
                log.error("facts wait in the journals: %s", error)
                await asyncio.sleep(_RETRY_S)
                continue
            if taken:
                continue
            try:
                await asyncio.wait_for(self._grown.wait(), _POLL_S)
            except TimeoutError:
                continue

    def take_up_all(self) -> int:
        """One batch of each journal; how many facts that were. Also of workers that the configuration no longer has.

        Raises:
            CatalogueError: the batch at hand was not stored.
            OSError: a journal can't be read or tidied up, and no other had anything; what was stored is good.
        """
        taken = 0
        refusal: OSError | None = None
        for folder in sorted(path for path in self._journals.iterdir() if path.is_dir()):
            try:
                taken += self._take_up(folder)
            except OSError as error:
                refusal = error  # the others' facts must not wait for this one
        if refusal is not None and not taken:
            raise refusal
        return taken

    def _take_up(self, folder: Path) -> int:
        position = self._intake.position(folder.name)
        batch = list(islice(read_journal(folder, position, _BATCH), _BATCH))
        if batch:
            self._intake.take_up(folder.name, batch)
            forget_read(folder, batch[-1][1])
        return len(batch)
