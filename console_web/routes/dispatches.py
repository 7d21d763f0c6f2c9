"""The agencies' boards: what was sent, and how far it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from alerts.records import Dispatch, DispatchState
from console_web import bodies, schemas, targets
from console_web.access import Action
from console_web.console import Parts
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
    agency = who.subject.agency if who.subject.bound_to_agency and who.subject.agency else None
    states = list(dict.fromkeys(state))
    asked = limit if who.subject.cameras is None else _MOST_UNFILTERED

    def near(dispatch: Dispatch) -> bool:
        return parts.sees(who, dispatch.camera_id, frozenset({dispatch.agency}))

    def read() -> schemas.DispatchesOut:
        seq, found = parts.services.desk.dispatches(states, agency, asked)
        return schemas.DispatchesOut(seq=seq, items=parts.shapes.dispatches(list(filter(near, found))[:limit]))

    return await parts.services.threads.read(read)


@router.post("/api/dispatches/{dispatch_id}/advance")
@requires(Action.ADVANCE_DISPATCH, targets.dispatch)
async def advance(dispatch_id: str, body: bodies.AdvanceIn, who: Caller, parts: Parts) -> schemas.DispatchOut:
    """Recibido, en camino, en el lugar, cerrado."""
    done = await parts.services.threads.write(parts.services.desk.advance, dispatch_id, who.actor, body.to, body.note)
    (shaped,) = await parts.services.threads.read(parts.shapes.dispatches, [done])
    return shaped
