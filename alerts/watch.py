"""What happens by itself, once a second: alerts for cameras that are away or show nothing of use, alone or together, and their end;
movements whose end was lost, and such as outlast the judgement of their alert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerts import lifecycle, outages, picture_faults, resurfacing, rules, trunks
from alerts.ledger import SYSTEM, Ledger
from alerts.records import Alert, AlertOutcome
from alerts.rows import alert_of
from alerts.storage_alarms import STORAGE_ZONES
from alerts.trunks import Group, Outage
from nvr.catalogue import alert_rows, alert_sources, camera_states, movements, picture_states
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.config import Config
from nvr.observations import new_id
from nvr.source_name import split_source

_OTHERS = frozenset({trunks.CLOCK_ZONE, trunks.ANALYSIS_ZONE, *STORAGE_ZONES})
"""Zones of the system's alerts that have nothing to do with cameras."""


def tick(catalogue: Catalogue, config: Config, now_wall_ns: int) -> None:
    """Do what is due now; writes only where something is.

    Raises:
        CatalogueError: nothing was done; the next tick does it.
    """
    lost_before_ns = now_wall_ns - rules.LONGEST_MOVEMENT_NS
    with catalogue.read() as tx:
        idle = not _steps(tx, config, now_wall_ns) and not movements.stale(tx, lost_before_ns, 1)
        if idle and not resurfacing.due(tx, config, now_wall_ns):
            return
    with catalogue.write() as tx:
        ledger = Ledger(tx, SYSTEM, now_wall_ns, config)
        # Decided again: what was read before the lock may be over.
        for step in _steps(tx, config, now_wall_ns):
            _take_step(ledger, step)
        for movement in movements.stale(tx, lost_before_ns):
            movements.end(tx, movement, max(movement.decided_wall_ns, movement.start_wall_ns), movement.score)
            if movement.alert_id is None:
                continue
            alert_sources.ended(tx, movement.alert_id, movement.camera_id, movement.zone, now_wall_ns)
            alert = ledger.alert(movement.alert_id)
            if alert.ongoing and not movements.of_alert(tx, movement.alert_id, going_on_only=True):
                ledger.store_alert(rules.lost_end(alert, now_wall_ns))
        resurfacing.show_again(tx, ledger, resurfacing.due(tx, config, now_wall_ns))


def _steps(tx: Transaction, config: Config, now_wall_ns: int) -> list[outages.OutageStep]:
    """What is to be done about cameras that are away, and about each thing that can be wrong with their pictures."""
    watched = {camera.id for camera in config.enabled_cameras}
    groups = trunks.groups_of(config.enabled_cameras)
    open_alerts = [
        alert_of(row)
        for row in alert_rows.not_closed_in_zones(tx, trunks.SYSTEM_ZONE)
        if trunks.is_system_zone(row["zone"]) and row["zone"] not in _OTHERS
    ]
    ill = picture_states.all_states(tx, ill_only=True)
    down = {"": outages.outages(camera_states.all_states(tx), watched)}
    down |= {rule: picture_faults.faults(ill, watched, rule) for rule in picture_faults.CONDITIONS}
    todo: list[outages.OutageStep] = []
    for rule, found in down.items():
        known = [alert for alert in open_alerts if split_source(alert.zone)[1] == rule]
        if found or known:
            together_ns = picture_faults.TOGETHER_NS if rule else trunks.TOGETHER_NS
            theirs = [replace(group, rule=rule, together_ns=together_ns) for group in groups]
            todo += outages.steps(found, _with_newest(tx, known, found, theirs), now_wall_ns, theirs)
    return todo


def _with_newest(
    tx: Transaction, known: Sequence[Alert], found: Mapping[str, Outage], groups: Sequence[Group]
) -> list[Alert]:
    """The alerts that are not closed and the newest of each camera and group, oldest first."""
    alerts = {alert.alert_id: alert for alert in known}
    newest = [(outage.camera_id, outage.zone) for outage in found.values()]
    newest += [(group.anchor, group.zone) for group in groups if not group.camera_ids.isdisjoint(found)]
    for camera_id, zone in newest:
        alerts |= {row["alert_id"]: alert_of(row) for row in alert_rows.of_zone(tx, camera_id, zone, 1)}
    return sorted(alerts.values(), key=lambda alert: alert.created_wall_ns)


def _take_step(ledger: Ledger, step: outages.OutageStep) -> None:
    if step.outage is not None:
        detail = {"cause": step.outage.cause, "detail": step.outage.detail}
        ledger.new_alert(
            outages.raised(step.outage, alert_id=new_id(ledger.wall_ns), now_wall_ns=ledger.wall_ns), detail
        )
    if step.fault is not None:
        together = outages.raised_together(step.fault, alert_id=new_id(ledger.wall_ns), now_wall_ns=ledger.wall_ns)
        ledger.new_alert(together, outages.fault_detail(step.fault))
    if step.alert is not None and step.kind == "store":
        ledger.store_alert(step.alert)
    if step.alert is not None and step.kind in {"close", "absorb"}:
        outcome = AlertOutcome.NO_ACTION if step.kind == "close" else AlertOutcome.DUPLICATE
        closed = lifecycle.close_alert(step.alert, SYSTEM, outcome, ledger.wall_ns, any_owner=True)
        ledger.store_alert(closed, "alert_closed", {"outcome": outcome.value})
