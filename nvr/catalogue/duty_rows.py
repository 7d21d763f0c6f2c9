"""Who is to work when, and who was there: roster and duties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import duties, users
from nvr.catalogue.tables import roster as roster_table


def roster(tx: Transaction, shift: str) -> list[Row]:
    """Who is to work in a shift, with names: user_id, post, level, chief, user_name."""
    name = sa.case((users.c.full_name == "", users.c.name), else_=users.c.full_name).label("user_name")
    query = sa.select(roster_table, name).join(users, users.c.user_id == roster_table.c.user_id)
    query = query.where(roster_table.c.shift == shift).order_by(users.c.name_key)
    return [plain(row) for row in tx.connection.execute(query).mappings()]


def set_roster(tx: Transaction, shift: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Replace a shift's roster; entries have user_id, post, level and chief."""
    tx.connection.execute(sa.delete(roster_table).where(roster_table.c.shift == shift))
    for entry in entries:
        tx.connection.execute(sa.insert(roster_table).values(shift=shift, **entry))


def open_duties(tx: Transaction) -> list[Row]:
    """Who is at the desk, oldest first."""
    query = sa.select(duties).where(duties.c.to_wall_ns.is_(None)).order_by(duties.c.from_wall_ns)
    return [plain(row) for row in tx.connection.execute(query).mappings()]


def begin(tx: Transaction, duty: Mapping[str, Any]) -> None:
    """Somebody sat down."""
    tx.connection.execute(sa.insert(duties).values(**duty, to_wall_ns=None))


def end(tx: Transaction, duty_id: str, wall_ns: int) -> None:
    """He left, or the shift changed under him."""
    tx.connection.execute(sa.update(duties).where(duties.c.duty_id == duty_id).values(to_wall_ns=wall_ns))


def between(tx: Transaction, from_ns: int, to_ns: int, limit: int = 1000) -> list[Row]:
    """Duties that touch [from, to), oldest first."""
    query = sa.select(duties).where(
        duties.c.from_wall_ns < to_ns, sa.or_(duties.c.to_wall_ns.is_(None), duties.c.to_wall_ns > from_ns)
    )
    return [plain(row) for row in tx.connection.execute(query.order_by(duties.c.from_wall_ns).limit(limit)).mappings()]
