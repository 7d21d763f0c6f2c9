"""What recordings weigh, by stream: how much is written in a day, what lies there, how old it is, and how holds grow."""

from __future__ import annotations

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


def held_since(tx: Transaction, wall_ns: int) -> int:
    """What the files weigh that begin after a time and that some hold touches: how much holds have grown."""
    query = sa.select(sa.func.sum(table.c.size_bytes)).where(sa.text("held"), table.c.start_wall_ns >= wall_ns)
    return int(tx.connection.execute(query).scalar_one() or 0)


def first_hold(tx: Transaction) -> int | None:
    """When the first hold was placed; None without any."""
    found = tx.connection.execute(sa.select(sa.func.min(holds.c.created_wall_ns))).scalar_one()
    return None if found is None else int(found)
