"""The loop that matches leaves with the empty scene moved a little (``analytics.foliage``). Compiled."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cells import CELL_PX, COLUMNS, ROWS, Plane
from analytics.compiled import BYTES, COUNT, NOTHING, SHORTS, compiled, types
from analytics.scene_loops import slopes

REACH_PX: Final = 2
"""Working pixels by which leaves swing."""
FRAMED: Final = (ROWS + 2 * REACH_PX, COLUMNS + 2 * REACH_PX)
"""Shape of a scratch picture with a rim."""
_WIDE: Final = COLUMNS + 2 * REACH_PX
_GRAY: Final = np.int16(128)
_PIXELS: Final = CELL_PX * CELL_PX

_WORDS: Final = types.Array(types.uint16, 2, "C")
_TABLE: Final = types.Array(types.uint8, 1, "C")
_BOX: Final = (COUNT, COUNT, COUNT, COUNT)


@compiled(NOTHING, BYTES, _WORDS, SHORTS, BYTES)
def flatten(picture: Plane, sums: NDArray[np.uint16], planes: NDArray[np.int16], framed: Plane) -> None:
    """What is left of a picture without its mean over 15x15 pixels, around mid-gray: neither light nor shade.

    Args:
        picture: (90, 160) uint8.
        sums, planes: scratch, as for ``scene_loops.bounds``.
        framed: out, ``FRAMED`` uint8: it, in a rim that repeats its border.
    """
    slopes(picture, sums, planes)
    for row in range(ROWS):
        begin = (row + REACH_PX) * _WIDE + REACH_PX
        detail, out = planes[0, begin : begin + COLUMNS], framed[row + REACH_PX]
        for x in range(COLUMNS):
            out[REACH_PX + x] = np.uint8(min(max(np.int16(detail[x] + _GRAY), np.int16(0)), np.int16(255)))
        for beyond in range(REACH_PX):
            out[beyond] = out[REACH_PX]
            out[REACH_PX + COLUMNS + beyond] = out[REACH_PX + COLUMNS - 1]
    for beyond in range(REACH_PX):
        for x in range(_WIDE):
            framed[beyond, x] = framed[REACH_PX, x]
            framed[REACH_PX + ROWS + beyond, x] = framed[REACH_PX + ROWS - 1, x]


@compiled(NOTHING, BYTES, BYTES, *_BOX, _TABLE, COUNT, _WORDS, BYTES)
def match(
    seen: Plane,
    scene: Plane,
    top: int,
    bottom: int,
    left: int,
    right: int,
    shares: NDArray[np.uint8],
    least: int,
    sums: NDArray[np.uint16],
    out: Plane,
) -> None:
    """Cells of a box in which a picture is not the scene moved a little.

    Args:
        seen, scene: ``FRAMED`` uint8, as of ``flatten``.
        top, bottom, left, right: of the box, in cells.
        shares: (256,) uint8: of a cell's mean difference without any movement, what may be left with the best.
        least: gray levels that may be left anyway.
        sums: scratch, as for ``flatten``.
        out: (18, 32) uint8, 255 or 0; written to in the box only.
    """
    of_columns, best, unmoved = sums[0], sums[1], sums[2]
    first, last = CELL_PX * left, CELL_PX * right
    for cell_row in range(top, bottom):
        for column in range(left, right):
            best[column] = np.uint16(0xFFFF)
        for down in range(2 * REACH_PX + 1):
            for across in range(2 * REACH_PX + 1):
                for x in range(first, last):
                    of_columns[x] = np.uint16(0)
                for row in range(CELL_PX * cell_row, CELL_PX * cell_row + CELL_PX):
                    here = seen[row + REACH_PX, REACH_PX : REACH_PX + COLUMNS]
                    there = scene[row + down, across : across + COLUMNS]
                    for x in range(first, last):
                        apart = np.uint8(max(here[x], there[x]) - min(here[x], there[x]))
                        of_columns[x] = np.uint16(of_columns[x] + np.uint16(apart))
                for column in range(left, right):
                    whole = np.uint16(0)
                    for x in range(CELL_PX * column, CELL_PX * column + CELL_PX):
                        whole = np.uint16(whole + of_columns[x])
                    best[column] = min(best[column], whole)
                    if down == REACH_PX and across == REACH_PX:
                        unmoved[column] = whole
        for column in range(left, right):
            left_over = (np.int64(best[column]) + _PIXELS // 2) // _PIXELS
            before = (np.int64(unmoved[column]) + _PIXELS // 2) // _PIXELS
            out[cell_row, column] = (
                np.uint8(255) if left_over > max(np.int64(shares[before]), np.int64(least)) else np.uint8(0)
            )
