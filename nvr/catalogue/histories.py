"""What was, and nobody asks for any more: how streams and their pictures once stood, movements of which no recording is left, what was seen of alerts where and by whom,
who sat at the desk, and under which keys screens asked.

Each fault and each movement adds a row, so a camera with a loose cable adds tens of thousands a day, for years. What was missing of a recording stands in ``gaps``, what people
did in alerts, incidents and the audit: none of those is touched. Of what an incident came of, movements, zones and the moment in which it was seen stay with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import cameras_in
from nvr.catalogue.tables import (
    alert_sightings,
    alert_sources,
    alerts,
    camera_history,
    duties,
    incidents,
    movements,
    openings,
    picture_history,
    segments,
    timeline,
)
from nvr.media import StreamKind
from nvr.observations import earliest_id

_STATES: Final = (camera_history, picture_history)


@dataclass(frozen=True, slots=True)
class Old:
    """What may go: a column, and the values of it whose rows do."""

    ids: tuple[tuple[sa.Column[Any], tuple[str, ...]], ...]

    def __bool__(self) -> bool:
        return bool(self.ids)


def old(tx: Transaction, older_than_wall_ns: int, quiet_since_wall_ns: int, most: int) -> Old:
    """Up to ``most`` rows of each camera and table that may go.

    States and duties: older than that. Movements: older than that and than all unheld recordings of their camera. Where and by whom an alert was seen: of closed
    ones, older than that. Of neither what an incident came of. Keys of requests: of incidents to which nothing was added since ``quiet_since_wall_ns``.
    """
    found = [
        *_states(tx, older_than_wall_ns, most),
        *_movements(tx, older_than_wall_ns, most),
        *_seen(tx, older_than_wall_ns, most),
        _duties(tx, older_than_wall_ns, most),
        _keys(tx, quiet_since_wall_ns, most),
    ]
    return Old(tuple((column, ids) for column, ids in found if ids))


def forget(tx: Transaction, what: Old) -> int:
    """Delete them, and say how many rows those were."""
    return sum(
        tx.connection.execute(sa.delete(column.table).where(column.in_(ids))).rowcount for column, ids in what.ids
    )


_Found = tuple[sa.Column[Any], tuple[str, ...]]


def _states(tx: Transaction, before_ns: int, most: int) -> Iterator[_Found]:
    for table in _STATES:
        for camera_id in cameras_in(tx, table):
            mine = sa.and_(table.c.camera_id == camera_id, table.c.wall_ns < before_ns)
            yield _ids(tx, table.c.observation_id, mine, most)


def _movements(tx: Transaction, before_ns: int, most: int) -> Iterator[_Found]:
    judged_true = sa.exists().where(alerts.c.alert_id == movements.c.alert_id, alerts.c.incident_id.is_not(None))
    for camera_id in cameras_in(tx, movements):
        until_ns = _oldest_recording(tx, camera_id, before_ns)
        over = sa.and_(movements.c.start_wall_ns < until_ns, movements.c.end_wall_ns < until_ns, ~judged_true)
        yield _ids(tx, movements.c.observation_id, sa.and_(movements.c.camera_id == camera_id, over), most)


def _seen(tx: Transaction, before_ns: int, most: int) -> Iterator[_Found]:
    for camera_id in cameras_in(tx, alert_sources):
        over = sa.and_(alert_sources.c.camera_id == camera_id, alert_sources.c.last_wall_ns < before_ns)
        yield _ids(tx, alert_sources.c.alert_id, sa.and_(over, _done(alert_sources)), most)
    # The key is an id by time: those of long ago stand at its beginning.
    over = sa.and_(alert_sightings.c.alert_id < earliest_id(before_ns), alert_sightings.c.wall_ns < before_ns)
    yield _ids(tx, alert_sightings.c.alert_id, sa.and_(over, _done(alert_sightings)), most)


def _done(table: sa.Table) -> sa.Exists:
    """The alert of a row is closed, and no incident came of it."""
    return sa.exists().where(
        alerts.c.alert_id == table.c.alert_id, alerts.c.state == "closed", alerts.c.incident_id.is_(None)
    )


def _duties(tx: Transaction, before_ns: int, most: int) -> _Found:
    return _ids(tx, duties.c.duty_id, sa.and_(duties.c.from_wall_ns < before_ns, duties.c.to_wall_ns < before_ns), most)


def _keys(tx: Transaction, quiet_since_ns: int, most: int) -> _Found:
    # Whatever was asked for under a key stands on the time line at the same moment.
    added = sa.exists().where(timeline.c.incident_id == openings.c.incident_id, timeline.c.wall_ns >= quiet_since_ns)
    old_enough = sa.exists().where(
        incidents.c.incident_id == openings.c.incident_id, incidents.c.created_wall_ns < quiet_since_ns
    )
    return _ids(tx, openings.c.incident_id, sa.and_(old_enough, ~added), most)


def _ids(tx: Transaction, column: sa.Column[Any], condition: sa.ColumnElement[bool], most: int) -> _Found:
    found = tx.connection.execute(sa.select(column).where(condition).limit(most)).scalars()
    return column, tuple(dict.fromkeys(found))


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
