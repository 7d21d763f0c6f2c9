"""Moving cameras: positions, patrols and reservations by request, the steering hand by socket."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Final

from fastapi import WebSocket
from pydantic import ValidationError

from console_web import bodies, device_schemas, devices, targets
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.guard import Admitted, Caller, guarded_router, requires
from console_web.problems import of_error
from console_web.sockets import keep_open
from ingest.ptz import orders
from nvr.errors import InvalidInput, NvrError

router = guarded_router()

_LOOK_S: Final = 0.5
_SAY_AGAIN_S: Final = 5.0


@router.get("/api/cameras/{camera_id}/ptz")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def ptz(camera_id: str, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Where it looks, its positions and patrols, and who has it."""
    view = await devices.ask(parts, orders.Look(camera_id=camera_id), orders.PtzView)
    return devices.ptz_out(view, who.user.user_id)


@router.post("/api/cameras/{camera_id}/ptz/reserve")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def reserve(camera_id: str, body: bodies.ReserveIn, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Have it for oneself for a while; a higher rank may take it all the same."""
    asker = await devices.asker(parts, who, camera_id)
    return await devices.act(parts, who, orders.Reserve(camera_id=camera_id, who=asker, seconds=body.seconds))


@router.post("/api/cameras/{camera_id}/ptz/release")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def release(camera_id: str, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Give it back."""
    asker = await devices.asker(parts, who, camera_id)
    return await devices.act(parts, who, orders.Release(camera_id=camera_id, who=asker))


@router.post("/api/cameras/{camera_id}/ptz/position")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def position(camera_id: str, body: bodies.PositionIn, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Look there."""
    asker = await devices.asker(parts, who, camera_id)
    order = orders.Place(camera_id=camera_id, who=asker, pan=body.pan, tilt=body.tilt, zoom=body.zoom)
    return await devices.act(parts, who, order)


@router.post("/api/cameras/{camera_id}/ptz/preset")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def preset(camera_id: str, body: bodies.PresetIn, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Go to a stored position."""
    asker = await devices.asker(parts, who, camera_id)
    return await devices.act(parts, who, orders.Goto(camera_id=camera_id, who=asker, preset=body.token or ""))


@router.post("/api/cameras/{camera_id}/ptz/presets")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def store_preset(camera_id: str, body: bodies.PresetNameIn, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Store where it looks now."""
    asker = await devices.asker(parts, who, camera_id)
    return await devices.act(parts, who, orders.StorePreset(camera_id=camera_id, who=asker, name=body.name))


@router.post("/api/cameras/{camera_id}/ptz/presets/{token}/remove")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def forget_preset(camera_id: str, token: str, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Remove a stored position."""
    if not 1 <= len(token) <= 64:
        raise InvalidInput("no es una posición")
    asker = await devices.asker(parts, who, camera_id)
    return await devices.act(parts, who, orders.ForgetPreset(camera_id=camera_id, who=asker, preset=token))


@router.post("/api/cameras/{camera_id}/ptz/patrol")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def patrol(camera_id: str, body: bodies.PatrolIn, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Start a patrol, or end the one that runs."""
    asker = await devices.asker(parts, who, camera_id)
    order = orders.RunPatrol(camera_id=camera_id, who=asker, name=body.name or "", dwell_s=body.dwell_s)
    return await devices.act(parts, who, order)


@router.post("/api/cameras/{camera_id}/ptz/tour")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def tour(camera_id: str, body: bodies.TourIn, who: Caller, parts: Parts) -> device_schemas.PtzOut:
    """Start or stop one of the device's own tours."""
    asker = await devices.asker(parts, who, camera_id)
    return await devices.act(parts, who, orders.RunTour(camera_id=camera_id, who=asker, tour=body.token, run=body.run))


@router.websocket("/api/ptz/{camera_id}")
@requires(Action.STEER_CAMERAS, targets.movable_camera)
async def steering(socket: WebSocket, camera_id: str, who: Admitted) -> None:
    """A hand on a camera: the browser says a velocity every 300 ms while a key is down; it hears how the camera stands."""
    parts: Console = socket.app.state.parts
    hand = _Hand(parts, camera_id, who, socket)
    try:
        await keep_open(socket, hand.work, hand.recheck, hand.hear)
    finally:
        await hand.let_go()


class _Hand:
    """One open socket. Policy LATEST: of what the browser said since the last order only the newest counts."""

    def __init__(self, parts: Console, camera_id: str, who: Identity, socket: WebSocket) -> None:
        self._parts = parts
        self._camera_id = camera_id
        self._who = who
        self._socket = socket
        self._said: bodies.SteerIn | None = None
        self._spoke = asyncio.Event()
        self._steered = False
        self._asker: orders.Asker | None = None

    def hear(self, text: str) -> None:
        """What the browser says; what is none of ours stops the camera."""
        try:
            self._said = bodies.SteerIn.model_validate_json(text)
        except ValidationError:
            self._said = bodies.SteerIn()
        self._spoke.set()

    def recheck(self, now: Identity) -> None:
        """Who the user is now; his rank may have changed."""
        self._who, self._asker = now, None

    async def work(self) -> None:
        """Pass on what was said, and tell how the camera stands: at once after an order, else twice a second where it changed."""
        told, told_s = "", 0.0
        loop = asyncio.get_running_loop()
        while True:
            text = await self._turn()
            if text != told or loop.time() - told_s > _SAY_AGAIN_S:
                await self._socket.send_text(text)
                told, told_s = text, loop.time()
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._spoke.wait()

    async def _turn(self) -> str:
        self._spoke.clear()
        said, self._said = self._said, None
        try:
            if said is None:
                view = await devices.ask(self._parts, orders.Look(camera_id=self._camera_id), orders.PtzView)
            else:
                view = await self._steer(said)
        except NvrError as error:
            problem = of_error(error)
            return json.dumps({"kind": "refused", "message": problem.message, "remedy": problem.remedy})
        out = devices.ptz_out(view, self._who.user.user_id)
        return json.dumps({"kind": "ptz", "body": out.model_dump(mode="json")})

    async def _steer(self, said: bodies.SteerIn) -> orders.PtzView:
        if self._asker is None:
            self._asker = await devices.asker(self._parts, self._who, self._camera_id)
        if said.pan == said.tilt == said.zoom == 0:
            return await devices.steer(self._parts, orders.Halt(camera_id=self._camera_id, who=self._asker))
        await self._parts.note_look(self._who, "ptz.steer", self._camera_id)
        self._steered = True
        return await devices.steer(
            self._parts,
            orders.Steer(camera_id=self._camera_id, who=self._asker, pan=said.pan, tilt=said.tilt, zoom=said.zoom),
        )

    async def let_go(self) -> None:
        """The socket is gone, however: the camera stops. Where even this fails, the worker's own timer does it."""
        if self._steered and self._asker is not None:
            with suppress(NvrError, asyncio.CancelledError):
                halt = orders.Halt(camera_id=self._camera_id, who=self._asker)
                await asyncio.shield(devices.steer(self._parts, halt))
