"""Units at rest. Rows are mappings whose keys are the field names of ``alerts.units.Unit``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import units as table


def store(tx: Transaction, unit: Mapping[str, Any]) -> None:
    """Store a new unit."""
    tx.connection.execute(sa.insert(table).values(**unit))


def change(tx: Transaction, unit: Mapping[str, Any]) -> None:
    """Store one as it is now."""
    tx.connection.execute(sa.update(table).where(table.c.unit_id == unit["unit_id"]).values(**unit))


def find(tx: Transaction, unit_id: str) -> Row | None:
    """The unit of that id."""
    row = tx.connection.execute(sa.select(table).where(table.c.unit_id == unit_id)).mappings().first()
    return None if row is None else plain(row)


def of_dispatch(tx: Transaction, dispatch_id: str) -> Row | None:
    """The unit that attends a dispatch."""
    row = tx.connection.execute(sa.select(table).where(table.c.dispatch_id == dispatch_id)).mappings().first()
    return None if row is None else plain(row)


def in_use(tx: Transaction, agency: str | None, limit: int) -> list[Row]:
    """Those that exist, of one agency or of all, by agency and call sign."""
    query = sa.select(table).where(table.c.in_use)
    if agency is not None:
        query = query.where(table.c.agency == agency)
    query = query.order_by(table.c.agency, table.c.call_sign, table.c.unit_id).limit(limit)
    return [plain(row) for row in tx.connection.execute(query).mappings()]


def named(tx: Transaction, agency: str, call_sign: str) -> Row | None:
    """The one in use that an agency calls so, upper and lower case alike."""
    query = sa.select(table).where(
        table.c.agency == agency, table.c.in_use, sa.func.lower(table.c.call_sign) == call_sign.lower()
    )
    row = tx.connection.execute(query).mappings().first()
    return None if row is None else plain(row)
