"""From a luma plane as it lies in the decoder's buffer to the working picture of 90x160 pixels, nearly for free.

An exact halving averages 2x2 blocks. Two of them, in one compiled pass, take 640x360 to 160x90 in a tenth of the time of one area-resize
(docs/design/motion.md has the figures). Planes much taller than the working picture are
read only in every n-th row: each working pixel still averages enough samples to beat the noise, and the rest stays out of the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from analytics.cells import COLUMNS, ROWS, Plane
from analytics.pixel_loops import quarter

_DENSE_ROWS: Final = 360
"""From twice this height on, rows are left out."""

_Step = Callable[[Plane], Plane]


class Reduction:
    """Reduces planes of one size; owns its buffers, so the result is valid until the next call.

    Args:
        rows: height of the planes in pixels, at least 2.
        columns: width of the planes in pixels, at least 2.
    """

    def __init__(self, rows: int, columns: int) -> None:
        if rows < 2 or columns < 2:
            raise ValueError(f"a picture of {columns}x{rows} can't be analysed")
        self.rows = rows
        self.columns = columns
        self._row_step = max(1, rows // _DENSE_ROWS)
        self._steps: list[_Step] = []
        height, width = len(range(self._row_step // 2, rows, self._row_step)), columns
        while height >= 4 * ROWS and width >= 4 * COLUMNS:
            self._steps.append(_quartering(height, width))
            height, width = height // 4, width // 4
        if height >= 2 * ROWS and width >= 2 * COLUMNS:
            self._steps.append(_halving(height, width))
            height, width = height // 2, width // 2
        if (height, width) != (ROWS, COLUMNS) or not self._steps:
            self._steps.append(_last_step(height, width))

    def __call__(self, luma: Plane) -> Plane:
        """The working picture, (90, 160) uint8, of a plane (rows, columns) uint8 with contiguous rows and any row stride."""
        plane = luma[self._row_step // 2 :: self._row_step] if self._row_step > 1 else luma
        for step in self._steps:
            plane = step(plane)
        return plane


def _quartering(height: int, width: int) -> _Step:
    rows, columns = height // 4, width // 4
    halves = np.empty((2, 2 * columns), np.uint16)
    out = np.empty((rows, columns), np.uint8)

    def twice(plane: Plane) -> Plane:
        quarter(plane[:, : 4 * columns].view(np.uint16), halves, out)
        return out

    return twice


def _halving(height: int, width: int) -> _Step:
    rows, columns = height // 2, width // 2
    even_rows, even_columns = rows * 2, columns * 2
    out = np.empty((rows, columns), np.uint8)

    def halve(plane: Plane) -> Plane:
        # An odd last row or column would push OpenCV off its fast path.
        cv2.resize(plane[:even_rows, :even_columns], (columns, rows), dst=out, interpolation=cv2.INTER_AREA)
        return out

    return halve


def _last_step(height: int, width: int) -> _Step:
    out = np.empty((ROWS, COLUMNS), np.uint8)
    if (height, width) == (ROWS, COLUMNS):
        # As the decoder left it, its rows may lie apart and must not be written to: loops that are compiled take neither.
        def copy(plane: Plane) -> Plane:
            np.copyto(out, plane)
            return out

        return copy
    if height == ROWS and width == 3 * COLUMNS:
        # Three neighbours read as the channels of one pixel: the colour conversion weighs them 0.11, 0.59, 0.30 and is vectorised.
        def thirds(plane: Plane) -> Plane:
            cv2.cvtColor(plane.reshape(ROWS, COLUMNS, 3), cv2.COLOR_BGR2GRAY, dst=out)  # a view: an axis is only split
            return out

        return thirds
    # Below a factor of two, four taps reach every source pixel; beyond it only an area mean does not alias.
    kind = cv2.INTER_LINEAR if height <= 2 * ROWS and width <= 2 * COLUMNS else cv2.INTER_AREA

    def fit(plane: Plane) -> Plane:
        cv2.resize(plane, (COLUMNS, ROWS), dst=out, interpolation=kind)
        return out

    return fit
