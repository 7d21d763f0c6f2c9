"""The table of who called, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Index, Table

from nvr.catalogue.columns import METADATA, counted, id_, text_

callers = Table(
    "callers",
    METADATA,
    counted("entry_id", "The call's entry.", of="timeline.entry_id"),
    id_("incident_id", "The incident.", of="incidents.incident_id"),
    text_("caller", "Personal data: name, or empty."),
    text_("phone", "Personal data: telephone, or empty."),
    comment="Who called, beside the entries of time lines, which are never changed: erased when its time is over.",
)
Index("callers_of_incident", callers.c.incident_id)
