"""What recordings weigh, by stream: how much is written in a day, what lies there, how old it is, and how holds grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.segments import cameras
from nvr.catalogue.tables import holds
from nvr.catalogue.tables import segments as table
from nvr.media import StreamKind


@dataclass(frozen=True, slots=True)
class StreamWeight:
    """A stream on disk.

    Attributes:
        written_bytes, written_ns: what whole files of the window weigh, and the time that they cover.
        stock_bytes: what all its whole, unheld files weigh.
        groomed_bytes, groomed_ns: of that, what files weigh of which only key frames are left, and the time that they cover.
        oldest_wall_ns: when the oldest of those began; None without any.
    """

    camera_id: str
    stream: StreamKind
    written_bytes: int
    written_ns: int
    stock_bytes: int
    oldest_wall_ns: int | None
    groomed_bytes: int = 0
    groomed_ns: int = 0


def by_stream(tx: Transaction, from_ns: int, to_ns: int) -> list[StreamWeight]:
    """Each stream on record; what was written is taken from [from, to)."""
    found: list[StreamWeight] = []
    start, end, size = table.c.start_wall_ns, table.c.end_wall_ns, table.c.size_bytes
    for camera_id in cameras(tx):
        for stream in StreamKind:
            mine = sa.and_(table.c.camera_id == camera_id, table.c.stream == stream.value)
            written = sa.select(sa.func.sum(size), sa.func.sum(end - start)).where(
                mine, start >= from_ns, start < to_ns, end.is_not(None)
            )
            stock = sa.select(
                sa.func.sum(size),
                sa.func.min(start),
                sa.func.sum(sa.case((table.c.groomed, size), else_=0)),
                sa.func.sum(sa.case((table.c.groomed, end - start), else_=0)),
            ).where(mine, table.c.held.is_(False), table.c.deleting.is_(False), end.is_not(None))
            written_bytes, written_ns = tx.connection.execute(written).one()
            stock_bytes, oldest_ns, groomed_bytes, groomed_ns = tx.connection.execute(stock).one()
            if written_bytes is None and stock_bytes is None:
                continue
            found.append(
                StreamWeight(
                    camera_id,
                    stream,
                    int(written_bytes or 0),
                    int(written_ns or 0),
                    int(stock_bytes or 0),
                    None if oldest_ns is None else int(oldest_ns),
                    int(groomed_bytes or 0),
                    int(groomed_ns or 0),
                )
            )
    return found


def deletable_bytes(tx: Transaction, camera_id: str) -> int:
    """What a camera's whole, unheld files weigh, in all pools; those that are being deleted apart."""
    sums = (sa.select(sa.func.sum(table.c.size_bytes)).where(mine) for _, mine in _shelves(tx, camera_id))
    return sum(int(tx.connection.execute(query).scalar_one() or 0) for query in sums)


def oldest_bytes(tx: Transaction, camera_id: str, wanted_bytes: int, per_shelf: int = 500) -> Mapping[str, int]:
    """By pool, what lies there of a camera's oldest whole, unheld files that together weigh ``wanted_bytes``.

    Less than that where they are very many: of each stream no more than ``per_shelf`` files in a pool are looked at.
    """
    oldest: list[tuple[int, str, int]] = []
    ends: list[int] = []
    for pool, mine in _shelves(tx, camera_id):
        query = sa.select(table.c.start_wall_ns, table.c.size_bytes).where(mine).order_by(table.c.end_wall_ns)
        files = [(int(start), int(size or 0)) for start, size in tx.connection.execute(query.limit(per_shelf))]
        oldest += [(start, pool, size) for start, size in files]
        if len(files) == per_shelf:
            ends.append(files[-1][0])
    until_ns = min(
        ends, default=None
    )  # what lies behind the last one that was looked at may be older than others' next
    found: Counter[str] = Counter()
    for start, pool, size in sorted(oldest):
        if wanted_bytes <= 0 or (until_ns is not None and start > until_ns):
            break
        found[pool] += min(size, wanted_bytes)
        wanted_bytes -= size
    return found


def _shelves(tx: Transaction, camera_id: str) -> Iterator[tuple[str, sa.ColumnElement[bool]]]:
    """For each stream and pool with whole, unheld files of a camera: the pool, and the condition by which the index by age finds them."""
    for stream in StreamKind:
        pool: str | None = None
        while True:
            mine = sa.and_(
                table.c.camera_id == camera_id,
                table.c.stream == stream.value,
                table.c.held.is_(False),
                table.c.deleting.is_(False),
            )
            # One step in the index for each pool, as for cameras (nvr.catalogue.rows).
            query = sa.select(sa.func.min(table.c.pool)).where(mine)
            found = tx.connection.execute(query if pool is None else query.where(table.c.pool > pool)).scalar_one()
            if found is None:
                break
            pool = str(found)
            yield pool, sa.and_(mine, table.c.pool == pool, table.c.end_wall_ns.is_not(None))


def held_since(tx: Transaction, wall_ns: int) -> int:
    """What the files weigh that begin after a time and that some hold touches: how much holds have grown."""
    query = sa.select(sa.func.sum(table.c.size_bytes)).where(sa.text("held"), table.c.start_wall_ns >= wall_ns)
    return int(tx.connection.execute(query).scalar_one() or 0)


def first_hold(tx: Transaction) -> int | None:
    """When the first hold was placed; None without any."""
    found = tx.connection.execute(sa.select(sa.func.min(holds.c.created_wall_ns))).scalar_one()
    return None if found is None else int(found)
