"""The working picture and its cells: how large they are, and from the ones to the others. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

ROWS: Final = 90
"""Rows of the working picture: 18 cells of 5."""
COLUMNS: Final = 160
"""Columns of the working picture: 32 cells of 5."""
CELL_PX: Final = 5


def pixel_box(rows: slice, columns: slice) -> tuple[slice, slice]:
    """The pixels of a box of cells."""
    return (
        slice(rows.start * CELL_PX, rows.stop * CELL_PX),
        slice(columns.start * CELL_PX, columns.stop * CELL_PX),
    )


def pixels(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of (18, 32) cells, (90, 160)."""
    return cells.repeat(CELL_PX, axis=0).repeat(CELL_PX, axis=1)
