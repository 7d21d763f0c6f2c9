"""Every table and column, with a sentence each. Times ending in ``_wall_ns`` are UTC nanoseconds (64 bit).

States and causes are plain text here; the closed lists stand in ``alerts.records`` and ``nvr.errors``. The SQL that creates these tables
is frozen, one file per step, in ``nvr/catalogue/schema/``; a test holds the two together.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from nvr.catalogue.caller_table import callers
from nvr.catalogue.case_tables import (
    incident_cameras,
    incident_persons,
    incident_places,
    incident_steps,
    incident_versions,
)
from nvr.catalogue.columns import METADATA
from nvr.catalogue.columns import counted as _counted
from nvr.catalogue.columns import counting as _counting
from nvr.catalogue.columns import flag as _flag
from nvr.catalogue.columns import id_ as _id
from nvr.catalogue.columns import int_ as _int
from nvr.catalogue.columns import key as _key
from nvr.catalogue.columns import ns as _ns
from nvr.catalogue.columns import real as _real
from nvr.catalogue.columns import text_ as _text
from nvr.catalogue.delivery_table import channels, deliveries
from nvr.catalogue.dispatch_table import dispatches
from nvr.catalogue.hold_table import holds
from nvr.catalogue.opening_table import openings
from nvr.catalogue.picture_table import picture_history, picture_states
from nvr.catalogue.room_tables import alert_sources, duties, handovers, room_state, roster, shelvings, terminals
from nvr.catalogue.sighting_table import alert_sightings
from nvr.catalogue.strike_table import struck_entries
from nvr.catalogue.unit_table import units

__all__ = [
    "METADATA",
    "alert_sightings",
    "alert_sources",
    "callers",
    "channels",
    "deliveries",
    "dispatches",
    "duties",
    "handovers",
    "holds",
    "incident_cameras",
    "incident_persons",
    "incident_places",
    "incident_steps",
    "incident_versions",
    "openings",
    "picture_history",
    "picture_states",
    "room_state",
    "roster",
    "shelvings",
    "struck_entries",
    "terminals",
    "units",
]

LONGEST_SPAN_NS: Final = 7_200_000_000_000
"""Spans (segments, movements) that end within two hours are found by their start alone; the others by a partial index."""

_OPEN_OR_LONG: Final = f"end_wall_ns IS NULL OR end_wall_ns - start_wall_ns > {LONGEST_SPAN_NS}"


def open_or_long(table: Table, *columns: Column[Any]) -> Index:
    """The index by which spans without an end, and very long ones, are found: the same columns as the table's other index, over few rows."""
    condition = text(_OPEN_OR_LONG)
    return Index(f"{table.name}_open_or_long", *columns, sqlite_where=condition, postgresql_where=condition)


OPEN_OR_LONG: Final = text(f"({_OPEN_OR_LONG})")
"""The same condition for queries: it must read like the index's for the planner to use it."""

schema_version = Table(
    "schema_version",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Number of a step that was taken."),
    _ns("applied_wall_ns", "When it was taken."),
    comment="Which steps of nvr/catalogue/schema this database has been through.",
)

segments = Table(
    "segments",
    METADATA,
    _key("segment_id", "Made by the recorder; sortable (RFC 9562 UUID version 7)."),
    _id("camera_id", "The camera, as named in cameras.yaml."),
    Column("stream", String(8), nullable=False, comment="main or sub."),
    _ns("epoch_ns", "The run of the stream that it belongs to; 0 where unknown."),
    _ns("start_wall_ns", "Time of its first picture."),
    _ns("end_wall_ns", "End of its last picture; null while it is being written.", nullable=True),
    _text("path", "File, relative to the recordings folder."),
    Column("codec", String(16), nullable=False, comment="h264 or h265; empty where unknown."),
    _int("width_px", "Picture width; 0 where unknown."),
    _int("height_px", "Picture height; 0 where unknown."),
    Column("size_bytes", BigInteger, nullable=True, comment="Size of the whole file; null while open."),
    _int("packets", "How many pictures it holds; null while open.", nullable=True),
    Column("sha256", String(64), nullable=True, comment="SHA-256 of the whole file, hexadecimal; null while open."),
    _flag("recovered", "Whether it was closed at the start after a crash."),
    _flag("held", "A hold touches it: the janitor passes it by, or cuts it down to what is held."),
    _flag("deleting", "The janitor has begun to delete its file; it is no longer shown."),
    _ns(
        "damaged_wall_ns",
        "When its file was first found not to match its size or SHA-256; null while it does.",
        nullable=True,
    ),
    Column(
        "pool",
        String(32),
        nullable=False,
        comment="The pool that its file lies in, as in its path; empty: the recordings folder itself.",
    ),
    _flag("trimmed", "Nothing in it could be cut away: all of it is held, as far as its key frames allow."),
    _flag("groomed", "Nothing but its key frames is left."),
    comment="Recorded files.",
)
Index("segments_covering", segments.c.camera_id, segments.c.stream, segments.c.start_wall_ns)
Index(
    "segments_by_age",
    segments.c.camera_id,
    segments.c.stream,
    segments.c.held,
    segments.c.deleting,
    segments.c.pool,
    segments.c.end_wall_ns,
)
Index(
    "segments_damaged",
    segments.c.damaged_wall_ns,
    sqlite_where=segments.c.damaged_wall_ns.is_not(None),
    postgresql_where=segments.c.damaged_wall_ns.is_not(None),
)
Index("segments_oldest", segments.c.held, segments.c.deleting, segments.c.end_wall_ns)
Index(
    "segments_held",
    segments.c.trimmed,
    segments.c.end_wall_ns,
    sqlite_where=text("held"),
    postgresql_where=text("held"),
)
open_or_long(segments, segments.c.camera_id, segments.c.stream, segments.c.start_wall_ns)

gaps = Table(
    "gaps",
    METADATA,
    _key("gap_id", "Made by the recorder."),
    _id("camera_id", "The camera."),
    Column("stream", String(8), nullable=False, comment="main or sub."),
    _ns("start_wall_ns", "When recording stopped."),
    _ns("end_wall_ns", "When it went on."),
    Column("cause", String(16), nullable=False, comment="link, camera, authentication, disk, software or planned."),
    _text("detail", "What was seen, in words."),
    comment="Stretches in which a due stream was not recorded, with the reason.",
)
Index("gaps_covering", gaps.c.camera_id, gaps.c.start_wall_ns)
Index("gaps_by_end", gaps.c.camera_id, gaps.c.end_wall_ns)

movements = Table(
    "movements",
    METADATA,
    _key("observation_id", "Made by the analytics worker."),
    _id("camera_id", "The camera."),
    _text("zone", "Name of the zone that moved."),
    _ns("start_wall_ns", "First moving frame."),
    _ns("end_wall_ns", "Last moving frame; null while it goes on.", nullable=True),
    _ns("decided_wall_ns", "The frame that decided."),
    _real("score", "Peak share of the zone's cells that moved, 0..1."),
    Column("cells", String(144), nullable=False, comment="Grid of 18 x 32 cells, packed, hexadecimal."),
    _text("snapshot", "Picture, relative to the snapshots folder, or empty."),
    _id("alert_id", "The alert that it was folded into.", nullable=True, of="alerts.alert_id"),
    comment="Movements that outlasted the hysteresis.",
)
Index("movements_covering", movements.c.camera_id, movements.c.start_wall_ns)
Index("movements_of_alert", movements.c.alert_id)
open_or_long(movements, movements.c.camera_id, movements.c.start_wall_ns)

camera_states = Table(
    "camera_states",
    METADATA,
    _key("camera_id", "The camera."),
    Column("stream", String(8), primary_key=True, comment="main or sub."),
    Column("state", String(16), nullable=False, comment="connecting, online or offline."),
    _ns("since_wall_ns", "When it came into this state."),
    _ns("down_since_wall_ns", "When it first failed since it was last online; null while it has not.", nullable=True),
    _text("cause", "Why, one of the gap causes, or empty."),
    _text("detail", "What was seen, in words."),
    comment="How each stream is now.",
)

camera_history = Table(
    "camera_history",
    METADATA,
    _key("observation_id", "Made by the ingest worker; a state that is reported twice stands here once."),
    _id("camera_id", "The camera."),
    Column("stream", String(8), nullable=False, comment="main or sub."),
    Column("state", String(16), nullable=False, comment="connecting, online or offline."),
    _ns("wall_ns", "When."),
    _text("cause", "Why, or empty."),
    _text("detail", "What was seen, in words."),
    comment="Every change of a stream's state: the proof of camera health.",
)
Index("camera_history_by_time", camera_history.c.camera_id, camera_history.c.wall_ns)

journal_positions = Table(
    "journal_positions",
    METADATA,
    _key("worker", "Whose journal."),
    _text("file", "The journal file read last."),
    Column("offset_bytes", BigInteger, nullable=False, comment="All before it has been taken up."),
    comment="How far each worker's journal has been taken up; written with the facts themselves.",
)

alerts = Table(
    "alerts",
    METADATA,
    _key("alert_id", "Sortable id."),
    _id("camera_id", "The camera."),
    _text("zone", "Zone of the camera, or `sistema` for a fault of ours."),
    _int("priority", "1 (now) to 3 (when there is time)."),
    Column("state", String(16), nullable=False, comment="new, taken or closed."),
    _ns("started_wall_ns", "First moving frame."),
    _ns("decided_wall_ns", "The frame that decided."),
    _ns("created_wall_ns", "When it was stored."),
    _ns("last_wall_ns", "End of the newest movement, or its start while it goes on."),
    _flag("ongoing", "Whether a movement of it goes on."),
    _real("score", "Peak score of its movements, 0..1."),
    _real("box_x", "Left edge of the strongest movement, 0..1."),
    _real("box_y", "Top edge, 0..1."),
    _real("box_w", "Width, 0..1."),
    _real("box_h", "Height, 0..1."),
    _text("snapshot", "Picture, relative to the snapshots folder, or empty."),
    _int("count", "How many movements were folded into it."),
    _id("owner_id", "Who took it.", nullable=True),
    _text("owner_name", "His name as it was then.", nullable=True),
    _ns("taken_wall_ns", "When he took it.", nullable=True),
    _ns("closed_wall_ns", "When it was closed.", nullable=True),
    Column("outcome", String(16), nullable=True, comment="incident, false_alarm, no_action or duplicate."),
    _id("incident_id", "The incident that came of it.", nullable=True, of="incidents.incident_id"),
    _text("cameras", "JSON list of the neighbours that saw the same scene."),
    _ns("waiting_wall_ns", "Since when it waits anew; null: since it was stored.", nullable=True),
    _flag("shelved", "On the shelf of a chattering source: not in the queue."),
    _id("offer_user_id", "Before whom it stands now.", nullable=True),
    _text("offer_user_name", "His name.", nullable=True),
    _ns("offer_until_wall_ns", "Until when.", nullable=True),
    _text("offered", "JSON list of the user ids that had their turn in this round."),
    _int("escalation", "0 nobody, 1 next operator, 2 supervisor, 3 chief of the shift."),
    Column(
        "object_kind", String(16), nullable=False, comment="What a model said that moved: person, vehicle or empty."
    ),
    _real("object_score", "How sure it was, 0..1."),
    comment="Movements and faults that somebody must look at.",
)
Index("alerts_queue", alerts.c.state, alerts.c.priority, alerts.c.started_wall_ns)
Index("alerts_of_zone", alerts.c.camera_id, alerts.c.zone, alerts.c.started_wall_ns)
Index("alerts_of_incident", alerts.c.incident_id)
Index("alerts_of_owner", alerts.c.owner_id, alerts.c.state)
Index("alerts_by_creation", alerts.c.created_wall_ns)

incidents = Table(
    "incidents",
    METADATA,
    _key("incident_id", "Sortable id."),
    Column("number", String(24), nullable=False, unique=True, comment="N-2026-000123: without gaps in a year."),
    Column("state", String(16), nullable=False, comment="open or closed."),
    _id("camera_id", "The camera that showed it."),
    Column("type_code", String(32), nullable=False, comment="Kind of occurrence (alerts/occurrences.yaml)."),
    _int("priority", "1 (now) to 3."),
    _text("note", "The operator's words."),
    _ns("occurred_wall_ns", "When it happened."),
    _ns("created_wall_ns", "When it was opened."),
    _text("created_by", "Who opened it."),
    _ns("closed_wall_ns", "When it was closed.", nullable=True),
    _ns("from_wall_ns", "Its recording is shown from here"),
    _ns("to_wall_ns", "to here; null while that is not known.", nullable=True),
    _int("version", "The newest of its incident_versions, whose words stand here."),
    _text("address", "Where exactly, in words, or empty."),
    _id("duplicate_of_id", "The incident that is about the same thing and is gone on with.", nullable=True),
    comment="From an operator's decision to its end.",
)
Index("incidents_by_state", incidents.c.state, incidents.c.created_wall_ns)
Index("incidents_of_camera", incidents.c.camera_id, incidents.c.to_wall_ns)
Index("incidents_duplicates", incidents.c.duplicate_of_id)

timeline = Table(
    "timeline",
    METADATA,
    _counting("entry_id", "Order of writing."),
    _id("incident_id", "The incident, where the entry is its own.", nullable=True, of="incidents.incident_id"),
    _id(
        "alert_id",
        "The alert, where the entry is an alert's; its incident shows it too.",
        nullable=True,
        of="alerts.alert_id",
    ),
    _ns("wall_ns", "When it happened."),
    _text("actor", "Who did it, or `sistema`."),
    _text("terminal", "Where."),
    Column("kind", String(32), nullable=False, comment="detected, alert_taken, dispatch_sent … (docs/design/api.md)."),
    _text("detail", "JSON object of texts."),
    comment="What happened to an alert or incident; never changed once written, but for words that were struck.",
    sqlite_autoincrement=True,
)
Index("timeline_of_incident", timeline.c.incident_id)
Index("timeline_of_alert", timeline.c.alert_id)

counters = Table(
    "counters",
    METADATA,
    Column("name", String(64), primary_key=True, comment="What is counted, e.g. incident-2026."),
    Column("value", BigInteger, nullable=False, comment="Last number given out."),
    comment="Numbers without gaps: counted in the transaction that uses them.",
)

changes = Table(
    "changes",
    METADATA,
    _counting("seq", "Order of commit."),
    _ns("wall_ns", "When."),
    Column(
        "kind", String(16), nullable=False, comment="alert, incident, dispatch, camera, shelving, room or handover."
    ),
    _id("object_id", "Id of what changed."),
    _id("camera_id", "Its camera: decides who may see the change; empty for what is of no camera."),
    Column("agency", String(16), nullable=True, comment="Of a dispatch: the agency."),
    _text("body", "JSON of the whole record after the change."),
    comment="Outbox: written with the change of state itself, sent to the screens from here.",
    sqlite_autoincrement=True,
)
Index("changes_by_age", changes.c.wall_ns)

users = Table(
    "users",
    METADATA,
    _key("user_id", "Sortable id; never used again."),
    _text("name", "What he types to log in."),
    Column("name_key", Text, nullable=False, unique=True, comment="The name, normalised: two users can't look alike."),
    _text("full_name", "What others see."),
    Column("role", String(16), nullable=False, comment="operator, supervisor, dispatcher, investigator or admin."),
    Column("agency", String(16), nullable=True, comment="Of a dispatcher: serenazgo or pnp."),
    _text("cameras", "JSON list of camera ids that he may see; null: all.", nullable=True),
    _text("password_hash", "Argon2id, encoded."),
    _flag("enabled", "Whether he may log in."),
    _flag("must_change_password", "The password was set by an admin."),
    _ns(
        "password_given_wall_ns",
        "When somebody else last set his password, who may know it; null: never, or before this was written down.",
        nullable=True,
    ),
    comment="People.",
)

sessions = Table(
    "sessions",
    METADATA,
    Column(
        "token_hash",
        String(64),
        primary_key=True,
        comment="SHA-256 of the cookie, hexadecimal; the cookie is kept nowhere.",
    ),
    _id("user_id", "Whose.", of="users.user_id"),
    _text("csrf_token", "What changes must carry."),
    _text("terminal", "Where he sits."),
    _text("address", "Address that he came from."),
    _ns("created_wall_ns", "When he logged in."),
    _ns("last_wall_ns", "When he last did something."),
    _ns("expires_wall_ns", "When it ends, whatever he does."),
    comment="Who is logged in.",
)
Index("sessions_of_user", sessions.c.user_id)

audit = Table(
    "audit",
    METADATA,
    _counted("audit_id", "Counts from 1 without gaps."),
    _ns("wall_ns", "When."),
    _text("actor", "Who."),
    _text("terminal", "Where."),
    _text("address", "From which address."),
    Column("action", String(64), nullable=False, comment="What was done, e.g. login, alert.take."),
    _text("object", "To what."),
    _text("detail", "JSON object."),
    Column("previous_hash", String(64), nullable=False, comment="hash of the row before; 64 zeros for the first."),
    Column("hash", String(64), nullable=False, comment="SHA-256 over this row's content and previous_hash."),
    comment="Who did what; rows are only ever added, and each seals those before it.",
)
