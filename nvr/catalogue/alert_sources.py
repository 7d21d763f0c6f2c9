"""Which zones of which cameras an alert's movements were in. Rows carry the alert itself under ``alert``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.alert_rows import NAMES, row_of_alert
from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row
from nvr.catalogue.tables import alert_sources as table
from nvr.catalogue.tables import alerts

_OWN = ("camera_id", "zone", "started_wall_ns", "last_wall_ns", "ongoing")
_NEWEST_FIRST = (table.c.started_wall_ns.desc(), table.c.alert_id.desc())
_WITH_ALERT = sa.select(alerts, *(table.c[name].label(f"source_{name}") for name in _OWN)).join(
    table, table.c.alert_id == alerts.c.alert_id
)

# Made once: a flood asks for them hundreds of times a second, and building one costs four times what running it does.
_MINE = sa.and_(*(table.c[name] == sa.bindparam(f"its_{name}") for name in ("alert_id", "camera_id", "zone")))
_STORE = sa.insert(table)
_NOTE = (
    sa.update(table)
    .where(_MINE)
    .values(
        started_wall_ns=sa.case(
            (table.c.started_wall_ns > sa.bindparam("started"), sa.bindparam("started")), else_=table.c.started_wall_ns
        ),
        last_wall_ns=sa.case(
            (table.c.last_wall_ns < sa.bindparam("last"), sa.bindparam("last")), else_=table.c.last_wall_ns
        ),
        ongoing=sa.bindparam("goes_on"),
        count=table.c.count + 1,
    )
)
_ENDED = (
    sa.update(table)
    .where(_MINE)
    .values(
        last_wall_ns=sa.case(
            (table.c.last_wall_ns < sa.bindparam("last"), sa.bindparam("last")), else_=table.c.last_wall_ns
        ),
        ongoing=False,
    )
)
_OF_ZONE = (
    _WITH_ALERT.where(table.c.camera_id == sa.bindparam("camera_id"), table.c.zone == sa.bindparam("zone"))
    .order_by(*_NEWEST_FIRST)
    .limit(sa.bindparam("most"))
)
_NEAR = (
    _WITH_ALERT.where(
        table.c.camera_id.in_(sa.bindparam("camera_ids", expanding=True)),
        sa.or_(table.c.last_wall_ns >= sa.bindparam("since_wall_ns"), table.c.ongoing.is_(True)),
        alerts.c.state.in_(("new", "taken")),
    )
    .order_by(*_NEWEST_FIRST)
    .limit(sa.bindparam("most"))
)
_SCENES = sa.select(sa.func.count()).where(
    table.c.camera_id == sa.bindparam("camera_id"),
    table.c.zone == sa.bindparam("zone"),
    table.c.started_wall_ns >= sa.bindparam("from_ns"),
    table.c.started_wall_ns < sa.bindparam("to_ns"),
)
_OLDEST = sa.select(sa.func.min(alerts.c.created_wall_ns))


def begin(
    tx: Transaction, alert_id: str, camera_id: str, zone: str, *, started_wall_ns: int, last_wall_ns: int, ongoing: bool
) -> None:
    """The first movement of an alert in a zone."""
    values = {
        "alert_id": alert_id,
        "camera_id": camera_id,
        "zone": zone,
        "started_wall_ns": started_wall_ns,
        "last_wall_ns": last_wall_ns,
        "ongoing": ongoing,
        "count": 1,
    }
    tx.connection.execute(_STORE, values)


def note(
    tx: Transaction, alert_id: str, camera_id: str, zone: str, *, started_wall_ns: int, last_wall_ns: int, ongoing: bool
) -> None:
    """One movement more of an alert in a zone, be it the first there."""
    values = {"started": started_wall_ns, "last": last_wall_ns, "goes_on": ongoing}
    if tx.connection.execute(_NOTE, values | _key(alert_id, camera_id, zone)).rowcount == 0:
        begin(
            tx, alert_id, camera_id, zone, started_wall_ns=started_wall_ns, last_wall_ns=last_wall_ns, ongoing=ongoing
        )  # fmt: skip


def ended(tx: Transaction, alert_id: str, camera_id: str, zone: str, last_wall_ns: int) -> None:
    """The movement that went on in a zone is over: it has one at a time."""
    tx.connection.execute(_ENDED, _key(alert_id, camera_id, zone) | {"last": last_wall_ns})


def of_zone(tx: Transaction, camera_id: str, zone: str, limit: int = 8) -> list[Row]:
    """What a zone has shown, newest first."""
    return _rows(tx, _OF_ZONE, {"camera_id": camera_id, "zone": zone, "most": limit})


def near(tx: Transaction, camera_ids: Collection[str], since_wall_ns: int, limit: int = 32) -> list[Row]:
    """What these cameras have shown since a time, of alerts that nobody has closed, newest first."""
    return _rows(tx, _NEAR, {"camera_ids": sorted(camera_ids), "since_wall_ns": since_wall_ns, "most": limit})


def scenes(tx: Transaction, camera_id: str, zone: str, from_ns: int, to_ns: int) -> int:
    """How many alerts a zone began, or joined, in [from, to)."""
    values = {"camera_id": camera_id, "zone": zone, "from_ns": from_ns, "to_ns": to_ns}
    return int(tx.connection.execute(_SCENES, values).scalar_one())


def watched_since(tx: Transaction, default_ns: int) -> int:
    """Since when this room knows of alerts at all."""
    oldest = tx.connection.execute(_OLDEST).scalar_one()
    return default_ns if oldest is None else int(oldest)


def _key(alert_id: str, camera_id: str, zone: str) -> Row:
    return {"its_alert_id": alert_id, "its_camera_id": camera_id, "its_zone": zone}


def _rows(tx: Transaction, query: sa.Select[Any], values: Row) -> list[Row]:
    found: list[Row] = []
    for row in tx.connection.execute(query, values):
        seen: Row = dict(zip(_OWN, row[len(NAMES) :], strict=True))
        seen["alert"] = row_of_alert(dict(zip(NAMES, row[: len(NAMES)], strict=True)))
        found.append(seen)
    return found
