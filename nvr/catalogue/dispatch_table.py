"""The table of dispatches, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from nvr.catalogue.columns import METADATA, id_, int_, key, ns, text_

dispatches = Table(
    "dispatches",
    METADATA,
    key("dispatch_id", "Sortable id."),
    id_("incident_id", "The incident.", of="incidents.incident_id"),
    id_("camera_id", "Its camera."),
    Column("agency", String(16), nullable=False, comment="Code of the agency, from the configuration."),
    Column("state", String(16), nullable=False, comment="sent, received, en_route, on_scene or closed."),
    text_("note", "The operator's words to the agency."),
    text_("created_by", "Who sent it."),
    ns("created_wall_ns", "When it was sent."),
    ns("received_wall_ns", "Recibido.", nullable=True),
    ns("en_route_wall_ns", "En camino.", nullable=True),
    ns("on_scene_wall_ns", "En el lugar.", nullable=True),
    ns("closed_wall_ns", "Cerrado.", nullable=True),
    id_("sender_id", "User id of who sent it."),
    Column(
        "idempotency_key", String(80), nullable=False, comment="Made by the sender's screen: a repeat sends nothing."
    ),
    id_("unit_id", "The unit that was sent to it.", nullable=True),
    Column("unit_name", String(20), nullable=False, comment="Its call sign as it was then, or empty."),
    int_("escalation", "Who was told that nobody answers: 1 operator, 2 supervisor, 3 chief of the shift."),
    ns("call_due_wall_ns", "Since when the operator had to call.", nullable=True),
    ns("called_wall_ns", "When the call was answered and read back.", nullable=True),
    Column("late_step", String(16), nullable=True, comment="en_route or on_scene, while that is overdue."),
    Column("result", String(16), nullable=True, comment="attended, intervened, handed_to_pnp or false_alarm."),
    text_("receiver_name", "Who of the PNP received, or empty."),
    Column("receiver_cip", String(12), nullable=False, comment="His CIP, or empty."),
    text_("receiver_station", "His comisaría, or empty."),
    Column(
        "delivery",
        String(16),
        nullable=False,
        comment="missed or undelivered, delivered once a channel took it, or empty.",
    ),
    text_("delivered_by", "The channel that took it, or empty."),
    text_("missed", "JSON list of the channels that did not, each with its reason."),
    comment="One agency sent to one incident.",
)
Index("dispatches_of_incident", dispatches.c.incident_id)
Index(
    "dispatches_open",
    dispatches.c.created_wall_ns,
    sqlite_where=dispatches.c.closed_wall_ns.is_(None),
    postgresql_where=dispatches.c.closed_wall_ns.is_(None),
)
Index("dispatches_by_state", dispatches.c.agency, dispatches.c.state, dispatches.c.created_wall_ns)
Index("dispatches_once", dispatches.c.sender_id, dispatches.c.idempotency_key, unique=True)
