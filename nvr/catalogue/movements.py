"""Movements that outlasted the hysteresis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.spans import overlapping
from nvr.catalogue.tables import movements as table


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


def find(tx: Transaction, observation_id: str) -> Movement | None:
    """The movement of that id."""
    row = tx.connection.execute(sa.select(table).where(table.c.observation_id == observation_id)).mappings().first()
    return None if row is None else Movement(**row)


def store(tx: Transaction, movement: Movement) -> None:
    """Store a new movement."""
    tx.connection.execute(sa.insert(table).values(**{name: getattr(movement, name) for name in Movement.__slots__}))


def end(tx: Transaction, movement: Movement, end_wall_ns: int, score: float) -> Movement:
    """Store that a movement ended."""
    ended = replace(movement, end_wall_ns=end_wall_ns, score=max(score, movement.score))
    tx.connection.execute(
        sa.update(table)
        .where(table.c.observation_id == movement.observation_id)
        .values(end_wall_ns=ended.end_wall_ns, score=ended.score)
    )
    return ended


def movements(tx: Transaction, camera_id: str, from_ns: int, to_ns: int, *, limit: int = 20_000) -> list[Movement]:
    """Movements of a camera that touch [from_ns, to_ns), by start; those that go on included."""
    return [Movement(**row) for row in overlapping(tx, table, table.c.camera_id == camera_id, (from_ns, to_ns), limit)]


def going_on(tx: Transaction, camera_id: str, zone: str) -> list[Movement]:
    """Movements of a zone without an end; more than one where a worker died and could not say the end of the first."""
    query = sa.select(table).where(table.c.camera_id == camera_id, table.c.zone == zone, table.c.end_wall_ns.is_(None))
    return [Movement(**row) for row in tx.connection.execute(query.order_by(table.c.start_wall_ns)).mappings()]


def starts(tx: Transaction, camera_id: str, zone: str, since_wall_ns: int) -> list[int]:
    """When a zone began to move since a time."""
    query = sa.select(table.c.start_wall_ns).where(
        table.c.camera_id == camera_id, table.c.start_wall_ns > since_wall_ns, table.c.zone == zone
    )
    return [int(row[0]) for row in tx.connection.execute(query)]


def stale(tx: Transaction, started_before_ns: int, limit: int = 100) -> list[Movement]:
    """Movements without an end that started before a time."""
    query = (
        sa.select(table).where(table.c.end_wall_ns.is_(None), table.c.start_wall_ns < started_before_ns).limit(limit)
    )
    return [Movement(**row) for row in tx.connection.execute(query).mappings()]


def of_alert(tx: Transaction, alert_id: str, *, going_on_only: bool = False) -> list[Movement]:
    """What was folded into an alert, by start."""
    query = sa.select(table).where(table.c.alert_id == alert_id).order_by(table.c.start_wall_ns)
    if going_on_only:
        query = query.where(table.c.end_wall_ns.is_(None))
    return [Movement(**row) for row in tx.connection.execute(query).mappings()]
