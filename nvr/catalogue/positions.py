"""How far each worker's journal has been taken up."""

from __future__ import annotations

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import journal_positions as table
from nvr.journal import Position

# Made once: each batch of a journal asks for and moves a position.
_FIND = sa.select(table.c.file, table.c.offset_bytes).where(table.c.worker == sa.bindparam("worker"))
_MOVE = sa.update(table).where(table.c.worker == sa.bindparam("its_worker"))
_STORE = sa.insert(table)


def find(tx: Transaction, worker: str) -> Position:
    """Where the reader of that worker's journal stands; the start of everything where it has never read."""
    row = tx.connection.execute(_FIND, {"worker": worker}).first()
    return Position() if row is None else Position(str(row[0]), int(row[1]))


def store(tx: Transaction, worker: str, position: Position) -> None:
    """Store it, in the transaction that stores the facts."""
    values = {"file": position.file, "offset_bytes": position.offset_bytes}
    if tx.connection.execute(_MOVE, values | {"its_worker": worker}).rowcount == 0:
        tx.connection.execute(_STORE, values | {"worker": worker})
