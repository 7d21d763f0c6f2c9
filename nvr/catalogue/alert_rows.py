"""Alerts at rest. Rows are mappings whose keys are the field names of ``alerts.records.Alert``; ``alerts.rows`` makes records of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import alerts as table


def find(tx: Transaction, alert_id: str) -> Row | None:
    """The alert of that id."""
    row = tx.connection.execute(sa.select(table).where(table.c.alert_id == alert_id)).mappings().first()
    return None if row is None else _row(row)


def store(tx: Transaction, alert: Mapping[str, Any]) -> None:
    """Store a new alert."""
    tx.connection.execute(sa.insert(table).values(**_columns(alert)))


def change(tx: Transaction, alert: Mapping[str, Any]) -> None:
    """Store an alert as it is now."""
    tx.connection.execute(sa.update(table).where(table.c.alert_id == alert["alert_id"]).values(**_columns(alert)))


def waiting(tx: Transaction, states: Sequence[str], limit: int) -> list[Row]:
    """Alerts in these states, most urgent first, then oldest first."""
    order = (table.c.priority, table.c.started_wall_ns, table.c.alert_id)
    return _rows(tx, sa.select(table).where(table.c.state.in_(states)).order_by(*order).limit(limit))


def closed(tx: Transaction, limit: int) -> list[Row]:
    """Closed alerts, newest first."""
    order = (table.c.started_wall_ns.desc(), table.c.alert_id.desc())
    return _rows(tx, sa.select(table).where(table.c.state == "closed").order_by(*order).limit(limit))


def of_zone(tx: Transaction, camera_id: str, zone: str, limit: int = 8) -> list[Row]:
    """The newest alerts of a zone, newest first."""
    query = sa.select(table).where(table.c.camera_id == camera_id, table.c.zone == zone)
    return _rows(tx, query.order_by(table.c.started_wall_ns.desc(), table.c.alert_id.desc()).limit(limit))


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


def _rows(tx: Transaction, query: sa.Select[Any]) -> list[Row]:
    return [_row(row) for row in tx.connection.execute(query).mappings()]


def _columns(alert: Mapping[str, Any]) -> Row:
    values = dict(alert)
    values["box_x"], values["box_y"], values["box_w"], values["box_h"] = values.pop("box")
    return values


def _row(row: sa.RowMapping) -> Row:
    values = plain(row)
    values["box"] = tuple(values.pop(name) for name in ("box_x", "box_y", "box_w", "box_h"))
    return values
