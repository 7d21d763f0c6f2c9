"""Cameras, their state, and the kinds of occurrence that an operator chooses from."""

from __future__ import annotations

from alerts.occurrences import occurrence_types
from analytics import view_orders
from console_web import schemas, targets
from console_web.access import Action, cameras_within_reach
from console_web.console import Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.problems import not_found

router = guarded_router()


@router.get("/api/cameras")
@requires(Action.SEE_CAMERAS)
async def cameras(who: Caller, parts: Parts) -> list[schemas.CameraOut]:
    """The cameras within reach, by number."""
    config = parts.services.config
    ordered = sorted(config.cameras, key=lambda camera: camera.number)
    dispatched = await parts.objects.dispatched_cameras(who.subject)
    near = set(cameras_within_reach(who.subject, (camera.id for camera in ordered), dispatched))
    states = await parts.services.threads.read(parts.stream_states)
    return [parts.shapes.camera(camera, states) for camera in ordered if camera.id in near]


@router.get("/api/cameras/{camera_id}")
@requires(Action.SEE_CAMERAS, targets.camera)
async def camera(camera_id: str, parts: Parts) -> schemas.CameraOut:
    """One camera."""
    found = parts.services.config.camera(camera_id)
    if found is None:
        raise not_found()
    return parts.shapes.camera(found, await parts.services.threads.read(parts.stream_states))


@router.post("/api/cameras/{camera_id}/accept-view", status_code=204)
@requires(Action.ACCEPT_VIEWS, targets.watched_camera)
async def accept_view(camera_id: str, who: Caller, parts: Parts) -> None:
    """What it shows from now on is its usual view: it was turned on purpose, or what stands before it stays there."""
    views = parts.services.views
    if views is None:
        raise not_found()
    await parts.note_act(who, "camera.accept_view", camera_id)
    await parts.services.threads.write(view_orders.order_anew, views, camera_id)


@router.get("/api/occurrences")
@requires(Action.SEE_OCCURRENCES)
async def occurrences() -> list[schemas.OccurrenceTypeOut]:
    """What an incident can be, in the order in which screens offer it."""
    return [
        schemas.OccurrenceTypeOut(code=kind.code, group=kind.group, name=kind.name, priority=kind.priority)
        for kind in occurrence_types()
    ]
