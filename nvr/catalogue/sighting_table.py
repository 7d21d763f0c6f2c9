"""The table of what stood before somebody's eyes, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from nvr.catalogue.columns import METADATA, id_, ns, text_

alert_sightings = Table(
    "alert_sightings",
    METADATA,
    Column("alert_id", String(64), ForeignKey("alerts.alert_id"), primary_key=True, comment="The alert."),
    ns("wall_ns", "When a page said first that its card is on the screen."),
    id_("user_id", "Whose page that was."),
    text_("terminal", "Where."),
    comment="When each alert was first on an operator's screen; pages say so, and it changes nothing of the alert.",
)
