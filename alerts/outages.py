"""From camera states to system alerts. Pure: states and alerts in, what to do out.

A camera that has been away for more than 10 s gets one alert in the zone ``sistema``. When all its streams are back, the alert stops going
on; after 10 s without a relapse it closes by itself as *no action*, unless somebody has taken it: he may be on the phone about it. A relapse
before that counts up the same alert. An outage that an operator has closed stays closed until the camera was back.

Cameras that go away together (``alerts.trunks``) get one alert that names what they share, and none of their own; one that a camera got
just before is closed as its duplicate. It stops going on when at most two of them are still away; those get alerts of their own 20 s later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from alerts.records import Alert, AlertState
from alerts.trunks import SYSTEM_ZONE, Fault, Group, Outage, common_faults
from nvr.catalogue.camera_states import CameraState
from nvr.clock import NS_PER_S
from nvr.source_name import split_source

__all__ = [
    "AWAY_NS",
    "STEADY_NS",
    "SYSTEM_ZONE",
    "Outage",
    "OutageStep",
    "outages",
    "raised",
    "raised_together",
    "steps",
]

AWAY_NS: Final = 10 * NS_PER_S
STEADY_NS: Final = 10 * NS_PER_S
OUTAGE_PRIORITY: Final = 2
GROUP_PRIORITY: Final = 1
LATE_NS: Final = 20 * NS_PER_S
"""So long the last one or two of a common fault may take to come back before they get alerts of their own."""
_STRAGGLERS: Final = 2


@dataclass(frozen=True, slots=True)
class OutageStep:
    """What to do: raise a new alert for an outage, or for a fault of several cameras, store an alert as it stands here, or close it;
    ``absorb`` closes one as the duplicate of a common one.
    """

    kind: Literal["raise", "store", "close", "absorb"]
    outage: Outage | None = None
    alert: Alert | None = None
    fault: Fault | None = None


def outages(states: Iterable[CameraState], watched: Collection[str]) -> dict[str, Outage]:
    """The cameras of ``watched`` that are down, with the earliest failure of their streams."""
    down: dict[str, Outage] = {}
    for state in states:
        since = state.down_since_wall_ns
        if since is None or state.camera_id not in watched:
            continue
        known = down.get(state.camera_id)
        if known is None or since < known.since_wall_ns:
            down[state.camera_id] = Outage(state.camera_id, since, state.cause, state.detail)
    return down


def steps(
    down: Mapping[str, Outage], alerts: Sequence[Alert], now_wall_ns: int, groups: Sequence[Group] = ()
) -> list[OutageStep]:
    """What is to be done now.

    Args:
        alerts: of each camera and each group the newest system alert, and any other that is not closed, oldest first.
        groups: cameras that may fail together, the largest first.
    """
    common = [alert for alert in alerts if split_source(alert.zone)[0] != SYSTEM_ZONE]
    single = [alert for alert in alerts if split_source(alert.zone)[0] == SYSTEM_ZONE]
    todo, told = _common_steps(down, common, now_wall_ns, groups)
    newest = {alert.camera_id: alert for alert in single}
    for camera_id, outage in down.items():
        alert = newest.get(camera_id)
        if camera_id in told or now_wall_ns - outage.since_wall_ns <= AWAY_NS:
            continue
        if alert is None or _over(alert, outage):
            todo.append(OutageStep("raise", outage=outage))
        elif alert.state is not AlertState.CLOSED and not alert.ongoing:
            relapsed = replace(
                alert, ongoing=True, count=alert.count + 1, last_wall_ns=max(alert.last_wall_ns, outage.since_wall_ns)
            )
            todo.append(OutageStep("store", alert=relapsed))
    for alert in single:
        if alert.camera_id in told and alert.state is AlertState.NEW and alert.incident_id is None:
            todo.append(OutageStep("absorb", alert=alert))
        elif alert.state is not AlertState.CLOSED and alert.camera_id not in down:
            todo += _ending(alert, now_wall_ns)
    return todo


def _common_steps(
    down: Mapping[str, Outage], alerts: Sequence[Alert], now_wall_ns: int, groups: Sequence[Group]
) -> tuple[list[OutageStep], set[str]]:
    """The steps for faults of several cameras, and the cameras whose outage such a fault tells."""
    todo: list[OutageStep] = []
    told: set[str] = set()
    newest = {alert.zone: alert for alert in alerts}
    by_zone = {group.zone: group for group in groups}
    over: list[Alert] = []
    for alert in alerts:
        members = [each for each in down.values() if _tells(alert, by_zone.get(alert.zone), each)]
        if alert.ongoing and len(members) > _STRAGGLERS:
            told.update(each.camera_id for each in members)
            if alert.state is not AlertState.CLOSED and len(members) > alert.count:
                todo.append(OutageStep("store", alert=replace(alert, count=len(members))))
            continue
        ending = alert.ongoing and alert.state is not AlertState.CLOSED
        if ending or (not alert.ongoing and 0 <= now_wall_ns - alert.last_wall_ns < LATE_NS):
            told.update(each.camera_id for each in members if ending or each.since_wall_ns <= alert.last_wall_ns)
        if alert.state is not AlertState.CLOSED:
            over.append(alert)
    faults = common_faults([each for each in down.values() if each.camera_id not in told], groups)
    relapsing = {fault.group.zone for fault in faults}
    for alert in over:
        if alert.ongoing or alert.zone not in relapsing:
            todo += _ending(alert, now_wall_ns)
    for fault in faults:
        if now_wall_ns - fault.since_wall_ns <= AWAY_NS:
            continue
        told.update(each.camera_id for each in fault.members)
        known = newest.get(fault.group.zone)
        if known is None or known.state is AlertState.CLOSED:
            todo.append(OutageStep("raise", fault=fault))
        else:
            todo = [step for step in todo if step.alert is None or step.alert.alert_id != known.alert_id]
            count = max(known.count, len(fault.members))
            last_ns = max(known.last_wall_ns, fault.since_wall_ns)
            todo.append(OutageStep("store", alert=replace(known, ongoing=True, count=count, last_wall_ns=last_ns)))
    return todo, told


def _ending(alert: Alert, now_wall_ns: int) -> list[OutageStep]:
    """What to do with an alert whose cameras are back."""
    if alert.ongoing:
        ended = replace(alert, ongoing=False, last_wall_ns=max(alert.last_wall_ns, now_wall_ns))
        return [OutageStep("store", alert=ended)]
    # One that an incident came of is a case of somebody's, taken or not.
    steady = not 0 <= now_wall_ns - alert.last_wall_ns < STEADY_NS
    if alert.state is AlertState.NEW and alert.incident_id is None and steady:
        return [OutageStep("close", alert=alert)]
    return []


def raised(outage: Outage, *, alert_id: str, now_wall_ns: int) -> Alert:
    """The alert of an outage."""
    alert = _alert(alert_id, outage.camera_id, outage.zone, OUTAGE_PRIORITY, outage.since_wall_ns, now_wall_ns, 1)
    return replace(alert, snapshot=outage.snapshot)


def raised_together(fault: Fault, *, alert_id: str, now_wall_ns: int) -> Alert:
    """The alert of a fault of several cameras; ``count`` is how many are away, the zone names what they share."""
    group = fault.group
    # Pictures of no use are one matter; that nothing is recorded is another.
    priority = OUTAGE_PRIORITY if group.rule else GROUP_PRIORITY
    return _alert(alert_id, group.anchor, group.zone, priority, fault.since_wall_ns, now_wall_ns, len(fault.members))


def fault_detail(fault: Fault) -> dict[str, str]:
    """What the time line says of it: how many of how many, and the cause that most of them have."""
    cause, _ = Counter(each.cause for each in fault.members).most_common(1)[0]
    return {
        "cause": cause,
        "detail": next(each.detail for each in fault.members if each.cause == cause),
        "trunk": fault.group.name,
        "cameras": str(len(fault.members)),
        "of": str(len(fault.group.camera_ids)),
    }


def _alert(  # noqa: PLR0917 - one after the other as the record has them
    alert_id: str, camera_id: str, zone: str, priority: int, since_wall_ns: int, now_wall_ns: int, count: int
) -> Alert:
    return Alert(
        alert_id=alert_id,
        camera_id=camera_id,
        zone=zone,
        priority=priority,
        state=AlertState.NEW,
        started_wall_ns=since_wall_ns,
        decided_wall_ns=now_wall_ns,
        created_wall_ns=now_wall_ns,
        last_wall_ns=since_wall_ns,
        ongoing=True,
        score=0.0,
        box=(0.0, 0.0, 0.0, 0.0),
        snapshot="",
        count=count,
    )


def _over(alert: Alert, outage: Outage) -> bool:
    """Whether an alert is of an earlier outage: it was closed before this one began."""
    return alert.state is AlertState.CLOSED and (alert.closed_wall_ns or 0) < outage.since_wall_ns


def _tells(alert: Alert, group: Group | None, outage: Outage) -> bool:
    """Whether an outage is one of those that a common alert is about. One that an operator has closed is still about them."""
    return (
        group is not None
        and outage.camera_id in group.camera_ids
        and alert.started_wall_ns <= outage.since_wall_ns <= alert.last_wall_ns + group.together_ns
    )
