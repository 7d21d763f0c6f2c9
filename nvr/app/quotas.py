"""Which cameras take more than their quota, and what of it must go from which pool: the oldest first, wherever they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nvr.catalogue import weights
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, Clock

WEIGHED_EACH_NS: Final = 600 * NS_PER_S
"""Weighing a camera reads all its rows, some 90,000 for 60 days: 0.2 s. A quota is about days, not minutes."""


class Quotas:
    """``weigh`` before each sweep, then ``excess_bytes`` for each pool; from the thread that sweeps.

    Args:
        quotas_bytes: by camera, what it may weigh, holds apart.
    """

    def __init__(self, catalogue: Catalogue, quotas_bytes: Mapping[str, int], clock: Clock) -> None:
        self._catalogue = catalogue
        self._quotas_bytes = dict(quotas_bytes)
        self._clock = clock
        self._due_ns = dict.fromkeys(self._quotas_bytes, clock.monotonic_ns())
        self._parts: dict[str, Mapping[str, int]] = {}

    def weigh(self) -> None:
        """Weigh those whose turn it is, each ten minutes; the others have no excess in this sweep.

        Raises:
            CatalogueError: the catalogue doesn't answer; the next call weighs them.
        """
        self._parts = {}
        now_ns = self._clock.monotonic_ns()
        for camera_id, due_ns in self._due_ns.items():
            if now_ns < due_ns:
                continue
            with self._catalogue.read() as tx:
                excess = weights.deletable_bytes(tx, camera_id) - self._quotas_bytes[camera_id]
                parts = weights.oldest_bytes(tx, camera_id, excess) if excess > 0 else {}
            self._parts[camera_id] = parts
            # Where more must go than one sweep takes, the next one goes on.
            if sum(parts.values()) >= excess:
                self._due_ns[camera_id] = now_ns + WEIGHED_EACH_NS

    def excess_bytes(self, pool: str) -> Mapping[str, int]:
        """By camera, what must go from a pool."""
        return {camera_id: parts[pool] for camera_id, parts in self._parts.items() if parts.get(pool, 0) > 0}
