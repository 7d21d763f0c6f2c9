"""Finding spans of time that overlap a window, by index."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import LONGEST_SPAN_NS, OPEN_OR_LONG

_LARGEST: Final = 2**63 - 1


def overlapping(
    tx: Transaction, table: sa.Table, condition: sa.ColumnElement[bool], window_ns: tuple[int, int], limit: int
) -> list[sa.RowMapping]:
    """Rows of ``table`` with something of [from, to) in them: ``start < to`` and (no end, or ``end > from``), by start.

    Two queries, each on an index of its own: those of usual length, found by their start; and those that are open or very long.
    """
    from_ns, to_ns = max(window_ns[0], -_LARGEST), min(window_ns[1], _LARGEST)
    start, end = table.c.start_wall_ns, table.c.end_wall_ns
    usual = (
        sa.select(table)
        .where(
            condition,
            start < to_ns,
            start > max(from_ns - LONGEST_SPAN_NS, -_LARGEST),
            end > from_ns,
            end - start <= LONGEST_SPAN_NS,
        )
        .order_by(start)
        .limit(limit)
    )
    unusual = (
        sa.select(table)
        .where(condition, OPEN_OR_LONG, start < to_ns, sa.or_(end.is_(None), end > from_ns))
        .order_by(start)
        .limit(limit)
    )
    rows = [*tx.connection.execute(usual).mappings(), *tx.connection.execute(unusual).mappings()]
    rows.sort(key=lambda row: int(row["start_wall_ns"]))
    return rows[:limit]
