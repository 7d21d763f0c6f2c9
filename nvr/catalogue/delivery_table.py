"""The tables of what is told outside the pages, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from nvr.catalogue.columns import METADATA, id_, int_, key, ns, text_

deliveries = Table(
    "deliveries",
    METADATA,
    key("delivery_id", "Sortable id; the message's idempotency key at every try."),
    id_("subject_id", "The incident or alert in whose order it goes."),
    id_("incident_id", "The incident, where there is one.", nullable=True, of="incidents.incident_id"),
    id_("alert_id", "The alert, where it is about one that nobody takes.", nullable=True, of="alerts.alert_id"),
    id_("dispatch_id", "The dispatch that it tells of.", nullable=True, of="dispatches.dispatch_id"),
    Column("recipient", String(16), nullable=False, comment="An agency's code, supervisor or chief."),
    text_("channels", "JSON list of the channels, in the order in which they are tried."),
    int_("position", "Which of them it is at."),
    int_("tries", "How many there were on it."),
    Column("state", String(16), nullable=False, comment="waiting, delivered, answered or given_up."),
    ns("created_wall_ns", "When it was to be sent."),
    ns("begun_wall_ns", "When the time of the channel that it is at began."),
    ns("next_wall_ns", "It is not tried before that."),
    text_("missed", "JSON list of the channels that were given up, each with its reason."),
    ns("exhausted_wall_ns", "When the last channel was given up.", nullable=True),
    text_("delivered_by", "The channel that took it, or empty."),
    ns("ended_wall_ns", "When it was delivered, answered or given up.", nullable=True),
    text_("letter", "JSON of what is told, as it was when it was to be sent."),
    comment="Outbox: what is told to agencies, supervisor and chief, written in the transaction of the act it tells of.",
)
Index(
    "deliveries_waiting",
    deliveries.c.created_wall_ns,
    sqlite_where=deliveries.c.ended_wall_ns.is_(None),
    postgresql_where=deliveries.c.ended_wall_ns.is_(None),
)
Index("deliveries_of_dispatch", deliveries.c.dispatch_id)
Index("deliveries_of_alert", deliveries.c.alert_id)

channels = Table(
    "channels",
    METADATA,
    Column("name", String(40), primary_key=True, comment="As in cameras.yaml; board/pnp for the board of pnp."),
    ns("delivered_wall_ns", "When it last took something.", nullable=True),
    ns("failing_since_wall_ns", "When the first try failed since then; null while none has.", nullable=True),
    ns("fault_wall_ns", "When a try last failed.", nullable=True),
    text_("fault", "Why, in words without secrets, or empty."),
    comment="How each channel is.",
)
