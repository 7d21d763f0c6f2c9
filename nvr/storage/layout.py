"""Where files lie. Names are made here and parsed back here, and nothing that comes from outside leaves its folder.

::

    recordings/<camera_id>/<stream>/<YYYY-MM-DD>/<start_wall_ns>.mp4    the day in UTC
    recordings/<camera_id>/<stream>/<YYYY-MM-DD>/closed.notes           size, times and hash of each, see nvr.storage.day_notes
    recordings/@<pool>/…                                                the same on another disk, see nvr.storage.pools
    recordings/<camera_id>/<stream>/coverage.json                       where the recording stopped, and why
    recordings/holds.notes                                              what is held, see nvr.storage.hold_notes
    recordings/.open/<run>/<segment_id>                                 segments that are being written, see nvr.recording.markers
    snapshots/<camera_id>/<YYYY-MM-DD>/<id>.jpg
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from nvr.clock import NS_PER_S
from nvr.errors import StorageError
from nvr.media import CAMERA_ID, StreamKind

OPEN_FOLDER: Final = ".open"
LOCK_FILE: Final = "lock"
COVERAGE_FILE: Final = "coverage.json"
NOTES_FILE: Final = "closed.notes"
HOLDS_FILE: Final = "holds.notes"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SEGMENT_NAME: Final = re.compile(r"(\d{1,20})\.mp4")
_POOL: Final = re.compile(r"@[a-z0-9-]{1,16}")
_SNAPSHOT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """What a segment's path says. The start is that of the name; where two would collide the name counts up by nanoseconds."""

    camera_id: str
    stream: StreamKind
    start_wall_ns: int


def utc_day(wall_ns: int) -> str:
    """The UTC day, ``YYYY-MM-DD``."""
    return f"{datetime.fromtimestamp(wall_ns // NS_PER_S, UTC):%Y-%m-%d}"


def segment_path(camera_id: str, stream: StreamKind, start_wall_ns: int) -> PurePosixPath:
    """A segment's path, relative to the recordings folder.

    Raises:
        StorageError: the camera id can't be a folder name.
    """
    return _camera_folder(camera_id) / stream.value / utc_day(start_wall_ns) / f"{start_wall_ns}.mp4"


def parse_segment_path(path: str | PurePosixPath) -> SegmentPlace | None:
    """What a path relative to the recordings folder says, or None where it is no segment's."""
    parts = PurePosixPath(path).parts
    if parts and _POOL.fullmatch(parts[0]):
        parts = parts[1:]
    if len(parts) != 4:
        return None
    camera_id, stream, day, name = parts
    match = _SEGMENT_NAME.fullmatch(name)
    if match is None or not CAMERA_ID.fullmatch(camera_id) or not is_day(day) or stream not in set(StreamKind):
        return None
    return SegmentPlace(camera_id, StreamKind(stream), int(match[1]))


def is_day(name: str) -> bool:
    """Whether a folder's name is a day's."""
    return _DAY.fullmatch(name) is not None


def snapshot_path(camera_id: str, wall_ns: int, snapshot_id: str) -> PurePosixPath:
    """A snapshot's path, relative to the snapshots folder.

    Raises:
        StorageError: the camera id or snapshot id can't be a file name.
    """
    if not _SNAPSHOT_ID.fullmatch(snapshot_id):
        raise StorageError(f"{snapshot_id!r} is no snapshot id")
    return _camera_folder(camera_id) / utc_day(wall_ns) / f"{snapshot_id}.jpg"


def safe_join(root: Path, relative: str | PurePosixPath) -> Path:
    """``root / relative``, if that lies inside ``root``, or the pool that it names, once every symbolic link is followed. The file needn't exist.

    Raises:
        StorageError: the path is empty, absolute, climbs out, or a link leads out.
    """
    text = str(relative)
    parts = PurePosixPath(text).parts
    if not parts or "\0" in text or PurePosixPath(text).is_absolute() or ".." in parts:
        raise StorageError(f"{text!r} is not a path inside the folder")
    base = root.resolve()
    if _POOL.fullmatch(parts[0]) and len(parts) > 1:
        # Links to pools are ours; within a pool no further link may lead out.
        base, parts = (base / parts[0]).resolve(), parts[1:]
    path = base.joinpath(*parts)
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        raise StorageError(f"{text!r} can't be followed: {error}") from error
    if not resolved.is_relative_to(base) or resolved == base:
        raise StorageError(f"{text!r} leads out of the folder")
    return resolved


def _camera_folder(camera_id: str) -> PurePosixPath:
    if not CAMERA_ID.fullmatch(camera_id):
        raise StorageError(f"{camera_id!r} is no camera id")
    return PurePosixPath(camera_id)


def without_pool(path: str) -> str:
    """A segment's path in its pool."""
    first, _, rest = path.partition("/")
    return rest if _POOL.fullmatch(first) else path
