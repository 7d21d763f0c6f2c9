"""Persons of an incident: who, in which role, and what is said of them. Personal data (Ley 29733): who reads it is declared in ``console_web.access``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from alerts import inputs
from alerts.records import Actor
from nvr.catalogue.texts import line
from nvr.errors import InvalidInput


class PersonRole(StrEnum):
    """What somebody is in a case: agraviado, denunciante, testigo, intervenido."""

    AGGRIEVED = "aggrieved"
    COMPLAINANT = "complainant"
    WITNESS = "witness"
    DETAINED = "detained"


class DocumentKind(StrEnum):
    """By which document somebody is known."""

    NONE = "none"
    DNI = "dni"
    CE = "ce"
    PASSPORT = "passport"


ROLE_WORDS: Final = {
    PersonRole.AGGRIEVED: "agraviado",
    PersonRole.COMPLAINANT: "denunciante",
    PersonRole.WITNESS: "testigo",
    PersonRole.DETAINED: "intervenido",
}
DOCUMENT_WORDS: Final = {
    DocumentKind.NONE: "sin documento",
    DocumentKind.DNI: "DNI",
    DocumentKind.CE: "carné de extranjería",
    DocumentKind.PASSPORT: "pasaporte",
}
_DOCUMENTS: Final = {
    DocumentKind.NONE: (re.compile(r""), "deje vacío el número"),
    DocumentKind.DNI: (re.compile(r"[0-9]{8}"), "un DNI tiene 8 cifras"),
    DocumentKind.CE: (re.compile(r"[A-Z0-9]{9,12}"), "un carné de extranjería tiene de 9 a 12 letras y cifras"),
    DocumentKind.PASSPORT: (re.compile(r"[A-Z0-9]{6,12}"), "un pasaporte tiene de 6 a 12 letras y cifras"),
}
_PHONE: Final = re.compile(r"[0-9+ ()#*-]*")


@dataclass(frozen=True, slots=True)
class PersonWords:
    """What is said of a person; cleaned by ``described``. All but the role may be unknown."""

    role: PersonRole
    name: str = ""
    document_kind: DocumentKind = DocumentKind.NONE
    document_number: str = ""
    phone: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class InvolvedPerson:
    """A version of what is said of a person; ``removed``: it was taken off the incident."""

    person_id: str
    version: int
    incident_id: str
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
    wall_ns: int

    @property
    def words(self) -> PersonWords:
        """What is said."""
        return PersonWords(self.role, self.name, self.document_kind, self.document_number, self.phone, self.statement)


def described(words: PersonWords) -> PersonWords:
    """The same with texts that fit.

    Raises:
        InvalidInput: nothing is said, or a document or telephone that is none.
    """
    number = line(words.document_number, 16).upper().replace(" ", "").replace("-", "")
    pattern, remedy = _DOCUMENTS[words.document_kind]
    if not pattern.fullmatch(number):
        raise InvalidInput("El número del documento no es válido", remedy)
    phone = line(words.phone, 24)
    if not _PHONE.fullmatch(phone):
        raise InvalidInput("El teléfono no es válido", "escriba cifras y los signos + ( ) # * -")
    clean = PersonWords(
        words.role, line(words.name, 120), words.document_kind, number, phone, inputs.note(words.statement)
    )
    if not (clean.name or clean.document_number or clean.phone or clean.statement):
        raise InvalidInput("No se dice nada de la persona", "escriba su nombre o una descripción")
    return clean


def version(
    words: PersonWords,
    *,
    person_id: str,
    number: int,
    incident_id: str,
    actor: Actor,
    wall_ns: int,
    reason: str = "",
    removed: bool = False,
) -> InvolvedPerson:
    """What is said of a person now, as a version."""
    return InvolvedPerson(
        person_id=person_id,
        version=number,
        incident_id=incident_id,
        role=words.role,
        name=words.name,
        document_kind=words.document_kind,
        document_number=words.document_number,
        phone=words.phone,
        statement=words.statement,
        removed=removed,
        reason=reason,
        actor=actor.name,
        terminal=actor.terminal,
        wall_ns=wall_ns,
    )


def newest(versions: list[InvolvedPerson]) -> list[InvolvedPerson]:
    """Each person as it is said to be now, in the order in which they were added; without those that were taken off."""
    found = {each.person_id: each for each in versions}
    return [each for each in found.values() if not each.removed]


def masked(person: InvolvedPerson) -> InvolvedPerson:
    """The same for eyes that need no more than to tell one from another: initials, the ends of numbers, no words and no reasons."""
    return replace(
        person,
        name=initials(person.name),
        document_number=ending(person.document_number),
        phone=ending(person.phone),
        statement="",
        reason="",
    )


def initials(name: str) -> str:
    """ "María Rojas" → "M. R."."""
    return " ".join(f"{part[0].upper()}." for part in name.split() if part[0].isalnum())


def ending(number: str) -> str:
    """The last three of its characters behind dots; of a short one none."""
    if not number:
        return ""
    return f"•••{number[-3:]}" if len(number) >= 6 else "•••"
