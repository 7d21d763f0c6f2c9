"""The ONVIF end of the fleet: a device for each camera whose configuration names one on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final, Literal

from ingest.simulator.clips import FleetShape
from ingest.simulator.onvif_device import OnvifCamera
from ingest.simulator.onvif_discovery import listen
from ingest.simulator.onvif_server import OnvifServer
from nvr.clock import Clock
from nvr.config import Camera, Credential
from nvr.errors import NotFound
from nvr.media import StreamKind

# What the simulated devices' clocks are off by: like the field's, none is right.
_CLOCK_OFFSETS_S: Final = (7200.0, -86_400.0, 3.0, 0.0)
_SIGNALS: Final = {
    "motion": ("tns1:RuleEngine/CellMotionDetector/Motion", "Rule", "MyMotionDetectorRule"),
    "tamper": ("tns1:RuleEngine/TamperDetector/Tamper", "VideoSourceConfigurationToken", "vsc0"),
    "input": ("tns1:Device/Trigger/DigitalInput", "InputToken", "entrada1"),
}
_MAIN_KBPS: Final = 4096
_SUB_KBPS: Final = 512

SignalKind = Literal["motion", "tamper", "input"]


class OnvifFleet:
    """The devices of a fleet, by camera id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.servers: dict[str, OnvifServer] = {}

    async def listen(
        self,
        stack: AsyncExitStack,
        *,
        cameras: tuple[Camera, ...],
        credentials: Mapping[str, Credential | None],
        shape: FleetShape,
        url: Callable[[str, StreamKind], str],
        unplugged: Callable[[str], bool],
        any_port: bool,
    ) -> None:
        """Listen where the configuration says that the devices are, or on free ports of those addresses.

        Raises:
            ConfigError: a port is taken.
        """
        simulated = [camera for camera in cameras if camera.onvif is not None and _is_ours(camera.onvif.host)]
        for index, camera in enumerate(simulated):
            if camera.onvif is None:
                continue
            device = OnvifCamera(
                camera.id,
                camera.name,
                credentials[camera.id],
                _streams(camera, shape, url),
                moves=camera.ptz,
                clock_offset_s=_CLOCK_OFFSETS_S[index % len(_CLOCK_OFFSETS_S)],
            )
            gone = _Gone(camera.id, unplugged)
            server = self.servers[camera.id] = OnvifServer(device, self._clock, gone)
            await server.listen(camera.onvif.host, 0 if any_port else camera.onvif.port)
            stack.push_async_callback(server.close)
        if self.servers:
            transport = await listen(self._devices)
            if transport is not None:
                stack.callback(transport.close)

    def _devices(self) -> list[tuple[str, str, str]]:
        return [
            (camera_id, server.camera.name, f"{server.base}/onvif/device_service")
            for camera_id, server in self.servers.items()
        ]

    def signal(self, camera_id: str, kind: SignalKind, *, active: bool) -> None:
        """Let a device notice something.

        Raises:
            NotFound: the camera has no ONVIF service here.
        """
        if camera_id not in self.servers:
            raise NotFound(f"the camera {camera_id[:40]!r} has no simulated ONVIF service")
        self.servers[camera_id].camera.signal(*_SIGNALS[kind], active=active)

    def device(self, camera_id: str) -> OnvifCamera | None:
        """A camera's device as it is now."""
        server = self.servers.get(camera_id)
        if server is None:
            return None
        server.camera.advance(self._clock.monotonic_ns())
        return server.camera


class _Gone:
    def __init__(self, camera_id: str, unplugged: Callable[[str], bool]) -> None:
        self._camera_id, self._unplugged = camera_id, unplugged

    def __call__(self) -> bool:
        return self._unplugged(self._camera_id)


def _is_ours(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _streams(
    camera: Camera, shape: FleetShape, url: Callable[[str, StreamKind], str]
) -> dict[str, tuple[str, int, int, int, int, int]]:
    made = {}
    for stream in StreamKind:
        if camera.source(stream) is None:
            continue
        of = shape.stream(stream)
        kbps = _MAIN_KBPS if stream is StreamKind.MAIN else _SUB_KBPS
        made[str(stream)] = (url(camera.id, stream), of.width_px, of.height_px, of.fps, of.fps * shape.gop_s, kbps)
    return made
