"""Where recordings lie now: follows the pools of the configuration in force."""

from __future__ import annotations

from pathlib import Path

from nvr.catalogue.segments import pool_of
from nvr.config import Config, Pool
from nvr.storage.pools import PoolPlace, retired, take_into_use


class Places:
    """Any thread may ask.

    Args:
        recordings: the recordings folder.
        config: the configuration in force, live.
    """

    def __init__(self, recordings: Path, config: Config) -> None:
        self._recordings = recordings
        self._config = config
        self._seen: tuple[tuple[Pool, ...], tuple[PoolPlace, ...], tuple[PoolPlace, ...]] | None = None

    def _now(self) -> tuple[tuple[PoolPlace, ...], tuple[PoolPlace, ...]]:
        pools, seen = self._config.node.pools, self._seen
        if seen is None or seen[0] != pools:
            used = take_into_use(self._recordings, self._config.node)
            seen = self._seen = (pools, used, retired(self._recordings, used))
        return seen[1], seen[2]

    def used(self) -> tuple[PoolPlace, ...]:
        """The recordings folder, then each configured pool."""
        return self._now()[0]

    def every(self) -> tuple[PoolPlace, ...]:
        """These, and pools that are no longer configured: nothing is written there, and what is due goes."""
        used, others = self._now()
        return (*used, *others)

    def present(self, path: str) -> bool:
        """Whether the disk of a segment's path is there."""
        return next((place.present() for place in self.every() if place.name == pool_of(path)), False)
