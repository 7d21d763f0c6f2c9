"""Region and time to where something moved, from the index alone: nothing is decoded.

Two passes. The minutes' summaries of all days say exactly in which minutes a cell of the region moved, and bound from above how many cells moved at
once. The rows of the most promising hours then say the second and the cells. So what is counted (minutes) is exact; the peaks are exact where all hours
could be looked into (16 days of one camera always), and beyond that those of the ``EXAMINED`` hours with the highest bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nvr.errors import StorageError
from nvr.motion_index.day_file import BLOCK, BLOCKS, DAY_S, Day, day_of, day_start_s, days_of, read_day
from nvr.motion_index.rows import GRID, bounding_box, counts, region_bits

EXAMINED: Final = 400
"""Hours of one camera that are read row by row: half a millisecond each."""
JOINED_S: Final = 10
"""Movement that is further apart is told as another stretch."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked.

    Attributes:
        camera_ids: whose index.
        region: (18, 32) bool cells in which movement counts.
        from_s: first second, since 1970.
        to_s: the second after the last.
        least_cells: how many cells of the region must move at once, at least 1.
        most: how many peaks are wanted.
    """

    camera_ids: Sequence[str]
    region: NDArray[np.bool_]
    from_s: int
    to_s: int
    least_cells: int = 1
    most: int = 60


@dataclass(frozen=True, slots=True)
class Peak:
    """A stretch of movement in the region and its fullest second; times in seconds since 1970, ``end_s`` the one after the last."""

    camera_id: str
    start_s: int
    end_s: int
    peak_s: int
    cells: int
    box: tuple[float, float, float, float]
    """x, y, width, height around the cells of the region that moved in the fullest second, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer.

    Attributes:
        peaks: fullest first.
        hours: (start of an hour, minutes of it in which the region moved, over all cameras), where there are any, in order.
        minutes: how many minutes in all.
        examined: whether every hour with movement was read row by row; if not, peaks of the others may be missing.
        looked_s: seconds that were looked at, over all cameras, of ``asked_s``.
        asked_s: seconds asked about, over all cameras.
        damaged: days that can't be read, as "camera day".
    """

    peaks: tuple[Peak, ...]
    hours: tuple[tuple[int, int], ...]
    minutes: int
    examined: bool
    looked_s: int
    asked_s: int
    damaged: tuple[str, ...]


@dataclass(slots=True)
class _Candidate:
    """Minutes of one camera's day in which the region moved, with their bounds."""

    camera_id: str
    day: Day
    minutes: NDArray[np.intp]
    bounds: NDArray[np.intp]


def search(root: Path, query: Query, stop: Callable[[], bool] = lambda: False) -> Found:
    """Look a region up.

    Args:
        root: the index's folder.
        query: what for.
        stop: asked between days; where True, what was found so far is the answer.

    Raises:
        ValueError: the region is no grid of cells.
    """
    region = region_bits(query.region)
    blocks = _region_blocks(query.region)
    found: list[_Candidate] = []
    hours: dict[int, int] = {}
    looked_s, damaged = 0, []
    for camera_id in query.camera_ids:
        for day in days_of(root, camera_id):
            start_s = day_start_s(day)
            if start_s + DAY_S <= query.from_s or start_s >= query.to_s or stop():
                continue
            try:
                whole = read_day(root, camera_id, day)
            except StorageError:
                damaged.append(f"{camera_id} {day.isoformat()}")
                continue
            if whole is None:
                continue
            first, last = max(0, query.from_s - start_s), min(DAY_S, query.to_s - start_s)
            looked_s += int(np.count_nonzero(whole.looked[first:last]))
            bounds = whole.bounds(region, blocks)
            bounds[: first // 60] = bounds[-(-last // 60) :] = 0
            minutes = np.flatnonzero(bounds >= query.least_cells)
            candidate = _Candidate(camera_id, whole, minutes, bounds[minutes])
            for hour, count in zip(*np.unique(candidate.minutes // 60, return_counts=True), strict=True):
                hour_s = start_s + int(hour) * 3600
                hours[hour_s] = hours.get(hour_s, 0) + int(count)
            if len(candidate.minutes):
                found.append(candidate)
    peaks, examined, unreadable = _peaks(found, region, query)
    return Found(
        peaks=peaks,
        hours=tuple(sorted(hours.items())),
        minutes=sum(hours.values()),
        examined=examined,
        looked_s=looked_s,
        asked_s=len(query.camera_ids) * max(0, query.to_s - query.from_s),
        damaged=tuple(damaged + unreadable),
    )


def _region_blocks(region: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """How many cells of the region each block of the minutes' summary holds: (48,)."""
    cells = region.reshape(BLOCKS[0], BLOCK[0], BLOCKS[1], BLOCK[1])
    sizes: NDArray[np.uint8] = cells.sum(axis=(1, 3), dtype=np.uint8).reshape(-1)
    return sizes


def _peaks(
    found: Sequence[_Candidate], region: NDArray[np.uint8], query: Query
) -> tuple[tuple[Peak, ...], bool, list[str]]:
    """The fullest stretches in the hours that hold the highest bounds."""
    hours: list[tuple[int, int, int, _Candidate]] = []  # negative bound, negative start, tie-breaker
    for number, each in enumerate(found):
        best = np.zeros(24, np.intp)
        np.maximum.at(best, each.minutes // 60, each.bounds)
        hours += [
            (-int(best[hour]), -(each.day.start_s + int(hour) * 3600), number, each) for hour in np.flatnonzero(best)
        ]
    hours.sort(key=lambda entry: entry[:3])
    stretches: list[_Stretches] = []
    damaged: set[str] = set()
    for _, start_s, _, each in hours[:EXAMINED]:
        try:
            stretches.append(_stretches(each, (-start_s - each.day.start_s) // 3600, region, query))
        except StorageError:
            damaged.add(f"{each.camera_id} {day_of(each.day.start_s).isoformat()}")
    return _fullest(stretches, region, query.most), len(hours) <= EXAMINED, sorted(damaged)


@dataclass(slots=True)
class _Stretches:
    """Stretches of movement of one camera's hour: start, end and fullest second, how many cells, and the second's cells; an entry each."""

    camera_id: str
    starts_s: NDArray[np.int64]
    ends_s: NDArray[np.int64]
    peaks_s: NDArray[np.int64]
    cells: NDArray[np.intp]
    bits: NDArray[np.uint8]


def _stretches(each: _Candidate, hour: int, region: NDArray[np.uint8], query: Query) -> _Stretches:
    """Those of one hour; one that goes on over its end is told as two."""
    rows = each.day.rows(range(hour, hour + 1))
    moved = counts(rows["bits"], region)
    inside = (rows["second"] >= query.from_s) & (rows["second"] < query.to_s) & (rows["moving"] > 0)
    chosen = np.flatnonzero(inside & (moved >= query.least_cells))
    seconds, moved = rows["second"][chosen], moved[chosen]
    fresh = np.diff(seconds, prepend=-DAY_S) > JOINED_S
    starts = np.flatnonzero(fresh)
    if not len(starts):
        none = np.zeros(0, np.int64)
        return _Stretches(each.camera_id, none, none, none, moved, rows["bits"][:0])
    most = np.maximum.reduceat(moved, starts)
    number = np.cumsum(fresh) - 1
    fullest = np.flatnonzero(moved == most[number])
    fullest = fullest[np.diff(number[fullest], prepend=-1) > 0]  # the first of each
    ends = seconds[np.append(starts[1:], len(seconds)) - 1] + 1
    return _Stretches(each.camera_id, seconds[starts], ends, seconds[fullest], most, rows["bits"][chosen[fullest]])


def _fullest(found: Sequence[_Stretches], region: NDArray[np.uint8], most: int) -> tuple[Peak, ...]:
    """The fullest of all, of equals the newest first."""
    if not found:
        return ()
    owner = np.repeat(np.arange(len(found)), [len(each.cells) for each in found])
    place = np.concatenate([np.arange(len(each.cells)) for each in found])
    cells = np.concatenate([each.cells for each in found])
    peaks_s = np.concatenate([each.peaks_s for each in found])
    peaks = []
    for index in np.lexsort((owner, -peaks_s, -cells))[:most].tolist():
        each, at = found[owner[index]], place[index]
        peaks.append(
            Peak(
                each.camera_id,
                int(each.starts_s[at]),
                int(each.ends_s[at]),
                int(each.peaks_s[at]),
                int(each.cells[at]),
                bounding_box(np.unpackbits(each.bits[at] & region).reshape(GRID)),
            )
        )
    return tuple(peaks)
