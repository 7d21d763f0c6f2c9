"""What lies in a recordings folder, read from the files themselves: for checking the catalogue, and for making it anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nvr.catalogue.segments import SegmentRow
from nvr.errors import SegmentCorrupt, StorageError
from nvr.media import CAMERA_ID, StreamKind
from nvr.observations import SegmentClosed
from nvr.recording.boxes import Fragments, read_fragments, read_init
from nvr.recording.recovery import sha256_of
from nvr.storage import home_disk
from nvr.storage.layout import is_day, parse_segment_path, without_pool
from nvr.storage.pools import META, linked


@dataclass(frozen=True, slots=True)
class DayFolder:
    """The folder of a stream's day; ``relative`` to the recordings folder."""

    camera_id: str
    stream: StreamKind
    path: Path
    relative: str

    def files(self) -> dict[str, int]:
        """Size in bytes of each segment, by its path relative to the recordings folder.

        Raises:
            OSError: the folder can't be read.
        """
        found: dict[str, int] = {}
        with os.scandir(self.path) as entries:
            for entry in entries:
                name = f"{self.relative}/{entry.name}"
                if parse_segment_path(name) is not None and entry.is_file(follow_symlinks=False):
                    try:
                        found[name] = entry.stat(follow_symlinks=False).st_size
                    except FileNotFoundError:
                        continue  # deleted meanwhile
        return found

    def set_aside(self) -> list[str]:
        """Files that recovery could not read and kept for a person to look at."""
        return [f"{self.relative}/{entry.name}" for entry in self.path.glob("*.mp4.damaged")]


def folders_of(root: Path) -> list[tuple[str, Path]]:
    """The recordings folder and each pool that is there, with what paths of its files begin with.

    Raises:
        StorageError: a pool, or the recordings folder's own disk, is missing: what is said without it would be wrong.
    """
    if not home_disk.is_there(root):
        raise StorageError("the disk of the recordings is missing", home_disk.remedy(root))
    found = [("", root)]
    for name, folder in linked(root).items():
        if not (folder / META).is_file():
            raise StorageError(f"the pool {name} is missing: nothing lies at {folder}", "mount its disk first")
        found.append((f"@{name}/", folder))
    return found


def streams_of(root: Path) -> list[tuple[str, StreamKind]]:
    """The streams that have a folder.

    Raises:
        OSError: the recordings folder can't be read.
    """
    found: set[tuple[str, StreamKind]] = set()
    for _, folder in folders_of(root):
        found |= {
            (camera.name, stream)
            for camera in folder.iterdir()
            if CAMERA_ID.fullmatch(camera.name)
            for stream in StreamKind
            if (camera / stream.value).is_dir()
        }
    return sorted(found)


def anything_recorded(root: Path) -> bool:
    """Whether any stream was ever recorded here. A pool that is missing, or a folder that can't be read, counts as yes: it may hold something."""
    try:
        return root.is_dir() and bool(streams_of(root))
    except (OSError, StorageError):
        return True


def days_of(root: Path, camera_id: str, stream: StreamKind) -> Iterator[DayFolder]:
    """The days of a stream, oldest first within each pool.

    Raises:
        OSError: the folder can't be read.
    """
    for prefix, place in folders_of(root):
        folder = place / camera_id / stream.value
        if folder.is_dir():
            for day in sorted(entry.name for entry in folder.iterdir() if is_day(entry.name)):
                yield DayFolder(camera_id, stream, folder / day, f"{prefix}{camera_id}/{stream.value}/{day}")


def read_segment(root: Path, relative: str, note: SegmentClosed | None = None) -> SegmentRow:
    """What a file says of itself, as a row of the catalogue. It may be torn at its end: the row covers its whole fragments.

    Args:
        relative: path in the recordings folder.
        note: what was noted when it was closed. Where it speaks of this file at this size, its hash, times and number of pictures are
            taken from there and only the head is read; otherwise the whole file is walked and hashed.

    Raises:
        SegmentCorrupt: no init segment of ours, no whole fragment, or another camera's or stream's than its folder says.
        OSError: it can't be read.
    """
    fd = os.open(root / relative, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        head = read_init(fd, relative)
        _check_place(head, relative)
        size_bytes = os.fstat(fd).st_size
        row = _row(head, relative, size_bytes)
        if note is not None and (note.segment_id, note.size_bytes, without_pool(note.path)) == (
            head.segment_id,
            size_bytes,
            without_pool(relative),
        ):
            return replace(
                row,
                end_wall_ns=max(head.start_wall_ns, note.end_wall_ns),
                packets=note.packets,
                sha256=note.sha256,
                recovered=note.recovered,
            )
        table = read_fragments(fd, relative)
        if not table.fragments:
            raise SegmentCorrupt(f"{relative}: no whole fragment")
        return replace(
            row,
            end_wall_ns=max(head.start_wall_ns, table.end_wall_ns),
            packets=table.packets,
            sha256=sha256_of(fd),
            recovered=True,
        )
    finally:
        os.close(fd)


def _check_place(head: Fragments, relative: str) -> None:
    place = parse_segment_path(relative)
    if place is None or (place.camera_id, place.stream) != (head.camera_id, head.stream):
        raise SegmentCorrupt(f"{relative}: by its own word of camera {head.camera_id}, stream {head.stream}")


def _row(head: Fragments, relative: str, size_bytes: int) -> SegmentRow:
    return SegmentRow(
        segment_id=head.segment_id,
        camera_id=head.camera_id,
        stream=head.stream,
        epoch_ns=head.epoch_ns,
        start_wall_ns=head.start_wall_ns,
        end_wall_ns=None,
        path=relative,
        codec=head.parameters.codec.value,
        width_px=head.parameters.width_px,
        height_px=head.parameters.height_px,
        size_bytes=size_bytes,
        packets=None,
        sha256=None,
        groomed=head.groomed,
    )
