"""The table of requests that may be repeated, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from nvr.catalogue.columns import METADATA, id_

openings = Table(
    "openings",
    METADATA,
    Column("opener_id", String(64), primary_key=True, comment="Who asked: users.user_id."),
    Column(
        "idempotency_key",
        String(80),
        primary_key=True,
        comment="Made by the screen: a repeat does nothing.",
    ),
    id_("incident_id", "The incident.", of="incidents.incident_id"),
    comment="Requests that opened an incident or added a call or a person to one, under their keys.",
)
