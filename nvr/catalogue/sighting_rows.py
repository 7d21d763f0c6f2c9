"""When alerts were first on a screen. Rows are mappings whose keys are the columns of ``alert_sightings``."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import alert_sightings as table
from nvr.catalogue.tables import alerts


def unseen(tx: Transaction, alert_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Which of these alerts there are that no screen has shown yet, each with the ids of its cameras."""
    query = (
        sa.select(alerts.c.alert_id, alerts.c.camera_id, alerts.c.cameras)
        .outerjoin(table, table.c.alert_id == alerts.c.alert_id)
        .where(alerts.c.alert_id.in_(alert_ids), table.c.alert_id.is_(None))
    )
    return {row[0]: frozenset((row[1], *json.loads(row[2]))) for row in tx.connection.execute(query)}


def store(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep that these alerts were seen, each for the first time."""
    if rows:
        tx.connection.execute(sa.insert(table), [dict(row) for row in rows])
