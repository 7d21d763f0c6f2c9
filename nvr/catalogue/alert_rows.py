"""Alerts at rest. Rows are mappings whose keys are the field names of ``alerts.records.Alert``; ``alerts.rows`` makes records of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row
from nvr.catalogue.tables import alert_sightings, timeline
from nvr.catalogue.tables import alerts as table

_LISTS = ("cameras", "offered")
NAMES: Final = tuple(str(name) for name in table.c.keys())  # noqa: SIM118 - of columns
"""Of an alert's columns, in the order of a row."""

# A flood asks for these hundreds of times a second: SQLAlchemy takes four times as long to build such a statement as to run it.
_FIND = sa.select(table).where(table.c.alert_id == sa.bindparam("alert_id"))
_STORE = sa.insert(table)
_QUEUE = (table.c.priority, table.c.started_wall_ns, table.c.alert_id)
_WAITING = (
    sa.select(table)
    .where(table.c.state.in_(sa.bindparam("states", expanding=True)))
    .order_by(*_QUEUE)
    .limit(sa.bindparam("most"))
)
_UNATTENDED = sa.select(table).where(table.c.state == "new", table.c.shelved.is_(False)).order_by(*_QUEUE)
_URGENT = sa.or_(table.c.priority == 1, table.c.offer_user_id.is_not(None))
_PRESSING = _UNATTENDED.where(_URGENT).limit(2000)
_OTHERS = _UNATTENDED.where(sa.not_(_URGENT)).limit(sa.bindparam("most"))
_CHANGE = sa.update(table).where(table.c.alert_id == sa.bindparam("its_id"))


def find(tx: Transaction, alert_id: str) -> Row | None:
    """The alert of that id."""
    return next(iter(_rows(tx, _FIND, {"alert_id": alert_id})), None)


def store(tx: Transaction, alert: Mapping[str, Any]) -> None:
    """Store a new alert."""
    tx.connection.execute(_STORE, _columns(alert))


def change(tx: Transaction, alert: Mapping[str, Any]) -> None:
    """Store an alert as it is now."""
    values = _columns(alert)
    # Its id is no column to be set: each table that refers to it would be asked whether it still may.
    values["its_id"] = values.pop("alert_id")
    tx.connection.execute(_CHANGE, values)


def waiting(tx: Transaction, states: Sequence[str], limit: int) -> list[Row]:
    """Alerts in these states, most urgent first, then oldest first."""
    return _rows(tx, _WAITING, {"states": list(states), "most": limit})


def closed(tx: Transaction, limit: int) -> list[Row]:
    """Closed alerts, newest first."""
    order = (table.c.started_wall_ns.desc(), table.c.alert_id.desc())
    return _rows(tx, sa.select(table).where(table.c.state == "closed").order_by(*order).limit(limit))


def of_zone(tx: Transaction, camera_id: str, zone: str, limit: int = 8) -> list[Row]:
    """The newest alerts of a zone, newest first."""
    query = sa.select(table).where(table.c.camera_id == camera_id, table.c.zone == zone)
    return _rows(tx, query.order_by(table.c.started_wall_ns.desc(), table.c.alert_id.desc()).limit(limit))


def unattended(tx: Transaction, limit: int = 100) -> list[Row]:
    """What nobody has taken and no shelf hides, most urgent first, then oldest: all of priority 1, all that stands before somebody, and of the
    rest the first ``limit``."""
    pressing, others = _rows(tx, _PRESSING), _rows(tx, _OTHERS, {"most": limit})
    return sorted(pressing + others, key=lambda row: (row["priority"], row["started_wall_ns"], row["alert_id"]))


def count_unattended(tx: Transaction) -> dict[int, int]:
    """How many nobody has taken, by priority, those on a shelf left out."""
    query = sa.select(table.c.priority, sa.func.count()).where(table.c.state == "new", table.c.shelved.is_(False))
    return {int(row[0]): int(row[1]) for row in tx.connection.execute(query.group_by(table.c.priority))}


def count_open(tx: Transaction, created_before_wall_ns: int) -> int:
    """How many that were stored before a time are not closed yet."""
    query = sa.select(sa.func.count()).where(
        table.c.state.in_(("new", "taken")), table.c.created_wall_ns < created_before_wall_ns
    )
    return int(tx.connection.execute(query).scalar_one())


def count_presented(tx: Transaction, since_wall_ns: int) -> int:
    """How many came into the queue since a time."""
    query = sa.select(sa.func.count()).where(table.c.created_wall_ns >= since_wall_ns, table.c.shelved.is_(False))
    return int(tx.connection.execute(query).scalar_one())


def times_between(tx: Transaction, from_wall_ns: int, to_wall_ns: int, but_zone: str) -> list[tuple[Any, ...]]:
    """Of what was stored in a stretch of time and not in zones whose names begin so: alert_id, camera_id, priority, started, created, seen and taken time,
    outcome, incident_id; in no order."""
    columns = (
        table.c.alert_id,
        table.c.camera_id,
        table.c.priority,
        table.c.started_wall_ns,
        table.c.created_wall_ns,
        alert_sightings.c.wall_ns,
        table.c.taken_wall_ns,
        table.c.outcome,
        table.c.incident_id,
    )
    joined = table.outerjoin(alert_sightings, alert_sightings.c.alert_id == table.c.alert_id)
    query = (
        sa.select(*columns)
        .select_from(joined)
        .where(
            table.c.created_wall_ns >= from_wall_ns,
            table.c.created_wall_ns < to_wall_ns,
            sa.not_(table.c.zone.startswith(but_zone, autoescape=True)),
        )
    )
    return [tuple(row) for row in tx.connection.execute(query)]


def turns_between(
    tx: Transaction, from_wall_ns: int, to_wall_ns: int, kinds: Sequence[str]
) -> dict[str, list[tuple[str, int]]]:
    """Of alerts that were stored in a stretch of time and waited anew (released, or from the shelf): their entries of these kinds, by alert id, each
    with its time and in the order in which they were written."""
    anew = sa.select(table.c.alert_id).where(
        table.c.created_wall_ns >= from_wall_ns,
        table.c.created_wall_ns < to_wall_ns,
        table.c.waiting_wall_ns.is_not(None),
    )
    columns = (timeline.c.entry_id, timeline.c.alert_id, timeline.c.kind, timeline.c.wall_ns)
    # Put in order here: asked for in order, all time lines that ever were would be walked through.
    query = sa.select(*columns).where(timeline.c.alert_id.in_(anew), timeline.c.kind.in_(kinds))
    found: dict[str, list[tuple[str, int]]] = {}
    for _, alert_id, kind, wall_ns in sorted(tuple(row) for row in tx.connection.execute(query)):
        found.setdefault(alert_id, []).append((kind, int(wall_ns)))
    return found


def loads(tx: Transaction) -> dict[str, int]:
    """How many alerts each has taken and not closed, by user id."""
    query = sa.select(table.c.owner_id, sa.func.count()).where(table.c.state == "taken").group_by(table.c.owner_id)
    return {str(row[0]): int(row[1]) for row in tx.connection.execute(query)}


def shelved(tx: Transaction, camera_id: str, zone: str) -> list[Row]:
    """What waits on a zone's shelf, oldest first."""
    query = sa.select(table).where(
        table.c.camera_id == camera_id, table.c.zone == zone, table.c.state == "new", table.c.shelved.is_(True)
    )
    return _rows(tx, query.order_by(table.c.started_wall_ns))


def not_closed_in_zones(tx: Transaction, beginning: str) -> list[Row]:
    """What is not closed in zones whose names begin so (`sistema`), oldest first."""
    query = sa.select(table).where(
        table.c.state.in_(("new", "taken")), table.c.zone.startswith(beginning, autoescape=True)
    )
    return _rows(tx, query.order_by(table.c.created_wall_ns))


def of_owner(tx: Transaction, owner_id: str) -> list[Row]:
    """What somebody has taken and not closed."""
    query = sa.select(table).where(table.c.owner_id == owner_id, table.c.state == "taken")
    return _rows(tx, query.order_by(table.c.started_wall_ns))


def unjudged(tx: Transaction) -> list[Row]:
    """What somebody has taken, and neither closed nor made an incident of, oldest first."""
    query = sa.select(table).where(table.c.state == "taken", table.c.incident_id.is_(None))
    return _rows(tx, query.order_by(table.c.started_wall_ns, table.c.alert_id))


def owner_ids(tx: Transaction) -> set[str]:
    """Whoever has taken something that is not closed."""
    return set(tx.connection.execute(sa.select(table.c.owner_id).where(table.c.state == "taken").distinct()).scalars())


def of_incident(tx: Transaction, incident_id: str) -> list[Row]:
    """The alerts of an incident, oldest first."""
    query = sa.select(table).where(table.c.incident_id == incident_id)
    return _rows(tx, query.order_by(table.c.started_wall_ns, table.c.alert_id))


def pictures_of_incidents(tx: Transaction, beginning: str) -> set[str]:
    """Paths of pictures that begin so (`cam01/2026-11-22/`), of alerts that an incident came of."""
    query = sa.select(table.c.snapshot).where(
        table.c.incident_id.is_not(None), table.c.snapshot.startswith(beginning, autoescape=True)
    )
    return set(tx.connection.execute(query).scalars())


def _rows(tx: Transaction, query: sa.Select[Any], values: Row | None = None) -> list[Row]:
    return [row_of_alert(dict(zip(NAMES, row, strict=True))) for row in tx.connection.execute(query, values)]


def _columns(alert: Mapping[str, Any]) -> Row:
    values = dict(alert)
    values["box_x"], values["box_y"], values["box_w"], values["box_h"] = values.pop("box")
    for name in _LISTS:
        values[name] = json.dumps(values[name])
    return values


def row_of_alert(values: Row) -> Row:
    """An alert's columns, by name, made into the mapping that records are made of."""
    values["box"] = tuple(values.pop(name) for name in ("box_x", "box_y", "box_w", "box_h"))
    for name in _LISTS:
        # Empty in almost all.
        values[name] = [] if values[name] == "[]" else json.loads(values[name])
    return values
