"""The parts of the parte that say what an incident gathered: cameras, persons, procedure, amendments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from reportlab.platypus import Flowable, Paragraph

from alerts.amendments import IncidentVersion, told
from alerts.persons import DOCUMENT_WORDS, DocumentKind, InvolvedPerson, newest
from alerts.procedures import StepOfIncident, procedure_of
from alerts.records import Incident, StepState
from nvr.config import Config
from nvr.proof.cells import BODY, HEAD, HEADING, both, cell, table
from nvr.proof.names import camera_of
from nvr.proof.page import safe
from nvr.proof.words import role_word


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What of an incident stands beside its record: all versions of its words, and of its persons."""

    versions: Sequence[IncidentVersion] = ()
    persons: Sequence[InvolvedPerson] = ()


NO_CASE: Final = CaseFile()


def cameras(incident: Incident, config: Config) -> Iterator[Flowable]:
    """Where there are more than the first one."""
    if not incident.further_cameras:
        return
    yield Paragraph("Otras cámaras", HEADING)
    rows = _headed("Cámara", "Motivo", "Quién, cuándo")
    for each in incident.further_cameras:
        who = f"{each.added_by}\n{both(each.added_wall_ns, config)}"
        rows.append([cell(camera_of(incident, each.camera_id, config)), cell(each.reason), cell(who)])
    yield table(rows, (70, 76, 44))


def persons(case: CaseFile, config: Config) -> Iterator[Flowable]:
    """Who is involved, by role, as it is said now."""
    found = newest(list(case.persons))
    if not found:
        return
    yield Paragraph("Personas", HEADING)
    rows = _headed("Condición", "Nombre, documento, teléfono", "Lo que se dice", "Anotó")
    for each in sorted(found, key=lambda person: person.role.value):
        who = [each.name or "(sin nombre)"]
        if each.document_kind is not DocumentKind.NONE:
            who.append(f"{DOCUMENT_WORDS[each.document_kind]} {each.document_number}")
        if each.phone:
            who.append(f"Teléfono {each.phone}")
        version = f" (versión {each.version})" if each.version > 1 else ""
        wrote = f"{each.actor}{version}\n{both(each.wall_ns, config)}"
        rows.append([cell(role_word(each.role.value)), cell("\n".join(who)), cell(each.statement), cell(wrote)])
    yield table(rows, (24, 56, 70, 40))


def procedure(incident: Incident, config: Config) -> Iterator[Flowable]:
    """The checklist of the incident's type."""
    steps = procedure_of(incident)
    if not steps:
        return
    yield Paragraph("Procedimiento", HEADING)
    rows = _headed("Paso", "Estado", "Quién, cuándo")
    for each in steps:
        rows.append(
            [cell(each.asked.text + (" *" if each.asked.required else "")), cell(_state(each)), cell(_by(each, config))]
        )
    yield table(rows, (92, 54, 44))
    yield Paragraph("* Paso obligatorio de este tipo de ocurrencia.", BODY)


def amendments(case: CaseFile, config: Config) -> Iterator[Flowable]:
    """What was said anew, by whom and why."""
    if len(case.versions) < 2:
        return
    yield Paragraph("Correcciones", HEADING)
    rows = _headed("Versión", "Qué cambió", "Motivo", "Quién, terminal")
    for before, after in pairwise(case.versions):
        long = [f"Lugar antes: {before.address}"] if before.address and not after.address else []
        long += [f"Observación antes: {before.note or '(vacía)'}"] if before.note != after.note else []
        who = " · ".join(part for part in (after.actor, after.terminal) if part)
        rows.append(
            [
                cell(f"{after.version}\n{both(after.wall_ns, config)}"),
                cell("\n".join([told(before, after), *long])),
                cell(after.reason),
                cell(who),
            ]
        )
    yield table(rows, (36, 76, 42, 36))


def _headed(*names: str) -> list[list[Any]]:
    return [[Paragraph(safe(name), HEAD) for name in names]]


def _state(step: StepOfIncident) -> str:
    if step.ticked is None:
        return "Sin marcar"
    if step.ticked.state is StepState.DONE:
        return "Hecho" if not step.ticked.reason else f"Hecho: {step.ticked.reason}"
    return f"No corresponde: {step.ticked.reason}"


def _by(step: StepOfIncident, config: Config) -> str:
    if step.ticked is None:
        return ""
    who = " · ".join(part for part in (step.ticked.actor, step.ticked.terminal) if part)
    return f"{who}\n{both(step.ticked.wall_ns, config)}"
