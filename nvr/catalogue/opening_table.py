"""The table of incidents that people opened by hand, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from nvr.catalogue.columns import METADATA, id_

openings = Table(
    "openings",
    METADATA,
    Column("opener_id", String(64), primary_key=True, comment="Who opened it: users.user_id."),
    Column(
        "idempotency_key",
        String(80),
        primary_key=True,
        comment="Made by the opener's screen: a repeat opens nothing.",
    ),
    id_("incident_id", "What was opened.", of="incidents.incident_id"),
    comment="Incidents opened by hand or by a call, under the key of the request that opened them.",
)
