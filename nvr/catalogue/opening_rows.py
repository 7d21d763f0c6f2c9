"""Which incident somebody opened, or added something to, with which key."""

from __future__ import annotations

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import openings


def store(tx: Transaction, opener_id: str, idempotency_key: str, incident_id: str) -> None:
    """Keep the key of a request that opened an incident or added to it.

    Raises:
        Conflict: this person has used the key before.
    """
    tx.connection.execute(
        sa.insert(openings).values(opener_id=opener_id, idempotency_key=idempotency_key, incident_id=incident_id)
    )


def find(tx: Transaction, opener_id: str, idempotency_key: str) -> str | None:
    """The id of the incident that this person opened, or added to, with this key."""
    query = sa.select(openings.c.incident_id).where(
        openings.c.opener_id == opener_id, openings.c.idempotency_key == idempotency_key
    )
    return tx.connection.execute(query).scalar()
