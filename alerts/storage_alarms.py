"""Alerts of the system class about disks, holds and channels: raised once, told again each day while their reason stands, closed when it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from alerts import lifecycle
from alerts.ledger import SYSTEM, Ledger
from alerts.records import Alert, AlertOutcome, AlertState
from alerts.rows import alert_of
from alerts.trunks import GROUP_ZONE
from nvr.catalogue import alert_rows
from nvr.catalogue.engine import Transaction
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.observations import new_id

DISK_ZONE: Final = f"{GROUP_ZONE}disco"
FORECAST_ZONE: Final = f"{GROUP_ZONE}plazo"
HOLDS_ZONE: Final = f"{GROUP_ZONE}reservas"
CHANNEL_ZONE: Final = f"{GROUP_ZONE}canales"
DAMAGE_ZONE: Final = f"{GROUP_ZONE}archivos"
DATA_ZONE: Final = f"{GROUP_ZONE}datos"
STORAGE_ZONES: Final = frozenset({DISK_ZONE, FORECAST_ZONE, HOLDS_ZONE, CHANNEL_ZONE, DAMAGE_ZONE, DATA_ZONE})
"""Zones of these alerts; the watch over cameras leaves them alone."""
AGAIN_NS: Final = 86_400 * NS_PER_S
ASK_AGAIN_NS: Final = 3600 * NS_PER_S
"""How often a watch says again what still stands, for ``tell`` to repeat once a day: somebody may have closed the alert meanwhile."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is wrong. ``zone``: one of ``STORAGE_ZONES``; ``camera_id``: under which it is filed; ``detail``: of the time line."""

    zone: str
    camera_id: str
    priority: int
    detail: Mapping[str, str]


def tell(tx: Transaction, config: Config, alarm: Alarm, now_wall_ns: int, *, again: bool = False) -> bool:
    """Raise it, unless it was within the last day; False where nothing was to be said.

    Args:
        again: one that is closed, or no longer goes on, is no reason to be silent: this is another time.
    """
    ledger = Ledger(tx, SYSTEM, now_wall_ns, config)
    newest = next((alert_of(row) for row in alert_rows.of_zone(tx, alarm.camera_id, alarm.zone, 1)), None)
    over = newest is not None and (newest.state is AlertState.CLOSED or not newest.ongoing)
    if newest is not None and now_wall_ns - newest.last_wall_ns < AGAIN_NS and not (again and over):
        if newest.state is AlertState.CLOSED or newest.priority <= alarm.priority:
            return False
        ledger.store_alert(replace(newest, priority=alarm.priority, last_wall_ns=now_wall_ns), "storage", alarm.detail)
        return True
    if newest is not None and newest.state is not AlertState.CLOSED:
        repeated = replace(
            newest,
            count=newest.count + 1,
            last_wall_ns=now_wall_ns,
            ongoing=True,
            priority=min(newest.priority, alarm.priority),
        )
        ledger.store_alert(repeated, "storage", alarm.detail)
        return True
    ledger.new_alert(_alert(alarm, now_wall_ns), alarm.detail)
    return True


def settle(tx: Transaction, config: Config, zone: str, now_wall_ns: int) -> None:
    """The reason is gone: what nobody has taken is closed, what somebody has no longer goes on."""
    ledger = Ledger(tx, SYSTEM, now_wall_ns, config)
    for row in alert_rows.not_closed_in_zones(tx, zone):
        alert = alert_of(row)
        if alert.zone != zone:
            continue
        if alert.state is AlertState.NEW and alert.incident_id is None:
            closed = lifecycle.close_alert(alert, SYSTEM, AlertOutcome.NO_ACTION, now_wall_ns, any_owner=True)
            ledger.store_alert(closed, "alert_closed", {"outcome": AlertOutcome.NO_ACTION.value})
        elif alert.ongoing:
            ledger.store_alert(replace(alert, ongoing=False, last_wall_ns=now_wall_ns))


def _alert(alarm: Alarm, now_wall_ns: int) -> Alert:
    return Alert(
        alert_id=new_id(now_wall_ns),
        camera_id=alarm.camera_id,
        zone=alarm.zone,
        priority=alarm.priority,
        state=AlertState.NEW,
        started_wall_ns=now_wall_ns,
        decided_wall_ns=now_wall_ns,
        created_wall_ns=now_wall_ns,
        last_wall_ns=now_wall_ns,
        ongoing=True,
        score=0.0,
        box=(0.0, 0.0, 0.0, 0.0),
        snapshot="",
        count=1,
    )
