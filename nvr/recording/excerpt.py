"""Cuts what is held out of a recorded file, at its fragments: smaller files of their own, with identity and hash of their own.

No byte of a fragment changes: a part is the file's init segment, in which only the identity is new, and the fragments as they were written. It
begins at the last key frame at or before what is held, so that it plays. The order on disk, so that a power cut or a kill at any moment loses
nothing that is held: part written under another name and synced → renamed → folder synced → (the caller) rows of the parts in, row of the
file marked, in one transaction → file unlinked → row forgotten. Doing it again after a kill makes the same names with the same bytes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from nvr.catalogue.segments import SegmentRow
from nvr.errors import SegmentCorrupt, StorageError
from nvr.observations import SegmentClosed, derived_id
from nvr.recording import fmp4
from nvr.recording.boxes import Fragments, FragmentSpan, read_fragments, read_init
from nvr.recording.recovery import sha256_of
from nvr.recording.segment_file import make_folders, sync_folder, synced
from nvr.storage.layout import safe_join, segment_path, without_pool

_CHUNK_BYTES: Final = 1024 * 1024
_NAME_ATTEMPTS: Final = 64

Range = tuple[int, int]
"""[from, to) in UTC nanoseconds."""


def kept_runs(fragments: Sequence[FragmentSpan], ranges: Sequence[Range]) -> list[tuple[int, int]]:
    """Which runs of fragments, [first, last], must stay so that every range plays; pure, in order, apart from one another."""
    runs: list[tuple[int, int]] = []
    for index, span in enumerate(fragments):
        if not any(span.wall_ns < to_ns and span.end_wall_ns > from_ns for from_ns, to_ns in ranges):
            continue
        first = index
        while first > 0 and not fragments[first].starts_with_keyframe:
            first -= 1
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((first, index))
    return runs


def excerpts(root: Path, row: SegmentRow, ranges: Sequence[Range]) -> list[SegmentRow] | None:
    """Put what is held of a file into files of their own, on disk when this returns, and give their rows; None where all of it must stay.

    Args:
        root: the recordings folder.
        row: a whole segment; its file is read, and left alone.
        ranges: what is held, in any order.

    Raises:
        SegmentCorrupt: the file is no longer what its row says: nothing is cut out of damaged evidence.
        OSError: the disk refused.
        StorageError: the row's path leads out of the folder, or names are taken.
    """
    pool = row.path.removesuffix(without_pool(row.path))
    root = root / pool if pool else root
    row = replace(row, path=without_pool(row.path))
    path = safe_join(root, row.path)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        table = read_fragments(fd, row.path)
        runs = kept_runs(table.fragments, ranges)
        if runs in ([], [(0, len(table.fragments) - 1)]):
            return None
        if os.fstat(fd).st_size != row.size_bytes or sha256_of(fd) != row.sha256:
            raise SegmentCorrupt(f"{row.path}: its content changed since it was closed")
        made = [_excerpt(root, fd, row, table, run) for run in runs]
        return [replace(part, path=f"{pool}{part.path}") for part in made]
    finally:
        os.close(fd)


def _excerpt(root: Path, fd: int, row: SegmentRow, table: Fragments, run: tuple[int, int]) -> SegmentRow:
    spans = table.fragments[run[0] : run[1] + 1]
    start_ns, last = spans[0].wall_ns, spans[-1]
    begin, end = spans[0].offset_bytes, last.offset_bytes + last.size_bytes
    segment_id = derived_id(max(0, start_ns), f"{row.segment_id} {begin}-{end}")
    path = _name(root, safe_join(root, row.path), segment_path(row.camera_id, row.stream, start_ns), segment_id)
    make_folders(path.parent, root)
    init = _identified(os.pread(fd, table.init_bytes, 0), start_ns, table.epoch_ns, segment_id)
    part = path.with_name(f"{path.name}.part")
    digest = hashlib.sha256(init)
    target = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        _write(target, init)
        at = begin
        while at < end:
            chunk = os.pread(fd, min(_CHUNK_BYTES, end - at), at)
            if not chunk:
                raise SegmentCorrupt(f"{row.path}: it ends before its last fragment")
            digest.update(chunk)
            _write(target, chunk)
            at += len(chunk)
        synced(os.fsync, target)
    finally:
        os.close(target)
    part.replace(path)
    sync_folder(path.parent)
    whole_end = run[1] == len(table.fragments) - 1
    return replace(
        row,
        segment_id=segment_id,
        epoch_ns=table.epoch_ns,
        start_wall_ns=start_ns,
        end_wall_ns=row.end_wall_ns if whole_end else last.end_wall_ns,
        path=str(path.relative_to(root.resolve())),
        size_bytes=len(init) + end - begin,
        packets=sum(span.packets for span in spans),
        sha256=digest.hexdigest(),
        held=True,
        trimmed=True,
    )


def _name(root: Path, source: Path, relative: object, segment_id: str) -> Path:
    wanted = safe_join(root, str(relative))
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


def _identified(init: bytes, start_wall_ns: int, epoch_ns: int, segment_id: str) -> bytes:
    at = init.rindex(fmp4.IDENTITY_UUID) + len(fmp4.IDENTITY_UUID)
    head = fmp4.IDENTITY_HEAD.pack(1, start_wall_ns, epoch_ns, bytes.fromhex(segment_id))
    return init[:at] + head + init[at + len(head) :]


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def closed_fact(row: SegmentRow) -> SegmentClosed:
    """What is noted beside the recordings of a whole segment."""
    return SegmentClosed(
        segment_id=row.segment_id,
        camera_id=row.camera_id,
        stream=row.stream,
        start_wall_ns=row.start_wall_ns,
        end_wall_ns=row.end_wall_ns or row.start_wall_ns,
        path=row.path,
        size_bytes=row.size_bytes or 0,
        packets=row.packets or 0,
        sha256=row.sha256 or "",
        recovered=row.recovered,
    )
