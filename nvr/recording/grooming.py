"""Makes of a recorded file one that holds only its key frames; each sample is copied byte by byte, nothing is encoded again.

Decode times, composition offsets and wall times (``prft``) stay as they are; a key frame's duration reaches to the next one, the last one's to
the end of the file's pictures, so that any player shows each until the next. The sound goes. The identity says by its version that the file was
groomed, so that the catalogue can be made anew from the files alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nvr.catalogue.segments import SegmentRow
from nvr.errors import SegmentCorrupt
from nvr.observations import derived_id
from nvr.recording import fmp4
from nvr.recording.boxes import Fragments, FragmentSpan, first_sample, read_fragments
from nvr.recording.recovery import sha256_of
from nvr.recording.successor import Identity, put
from nvr.storage.layout import safe_join, without_pool

_MOST_TICKS = 2**32 - 1


def groomed_id(row: SegmentRow) -> str:
    """The id of what grooming makes of a segment: the same at each attempt."""
    return derived_id(max(0, row.start_wall_ns), f"{row.segment_id} key frames")


def stretched(fragments: Sequence[FragmentSpan]) -> list[tuple[FragmentSpan, int]]:
    """Those that begin with a key frame, each with the ticks until the next one; pure.

    The durations sum up to the time from the first key frame to the end of the last fragment.
    """
    kept = [span for span in fragments if span.starts_with_keyframe]
    ends = [span.start_dts for span in kept[1:]] + [span.start_dts + span.duration for span in fragments[-1:]]
    return [(span, end - span.start_dts) for span, end in zip(kept, ends, strict=False)]


def groom(root: Path, row: SegmentRow) -> SegmentRow | None:
    """Put the key frames of a file into one of their own, on disk when this returns, and give its row; None where it holds nothing else.

    Args:
        root: the recordings folder.
        row: a whole segment; its file is read, and left alone.

    Raises:
        SegmentCorrupt: the file is no longer what its row says, or has no key frame: it gets no new seal.
        OSError: the disk refused.
        StorageError: the row's path leads out of the folder, or names are taken.
    """
    pool = row.path.removesuffix(without_pool(row.path))
    place = root / pool if pool else root
    source = safe_join(place, without_pool(row.path))
    fd = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        table = read_fragments(fd, row.path)
        kept = stretched(table.fragments)
        if table.groomed or (kept and len(kept) == table.packets):
            return None
        if os.fstat(fd).st_size != row.size_bytes or sha256_of(fd) != row.sha256:
            raise SegmentCorrupt(f"{row.path}: its content changed since it was closed")
        if not kept or any(not 0 <= ticks <= _MOST_TICKS for _, ticks in kept):
            raise SegmentCorrupt(f"{row.path}: its key frames can't stand alone")
        segment_id = groomed_id(row)
        identity = Identity(segment_id, row.camera_id, row.stream, row.start_wall_ns)
        written = put(place, source, identity, _content(fd, row, table, kept, segment_id))
        # What is read once must not push out what is being written and played.
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)
    return replace(
        row,
        segment_id=segment_id,
        epoch_ns=table.epoch_ns,
        path=f"{pool}{written.path}",
        size_bytes=written.size_bytes,
        packets=len(kept),
        sha256=written.sha256,
        groomed=True,
    )


def _content(
    fd: int, row: SegmentRow, table: Fragments, kept: Sequence[tuple[FragmentSpan, int]], segment_id: str
) -> Iterator[bytes]:
    yield fmp4.init_segment(
        table.parameters,
        start_wall_ns=row.start_wall_ns,
        camera_id=row.camera_id,
        stream=row.stream,
        segment_id=segment_id,
        epoch_ns=table.epoch_ns,
        groomed=True,
    )
    for number, (span, ticks) in enumerate(kept, 1):
        stamp, sample = first_sample(fd, span)
        alone = fmp4.Sample(ticks, sample.cts, is_keyframe=True, data=sample.data)
        yield stamp + b"".join(fmp4.fragment(number, span.start_dts, [alone]))
