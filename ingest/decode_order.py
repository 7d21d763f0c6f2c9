"""Decode times for streams whose pictures travel out of order: RTP carries presentation times only."""

from __future__ import annotations

from bisect import insort
from typing import Final

NOMINAL_FRAME_TICKS: Final = 3600
"""25 frames/s, for the few decode times before the first picture."""

_UNDECLARED_DEPTHS: Final = (1, 2, 4, 16)
"""Depths tried one after the other where the stream does not say how far it reorders."""


class DecodeOrder:
    """Derives dts from pts, in decode order, inside one epoch.

    With a reorder depth of R pictures, sorted presentation times shifted by R are decode times: the dts of picture i is the
    (i - R)th smallest pts, which is known when picture i arrives and never above its own pts. The first R are spaced by a nominal
    frame before the first pts. R = 0, which is nearly every camera, gives dts = pts.

    Attributes:
        depth: R of this epoch.
    """

    __slots__ = ("_count", "_declared", "_last_dts", "_undeclared_depth", "_window", "depth")

    def __init__(self) -> None:
        self._undeclared_depth = 0
        self.begin_epoch(None)

    def begin_epoch(self, declared_depth: int | None) -> int:
        """Start a new epoch; returns the pts that its first picture is to have, so that no dts is negative.

        Args:
            declared_depth: what the stream's parameter sets say, or None: then what earlier epochs needed.
        """
        self._declared = declared_depth is not None
        self.depth = self._undeclared_depth if declared_depth is None else declared_depth
        self._count = 0
        self._last_dts = -1
        self._window: list[int] = []
        return self.depth * NOMINAL_FRAME_TICKS

    def dts(self, pts: int) -> int | None:
        """The decode time of the next picture: above that of the one before, at most ``pts``.

        None where there is no such time: the picture is further out of order than ``depth`` allows, and is to be dropped.
        """
        if self.depth == 0:
            dts = pts
        elif self._count < self.depth:
            dts = self._count * NOMINAL_FRAME_TICKS
        else:
            dts = min(self._window[0], pts)
        dts = max(dts, self._last_dts + 1)
        if dts > pts:
            return None
        if self.depth:
            insort(self._window, pts)
            if self._count >= self.depth:
                self._window.pop(0)
        self._count += 1
        self._last_dts = dts
        return dts

    def deepen(self) -> bool:
        """After a dropped picture: whether a new epoch would reorder deeper, because the stream never said how deep it goes."""
        if self._declared or self.depth >= _UNDECLARED_DEPTHS[-1]:
            return False
        self._undeclared_depth = next(depth for depth in _UNDECLARED_DEPTHS if depth > self.depth)
        return True
