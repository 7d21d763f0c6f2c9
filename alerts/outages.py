"""From camera states to system alerts. Pure: states and alerts in, what to do out.

A camera that has been away for more than 10 s gets one alert in the zone ``sistema``. When all its streams are back, the alert stops going
on; after 10 s without a relapse it closes by itself as *no action*, unless somebody has taken it: he may be on the phone about it. A relapse
before that counts up the same alert. An outage that an operator has closed stays closed until the camera was back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from alerts.records import Alert, AlertState
from nvr.catalogue.camera_states import CameraState
from nvr.clock import NS_PER_S

SYSTEM_ZONE: Final = "sistema"
AWAY_NS: Final = 10 * NS_PER_S
STEADY_NS: Final = 10 * NS_PER_S
OUTAGE_PRIORITY: Final = 2


@dataclass(frozen=True, slots=True)
class Outage:
    """A camera of which a stream is down, since when, and why."""

    camera_id: str
    since_wall_ns: int
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class OutageStep:
    """What to do: raise a new alert for an outage, store an alert as it stands here, or close it."""

    kind: Literal["raise", "store", "close"]
    outage: Outage | None = None
    alert: Alert | None = None


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


def steps(down: Mapping[str, Outage], alerts: Sequence[Alert], now_wall_ns: int) -> list[OutageStep]:
    """What is to be done now.

    Args:
        alerts: of each camera the newest system alert, and any other that is not closed, oldest first.
    """
    newest = {alert.camera_id: alert for alert in alerts}
    todo: list[OutageStep] = []
    for camera_id, outage in down.items():
        alert = newest.get(camera_id)
        if now_wall_ns - outage.since_wall_ns <= AWAY_NS:
            continue
        if alert is None or _over(alert, outage):
            todo.append(OutageStep("raise", outage=outage))
        elif alert.state is not AlertState.CLOSED and not alert.ongoing:
            relapsed = replace(
                alert, ongoing=True, count=alert.count + 1, last_wall_ns=max(alert.last_wall_ns, outage.since_wall_ns)
            )
            todo.append(OutageStep("store", alert=relapsed))
    for alert in alerts:
        if alert.state is AlertState.CLOSED or alert.camera_id in down:
            continue
        if alert.ongoing:
            todo.append(
                OutageStep(
                    "store", alert=replace(alert, ongoing=False, last_wall_ns=max(alert.last_wall_ns, now_wall_ns))
                )
            )
        elif (
            # One that an incident came of is a case of somebody's, taken or not.
            alert.state is AlertState.NEW
            and alert.incident_id is None
            and not 0 <= now_wall_ns - alert.last_wall_ns < STEADY_NS
        ):
            todo.append(OutageStep("close", alert=alert))
    return todo


def raised(outage: Outage, *, alert_id: str, now_wall_ns: int) -> Alert:
    """The alert of an outage."""
    return Alert(
        alert_id=alert_id,
        camera_id=outage.camera_id,
        zone=SYSTEM_ZONE,
        priority=OUTAGE_PRIORITY,
        state=AlertState.NEW,
        started_wall_ns=outage.since_wall_ns,
        decided_wall_ns=now_wall_ns,
        created_wall_ns=now_wall_ns,
        last_wall_ns=outage.since_wall_ns,
        ongoing=True,
        score=0.0,
        box=(0.0, 0.0, 0.0, 0.0),
        snapshot="",
        count=1,
    )


def _over(alert: Alert, outage: Outage) -> bool:
    """Whether an alert is of an earlier outage: it was closed before this one began."""
    return alert.state is AlertState.CLOSED and (alert.closed_wall_ns or 0) < outage.since_wall_ns
