"""How much each cell usually moves: what leaves, webs, glitter and a clock's digits always do there tells nothing.

Per cell a running quantile of its evidence, as a sigma-delta step (Manzanera and Richefeu 2007) with unequal steps (Robbins and Monro 1951): it
rises where evidence exceeds it and falls where not, so it settles where the cell moves more in a seventh of the frames. It never rises so far that
what fills a cell, as people and vehicles do, would not exceed it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cell_loops import learn_habit
from analytics.zones import GRID_COLUMNS, GRID_ROWS

_RISE: Final = 64  # of 64: evidence by which it rises in a frame, and falls by one of them
_FALL_OF_FULL: Final = 2 * _RISE
_CEILING: Final = 50 * 64
FULL: Final = 70
"""Evidence of what fills a cell: no habit."""
_YOUNG_FRAMES: Final = 50  # for so long it learns faster, …
_YOUNG_SHIFT: Final = 3  # … eightfold
_REST_EVERY: Final = 64  # frames without movement between two steps


class Habit:
    """One camera's."""

    def __init__(self) -> None:
        grid = (GRID_ROWS, GRID_COLUMNS)
        self._fine = np.zeros(grid, np.int16)
        self._nothing = np.zeros(grid, np.uint8)
        self._frames = 0
        self.cells = np.zeros(grid, np.uint8)
        """Evidence that a cell must exceed to tell anything, (18, 32) uint8."""
        self.forget()

    def forget(self) -> None:
        """The camera looks elsewhere."""
        self._fine.fill(0)
        self.cells.fill(0)
        self._frames = 0

    def learn(self, evidence: NDArray[np.uint8]) -> None:
        """Take up a frame's evidence, (18, 32) uint8 from 0 to 100."""
        self._frames += 1
        self._take(evidence, _RISE << _YOUNG_SHIFT if self._frames <= _YOUNG_FRAMES else _RISE)

    def rest(self) -> None:
        """A frame in which nothing moved: what was usual is forgotten, slowly."""
        self._frames += 1
        if self._frames % _REST_EVERY == 0:
            self._take(self._nothing, _RISE)

    def _take(self, evidence: NDArray[np.uint8], rise: int) -> None:
        learn_habit(evidence, FULL, rise, _FALL_OF_FULL, _CEILING, self._fine, self.cells)
