"""Loops that look for outlines (``analytics.outline``) and join the cells of a zone that move (``analytics.motion``). Compiled.

Planes are laid out with a rim of two pixels and one behind the other, so that each pass is a single loop whose neighbours lie at fixed distances.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cells import CELL_PX, COLUMNS, ROWS, Plane
from analytics.compiled import BITS, BYTES, COUNT, NOTHING, PAIR, compiled, types

_RIM_PX: Final = 2
_WIDE: Final = COLUMNS + 2 * _RIM_PX
SCRATCH: Final = (6, (ROWS + 2 * _RIM_PX) * _WIDE)
"""Shape of the scratch bytes."""
_CELL_ROWS: Final = ROWS // CELL_PX
_FRAMED: Final = COLUMNS // CELL_PX + 2
FRAMED: Final = (2, (_CELL_ROWS + 2) * _FRAMED)
"""Shape of the scratch bytes for cells with a rim."""
_NEEDED: Final = 2
"""Pixels of a cell that make its outline."""
_STEEP: Final = np.uint16(
    33
)  # fiftieths of the largest difference around: an outline rises by so much of it within two pixels
_FIFTIETHS: Final = np.uint16(50)
_ROUNDING: Final = np.uint16(25)
_ODD: Final = np.uint16(1)
_BOX: Final = (COUNT, COUNT, COUNT, COUNT)
# Places in a plane without a sign: of one with a sign each use would ask whether it counts from the end.
_ONE: Final = np.uint64(1)
_TWO: Final = np.uint64(2)
_ROW: Final = np.uint64(_WIDE)
_TWO_ROWS: Final = np.uint64(2 * _WIDE)

Box = tuple[int, int, int, int]
"""Of cells: top, bottom, left and right, the last ones not included."""
WHOLE_BOX: Final = (0, _CELL_ROWS, 0, COLUMNS // CELL_PX)


def steep(scratch: Plane) -> Plane:
    """What ``find`` found steep, whatever lies beside it: (90, 160) uint8, 255 or 0; only the box that it looked at holds."""
    return _inner(scratch[0])


def outlined(scratch: Plane) -> Plane:
    """The outlines that ``find`` found: (90, 160) uint8, 1 or 0; only the box that it looked at holds."""
    return _inner(scratch[2])


def _inner(plane: Plane) -> Plane:
    wide: Plane = plane.reshape(ROWS + 2 * _RIM_PX, _WIDE)
    return wide[_RIM_PX : _RIM_PX + ROWS, _RIM_PX : _RIM_PX + COLUMNS]


@compiled(NOTHING, BYTES, BYTES, BYTES, BYTES, *_BOX, BYTES)
def _lay_out(
    picture: Plane,
    empty: Plane,
    lowest: Plane,
    highest: Plane,
    top: int,
    bottom: int,
    left: int,
    right: int,
    scratch: Plane,
) -> None:
    """How a picture differs from the empty scene: in half levels around mid-gray, as a distance, and whether it is none of the grays around."""
    half, apart, strange = scratch[1], scratch[2], scratch[4]
    first_row, last_row = CELL_PX * top, CELL_PX * bottom
    first, last = CELL_PX * left, CELL_PX * right
    for i in range(np.uint64(first_row * _WIDE), np.uint64((last_row + 2 * _RIM_PX) * _WIDE)):
        apart[i] = np.uint8(0)
        strange[i] = np.uint8(0)
    for row in range(first_row, last_row):
        begin = (row + _RIM_PX) * _WIDE + _RIM_PX + first
        seen, scene = picture[row, first:last], empty[row, first:last]
        out = half[begin : begin + last - first]
        for x in range(last - first):
            # In half levels, so that the sign fits in.
            difference = np.int16(np.int16(seen[x]) - np.int16(scene[x]) + np.int16(256))
            rounded = np.int16((difference + ((difference >> 1) & 1)) >> 1)
            out[x] = np.uint8(min(rounded, np.int16(255)))
        out = apart[begin : begin + last - first]
        for x in range(last - first):
            out[x] = np.uint8(max(seen[x], scene[x]) - min(seen[x], scene[x]))
        low, high = lowest[row, first:last], highest[row, first:last]
        out = strange[begin : begin + last - first]
        for x in range(last - first):
            out[x] = np.uint8((seen[x] < low[x]) | (seen[x] > high[x]))


@compiled(NOTHING, COUNT, COUNT, COUNT, BYTES)
def _look(top: int, bottom: int, least: int, scratch: Plane) -> None:
    """What is steep, into the first row of the scratch, and what of that is an outline, 1 or 0, into its third."""
    rises, half, apart, wide, strange, near = (
        scratch[0],
        scratch[1],
        scratch[2],
        scratch[3],
        scratch[4],
        scratch[5],
    )
    begin = np.uint64((CELL_PX * top + _RIM_PX) * _WIDE)
    end = np.uint64((CELL_PX * bottom + _RIM_PX) * _WIDE)
    for i in range(begin - _TWO_ROWS + _TWO, end + _TWO_ROWS - _TWO):
        wide[i] = max(apart[i - _TWO], apart[i - _ONE], apart[i], apart[i + _ONE], apart[i + _TWO])
    for i in range(begin - _ROW, end + _ROW):
        near[i] = strange[i - _ONE] | strange[i] | strange[i + _ONE]
    for i in range(begin, end):
        # Sobel's: its three rows weigh 1, 2 and 1.
        ahead = np.int16(half[i + _ONE - _ROW]) + 2 * np.int16(half[i + _ONE]) + np.int16(half[i + _ONE + _ROW])
        behind = np.int16(half[i - _ONE - _ROW]) + 2 * np.int16(half[i - _ONE]) + np.int16(half[i - _ONE + _ROW])
        under = np.int16(half[i + _ROW - _ONE]) + 2 * np.int16(half[i + _ROW]) + np.int16(half[i + _ROW + _ONE])
        over = np.int16(half[i - _ROW - _ONE]) + 2 * np.int16(half[i - _ROW]) + np.int16(half[i - _ROW + _ONE])
        both = np.int16(max(abs(np.int16(ahead - behind)), abs(np.int16(under - over))))
        rises[i] = np.uint8(min(np.int16((both + ((both >> 1) & 1)) >> 1), np.int16(255)))
    for i in range(begin, end):
        largest = max(wide[i - _TWO_ROWS], wide[i - _ROW], wide[i], wide[i + _ROW], wide[i + _TWO_ROWS])
        rise = np.uint16(rises[i])
        # More than that share rounded, a half to the even one: who is odd then lies above it.
        steep = np.uint16(rise * _FIFTIETHS + (rise & _ODD)) > np.uint16(np.uint16(largest) * _STEEP + _ROUNDING)
        rises[i] = np.uint8(255) if steep & (rise >= np.uint16(least)) else np.uint8(0)
    for i in range(begin, end):
        apart[i] = (near[i - _ROW] | near[i] | near[i + _ROW]) & rises[i] & np.uint8(1)


@compiled(NOTHING, BYTES, BYTES, BYTES, BYTES, *_BOX, COUNT, BYTES, BYTES)
def find(
    picture: Plane,
    empty: Plane,
    lowest: Plane,
    highest: Plane,
    top: int,
    bottom: int,
    left: int,
    right: int,
    least: int,
    scratch: Plane,
    cells: Plane,
) -> None:
    """Which cells of a box hold an outline.

    Args:
        picture, empty, lowest, highest: (90, 160) uint8, as ``Outlines`` has them.
        top, bottom, left, right: of the box; all beyond counts as if it were not there, and the pixels of its rim, which have neighbours on
            one side only, hold no outline.
        least: gray levels between neighbours but one.
        scratch: ``SCRATCH`` uint8; see ``steep``.
        cells: out, (18, 32) uint8, 1 or 0; 0 outside the box.
    """
    _lay_out(picture, empty, lowest, highest, top, bottom, left, right, scratch)
    _look(top, bottom, least, scratch)
    rises, outlined, sums = scratch[0], scratch[2], scratch[3, :COLUMNS]
    last = CELL_PX * bottom - 1
    for row in range(CELL_PX * top, CELL_PX * bottom):
        begin = (row + _RIM_PX) * _WIDE + _RIM_PX
        for plane in (rises, outlined):
            if row in (CELL_PX * top, last):
                plane[begin : begin + COLUMNS] = np.uint8(0)
            plane[begin + CELL_PX * left] = np.uint8(0)
            plane[begin + CELL_PX * right - 1] = np.uint8(0)
    cells[:] = np.uint8(0)
    for row in range(top, bottom):
        begin = (CELL_PX * row + _RIM_PX) * _WIDE + _RIM_PX
        sums[:] = np.uint8(0)
        for _ in range(CELL_PX):
            line = outlined[begin : begin + COLUMNS]
            for x in range(COLUMNS):
                sums[x] = np.uint8(sums[x] + line[x])
            begin += _WIDE
        for column in range(left, right):
            count = 0
            for x in range(CELL_PX * column, CELL_PX * column + CELL_PX):
                count += np.int64(sums[x])
            cells[row, column] = np.uint8(count >= _NEEDED)


@compiled(NOTHING, BYTES, BYTES, BYTES)
def spread(cells: Plane, framed: Plane, out: Plane) -> None:
    """Cells that are 1, and all next to them, corners included.

    Args:
        cells: (18, 32) uint8, 1 or 0.
        framed: scratch, ``FRAMED`` uint8, its rim 0.
        out: likewise, 1 or 0.
    """
    rows, columns = cells.shape
    plain, wide = framed[0], framed[1]
    for row in range(rows):
        line, inner = cells[row], plain[(row + 1) * _FRAMED + 1 : (row + 1) * _FRAMED + 1 + columns]
        for column in range(columns):
            inner[column] = line[column]
    for i in range(_ONE, np.uint64(_FRAMED * (_CELL_ROWS + 2) - 1)):
        wide[i] = plain[i - _ONE] | plain[i] | plain[i + _ONE]
    for row in range(rows):
        above = wide[row * _FRAMED + 1 : row * _FRAMED + 1 + columns]
        beside = wide[(row + 1) * _FRAMED + 1 : (row + 1) * _FRAMED + 1 + columns]
        below = wide[(row + 2) * _FRAMED + 1 : (row + 2) * _FRAMED + 1 + columns]
        line = out[row]
        for column in range(columns):
            line[column] = above[column] | beside[column] | below[column]


@compiled(types.UniTuple(COUNT, 5), BYTES, BYTES, BITS, BYTES, BYTES)
def surely(
    evidence: Plane, threshold: Plane, fresh: NDArray[np.bool_], usual: Plane, sure: Plane
) -> tuple[int, int, int, int, int]:
    """Which cells surely move for a zone.

    Args:
        evidence: (18, 32) uint8.
        threshold: likewise; evidence must exceed it, and what is ``usual``.
        fresh: (18, 32) bool: cells that do not stand still.
        sure: out, (18, 32) uint8, 1 or 0.

    Returns:
        How many, and the box that holds them and their neighbours: top, bottom, left and right, the last ones not included.
    """
    rows, columns = evidence.shape
    top, bottom, left, right = rows, 0, columns, 0
    count = 0
    for row in range(rows):
        told, limit, moves, known, out = evidence[row], threshold[row], fresh[row], usual[row], sure[row]
        for column in range(columns):
            out[column] = np.uint8(moves[column]) & np.uint8(told[column] > max(limit[column], known[column]))
        in_row = 0
        for column in range(columns):
            in_row += np.int64(out[column])
        if in_row:
            count += in_row
            top, bottom = min(top, row), row + 1
            for column in range(columns):
                if out[column]:
                    left, right = min(left, column), max(right, column + 1)
    return count, max(top - 1, 0), min(bottom + 1, rows), max(left - 1, 0), min(right + 1, columns)


@compiled(COUNT, BYTES, BYTES, BYTES, BYTES, BYTES, BYTES, BYTES)
def join(
    evidence: Plane, possible: Plane, usual: Plane, sure: Plane, framed: Plane, joined: Plane, moved: Plane
) -> int:
    """Cells that move with sure ones next to them (two thresholds, as Canny (1986)): a small thing across several cells fills none.

    Args:
        evidence, possible, usual: (18, 32) uint8; evidence must exceed both.
        sure: likewise, 1 or 0.
        framed: scratch, see ``spread``.
        joined: out, likewise, 1 or 0.
        moved: out, likewise: their evidence.

    Returns:
        How many they are.
    """
    rows, columns = evidence.shape
    spread(sure, framed, joined)
    count = 0
    for row in range(rows):
        told, limit, known, out, left = evidence[row], possible[row], usual[row], joined[row], moved[row]
        for column in range(columns):
            out[column] = out[column] & np.uint8(told[column] > max(limit[column], known[column]))
        for column in range(columns):
            left[column] = told[column] * out[column]
        for column in range(columns):
            count += np.int64(out[column])
    return count


@compiled(
    PAIR,
    *(BYTES, BYTES, BYTES, BYTES, COUNT),
    *(BYTES, BYTES, BYTES, BYTES, BITS),
    *(BYTES, BYTES, BYTES, BYTES, BYTES, BYTES),
)
def move(
    picture: Plane,
    empty: Plane,
    lowest: Plane,
    highest: Plane,
    least: int,
    evidence: Plane,
    threshold: Plane,
    possible: Plane,
    usual: Plane,
    fresh: NDArray[np.bool_],
    scratch: Plane,
    framed: Plane,
    edges: Plane,
    sure: Plane,
    joined: Plane,
    moved: Plane,
) -> tuple[int, int]:
    """What moves for a zone: cells that surely do and have an outline in or beside them, and those next to these that move with them.

    Args:
        picture, empty, lowest, highest, least, scratch: as for ``find``.
        evidence, threshold, possible, usual, fresh: as for ``surely`` and ``join``.
        framed: as for ``spread``.
        edges: scratch, (18, 32) uint8.
        sure: out, (18, 32) uint8, 1 or 0: those that surely move; whatever their outlines, where none has one.
        joined, moved: out, as for ``join``.

    Returns:
        How many move, -1 where some surely do and none has an outline; and how many of them surely do.
    """
    count, top, bottom, left, right = surely(evidence, threshold, fresh, usual, sure)
    if not count:
        return 0, 0
    find(picture, empty, lowest, highest, top, bottom, left, right, least, scratch, edges)
    spread(edges, framed, joined)
    rows, columns = sure.shape
    count = 0
    for row in range(rows):
        beside, out = joined[row], sure[row]
        for column in range(columns):
            count += np.int64(beside[column] & out[column])
    if not count:
        return -1, 0
    for row in range(rows):
        beside, out = joined[row], sure[row]
        for column in range(columns):
            out[column] = beside[column] & out[column]
    return join(evidence, possible, usual, sure, framed, joined, moved), count
