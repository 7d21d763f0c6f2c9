"""The console's way to the cameras themselves: orders to the worker that talks ONVIF, with who asks and how he ranks, each act in the audit."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from console_web import device_schemas
from console_web.auth import Identity
from console_web.console import Console
from console_web.problems import Problem, not_found
from ingest.ptz import orders
from ingest.ptz.reservation import Rank
from nvr.catalogue import alert_rows
from nvr.catalogue.users import Role
from nvr.errors import (
    BusError,
    CameraRefusedLogin,
    CameraUnreachable,
    DeviceRefused,
    SourceError,
)

_View = TypeVar("_View", bound=msgspec.Struct)
_STEER_S: Final = 5.0
_TRY_AGAIN: Final = "Intente de nuevo en unos segundos."


async def asker(parts: Console, who: Identity, camera_id: str) -> orders.Asker:
    """Somebody, with his rank at this camera: whoever has an incident there goes before supervisors, and they before operators."""

    def ranks() -> Rank:
        with parts.services.catalogue.read() as tx:
            owned = alert_rows.of_owner(tx, who.user.user_id)
        if any(row["camera_id"] == camera_id and row["incident_id"] is not None for row in owned):
            return Rank.INCIDENT_OWNER
        return Rank.SUPERVISOR if who.subject.role is Role.SUPERVISOR else Rank.OPERATOR

    rank = await parts.services.threads.read(ranks)
    return orders.Asker(who.user.user_id, who.user.full_name or who.user.name, int(rank), who.terminal)


async def ask(parts: Console, order: orders.Order, answer: type[_View], timeout_s: float = 15.0) -> _View:
    """Give an order; the worker's view after it.

    Raises:
        Problem: in the operator's words.
        Conflict, InvalidInput, IllegalStep, NotFound: the worker's, in the operator's words already.
    """
    if parts.services.cameras is None:
        raise not_found()
    try:
        found: _View = await parts.services.cameras.ask(order, answer, timeout_s)
    except CameraUnreachable:
        raise Problem(503, "unavailable", "La cámara no responde por ONVIF.", _TRY_AGAIN) from None
    except CameraRefusedLogin:
        raise Problem(
            503, "unavailable", "La cámara rechaza el usuario o la contraseña.", "Avise al administrador."
        ) from None
    except DeviceRefused as error:
        raise Problem(409, "illegal_step", "La cámara no acepta esa orden.", f"Dice: {error.message}"[:300]) from None
    except SourceError:
        raise Problem(
            503, "unavailable", "La cámara respondió algo que no se puede aceptar.", "Avise al administrador."
        ) from None
    except BusError:
        raise Problem(503, "unavailable", "El proceso que maneja las cámaras no responde.", _TRY_AGAIN) from None
    return found


async def act(parts: Console, who: Identity, order: orders.Act) -> device_schemas.PtzOut:
    """Give an order that moves a camera, written to the audit first; how the camera stands then."""
    await parts.note_act(who, f"ptz.{order.__struct_config__.tag}", order.camera_id, _detail(order))
    return ptz_out(await ask(parts, order, orders.PtzView), who.user.user_id)


async def change(parts: Console, who: Identity, order: orders.DeviceOrder) -> device_schemas.DeviceOut:
    """Give an order that sets a device, written to the audit first; how it is set then."""
    await parts.note_act(who, f"device.{order.__struct_config__.tag}", order.camera_id, _detail(order))
    return device_out(await ask(parts, order, orders.DeviceView, timeout_s=30.0))


def _detail(order: orders.Order) -> dict[str, str]:
    return {
        name: str(value)
        for name in order.__struct_fields__
        if name not in {"camera_id", "who"} and (value := getattr(order, name)) is not None
    }


async def steer(parts: Console, order: orders.Steer | orders.Halt) -> orders.PtzView:
    """Steer, in the rhythm of a hand: not written down each time."""
    return await ask(parts, order, orders.PtzView, _STEER_S)


def ptz_out(view: orders.PtzView, user_id: str) -> device_schemas.PtzOut:
    """How a camera stands, for somebody."""
    holder = view.holder
    return device_schemas.PtzOut(
        camera_id=view.camera_id,
        movable=view.movable,
        fault=view.fault,
        moving=view.moving,
        position=view.position,
        presets=[device_schemas.NamedOut(token=each.token, name=each.name) for each in view.presets],
        tours=[device_schemas.TourOut(token=each.token, name=each.name, running=each.running) for each in view.tours],
        patrols=list(view.patrols),
        patrol=view.patrol,
        patrol_held=view.patrol_held,
        holder=None
        if holder is None
        else device_schemas.HolderOut(
            name=holder.name,
            terminal=holder.terminal,
            mine=holder.user_id == user_id,
            rank={1: "operator", 2: "supervisor", 3: "incident"}[holder.rank],
            left_ms=holder.left_ms,
            reserved=holder.reserved,
        ),
    )


def device_out(view: orders.DeviceView) -> device_schemas.DeviceOut:
    """What a device is and how it is set."""
    return device_schemas.DeviceOut(
        camera_id=view.camera_id,
        manufacturer=view.manufacturer,
        model=view.model,
        firmware=view.firmware,
        serial=view.serial,
        address=view.address,
        clock_offset_s=view.clock_offset_s,
        events=view.events,
        levels=[
            device_schemas.LevelOut(name=each.name, value=each.value, least=each.least, most=each.most)
            for each in view.levels
        ],
        ir=view.ir,
        focus=view.focus,
        focus_moves=view.focus_moves,
        relays=[device_schemas.RelayOut(token=each.token, pulse=each.pulse, on=each.on) for each in view.relays],
    )
