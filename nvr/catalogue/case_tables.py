"""The tables of what an incident gathers: its versions, further cameras, places, persons and steps of its procedure; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, String, Table

from nvr.catalogue.columns import METADATA, flag, id_, int_, ns, text_


def _part_of_key(name: str, length: int, comment: str) -> Column[str]:
    return Column(name, String(length), primary_key=True, comment=comment)


incident_versions = Table(
    "incident_versions",
    METADATA,
    _part_of_key("incident_id", 64, "The incident."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="From 1, without gaps."),
    ns("wall_ns", "When it was written."),
    text_("actor", "Who wrote it."),
    text_("terminal", "Where."),
    text_("reason", "Why it differs from the one before, or empty."),
    Column("type_code", String(32), nullable=False, comment="Kind of occurrence."),
    int_("priority", "1 (now) to 3."),
    text_("address", "Where exactly, in words, or empty."),
    text_("note", "What happened."),
    ns("occurred_wall_ns", "When it happened."),
    comment="What was said of an incident, each time anew; never changed.",
)

incident_cameras = Table(
    "incident_cameras",
    METADATA,
    _part_of_key("incident_id", 64, "The incident."),
    _part_of_key("camera_id", 32, "A camera beside its first one."),
    text_("reason", "Why it belongs to it."),
    text_("added_by", "Who said so."),
    ns("added_wall_ns", "When."),
    comment="Further cameras of incidents; who took one away stands on the time line.",
)

incident_places = Table(
    "incident_places",
    METADATA,
    _part_of_key("incident_id", 64, "The incident."),
    _part_of_key("camera_id", 32, "One of its cameras, also one that was taken off since."),
    int_("number", "The camera's number."),
    text_("name", "What people called the place."),
    text_("sector", "Patrol sector, or empty."),
    Column("latitude", Double, nullable=True, comment="Degrees, WGS 84; null where nothing was said."),
    Column("longitude", Double, nullable=True, comment="Degrees, WGS 84."),
    comment="Where the cameras of incidents stood when each came to its incident, by the configuration of then; never changed.",
)

incident_persons = Table(
    "incident_persons",
    METADATA,
    _part_of_key("person_id", 64, "Sortable id."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="From 1, without gaps."),
    id_("incident_id", "The incident.", of="incidents.incident_id"),
    Column("role", String(16), nullable=False, comment="aggrieved, complainant, witness or detained."),
    text_("name", "Personal data: name, or empty."),
    Column("document_kind", String(16), nullable=False, comment="none, dni, ce or passport."),
    Column("document_number", String(16), nullable=False, comment="Personal data: its number, or empty."),
    Column("phone", String(24), nullable=False, comment="Personal data: telephone, or empty."),
    text_("statement", "Personal data: what is said of the person, or by it."),
    flag("removed", "Taken off the incident; what was said stays on record."),
    text_("reason", "Why it differs from the version before, or empty."),
    text_("actor", "Who wrote it."),
    text_("terminal", "Where."),
    ns("wall_ns", "When."),
    comment="Persons of incidents, each time anew; never changed. The newest version counts.",
)
Index("incident_persons_of_incident", incident_persons.c.incident_id)

incident_steps = Table(
    "incident_steps",
    METADATA,
    _part_of_key("incident_id", 64, "The incident."),
    _part_of_key("step", 24, "Code of a step (alerts/occurrences.yaml)."),
    Column("state", String(16), nullable=False, comment="done or not_applicable."),
    text_("reason", "Why it does not apply, or empty."),
    text_("actor", "Who said so."),
    text_("terminal", "Where."),
    ns("wall_ns", "When."),
    comment="Steps of incidents' procedures that were ticked; all that was pressed stands on the time line.",
)
