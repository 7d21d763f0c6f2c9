"""Rows as plain mappings, and the cameras that a table has rows of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction

Row = dict[str, Any]
"""Column name -> value, as the driver gives it."""


def plain(row: sa.RowMapping) -> Row:
    """A row as a dict of its own, its keys ``str`` itself: SQLAlchemy's are a subclass, which msgspec does not take for a field's name."""
    return {str(name): value for name, value in row.items()}


def cameras_in(tx: Transaction, table: sa.Table) -> list[str]:
    """Every camera that has a row in a table with an index that begins with ``camera_id``, by name."""
    found: list[str] = []
    # One step in the index for each camera: DISTINCT would read the whole of it, 2.7 million entries of segments.
    query = sa.select(sa.func.min(table.c.camera_id))
    while (camera_id := tx.connection.execute(query).scalar_one()) is not None:
        found.append(str(camera_id))
        query = sa.select(sa.func.min(table.c.camera_id)).where(table.c.camera_id > camera_id)
    return found
