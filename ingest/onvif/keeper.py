"""Everything of a camera over ONVIF but its movement: what it is, how its picture is set, relays, restart."""

from __future__ import annotations

import asyncio
from typing import Final

from ingest.onvif import relays
from ingest.onvif.device import Device, Identity, optional
from ingest.onvif.imaging import Imager, Imaging
from ingest.onvif.link import Link
from ingest.onvif.pilot import Pilot
from ingest.ptz import orders
from nvr.errors import NotFound

_FOCUS_S: Final = 0.4
"""The focus moves for so long at a press."""


class Keeper:
    """One camera's; works through the pilot's link, so that a camera is asked one thing at a time."""

    def __init__(self, camera_id: str, pilot: Pilot) -> None:
        self._camera_id = camera_id
        self._pilot = pilot
        self._switched: dict[str, bool] = {}
        self.events = ""

    @property
    def _link(self) -> Link:
        return self._pilot.link

    async def order(self, order: orders.DeviceOrder) -> orders.DeviceView:
        """Carry out an order of the console.

        Raises:
            NotFound: no such relay.
            InvalidInput: a setting that the camera does not take.
            SourceError: as ``Device.call``.
        """
        match order:
            case orders.Inspect():
                pass
            case orders.Adjust():
                await self._link.do(lambda device: self._imager(device).change(order.levels, order.ir, order.focus))
            case orders.Focus():
                await self._link.do(lambda device: self._imager(device).drive_focus(order.speed))
                await asyncio.sleep(_FOCUS_S)
                await self._link.do(lambda device: self._imager(device).stop_focus())
            case orders.Switch():
                known = await self._link.do(relays.relays)
                if order.relay not in {relay.token for relay in known}:
                    raise NotFound("la cámara no tiene esa salida")
                await self._link.do(lambda device: relays.switch(device, order.relay, on=order.on))
                self._switched[order.relay] = order.on
            case orders.Reboot():
                # The view first: afterwards the camera answers nothing for a minute.
                view = await self._link.do(self._view)
                await self._link.do(lambda device: device.reboot())
                self._switched.clear()
                return view
        return await self._link.do(self._view)

    def _imager(self, device: Device) -> Imager:
        return Imager(device, self._pilot.source)

    def _view(self, device: Device) -> orders.DeviceView:
        identity = optional(device.identity) or Identity("", "", "", "")
        found = optional(self._imager(device).read) if device.has("imaging") else None
        picture = found or Imaging(levels={}, ir=None, focus=None, focus_moves=False)
        outputs = optional(relays.relays, device) or []
        return orders.DeviceView(
            camera_id=self._camera_id,
            manufacturer=identity.manufacturer,
            model=identity.model,
            firmware=identity.firmware,
            serial=identity.serial,
            address=f"{device.address}:{device.endpoint.port}",
            clock_offset_s=device.clock_offset_s,
            events=self.events,
            levels=tuple(
                orders.LevelView(name=name, value=level.value, least=level.least, most=level.most)
                for name, level in picture.levels.items()
            ),
            ir=picture.ir or "",
            focus=picture.focus or "",
            focus_moves=picture.focus_moves,
            relays=tuple(
                orders.RelayView(token=relay.token, pulse=relay.pulse, on=self._switched.get(relay.token))
                for relay in outputs
            ),
        )
