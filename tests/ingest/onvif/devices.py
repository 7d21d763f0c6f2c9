"""Devices to test against: the project's own simulator on a real socket, and a server that is up to no good."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from ingest.onvif.addresses import Endpoint
from ingest.simulator.listener import stop_accepting
from ingest.simulator.onvif_device import OnvifCamera
from ingest.simulator.onvif_server import OnvifServer
from nvr.clock import SystemClock
from nvr.config import Camera, Config, Credential
from nvr.config.loader import parse_config
from nvr.redact import Secret

LOGIN = Credential("nvr", Secret("clave de prueba"))
STREAMS = {
    "main": ("rtsp://127.0.0.1:8554/cam07/main", 1920, 1080, 25, 50, 4096),
    "sub": ("rtsp://127.0.0.1:8554/cam07/sub", 640, 360, 10, 20, 512),
}


def simulated(**more: object) -> OnvifCamera:
    """A device's state."""
    values: dict[str, object] = {
        "credential": LOGIN,
        "streams": dict(STREAMS),
        "clock_offset_s": 7200.0,
        "reboot_ns": 500_000_000,
    } | more
    return OnvifCamera("cam07", "Jr. Amazonas", **values)  # type: ignore[arg-type]  # by name, as the tests give them


@asynccontextmanager
async def serving(
    camera: OnvifCamera, *, http_digest: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[OnvifServer, Endpoint]]:
    """The device on a free port of the loopback."""
    server = OnvifServer(camera, SystemClock(), http_digest=http_digest, tls=tls)
    port = await server.listen("127.0.0.1", 0)
    try:
        yield server, Endpoint("127.0.0.1", port, tls=tls is not None)
    finally:
        await server.close()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def scripted(talk: Talk) -> AsyncIterator[Endpoint]:
    """A server that says whatever ``talk`` says to each connection."""

    tasks: set[asyncio.Task[object]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await talk(reader, writer)
                # Until the other side has read it all: a reset would take from its buffer what it has not looked at yet.
                if not writer.transport.is_closing() and writer.can_write_eof():
                    writer.write_eof()
                    while await reader.read(65536):
                        pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield Endpoint("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        await stop_accepting(server)
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await server.wait_closed()


def camera_at(endpoint: Endpoint, *, ptz: bool = True, more: str = "") -> Camera:
    """A configured camera at a device's address."""
    return config_at(endpoint, ptz=ptz, more=more).cameras[0]


def config_at(endpoint: Endpoint, *, ptz: bool = True, more: str = "") -> Config:
    """A configuration with that one camera."""
    return parse_config(
        'cameras: [{id: cam07, number: 7, name: Jr. Amazonas, credentials: flota, main: {url: "rtsp://127.0.0.1/1"}, '
        f"onvif: {{host: 127.0.0.1, port: {endpoint.port}{more}}}, ptz: {str(ptz).lower()}}}]",
        "test",
    )
