"""The control process's ear: reads every journal as it grows, and hands the facts to the catalogue, exactly once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from alerts.intake import Intake
from nvr.clock import NS_PER_MS
from nvr.errors import CatalogueError
from nvr.journal import Position, forget_read, read_journal, resumed

log = logging.getLogger(__name__)
_MOST = 500
_WITHIN_NS = 50 * NS_PER_MS
"""So long one batch keeps the writer: people's acts stand in the same queue, and a flood must not make them wait for hundreds of movements."""
_APART_S = 0.025
"""So far apart batches begin at least: in a flood several movements share a commit, and one that comes alone waits for nothing."""
_POLL_S = 1.0
_RETRY_S = 1.0


class IntakeLoop:
    """Runs until cancelled. ``wake`` may be called from the loop's thread whenever a journal is said to have grown."""

    def __init__(self, journals: Path, intake: Intake, write: Callable[[Callable[[], int]], Awaitable[int]]) -> None:
        """``write`` runs a function in the catalogue's writer thread."""
        self._journals = journals
        self._intake = intake
        self._write = write
        self._grown = asyncio.Event()
        self._positions: dict[str, Position] = {}
        """Where each journal's reader stands, as the catalogue has it: nobody else moves it."""

    def wake(self) -> None:
        """A journal has grown."""
        self._grown.set()

    async def run(self) -> None:
        """Take up what lies there, then wait for more; a second at most, because wake-ups may be lost."""
        now_s = asyncio.get_running_loop().time
        while True:
            self._grown.clear()
            begun_s = now_s()
            taken = 0
            refusal: Exception | None = None
            # Facts lie synced in their journals: nothing is lost while the catalogue, or a journal's disk, is away; the others' must not wait for these.
            try:
                folders = await asyncio.to_thread(self._folders)
            except OSError as error:
                folders, refusal = [], error
            for folder in folders:
                try:
                    taken += await self._write(partial(self._take_up, folder))
                except (CatalogueError, OSError) as error:
                    refusal = error
            if taken:
                await asyncio.sleep(max(0.0, begun_s + _APART_S - now_s()))
                continue
            if refusal is not None:
                log.error("facts wait in the journals: %s", refusal)
                await asyncio.sleep(_RETRY_S)
                continue
            try:
                await asyncio.wait_for(self._grown.wait(), _POLL_S)
            except TimeoutError:
                continue

    def _folders(self) -> list[Path]:
        """The journals, those of workers that the configuration no longer has among them."""
        return sorted(path for path in self._journals.iterdir() if path.is_dir())

    def _take_up(self, folder: Path) -> int:
        """A batch of one journal; how many facts that were.

        Raises:
            CatalogueError: it was not stored.
            OSError: the journal can't be read or tidied up; what was stored is good.
        """
        # Out of the dictionary until all went well: after a failure the catalogue is asked.
        position, anew = self._positions.pop(folder.name, None), False
        if position is None:
            stored = self._intake.position(folder.name)
            position = resumed(folder, stored)
            anew = position != stored
        facts = read_journal(folder, position, _MOST)
        count, last = self._intake.take_up(folder.name, facts, _WITHIN_NS, anew=anew)
        if last is not None:
            forget_read(folder, last)
        if last is not None or not anew:
            self._positions[folder.name] = last or position
        return count
