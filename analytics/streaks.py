"""For how long each cell has shown the same evidence: what merely changed (a lamp, a parked car, a ghost) then stands still, what moves does not.

A cell jumps where its evidence differs by more than a flicker from what it was. At a full look (``analytics.background``) level, light and noise change
at once, and evidence with them, though the picture may be as before: a lamp that stood lit for three seconds came back to life as the light of its
darker parts was taken from the brighter ones. So there a cell has jumped only if it has by what was expected before, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.reduction import Plane
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
        self._change = np.zeros(grid, np.uint8)
        # Planes of truth as they are compared, and as they are reckoned with.
        self._jumped = np.zeros(grid, np.bool_)
        self._jumped_one = self._jumped.view(np.uint8)
        self._lower = np.zeros(grid, np.bool_)
        self._lower_one = self._lower.view(np.uint8)
        # Comparing with an array is quicker than with a number.
        self._one = np.ones(grid, np.uint8)
        self._tolerance = np.full(grid, _TOLERANCE, np.uint8)
        self._still = np.full(grid, _STILL_FRAMES, np.uint8)

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
        reference, frames = self._evidence, self._frames
        cv2.absdiff(evidence, reference, dst=self._change)
        np.greater(self._change, self._tolerance, out=self._jumped)
        if before is not None and self._jumped.any():
            self._forgive_the_model(evidence, before())
        # Learning makes the evidence of what stands changed fade by about one a frame: the reference fades along.
        np.less(evidence, reference, out=self._lower)
        np.subtract(reference, self._lower_one, out=reference)
        cv2.copyTo(evidence, self._jumped_one, reference)
        np.add(frames, self._one, out=frames)
        cv2.copyTo(self._one, self._jumped_one, frames)
        np.less_equal(frames, self._still, out=self.fresh)

    def _forgive_the_model(self, evidence: Plane, before: Plane) -> None:
        """What the model alone has changed goes on from the evidence that it has now."""
        cv2.absdiff(before, self._evidence, dst=self._change)
        np.less_equal(self._change, self._tolerance, out=self._lower)
        np.logical_and(self._lower, self._jumped, out=self._lower)
        cv2.copyTo(evidence, self._lower_one, self._evidence)
        np.greater(self._jumped, self._lower, out=self._jumped)

    def take_standing(self) -> NDArray[np.bool_]:
        """Cells that have stood for so long that they are background, bool; from now on they merely stand still."""
        standing = self._frames > _STANDS_FRAMES
        self._frames[standing] = _STILL_FRAMES + 1
        return standing
