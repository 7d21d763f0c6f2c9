"""What a camera is over ONVIF and how it is set: picture, focus, relay outputs, restart."""

from __future__ import annotations

from console_web import bodies, device_schemas, devices, targets
from console_web.access import Action
from console_web.console import Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.problems import invalid
from ingest.ptz import orders

router = guarded_router()


@router.get("/api/cameras/{camera_id}/device")
@requires(Action.SEE_DEVICES, targets.onvif_camera)
async def device(camera_id: str, parts: Parts) -> device_schemas.DeviceOut:
    """Make, model, clock, picture, relays."""
    return devices.device_out(await devices.ask(parts, orders.Inspect(camera_id=camera_id), orders.DeviceView, 30.0))


@router.post("/api/cameras/{camera_id}/device/imaging")
@requires(Action.SET_DEVICES, targets.onvif_camera)
async def imaging(camera_id: str, body: bodies.ImagingIn, who: Caller, parts: Parts) -> device_schemas.DeviceOut:
    """Set brightness, contrast and the like, day or night, the kind of focus."""
    order = orders.Adjust(
        camera_id=camera_id,
        levels={str(name): value for name, value in body.levels.items()},
        ir=body.ir,
        focus=body.focus,
    )
    return await devices.change(parts, who, order)


@router.post("/api/cameras/{camera_id}/device/focus")
@requires(Action.SET_DEVICES, targets.onvif_camera)
async def focus(camera_id: str, body: bodies.FocusIn, who: Caller, parts: Parts) -> device_schemas.DeviceOut:
    """Move the focus a little."""
    return await devices.change(parts, who, orders.Focus(camera_id=camera_id, speed=body.speed))


@router.post("/api/cameras/{camera_id}/device/relay")
@requires(Action.SET_DEVICES, targets.onvif_camera)
async def relay(camera_id: str, body: bodies.RelayIn, who: Caller, parts: Parts) -> device_schemas.DeviceOut:
    """Switch a relay output."""
    return await devices.change(parts, who, orders.Switch(camera_id=camera_id, relay=body.relay, on=body.on))


@router.post("/api/cameras/{camera_id}/device/reboot")
@requires(Action.REBOOT_DEVICES, targets.onvif_camera)
async def reboot(camera_id: str, body: bodies.RebootIn, who: Caller, parts: Parts) -> device_schemas.DeviceOut:
    """Restart the camera: about a minute without pictures, which is why its id is asked for once more."""
    if body.confirm != camera_id:
        raise invalid("Para reiniciar la cámara escriba su identificador tal como es.")
    return await devices.change(parts, who, orders.Reboot(camera_id=camera_id))
