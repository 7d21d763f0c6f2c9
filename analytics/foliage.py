"""Whether something hides leaves or they only moved, where gray levels alone can't tell: in a treetop nearly all of them are at home.

Block matching (Jain and Jain 1981): for each cell the way, of at most two working pixels, by which the empty scene must be laid elsewhere to look most
like the picture, both without their mean over 15x15 pixels, which is light. Leaves in a gust are found again there; what hides them is not. Some 130
microseconds, so it is asked only where everything that moves would be taken for leaves.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from analytics.cells import COLUMNS, ROWS, Plane

REACH_PX: Final = 2
"""Working pixels by which leaves swing."""
_EXPLAINED: Final = 0.62  # of a difference: where the best way leaves less, leaves have moved; 0.14 to 0.55 in gusts, 0.52 to 1 before a tree
_LEAST: Final = np.uint8(7)  # gray levels, in the mean of a cell: less is noise
_SLOPE_WINDOW: Final = (15, 15)  # three cells: what is wider is light
_GRAY: Final = 128
_WHITE: Final = 255
_CELL_PX: Final = 5


class Foliage:
    """Scratch planes of one thread's detectors; nothing in them outlives a call."""

    def __init__(self) -> None:
        self._framed = np.zeros((ROWS + 2 * REACH_PX, COLUMNS + 2 * REACH_PX), np.uint8)
        self._seen = np.zeros((ROWS, COLUMNS), np.uint8)
        self._apart = np.zeros((ROWS, COLUMNS), np.uint8)
        grid = (ROWS // _CELL_PX, COLUMNS // _CELL_PX)
        self._left = np.zeros(grid, np.uint8)
        self._best = np.zeros(grid, np.uint8)
        self._moved = np.zeros(grid, np.uint8)

    def hidden(self, picture: Plane, empty: Plane, box: tuple[slice, slice]) -> Plane:
        """Cells of a box in which a picture is not the empty scene moved a little: uint8, 255 or 0; valid until the next call.

        Args:
            picture: (90, 160) uint8.
            empty: the scene without anything, likewise.
            box: rows and columns of them, whole cells.
        """
        _without_slope(picture, self._seen)
        _without_slope(empty, self._apart)
        cv2.copyMakeBorder(self._apart, REACH_PX, REACH_PX, REACH_PX, REACH_PX, cv2.BORDER_REPLICATE, dst=self._framed)
        seen = self._seen[box]
        rows, columns = seen.shape
        cells = slice(rows // _CELL_PX), slice(columns // _CELL_PX)
        apart, left, best, unmoved = (
            self._apart[:rows, :columns],
            self._left[cells],
            self._best[cells],
            self._moved[cells],
        )
        home = box[0].start + REACH_PX, box[1].start + REACH_PX
        size = (best.shape[1], best.shape[0])
        unmoved.fill(0)
        best.fill(_WHITE)
        for top in range(box[0].start, box[0].start + 2 * REACH_PX + 1):
            for side in range(box[1].start, box[1].start + 2 * REACH_PX + 1):
                cv2.absdiff(seen, self._framed[top : top + rows, side : side + columns], dst=apart)
                cv2.resize(apart, size, dst=left, interpolation=cv2.INTER_AREA)
                cv2.min(best, left, dst=best)
                if (top, side) == home:
                    np.copyto(unmoved, left)
        cv2.convertScaleAbs(unmoved, dst=unmoved, alpha=_EXPLAINED)
        np.maximum(unmoved, _LEAST, out=unmoved)
        cv2.compare(best, unmoved, cv2.CMP_GT, dst=best)
        return best


def _without_slope(picture: Plane, out: Plane) -> None:
    """What is left of a picture without its mean over 15x15 pixels, around mid-gray: neither light nor shade."""
    cv2.blur(picture, _SLOPE_WINDOW, dst=out)
    cv2.addWeighted(picture, 1, out, -1, _GRAY, dst=out)
