"""How long an alert may be in somebody's hands before he judges it, and what is done then. Pure.

Taking is quick and says nothing: who has pressed Enter and walks away with his page open would keep the alert from everybody for as long as his session
lives. So priority 1 that nobody has judged after two minutes is told to the supervisor, whatever its owner does; and what lies in the hands of somebody
who touches nothing goes back into the queue, before somebody else. What became an incident is judged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from alerts import lifecycle
from alerts.presence import IDLE_NS
from alerts.records import Actor, Alert, AlertState
from nvr.clock import NS_PER_S

TOLD_NS: Final = 120 * NS_PER_S
"""So long after taking, the supervisor is told of priority 1: nine in ten are to be dispatched after a minute (A9)."""

LEFT_LYING_NS: Final = 180 * NS_PER_S
"""Priority 1 goes back into the queue where its owner has touched nothing for so long; the others after ``IDLE_NS``."""

SUPERVISOR_LEVEL: Final = 2


def unjudged(alert: Alert) -> bool:
    """Whether it is in somebody's hands and he has said nothing of it."""
    return alert.state is AlertState.TAKEN and alert.incident_id is None


def step(alert: Alert, untouched_ns: int | None, system: Actor, now_wall_ns: int) -> Alert:
    """The alert as it must be now; itself where nothing is due.

    Args:
        untouched_ns: for how long its owner has touched neither key nor mouse; None: he is not here, which is seen to elsewhere.
        system: in whose name it is given back.
    """
    if not unjudged(alert) or alert.taken_wall_ns is None:
        return alert
    held_ns = now_wall_ns - alert.taken_wall_ns
    limit_ns = LEFT_LYING_NS if alert.priority == 1 else IDLE_NS
    if untouched_ns is not None and min(held_ns, untouched_ns) >= limit_ns:
        # Before somebody else than him, where there is anybody.
        back = lifecycle.release(alert, system, now_wall_ns, any_owner=True)
        return replace(back, offered=(alert.owner_id or "",))
    if alert.priority == 1 and held_ns >= TOLD_NS and alert.escalation < SUPERVISOR_LEVEL:
        return replace(alert, escalation=SUPERVISOR_LEVEL)
    return alert
