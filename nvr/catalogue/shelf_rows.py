"""Zones put to rest. Rows are mappings whose keys are the field names of ``alerts.shelving.Shelving``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import shelvings as table

# Made once: in a flood new alerts ask for it, and sources that chatter are put here by the hundred.
_STORE = sa.insert(table)
_NEWEST = (
    sa.select(table)
    .where(table.c.camera_id == sa.bindparam("camera_id"), table.c.zone == sa.bindparam("zone"))
    .order_by(table.c.since_wall_ns.desc())
    .limit(1)
)


def store(tx: Transaction, shelving: Mapping[str, Any]) -> None:
    """Store a new shelving."""
    tx.connection.execute(_STORE, dict(shelving))


def change(tx: Transaction, shelving: Mapping[str, Any]) -> None:
    """Store one as it is now."""
    mine = table.c.shelving_id == shelving["shelving_id"]
    tx.connection.execute(sa.update(table).where(mine).values(**shelving))


def find(tx: Transaction, shelving_id: str) -> Row | None:
    """The shelving of that id."""
    row = tx.connection.execute(sa.select(table).where(table.c.shelving_id == shelving_id)).mappings().first()
    return None if row is None else plain(row)


def newest(tx: Transaction, camera_id: str, zone: str) -> Row | None:
    """A zone's newest."""
    row = tx.connection.execute(_NEWEST, {"camera_id": camera_id, "zone": zone}).mappings().first()
    return None if row is None else plain(row)


def in_force(tx: Transaction) -> list[Row]:
    """Those that nobody has ended, oldest first."""
    query = sa.select(table).where(table.c.ended_wall_ns.is_(None)).order_by(table.c.since_wall_ns)
    return [plain(row) for row in tx.connection.execute(query).mappings()]


def recent(tx: Transaction, since_wall_ns: int, limit: int) -> list[Row]:
    """Those that began since a time, or are in force, newest first."""
    query = sa.select(table).where(sa.or_(table.c.ended_wall_ns.is_(None), table.c.since_wall_ns >= since_wall_ns))
    query = query.order_by(table.c.since_wall_ns.desc(), table.c.shelving_id.desc()).limit(limit)
    return [plain(row) for row in tx.connection.execute(query).mappings()]
