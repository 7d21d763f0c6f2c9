"""Telling a running fleet what to do: JSON lines over a Unix socket, one answer a command.

::

    {"do": "event", "camera": "cam07"}                     movement from the next GOP on
    {"do": "quiet_all"}                                    stop all movement, and the event process until told to resume
    {"do": "resume"}
    {"do": "unplug", "camera": "cam03", "seconds": 20}     drop its connections, refuse new ones
    {"do": "signal", "camera": "cam07", "kind": "tamper", "active": true}   what its ONVIF service says that it notices: motion, tamper, input
    {"do": "status"}
"""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Annotated, Final, Literal, Self, TypeVar

import msgspec

from ingest.simulator.listener import stop_accepting
from nvr.errors import ConfigError, ConfigFault, NotFound, NvrError

_LINE_LIMIT_BYTES: Final = 256 * 1024

T = TypeVar("T")


class Event(msgspec.Struct, frozen=True, tag_field="do", tag="event", forbid_unknown_fields=True):
    """Let something move in front of a camera."""

    camera: str


class QuietAll(msgspec.Struct, frozen=True, tag_field="do", tag="quiet_all", forbid_unknown_fields=True):
    """Let nothing move anywhere."""


class Resume(msgspec.Struct, frozen=True, tag_field="do", tag="resume", forbid_unknown_fields=True):
    """Let the event process run again."""


class Unplug(msgspec.Struct, frozen=True, tag_field="do", tag="unplug", forbid_unknown_fields=True):
    """Take a camera off the network for a while."""

    camera: str
    seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class Signal(msgspec.Struct, frozen=True, tag_field="do", tag="signal", forbid_unknown_fields=True):
    """Let a camera's ONVIF service notice something, or notice that it is over."""

    camera: str
    kind: Literal["motion", "tamper", "input"]
    active: bool


class Status(msgspec.Struct, frozen=True, tag_field="do", tag="status", forbid_unknown_fields=True):
    """Say how things stand."""


Command = Event | QuietAll | Resume | Unplug | Signal | Status


class CameraStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a camera stands."""

    clip: str
    viewers: dict[str, int]
    unplugged: bool
    events: int
    movements: int
    position: tuple[float, float, float] | None = None
    """Pan, tilt, zoom, of a camera with an ONVIF service."""
    turning: bool = False
    reboots: int = 0


class FleetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the fleet stands; counters since its start."""

    cameras: dict[str, CameraStatus]
    packets: int
    bytes: int
    dropped_packets: int
    slow_disconnects: int


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a command; ``error`` says why it was refused."""

    ok: bool
    error: str = ""
    status: FleetStatus | None = None


Obey = Callable[[Command], FleetStatus | None]
"""Carries out a command. Raises NotFound where it names a camera that is not there."""


class ControlServer:
    """The listening end. Only the socket file's owner gets in."""

    def __init__(self, path: Path, obey: Obey) -> None:
        self._path = path
        self._obey = obey
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists() and stat.S_ISSOCK(self._path.stat().st_mode):
            if _answers(self._path):
                raise _socket_fault(self._path, "another fleet is using it", "stop that fleet or name another socket")
            self._path.unlink()
        try:
            self._server = await asyncio.start_unix_server(self._converse, self._path, limit=_LINE_LIMIT_BYTES)
        except OSError as error:
            raise _socket_fault(
                self._path, f"can't be made ({error})", "name a shorter path in a folder of yours"
            ) from error
        self._path.chmod(0o600)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            await stop_accepting(self._server)
            self._server.close()
            for writer in self._writers:
                writer.close()
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(self._answer(line)) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # gone, or a line beyond the limit: either way this conversation is over
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answer(self, line: bytes) -> Answer:
        try:
            return Answer(ok=True, status=self._obey(msgspec.json.decode(line, type=Command)))
        except (msgspec.DecodeError, NotFound) as error:
            return Answer(ok=False, error=str(error))


class FleetControl:
    """The asking end, for tests and benchmarks.

    >>> async with FleetControl(path) as control:      # doctest: +SKIP
    ...     await control.event("cam07")
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_unix_connection(self._path, limit=4 * 1024 * 1024)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def event(self, camera_id: str) -> None:
        """Let something move in front of a camera from its next GOP on."""
        await self._ask(Event(camera_id))

    async def quiet_all(self) -> None:
        """Stop all movement, and random events until ``resume``."""
        await self._ask(QuietAll())

    async def resume(self) -> None:
        """Let random events happen again."""
        await self._ask(Resume())

    async def unplug(self, camera_id: str, *, seconds: float) -> None:
        """Take a camera off the network; 0 seconds plugs it in again."""
        await self._ask(Unplug(camera_id, seconds))

    async def signal(self, camera_id: str, kind: Literal["motion", "tamper", "input"], *, active: bool) -> None:
        """Let a camera's ONVIF service notice something, or notice that it is over."""
        await self._ask(Signal(camera_id, kind, active))

    async def status(self) -> FleetStatus:
        """How things stand."""
        answer = await self._ask(Status())
        if answer.status is None:
            raise NvrError("the fleet answered without its status")
        return answer.status

    async def _ask(self, command: Command) -> Answer:
        self._writer.write(msgspec.json.encode(command) + b"\n")
        line = await self._reader.readline()
        if not line:
            raise NvrError("the fleet closed the control socket", "see whether it still runs")
        answer = msgspec.json.decode(line, type=Answer)
        if not answer.ok:
            raise NvrError(answer.error)
        return answer


def camera_or_refuse(cameras: Mapping[str, T], camera_id: str) -> T:
    """The camera of that id.

    Raises:
        NotFound: there is none.
    """
    try:
        return cameras[camera_id]
    except KeyError:
        raise NotFound(f"there is no camera {camera_id[:40]!r} in this fleet") from None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _socket_fault(path: Path, message: str, remedy: str) -> ConfigError:
    return ConfigError([ConfigFault(str(path), 0, 0, "control socket", message, remedy)])
