"""What people type, judged before anything is stored. Pure; faults are ``InvalidInput`` in Spanish."""

from __future__ import annotations

import re
from typing import Final

from alerts.occurrences import OccurrenceType, occurrence_type
from alerts.records import Actor
from nvr.catalogue.texts import line, paragraph
from nvr.clock import NS_PER_S
from nvr.config import Agency, Camera, Config
from nvr.errors import InvalidInput, NotFound

NOTE_LIMIT: Final = 2000
NOTES_LIMIT: Final = 200
_KEY: Final = re.compile(r"[A-Za-z0-9._:-]{8,80}")
_AHEAD_NS: Final = 60 * NS_PER_S


def note(text: str, *, required: bool = False) -> str:
    """A note of at most 2000 characters, without control characters other than line breaks."""
    if len(text) > NOTE_LIMIT:
        raise InvalidInput(f"La nota tiene {len(text)} caracteres", f"escriba a lo sumo {NOTE_LIMIT}")
    clean = paragraph(text)
    if required and not clean:
        raise InvalidInput("La nota está vacía", "escriba algo")
    return clean


def kind(type_code: str) -> OccurrenceType:
    """The type of occurrence of that code."""
    found = occurrence_type(type_code)
    if found is None:
        raise InvalidInput("Ese tipo de ocurrencia no existe", "elija uno del catálogo")
    return found


def priority(value: int) -> int:
    """1, 2 or 3."""
    if isinstance(value, bool) or value not in {1, 2, 3}:
        raise InvalidInput("La prioridad no es válida", "elija 1, 2 o 3")
    return value


def idempotency_key(value: str) -> str:
    """What a screen makes once for each press of a button: 8 to 80 letters, digits and ``._:-``."""
    if not _KEY.fullmatch(value):
        raise InvalidInput("La clave del envío no es válida", "recargue la página")
    return value


def occurred(wall_ns: int, now_wall_ns: int) -> int:
    """A time that has been; a minute ahead is forgiven to a terminal's clock."""
    if not 0 < wall_ns <= now_wall_ns + _AHEAD_NS:
        raise InvalidInput("La hora del hecho no es válida", "indique una hora pasada")
    return wall_ns


def agency(config: Config, code: str) -> Agency:
    """The agency of that code, as the configuration in force names it."""
    found = config.agency(code)
    if found is None:
        known = ", ".join(each.name for each in config.agencies)
        raise InvalidInput("Esa institución no está en la configuración", f"elija una de estas: {known}")
    return found


def camera(config: Config, camera_id: str) -> Camera:
    """The camera of that id."""
    found = config.camera(camera_id)
    if found is None:
        raise NotFound("No existe esa cámara")
    return found


def person(actor: Actor) -> Actor:
    """The actor with texts that fit into a time line."""
    return Actor(
        user_id=actor.user_id,
        name=line(actor.name, 120) or "?",
        terminal=line(actor.terminal, 40),
        address=line(actor.address, 80),
    )
