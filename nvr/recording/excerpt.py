"""Cuts what is held out of a recorded file, at its fragments: smaller files of their own, with identity and hash of their own.

No byte of a fragment changes: a part is the file's init segment, in which only the identity is new, and the fragments as they were written. It
begins at the last key frame at or before what is held, so that it plays. The order on disk, so that a power cut or a kill at any moment loses
nothing that is held: part written under another name and synced → renamed → folder synced → (the caller) rows of the parts in, row of the
file marked, in one transaction → file unlinked → row forgotten. Doing it again after a kill makes the same names with the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from nvr.catalogue.segments import SegmentRow
from nvr.errors import SegmentCorrupt
from nvr.observations import SegmentClosed, derived_id
from nvr.recording import fmp4
from nvr.recording.boxes import Fragments, FragmentSpan, read_fragments
from nvr.recording.recovery import sha256_of
from nvr.recording.successor import Identity, put
from nvr.storage.layout import safe_join, without_pool

_CHUNK_BYTES: Final = 1024 * 1024

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
    init = _identified(os.pread(fd, table.init_bytes, 0), start_ns, segment_id)
    written = put(
        root,
        safe_join(root, row.path),
        Identity(segment_id, row.camera_id, row.stream, start_ns),
        chain([init], _bytes(fd, row.path, begin, end)),
    )
    whole_end = run[1] == len(table.fragments) - 1
    return replace(
        row,
        segment_id=segment_id,
        epoch_ns=table.epoch_ns,
        start_wall_ns=start_ns,
        end_wall_ns=row.end_wall_ns if whole_end else last.end_wall_ns,
        path=written.path,
        size_bytes=written.size_bytes,
        packets=sum(span.packets for span in spans),
        sha256=written.sha256,
        held=True,
        trimmed=True,
    )


def _bytes(fd: int, name: str, begin: int, end: int) -> Iterator[bytes]:
    at = begin
    while at < end:
        chunk = os.pread(fd, min(_CHUNK_BYTES, end - at), at)
        if not chunk:
            raise SegmentCorrupt(f"{name}: it ends before its last fragment")
        yield chunk
        at += len(chunk)


def _identified(init: bytes, start_wall_ns: int, segment_id: str) -> bytes:
    at = init.rindex(fmp4.IDENTITY_UUID) + len(fmp4.IDENTITY_UUID)
    version, _, epoch_ns, _ = fmp4.IDENTITY_HEAD.unpack_from(init, at)
    head = fmp4.IDENTITY_HEAD.pack(version, start_wall_ns, epoch_ns, bytes.fromhex(segment_id))
    return init[:at] + head + init[at + len(head) :]


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
