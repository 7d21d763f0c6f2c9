"""Asks a camera for a few pictures before its entry comes in force: what it sends, or why it sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ingest.session import StreamSession
from nvr.clock import Clock
from nvr.config import Camera, Credential
from nvr.errors import SourceError
from nvr.media import TIMESCALE_HZ, Packet, StreamKind

TIMEOUT_S: Final = 8.0
_AT_ONCE: Final = 8
_PICTURES: Final = 26


@dataclass(frozen=True, slots=True)
class Probe:
    """What a stream answered. ``fault`` is "" where pictures came; then the rest is known, ``fps`` 0 where too few came to say."""

    camera_id: str
    stream: StreamKind
    fault: str = ""
    codec: str = ""
    width_px: int = 0
    height_px: int = 0
    fps: float = 0.0

    def line(self) -> str:
        """For people who read English."""
        name = f"{self.camera_id}/{self.stream}"
        if self.fault:
            return f"{name} does not answer as it should: {self.fault}"
        rate = f", {self.fps:g} fps" if self.fps else ""
        return f"{name}: {self.codec} {self.width_px}x{self.height_px}{rate}"


async def probe_all(
    wanted: Sequence[tuple[Camera, StreamKind]],
    credentials: Mapping[str, Credential],
    clock: Clock,
    timeout_s: float = TIMEOUT_S,
) -> list[Probe]:
    """All of them, a few at once; takes at most ``timeout_s`` for every eight streams."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(camera: Camera, stream: StreamKind) -> Probe:
        async with gate:
            return await probe(camera, stream, credentials, clock, timeout_s)

    return list(await asyncio.gather(*(one(camera, stream) for camera, stream in wanted)))


async def probe(
    camera: Camera,
    stream: StreamKind,
    credentials: Mapping[str, Credential],
    clock: Clock,
    timeout_s: float = TIMEOUT_S,
) -> Probe:
    """One stream of a camera. Decodes nothing: what the parameter sets say is enough."""
    if camera.credentials is not None and camera.credentials not in credentials:
        return Probe(camera.id, stream, f"no credentials are called {camera.credentials}")
    packets: list[Packet] = []
    enough = asyncio.Event()

    def take(packet: Packet) -> None:
        packets.append(packet)
        if len(packets) >= _PICTURES:
            enough.set()

    credential = credentials[camera.credentials] if camera.credentials else None
    session = StreamSession(camera, stream, credential=credential, clock=clock, sink=take, report=lambda _change: None)
    running = asyncio.create_task(session.run_once())
    waiting = asyncio.create_task(enough.wait())
    try:
        await asyncio.wait({running, waiting}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        fault = ""
        if running.done() and isinstance(error := running.exception(), SourceError):
            fault = str(error)
        elif running.done():
            fault = "internal error, see the log"
    finally:
        for task in (running, waiting):
            task.cancel()
            with suppress(asyncio.CancelledError, SourceError):
                await task
    if not packets:
        return Probe(camera.id, stream, fault or f"no picture within {timeout_s:g} s")
    first, last = packets[0], packets[-1]
    span = last.dts - first.dts
    fps = (len(packets) - 1) * TIMESCALE_HZ / span if span > 0 and first.epoch_ns == last.epoch_ns else 0.0
    return Probe(
        camera.id,
        stream,
        "",
        first.parameters.codec.value,
        first.parameters.width_px,
        first.parameters.height_px,
        round(fps, 1),
    )
