"""Movements that outlasted the hysteresis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from nvr.catalogue.alert_rows import row_of_alert
from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.spans import overlapping
from nvr.catalogue.tables import OPEN_OR_LONG, alerts
from nvr.catalogue.tables import movements as table

# Made once: a flood asks for them hundreds of times a second, and building one costs four times what running it does.
_STORE = sa.insert(table)
_END = sa.update(table).where(table.c.observation_id == sa.bindparam("its_id"))
_MOVE = sa.update(table).where(table.c.observation_id == sa.bindparam("its_id"))
_OF_ZONE = sa.and_(table.c.camera_id == sa.bindparam("camera_id"), table.c.zone == sa.bindparam("zone"))
_ITSELF = table.c.observation_id == sa.bindparam("observation_id")
_GOING_ON = sa.and_(_OF_ZONE, table.c.end_wall_ns.is_(None))
# Not an OR: each half has an index of its own, whatever a planner knows of the table's size.
_CONCERNED = sa.union_all(sa.select(table).where(_ITSELF), sa.select(table).where(_GOING_ON, sa.not_(_ITSELF)))
_STARTS = sa.select(table.c.start_wall_ns).where(_OF_ZONE, table.c.start_wall_ns > sa.bindparam("since_wall_ns"))
_OF_ALERT = sa.select(table).where(table.c.alert_id == sa.bindparam("alert_id")).order_by(table.c.start_wall_ns)
_ALERT_OF = sa.select(table.c.alert_id).where(_ITSELF)
_OF_ALERT_GOING_ON = _OF_ALERT.where(table.c.end_wall_ns.is_(None))


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement in one zone. ``end_wall_ns`` is None while it goes on; ``cells`` as in ``MotionObserved``."""

    observation_id: str
    camera_id: str
    zone: str
    start_wall_ns: int
    end_wall_ns: int | None
    decided_wall_ns: int
    score: float
    cells: str
    snapshot: str
    alert_id: str | None


def concerned(
    tx: Transaction, observation_id: str, camera_id: str, zone: str
) -> tuple[Movement | None, list[Movement]]:
    """The movement of that id, and what else goes on in a zone, by start: more than one where a worker died and could not say the end of the first."""
    values = {"observation_id": observation_id, "camera_id": camera_id, "zone": zone}
    found = [Movement(**row) for row in tx.connection.execute(_CONCERNED, values).mappings()]
    itself = next((each for each in found if each.observation_id == observation_id), None)
    others = [each for each in found if each is not itself]
    return itself, sorted(others, key=lambda each: each.start_wall_ns)


def store(tx: Transaction, movement: Movement) -> None:
    """Store a new movement."""
    tx.connection.execute(_STORE, {name: getattr(movement, name) for name in Movement.__slots__})


def end(tx: Transaction, movement: Movement, end_wall_ns: int, score: float) -> Movement:
    """Store that a movement ended."""
    ended = replace(movement, end_wall_ns=end_wall_ns, score=max(score, movement.score))
    values = {"its_id": movement.observation_id, "end_wall_ns": ended.end_wall_ns, "score": ended.score}
    tx.connection.execute(_END, values)
    return ended


def movements(tx: Transaction, camera_id: str, from_ns: int, to_ns: int, *, limit: int = 20_000) -> list[Movement]:
    """Movements of a camera that touch [from_ns, to_ns), by start; those that go on included."""
    return [Movement(**row) for row in overlapping(tx, table, table.c.camera_id == camera_id, (from_ns, to_ns), limit)]


def starts(tx: Transaction, camera_id: str, zone: str, since_wall_ns: int) -> list[int]:
    """When a zone began to move since a time."""
    found = tx.connection.execute(_STARTS, {"camera_id": camera_id, "zone": zone, "since_wall_ns": since_wall_ns})
    return [int(row[0]) for row in found]


def stale(tx: Transaction, started_before_ns: int, limit: int = 100) -> list[Movement]:
    """Movements without an end that started before a time."""
    query = (
        sa.select(table).where(table.c.end_wall_ns.is_(None), table.c.start_wall_ns < started_before_ns).limit(limit)
    )
    return [Movement(**row) for row in tx.connection.execute(query).mappings()]


def going_on_since(tx: Transaction, started_since_ns: int, limit: int = 1000) -> list[tuple[Movement, Row]]:
    """Movements without an end that began since a time and were folded into alerts, by start, each with its alert's row."""
    # Two questions, each by the one index that is short: asked together, or with the alerts' state, a planner begins with all alerts that were ever
    # closed, once a second.
    going_on = sa.select(table).where(OPEN_OR_LONG, table.c.end_wall_ns.is_(None)).order_by(table.c.start_wall_ns)
    rows = tx.connection.execute(going_on.limit(limit)).mappings()
    found = [
        movement
        for row in rows
        if (movement := Movement(**row)).start_wall_ns >= started_since_ns and movement.alert_id
    ]
    if not found:
        return []
    query = sa.select(alerts).where(alerts.c.alert_id.in_({movement.alert_id for movement in found}))
    known = {row["alert_id"]: row_of_alert(plain(row)) for row in tx.connection.execute(query).mappings()}
    return [(movement, known[movement.alert_id]) for movement in found if movement.alert_id in known]


def move(tx: Transaction, movement: Movement, alert_id: str) -> None:
    """Store that a movement belongs to another alert now."""
    tx.connection.execute(_MOVE, {"its_id": movement.observation_id, "alert_id": alert_id})


def alert_of(tx: Transaction, observation_id: str) -> str | None:
    """The alert that a movement was folded into; None where it has none, or is not known."""
    found: str | None = tx.connection.execute(_ALERT_OF, {"observation_id": observation_id}).scalar_one_or_none()
    return found


def of_alert(tx: Transaction, alert_id: str, *, going_on_only: bool = False) -> list[Movement]:
    """What was folded into an alert, by start."""
    query = _OF_ALERT_GOING_ON if going_on_only else _OF_ALERT
    return [Movement(**row) for row in tx.connection.execute(query, {"alert_id": alert_id}).mappings()]
