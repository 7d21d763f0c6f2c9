"""The room's seats. A terminal's cookie is kept nowhere, only its hash."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import terminals as table


@dataclass(frozen=True, slots=True)
class Terminal:
    """A seat. ``token_hash`` is the SHA-256 of its cookie, hexadecimal."""

    number: int
    name: str
    token_hash: str
    registered_by: str
    registered_wall_ns: int


def store(tx: Transaction, terminal: Terminal) -> None:
    """Register one; whoever had the number, or this browser's cookie, has it no more."""
    tx.connection.execute(
        sa.delete(table).where(sa.or_(table.c.number == terminal.number, table.c.token_hash == terminal.token_hash))
    )
    tx.connection.execute(sa.insert(table).values(**asdict(terminal)))


def find(tx: Transaction, token_hash: str) -> Terminal | None:
    """The terminal of that cookie."""
    row = tx.connection.execute(sa.select(table).where(table.c.token_hash == token_hash)).mappings().first()
    return None if row is None else Terminal(**row)


def forget(tx: Transaction, number: int) -> bool:
    """Take a terminal out; whether there was one."""
    return tx.connection.execute(sa.delete(table).where(table.c.number == number)).rowcount > 0


def list_all(tx: Transaction) -> list[Terminal]:
    """All of them, by number."""
    return [Terminal(**row) for row in tx.connection.execute(sa.select(table).order_by(table.c.number)).mappings()]
