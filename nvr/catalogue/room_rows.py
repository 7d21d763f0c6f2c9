"""The room as it was last told to the screens: one row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import room_state as table

_NAME = "room"


def find(tx: Transaction) -> dict[str, Any]:
    """The room; empty where it was never told."""
    body = tx.connection.execute(sa.select(table.c.body).where(table.c.name == _NAME)).scalar_one_or_none()
    found: dict[str, Any] = {} if body is None else json.loads(body)
    return found


def store(tx: Transaction, body: Mapping[str, object]) -> None:
    """Store it as it is now."""
    text = json.dumps(body, ensure_ascii=False)
    if tx.connection.execute(sa.update(table).where(table.c.name == _NAME).values(body=text)).rowcount == 0:
        tx.connection.execute(sa.insert(table).values(name=_NAME, body=text))
