"""What was, and nobody asks for any more: how streams and their pictures once stood, and movements of which no recording is left.

Each fault and each movement adds a row, so a camera with a loose cable adds tens of thousands a day, for years. What was missing of a recording stands in ``gaps``, what people
did in alerts, incidents and the audit: none of those is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import cameras_in
from nvr.catalogue.tables import alerts, camera_history, movements, picture_history, segments
from nvr.media import StreamKind

_STATES: Final = (camera_history, picture_history)


@dataclass(frozen=True, slots=True)
class Old:
    """Ids of rows that may go, by table."""

    ids: tuple[tuple[sa.Table, tuple[str, ...]], ...]

    def __bool__(self) -> bool:
        return bool(self.ids)


def old(tx: Transaction, older_than_wall_ns: int, most: int) -> Old:
    """Up to ``most`` rows of each camera and table that may go.

    States: older than that. Movements: older than that and than all unheld recordings of their camera, but for those of which an incident came.
    """
    found: list[tuple[sa.Table, tuple[str, ...]]] = []
    for table in _STATES:
        before = table.c.wall_ns < older_than_wall_ns
        found += [(table, _ids(tx, table, camera_id, before, most)) for camera_id in cameras_in(tx, table)]
    not_judged_true = sa.select(alerts.c.alert_id).where(
        alerts.c.alert_id == movements.c.alert_id, alerts.c.incident_id.is_not(None)
    )
    for camera_id in cameras_in(tx, movements):
        until_ns = _oldest_recording(tx, camera_id, older_than_wall_ns)
        over = sa.and_(
            movements.c.start_wall_ns < until_ns, movements.c.end_wall_ns < until_ns, ~sa.exists(not_judged_true)
        )
        found.append((movements, _ids(tx, movements, camera_id, over, most)))
    return Old(tuple((table, ids) for table, ids in found if ids))


def forget(tx: Transaction, what: Old) -> int:
    """Delete them, and say how many rows those were."""
    return sum(
        tx.connection.execute(sa.delete(table).where(table.c.observation_id.in_(ids))).rowcount
        for table, ids in what.ids
    )


def _ids(
    tx: Transaction, table: sa.Table, camera_id: str, condition: sa.ColumnElement[bool], most: int
) -> tuple[str, ...]:
    query = sa.select(table.c.observation_id).where(table.c.camera_id == camera_id, condition).limit(most)
    return tuple(tx.connection.execute(query).scalars())


def _oldest_recording(tx: Transaction, camera_id: str, default_ns: int) -> int:
    """When the oldest recording of a camera began that no hold keeps; ``default_ns`` where there is none."""
    starts = [default_ns]
    for stream in StreamKind:
        mine = sa.and_(segments.c.camera_id == camera_id, segments.c.stream == stream.value)
        free = sa.and_(mine, segments.c.held.is_(False), segments.c.deleting.is_(False))
        # Not min(): with these conditions it would read every segment of the stream.
        query = sa.select(segments.c.start_wall_ns).where(free).order_by(segments.c.start_wall_ns).limit(1)
        starts += tx.connection.execute(query).scalars()
    return min(starts)
