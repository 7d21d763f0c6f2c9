"""What is said of an incident, said anew: each time a version, never in the place of the one before. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from alerts import inputs
from alerts.incident_states import must_have_reason
from alerts.occurrences import occurrence_type
from alerts.records import Actor, Incident
from nvr.catalogue.texts import line
from nvr.errors import Conflict

ADDRESS_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is to be said otherwise; None: that stays. ``address`` is where exactly, in words."""

    type_code: str | None = None
    priority: int | None = None
    address: str | None = None
    note: str | None = None
    occurred_wall_ns: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentVersion:
    """What was said of an incident at one time, by whom and why."""

    incident_id: str
    version: int
    wall_ns: int
    actor: str
    terminal: str
    reason: str
    type_code: str
    priority: int
    address: str
    note: str
    occurred_wall_ns: int


FIELDS: Final = {
    "type_code": "tipo",
    "priority": "prioridad",
    "address": "lugar",
    "note": "observación",
    "occurred_wall_ns": "hora del hecho",
}
"""What versions hold, and what people call it."""
_WITH_REASON: Final = frozenset({"type_code", "priority", "occurred_wall_ns"})
"""What figures and the Fiscalía's questions hang on: nobody changes it without saying why."""


def version_of(incident: Incident, actor: Actor, reason: str, wall_ns: int) -> IncidentVersion:
    """The incident's words as a version."""
    return IncidentVersion(
        incident.incident_id,
        incident.version,
        wall_ns,
        actor.name,
        actor.terminal,
        reason,
        incident.type_code,
        incident.priority,
        incident.address,
        incident.note,
        incident.occurred_wall_ns,
    )


def cleaned(words: Amendment, now_wall_ns: int) -> Amendment:
    """The same with what can be stored.

    Raises:
        InvalidInput: a type, priority or time that is none, or a note that is too long.
    """
    return Amendment(
        None if words.type_code is None else inputs.kind(words.type_code).code,
        None if words.priority is None else inputs.priority(words.priority),
        None if words.address is None else line(words.address, ADDRESS_LIMIT),
        None if words.note is None else inputs.note(words.note),
        None if words.occurred_wall_ns is None else inputs.occurred(words.occurred_wall_ns, now_wall_ns),
    )


def changed_fields(before: Incident | IncidentVersion, after: Incident | IncidentVersion) -> tuple[str, ...]:
    """Which of ``FIELDS`` differ."""
    return tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def amended(
    incident: Incident, words: Amendment, base_version: int, reason: str, since: Iterable[IncidentVersion]
) -> Incident:
    """The incident, with its next version's words. What changes nothing is no version: a screen may repeat its request.

    Args:
        incident: as it is.
        words: cleaned.
        base_version: the version that the writer had before him.
        reason: why, or "".
        since: all versions of the incident.

    Raises:
        Conflict: somebody else has written since; the message says who, and what.
        InvalidInput: the reason is missing.
    """
    said = {name: getattr(words, name) for name in FIELDS if getattr(words, name) is not None}
    after = replace(incident, **said)
    changed = changed_fields(incident, after)
    if not changed:
        return incident
    if base_version != incident.version:
        raise Conflict(_overtaken(incident, base_version, list(since)), "revise cómo está ahora y corrija de nuevo")
    must_have_reason(incident, reason, always=bool(_WITH_REASON & set(changed)))
    return replace(after, version=incident.version + 1)


def told(before: Incident | IncidentVersion, after: Incident | IncidentVersion) -> str:
    """What changed from one to the other, for people: "tipo: de Hurto a Robo con violencia; prioridad: de 2 a 1"."""
    parts = []
    for name in changed_fields(before, after):
        old, new = (_shown(name, getattr(each, name)) for each in (before, after))
        # Long texts stand in the versions; that they changed is enough here.
        parts.append(f"{FIELDS[name]}: de {old} a {new}" if old and new else FIELDS[name])
    return "; ".join(parts)


def _shown(name: str, value: object) -> str:
    if name == "type_code":
        kind = occurrence_type(str(value))
        return str(value) if kind is None else kind.name
    return str(value) if name in {"priority", "address"} else ""


def _overtaken(incident: Incident, base_version: int, versions: list[IncidentVersion]) -> str:
    known = {each.version: each for each in versions}
    newer = [each for each in versions if each.version > base_version]
    if not newer or base_version not in known:
        return f"El incidente {incident.number} está en la versión {incident.version}"
    writers = ", ".join(dict.fromkeys(each.actor for each in newer))
    return f"{writers} ya corrigió el incidente {incident.number} ({told(known[base_version], newer[-1])})"
