"""From movements to alerts: when one is new, and when it belongs to one that stands already. Pure.

A movement is folded into the newest alert of its camera and zone

* that is not closed, where the movement touches the alert's time, begins within 60 s of it, or the alert still goes on: one scene, one alert;
* that was closed as false alarm, no action or duplicate less than 60 s before: the tree, or the street sweeper, that an operator has just judged
  would otherwise be back in his queue before he has looked away. It counts from the *closing*, not from the last movement, and what begins in
  that minute and still goes on at its end is shown then (``shown_again``): a wrong judgement hides nothing for long. Priority 1 is hidden by none.

What is near an alert of another camera is judged in ``alerts.scenes``. An alert closed as an incident takes nothing in: people act there now, and what moves next may be something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from alerts.records import Alert, AlertOutcome, AlertState
from alerts.scenes import Sighting
from nvr.clock import NS_PER_S
from nvr.config import Camera
from nvr.observations import MotionObserved
from nvr.source_name import split_source

FOLD_NS: Final = 60 * NS_PER_S
DEFAULT_PRIORITY: Final = 2
LONGEST_MOVEMENT_NS: Final = 30 * 60 * NS_PER_S
"""A movement that is not over by then has most likely lost its end with a worker; it is taken as over until told otherwise."""

LOOKED_AT_NS: Final = 15 * 60 * NS_PER_S
URGENT_LOOKED_AT_NS: Final = 5 * 60 * NS_PER_S
"""For so long, or at priority 1, a movement that went on while somebody judged its alert may go on before it is shown again: as long as the longest rest
of a zone that chatters, whose movement stops and starts."""

JUDGED: Final = frozenset({AlertOutcome.FALSE_ALARM, AlertOutcome.NO_ACTION, AlertOutcome.DUPLICATE})


def zone_priority(camera: Camera, zone: str) -> int:
    """The priority of a zone, whichever of its rules it is about; that of an ordinary one where the configuration has changed under a running detector."""
    name, _ = split_source(zone)
    return next((known.priority for known in camera.zones if known.name == name), DEFAULT_PRIORITY)


def home(start_wall_ns: int, recent: Sequence[Sighting], priority: int) -> Alert | None:
    """The alert that a movement beginning at ``start_wall_ns`` belongs to.

    Args:
        recent: what the same camera and zone have shown, newest first.
        priority: of the movement.
    """
    for seen in recent:
        alert = seen.alert
        if alert.state is not AlertState.CLOSED:
            away_ns = max(start_wall_ns - seen.last_wall_ns, seen.started_wall_ns - start_wall_ns)
            if away_ns <= FOLD_NS or (seen.ongoing and start_wall_ns >= seen.started_wall_ns):
                return alert
        elif (
            priority != 1
            and alert.outcome in JUDGED
            and alert.closed_wall_ns is not None
            and seen.started_wall_ns - FOLD_NS <= start_wall_ns < alert.closed_wall_ns + FOLD_NS
        ):
            return alert
    return None


def shown_again(judged: Alert, priority: int, decided_wall_ns: int, now_wall_ns: int) -> bool:
    """Whether a movement that still goes on, of an alert that somebody has judged, is to be an alert anew: nobody has looked at what came after his
    judgement; at what he judged, he has.

    Args:
        judged: the alert that it was folded into.
        priority: of the movement.
        decided_wall_ns: when it was told.
    """
    if judged.state is not AlertState.CLOSED or judged.outcome not in JUDGED or judged.closed_wall_ns is None:
        return False
    looked_at_ns = URGENT_LOOKED_AT_NS if priority == 1 else LOOKED_AT_NS
    hidden_ns = looked_at_ns if decided_wall_ns <= judged.closed_wall_ns else FOLD_NS
    return now_wall_ns - judged.closed_wall_ns >= hidden_ns


def opened(observed: MotionObserved, *, alert_id: str, priority: int, wall_ns: int, shelved: bool = False) -> Alert:
    """A new alert of a movement; one that is over already where its end is the first that is heard of it. Priority 1 is on no shelf."""
    ongoing = observed.phase == "started"
    return Alert(
        alert_id=alert_id,
        camera_id=observed.camera_id,
        zone=observed.zone,
        priority=priority,
        state=AlertState.NEW,
        started_wall_ns=observed.start_wall_ns,
        decided_wall_ns=observed.decided_wall_ns,
        created_wall_ns=wall_ns,
        last_wall_ns=observed.start_wall_ns if ongoing else end_of(observed),
        ongoing=ongoing,
        score=observed.score,
        box=observed.box,
        snapshot=observed.snapshot,
        count=1,
        shelved=shelved and priority != 1,
    )


def folded(alert: Alert, observed: MotionObserved, *, priority: int) -> Alert:
    """The alert with one movement more, of its own camera or of a neighbour."""
    cameras = {alert.camera_id, *alert.cameras}
    ongoing = observed.phase == "started"
    moved = observed.start_wall_ns if ongoing else end_of(observed)
    return replace(
        _stronger(alert, observed),
        count=alert.count + 1,
        started_wall_ns=min(alert.started_wall_ns, observed.start_wall_ns),
        last_wall_ns=max(alert.last_wall_ns, moved),
        ongoing=alert.ongoing or ongoing,
        priority=min(alert.priority, priority),
        shelved=alert.shelved and priority != 1,
        cameras=alert.cameras if observed.camera_id in cameras else (*alert.cameras, observed.camera_id),
    )


def ended(alert: Alert, observed: MotionObserved, *, still_going_on: bool) -> Alert:
    """The alert, one of whose movements is over."""
    return replace(
        _stronger(alert, observed), last_wall_ns=max(alert.last_wall_ns, end_of(observed)), ongoing=still_going_on
    )


def lost_end(alert: Alert, wall_ns: int) -> Alert:
    """The alert whose movement's end will not be told any more. It may have lasted until now, so its recording is kept until now."""
    return replace(alert, ongoing=False, last_wall_ns=max(alert.last_wall_ns, wall_ns))


def end_of(observed: MotionObserved) -> int:
    """When a movement ended; never before it began, whatever the clock did."""
    return max(observed.decided_wall_ns, observed.start_wall_ns)


def _stronger(alert: Alert, observed: MotionObserved) -> Alert:
    # The first picture stays: it is the one that decided. The box is drawn on it, so it stays too: a later one would frame an empty street.
    score = max(alert.score, observed.score)
    if alert.snapshot or not observed.snapshot or observed.camera_id != alert.camera_id:
        return replace(alert, score=score)
    return replace(alert, score=score, box=observed.box, snapshot=observed.snapshot)
