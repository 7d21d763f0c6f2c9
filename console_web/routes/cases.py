"""What an incident gathers: its words anew, further cameras and calls, ticked steps, persons, and the incident that it repeats."""

from __future__ import annotations

from fastapi import Response

from alerts.amendments import Amendment
from alerts.calls import Call
from alerts.persons import PersonWords
from console_web import case_bodies, case_schemas, case_shapes, schemas, targets
from console_web.access import Action
from console_web.console import Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.media import PLAYLIST_TYPE
from console_web.milliseconds import ns
from console_web.problems import not_found
from console_web.routes.alerts import any_owner
from console_web.routes.incidents import recorded_window, shaped

router = guarded_router()


@router.post("/api/incidents/{incident_id}/amend")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def amend(incident_id: str, body: case_bodies.AmendIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Say something of it anew; 409 where somebody else has since the version that the writer saw."""
    words = Amendment(
        body.type_code,
        body.priority,
        body.address,
        body.note,
        None if body.occurred_wall_ms is None else ns(body.occurred_wall_ms),
    )
    await parts.services.threads.write(
        parts.services.desk.amend_incident,
        incident_id,
        who.actor,
        body.base_version,
        words,
        body.reason,
        senior=any_owner(who),
    )
    return await shaped(parts, who, incident_id)


@router.get("/api/incidents/{incident_id}/versions")
@requires(Action.SEE_INCIDENTS, targets.incident)
async def versions(incident_id: str, parts: Parts) -> case_schemas.IncidentVersionsOut:
    """All that was said of it."""
    return case_shapes.versions(await parts.services.threads.read(parts.services.desk.versions, incident_id))


@router.post("/api/incidents/{incident_id}/strike")
@requires(Action.STRIKE_WORDS, targets.incident)
async def strike(incident_id: str, body: case_bodies.StrikeIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Strike words that name somebody out of all that is written of it; they are gone for ever."""
    desk = parts.services.desk
    await parts.services.threads.write(desk.strike_words, incident_id, who.actor, body.words, body.reason)
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/cameras")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def add_camera(
    incident_id: str, body: case_bodies.IncidentCameraIn, who: Caller, parts: Parts
) -> schemas.IncidentOut:
    """Count a further camera to it."""
    if not parts.sees(who, body.camera_id):
        raise not_found()
    desk = parts.services.desk
    await parts.services.threads.write(
        desk.add_camera, incident_id, who.actor, body.camera_id, body.reason, senior=any_owner(who)
    )
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/cameras/{camera_id}/remove")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def remove_camera(
    incident_id: str, camera_id: str, body: case_bodies.ReasonIn, who: Caller, parts: Parts
) -> schemas.IncidentOut:
    """Take a further camera off it; what is held stays held."""
    desk = parts.services.desk
    await parts.services.threads.write(
        desk.remove_camera, incident_id, who.actor, camera_id, body.reason, senior=any_owner(who)
    )
    return await shaped(parts, who, incident_id)


@router.get("/api/incidents/{incident_id}/proposed-cameras")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def proposed_cameras(incident_id: str, who: Caller, parts: Parts) -> case_schemas.ProposedCamerasOut:
    """Cameras within reach that stand beside its own."""
    found = await parts.services.threads.read(parts.services.desk.proposed_cameras, incident_id)
    items = []
    for camera_id, way_s in found:
        if parts.sees(who, camera_id):
            number, place = parts.shapes.place(camera_id)
            items.append(
                case_schemas.ProposedCameraOut(camera_id=camera_id, camera_number=number, place=place, way_s=way_s)
            )
    return case_schemas.ProposedCamerasOut(items=items)


@router.get("/api/incidents/{incident_id}/cameras/{camera_id}/playlist.m3u8", response_class=Response)
@requires(Action.PLAY_INCIDENTS, targets.incident_camera)
async def camera_playlist(incident_id: str, camera_id: str, who: Caller, parts: Parts) -> Response:
    """HLS of the same minutes at one of its cameras."""
    text = await parts.services.threads.files(recorded_window, parts.services, incident_id, camera_id)
    await parts.note_look(who, "incident.play", incident_id, {"camera_id": camera_id})
    return Response(text, media_type=PLAYLIST_TYPE)


@router.post("/api/incidents/{incident_id}/steps/{step}")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def tick(incident_id: str, step: str, body: case_bodies.StepIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Tick a step of its procedure, or take the tick back."""
    desk = parts.services.desk
    await parts.services.threads.write(desk.tick_step, incident_id, who.actor, step, body.state, body.reason)
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/calls")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def add_call(incident_id: str, body: case_bodies.FurtherCallIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Tie a further call to it."""
    at = None if body.location is None else (body.location[0], body.location[1])
    call = Call(body.origin, body.caller, body.phone, body.place, body.sector, at, body.told)
    desk = parts.services.desk
    await parts.services.threads.write(desk.add_call, incident_id, who.actor, call, body.idempotency_key)
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/duplicate")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def duplicate(incident_id: str, body: case_bodies.DuplicateIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Say which incident it repeats; both stay as they are."""
    services = parts.services
    if body.number is not None:
        other = await services.threads.read(
            services.desk.incident, await services.threads.read(services.desk.incident_id_of, body.number)
        )
        if not parts.sees(who, other.camera_id, frozenset(each.agency for each in other.dispatches)):
            raise not_found()
    await services.threads.write(
        services.desk.link_duplicate, incident_id, who.actor, body.number, body.reason, senior=any_owner(who)
    )
    return await shaped(parts, who, incident_id)


@router.get("/api/incidents/{incident_id}/persons")
@requires(Action.SEE_PERSONS, targets.incident)
async def persons(incident_id: str, who: Caller, parts: Parts) -> case_schemas.PersonsOut:
    """Who is involved; masked for roles that need no more. Reading is audited."""
    found = await parts.services.threads.read(parts.services.desk.persons, incident_id)
    masked = not who.subject.may(Action.READ_PERSONS)
    if found:
        await parts.note_look(who, "incident.persons", incident_id, {"masked": "yes" if masked else "no"})
    return case_shapes.involved(found, masked=masked)


@router.post("/api/incidents/{incident_id}/persons")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def add_person(incident_id: str, body: case_bodies.PersonIn, who: Caller, parts: Parts) -> schemas.IncidentOut:
    """Count a person to it."""
    desk = parts.services.desk
    await parts.services.threads.write(
        desk.add_person,
        incident_id,
        who.actor,
        _words(body),
        body.idempotency_key,
        body.reason,
        senior=any_owner(who),
    )
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/persons/{person_id}")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def change_person(
    incident_id: str, person_id: str, body: case_bodies.PersonChangeIn, who: Caller, parts: Parts
) -> schemas.IncidentOut:
    """Say of a person anew what is said of it."""
    desk = parts.services.desk
    await parts.services.threads.write(
        desk.change_person,
        incident_id,
        person_id,
        who.actor,
        body.base_version,
        _words(body),
        body.reason,
        senior=any_owner(who),
    )
    return await shaped(parts, who, incident_id)


@router.post("/api/incidents/{incident_id}/persons/{person_id}/remove")
@requires(Action.WORK_INCIDENTS, targets.incident)
async def remove_person(
    incident_id: str, person_id: str, body: case_bodies.PersonRemoveIn, who: Caller, parts: Parts
) -> schemas.IncidentOut:
    """Take a person off it."""
    desk = parts.services.desk
    await parts.services.threads.write(
        desk.remove_person,
        incident_id,
        person_id,
        who.actor,
        body.base_version,
        body.reason,
        senior=any_owner(who),
    )
    return await shaped(parts, who, incident_id)


def _words(body: case_bodies.PersonWordsIn) -> PersonWords:
    return PersonWords(body.role, body.name, body.document_kind, body.document_number, body.phone, body.statement)
