"""The tables of the room: scenes, the shelf, terminals, shifts and hand-overs; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from nvr.catalogue.columns import METADATA, flag, id_, int_, key, ns, text_

alert_sources = Table(
    "alert_sources",
    METADATA,
    Column("alert_id", String(64), ForeignKey("alerts.alert_id"), primary_key=True, comment="The alert."),
    Column("camera_id", String(64), primary_key=True, comment="A camera that saw its scene."),
    Column("zone", Text, primary_key=True, comment="The zone that moved there."),
    ns("started_wall_ns", "First movement there."),
    ns("last_wall_ns", "End of the newest movement there, or its start while it goes on."),
    flag("ongoing", "Whether a movement there goes on."),
    int_("count", "How many movements there."),
    comment="Which zones of which cameras an alert's movements were in.",
)
Index("alert_sources_of_zone", alert_sources.c.camera_id, alert_sources.c.zone, alert_sources.c.started_wall_ns)
Index("alert_sources_of_camera", alert_sources.c.camera_id, alert_sources.c.last_wall_ns)

shelvings = Table(
    "shelvings",
    METADATA,
    key("shelving_id", "Sortable id."),
    id_("camera_id", "The camera of the zone that chatters."),
    text_("zone", "The zone."),
    ns("since_wall_ns", "From when its new alerts stay out of the queue."),
    ns("until_wall_ns", "Until when at the latest."),
    int_("starts", "How often it began to move in the minute before."),
    ns("ended_wall_ns", "When it ended; null while it is in force.", nullable=True),
    text_("ended_by", "Who ended it, or `sistema` where it ran out.", nullable=True),
    comment="Zones that chattered and were put to rest for a while.",
)
Index("shelvings_of_zone", shelvings.c.camera_id, shelvings.c.zone, shelvings.c.since_wall_ns)
Index("shelvings_ended", shelvings.c.ended_wall_ns)

room_state = Table(
    "room_state",
    METADATA,
    key("name", "What it is, e.g. `room`."),
    text_("body", "JSON."),
    comment="The room as it is now: who is there, whose cameras are which, flood. One row, as last told to the screens.",
)

terminals = Table(
    "terminals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1 to 12, as it stands on the desk."),
    text_("name", "What people call it."),
    Column(
        "token_hash",
        String(64),
        nullable=False,
        unique=True,
        comment="SHA-256 of the cookie that its browser keeps, hexadecimal; the cookie is kept nowhere.",
    ),
    text_("registered_by", "Who registered it."),
    ns("registered_wall_ns", "When."),
    comment="The room's seats: a browser that was registered is known again whoever logs in at it.",
)

duties = Table(
    "duties",
    METADATA,
    key("duty_id", "Sortable id."),
    id_("user_id", "Who.", of="users.user_id"),
    text_("user_name", "His name as it was then."),
    text_("terminal", "Where."),
    text_("shift", "In which shift, e.g. 2026-11-26/07-15."),
    ns("from_wall_ns", "From when he was at the desk."),
    ns("to_wall_ns", "Until when; null while he is.", nullable=True),
    comment="Who was at which terminal in which shift.",
)
Index("duties_open", duties.c.to_wall_ns)
Index("duties_by_time", duties.c.from_wall_ns)

roster = Table(
    "roster",
    METADATA,
    Column("shift", String(64), primary_key=True, comment="The shift, e.g. 2026-11-26/07-15."),
    Column("user_id", String(64), ForeignKey("users.user_id"), primary_key=True, comment="Who works in it."),
    text_("post", "Where, or as what: a terminal, chief of the shift, field."),
    int_("level", "1 learning, 2 the rule, 3 experienced: decides what is offered to him first."),
    flag("chief", "Whether he is the chief of the shift."),
    comment="Who is to work in which shift.",
)

handovers = Table(
    "handovers",
    METADATA,
    key("handover_id", "Sortable id."),
    Column("shift", String(64), nullable=False, comment="The shift that leaves."),
    Column("to_shift", String(64), nullable=False, comment="The shift that comes."),
    Column("state", String(16), nullable=False, comment="draft, signed or accepted."),
    ns("created_wall_ns", "When it was begun."),
    text_("created_by", "Who began it."),
    text_("items", "JSON list of what is handed over, and who accepted it when."),
    id_("signed_by_id", "Who signed it.", nullable=True),
    text_("signed_by", "His name.", nullable=True),
    ns("signed_wall_ns", "When.", nullable=True),
    text_("accepted_by", "Who accepted the last of it.", nullable=True),
    ns("accepted_wall_ns", "When.", nullable=True),
    comment="What one shift left to the next.",
)
Index("handovers_by_state", handovers.c.state, handovers.c.created_wall_ns)
Index("handovers_of_shift", handovers.c.shift)
