"""The stretch of recording that belongs to an incident, and what of it and around it is held. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from alerts.records import Alert, Incident
from nvr.catalogue.hold_rows import HoldRow
from nvr.clock import NS_PER_S
from nvr.config import Camera, Config
from nvr.observations import derived_id

BEFORE_NS: Final = 10 * NS_PER_S
AFTER_NS: Final = 60 * NS_PER_S
BY_HAND_NS: Final = 600 * NS_PER_S
"""Nothing says when an incident ends that an operator saw himself: ten minutes are kept."""


def window(occurred_wall_ns: int, alerts: Sequence[Alert]) -> tuple[int, int | None]:
    """From 10 s before the movement until 60 s after its end, or None while it goes on."""
    if not alerts:
        return occurred_wall_ns - BEFORE_NS, occurred_wall_ns + BY_HAND_NS
    start = min(occurred_wall_ns, *(alert.started_wall_ns for alert in alerts)) - BEFORE_NS
    if any(alert.ongoing for alert in alerts):
        return start, None
    return start, max(alert.last_wall_ns for alert in alerts) + AFTER_NS


def incident_holds(
    incident: Incident,
    window_ns: tuple[int, int | None],
    config: Config,
    now_wall_ns: int,
    seen_by: Iterable[str] = (),
) -> list[HoldRow]:
    """What an incident holds: its own camera, those that saw the same scene, and once an agency was sent, each camera beside it for as much
    longer as the way there takes.

    Args:
        window_ns: the incident's own stretch, see ``window``.
        seen_by: the cameras of its alerts, and its further ones.
    """
    rules = config.node.holds
    start_ns = min(window_ns[0], incident.occurred_wall_ns - rules.before_min * 60 * NS_PER_S)
    end_ns = None if window_ns[1] is None else window_ns[1] + rules.after_min * 60 * NS_PER_S
    ways_s = {incident.camera_id: 0}
    if incident.dispatches:
        ways_s = beside(config.cameras, incident.camera_id, rules.neighbours_within_s) | ways_s
    ways_s = dict.fromkeys(seen_by, 0) | ways_s
    expires_ns = None if rules.expire_days is None else now_wall_ns + rules.expire_days * 86_400 * NS_PER_S
    return [
        HoldRow(
            hold_id=incident.incident_id
            if camera_id == incident.camera_id
            else derived_id(incident.created_wall_ns, f"{incident.incident_id} {camera_id}"),
            camera_id=camera_id,
            from_wall_ns=start_ns,
            to_wall_ns=None if end_ns is None else end_ns + way_s * NS_PER_S,
            reason=incident.number,
            created_by=incident.created_by,
            created_wall_ns=now_wall_ns,
            incident_id=incident.incident_id,
            expires_wall_ns=expires_ns,
        )
        for camera_id, way_s in ways_s.items()
    ]


def beside(cameras: Sequence[Camera], camera_id: str, within_s: int) -> dict[str, int]:
    """The cameras next to one, and how many seconds away on foot; whichever of the two names the other."""
    found: dict[str, int] = {}
    for camera in cameras:
        ways = [camera.neighbours[camera_id]] if camera_id in camera.neighbours else []
        if camera.id == camera_id:
            for other, way_s in camera.neighbours.items():
                found[other] = min(found.get(other, way_s), way_s)
        elif ways:
            found[camera.id] = min(found.get(camera.id, ways[0]), ways[0])
    return {other: way_s for other, way_s in sorted(found.items()) if way_s <= within_s}
