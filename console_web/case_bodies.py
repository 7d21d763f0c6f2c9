"""What browsers send about what an incident gathers; part of ``console_web.bodies``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from alerts.calls import CallOrigin
from alerts.persons import DocumentKind, PersonRole
from alerts.records import StepState
from console_web.bodies import CameraId, IdempotencyKey, In, Note, Priority, TypeCode, WallMs

Version = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
IncidentNumber = Annotated[str, Field(min_length=3, max_length=24, pattern=r"^\s*[A-Za-z]-[0-9]{4}-[0-9]{1,10}\s*$")]
Coordinate = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class AmendIn(In):
    """What is to be said otherwise of an incident; what is left out or null stays. ``base_version``: the one that the writer saw."""

    base_version: Version
    type_code: TypeCode | None = None
    priority: Priority | None = None
    address: Annotated[str, Field(max_length=200)] | None = None
    note: Note | None = None
    occurred_wall_ms: WallMs | None = None
    reason: Note = ""


class IncidentCameraIn(In):
    """A further camera."""

    camera_id: CameraId
    reason: Note


class StrikeIn(In):
    """Words that are to be struck out of all that is written of an incident."""

    words: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Note


class ReasonIn(In):
    """Why."""

    reason: Note


class StepIn(In):
    """How a step of the procedure is; null: not ticked any more."""

    state: StepState | None
    reason: Note = ""


class FurtherCallIn(In):
    """What somebody tells by telephone of an incident that there is already."""

    origin: CallOrigin
    caller: Annotated[str, Field(max_length=80)] = ""
    phone: Annotated[str, Field(max_length=24, pattern=r"^[0-9+ ()#*-]*$")] = ""
    place: Annotated[str, Field(min_length=1, max_length=200)]
    sector: Annotated[str, Field(max_length=60)] = ""
    told: Note = ""
    location: Annotated[list[Coordinate], Field(min_length=2, max_length=2)] | None = None
    idempotency_key: IdempotencyKey


class DuplicateIn(In):
    """Which incident it repeats; null: none any more."""

    number: IncidentNumber | None
    reason: Note = ""


class PersonWordsIn(In):
    """What is said of a person."""

    role: PersonRole
    name: Annotated[str, Field(max_length=120)] = ""
    document_kind: DocumentKind = DocumentKind.NONE
    document_number: Annotated[str, Field(max_length=16)] = ""
    phone: Annotated[str, Field(max_length=24)] = ""
    statement: Note = ""
    reason: Note = ""


class PersonIn(PersonWordsIn):
    """A new one."""

    idempotency_key: IdempotencyKey


class PersonChangeIn(PersonWordsIn):
    """The next version of one."""

    base_version: Version


class PersonRemoveIn(ReasonIn):
    """Take one off."""

    base_version: Version
