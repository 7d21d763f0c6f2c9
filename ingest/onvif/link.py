"""A device's thread: everything that is asked of one camera, one after the other, and the connection behind it, made anew when it breaks.

Its calls have deadlines of their own (``http_post``), so that a camera that hangs costs its own thread seconds and nobody else anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, TypeVar

from ingest.onvif.addresses import Endpoint
from ingest.onvif.device import Device
from nvr.clock import NS_PER_S, Clock
from nvr.config import Camera, Credential
from nvr.errors import CameraRefusedLogin, CameraUnreachable, DeviceRefused, SourceError

_FIRST_PAUSE_S: Final = 1.0
_MOST_PAUSE_S: Final = 60.0
_LOGIN_PAUSE_S: Final = 30.0
"""Cameras lock accounts after a few wrong passwords."""

T = TypeVar("T")
FaultKind = Literal["", "unreachable", "login", "refused", "hostile"]
"""Not there; user or password; lacks what the configuration asks of it; answers what can't be taken."""


def endpoint_of(camera: Camera) -> Endpoint:
    """Where a camera's ONVIF service is.

    Raises:
        ValueError: it has none.
    """
    device = camera.onvif
    if device is None:
        raise ValueError(f"{camera.id} has no ONVIF service")
    pin = device.certificate_sha256 or camera.certificate_sha256
    return Endpoint(device.host, device.port, device.path, device.tls, pin if device.tls else None)


class Link:
    """One connection to one camera; used on one event loop.

    Args:
        prepare: what to do with a device that was just connected, in its thread.
    """

    def __init__(
        self,
        camera: Camera,
        credential: Credential | None,
        clock: Clock,
        prepare: Callable[[Device], None] = lambda _: None,
    ) -> None:
        self._endpoint = endpoint_of(camera)
        self._credential = credential
        self._clock = clock
        self._prepare = prepare
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"onvif-{camera.id}")
        self._pause_s = _FIRST_PAUSE_S
        self._retry_ns = 0
        self._failure: SourceError | None = None
        self.device: Device | None = None
        self.connections = 0

    @property
    def fault(self) -> FaultKind:
        """Why the camera can't be asked now, or ""."""
        match self._failure:
            case None:
                return ""
            case CameraRefusedLogin():
                return "login"
            case CameraUnreachable():
                return "unreachable"
            case DeviceRefused():
                return "refused"
            case _:
                return "hostile"

    @property
    def retry_ns(self) -> int:
        """When another try makes sense, on the monotonic clock."""
        return self._retry_ns

    async def do(self, work: Callable[[Device], T]) -> T:
        """Run ``work`` on the connected device in its thread.

        Raises:
            SourceError: not connected (any more), or what the device made of it.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._work, work)

    async def run(self, work: Callable[[], None]) -> None:
        """Run ``work`` in the device's thread, connected or not: for a last word."""
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _work(self, work: Callable[[Device], T]) -> T:
        try:
            device = self._connected()
        except SourceError as error:
            self._broken(error)
            raise
        try:
            done = work(device)
        except DeviceRefused:
            raise  # its word on this one request; the connection is good
        except SourceError as error:
            self._broken(error)
            raise
        self._failure = None
        return done

    def _connected(self) -> Device:
        if self.device is None:
            if self._failure is not None and self._clock.monotonic_ns() < self._retry_ns:
                raise self._failure
            made = Device(self._endpoint, self._credential, self._clock)
            self._prepare(made)
            self.device = made
            self.connections += 1
            self._pause_s, self._failure = _FIRST_PAUSE_S, None
        return self.device

    def _broken(self, error: SourceError) -> None:
        if error is self._failure:
            return  # told once more, not tried once more
        lasting = self.device is None
        self.device = None
        self._failure = error
        pause_s = max(_LOGIN_PAUSE_S, self._pause_s) if isinstance(error, CameraRefusedLogin) else self._pause_s
        self._retry_ns = self._clock.monotonic_ns() + round(pause_s * NS_PER_S)
        if lasting:
            self._pause_s = min(_MOST_PAUSE_S, 2 * self._pause_s)

    def interrupt(self) -> None:
        """End the call that is under way."""
        if (device := self.device) is not None:
            device.abort()

    def close(self) -> None:
        """Take nothing more; what runs is ended, or ends by its deadline."""
        self._failure = CameraUnreachable("the worker ends")
        self.interrupt()
        self._thread.shutdown(wait=False, cancel_futures=True)
