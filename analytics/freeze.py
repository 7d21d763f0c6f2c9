"""Is the picture frozen? Tells a camera that sends one picture over and over from a street in which nothing moves. Pure.

A sensor is never the same twice: photon and read noise change some pixels of every exposure (EMVA Standard 1288, section 2). An encoder may hide that
*between* key frames, where a still night street is coded as skipped blocks and decodes to the same bytes as a frozen one. But a key frame codes the
picture anew (H.264 section 8.3: intra prediction only), so that two key frames of a living sensor differ in most cells, however coarse the
quantiser, while those of a frozen one are equal but for what rate control and the camera's own clock change. Hence each key frame is compared with the
one before, never with what lies between; the picture is frozen where, for half a minute, at most two fifths of the cells differ in most comparisons.
A difference of one gray level is none: another quantiser rounds otherwise.

Where the bit rate is constant and too small, the quantiser differs from one key frame to the next, and so do all cells of a frozen picture. But an encoder is a machine: what it codes
twice alike is twice the same to the last bit, cell by cell, while exposures of a living sensor are independent of each other: none of them has much more in common with one of those
before it than with the others. So each key frame is also held against the fifteen before it, and the picture is frozen where for half a minute most have a twin among them: one that they
share a fifth of all cells more with than with the usual one. Where a picture comes again whole, a player's loop is seen, not a camera, in whose picture the clock goes on: nothing is
made of twins then.
docs/design/picture-health.md has the measured distances.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.cells import Plane
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S

Marks = NDArray[np.int64]

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
_TWINS: Final = 15
"""Key frames back: a rate control goes through its quantisers in less."""
_LEAST_TWINS: Final = 8
_TWIN_SHARE: Final = 0.2
"""Of the cells: a living sensor had 13 % in the median at most (x264, crf 51, a light that goes on and off), a starved frozen picture 22 to 81 % (x264)."""


class FreezeWatch:
    """One camera's memory: a quarter of a megabyte at 640x360."""

    def __init__(self) -> None:
        self._previous: Plane | None = None
        self._looked_ns = 0
        self._compared: deque[tuple[int, float]] = deque(maxlen=_MOST_COMPARED)
        self._marks: deque[Marks] = deque(maxlen=_TWINS)
        self._twins: deque[tuple[int, float]] = deque(maxlen=_MOST_COMPARED)
        self._is_loop = False
        self.share = 1.0
        """Of the cells that differed between the last two key frames, 0 to 1."""
        self.twin = 0.0
        """How much more of the cells the last key frame shares with its twin than with the usual one before it, 0 to 1."""

    def restart(self) -> None:
        """The stream begins anew: its media time can't be compared with what was."""
        self._previous = None
        self._compared.clear()
        self._marks.clear()
        self._twins.clear()
        self._is_loop = False

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
            _drop_old(self._compared, at_ns)
        self._look_for_twin(thinned, at_ns)
        # The decoder's own buffer goes back to it; a thinned copy is ours already.
        self._previous = thinned.copy() if thinned.base is not None or thinned is luma else thinned
        self._looked_ns = at_ns
        return self._frozen(at_ns)

    def _look_for_twin(self, thinned: Plane, at_ns: int) -> None:
        marks = _marks_of(thinned)
        alike = [float(np.mean(marks == each)) for each in self._marks]
        self._marks.append(marks)
        self._is_loop |= 1.0 in alike
        if not self._is_loop and len(alike) >= _LEAST_TWINS:
            self.twin = max(alike) - float(np.median(alike))
            self._twins.append((at_ns, self.twin))
            _drop_old(self._twins, at_ns)

    def _frozen(self, at_ns: int) -> bool:
        unchanged = _of_half_a_minute(self._compared, at_ns)
        twin = None if self._is_loop else _of_half_a_minute(self._twins, at_ns)
        return (unchanged is not None and unchanged <= _LIVE_SHARE) or (twin is not None and twin >= _TWIN_SHARE)


def _drop_old(seen: deque[tuple[int, float]], at_ns: int) -> None:
    while len(seen) > _LEAST_COMPARED and at_ns - seen[1][0] >= FROZEN_AFTER_NS:
        seen.popleft()


def _of_half_a_minute(seen: deque[tuple[int, float]], at_ns: int) -> float | None:
    """The median; None where there is not so much yet."""
    enough = len(seen) >= _LEAST_COMPARED and at_ns - seen[0][0] >= FROZEN_AFTER_NS
    return float(np.median([share for _, share in seen])) if enough else None


def _marks_of(plane: Plane) -> Marks:
    """(18, 32) numbers, one a cell, that are equal where its pixels are, and hardly ever else. Pixels of the last rows and columns that fill no cell are left out."""
    rows_px, columns_px = plane.shape[0] // GRID_ROWS, plane.shape[1] // GRID_COLUMNS
    cells = plane[: rows_px * GRID_ROWS, : columns_px * GRID_COLUMNS].astype(np.float32)
    # Whole numbers below 2^24, exact in single precision: the rows of a cell first, which is nearly all of the work.
    rows = cells.reshape(-1, columns_px) @ _weights(columns_px, np.float32)
    marks: Marks = _weights(rows_px, np.int64) @ rows.reshape(GRID_ROWS, rows_px, GRID_COLUMNS).astype(np.int64)
    return marks


@cache
def _weights(count: int, kind: type[np.generic]) -> NDArray[Any]:
    return np.random.default_rng(count).integers(1, 256, count).astype(kind)


def _share_that_differs(first: Plane, second: Plane) -> float:
    """Share of the 18x32 cells in which at least three pixels differ by more than the tolerance."""
    difference = cv2.absdiff(first, second)
    cv2.threshold(difference, _TOLERANCE, 255, cv2.THRESH_BINARY, dst=difference)
    if not cv2.countNonZero(difference):
        return 0.0
    means = cv2.resize(difference.astype(np.float32), (GRID_COLUMNS, GRID_ROWS), interpolation=cv2.INTER_AREA)
    differing_px = means * (first.size / (GRID_ROWS * GRID_COLUMNS) / 255)
    return float(np.count_nonzero(differing_px >= _CELL_PIXELS - 0.5)) / (GRID_ROWS * GRID_COLUMNS)
