"""Recorded files, the gaps between them, and what the janitor needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.hold_rows import IS_HELD
from nvr.catalogue.rows import cameras_in
from nvr.catalogue.spans import overlapping
from nvr.catalogue.tables import gaps as gap_table
from nvr.catalogue.tables import segments as table
from nvr.media import StreamKind

_MANY: Final = 20_000


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One file. ``end_wall_ns``, ``size_bytes``, ``packets`` and ``sha256`` are None while it is being written.

    ``damaged_wall_ns``: when the file was first found not to match its size or hash; None while it does.
    ``groomed``: nothing but its key frames is left.
    """

    segment_id: str
    camera_id: str
    stream: StreamKind
    epoch_ns: int
    start_wall_ns: int
    end_wall_ns: int | None
    path: str
    codec: str
    width_px: int
    height_px: int
    size_bytes: int | None
    packets: int | None
    sha256: str | None
    recovered: bool = False
    held: bool = False
    deleting: bool = False
    damaged_wall_ns: int | None = None
    trimmed: bool = False
    groomed: bool = False


@dataclass(frozen=True, slots=True)
class GapRow:
    """A stretch without recording, with its cause."""

    gap_id: str
    camera_id: str
    stream: StreamKind
    start_wall_ns: int
    end_wall_ns: int
    cause: str
    detail: str


def opened(tx: Transaction, segment: SegmentRow) -> bool:
    """Store a segment that is being written; False if it stands already, and is then left alone."""
    if _find(tx, segment.segment_id) is not None:
        return False
    tx.connection.execute(sa.insert(table).values(**columns_of(segment)))
    return True


def closed(tx: Transaction, segment: SegmentRow) -> bool:
    """Store that a segment is whole, whether or not its opening is known; False if that stands already."""
    known = _find(tx, segment.segment_id)
    if known is None:
        tx.connection.execute(sa.insert(table).values(**columns_of(segment)))
        return True
    if known.end_wall_ns is not None:
        return False
    tx.connection.execute(
        sa.update(table)
        .where(table.c.segment_id == segment.segment_id)
        .values(
            start_wall_ns=segment.start_wall_ns,
            end_wall_ns=segment.end_wall_ns,
            path=segment.path,
            pool=pool_of(segment.path),
            size_bytes=segment.size_bytes,
            packets=segment.packets,
            sha256=segment.sha256,
            recovered=segment.recovered,
        )
    )
    return True


def vanished(tx: Transaction, segment_id: str) -> bool:
    """A crash left nothing whole in the file, which is gone: drop the row; False if there is none."""
    return bool(tx.connection.execute(sa.delete(table).where(table.c.segment_id == segment_id)).rowcount)


def segment(tx: Transaction, segment_id: str) -> SegmentRow | None:
    """The segment of that id, unless it is being deleted."""
    found = _find(tx, segment_id)
    return None if found is None or found.deleting else found


def covering(
    tx: Transaction, camera_id: str, stream: StreamKind, from_ns: int, to_ns: int, *, limit: int = _MANY
) -> list[SegmentRow]:
    """Segments that hold something of [from_ns, to_ns), by start; those still being written included (their end is None)."""
    condition = sa.and_(table.c.camera_id == camera_id, table.c.stream == stream.value, table.c.deleting.is_(False))
    return [row_of(row) for row in overlapping(tx, table, condition, (from_ns, to_ns), limit)]


def newest_start(tx: Transaction, camera_id: str, stream: StreamKind) -> int | None:
    """When the newest segment of a stream began."""
    query = sa.select(sa.func.max(table.c.start_wall_ns)).where(
        table.c.camera_id == camera_id, table.c.stream == stream.value
    )
    found = tx.connection.execute(query).scalar_one()
    return None if found is None else int(found)


def hold_one(tx: Transaction, segment_id: str) -> None:
    """Hold one segment."""
    tx.connection.execute(sa.update(table).where(table.c.segment_id == segment_id).values(held=True))


def candidates(tx: Transaction, older_than_ns: int, limit: int = 500) -> list[SegmentRow]:
    """Whole, unheld segments that ended before ``older_than_ns``, oldest first: those that retention lets go."""
    return _deletable(tx, limit, table.c.end_wall_ns < older_than_ns)


def oldest(tx: Transaction, limit: int = 500) -> list[SegmentRow]:
    """The oldest whole, unheld segments: those that go first where space runs out."""
    return _deletable(tx, limit, table.c.end_wall_ns.is_not(None))


def oldest_of_each(tx: Transaction, per_stream: int, pool: str = "") -> list[SegmentRow]:
    """Of each stream on record, of cameras configured still or not, its oldest whole, unheld segments in a pool, up to ``per_stream``."""
    found: list[SegmentRow] = []
    for camera_id in cameras(tx):
        for stream in StreamKind:
            mine = sa.and_(table.c.camera_id == camera_id, table.c.stream == stream.value, table.c.pool == pool)
            found += _deletable(tx, per_stream, sa.and_(mine, table.c.end_wall_ns.is_not(None)))
    return found


def any_in_pool(tx: Transaction, pool: str) -> bool:
    """Whether any segment on record lies in a pool."""
    return tx.connection.execute(sa.select(table.c.segment_id).where(table.c.pool == pool).limit(1)).first() is not None


def pool_of(path: str) -> str:
    """The pool that a path leads into: ``b`` of ``@b/cam01/…``; "" for the recordings folder itself."""
    return path[1 : path.index("/")] if path.startswith("@") and "/" in path else ""


def cameras(tx: Transaction) -> list[str]:
    """Every camera that has a segment on record, by name."""
    return cameras_in(tx, table)


def mark_deleting(tx: Transaction, segment_ids: Sequence[str]) -> list[SegmentRow]:
    """Hide segments whose files are about to go, and return them. Those that are held or open meanwhile are left out.

    Order of a deletion: mark and commit, unlink the file, sync the folder, ``forget``. Whoever is killed in between finds the rest
    by ``deleting``.
    """
    marked: list[SegmentRow] = []
    for chunk in _chunks(segment_ids):
        condition = sa.and_(table.c.segment_id.in_(chunk), table.c.held.is_(False), table.c.end_wall_ns.is_not(None))
        tx.connection.execute(sa.update(table).where(condition).values(deleting=True))
        query = sa.select(table).where(table.c.segment_id.in_(chunk), table.c.deleting.is_(True))
        marked.extend(row_of(row) for row in tx.connection.execute(query).mappings())
    return marked


def deleting(tx: Transaction, limit: int = 500, *, pool: str | None = None) -> list[SegmentRow]:
    """Segments whose deletion began and was not finished; of one pool, or all."""
    query = sa.select(table).where(table.c.held.is_(False), table.c.deleting.is_(True))
    if pool is not None:
        query = query.where(table.c.pool == pool)
    return [row_of(row) for row in tx.connection.execute(query.limit(limit)).mappings()]


def forget(tx: Transaction, segment_ids: Sequence[str]) -> int:
    """Forget segments whose files are gone, and say how many; only marked ones are."""
    count = 0
    for chunk in _chunks(segment_ids):
        count += tx.connection.execute(
            sa.delete(table).where(table.c.segment_id.in_(chunk), table.c.deleting.is_(True))
        ).rowcount
    return count


def total_bytes(tx: Transaction) -> int:
    """What all whole segments weigh."""
    return int(tx.connection.execute(sa.select(sa.func.sum(table.c.size_bytes))).scalar_one() or 0)


def store_gap(tx: Transaction, gap: GapRow) -> bool:
    """Store a gap, or one that is known as far as it is now; False if it stands already as long or longer."""
    key = gap_table.c.gap_id == gap.gap_id
    known = tx.connection.execute(sa.select(gap_table.c.end_wall_ns).where(key)).first()
    if known is not None and known[0] >= gap.end_wall_ns:
        return False
    values = {name: getattr(gap, name) for name in GapRow.__slots__} | {"stream": gap.stream.value}
    tx.connection.execute(
        sa.insert(gap_table).values(**values) if known is None else sa.update(gap_table).where(key).values(**values)
    )
    return True


def gaps(
    tx: Transaction, camera_id: str, from_ns: int, to_ns: int, *, stream: StreamKind | None = None, limit: int = _MANY
) -> list[GapRow]:
    """Gaps of a camera that touch [from_ns, to_ns), by start."""
    query = (
        sa.select(gap_table)
        .where(gap_table.c.camera_id == camera_id, gap_table.c.start_wall_ns < to_ns, gap_table.c.end_wall_ns > from_ns)
        .order_by(gap_table.c.start_wall_ns)
        .limit(limit)
    )
    if stream is not None:
        query = query.where(gap_table.c.stream == stream.value)
    return [GapRow(**{**row, "stream": StreamKind(row["stream"])}) for row in tx.connection.execute(query).mappings()]


def to_trim(
    tx: Transaction, older_than_ns: int, limit: int, *, pools: Collection[str] | None = None
) -> list[SegmentRow]:
    """Whole, held segments that ended before a time and were not cut yet, oldest first; of all pools, or some."""
    query = sa.select(table).where(
        IS_HELD, table.c.trimmed.is_(False), table.c.deleting.is_(False), table.c.end_wall_ns < older_than_ns
    )
    if pools is not None:
        query = query.where(table.c.pool.in_(pools))
    return [row_of(row) for row in tx.connection.execute(query.order_by(table.c.end_wall_ns).limit(limit)).mappings()]


def keep_whole(tx: Transaction, segment_id: str) -> None:
    """Nothing can be cut from it, until a hold ends."""
    tx.connection.execute(sa.update(table).where(table.c.segment_id == segment_id).values(trimmed=True))


def replace_by_parts(tx: Transaction, segment_id: str, parts: Sequence[SegmentRow]) -> bool:
    """What was cut out of a segment takes its place, which is marked as deleting; False where it is not there any more, or deleted already.

    The parts' files must be on disk; the caller unlinks the old file and calls ``forget``.
    """
    condition = sa.and_(table.c.segment_id == segment_id, table.c.deleting.is_(False))
    if not tx.connection.execute(sa.update(table).where(condition).values(deleting=True, held=False)).rowcount:
        return False
    for part in parts:
        if _find(tx, part.segment_id) is None:
            tx.connection.execute(sa.insert(table).values(**columns_of(part)))
    return True


def to_groom(
    tx: Transaction, camera_id: str, stream: StreamKind, *, after_start_ns: int, ended_before_ns: int, limit: int
) -> list[SegmentRow]:
    """Whole, unheld, sound segments of a stream that began after one time, ended before another and have all their pictures, by start."""
    query = sa.select(table).where(
        table.c.camera_id == camera_id,
        table.c.stream == stream.value,
        table.c.start_wall_ns > after_start_ns,
        # Implied by the next one, and what the index is about.
        table.c.start_wall_ns < ended_before_ns,
        table.c.end_wall_ns < ended_before_ns,
        table.c.held.is_(False),
        table.c.deleting.is_(False),
        table.c.groomed.is_(False),
        table.c.damaged_wall_ns.is_(None),
    )
    return [row_of(row) for row in tx.connection.execute(query.order_by(table.c.start_wall_ns).limit(limit)).mappings()]


def replace_groomed(tx: Transaction, segment_id: str, groomed: SegmentRow | None) -> bool:
    """A segment's key frames take its place, which is marked as deleting; False where it is gone, or held meanwhile: then nothing changes.

    The new file must be on disk; the caller unlinks the old one and calls ``forget``. None: it has nothing else than key frames, and stays.
    """
    mine = sa.and_(table.c.segment_id == segment_id, table.c.deleting.is_(False), table.c.held.is_(False))
    change = sa.update(table).where(mine)
    if groomed is None:
        return bool(tx.connection.execute(change.values(groomed=True)).rowcount)
    if not tx.connection.execute(change.values(deleting=True)).rowcount:
        return False
    tx.connection.execute(sa.delete(table).where(table.c.segment_id == groomed.segment_id))
    tx.connection.execute(sa.insert(table).values(**columns_of(groomed)))
    return True


def _deletable(tx: Transaction, limit: int, condition: sa.ColumnElement[bool]) -> list[SegmentRow]:
    query = (
        sa.select(table)
        .where(table.c.held.is_(False), table.c.deleting.is_(False), condition)
        .order_by(table.c.end_wall_ns)
        .limit(limit)
    )
    return [row_of(row) for row in tx.connection.execute(query).mappings()]


def _find(tx: Transaction, segment_id: str) -> SegmentRow | None:
    row = tx.connection.execute(sa.select(table).where(table.c.segment_id == segment_id)).mappings().first()
    return None if row is None else row_of(row)


def columns_of(row: SegmentRow) -> dict[str, Any]:
    """A record as the table has it."""
    return {name: getattr(row, name) for name in SegmentRow.__slots__} | {
        "stream": row.stream.value,
        "pool": pool_of(row.path),
    }


def row_of(row: sa.RowMapping) -> SegmentRow:
    """A row of the table as the record."""
    values = {name: row[name] for name in SegmentRow.__slots__}
    return SegmentRow(**values | {"stream": StreamKind(row["stream"])})


def _chunks(ids: Sequence[str], size: int = 500) -> list[Sequence[str]]:
    # SQLite takes some 32,000 values in a statement; fewer keep the statement cache small.
    return [ids[at : at + size] for at in range(0, len(ids), size)]
