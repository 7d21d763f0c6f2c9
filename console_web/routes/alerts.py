"""The queue of alerts: look, take, release, close, dispatch."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from alerts.records import AlertState
from console_web import bodies, room_schemas, schemas, targets
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.media import snapshot_response
from nvr.catalogue.users import Role

router = guarded_router()

_MOST: int = 500
_MOST_UNFILTERED: int = 5000


def any_owner(who: Identity) -> bool:
    """Whether he may act on what somebody else has taken."""
    return who.subject.role is Role.SUPERVISOR


@router.get("/api/alerts")
@requires(Action.SEE_ALERTS)
async def alerts(
    who: Caller,
    parts: Parts,
    state: Annotated[list[AlertState], Query(min_length=1, max_length=3)],
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 200,
) -> schemas.AlertsOut:
    """Alerts within reach, and the place in the change log that they stand for."""
    states = list(dict.fromkeys(state))
    # The desk knows no users: for somebody with few cameras, look further than his page is long.
    asked = limit if who.subject.cameras is None else _MOST_UNFILTERED
    seq, found = await parts.services.threads.read(parts.services.desk.alerts, states, asked)
    near = [alert for alert in found if parts.sees(who, alert.camera_id, others=frozenset(alert.cameras))][:limit]
    return schemas.AlertsOut(seq=seq, items=[parts.shapes.alert(alert) for alert in near])


@router.get("/api/alerts/{alert_id}")
@requires(Action.SEE_ALERTS, targets.alert)
async def alert(alert_id: str, parts: Parts) -> schemas.AlertOut:
    """One alert."""
    return parts.shapes.alert(await parts.services.threads.read(parts.services.desk.alert, alert_id))


@router.get("/api/alerts/{alert_id}/snapshot", response_class=Response)
@requires(Action.SEE_ALERTS, targets.alert_picture)
async def snapshot(alert_id: str, parts: Parts) -> Response:
    """Its picture."""
    found = await parts.services.threads.read(parts.services.desk.alert, alert_id)
    return await parts.services.threads.files(snapshot_response, parts.services.snapshots, found.snapshot)


@router.post("/api/alerts/{alert_id}/take")
@requires(Action.WORK_ALERTS, targets.alert)
async def take(alert_id: str, who: Caller, parts: Parts) -> schemas.AlertOut:
    """Take it: one of those who try gets it, the others are told who."""
    return parts.shapes.alert(await parts.services.threads.write(parts.services.desk.take, alert_id, who.actor))


@router.post("/api/alerts/{alert_id}/release")
@requires(Action.WORK_ALERTS, targets.alert)
async def release(alert_id: str, who: Caller, parts: Parts) -> schemas.AlertOut:
    """Give it back to the queue."""
    done = await parts.services.threads.write(
        parts.services.desk.release, alert_id, who.actor, any_owner=any_owner(who)
    )
    return parts.shapes.alert(done)


@router.post("/api/alerts/{alert_id}/close")
@requires(Action.WORK_ALERTS, targets.alert)
async def close(alert_id: str, body: bodies.AlertCloseIn, who: Caller, parts: Parts) -> schemas.AlertOut:
    """End it, with its outcome."""
    done = await parts.services.threads.write(
        parts.services.desk.close_alert, alert_id, who.actor, body.outcome, body.note, any_owner=any_owner(who)
    )
    return parts.shapes.alert(done)


@router.post("/api/alerts/{alert_id}/incident")
@requires(Action.WORK_ALERTS, targets.alert)
async def verify(alert_id: str, body: bodies.AlertVerifyIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """It is true: open its incident, and send nobody yet."""
    incident = await parts.services.threads.write(
        parts.services.desk.verify_alert,
        alert_id,
        who.actor,
        body.type_code,
        body.priority,
        body.note,
        any_owner=any_owner(who),
    )
    return await parts.services.threads.read(parts.shapes.incident, incident)


@router.get("/api/shelvings")
@requires(Action.SEE_ALERTS)
async def shelvings(who: Caller, parts: Parts) -> room_schemas.ShelvingsOut:
    """Zones at rest because they chattered, and those of the last two hours."""
    seq, found = await parts.services.threads.read(parts.services.desk.shelvings)
    near = [each for each in found if parts.sees(who, each.camera_id)]
    return room_schemas.ShelvingsOut(seq=seq, items=[parts.shapes.shelving(each) for each in near])


@router.post("/api/shelvings/{shelving_id}/end")
@requires(Action.WORK_ALERTS, targets.shelving)
async def end_shelving(shelving_id: str, who: Caller, parts: Parts) -> room_schemas.ShelvingOut:
    """Take a zone off the shelf: what waited there comes into the queue."""
    done = await parts.services.threads.write(parts.services.desk.end_shelving, shelving_id, who.actor)
    return parts.shapes.shelving(done)


@router.post("/api/alerts/{alert_id}/dispatches")
@requires(Action.WORK_ALERTS, targets.alert)
async def dispatch(alert_id: str, body: bodies.AlertDispatchIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Open the incident, if there is none yet, and send an agency; both or neither."""
    incident = await parts.services.threads.write(
        parts.services.desk.dispatch_alert,
        alert_id,
        who.actor,
        body.agency,
        body.type_code,
        body.priority,
        body.note,
        body.idempotency_key,
        any_owner=any_owner(who),
        unit_id=body.unit_id,
    )
    return await parts.services.threads.read(parts.shapes.incident, incident)
