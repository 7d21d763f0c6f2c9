"""A file that takes the place of a recorded one, or of a part of it: written under another name, synced, renamed, its folder synced.

When ``put`` returns the file is on disk. The caller then changes the catalogue in one transaction, and only after that unlinks what was there
before. The name follows from the content's identity, so that doing it again after a kill makes the same file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nvr.disk import make_folder, replacing, write_all
from nvr.errors import SegmentCorrupt, StorageError
from nvr.media import StreamKind
from nvr.recording.boxes import read_init
from nvr.storage.layout import safe_join, segment_path

_NAME_ATTEMPTS: Final = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose a file is."""

    segment_id: str
    camera_id: str
    stream: StreamKind
    start_wall_ns: int


@dataclass(frozen=True, slots=True)
class Written:
    """A file on disk; ``path`` is relative to the folder that it was put into."""

    path: str
    size_bytes: int
    sha256: str


def put(root: Path, source: Path, identity: Identity, chunks: Iterable[bytes]) -> Written:
    """Write a file and have it on disk.

    Args:
        root: the recordings folder, or that of a pool.
        source: the file that it takes the place of, which is left alone.
        chunks: its content.

    Raises:
        OSError: the disk refused.
        StorageError: the path leads out of the folder, or names are taken.
    """
    relative = segment_path(identity.camera_id, identity.stream, identity.start_wall_ns)
    path = _name(root, source, str(relative), identity.segment_id)
    make_folder(path.parent)
    digest = hashlib.sha256()
    size_bytes = 0
    with replacing(path) as fd:
        for chunk in chunks:
            digest.update(chunk)
            write_all(fd, chunk)
            size_bytes += len(chunk)
    return Written(str(path.relative_to(root.resolve())), size_bytes, digest.hexdigest())


def _name(root: Path, source: Path, relative: str, segment_id: str) -> Path:
    wanted = safe_join(root, relative)
    for offset in range(_NAME_ATTEMPTS):
        path = wanted.with_name(f"{int(wanted.stem) + offset}{wanted.suffix}")
        if path != source and (not path.exists() or _is(path, segment_id)):
            return path
    raise StorageError(f"{wanted} and {_NAME_ATTEMPTS} names after it are taken", "look at the server's clock")


def _is(path: Path, segment_id: str) -> bool:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return read_init(fd, str(path)).segment_id == segment_id
    except SegmentCorrupt:
        return False
    finally:
        os.close(fd)
