"""Where recordings lie now: follows the pools of the configuration in force."""

from __future__ import annotations

import logging
from pathlib import Path

from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import any_in_pool, pool_of
from nvr.config import Config
from nvr.errors import StorageError
from nvr.storage import home_disk
from nvr.storage.pools import MEANWHILE, PoolPlace, forget_drained, retired, take_into_use

_log = logging.getLogger(__name__)


class Places:
    """Any thread may ask.

    Args:
        recordings: the recordings folder.
        config: the configuration in force, live.
    """

    def __init__(self, recordings: Path, config: Config) -> None:
        self._recordings = recordings
        self._config = config
        self._seen: tuple[object, tuple[PoolPlace, ...], tuple[PoolPlace, ...]] | None = None
        self._empty: frozenset[str] = frozenset()

    def _now(self) -> tuple[tuple[PoolPlace, ...], tuple[PoolPlace, ...]]:
        # The links to pools lie in the recordings folder: whatever disk is there now needs them.
        key, seen = (self._config.node.pools, _lying_there(self._recordings)), self._seen
        if seen is None or seen[0] != key:
            used = take_into_use(self._recordings, self._config.node)
            seen = self._seen = (key, used, retired(self._recordings, used))
        return seen[1], seen[2]

    def used(self) -> tuple[PoolPlace, ...]:
        """The recordings folder, then each configured pool, then what takes recordings while the folder's own disk is away."""
        return self._now()[0]

    def every(self) -> tuple[PoolPlace, ...]:
        """These, and pools that are no longer configured: nothing is written there, and what is due goes."""
        used, others = self._now()
        return (*used, *others)

    def present(self, path: str) -> bool:
        """Whether the disk of a segment's path is there."""
        return next((place.present() for place in self.every() if place.name == pool_of(path)), False)

    def spared(self) -> tuple[str, ...]:
        """Where what is held is never cut early: the data folder's disk where it takes recordings in emergencies alone, and what fills it is others."""
        return ("", MEANWHILE) if self._config.node.pools else (MEANWHILE,)

    def forget_drained(self, catalogue: Catalogue) -> None:
        """Let go of pools that were taken out and whose last recording has gone; call each minute, from one thread.

        Only what was empty the last time too: a worker that is about to hear that the pool was taken out may still have put a file there.

        Raises:
            CatalogueError: it does not answer.
            StorageError: a disk refused.
        """
        others = self._now()[1]
        with catalogue.read() as tx:
            empty = frozenset(place.name for place in others if not any_in_pool(tx, place.name))
        for place in others:
            if place.name not in empty & self._empty:
                continue
            try:
                gone = forget_drained(self._recordings, place)
            except OSError as error:
                raise StorageError(f"the pool {place.name} can't be let go ({error})", "check its disk") from error
            if gone:
                _log.info("the pool %s holds no recordings any more: it is forgotten", place.name)
                self._seen = None
        self._empty = empty


def _lying_there(recordings: Path) -> tuple[str, bool, int]:
    try:
        device = recordings.stat().st_dev
    except OSError:
        device = -1
    return home_disk.disk_id(recordings), home_disk.is_there(recordings), device
