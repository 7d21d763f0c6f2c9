"""Loops over the empty scene, whose answers hold for some dozens of frames: its contours, and what grays each of its places has around it. Compiled.

Planes are laid out with a rim of two pixels, as in ``analytics.outline_loops``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cells import COLUMNS, ROWS, Plane
from analytics.compiled import BYTES, COUNT, NOTHING, SHORTS, compiled, types

_RIM_PX: Final = 2
_WIDE: Final = COLUMNS + 2 * _RIM_PX
SCRATCH: Final = (5, (ROWS + 2 * _RIM_PX) * _WIDE)
"""Shape of the scratch numbers, int16."""
_WINDOW_PX: Final = 15  # three cells: what is wider than a leaf is a slope
_BEFORE_PX: Final = _WINDOW_PX // 2
SUMS: Final = (4, COLUMNS + 2 * _BEFORE_PX)
"""Shape of the scratch sums, uint16: 225 bytes fit in."""
_HALF_OF_PIXELS: Final = np.uint32(225 // 2)
_RECIPROCAL: Final = np.uint32(37283)  # of 225, in 1/2**23: as good as a division for all sums that there are
_RECIPROCAL_BITS: Final = np.uint32(23)
_BEYOND: Final = np.int16(511)  # more than any gray differs from another
_ONE: Final = np.uint64(1)
_TWO: Final = np.uint64(2)
_ROW: Final = np.uint64(_WIDE)
_TWO_ROWS: Final = np.uint64(2 * _WIDE)
_FIRST: Final = np.uint64(_RIM_PX * _WIDE)
_LAST: Final = np.uint64((ROWS + _RIM_PX) * _WIDE)

_WORDS: Final = types.Array(types.uint16, 2, "C")
_TABLE: Final = types.Array(types.uint8, 1, "C")


@compiled(NOTHING, BYTES, BYTES)
def approach(scene: Plane, towards: Plane) -> None:
    """Move a scene, (90, 160) uint8, by a gray level towards another."""
    for row in range(scene.shape[0]):
        here, there = scene[row], towards[row]
        for x in range(here.shape[0]):
            here[x] = np.uint8(here[x] + np.uint8(there[x] > here[x]) - np.uint8(there[x] < here[x]))


@compiled(NOTHING, SHORTS, COUNT, COUNT)
def _spread(planes: NDArray[np.int16], plane: int, around: int) -> None:
    """The largest within a neighbourhood of one or two pixels to each side, in place; uses the last plane of the scratch."""
    seen, wide = planes[plane], planes[4]
    if around == 1:
        for i in range(_ONE, np.uint64(_LAST + _TWO_ROWS - _ONE)):
            wide[i] = max(seen[i - _ONE], seen[i], seen[i + _ONE])
        for i in range(_FIRST, _LAST):
            seen[i] = max(wide[i - _ROW], wide[i], wide[i + _ROW])
    else:
        for i in range(_TWO, np.uint64(_LAST + _TWO_ROWS - _TWO)):
            wide[i] = max(seen[i - _TWO], seen[i - _ONE], seen[i], seen[i + _ONE], seen[i + _TWO])
        for i in range(_FIRST, _LAST):
            seen[i] = max(wide[i - _TWO_ROWS], wide[i - _ROW], wide[i], wide[i + _ROW], wide[i + _TWO_ROWS])


@compiled(NOTHING, BYTES, COUNT, SHORTS, BYTES)
def contours(scene: Plane, least: int, planes: NDArray[np.int16], out: Plane) -> None:
    """Four fifths of the largest difference within 3x3 pixels (grayscale morphology's gradient), or a least value where that is more.

    Args:
        scene: (90, 160) uint8.
        planes: scratch, ``SCRATCH`` int16.
        out: likewise (90, 160) uint8.
    """
    highest, lowest = planes[0], planes[1]  # the lowest is the highest of what is turned over
    planes[:2] = -_BEYOND
    for row in range(ROWS):
        at = (row + _RIM_PX) * _WIDE + _RIM_PX
        line, up, down = scene[row], highest[at : at + COLUMNS], lowest[at : at + COLUMNS]
        for x in range(COLUMNS):
            up[x] = np.int16(line[x])
        for x in range(COLUMNS):
            down[x] = np.int16(-np.int16(line[x]))
    _spread(planes, 0, 1)
    _spread(planes, 1, 1)
    for row in range(ROWS):
        at = (row + _RIM_PX) * _WIDE + _RIM_PX
        line, up, down = out[row], highest[at : at + COLUMNS], lowest[at : at + COLUMNS]
        for x in range(COLUMNS):
            # A division by ten.
            fifths = np.uint16(np.uint16(np.int16(up[x] + down[x])) * np.uint16(8) + np.uint16(5))
            line[x] = np.uint8(max(np.uint32(fifths) * np.uint32(1639) >> np.uint32(14), np.uint32(least)))


@compiled(NOTHING, BYTES, _WORDS, SHORTS)
def slopes(scene: Plane, sums: NDArray[np.uint16], planes: NDArray[np.int16]) -> None:
    """The mean of 15x15 pixels around each into the third plane of the scratch; what is more or less than that into the first, and turned over the second."""
    ones, twos, fours, eights = sums[0], sums[1], sums[2], sums[3]
    inner = ones[_BEFORE_PX : _BEFORE_PX + COLUMNS]
    inner[:] = np.uint16(0)
    # Beyond the border what lies as far inside stands for it.
    for near in range(-_BEFORE_PX - 1, _BEFORE_PX):
        line = scene[abs(near)]
        for x in range(COLUMNS):
            inner[x] = np.uint16(inner[x] + np.uint16(line[x]))
    for row in range(ROWS):
        gone = scene[abs(row - _BEFORE_PX - 1)]
        come = scene[ROWS - 1 - abs(ROWS - 1 - (row + _BEFORE_PX))]
        for x in range(COLUMNS):
            inner[x] = np.uint16(inner[x] + np.uint16(come[x]) - np.uint16(gone[x]))
        for beyond in range(1, _BEFORE_PX + 1):
            ones[_BEFORE_PX - beyond] = ones[_BEFORE_PX + beyond]
            ones[_BEFORE_PX + COLUMNS - 1 + beyond] = ones[_BEFORE_PX + COLUMNS - 1 - beyond]
        # 15 = 8 + 4 + 2 + 1: sums of neighbours by doubling, which all pixels do side by side.
        for x in range(ones.shape[0] - 1):
            twos[x] = np.uint16(ones[x] + ones[x + 1])
        for x in range(ones.shape[0] - 3):
            fours[x] = np.uint16(twos[x] + twos[x + 2])
        for x in range(ones.shape[0] - 7):
            eights[x] = np.uint16(fours[x] + fours[x + 4])
        begin = (row + _RIM_PX) * _WIDE + _RIM_PX
        line, slope = scene[row], planes[2, begin : begin + COLUMNS]
        for x in range(COLUMNS):
            whole = np.uint32(np.uint16(eights[x] + fours[x + 8] + twos[x + 12] + ones[x + 14]))
            slope[x] = np.int16((whole + _HALF_OF_PIXELS) * _RECIPROCAL >> _RECIPROCAL_BITS)
        above, below = planes[0, begin : begin + COLUMNS], planes[1, begin : begin + COLUMNS]
        for x in range(COLUMNS):
            above[x] = np.int16(np.int16(line[x]) - slope[x])
        for x in range(COLUMNS):
            below[x] = np.int16(-above[x])


@compiled(NOTHING, BYTES, _TABLE, _WORDS, SHORTS, BYTES, BYTES)
def bounds(
    scene: Plane,
    margins: Plane,
    sums: NDArray[np.uint16],
    planes: NDArray[np.int16],
    lowest: Plane,
    highest: Plane,
) -> None:
    """Between which grays each pixel lies if the scene around it moves by two pixels, whatever its slope, which is the mean of 15x15 pixels.

    Args:
        scene: (90, 160) uint8.
        margins: (256,) uint8: by how much more, for each range between the lowest and the highest.
        sums, planes: scratch, ``SUMS`` uint16 and ``SCRATCH`` int16.
        lowest, highest: out, (90, 160) uint8.
    """
    planes[:2] = -_BEYOND
    slopes(scene, sums, planes)
    _spread(planes, 0, 2)
    _spread(planes, 1, 2)
    for row in range(ROWS):
        begin = (row + _RIM_PX) * _WIDE + _RIM_PX
        above, below = planes[0, begin : begin + COLUMNS], planes[1, begin : begin + COLUMNS]
        slope, high, low = planes[2, begin : begin + COLUMNS], highest[row], lowest[row]
        for x in range(COLUMNS):
            high[x] = margins[np.uint8(min(np.int16(above[x] + below[x]), np.int16(255)))]
        for x in range(COLUMNS):
            least = max(np.int16(slope[x] - below[x]), np.int16(0))
            low[x] = np.uint8(max(np.int16(least - np.int16(high[x])), np.int16(0)))
        for x in range(COLUMNS):
            most = min(np.int16(slope[x] + above[x]), np.int16(255))
            high[x] = np.uint8(min(np.int16(most + np.int16(high[x])), np.int16(255)))
