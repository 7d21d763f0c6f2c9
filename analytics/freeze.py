"""Is the picture frozen? Tells a camera that sends one picture over and over from a street in which nothing moves. Pure.

A sensor is never the same twice: photon and read noise change some pixels of every exposure (EMVA Standard 1288, section 2). An encoder may hide that
*between* key frames, where a still night street is coded as skipped blocks and decodes to the same bytes as a frozen one. But a key frame codes the
picture anew (H.264 section 8.3: intra prediction only), so that two key frames of a living sensor differ in most cells, however coarse the
quantiser, while those of a frozen one are equal but for what rate control and the camera's own clock change. Hence each key frame is compared with the
one before, never with what lies between; the picture is frozen where, for half a minute, at most two fifths of the cells differ in most comparisons.
A difference of one gray level is none: another quantiser rounds otherwise. docs/design/picture-health.md has the measured distances.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import cv2
import numpy as np

from analytics.reduction import Plane
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S

FROZEN_AFTER_NS: Final = 30 * NS_PER_S
_LEAST_COMPARED: Final = 3
_MOST_COMPARED: Final = 64
_APART_NS: Final = 9 * NS_PER_S // 10  # a camera that sends nothing but key frames need not be looked at more often
_TOLERANCE: Final = 1  # gray levels
_ROWS: Final = 360
_CELL_PIXELS: Final = 3  # that must differ for a cell to count: one alone may be a decoder's rounding
_LIVE_SHARE: Final = 0.4
"""Of the cells: a living sensor changes 58 % at least, measured at x264's crf 45 with 0.7 levels of noise; a frozen picture mostly 0-20 % in the
median, but single comparisons reach 97 % (x265, crf 35, noise of 4 levels), so that such a one may be missed."""


class FreezeWatch:
    """One camera's memory: a quarter of a megabyte at 640x360."""

    def __init__(self) -> None:
        self._previous: Plane | None = None
        self._looked_ns = 0
        self._compared: deque[tuple[int, float]] = deque(maxlen=_MOST_COMPARED)
        self.share = 1.0
        """Of the cells that differed between the last two key frames, 0 to 1."""

    def restart(self) -> None:
        """The stream begins anew: its media time can't be compared with what was."""
        self._previous = None
        self._compared.clear()

    def look(self, luma: Plane, at_ns: int) -> bool:
        """Take up a key frame and say whether the picture has been frozen for half a minute.

        Args:
            luma: (H, W) uint8; read only. Every n-th row and column of a large one is looked at.
            at_ns: media time, non-decreasing.
        """
        step = max(1, luma.shape[0] // _ROWS)
        thinned = np.ascontiguousarray(luma[step // 2 :: step, step // 2 :: step])
        before = self._previous
        if before is None or before.shape != thinned.shape or at_ns < self._looked_ns:
            self.restart()
        elif at_ns - self._looked_ns < _APART_NS:
            return self._frozen(at_ns)
        else:
            self.share = _share_that_differs(before, thinned)
            self._compared.append((self._looked_ns, self.share))
            while len(self._compared) > _LEAST_COMPARED and at_ns - self._compared[1][0] >= FROZEN_AFTER_NS:
                self._compared.popleft()
        # The decoder's own buffer goes back to it; a thinned copy is ours already.
        self._previous = thinned.copy() if thinned.base is not None or thinned is luma else thinned
        self._looked_ns = at_ns
        return self._frozen(at_ns)

    def _frozen(self, at_ns: int) -> bool:
        enough = len(self._compared) >= _LEAST_COMPARED and at_ns - self._compared[0][0] >= FROZEN_AFTER_NS
        return enough and float(np.median([share for _, share in self._compared])) <= _LIVE_SHARE


def _share_that_differs(first: Plane, second: Plane) -> float:
    """Share of the 18x32 cells in which at least three pixels differ by more than the tolerance."""
    difference = cv2.absdiff(first, second)
    cv2.threshold(difference, _TOLERANCE, 255, cv2.THRESH_BINARY, dst=difference)
    if not cv2.countNonZero(difference):
        return 0.0
    means = cv2.resize(difference.astype(np.float32), (GRID_COLUMNS, GRID_ROWS), interpolation=cv2.INTER_AREA)
    differing_px = means * (first.size / (GRID_ROWS * GRID_COLUMNS) / 255)
    return float(np.count_nonzero(differing_px >= _CELL_PIXELS - 0.5)) / (GRID_ROWS * GRID_COLUMNS)
