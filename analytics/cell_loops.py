"""Loops over the 18x32 cells of a frame: what merely stands changed, what is usual, and what all of that comes to. Compiled."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cells import Plane
from analytics.compiled import BITS, BYTES, COUNT, FLAG, NOTHING, SHORTS, compiled, types

Bits = NDArray[np.bool_]

_PACKED: Final = types.Array(types.uint8, 1, "C")
_HABIT_SHIFT: Final = 8
_HABIT_FACTOR: Final = 5  # 5/256: with a margin of a quarter, from 1/64 of evidence


@compiled(FLAG, BYTES, BYTES, COUNT)
def jumped(evidence: Plane, reference: Plane, tolerance: int) -> bool:
    """Whether in any cell the evidence differs from a reference by more than a tolerance."""
    largest = np.uint8(0)
    for row in range(evidence.shape[0]):
        for column in range(evidence.shape[1]):
            now, before = evidence[row, column], reference[row, column]
            largest = max(largest, np.uint8(max(now, before) - min(now, before)))
    return bool(np.int64(largest) > tolerance)


@compiled(NOTHING, BYTES, BYTES, COUNT, BYTES)
def forgive(evidence: Plane, before: Plane, tolerance: int, reference: Plane) -> None:
    """Where the evidence jumped, but not from what it was ``before`` the model changed, it goes on from what it is now."""
    for row in range(evidence.shape[0]):
        for column in range(evidence.shape[1]):
            usual = np.int64(reference[row, column])
            has_jumped = abs(np.int64(evidence[row, column]) - usual) > tolerance
            if has_jumped and abs(np.int64(before[row, column]) - usual) <= tolerance:
                reference[row, column] = evidence[row, column]


@compiled(NOTHING, BYTES, COUNT, COUNT, BYTES, BYTES, BITS)
def follow(evidence: Plane, tolerance: int, still: int, reference: Plane, frames: Plane, fresh: Bits) -> None:
    """Count for how many frames each cell has shown the same.

    Args:
        evidence: (18, 32) uint8, of this frame.
        tolerance: by how much it may flicker.
        still: for more frames than that a cell stands still.
        reference: in and out, likewise: what each showed; it fades along by one a frame.
        frames: in and out, (18, 32) uint8.
        fresh: out, (18, 32) bool: cells that do not stand still.
    """
    limit, most = np.uint8(tolerance), np.uint8(still)
    for row in range(evidence.shape[0]):
        now, usual, count, out = evidence[row], reference[row], frames[row], fresh[row]
        for column in range(now.shape[0]):
            told, known = now[column], usual[column]
            has_jumped = np.uint8(max(told, known) - min(told, known)) > limit
            faded = np.uint8(known - np.uint8(told < known))
            usual[column] = told if has_jumped else faded
            count[column] = np.uint8(1) if has_jumped else np.uint8(count[column] + np.uint8(1))
            out[column] = count[column] <= most


@compiled(NOTHING, BYTES, COUNT, COUNT, COUNT, COUNT, SHORTS, BYTES)
def learn_habit(
    evidence: Plane, full: int, rise: int, fall_of_full: int, ceiling: int, fine: NDArray[np.int16], cells: Plane
) -> None:
    """Move what is usual by a frame's evidence: up by ``rise`` - 1 where that is above it, otherwise down by 1.

    Args:
        evidence: (18, 32) uint8.
        full: evidence above that fills a cell …
        fall_of_full: … and then it falls by so much more.
        ceiling: of ``fine``.
        fine: in and out, (18, 32) int16, in 1/64 of evidence.
        cells: in and out, (18, 32) uint8: what evidence must exceed to tell anything.
    """
    up, down, most = np.int16(rise), np.int16(fall_of_full), np.int16(ceiling)
    filled = np.uint8(full)
    for row in range(evidence.shape[0]):
        now, usual, limit = evidence[row], fine[row], cells[row]
        for column in range(now.shape[0]):
            step = np.int16(-1)
            if now[column] > limit[column]:
                step = np.int16(step + up)
            if now[column] > filled:
                step = np.int16(step - down)
            moved = np.int16(max(min(np.int16(usual[column] + step), most), np.int16(0)))
            usual[column] = moved
            fifth = np.int16(moved * _HABIT_FACTOR)
            limit[column] = np.uint8(np.int16(fifth + ((fifth >> _HABIT_SHIFT) & 1) + 127) >> _HABIT_SHIFT)


@compiled(COUNT, BYTES, COUNT, BITS, _PACKED)
def sum_up(evidence: Plane, active: int, fresh: Bits, packed_cells: NDArray[np.uint8]) -> int:
    """How many cells are active (their evidence reaches that) and fresh; the active ones as bits, most significant first, in 72 bytes."""
    count = 0
    place = 0
    for row in range(evidence.shape[0]):
        for first in range(0, evidence.shape[1], 8):
            bits = 0
            for column in range(first, first + 8):
                told = np.int64(evidence[row, column] >= active)
                bits = bits + bits + told
                count += told & np.int64(fresh[row, column])
            packed_cells[place] = np.uint8(bits)
            place += 1
    return count


@compiled(NOTHING, BYTES, COUNT, _PACKED)
def add(evidence: Plane, least: int, packed_cells: NDArray[np.uint8]) -> None:
    """Add to bits of cells (see ``sum_up``) those whose evidence reaches a limit."""
    place = 0
    for row in range(evidence.shape[0]):
        for first in range(0, evidence.shape[1], 8):
            bits = 0
            for column in range(first, first + 8):
                bits = bits + bits + np.int64(evidence[row, column] >= least)
            packed_cells[place] |= np.uint8(bits)
            place += 1


@compiled(FLAG, BYTES)
def everywhere(evidence: Plane) -> bool:
    """Whether each quarter of the picture holds evidence of more than half a point in the mean."""
    rows, columns = evidence.shape[0] // 2, evidence.shape[1] // 2
    for top in range(0, 2 * rows, rows):
        for left in range(0, 2 * columns, columns):
            whole = 0
            for row in range(top, top + rows):
                for column in range(left, left + columns):
                    whole += np.int64(evidence[row, column])
            if 2 * whole <= rows * columns:
                return False
    return True
