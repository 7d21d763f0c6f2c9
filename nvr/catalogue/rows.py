"""Rows as plain mappings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

Row = dict[str, Any]
"""Column name -> value, as the driver gives it."""


def plain(row: sa.RowMapping) -> Row:
    """A row as a dict of its own, its keys ``str`` itself: SQLAlchemy's are a subclass, which msgspec does not take for a field's name."""
    return {str(name): value for name, value in row.items()}
