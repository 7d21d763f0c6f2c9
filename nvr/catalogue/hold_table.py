"""The table of holds, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from nvr.catalogue.columns import METADATA, id_, int_, key, ns, text_

holds = Table(
    "holds",
    METADATA,
    key("hold_id", "Sortable id; of an incident's own camera the incident's."),
    id_("camera_id", "The camera."),
    ns("from_wall_ns", "Its recordings are held from here"),
    ns("to_wall_ns", "to here; null: all since.", nullable=True),
    Column("state", String(16), nullable=False, comment="active, asked (to be released), released or expired."),
    id_("incident_id", "The incident that it was placed for; null: by hand.", nullable=True),
    text_("reason", "Why, in words; of an incident its number."),
    text_("authority", "Who asked for it: number of an oficio, of a fiscal case; or empty."),
    text_("created_by", "Who placed it."),
    ns("created_wall_ns", "When."),
    ns("expires_wall_ns", "When it ends by itself, after a warning; null: never.", nullable=True),
    ns("warned_wall_ns", "When people were warned of its end; null: not yet.", nullable=True),
    id_("asked_by_id", "User id of who asked for its release.", nullable=True),
    text_("asked_by", "His name.", nullable=True),
    ns("asked_wall_ns", "When he asked.", nullable=True),
    text_("asked_reason", "Why."),
    text_("ended_by", "Who approved the release, or `sistema`.", nullable=True),
    ns("ended_wall_ns", "When it ended.", nullable=True),
    int_(
        "version",
        "How often it was stored: of the catalogue and the notes beside the recordings, the higher one is newer.",
    ),
    comment="Stretches of recording that nothing and nobody alone deletes.",
)
Index("holds_of_camera", holds.c.camera_id, holds.c.state, holds.c.from_wall_ns)
Index("holds_of_incident", holds.c.incident_id)
Index("holds_by_state", holds.c.state, holds.c.expires_wall_ns)
