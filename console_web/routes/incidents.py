"""Incidents: open by hand, send, note, close; their picture and the recorded minutes around them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from fastapi import Query, Response
from starlette.responses import FileResponse

from alerts.calls import Call
from alerts.nearby import named, nearest
from alerts.records import Alert, Incident, IncidentState
from console_web import bodies, room_schemas, schemas, targets
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.media import PLAYLIST_TYPE, Init, segment_response, snapshot_bytes, snapshot_response, window_playlist
from console_web.milliseconds import ns
from console_web.moments import place_at
from console_web.problems import Problem, not_found
from console_web.services import Services
from nvr.errors import NotFound
from nvr.proof.dispatch_sheet import sheet_bytes
from nvr.proof.parte import MOST_PICTURES, Picture, parte_bytes
from nvr.proof.parte_case import CaseFile

router = guarded_router()
_MOST: int = 500
_NEAR: int = 8
_STILL_PX: int = 960
_MOST_UNFILTERED: int = 2000


async def shaped(parts: Console, who: Identity, incident_id: str) -> schemas.IncidentOut:
    """An incident as its reader may see it."""

    def read() -> schemas.IncidentOut:
        return parts.shapes.incident(parts.services.desk.incident(incident_id), only_agency=who.subject.only_agency)

    return await parts.services.threads.read(read)


@router.post("/api/incidents")
@requires(Action.OPEN_INCIDENT, targets.camera_in_body)
async def open_by_hand(body: bodies.IncidentIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """ "Lo vi yo": an operator saw it himself."""
    incident = await parts.services.threads.write(
        parts.services.desk.open_incident,
        body.camera_id,
        ns(body.occurred_wall_ms),
        body.type_code,
        body.priority,
        body.note,
        who.actor,
        idempotency_key=body.idempotency_key,
    )
    return await shaped(parts, who, incident.incident_id)


@router.post("/api/calls")
@requires(Action.OPEN_INCIDENT, targets.camera_in_body)
async def open_by_call(body: bodies.CallIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Somebody called: an incident at the camera nearest to what he tells, and at others near by."""
    if not all(parts.sees(who, each) for each in body.further_cameras):
        raise not_found()
    incident = await parts.services.threads.write(
        parts.services.desk.open_incident,
        body.camera_id,
        ns(body.occurred_wall_ms),
        body.type_code,
        body.priority,
        body.note,
        who.actor,
        Call(
            body.origin,
            body.caller,
            body.phone,
            body.place,
            body.sector,
            None if body.location is None else (body.location[0], body.location[1]),
        ),
        idempotency_key=body.idempotency_key,
        further=body.further_cameras,
    )
    return await shaped(parts, who, incident.incident_id)


@router.get("/api/nearby")
@requires(Action.OPEN_INCIDENT)
async def nearby(
    who: Caller,
    parts: Parts,
    text: Annotated[str, Query(max_length=200)] = "",
    lat: Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False)] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180, allow_inf_nan=False)] = None,
) -> room_schemas.NearCamerasOut:
    """Cameras within reach near a place: by its coordinates where they are known, else by what people call it."""
    cameras = [each for each in parts.services.config.enabled_cameras if parts.sees(who, each.id)]
    found = [] if lat is None or lon is None else nearest(cameras, lat, lon, _NEAR)
    known = {each.camera.id for each in found}
    found += [each for each in named(cameras, text, _NEAR) if each.camera.id not in known][: _NEAR - len(found)]
    return room_schemas.NearCamerasOut(
        items=[
            room_schemas.NearCameraOut(
                camera_id=each.camera.id, number=each.camera.number, name=each.camera.name, metres=each.metres
            )
            for each in found
        ]
    )


@router.get("/api/incidents")
@requires(Action.SEE_INCIDENTS)
async def incidents(
    who: Caller,
    parts: Parts,
    state: Annotated[list[IncidentState], Query(min_length=1, max_length=2)],
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> schemas.IncidentsOut:
    """Incidents within reach, without time lines."""
    agency = who.subject.only_agency
    states = list(dict.fromkeys(state))
    asked = limit if who.subject.cameras is None else _MOST_UNFILTERED

    def read() -> schemas.IncidentsOut:
        seq, found = parts.services.desk.incidents(states, asked, agency)
        near = [
            incident
            for incident in found
            if parts.sees(who, incident.camera_id, frozenset(each.agency for each in incident.dispatches))
        ]
        items = [parts.shapes.incident(incident, only_agency=agency) for incident in near[:limit]]
        return schemas.IncidentsOut(seq=seq, items=items)

    return await parts.services.threads.read(read)


@router.get("/api/incidents/{incident_id}")
@requires(Action.SEE_INCIDENTS, targets.incident)
async def incident(incident_id: str, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """One incident with its time line."""
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/dispatches")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def dispatch(incident_id: str, body: bodies.IncidentDispatchIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Send an agency."""
    desk = parts.services.desk
    await parts.services.threads.write(
        desk.dispatch_incident,
        incident_id,
        who.actor,
        body.agency,
        body.note,
        body.idempotency_key,
        unit_id=body.unit_id,
    )
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/notes")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def note(incident_id: str, body: bodies.NoteIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Write a note on the time line."""
    await parts.services.threads.write(parts.services.desk.add_note, incident_id, who.actor, body.text)
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/close")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def close(incident_id: str, body: bodies.IncidentCloseIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """End it; all that was sent must have ended before."""
    await parts.services.threads.write(parts.services.desk.close_incident, incident_id, who.actor, body.note)
    return await shaped(parts, who, incident_id)


@router.get("/api/incidents/{incident_id}/snapshot", response_class=Response)
@requires(Action.SEE_INCIDENTS, targets.incident)
async def snapshot(incident_id: str, parts: Parts) -> Response:
    """The first alert's picture."""
    alerts = await parts.services.threads.read(parts.services.desk.alerts_of_incident, incident_id)
    first = next((alert.snapshot for alert in alerts if alert.snapshot), "")
    return await parts.services.threads.files(snapshot_response, parts.services.snapshots, first)


@router.get("/api/incidents/{incident_id}/parte.pdf", response_class=Response)
@requires(Action.PRINT_PARTE, targets.incident)
async def parte(incident_id: str, who: Caller, parts: Parts) -> Response:
    """The parte de ocurrencia, as it stands now; taking it is audited. It names the persons, so only who may read them takes it."""
    services = parts.services

    def read() -> tuple[Incident, CaseFile, list[Alert]]:
        desk = services.desk
        case = CaseFile(desk.versions(incident_id), desk.persons(incident_id))
        return desk.incident(incident_id), case, desk.alerts_of_incident(incident_id)

    found, case, alerts = await services.threads.read(read)
    pictured = [alert for alert in alerts if alert.snapshot]
    pictures = await services.threads.files(_snapshots, services.snapshots, pictured[:MOST_PICTURES])
    for camera_id in found.camera_ids:
        if len(pictures) < MOST_PICTURES and camera_id not in {each.camera_id for each in pictures}:
            pictures += await _still(parts, who, found, camera_id)
    left_out = len(pictured[MOST_PICTURES:])
    now_ns = services.clock.wall_ns()
    data = await services.threads.read(parte_bytes, found, services.config, pictures, now_ns, case, left_out)
    await parts.note_look(who, "incident.print", incident_id)
    headers = {"Content-Disposition": f'inline; filename="parte-{found.number}.pdf"', "Cache-Control": "no-store"}
    return Response(data, media_type="application/pdf", headers=headers)


def _snapshots(root: Path, alerts: Sequence[Alert]) -> list[Picture]:
    return [Picture(each.camera_id, each.decided_wall_ns, snapshot_bytes(root, each.snapshot)) for each in alerts]


async def _still(parts: Console, who: Identity, incident: Incident, camera_id: str) -> list[Picture]:
    """The moment at a camera of which no alert has a picture, out of what was recorded: one, or none where that can't be had."""
    if not parts.sees(who, camera_id):
        return []
    at_ns = incident.occurred_wall_ns
    place = await parts.services.threads.files(place_at, parts.services, camera_id, at_ns)
    jpeg = None if place is None else await parts.stills.picture(place, _STILL_PX)
    return [] if jpeg is None else [Picture(camera_id, at_ns, jpeg, recorded=True)]


@router.get("/api/incidents/{incident_id}/dispatches/{dispatch_id}/hoja.pdf", response_class=Response)
@requires(Action.PRINT_PARTE, targets.incident)
async def sheet(incident_id: str, dispatch_id: str, who: Caller, parts: Parts) -> Response:
    """One dispatch on one page, to be handed over where no channel works; taking it is audited."""

    def write() -> tuple[str, bytes]:
        services = parts.services
        found = services.desk.incident(incident_id)
        dispatch = next((each for each in found.dispatches if each.dispatch_id == dispatch_id), None)
        if dispatch is None:
            raise NotFound("Ese incidente no tiene ese despacho")
        return found.number, sheet_bytes(found, dispatch, services.config, services.clock.wall_ns())

    number, data = await parts.services.threads.read(write)
    await parts.note_look(who, "dispatch.print", dispatch_id)
    headers = {"Content-Disposition": f'inline; filename="hoja-{number}.pdf"', "Cache-Control": "no-store"}
    return Response(data, media_type="application/pdf", headers=headers)


@router.get("/api/incidents/{incident_id}/playlist.m3u8", response_class=Response)
@requires(Action.PLAY_INCIDENTS, targets.incident)
async def playlist(incident_id: str, who: Caller, parts: Parts) -> Response:
    """HLS of the minutes around it."""

    text = await parts.services.threads.files(recorded_window, parts.services, incident_id)
    await parts.note_look(who, "incident.play", incident_id)
    return Response(text, media_type=PLAYLIST_TYPE)


def recorded_window(services: Services, incident_id: str, camera_id: str | None = None) -> str:
    """The playlist of the minutes around an incident, at its first camera or another one of it. Runs in a thread."""
    found = services.desk.incident(incident_id)
    from_ns, to_ns = services.desk.incident_window(incident_id)
    now_ns = services.clock.wall_ns()
    return window_playlist(
        services,
        found.camera_id if camera_id is None else camera_id,
        from_ns,
        now_ns if to_ns is None else min(to_ns, now_ns),
        over=to_ns is not None,
        uri=f"/api/incidents/{incident_id}/segments/{{}}/media.mp4",
    )


@router.head("/api/incidents/{incident_id}/segments/{segment_id}/media.mp4", include_in_schema=False)
@router.get("/api/incidents/{incident_id}/segments/{segment_id}/media.mp4", response_class=FileResponse)
@requires(Action.PLAY_INCIDENTS, targets.incident_segment)
async def segment_media(segment_id: str, parts: Parts, init: Init = None) -> Response:
    """A recorded file that its playlist names; byte ranges."""
    found = await parts.objects.find(parts.objects.segment, segment_id)
    if found is None:
        raise Problem(404, "not_found", "La grabación ya no existe.")
    return await parts.services.threads.files(segment_response, parts.services.recordings, found.path, init)
