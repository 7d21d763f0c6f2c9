"""For how long each cell has shown the same evidence: what merely changed (a lamp, a parked car, a ghost) then stands still, what moves does not.

A cell jumps where its evidence differs by more than a flicker from what it was. At a full look (``analytics.background``) level, light and noise change
at once, and evidence with them, though the picture may be as before: a lamp that stood lit for three seconds came back to life as the light of its
darker parts was taken from the brighter ones. So there a cell has jumped only if it has by what was expected before, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cell_loops import follow, forgive, jumped
from analytics.cells import Plane
from analytics.zones import GRID_COLUMNS, GRID_ROWS

_TOLERANCE: Final = 8  # evidence by which a cell that stands still may flicker
_STILL_FRAMES: Final = 4  # a cell whose evidence stayed the same so long has changed, not moved: light, ghost, bump
_STANDS_FRAMES: Final = 30


class Streaks:
    """One camera's. All planes are (18, 32)."""

    def __init__(self) -> None:
        grid = (GRID_ROWS, GRID_COLUMNS)
        self.fresh = np.zeros(grid, np.bool_)
        """Cells that do not stand still, as of the last call."""
        self._evidence = np.zeros(grid, np.uint8)
        self._frames = np.zeros(grid, np.uint8)

    def forget(self) -> None:
        """Nothing is told about this frame."""
        self._frames.fill(0)
        self.fresh.fill(0)

    def rest(self, evidence: Plane) -> None:
        """Nothing moves; ``evidence`` is what little there is, uint8 from 0 to 100."""
        np.copyto(self._evidence, evidence)
        self.forget()

    def follow(self, evidence: Plane, before: Callable[[], Plane] | None = None) -> None:
        """Take up a frame's evidence.

        Args:
            evidence: uint8 from 0 to 100.
            before: of a full look, the same by what was expected before it; asked only where something has jumped.
        """
        if before is not None and jumped(evidence, self._evidence, _TOLERANCE):
            # What the model alone has changed goes on from the evidence that it has now.
            forgive(evidence, before(), _TOLERANCE, self._evidence)
        # Learning makes the evidence of what stands changed fade by about one a frame: the reference fades along.
        follow(evidence, _TOLERANCE, _STILL_FRAMES, self._evidence, self._frames, self.fresh)

    def take_standing(self) -> NDArray[np.bool_]:
        """Cells that have stood for so long that they are background, bool; from now on they merely stand still."""
        standing = self._frames > _STANDS_FRAMES
        self._frames[standing] = _STILL_FRAMES + 1
        return standing
