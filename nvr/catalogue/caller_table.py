"""The table of who called, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table

from nvr.catalogue.columns import METADATA, id_, text_

_ENTRY: Final = BigInteger().with_variant(Integer, "sqlite")

callers = Table(
    "callers",
    METADATA,
    Column(
        "entry_id",
        _ENTRY,
        ForeignKey("timeline.entry_id"),
        primary_key=True,
        autoincrement=False,
        comment="The call's entry.",
    ),
    id_("incident_id", "The incident.", of="incidents.incident_id"),
    text_("caller", "Personal data: name, or empty."),
    text_("phone", "Personal data: telephone, or empty."),
    comment="Who called, beside the entries of time lines, which are never changed: erased when its time is over.",
)
Index("callers_of_incident", callers.c.incident_id)
