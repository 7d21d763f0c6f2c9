"""Loops over the pixels of the working picture: its reduction, and the background's reckoning, each in one pass. Compiled.

Rounding is to the nearest, halves to the even one, as OpenCV does it: ``(t + (t >> n & 1) + half - 1) >> n``. Casts say in how many bits the
processor may reckon: where all are 16 wide, it takes sixteen pixels at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cells import CELL_PX, COLUMNS, ROWS, Plane
from analytics.compiled import BITS, BYTES, COUNT, FLAG, NOTHING, PAIR, SHORTS, compiled, packed, types

Shorts = NDArray[np.int16]

EVIDENCE_FULL: Final = 100
"""Evidence of a pixel that certainly moves; in quarter levels, so 25 gray levels above its threshold."""
LEVEL_SHIFT: Final = 7
"""A level is kept in 1/128 gray levels: 255 * 128 fits int16."""
NOISE_SHIFT: Final = 6
"""Noise is kept in 1/64 of a quarter level."""
GLANCE_PER_LEVEL: Final = 5
"""A level is 4 of evidence; 5 leaves room for rounding."""
NEVER: Final = 255
"""A threshold that nothing exceeds."""
_LIGHT_CLIP: Final = 20 << LEVEL_SHIFT
_LEVEL_CLIP: Final = 4 << LEVEL_SHIFT
_LEVEL_RATE_SHIFT: Final = 3  # of pixels with evidence, at each full look
_QUIET_RATE_SHIFT: Final = 2  # and of those without
_NOISE_CLIP: Final = (2 * 4) << NOISE_SHIFT
_THRESHOLD_CEILING: Final = (
    NEVER - EVIDENCE_FULL
)  # |d| ends at 255 quarter levels; full evidence must stay within reach
_WINDOW_PX: Final = 15  # columns of a light's neighbourhood; its rows are the middle ones of three rows of cells
_BEFORE_PX: Final = _WINDOW_PX // 2
WORDS: Final = (4, COLUMNS + _WINDOW_PX - 1)
"""Shape of the scratch numbers of ``expect``."""
SAMPLES: Final = (2, (ROWS // CELL_PX) * (COLUMNS // CELL_PX) + 1)
"""Shape of the scratch numbers of ``exposure``."""
_SHARE: Final = np.float32(1 / (3 * _WINDOW_PX))
_HALF: Final = np.float32(0.5)

_PAIRS: Final = types.Array(types.uint16, 2, "A", readonly=True)
_ROWS: Final = types.Array(types.uint16, 2, "C")
_WORDS: Final = types.Array(types.int32, 2, "C")

_BYTE: Final = np.uint16(255)
_WHOLE_BYTE: Final = np.uint8(255 // 4)  # gray levels that a byte holds in quarters
_FULL: Final = np.uint8(EVIDENCE_FULL)
_TWO: Final = np.uint16(2)
_EIGHT: Final = np.uint16(8)
_LEVEL_BITS: Final = np.uint16(LEVEL_SHIFT)
_BELOW_HALF: Final = np.uint16((1 << (LEVEL_SHIFT - 1)) - 1)


@compiled(NOTHING, _PAIRS, _ROWS, BYTES)
def quarter(pairs: NDArray[np.uint16], halves: NDArray[np.uint16], out: Plane) -> None:
    """Halve a plane twice, each time to the rounded mean of 2x2 pixels.

    Args:
        pairs: (at least 4 R, 2 C) uint16: rows of bytes, contiguous, two neighbours at a time; read only.
        halves: scratch, (2, 2 C).
        out: (R, C) uint8.
    """
    rows, columns = out.shape
    upper, lower = halves[0], halves[1]
    sums = upper.view(np.uint32)
    for row in range(rows):
        a, b = packed(pairs[4 * row]), packed(pairs[4 * row + 1])
        c, d = packed(pairs[4 * row + 2]), packed(pairs[4 * row + 3])
        for x in range(2 * columns):
            one = np.uint16(np.uint16(a[x] & _BYTE) + np.uint16(a[x] >> _EIGHT))
            two = np.uint16(np.uint16(b[x] & _BYTE) + np.uint16(b[x] >> _EIGHT))
            upper[x] = np.uint16(np.uint16(one + two + _TWO) >> _TWO)
        for x in range(2 * columns):
            one = np.uint16(np.uint16(c[x] & _BYTE) + np.uint16(c[x] >> _EIGHT))
            two = np.uint16(np.uint16(d[x] & _BYTE) + np.uint16(d[x] >> _EIGHT))
            lower[x] = np.uint16(np.uint16(one + two + _TWO) >> _TWO)
        for x in range(2 * columns):
            upper[x] = np.uint16(upper[x] + lower[x])
        mean = out[row]
        for x in range(columns):
            mean[x] = np.uint8(
                np.uint32((sums[x] & np.uint32(0xFFFF)) + (sums[x] >> np.uint32(16)) + np.uint32(2)) >> np.uint32(2)
            )


@compiled(FLAG, BYTES, BYTES, BYTES, COUNT, BYTES, _ROWS)
def differs(
    picture: Plane, base: Plane, threshold: Plane, least: int, distance: Plane, sums: NDArray[np.uint16]
) -> bool:
    """Whether in some cell the gray levels beyond the threshold may amount to a mean evidence of ``least``, 1 to 100.

    Args:
        picture, base, threshold: (90, 160) uint8, gray levels.
        distance: out, likewise: |picture - base|.
        sums: scratch, (1, 160).
    """
    rows, columns = picture.shape
    of_columns = sums[0]
    whole = 0
    largest = 0
    for top in range(0, rows, CELL_PX):
        for x in range(columns):
            of_columns[x] = np.uint16(0)
        for row in range(top, top + CELL_PX):
            seen, usual, limit, apart = picture[row], base[row], threshold[row], distance[row]
            for x in range(columns):
                difference = np.uint16(abs(np.int16(np.int16(seen[x]) - np.int16(usual[x]))))
                apart[x] = np.uint8(difference)
                beyond = np.int16(np.int16(difference) - np.int16(limit[x]))
                of_columns[x] = np.uint16(of_columns[x] + np.uint16(max(beyond, np.int16(0))))
        for x in range(0, columns, CELL_PX):
            cell = np.int64(0)
            for of_cell in range(x, x + CELL_PX):
                cell += np.int64(of_columns[of_cell])
            whole += cell
            largest = max(largest, cell)
    pixels = CELL_PX * CELL_PX
    mean = (largest + pixels // 2) // pixels
    return whole * GLANCE_PER_LEVEL >= least * pixels and mean * GLANCE_PER_LEVEL >= least


@compiled(PAIR, BYTES, BYTES, BYTES, COUNT, BYTES, BYTES, BYTES, _ROWS)
def tell(
    picture: Plane,
    expected: Plane,
    threshold: Plane,
    active: int,
    distance: Plane,
    evidence: Plane,
    cells: Plane,
    sums: NDArray[np.uint16],
) -> tuple[int, int]:
    """Evidence of movement, per pixel and in the mean of each cell.

    Args:
        picture, expected: (90, 160) uint8, gray levels.
        threshold: likewise, in quarter levels.
        active: a cell's mean evidence from which it counts.
        distance: out, likewise: |picture - expected|.
        evidence: out, likewise: quarter levels beyond the threshold, 0 to ``EVIDENCE_FULL``.
        cells: out, (18, 32) uint8: their means.
        sums: scratch, (1, 160).

    Returns:
        How many cells are active, and the largest mean.
    """
    columns = picture.shape[1]
    of_columns = sums[0]
    count = 0
    largest = 0
    for cell_row in range(cells.shape[0]):
        for x in range(columns):
            of_columns[x] = np.uint16(0)
        for row in range(CELL_PX * cell_row, CELL_PX * cell_row + CELL_PX):
            seen, usual, limit, apart, out = picture[row], expected[row], threshold[row], distance[row], evidence[row]
            for x in range(columns):
                apart[x] = np.uint8(max(seen[x], usual[x]) - min(seen[x], usual[x]))
            for x in range(columns):
                quarters = np.uint8(min(apart[x], _WHOLE_BYTE) << 2)
                quarters = np.uint8(quarters | np.uint8(3)) if apart[x] > _WHOLE_BYTE else quarters
                out[x] = min(np.uint8(max(quarters, limit[x]) - limit[x]), _FULL)
            for x in range(columns):
                of_columns[x] = np.uint16(of_columns[x] + np.uint16(out[x]))
        for column in range(cells.shape[1]):
            cell = np.int64(0)
            for x in range(CELL_PX * column, CELL_PX * column + CELL_PX):
                cell += np.int64(of_columns[x])
            mean = (cell + CELL_PX * CELL_PX // 2) // (CELL_PX * CELL_PX)
            cells[cell_row, column] = np.uint8(mean)
            count += mean >= active
            largest = max(largest, mean)
    return count, largest


@compiled(FLAG, BYTES, SHORTS, BITS, COUNT)
def exposure_moved(picture: Plane, level: Shorts, seen: NDArray[np.bool_], step: int) -> bool:
    """Whether the median of picture - level, told by the middles of cells, lies beyond a step (1/128 gray levels) up or down.

    Args:
        picture: (90, 160) uint8.
        level: (90, 160) int16, 1/128 gray levels.
        seen: (18, 32) bool, which cells are asked; some are.
    """
    asked = 0
    not_above = 0
    below = 0
    for cell_row in range(seen.shape[0]):
        row = CELL_PX * cell_row + CELL_PX // 2
        for column in range(seen.shape[1]):
            x = CELL_PX * column + CELL_PX // 2
            error = (np.int64(picture[row, x]) << LEVEL_SHIFT) - np.int64(level[row, x])
            ask = np.int64(seen[cell_row, column])
            asked += ask
            not_above += ask * np.int64(error <= step)
            below += ask * np.int64(error < -step)
    middle = asked // 2
    return not_above <= middle or below > middle


@compiled(COUNT, _WORDS, COUNT, COUNT)
def _median(samples: NDArray[np.int32], row: int, count: int) -> int:
    """The upper median of so many numbers of 16 bits, by halving what it lies between: counting is done side by side."""
    low, high = -(1 << 15), (1 << 15) - 1
    values = samples[row, :count]
    while low < high:
        middle = (low + high) >> 1
        limit = np.int32(middle)
        not_above = np.int32(0)
        for i in range(count):
            not_above = np.int32(not_above + np.int32(values[i] <= limit))
        if not_above > count // 2:
            high = middle
        else:
            low = middle + 1
    return low


@compiled(PAIR, BYTES, SHORTS, BITS, _WORDS)
def exposure(picture: Plane, level: Shorts, seen: NDArray[np.bool_], samples: NDArray[np.int32]) -> tuple[int, int]:
    """The medians of picture - level and of the level, in 1/128 gray levels, told by the middles of cells.

    Args:
        picture, level, seen: as for ``exposure_moved``.
        samples: scratch, ``SAMPLES`` int32.
    """
    count = 0
    for cell_row in range(seen.shape[0]):
        row = CELL_PX * cell_row + CELL_PX // 2
        for column in range(seen.shape[1]):
            x = CELL_PX * column + CELL_PX // 2
            samples[0, count] = (np.int32(picture[row, x]) << LEVEL_SHIFT) - np.int32(level[row, x])
            samples[1, count] = np.int32(level[row, x])
            count += np.int64(seen[cell_row, column])
    return _median(samples, 0, count), _median(samples, 1, count)


@compiled(NOTHING, SHORTS, types.float64)
def scale(level: Shorts, gain: float) -> None:
    """Make a level brighter or darker by a factor, in whole gray levels."""
    factor = np.float32(gain / (1 << LEVEL_SHIFT))
    rows, columns = level.shape
    for row in range(rows):
        usual = level[row]
        for x in range(columns):
            gray = np.int32(min(np.rint(np.float32(np.float32(usual[x]) * factor)), np.float32(255)))
            usual[x] = np.int16(gray << LEVEL_SHIFT)


@compiled(NOTHING, SHORTS, SHORTS, _WORDS)
def soften(light: Shorts, soft: Shorts, sums: NDArray[np.int32]) -> None:
    """The mean of 15 columns and three rows around each; beyond the border what lies as far inside stands for it.

    Args:
        light: (18, 160) int16.
        soft: out, likewise.
        sums: scratch, (4, 174) int32.
    """
    rows, columns = light.shape
    wide = columns + _WINDOW_PX - 1
    ones, twos, fours, eights = sums[0], sums[1], sums[2], sums[3]
    for row in range(rows):
        above = light[row - 1 if row else 1]
        here = light[row]
        below = light[row + 1 if row + 1 < rows else rows - 2]
        for x in range(columns):
            ones[x + _BEFORE_PX] = np.int32(np.int32(above[x]) + np.int32(here[x]) + np.int32(below[x]))
        for beyond in range(1, _BEFORE_PX + 1):
            ones[_BEFORE_PX - beyond] = ones[_BEFORE_PX + beyond]
            ones[_BEFORE_PX + columns - 1 + beyond] = ones[_BEFORE_PX + columns - 1 - beyond]
        # 15 = 8 + 4 + 2 + 1: sums of neighbours by doubling, which all pixels do side by side.
        for x in range(wide - 1):
            twos[x] = np.int32(ones[x] + ones[x + 1])
        for x in range(wide - 3):
            fours[x] = np.int32(twos[x] + twos[x + 2])
        for x in range(wide - 7):
            eights[x] = np.int32(fours[x] + fours[x + 4])
        out = soft[row]
        for x in range(columns):
            whole = np.int32(eights[x] + fours[x + 8] + twos[x + 12] + ones[x + 14])
            # Of 45 items there is no half to round.
            out[x] = np.int16(np.floor(np.float32(np.float32(whole) * _SHARE + _HALF)))


@compiled(NOTHING, BYTES, SHORTS, BYTES, SHORTS, SHORTS, SHORTS, _WORDS, BYTES)
def expect(
    picture: Plane,
    level: Shorts,
    threshold: Plane,
    light: Shorts,
    lit: Shorts,
    soft: Shorts,
    sums: NDArray[np.int32],
    expected: Plane,
) -> None:
    """What pictures ought to show as long as level and light stay as they are; the light as far as it is not a thing's own.

    Args:
        picture: (90, 160) uint8.
        level: (90, 160) int16, 1/128 gray levels.
        threshold: (90, 160) uint8, quarter levels.
        light, lit, soft: scratch, (18, 160) int16.
        sums: scratch, (4, 174) int32.
        expected: out, (90, 160) uint8.
    """
    rows, columns = picture.shape
    for cell_row in range(light.shape[0]):
        row = CELL_PX * cell_row + CELL_PX // 2
        seen, usual, out = picture[row], level[row], light[cell_row]
        for x in range(columns):
            error = np.int16((np.int16(seen[x]) << LEVEL_SHIFT) - usual[x])
            out[x] = min(max(error, np.int16(-_LIGHT_CLIP)), np.int16(_LIGHT_CLIP))
    soften(light, soft, sums)
    for cell_row in range(light.shape[0]):
        row = CELL_PX * cell_row + CELL_PX // 2
        seen, usual, limit = picture[row], level[row], threshold[row]
        around, own, out = soft[cell_row], light[cell_row], lit[cell_row]
        for x in range(columns):
            left = abs(np.int32((np.int32(seen[x]) << LEVEL_SHIFT) - np.int32(usual[x]) - np.int32(around[x])))
            quarters = np.int32((left + ((left >> 5) & 1) + 15) >> 5)
            out[x] = own[x] if min(quarters, np.int32(255)) <= np.int32(limit[x]) else np.int16(0)
    soften(lit, soft, sums)
    for row in range(rows):
        usual, around, shown = level[row], soft[row // CELL_PX], expected[row]
        for x in range(columns):
            # Raised by the darkest light that there is, so that no sum falls below zero or out of 16 bits.
            raised = np.uint16(np.uint16(usual[x]) + np.uint16(np.int16(around[x] + np.int16(_LIGHT_CLIP))))
            both = np.uint16(max(raised, np.uint16(_LIGHT_CLIP)) - np.uint16(_LIGHT_CLIP))
            gray = np.uint16(
                np.uint16(both + np.uint16((both >> _LEVEL_BITS) & np.uint16(1)) + _BELOW_HALF) >> _LEVEL_BITS
            )
            shown[x] = np.uint8(min(gray, _BYTE))


@compiled(NOTHING, BYTES, BYTES, SHORTS)
def learn_level(picture: Plane, evidence: Plane, level: Shorts) -> None:
    """Move the level (int16, 1/128 gray levels) towards a picture: by a clipped share where there is evidence, faster where there is none."""
    rows, columns = picture.shape
    for row in range(rows):
        seen, told, usual = picture[row], evidence[row], level[row]
        for x in range(columns):
            error = np.int16((np.int16(seen[x]) << LEVEL_SHIFT) - usual[x])
            slow = np.int16(min(max(error, np.int16(-_LEVEL_CLIP)), np.int16(_LEVEL_CLIP)) >> _LEVEL_RATE_SHIFT)
            fast = np.int16(error >> _QUIET_RATE_SHIFT)
            usual[x] = np.int16(usual[x] + (slow if told[x] else fast))


@compiled(NOTHING, BYTES, SHORTS, COUNT)
def follow_level(picture: Plane, level: Shorts, rate_shift: int) -> None:
    """Move the level towards a picture by 1/2**rate_shift of what lies between."""
    rows, columns = picture.shape
    for row in range(rows):
        seen, usual = picture[row], level[row]
        for x in range(columns):
            error = np.int16((np.int16(seen[x]) << LEVEL_SHIFT) - usual[x])
            usual[x] = np.int16(usual[x] + np.int16(error >> rate_shift))


@compiled(NOTHING, BYTES, COUNT, BYTES, BYTES, SHORTS, BYTES)
def learn_noise(
    distance: Plane, rate_shift: int, floor: Plane, ignored: Plane, noise: Shorts, threshold: Plane
) -> None:
    """Move the noise towards a distance, clipped, by 1/2**rate_shift, and set the threshold anew: twice the noise, or the floor.

    Args:
        distance: (90, 160) uint8, gray levels.
        floor: likewise, quarter levels.
        ignored: likewise, ``NEVER`` where movement is never looked at, else 0.
        noise: in and out, (90, 160) int16.
        threshold: out, (90, 160) uint8, quarter levels.
    """
    rows, columns = distance.shape
    for row in range(rows):
        apart, least, never, mean, out = distance[row], floor[row], ignored[row], noise[row], threshold[row]
        for x in range(columns):
            quarters = np.int16(min(np.int16(np.int16(apart[x]) << 2), np.int16(255)))
            step = np.int16(np.int16(quarters << NOISE_SHIFT) - mean[x])
            step = np.int16(min(max(step, np.int16(-_NOISE_CLIP)), np.int16(_NOISE_CLIP)) >> rate_shift)
            mean[x] = np.int16(mean[x] + step)
            twice = max(np.int16(mean[x] >> (NOISE_SHIFT - 1)), np.int16(least[x]))
            out[x] = np.uint8(max(min(twice, np.int16(_THRESHOLD_CEILING)), np.int16(never[x])))


@compiled(NOTHING, SHORTS, BYTES)
def whole_levels(level: Shorts, out: Plane) -> None:
    """A level, 1/128 gray levels, never below 0, in whole ones, 0 to 255."""
    rows, columns = level.shape
    for row in range(rows):
        fine, gray = level[row], out[row]
        for x in range(columns):
            here = np.uint16(fine[x])
            rounded = np.uint16(here + np.uint16((here >> _LEVEL_BITS) & np.uint16(1)) + _BELOW_HALF)
            gray[x] = np.uint8(min(np.uint16(rounded >> _LEVEL_BITS), _BYTE))
