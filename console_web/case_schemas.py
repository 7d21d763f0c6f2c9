"""What the console says of what an incident gathers; part of ``console_web.schemas``."""

from __future__ import annotations

from alerts.persons import DocumentKind, PersonRole
from alerts.records import StepState
from console_web.answer import Out


class IncidentLinkOut(Out):
    """Another incident, as it is named."""

    incident_id: str
    number: str


class FurtherCameraOut(Out):
    """A camera beside the one that an incident began at."""

    camera_id: str
    camera_number: int
    place: str
    reason: str
    added_by: str
    added_wall_ms: int


class ProcedureStepOut(Out):
    """A step that the incident's type asks for. ``state`` null: nobody ticked it; then ``actor`` and the rest are empty."""

    step: str
    text: str
    required: bool
    state: StepState | None
    reason: str
    actor: str
    terminal: str
    wall_ms: int | None


class IncidentVersionOut(Out):
    """What was said of an incident at one time; ``changed``: which fields differ from the version before."""

    version: int
    wall_ms: int
    actor: str
    terminal: str
    reason: str
    type_code: str
    type_name: str
    priority: int
    address: str
    note: str
    occurred_wall_ms: int
    changed: list[str]


class IncidentVersionsOut(Out):
    """All of them, oldest first."""

    items: list[IncidentVersionOut]


class ProposedCameraOut(Out):
    """A camera beside one of the incident's, and how many seconds on foot."""

    camera_id: str
    camera_number: int
    place: str
    way_s: int


class ProposedCamerasOut(Out):
    """The nearest first."""

    items: list[ProposedCameraOut]


class PersonOut(Out):
    """What is said of a person, in one version."""

    person_id: str
    version: int
    role: PersonRole
    name: str
    document_kind: DocumentKind
    document_number: str
    phone: str
    statement: str
    removed: bool
    reason: str
    actor: str
    terminal: str
    wall_ms: int


class PersonsOut(Out):
    """The persons of an incident as they are now, and all earlier versions. ``masked``: initials and ends of numbers, without earlier versions."""

    masked: bool
    items: list[PersonOut]
    earlier: list[PersonOut]
