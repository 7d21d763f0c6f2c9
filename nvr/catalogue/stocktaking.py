"""What checks of the recordings ask of the catalogue, and what they put right in it: ``nvr fsck``, the scrub, ``nvr catalogue rebuild``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import sqlalchemy as sa

from nvr.catalogue import hold_rows
from nvr.catalogue.engine import Transaction
from nvr.catalogue.segments import GapRow, SegmentRow, cameras, columns_of, row_of, store_gap
from nvr.catalogue.tables import gaps as gap_table
from nvr.catalogue.tables import segments as table
from nvr.clock import NS_PER_MS
from nvr.media import StreamKind
from nvr.observations import derived_id

DELETED_EARLY: Final = "deleted before its time: the disk was full"
_SEAM_NS: Final = 100 * NS_PER_MS
"""Files follow one another as closely as this where nothing is missing between them (``nvr.proof.account.SEAM_NS``)."""


def streams(tx: Transaction) -> list[tuple[str, StreamKind]]:
    """Every stream that has a segment on record."""
    found = []
    for camera_id in cameras(tx):
        for stream in StreamKind:
            query = sa.select(table.c.segment_id).where(table.c.camera_id == camera_id, table.c.stream == stream.value)
            if tx.connection.execute(query.limit(1)).first() is not None:
                found.append((camera_id, stream))
    return found


def of_stream(tx: Transaction, camera_id: str, stream: StreamKind) -> list[SegmentRow]:
    """All segments of a stream by start, open ones and those being deleted included."""
    query = sa.select(table).where(table.c.camera_id == camera_id, table.c.stream == stream.value)
    return [row_of(row) for row in tx.connection.execute(query.order_by(table.c.start_wall_ns)).mappings()]


def find(tx: Transaction, segment_id: str) -> SegmentRow | None:
    """The segment of that id, also one that is being deleted."""
    row = tx.connection.execute(sa.select(table).where(table.c.segment_id == segment_id)).mappings().first()
    return None if row is None else row_of(row)


def count(tx: Transaction) -> int:
    """How many segments are on record."""
    return int(tx.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def add(tx: Transaction, rows: Sequence[SegmentRow]) -> int:
    """Store whole segments of which the catalogue does not know; how many those were."""
    ids = [row.segment_id for row in rows]
    known = set(tx.connection.execute(sa.select(table.c.segment_id).where(table.c.segment_id.in_(ids))).scalars())
    new = [columns_of(row) for row in {row.segment_id: row for row in rows}.values() if row.segment_id not in known]
    if new:
        tx.connection.execute(sa.insert(table), new)
    return len(new)


def lost(tx: Transaction, row: SegmentRow, wall_ns: int) -> None:
    """A segment's file is gone: its row gives way to a gap, so that the time stays accounted for."""
    tx.connection.execute(sa.delete(table).where(table.c.segment_id == row.segment_id))
    gap = GapRow(
        gap_id=row.segment_id,
        camera_id=row.camera_id,
        stream=row.stream,
        start_wall_ns=row.start_wall_ns,
        end_wall_ns=max(row.start_wall_ns, row.end_wall_ns or row.start_wall_ns),
        cause="disk",
        detail=f"the file was found missing at {wall_ns // 10**9}",
    )
    store_gap(tx, gap)


def deleted_early(tx: Transaction, spans: Iterable[tuple[str, StreamKind, int, int]]) -> None:
    """What goes before its time because the disk is full leaves gaps, so that the time stays accounted for: store them in the transaction that decides.

    One that goes on where such a gap of its stream ends makes that longer: a disk that is always full deletes a file a minute of each stream, and one row
    stands for all of them.

    Args:
        spans: camera, stream, first and last nanosecond of each.
    """
    for camera_id, stream, start_ns, end_ns in _runs(spans):
        of_before = sa.and_(
            gap_table.c.camera_id == camera_id,
            gap_table.c.end_wall_ns.between(start_ns - _SEAM_NS, start_ns + _SEAM_NS),
            gap_table.c.stream == stream.value,
            gap_table.c.detail == DELETED_EARLY,
        )
        before = tx.connection.execute(sa.select(gap_table).where(of_before).limit(1)).mappings().first()
        gap = GapRow(
            gap_id=derived_id(max(0, start_ns), f"{camera_id}/{stream} deleted")
            if before is None
            else before["gap_id"],
            camera_id=camera_id,
            stream=stream,
            start_wall_ns=start_ns if before is None else before["start_wall_ns"],
            end_wall_ns=end_ns,
            cause="disk",
            detail=DELETED_EARLY,
        )
        store_gap(tx, gap)


def _runs(spans: Iterable[tuple[str, StreamKind, int, int]]) -> Iterator[tuple[str, StreamKind, int, int]]:
    """Spans of a stream that follow one another are one."""
    run: tuple[str, StreamKind, int, int] | None = None
    for span in sorted(spans):
        if run is not None and span[:2] == run[:2] and span[2] - run[3] <= _SEAM_NS:
            run = (*run[:3], max(run[3], span[3]))
            continue
        if run is not None:
            yield run
        run = span
    if run is not None:
        yield run


def mark_damaged(tx: Transaction, segment_id: str, wall_ns: int) -> bool:
    """Note that a file does not match its size or hash; False if that stands already."""
    condition = sa.and_(table.c.segment_id == segment_id, table.c.damaged_wall_ns.is_(None))
    return bool(tx.connection.execute(sa.update(table).where(condition).values(damaged_wall_ns=wall_ns)).rowcount)


def damaged(tx: Transaction) -> int:
    """How many files on record were found damaged."""
    query = sa.select(sa.func.count()).select_from(table).where(table.c.damaged_wall_ns.is_not(None))
    return int(tx.connection.execute(query).scalar_one())


def to_check(tx: Transaction, after_id: str, limit: int) -> list[SegmentRow]:
    """Whole segments in the order of their ids, which is that of their making; those already found damaged are left out."""
    query = sa.select(table).where(
        table.c.segment_id > after_id,
        table.c.end_wall_ns.is_not(None),
        table.c.deleting.is_(False),
        table.c.damaged_wall_ns.is_(None),
    )
    return [row_of(row) for row in tx.connection.execute(query.order_by(table.c.segment_id).limit(limit)).mappings()]


def is_held(tx: Transaction, row: SegmentRow) -> bool:
    """Whether a hold touches a segment."""
    return hold_rows.touched(tx, row.camera_id, row.start_wall_ns, row.end_wall_ns)
