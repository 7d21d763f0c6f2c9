"""How much each cell usually moves: what leaves, webs, glitter and a clock's digits always do there tells nothing.

Per cell a running quantile of its evidence, as a sigma-delta step (Manzanera and Richefeu 2007) with unequal steps (Robbins and Monro 1951): it
rises where evidence exceeds it and falls where not, so it settles where the cell moves more in a seventh of the frames. It never rises so far that
what fills a cell, as people and vehicles do, would not exceed it.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.zones import GRID_COLUMNS, GRID_ROWS

_SHIFT: Final = 6
_RISE: Final = 64  # of 64: evidence by which it rises in a frame
_FALL: Final = 1
_CEILING: Final = 50 << _SHIFT
_MARGIN: Final = 1.25
FULL: Final = 70
"""Evidence of what fills a cell: no habit."""
_YOUNG_FRAMES: Final = 50  # for so long it learns faster, …
_YOUNG_SHIFT: Final = 3  # … eightfold
_REST_EVERY: Final = 64  # frames without movement between two steps


def _steps(rise: int) -> NDArray[np.int16]:
    """By how much a cell's habit changes where its evidence is not above it, above it, and above what fills a cell as well: of 256 the first three."""
    steps = np.zeros(256, np.int16)
    steps[:3] = -_FALL, rise - _FALL, rise - 2 * _RISE - _FALL
    return steps


_STEPS: Final = _steps(_RISE)
_YOUNG_STEPS: Final = _steps(_RISE << _YOUNG_SHIFT)


class Habit:
    """One camera's.

    Args:
        cells: (18, 32) uint8 in which ``cells`` is kept, beside what else a caller compares with at once; its own where None.
    """

    def __init__(self, cells: NDArray[np.uint8] | None = None) -> None:
        grid = (GRID_ROWS, GRID_COLUMNS)
        self._fine = np.zeros(grid, np.int16)
        self._step = np.zeros(grid, np.int16)
        self._which = np.zeros(grid, np.uint8)
        # Arrays, since with a number numpy converts at each call.
        self._fall = np.full(grid, -_FALL, np.int16)
        self._ceiling = np.full(grid, _CEILING, np.int16)
        self._zero = np.zeros(grid, np.int16)
        self._frames = 0
        self.cells = np.zeros(grid, np.uint8) if cells is None else cells
        """Evidence that a cell must reach to tell anything, (18, 32) uint8."""
        self.forget()

    def forget(self) -> None:
        """The camera looks elsewhere."""
        self._fine.fill(0)
        self.cells.fill(0)
        self._frames = 0

    def learn(self, evidence: NDArray[np.uint8]) -> None:
        """Take up a frame's evidence, (18, 32) uint8 from 0 to 100."""
        self.learn_compared((evidence > self.cells).view(np.uint8), (evidence > FULL).view(np.uint8))

    def learn_compared(self, above: NDArray[np.uint8], full: NDArray[np.uint8]) -> None:
        """Likewise, (18, 32) uint8 each: 1 where the evidence is above ``cells``, and where above ``FULL``, which no habit reaches."""
        self._frames += 1
        np.add(above, full, out=self._which)
        cv2.LUT(self._which, _YOUNG_STEPS if self._frames <= _YOUNG_FRAMES else _STEPS, dst=self._step)
        self._take(self._step)

    def rest(self) -> None:
        """A frame in which nothing moved: what was usual is forgotten, slowly."""
        self._frames += 1
        if self._frames % _REST_EVERY == 0:
            self._take(self._fall)

    def _take(self, step: NDArray[np.int16]) -> None:
        np.add(self._fine, step, out=self._fine)
        np.minimum(self._fine, self._ceiling, out=self._fine)
        np.maximum(self._fine, self._zero, out=self._fine)
        cv2.convertScaleAbs(self._fine, dst=self.cells, alpha=_MARGIN / (1 << _SHIFT))
