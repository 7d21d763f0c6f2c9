"""The agencies' boards: what was sent, and how far it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from alerts.dispatch_desk import VoiceCall
from alerts.records import Dispatch, DispatchState
from alerts.results import Closing
from console_web import bodies, schemas, targets
from console_web.access import Action
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires

router = guarded_router()
_MOST: int = 500
_MOST_UNFILTERED: int = 2000


@router.get("/api/dispatches")
@requires(Action.SEE_DISPATCHES)
async def dispatches(
    who: Caller,
    parts: Parts,
    state: Annotated[list[DispatchState], Query(min_length=1, max_length=5)],
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> schemas.DispatchesOut:
    """Dispatches within reach, newest first."""
    states = list(dict.fromkeys(state))
    asked = limit if who.subject.cameras is None else _MOST_UNFILTERED

    def near(dispatch: Dispatch) -> bool:
        return parts.sees(who, dispatch.camera_id, frozenset({dispatch.agency}))

    def read() -> schemas.DispatchesOut:
        seq, found = parts.services.desk.dispatches(states, who.subject.only_agency, asked)
        return schemas.DispatchesOut(seq=seq, items=parts.shapes.dispatches(list(filter(near, found))[:limit]))

    return await parts.services.threads.read(read)


@router.post("/api/dispatches/{dispatch_id}/advance")
@requires(Action.ADVANCE_DISPATCH, targets.dispatch)
async def advance(dispatch_id: str, body: bodies.AdvanceIn, who: Caller, parts: Parts) -> schemas.DispatchOut:
    """Recibido, en camino, en el lugar, cerrado."""
    closing = (
        None
        if body.result is None
        else Closing(body.result, body.receiver_name, body.receiver_cip, body.receiver_station)
    )
    done = await parts.services.threads.write(
        parts.services.desk.advance, dispatch_id, who.actor, body.to, body.note, closing
    )
    return await _shaped(parts, done)


@router.post("/api/dispatches/{dispatch_id}/unit")
@requires(Action.WORK_UNITS, targets.dispatch)
async def unit(dispatch_id: str, body: bodies.DispatchUnitIn, who: Caller, parts: Parts) -> schemas.DispatchOut:
    """Send a unit of the agency to it, or another instead of the one that it has."""
    desk = parts.services.desk
    return await _shaped(
        parts, await parts.services.threads.write(desk.assign_unit, dispatch_id, who.actor, body.unit_id)
    )


@router.post("/api/dispatches/{dispatch_id}/call")
@requires(Action.WORK_INCIDENTS, targets.dispatch)
async def call(dispatch_id: str, body: bodies.CallBackIn, who: Caller, parts: Parts) -> schemas.DispatchOut:
    """Write down the call that is due where nobody said "recibido"."""
    said = VoiceCall(body.answered, body.spoken_to, body.read_back)
    desk = parts.services.desk
    return await _shaped(parts, await parts.services.threads.write(desk.call_back, dispatch_id, who.actor, said))


async def _shaped(parts: Console, dispatch: Dispatch) -> schemas.DispatchOut:
    (shaped,) = await parts.services.threads.read(parts.shapes.dispatches, [dispatch])
    return shaped
