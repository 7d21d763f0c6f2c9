"""The table of units, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, String, Table

from nvr.catalogue.columns import METADATA, flag, id_, key, ns, text_

units = Table(
    "units",
    METADATA,
    key("unit_id", "Sortable id; never used again."),
    Column("agency", String(16), nullable=False, comment="Code of the agency that it belongs to."),
    Column("call_sign", String(20), nullable=False, comment="What it is called on the radio."),
    Column(
        "kind", String(16), nullable=False, comment="vehicle, motorcycle, on_foot, bicycle, ambulance or fire_engine."
    ),
    Column("plate", String(12), nullable=False, comment="Its plate, or empty."),
    text_("crew", "Who is in it, in words."),
    text_("sector", "Where it patrols, as the sector of cameras; or empty."),
    Column("state", String(16), nullable=False, comment="One of thirteen (docs/design/dispatch.md)."),
    ns("since_wall_ns", "Since when."),
    text_("state_note", "What was said of it."),
    id_("dispatch_id", "What it attends.", nullable=True, of="dispatches.dispatch_id"),
    Column("latitude", Double, nullable=True, comment="Where it was last, degrees WGS 84."),
    Column("longitude", Double, nullable=True, comment="Likewise."),
    ns("position_wall_ns", "When it was there.", nullable=True),
    flag("in_use", "Whether it still exists."),
    comment="Who an agency has in the street.",
)
Index("units_of_agency", units.c.agency, units.c.in_use)
Index("units_of_dispatch", units.c.dispatch_id)
