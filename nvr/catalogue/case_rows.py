"""What an incident gathers, at rest: versions, further cameras, persons, steps. Keys are the field names of the records in ``alerts``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import (
    incident_cameras,
    incident_persons,
    incident_steps,
    incident_versions,
    incidents,
    timeline,
)


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
        )
        found |= {str(incident_id): str(detail) for incident_id, detail in tx.connection.execute(query)}
    return found


def gathered(tx: Transaction, incident_ids: Sequence[str]) -> dict[str, Row]:
    """Id → ``further_cameras``, ``steps``, ``duplicate_of`` and ``duplicates`` of up to 1000 incidents."""
    found: dict[str, Row] = {
        incident_id: {"further_cameras": [], "steps": [], "duplicate_of": None, "duplicates": []}
        for incident_id in incident_ids
    }
    for table, name, order in (
        (incident_cameras, "further_cameras", incident_cameras.c.added_wall_ns),
        (incident_steps, "steps", incident_steps.c.step),
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
