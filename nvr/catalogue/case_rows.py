"""What an incident gathers, at rest: versions, further cameras, persons, steps. Keys are the field names of the records in ``alerts``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import (
    callers,
    holds,
    incident_cameras,
    incident_persons,
    incident_places,
    incident_steps,
    incident_versions,
    incidents,
    timeline,
)

_PERSONAL: Final = ("name", "document_number", "phone", "statement", "reason")
"""What is said of a person."""

PERSONAL_OF_CALLS: Final = ("caller", "phone")
"""What is said of whoever called."""


def store_version(tx: Transaction, version: Mapping[str, Any]) -> None:
    """Store a new version of an incident.

    Raises:
        Conflict: it has that version already.
    """
    tx.connection.execute(sa.insert(incident_versions).values(**version))


def versions(tx: Transaction, incident_id: str) -> list[Row]:
    """All versions of an incident, oldest first."""
    query = sa.select(incident_versions).where(incident_versions.c.incident_id == incident_id)
    return [plain(row) for row in tx.connection.execute(query.order_by(incident_versions.c.version)).mappings()]


def add_camera(tx: Transaction, incident_id: str, camera: Mapping[str, Any]) -> None:
    """Store a further camera of an incident."""
    tx.connection.execute(sa.insert(incident_cameras).values(incident_id=incident_id, **camera))


def remove_camera(tx: Transaction, incident_id: str, camera_id: str) -> None:
    """Take a further camera off an incident."""
    mine = sa.and_(incident_cameras.c.incident_id == incident_id, incident_cameras.c.camera_id == camera_id)
    tx.connection.execute(sa.delete(incident_cameras).where(mine))


def keep_place(tx: Transaction, incident_id: str, place: Mapping[str, Any]) -> None:
    """Keep where a camera of an incident stands. One that was taken off and added again is where it was the first time: what was kept is never changed."""
    mine = sa.and_(incident_places.c.incident_id == incident_id, incident_places.c.camera_id == place["camera_id"])
    if tx.connection.execute(sa.select(incident_places.c.camera_id).where(mine)).first() is None:
        tx.connection.execute(sa.insert(incident_places).values(incident_id=incident_id, **place))


def set_step(tx: Transaction, incident_id: str, step: str, values: Mapping[str, Any] | None) -> None:
    """Store how a step of an incident's procedure is; None: as if nobody had ticked it."""
    mine = sa.and_(incident_steps.c.incident_id == incident_id, incident_steps.c.step == step)
    tx.connection.execute(sa.delete(incident_steps).where(mine))
    if values is not None:
        tx.connection.execute(sa.insert(incident_steps).values(incident_id=incident_id, **values))


def store_person(tx: Transaction, person: Mapping[str, Any]) -> None:
    """Store a version of a person.

    Raises:
        Conflict: there is that version already.
    """
    tx.connection.execute(sa.insert(incident_persons).values(**person))


def persons(tx: Transaction, incident_id: str) -> list[Row]:
    """All versions of all persons of an incident, in the order of writing."""
    query = sa.select(incident_persons).where(incident_persons.c.incident_id == incident_id)
    order = (incident_persons.c.person_id, incident_persons.c.version)
    return [plain(row) for row in tx.connection.execute(query.order_by(*order)).mappings()]


def store_caller(tx: Transaction, entry_id: int, incident_id: str, said: Mapping[str, str]) -> None:
    """Store who called, beside the call's entry: what is in ``said`` of ``PERSONAL_OF_CALLS``."""
    values = {name: said.get(name, "") for name in PERSONAL_OF_CALLS}
    tx.connection.execute(sa.insert(callers).values(entry_id=entry_id, incident_id=incident_id, **values))


def with_persons(tx: Transaction, closed_before_wall_ns: int, limit: int) -> list[str]:
    """Ids of incidents that were closed before a time, whose recordings no hold of theirs keeps, and of whose persons or callers anything is said; the oldest first."""
    said = sa.or_(*(incident_persons.c[name] != "" for name in _PERSONAL))
    named = sa.exists().where(incident_persons.c.incident_id == incidents.c.incident_id, said)
    called = sa.exists().where(callers.c.incident_id == incidents.c.incident_id)
    held = sa.exists().where(holds.c.incident_id == incidents.c.incident_id, holds.c.state.in_(("active", "asked")))
    query = sa.select(incidents.c.incident_id).where(
        incidents.c.closed_wall_ns < closed_before_wall_ns, sa.or_(named, called), sa.not_(held)
    )
    return list(tx.connection.execute(query.order_by(incidents.c.closed_wall_ns).limit(limit)).scalars())


def erase_persons(tx: Transaction, incident_id: str) -> None:
    """Empty what was said of the persons of an incident, in all versions, and of its callers: roles, times, who wrote it, and that somebody called, stay."""
    tx.connection.execute(sa.delete(callers).where(callers.c.incident_id == incident_id))
    tx.connection.execute(
        sa.update(incident_persons)
        .where(incident_persons.c.incident_id == incident_id)
        .values(dict.fromkeys(_PERSONAL, "") | {"document_kind": "none"})
    )


def id_of_number(tx: Transaction, number: str) -> str | None:
    """The id of the incident with that number."""
    query = sa.select(incidents.c.incident_id).where(incidents.c.number == number)
    return tx.connection.execute(query).scalar()


def opening_calls(tx: Transaction, incident_ids: Sequence[str]) -> dict[str, str]:
    """Id → the call that it was opened by, as JSON text, for incidents that were: it stands in the same moment as the opening."""
    found: dict[str, str] = {}
    for start in range(0, len(incident_ids), 500):
        query = (
            sa.select(timeline.c.incident_id, timeline.c.detail)
            .join(incidents, timeline.c.incident_id == incidents.c.incident_id)
            .where(
                timeline.c.incident_id.in_(incident_ids[start : start + 500]),
                timeline.c.kind == "call",
                timeline.c.wall_ns == incidents.c.created_wall_ns,
            )
            # A further call may come within what the clock can tell apart: the first of them counts, so it comes last here.
            .order_by(timeline.c.entry_id.desc())
        )
        found |= {str(incident_id): str(detail) for incident_id, detail in tx.connection.execute(query)}
    return found


def gathered(tx: Transaction, incident_ids: Sequence[str]) -> dict[str, Row]:
    """Id → ``further_cameras``, ``steps``, ``places``, ``duplicate_of`` and ``duplicates`` of up to 1000 incidents."""
    found: dict[str, Row] = {
        incident_id: {"further_cameras": [], "steps": [], "places": [], "duplicate_of": None, "duplicates": []}
        for incident_id in incident_ids
    }
    for table, name, order in (
        (incident_cameras, "further_cameras", incident_cameras.c.added_wall_ns),
        (incident_steps, "steps", incident_steps.c.step),
        (incident_places, "places", incident_places.c.camera_id),
    ):
        query = sa.select(table).where(table.c.incident_id.in_(incident_ids)).order_by(order, *table.primary_key)
        for row in tx.connection.execute(query).mappings():
            values = plain(row)
            found[values.pop("incident_id")][name].append(values)
    one, other = incidents.alias(), incidents.alias()
    pairs = (
        sa.select(one.c.incident_id, one.c.number, other.c.incident_id, other.c.number)
        .join(other, one.c.duplicate_of_id == other.c.incident_id)
        .where(sa.or_(one.c.incident_id.in_(incident_ids), other.c.incident_id.in_(incident_ids)))
        .order_by(one.c.incident_id)
    )
    for one_id, one_number, other_id, other_number in tx.connection.execute(pairs):
        if one_id in found:
            found[one_id]["duplicate_of"] = {"incident_id": other_id, "number": other_number}
        if other_id in found:
            found[other_id]["duplicates"].append({"incident_id": one_id, "number": one_number})
    return found
