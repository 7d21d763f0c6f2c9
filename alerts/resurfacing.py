"""Movements that outlast the judgement of their alert: once a second they are shown again where ``alerts.rules.shown_again`` says so."""

from __future__ import annotations

from collections.abc import Sequence

from alerts import rules
from alerts.device_signals import is_device_zone
from alerts.ledger import Ledger
from alerts.placement import new_alert
from alerts.records import Alert
from alerts.rows import alert_of
from nvr.catalogue import alert_sources, movements
from nvr.catalogue.engine import Transaction
from nvr.catalogue.movements import Movement
from nvr.config import Config
from nvr.observations import MotionObserved

Resurfaced = tuple[Movement, Alert, int]
"""A movement that goes on, the alert that was judged, and the priority of the movement."""


def due(tx: Transaction, config: Config, now_wall_ns: int) -> list[Resurfaced]:
    """What must be shown again now. What is so old that its end was most likely lost is left to end."""
    found = []
    for movement, row in movements.going_on_since(tx, now_wall_ns - rules.LONGEST_MOVEMENT_NS):
        judged = alert_of(row)
        priority = _priority(movement, judged, config)
        if rules.shown_again(judged, priority, movement.decided_wall_ns, now_wall_ns):
            found.append((movement, judged, priority))
    return found


def show_again(tx: Transaction, ledger: Ledger, resurfaced: Sequence[Resurfaced]) -> None:
    """Store a new alert for each. The movement is its from now on: the one that was judged has ended with the judgement."""
    for movement, judged, priority in resurfaced:
        alert_sources.ended(tx, judged.alert_id, movement.camera_id, movement.zone, movement.start_wall_ns)
        alert = new_alert(tx, ledger, _observed(movement), priority)
        movements.move(tx, movement, alert.alert_id)
        alert_sources.begin(
            tx,
            alert.alert_id,
            movement.camera_id,
            movement.zone,
            started_wall_ns=movement.start_wall_ns,
            last_wall_ns=movement.start_wall_ns,
            ongoing=True,
        )
        # Read anew: another of its movements may have been shown again before this one.
        left = ledger.alert(judged.alert_id)
        if left.ongoing and not movements.of_alert(tx, judged.alert_id, going_on_only=True):
            ledger.store_alert(rules.lost_end(left, movement.start_wall_ns))


def _priority(movement: Movement, judged: Alert, config: Config) -> int:
    camera = config.camera(movement.camera_id)
    if camera is None or is_device_zone(movement.zone):
        return judged.priority
    return rules.zone_priority(camera, movement.zone)


def _observed(movement: Movement) -> MotionObserved:
    return MotionObserved(
        observation_id=movement.observation_id,
        camera_id=movement.camera_id,
        zone=movement.zone,
        phase="started",
        start_wall_ns=movement.start_wall_ns,
        decided_wall_ns=movement.decided_wall_ns,
        score=movement.score,
        cells=movement.cells,
        # The box of what moved then is not stored; none is drawn on the picture.
        box=(0.0, 0.0, 0.0, 0.0),
        snapshot=movement.snapshot,
    )
