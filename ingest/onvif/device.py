"""One camera over ONVIF: its clock, who made it, and where its services are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ingest.onvif.addresses import Endpoint, Route, resolve, service_route
from ingest.onvif.services import Services, clean
from ingest.onvif.username_token import UsernameToken
from nvr.clock import NS_PER_S, Clock, SystemClock
from nvr.config import Credential
from nvr.errors import CameraRefusedLogin, DeviceRefused, SourceError, StreamMalformed

MEDIA2: Final = "http://www.onvif.org/ver20/media/wsdl"
_CAPABILITIES: Final = {"Media": "media", "PTZ": "ptz", "Imaging": "imaging", "Events": "events"}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says it is; its words, cleaned."""

    manufacturer: str
    model: str
    firmware: str
    serial: str


class Device:
    """A connected camera. Blocking, one thread at a time; every call has a deadline.

    Args:
        endpoint: where the admin says that it is.
        credential: user and password, or None.
        timeout_s: of each call.

    Raises (on making one):
        CameraUnreachable, CameraRefusedLogin, DeviceRefused, DeviceHostile, StreamMalformed.
    """

    def __init__(
        self, endpoint: Endpoint, credential: Credential | None, clock: Clock | None = None, *, timeout_s: float = 5.0
    ) -> None:
        self.endpoint = endpoint
        self.timeout_s = timeout_s
        self._clock = clock or SystemClock()
        token = None if credential is None else UsernameToken(credential, self._clock)
        self.address = resolve(endpoint.host)
        self._services = Services(endpoint, credential, token)
        self._services.place("devicemgmt", Route(self.address, endpoint.port, endpoint.path))
        self.clock_offset_s = self._measure_clock()
        if token is not None:
            token.offset_s = self.clock_offset_s
        self.renamed: dict[str, str] = {}
        """Services that the device said to be at another host, and that host; they are asked at its own all the same."""
        self._find_services()

    def call(self, service: str, operation: str, **arguments: Any) -> Any:
        """Call an operation; see ``Services.call``. ``timeout_s`` may be given."""
        arguments.setdefault("timeout_s", self.timeout_s)
        return self._services.call(service, operation, **arguments)

    def tree(self, service: str, operation: str, *, timeout_s: float, **arguments: Any) -> Any:
        """The answer as a tree; see ``Services.tree``."""
        return self._services.tree(service, operation, timeout_s=timeout_s, **arguments)

    def ask(self, service: str, request: Any) -> Any:
        """Put a question of one's own; see ``Services.ask``."""
        return self._services.ask(service, request, timeout_s=self.timeout_s)

    def abort(self) -> None:
        """End the call that is under way, from another thread: a pull waits for seconds."""
        self._services.abort()

    def has(self, service: str) -> bool:
        """Whether the device has a service."""
        return self._services.known(service)

    def place(self, service: str, url: str) -> None:
        """Say where a service is that came about later (a subscription).

        Raises:
            DeviceHostile: not an address of HTTP.
        """
        self._services.place(service, service_route(url, self.address, self.endpoint))

    def identity(self) -> Identity:
        """Make, model, firmware, serial number."""
        found = self.call("devicemgmt", "GetDeviceInformation")
        return Identity(
            clean(found.Manufacturer), clean(found.Model), clean(found.FirmwareVersion), clean(found.SerialNumber)
        )

    def reboot(self) -> str:
        """Restart it; its words about it."""
        return clean(self.call("devicemgmt", "SystemReboot"))

    def _measure_clock(self) -> float:
        """How many seconds the device's clock is ahead of ours, to half a second.

        A device that refuses the question, or whose date can't be, counts as right: its log-in will tell.
        """
        try:
            # Without credentials: ONVIF Core section 8.3.5 wants this one open, because a log-in needs its answer.
            return self._ask_clock(signed=False)
        except CameraRefusedLogin:
            # Some makers want a log-in for everything. Then their clock must be near ours, or nobody gets in.
            return self._ask_clock(signed=True)
        except DeviceRefused:
            return 0.0

    def _ask_clock(self, *, signed: bool) -> float:
        asked_s, asked_ns = time.monotonic(), self._clock.wall_ns()
        found = self.call("devicemgmt", "GetSystemDateAndTime", signed=signed)
        half_s = (time.monotonic() - asked_s) / 2
        try:
            stated = found.UTCDateTime
            moment = datetime(
                *(stated.Date.Year, stated.Date.Month, stated.Date.Day),
                *(stated.Time.Hour, stated.Time.Minute, min(59, stated.Time.Second)),
                tzinfo=UTC,
            )
        except (AttributeError, TypeError, ValueError):
            return 0.0
        # Whole seconds, cut off: half a second on average.
        return round(moment.timestamp() + 0.5 - asked_ns / NS_PER_S - half_s, 3)

    def _find_services(self) -> None:
        found = self.call("devicemgmt", "GetCapabilities", Category=["All"])
        if found is None:
            raise StreamMalformed("its list of capabilities is empty")
        for name, service in _CAPABILITIES.items():
            self._place_if_there(service, getattr(found, name, None))
        extension = getattr(found, "Extension", None)
        self._place_if_there("deviceio", getattr(extension, "DeviceIO", None))
        # The newer list, which alone names the newer services (ONVIF Core section 8.1.2); older devices have none.
        for entry in optional(lambda: self.call("devicemgmt", "GetServices", IncludeCapability=False)) or ():
            if getattr(entry, "Namespace", None) == MEDIA2:
                self._place_if_there("media2", entry)

    def _place_if_there(self, service: str, capability: Any) -> None:
        url = getattr(capability, "XAddr", None)
        if not isinstance(url, str) or not url.strip():
            return
        route = service_route(url.strip(), self.address, self.endpoint)
        if route.renamed:
            self.renamed[service] = route.renamed
        self._services.place(service, route)


def optional(ask: Any, *arguments: Any) -> Any:
    """What ``ask`` returns, or None where the device refuses or fails: for what a camera may lack."""
    try:
        return ask(*arguments)
    except SourceError:
        return None
