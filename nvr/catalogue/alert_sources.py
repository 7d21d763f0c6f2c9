"""Which zones of which cameras an alert's movements were in. Rows carry the alert itself under ``alert``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.alert_rows import row_of_alert
from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row
from nvr.catalogue.tables import alert_sources as table
from nvr.catalogue.tables import alerts

_OWN = ("camera_id", "zone", "started_wall_ns", "last_wall_ns", "ongoing")


def note(
    tx: Transaction, alert_id: str, camera_id: str, zone: str, *, started_wall_ns: int, last_wall_ns: int, ongoing: bool
) -> None:
    """One movement more of an alert in a zone."""
    mine = _mine(alert_id, camera_id, zone)
    known = tx.connection.execute(sa.select(table.c.started_wall_ns, table.c.last_wall_ns).where(mine)).first()
    if known is None:
        tx.connection.execute(
            sa.insert(table).values(
                alert_id=alert_id, camera_id=camera_id, zone=zone, started_wall_ns=started_wall_ns,
                last_wall_ns=last_wall_ns, ongoing=ongoing, count=1,
            )
        )  # fmt: skip
        return
    tx.connection.execute(
        sa.update(table)
        .where(mine)
        .values(
            started_wall_ns=min(known[0], started_wall_ns),
            last_wall_ns=max(known[1], last_wall_ns),
            ongoing=ongoing,
            count=table.c.count + 1,
        )
    )


def ended(tx: Transaction, alert_id: str, camera_id: str, zone: str, last_wall_ns: int) -> None:
    """The movement that went on in a zone is over: it has one at a time."""
    later = sa.case((table.c.last_wall_ns < last_wall_ns, last_wall_ns), else_=table.c.last_wall_ns)
    tx.connection.execute(
        sa.update(table).where(_mine(alert_id, camera_id, zone)).values(last_wall_ns=later, ongoing=False)
    )


def of_zone(tx: Transaction, camera_id: str, zone: str, limit: int = 8) -> list[Row]:
    """What a zone has shown, newest first."""
    return _rows(tx, sa.and_(table.c.camera_id == camera_id, table.c.zone == zone), limit)


def near(tx: Transaction, camera_ids: Collection[str], since_wall_ns: int, limit: int = 32) -> list[Row]:
    """What these cameras have shown since a time, of alerts that nobody has closed, newest first."""
    recent = sa.and_(
        table.c.camera_id.in_(sorted(camera_ids)),
        sa.or_(table.c.last_wall_ns >= since_wall_ns, table.c.ongoing.is_(True)),
        alerts.c.state.in_(("new", "taken")),
    )
    return _rows(tx, recent, limit)


def scenes(tx: Transaction, camera_id: str, zone: str, from_ns: int, to_ns: int) -> int:
    """How many alerts a zone began, or joined, in [from, to)."""
    query = sa.select(sa.func.count()).where(
        table.c.camera_id == camera_id,
        table.c.zone == zone,
        table.c.started_wall_ns >= from_ns,
        table.c.started_wall_ns < to_ns,
    )
    return int(tx.connection.execute(query).scalar_one())


def watched_since(tx: Transaction, default_ns: int) -> int:
    """Since when this room knows of alerts at all."""
    oldest = tx.connection.execute(sa.select(sa.func.min(alerts.c.created_wall_ns))).scalar_one()
    return default_ns if oldest is None else int(oldest)


def _mine(alert_id: str, camera_id: str, zone: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.alert_id == alert_id, table.c.camera_id == camera_id, table.c.zone == zone)


def _rows(tx: Transaction, condition: sa.ColumnElement[bool], limit: int) -> list[Row]:
    own = [table.c[name].label(f"source_{name}") for name in _OWN]
    query = (
        sa.select(alerts, *own)
        .join(table, table.c.alert_id == alerts.c.alert_id)
        .where(condition)
        .order_by(table.c.started_wall_ns.desc(), table.c.alert_id.desc())
        .limit(limit)
    )
    found: list[Row] = []
    for row in tx.connection.execute(query).mappings():
        values: dict[str, Any] = {name: row[f"source_{name}"] for name in _OWN}
        values["alert"] = row_of_alert({str(name): row[str(name)] for name in alerts.c.keys()})  # noqa: SIM118 - of columns
        found.append(values)
    return found
