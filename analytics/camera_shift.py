"""Whether the camera itself has moved: by how much a working picture is the background laid elsewhere. Pure.

Phase correlation (Kuglin and Hines 1975), believed only where the picture, laid back, differs far less from the background than before: people,
vehicles and light never do that. Some 300 microseconds, so it is asked only where movement is all over the picture.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.background import Background
from analytics.cell_loops import everywhere
from analytics.cells import COLUMNS, ROWS, Plane

_LEAST_PX: Final = 1.0  # working pixels; less is left to the contours' own tolerance
_EXPLAINED: Final = 0.65  # of the difference that may be left
_MORE: Final = 1.5
_WAIT_FRAMES: Final = 40
_WINDOW: Final = cv2.createHanningWindow((COLUMNS, ROWS), cv2.CV_32F)


def camera_shift(picture: Plane, scene: Plane) -> tuple[float, float] | None:
    """By how many working pixels (90, 160) ``picture`` is a scene moved, right and down; None where it is not. Brighter or darker as a whole it may be."""
    now, before = picture.astype(np.float32), scene.astype(np.float32)
    # Copies where they are still needed: OpenCV multiplies the window into its arguments.
    (x_px, y_px), _ = cv2.phaseCorrelate(before.copy(), now.copy(), _WINDOW)
    if max(abs(x_px), abs(y_px)) < _LEAST_PX or abs(x_px) > COLUMNS / 3 or abs(y_px) > ROWS / 3:
        return None
    inner = _inner(x_px, y_px)
    matrix = np.array([[1, 0, x_px], [0, 1, y_px]], np.float32)
    back = cv2.warpAffine(now, matrix, (COLUMNS, ROWS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    # What lies beyond the border is outside of what is compared.
    apart, left = _difference((now - before)[inner]), _difference((back - before)[inner])
    return (x_px, y_px) if left < _EXPLAINED * apart else None


def _difference(levels: NDArray[np.float32]) -> float:
    """Mean of what is left without what all share, which is exposure."""
    return float(np.abs(levels - levels.mean()).mean())


class ShiftWatch:
    """When to ask: while something differs in each quarter of the picture, at once; and where the camera stood still, again when more differs.

    Told against the empty scene of outlines, not the background: over a smooth scene that follows a slow turn, and is then laid nowhere.
    """

    def __init__(self) -> None:
        self._first = np.zeros((ROWS, COLUMNS), np.uint8)
        self._asked_count = 0
        self._wait_frames = 0

    def rest(self) -> None:
        """Nothing moves."""
        self._asked_count = self._wait_frames = 0

    def begin(self, picture: Plane) -> None:
        """A background is being learned from this picture, (90, 160) uint8, on."""
        np.copyto(self._first, picture)

    def turns_on(self, picture: Plane) -> bool:
        """Whether the camera has moved since ``begin``: then what was learned meanwhile is smeared."""
        return camera_shift(picture, self._first) is not None

    def moved(self, evidence: Plane, picture: Plane, background: Background) -> bool:
        """Whether the camera moved.

        Args:
            evidence: (18, 32) uint8, of the cells of this frame.
            picture: (90, 160) uint8, of this frame.
            background: not yet learned from it.
        """
        if not everywhere(evidence):
            return False
        count = int(np.count_nonzero(evidence))
        self._wait_frames -= 1
        if self._wait_frames > 0 and count < _MORE * self._asked_count:
            return False
        if camera_shift(picture, background.outlines.empty) is not None:
            self.rest()
            return True
        self._asked_count, self._wait_frames = count, _WAIT_FRAMES
        return False


def _inner(x_px: float, y_px: float) -> tuple[slice, slice]:
    """What both pictures show."""
    right, down = int(np.ceil(abs(x_px))) + 1, int(np.ceil(abs(y_px))) + 1
    return slice(down, ROWS - down), slice(right, COLUMNS - right)
