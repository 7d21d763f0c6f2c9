"""Whether something hides leaves or they only moved, where gray levels alone can't tell: in a treetop nearly all of them are at home.

Block matching (Jain and Jain 1981): for each cell the way, of at most two working pixels, by which the empty scene must be laid elsewhere to look most
like the picture, both without their mean over 15x15 pixels, which is light. Leaves in a gust are found again there; what hides them is not. Asked
only where everything that moves would be taken for leaves.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from analytics import foliage_loops, scene_loops
from analytics.cells import CELL_PX, COLUMNS, ROWS, Plane

_EXPLAINED: Final = 0.62  # of a difference: where the best way leaves less, leaves have moved; 0.14 to 0.55 in gusts, 0.52 to 1 before a tree
SHARES: Final = np.asarray(cv2.convertScaleAbs(np.arange(256, dtype=np.uint8), alpha=_EXPLAINED), np.uint8).reshape(-1)
"""Of each difference what movement may leave."""
LEAST: Final = 7
"""Gray levels, in the mean of a cell: less is noise."""


class Foliage:
    """Scratch planes of one thread's detectors; nothing in them outlives a call."""

    def __init__(self) -> None:
        self._seen = np.zeros(foliage_loops.FRAMED, np.uint8)
        self._scene = np.zeros(foliage_loops.FRAMED, np.uint8)
        self._sums = np.zeros(scene_loops.SUMS, np.uint16)
        self._planes = np.zeros(scene_loops.SCRATCH, np.int16)
        self._hidden = np.zeros((ROWS // CELL_PX, COLUMNS // CELL_PX), np.uint8)

    def hidden(self, picture: Plane, empty: Plane, box: tuple[slice, slice]) -> Plane:
        """Cells of a box in which a picture is not the empty scene moved a little: uint8, 255 or 0; valid until the next call.

        Args:
            picture: (90, 160) uint8.
            empty: the scene without anything, likewise.
            box: rows and columns of cells.
        """
        rows, columns = box
        foliage_loops.flatten(picture, self._sums, self._planes, self._seen)
        foliage_loops.flatten(empty, self._sums, self._planes, self._scene)
        corners = rows.start, rows.stop, columns.start, columns.stop
        foliage_loops.match(self._seen, self._scene, *corners, SHARES, LEAST, self._sums, self._hidden)
        return self._hidden[box]
