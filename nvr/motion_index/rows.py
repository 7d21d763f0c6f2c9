"""A second of movement as it lies in a file: 18x32 cells, each with how surely it moved. Pure.

A row stands for one second in which something moved, and for the quiet seconds right before it; a row without movement only ends a stretch of quiet ones.
Seconds that no row covers were not looked at: no pictures came, or the background was being learned.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

GRID: Final = (18, 32)
"""Rows and columns of cells over the picture."""
CELLS: Final = GRID[0] * GRID[1]
BITS_BYTES: Final = CELLS // 8
LONGEST_QUIET_S: Final = 60
"""After so long a quiet stretch is written down: what a crash makes unknown."""

MOVES: Final = 23
"""Evidence of a cell (0 to 100) from which it moves at a zone's sensitivity of 0.5."""
LEVELS: Final = (12, 14, 16, 19, MOVES, 27, 33, 39, 46, 55, 65, 77, 92)
"""Evidence from which level 1, 2, … is reached: quarters of a doubling around ``MOVES``, from sensitivity 1 to beyond 0."""

ROW: Final = np.dtype(
    [
        ("second", "<i8"),  # UTC, since 1970
        ("quiet_s", "<u2"),  # looked at, without movement, right before it
        (
            "moving",
            "u1",
        ),  # share of the second's frames with movement, 1 to 255; 0: nothing moved, only ``quiet_s`` counts
        ("reserved", "u1"),
        ("peak_cells", "<u2"),  # the most cells that moved at once
        ("frames", "<u2"),  # looked at in the second
        ("bits", "u1", (BITS_BYTES,)),  # cells that moved in any of its frames, row by row, most significant bit first
        ("levels", "u1", (CELLS // 2,)),  # highest level of each cell, two a byte, the first in the upper half
    ]
)

Rows = NDArray[np.void]
"""(n,) of ``ROW``."""

_LEVEL_OF: Final = np.searchsorted(LEVELS, np.arange(256), side="right").astype(np.uint8)


def pack_levels(evidence: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """``bits`` (72,) and ``levels`` (288,) of (18, 32) uint8 evidence, 0 to 100, 0 where nothing moved."""
    return np.packbits(evidence.reshape(CELLS) > 0), _joined(_LEVEL_OF[evidence.reshape(1, CELLS)])[0]


def unpack_levels(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, 18, 32) uint8 levels, 0 to 13, of (n, 288) packed ones."""
    flat = np.empty((len(levels), CELLS), np.uint8)
    flat[:, 0::2] = levels >> 4
    flat[:, 1::2] = levels & 15
    return flat.reshape(-1, *GRID)


def least_evidence(levels: NDArray[np.uint8], bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How surely each cell of one second moved, at the least: (18, 32) uint8 from 0 to 100 of its (288,) levels and (72,) bits."""
    reached = np.array([LEVELS[0] - 1, *LEVELS], np.uint8)
    return np.where(np.unpackbits(bits).reshape(GRID) > 0, reached[unpack_levels(levels[None])[0]], np.uint8(0))


def level_of(evidence: int) -> int:
    """The level from which a cell reaches that evidence (1 to 100), rounded to the nearest level, at least 1."""
    return min(range(1, len(LEVELS) + 1), key=lambda level: abs(LEVELS[level - 1] - evidence))


def empty_rows(count: int = 0) -> Rows:
    """``count`` rows of zeros."""
    return np.zeros(count, ROW)


def merged(parts: Iterable[Rows]) -> Rows:
    """All rows in the order of their seconds, what is there twice made one: a worker that was restarted in mid-second, or a clock that went back."""
    given = [part for part in parts if len(part)]
    rows = given[0] if len(given) == 1 else np.concatenate([empty_rows(), *given])
    if (np.diff(rows["second"]) > 0).all():
        return rows  # as it mostly is
    rows = rows[np.argsort(rows["second"], kind="stable")]
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = rows["second"][1:] != rows["second"][:-1]
    if fresh.all():
        return rows
    starts = np.flatnonzero(fresh)
    joined = rows[starts]
    for name in ("quiet_s", "moving", "peak_cells", "frames"):
        joined[name] = np.maximum.reduceat(rows[name], starts)
    joined["bits"] = np.bitwise_or.reduceat(rows["bits"], starts, axis=0)
    joined["levels"] = _joined(np.maximum.reduceat(unpack_levels(rows["levels"]).reshape(-1, CELLS), starts, axis=0))
    return joined


def _joined(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, 288) of (n, 576) levels."""
    pairs: NDArray[np.uint8] = np.bitwise_or(np.left_shift(levels[:, 0::2], np.uint8(4)), levels[:, 1::2])
    return pairs


def looked_at(rows: Rows, from_s: int, to_s: int) -> NDArray[np.bool_]:
    """Which seconds of [from_s, to_s) were looked at: (to_s - from_s,) bool."""
    length = to_s - from_s
    starts = np.clip(rows["second"] - rows["quiet_s"] - from_s, 0, length)
    ends = np.clip(rows["second"] + (rows["moving"] > 0) - from_s, 0, length)
    edges = np.bincount(starts, minlength=length + 1) - np.bincount(ends, minlength=length + 1)
    found: NDArray[np.bool_] = np.cumsum(edges)[:-1] > 0
    return found


def region_bits(cells: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(72,) packed bits of (18, 32) cells.

    Raises:
        ValueError: another shape.
    """
    if cells.shape != GRID:
        raise ValueError(f"a region has {GRID[0]}x{GRID[1]} cells")
    return np.packbits(cells.reshape(CELLS))


def cells_of(digits: str) -> NDArray[np.bool_]:
    """(18, 32) cells of 144 hexadecimal digits.

    Raises:
        ValueError: not so many, or others.
    """
    return np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8)).reshape(GRID).astype(np.bool_)


def counts(bits: NDArray[np.uint8], region: NDArray[np.uint8]) -> NDArray[np.intp]:
    """How many cells of a region moved: (n,) of (n, 72) bits and (72,) region."""
    if not len(bits):
        return np.zeros(0, np.intp)
    # Nine words a row instead of 72 bytes, and of them those that the region touches.
    words, wanted = np.ascontiguousarray(bits).view(np.uint64), region.view(np.uint64)
    touched = np.flatnonzero(wanted)
    if not len(touched):
        return np.zeros(len(bits), np.intp)
    part = slice(touched[0], touched[-1] + 1)
    found: NDArray[np.intp] = np.bitwise_count(words[:, part] & wanted[part]).sum(axis=1, dtype=np.intp)
    return found


def bounding_box(cells: NDArray[np.bool_] | NDArray[np.uint8]) -> tuple[float, float, float, float]:
    """x, y, width and height, 0 to 1 of the picture, of the smallest box around all cells of the grid that are not 0; zeros where there is none."""
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    if not len(rows):
        return (0.0, 0.0, 0.0, 0.0)
    top, left = int(rows[0]), int(columns[0])
    height, width = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
    return (left / GRID[1], top / GRID[0], width / GRID[1], height / GRID[0])
