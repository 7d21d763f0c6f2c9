"""What is due of a dispatch that nobody answers: the call that the operator must make, who is told next, and which steps are late. Pure.

All times count from the moment of sending and are stored with the dispatch, so a process that starts anew finds what was due and does
nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from alerts.lifecycle import DISPATCH_ORDER
from alerts.records import Dispatch, DispatchState
from nvr.clock import NS_PER_S
from nvr.config import Agency
from nvr.config.agencies import Deadlines

SUPERVISOR_AFTER_NS: Final = 60 * NS_PER_S
CHIEF_AFTER_NS: Final = 120 * NS_PER_S
"""How long the call may wait before the supervisor, and the shift's chief, are told."""

LEVELS: Final = {1: "operador", 2: "supervisor", 3: "jefe de turno"}
LATE_STEPS: Final = (DispatchState.EN_ROUTE, DispatchState.ON_SCENE)


@dataclass(frozen=True, slots=True)
class Due:
    """What became due. ``told``: levels (``LEVELS``) that are told anew; ``late``: steps that became late."""

    dispatch: Dispatch
    told: tuple[int, ...]
    late: tuple[DispatchState, ...]


def call_due_wall_ns(dispatch: Dispatch, agency: Agency | None) -> int:
    """From when on the operator must call. At once where nobody sits before a board."""
    if agency is not None and agency.channel != "board":
        return dispatch.created_wall_ns
    return dispatch.created_wall_ns + _deadlines(agency).received_s * NS_PER_S


def due(dispatch: Dispatch, agency: Agency | None, now_wall_ns: int) -> Due | None:
    """What became due of a dispatch; None: nothing.

    ``agency`` None: it was taken out of the configuration; then the usual deadlines stand. Nothing that was due is taken back here, whatever
    the clock does: answering does that.
    """
    level, call_due_ns = dispatch.escalation, dispatch.call_due_wall_ns
    if dispatch.state is DispatchState.SENT:
        begins_ns = call_due_wall_ns(dispatch, agency) if call_due_ns is None else call_due_ns
        waited_ns = now_wall_ns - begins_ns
        wanted = sum(waited_ns >= after_ns for after_ns in (0, SUPERVISOR_AFTER_NS, CHIEF_AFTER_NS))
        if wanted > level:
            level, call_due_ns = wanted, begins_ns
    late = _late(dispatch, agency, now_wall_ns)
    if level == dispatch.escalation and not late:
        return None
    after = replace(
        dispatch,
        escalation=level,
        call_due_wall_ns=call_due_ns,
        late_step=late[-1] if late else dispatch.late_step,
    )
    return Due(after, tuple(range(dispatch.escalation + 1, level + 1)), late)


def answered(dispatch: Dispatch) -> Dispatch:
    """The dispatch, after it went forward: what it reached is no longer due."""
    reached = DISPATCH_ORDER.index(dispatch.state)
    late = dispatch.late_step
    still_late = late is not None and DISPATCH_ORDER.index(late) > reached
    return replace(dispatch, escalation=0, late_step=late if still_late else None)


def _deadlines(agency: Agency | None) -> Deadlines:
    return Deadlines() if agency is None else agency.deadlines


def _late(dispatch: Dispatch, agency: Agency | None, now_wall_ns: int) -> tuple[DispatchState, ...]:
    deadlines = _deadlines(agency)
    limits_s = dict(zip(LATE_STEPS, (deadlines.en_route_s, deadlines.on_scene_s), strict=True))
    known = max(DISPATCH_ORDER.index(state) for state in (dispatch.state, dispatch.late_step or dispatch.state))
    return tuple(
        step
        for step in LATE_STEPS
        if DISPATCH_ORDER.index(step) > known and now_wall_ns - dispatch.created_wall_ns >= limits_s[step] * NS_PER_S
    )
