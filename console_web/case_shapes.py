"""What an incident gathers, as wire shapes. Pure but for the cameras' names, which ``place`` knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alerts import persons
from alerts.amendments import IncidentVersion, changed_fields
from alerts.occurrences import occurrence_type
from alerts.persons import InvolvedPerson
from alerts.procedures import procedure_of
from alerts.records import Incident, IncidentLink
from console_web import case_schemas
from console_web.milliseconds import ms, ms_or_none

Place = Callable[[str], tuple[int, str]]
"""Camera id → its number and what people call where it stands."""


def type_name(code: str) -> str:
    """A type of occurrence; one that this version does not know as it stands."""
    kind = occurrence_type(code)
    return code if kind is None else kind.name


def link(other: IncidentLink) -> case_schemas.IncidentLinkOut:
    """Another incident."""
    return case_schemas.IncidentLinkOut(incident_id=other.incident_id, number=other.number)


def further_cameras(incident: Incident, place: Place) -> list[case_schemas.FurtherCameraOut]:
    """The cameras beside the first one."""
    return [
        case_schemas.FurtherCameraOut(
            camera_id=each.camera_id,
            camera_number=place(each.camera_id)[0],
            place=place(each.camera_id)[1],
            reason=each.reason,
            added_by=each.added_by,
            added_wall_ms=ms(each.added_wall_ns),
        )
        for each in incident.further_cameras
    ]


def procedure(incident: Incident) -> list[case_schemas.ProcedureStepOut]:
    """The steps that its type asks for."""
    return [
        case_schemas.ProcedureStepOut(
            step=each.asked.code,
            text=each.asked.text,
            required=each.asked.required,
            state=None if each.ticked is None else each.ticked.state,
            reason="" if each.ticked is None else each.ticked.reason,
            actor="" if each.ticked is None else each.ticked.actor,
            terminal="" if each.ticked is None else each.ticked.terminal,
            wall_ms=ms_or_none(None if each.ticked is None else each.ticked.wall_ns),
        )
        for each in procedure_of(incident)
    ]


def versions(found: Sequence[IncidentVersion]) -> case_schemas.IncidentVersionsOut:
    """All versions of an incident, oldest first."""
    items = []
    for index, each in enumerate(found):
        items.append(
            case_schemas.IncidentVersionOut(
                version=each.version,
                wall_ms=ms(each.wall_ns),
                actor=each.actor,
                terminal=each.terminal,
                reason=each.reason,
                type_code=each.type_code,
                type_name=type_name(each.type_code),
                priority=each.priority,
                address=each.address,
                note=each.note,
                occurred_wall_ms=ms(each.occurred_wall_ns),
                changed=[] if index == 0 else [_on_the_wire(name) for name in changed_fields(found[index - 1], each)],
            )
        )
    return case_schemas.IncidentVersionsOut(items=items)


def involved(found: list[InvolvedPerson], *, masked: bool) -> case_schemas.PersonsOut:
    """The persons of an incident, of all their versions."""
    now = persons.newest(found)
    if masked:
        return case_schemas.PersonsOut(masked=True, items=[_person(persons.masked(each)) for each in now], earlier=[])
    earlier = [each for each in found if each not in now]
    return case_schemas.PersonsOut(
        masked=False, items=[_person(each) for each in now], earlier=[_person(each) for each in earlier]
    )


def masked_call(detail: dict[str, str]) -> dict[str, str]:
    """A call's entry for who was sent: that somebody called, from where, not who."""
    hidden = {"caller": persons.initials, "phone": persons.ending}
    return {name: hidden[name](text) if name in hidden else text for name, text in detail.items()}


def _on_the_wire(field: str) -> str:
    return field.removesuffix("_ns") + "_ms" if field.endswith("_ns") else field


def _person(person: InvolvedPerson) -> case_schemas.PersonOut:
    return case_schemas.PersonOut(
        person_id=person.person_id,
        version=person.version,
        role=person.role,
        name=person.name,
        document_kind=person.document_kind,
        document_number=person.document_number,
        phone=person.phone,
        statement=person.statement,
        removed=person.removed,
        reason=person.reason,
        actor=person.actor,
        terminal=person.terminal,
        wall_ms=ms(person.wall_ns),
    )
