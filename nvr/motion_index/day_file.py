"""A camera's day of movement on disk.

``<camera>/<YYYY-MM-DD>.rows`` grows while the day lasts: rows as they come, 376 bytes each. Once the day is over it is sealed into
``<camera>/<YYYY-MM-DD>.day``, which is small and quick to search: a summary of each minute, then the rows of each hour, compressed. Days are UTC.

    magic 8 | head length, CRC-32 of the rest of the head | 24 hours: rows, bytes of their first part, bytes of their second part
          | 86,400 bits: looked at | 1,440 minutes: 72 bytes of cells that moved, 48 of the most at once in each block of 3x4 cells
    24 times: zlib(second, quiet_s, moving, peak_cells, frames, bits of each row) | zlib(levels)
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nvr.disk import put_whole
from nvr.errors import StorageError
from nvr.motion_index.rows import BITS_BYTES, CELLS, GRID, ROW, Rows, counts, empty_rows, looked_at, merged

DAY_S: Final = 86_400
MINUTES: Final = 1440
BLOCK: Final = (3, 4)
"""Rows and columns of cells of a block of the minutes' summary."""
BLOCKS: Final = (GRID[0] // BLOCK[0], GRID[1] // BLOCK[1])
MINUTE: Final = np.dtype([("bits", "u1", (BITS_BYTES,)), ("most", "u1", (BLOCKS[0] * BLOCKS[1],))])
_MAGIC: Final = b"NVRMIX1\n"
_START: Final = struct.Struct("<II")
_HOUR: Final = np.dtype([("rows", "<u4"), ("near_bytes", "<u4"), ("far_bytes", "<u4")])
_NEAR: Final = np.dtype([(name, *_) for name, *_ in ROW.descr if name not in {"levels", "reserved"}])
_HEAD_BYTES: Final = len(_MAGIC) + _START.size + 24 * _HOUR.itemsize + DAY_S // 8 + MINUTES * MINUTE.itemsize
_EFFORT: Final = 6


class DayDamaged(StorageError):
    """A sealed file that does not hold what was written into it; one that can't be read now may be sound."""


def day_of(second: int) -> date:
    """The UTC day of a second since 1970."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).date()


def day_start_s(day: date) -> int:
    """Its first second since 1970."""
    return (day - date(1970, 1, 1)).days * DAY_S


def rows_path(root: Path, camera_id: str, day: date) -> Path:
    """Where the rows of a day lie while it lasts."""
    return root / camera_id / f"{day.isoformat()}.rows"


def sealed_path(root: Path, camera_id: str, day: date) -> Path:
    """Where they lie once it is over."""
    return root / camera_id / f"{day.isoformat()}.day"


def days_of(root: Path, camera_id: str) -> list[date]:
    """The days that a camera has something of, in order; none where it is not known. Names that are no days are passed over."""
    try:
        names = [entry.name for entry in (root / camera_id).iterdir()]
    except OSError:
        return []
    found = set()
    for name in names:
        stem, _, ending = name.partition(".")
        if ending in {"rows", "day"}:
            with contextlib.suppress(ValueError):
                found.add(date.fromisoformat(stem))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's summary, and the way to its rows.

    Attributes:
        start_s: its first second.
        looked: (86400,) bool, which seconds were looked at.
        minutes: (1440,) of ``MINUTE``: what is sealed.
        rows_left: what is not, in order: of a day that is not over, or that was taken up again.
    """

    start_s: int
    looked: NDArray[np.bool_]
    minutes: NDArray[np.void]
    rows_left: Rows
    _path: Path | None
    _hours: NDArray[np.void] | None

    def rows(self, hours: range = range(24), *, levels: bool = False) -> Rows:
        """The rows of some hours, in order; ``levels`` are zeros unless asked for.

        Raises:
            StorageError: the file is gone or damaged.
        """
        left = self.rows_left
        # The row that ends a day's last quiet stretch bears the first second of the next.
        ends = self.start_s + np.array([hours.start * 3600, hours.stop * 3600 + (hours.stop == 24)])
        first, last = np.searchsorted(left["second"], ends)
        if self._path is None or self._hours is None:
            return left[first:last]
        return merged([*_sealed_rows(self._path, self._hours, hours, levels), left[first:last]])

    def bounds(self, region: NDArray[np.uint8], blocks: NDArray[np.uint8]) -> NDArray[np.intp]:
        """How many cells of a region moved at once in each minute, at the most; 0 exactly where none did: (1440,).

        Args:
            region: (72,) packed cells.
            blocks: (48,) how many of them lie in each block.
        """
        found = np.zeros(MINUTES, np.intp)
        if self._path is not None:
            inside = np.flatnonzero(blocks)
            touched = counts(self.minutes["bits"], region)
            moved = np.flatnonzero(touched)
            most = np.minimum(self.minutes["most"][moved][:, inside], blocks[inside]).sum(axis=1, dtype=np.intp)
            found[moved] = np.minimum(touched[moved], most)
        left = self.rows_left
        if len(left):
            np.maximum.at(
                found, np.clip((left["second"] - self.start_s) // 60, 0, MINUTES - 1), counts(left["bits"], region)
            )
        return found


def read_day(root: Path, camera_id: str, day: date) -> Day | None:
    """A camera's day, or None where nothing of it is there.

    Raises:
        StorageError: its file is damaged.
    """
    sealed = sealed_path(root, camera_id, day)
    start_s = day_start_s(day)
    left = read_rows(rows_path(root, camera_id, day))
    rows = empty_rows() if left is None else merged([left])
    looked = looked_at(rows, start_s, start_s + DAY_S)
    try:
        with sealed.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return None if left is None else Day(start_s, looked, np.zeros(MINUTES, MINUTE), rows, None, None)
    except OSError as error:
        raise StorageError(f"the motion index {sealed} can't be read ({error.strerror})", "check the disk") from error
    hours, before, minutes = _parse_head(head, sealed)
    return Day(start_s, looked | before if len(rows) else before, minutes, rows, sealed, hours)


def read_rows(path: Path) -> Rows | None:
    """The whole rows of a day that lasts, as they came; None where there is no such file. A torn last one is passed over.

    Raises:
        StorageError: the disk refuses.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"the motion index {path} can't be read ({error.strerror})", "check the disk") from error
    return np.frombuffer(data[: len(data) - len(data) % ROW.itemsize], ROW)


def newest_row(root: Path, camera_id: str, now_s: int) -> Rows:
    """The last row of the day that ``now_s`` lies in, from the end of its file alone: (1,), or (0,) where there is none.

    A second's row is written as soon as the next second's first frame has been looked at.

    Raises:
        StorageError: the disk refuses.
    """
    path = rows_path(root, camera_id, day_of(now_s))
    try:
        with path.open("rb") as file:
            rows = os.fstat(file.fileno()).st_size // ROW.itemsize
            file.seek(max(0, rows - 1) * ROW.itemsize)
            data = file.read(ROW.itemsize)
    except FileNotFoundError:
        return empty_rows()
    except OSError as error:
        raise StorageError(f"the motion index {path} can't be read ({error.strerror})", "check the disk") from error
    return np.frombuffer(data, ROW) if len(data) == ROW.itemsize else empty_rows()


def summary(rows: Rows, start_s: int) -> NDArray[np.void]:
    """(1440,) of ``MINUTE`` of a day's rows, in order of their seconds."""
    minutes = np.zeros(MINUTES, MINUTE)
    rows = rows[rows["moving"] > 0]
    index = (rows["second"] - start_s) // 60
    rows, index = rows[(index >= 0) & (index < MINUTES)], index[(index >= 0) & (index < MINUTES)]
    if not len(rows):
        return minutes
    starts = np.flatnonzero(np.diff(index, prepend=-1))
    minutes["bits"][index[starts]] = np.bitwise_or.reduceat(rows["bits"], starts, axis=0)
    cells = np.unpackbits(rows["bits"], axis=1).reshape(-1, BLOCKS[0], BLOCK[0], BLOCKS[1], BLOCK[1])
    blocks = cells.sum(axis=(2, 4), dtype=np.uint8).reshape(len(rows), -1)
    minutes["most"][index[starts]] = np.maximum.reduceat(blocks, starts, axis=0)
    return minutes


def seal(root: Path, camera_id: str, day: date) -> bool:
    """Make the sealed file of a day that is over, what an earlier one held included, and drop its rows; whether there was something to do.

    Killed in between, the next call comes to the same end: rows that are there twice are one.

    Raises:
        StorageError: the disk refuses; all is left as it is. A sealed file that is damaged is kept aside.
    """
    source, target = rows_path(root, camera_id, day), sealed_path(root, camera_id, day)
    if not source.exists():
        return False
    damaged = False
    try:
        before = read_day(root, camera_id, day)
        rows = empty_rows() if before is None else before.rows(levels=True)
    except DayDamaged:
        damaged, left = True, read_rows(source)
        rows = empty_rows() if left is None else merged([left])
    try:
        if damaged:
            target.rename(target.with_suffix(".damaged"))
        put_whole(target, encode_day(rows, day_start_s(day)))
        source.unlink()
    except OSError as error:
        raise StorageError(
            f"the motion index {target} can't be written ({error.strerror})", "check the disk"
        ) from error
    return True


def encode_day(rows: Rows, start_s: int) -> bytes:
    """The bytes of a sealed file; rows in order of their seconds."""
    hours = np.zeros(24, _HOUR)
    parts: list[bytes] = []
    # The row that ends the day's last quiet stretch belongs to its last hour.
    index = np.minimum((rows["second"] - start_s) // 3600, 23)
    for hour in range(24):
        chosen = rows[index == hour]
        if not len(chosen):
            continue
        near = np.zeros(len(chosen), _NEAR)
        for name in _NEAR.names or ():
            near[name] = chosen[name]
        # Column by column the same bytes stand together, which zlib makes good use of.
        near_part = zlib.compress(b"".join(near[name].tobytes() for name in _NEAR.names or ()), _EFFORT)
        far_part = zlib.compress(chosen["levels"].tobytes(), _EFFORT)
        hours[hour] = len(chosen), len(near_part), len(far_part)
        parts += near_part, far_part
    looked = np.packbits(looked_at(rows, start_s, start_s + DAY_S)).tobytes()
    head = hours.tobytes() + looked + summary(rows, start_s).tobytes()
    return b"".join([_MAGIC, _START.pack(_HEAD_BYTES, zlib.crc32(head)), head, *parts])


def _parse_head(head: bytes, path: Path) -> tuple[NDArray[np.void], NDArray[np.bool_], NDArray[np.void]]:
    at = len(_MAGIC) + _START.size
    body = head[at:]
    if len(head) != _HEAD_BYTES or not head.startswith(_MAGIC):
        raise _damaged(path)
    length, crc = _START.unpack_from(head, len(_MAGIC))
    if length != _HEAD_BYTES or zlib.crc32(body) != crc:
        raise _damaged(path)
    hours = np.frombuffer(body, _HOUR, 24)
    at = 24 * _HOUR.itemsize
    looked = np.unpackbits(np.frombuffer(body, np.uint8, DAY_S // 8, at)).view(np.bool_)
    return hours, looked, np.frombuffer(body, MINUTE, MINUTES, at + DAY_S // 8)


def _sealed_rows(path: Path, hours: NDArray[np.void], wanted: range, levels: bool) -> Iterator[Rows]:  # noqa: FBT001 - passed through
    starts = _HEAD_BYTES + np.concatenate([[0], np.cumsum(hours["near_bytes"] + hours["far_bytes"], dtype=np.int64)])
    try:
        with path.open("rb") as file:
            for hour in wanted:
                count, near_bytes, far_bytes = (int(value) for value in hours[hour])
                if not count:
                    continue
                data = os.pread(file.fileno(), near_bytes + (far_bytes if levels else 0), int(starts[hour]))
                rows = empty_rows(count)
                near = _inflated(data[:near_bytes], count * _NEAR.itemsize, path)
                at = 0
                for name in _NEAR.names or ():
                    column = _NEAR[name]
                    rows[name] = np.frombuffer(near, column.base, count * int(np.prod(column.shape)), at).reshape(
                        count, *column.shape
                    )
                    at += count * column.itemsize
                if levels:
                    far = _inflated(data[near_bytes:], count * CELLS // 2, path)
                    rows["levels"] = np.frombuffer(far, np.uint8).reshape(count, CELLS // 2)
                yield rows
    except OSError as error:
        raise StorageError(f"the motion index {path} can't be read ({error.strerror})", "check the disk") from error


def _inflated(data: bytes, length: int, path: Path) -> bytes:
    """Exactly so many bytes; a file that claims otherwise fills no memory."""
    try:
        stream = zlib.decompressobj()
        found = stream.decompress(data, length)
        more = b"" if stream.eof else stream.decompress(stream.unconsumed_tail, 1)
        if len(found) != length or more or not stream.eof:
            raise _damaged(path)
    except zlib.error as error:
        raise _damaged(path) from error
    return found


def _damaged(path: Path) -> DayDamaged:
    return DayDamaged(f"the motion index {path} is damaged", "move it away; that day's movement can't be searched")
