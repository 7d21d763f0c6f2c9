"""Hand-overs at rest. Rows are mappings whose keys are the field names of ``alerts.handover.Handover``."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import handovers as table


def store(tx: Transaction, handover: Mapping[str, Any]) -> None:
    """Store a new one, or one as it is now."""
    values = dict(handover) | {"items": json.dumps(handover["items"], ensure_ascii=False)}
    mine = table.c.handover_id == handover["handover_id"]
    if tx.connection.execute(sa.update(table).where(mine).values(**values)).rowcount == 0:
        tx.connection.execute(sa.insert(table).values(**values))


def find(tx: Transaction, handover_id: str) -> Row | None:
    """The hand-over of that id."""
    row = tx.connection.execute(sa.select(table).where(table.c.handover_id == handover_id)).mappings().first()
    return None if row is None else _row(row)


def of_shift(tx: Transaction, shift: str) -> Row | None:
    """What a shift left."""
    query = sa.select(table).where(table.c.shift == shift).order_by(table.c.created_wall_ns.desc()).limit(1)
    row = tx.connection.execute(query).mappings().first()
    return None if row is None else _row(row)


def recent(tx: Transaction, limit: int, states: Sequence[str] = ("draft", "signed", "accepted")) -> list[Row]:
    """The newest in these states, newest first."""
    query = sa.select(table).where(table.c.state.in_(states)).order_by(table.c.created_wall_ns.desc()).limit(limit)
    return [_row(row) for row in tx.connection.execute(query).mappings()]


def mentioning(tx: Transaction, words: Collection[str], since_wall_ns: int) -> list[Row]:
    """Those of since a time in whose items, as JSON, one of these words stands, oldest first."""
    if not words:
        return []
    named = sa.or_(*(table.c["items"].contains(word, autoescape=True) for word in words))
    query = sa.select(table).where(table.c.created_wall_ns >= since_wall_ns, named).order_by(table.c.created_wall_ns)
    return [_row(row) for row in tx.connection.execute(query).mappings()]


def _row(row: sa.RowMapping) -> Row:
    values = plain(row)
    values["items"] = json.loads(values["items"])
    return values
