"""A bad line between cameras and recorder: a TCP proxy that delays, cuts, throttles, garbles, drips and falls silent, per camera."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Literal

_CAMERA: Final = re.compile(rb"rtsps?://[^/\s]+/([a-z0-9-]+)/")
_CHUNK_BYTES: Final = 64 * 1024
_SILENT_LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a camera's line.

    Attributes:
        kind: ``refused``: connections are closed at once; ``silent``: they stay, and nothing passes (half-open); ``""``: they pass.
        delay_s: each chunk is held back so long, and up to ``jitter_s`` longer.
        bytes_per_s: no more than that passes; 0: as much as comes.
        garbled: share of the chunks from the camera in which a byte is changed.
    """

    kind: Literal["", "refused", "silent"] = ""
    delay_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: int = 0
    garbled: float = 0.0


HEALTHY: Final = Fault()


@dataclass(slots=True, eq=False)
class _Line:
    """One connection."""

    camera_id: str
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None


@dataclass(slots=True, eq=False)
class FaultyLink:
    """The proxy; ``port`` is where it listens, on loopback. Its methods may be called from any thread."""

    target_port: int
    seed: int = 1
    port: int = 0
    accepted: int = 0
    _faults: dict[str, Fault] = field(default_factory=dict)
    _everywhere: Fault = HEALTHY
    _lines: set[_Line] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop | None = None
    _rng: random.Random = field(default_factory=random.Random)

    def set(self, fault: Fault, cameras: Iterable[str] | None = None) -> float:
        """Have this fault on these cameras' lines, or on all; ``refused`` also ends the connections there are. Returns the monotonic time."""
        ids = None if cameras is None else set(cameras)
        if ids is None:
            self._everywhere, self._faults = fault, {}
        else:
            self._faults.update(dict.fromkeys(ids, fault))
        if fault.kind == "refused":
            self.cut(ids)
        return time.monotonic()

    def cut(self, cameras: Iterable[str] | None = None) -> None:
        """End the connections of these cameras, or all."""
        ids = None if cameras is None else set(cameras)

        def work() -> None:
            for line in list(self._lines):
                if ids is None or line.camera_id in ids:
                    line.near.transport.abort()
                    if line.far is not None:
                        line.far.transport.abort()

        if self._loop is not None:
            self._loop.call_soon_threadsafe(work)

    def fault_of(self, camera_id: str) -> Fault:
        """What is wrong with its line now."""
        return self._faults.get(camera_id, self._everywhere)

    async def serve(self, up: threading.Event, stop: asyncio.Event) -> None:
        """Until ``stop``."""
        self._loop = asyncio.get_running_loop()
        self._rng.seed(self.seed)
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=_CHUNK_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        up.set()
        await stop.wait()
        server.close()
        self.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        line = _Line("", writer)
        self._lines.add(line)
        try:
            if self._everywhere.kind == "refused" and not self._faults:
                return
            if self._everywhere.kind == "silent" and not self._faults:
                while await reader.read(_CHUNK_BYTES):
                    pass
                return
            first = await reader.read(_CHUNK_BYTES)
            found = _CAMERA.search(first)
            line.camera_id = found[1].decode() if found else ""
            if self.fault_of(line.camera_id).kind == "refused":
                return
            far_reader, line.far = await asyncio.open_connection("127.0.0.1", self.target_port, limit=_CHUNK_BYTES)
            line.far.write(first)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(line, reader, line.far, from_camera=False))
                group.create_task(self._pump(line, far_reader, writer, from_camera=True))
        except* OSError:
            pass
        finally:
            self._lines.discard(line)
            writer.transport.abort()
            if line.far is not None:
                line.far.transport.abort()

    async def _speaking(self, line: _Line) -> Fault:
        """Wait while the line is silent; another thread ends that."""
        for _ in count():
            fault = self.fault_of(line.camera_id)
            if fault.kind != "silent":
                break
            await asyncio.sleep(_SILENT_LOOK_S)
        return fault

    async def _pump(
        self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_camera: bool
    ) -> None:
        while True:
            fault = self.fault_of(line.camera_id)
            # Small pieces through a narrow line, so that it drips evenly.
            chunk = await reader.read(
                min(_CHUNK_BYTES, max(64, fault.bytes_per_s // 20)) if fault.bytes_per_s else _CHUNK_BYTES
            )
            if not chunk:
                raise ConnectionResetError
            # What is on the way when a line falls silent comes when it is back, as TCP sees to.
            fault = await self._speaking(line)
            if fault.garbled and from_camera and self._rng.random() < fault.garbled:
                at = self._rng.randrange(len(chunk))
                chunk = chunk[:at] + bytes((chunk[at] ^ (1 << self._rng.randrange(8)),)) + chunk[at + 1 :]
            if fault.delay_s or fault.jitter_s:
                await asyncio.sleep(fault.delay_s + self._rng.random() * fault.jitter_s)
            if fault.bytes_per_s:
                await asyncio.sleep(len(chunk) / fault.bytes_per_s)
            writer.write(chunk)
            await writer.drain()


@contextmanager
def faulty_link(target_port: int, *, seed: int = 1, port: int = 0) -> Iterator[FaultyLink]:
    """A proxy in a thread of its own, healthy until told otherwise."""
    link = FaultyLink(target_port, seed, port)
    up = threading.Event()
    stops: list[asyncio.Event] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def work() -> None:
        stops.append(asyncio.Event())
        loops.append(asyncio.get_running_loop())
        await link.serve(up, stops[0])

    thread = threading.Thread(target=lambda: asyncio.run(work()), name="link", daemon=True)
    thread.start()
    if not up.wait(10):
        raise TimeoutError("the link does not listen")
    try:
        yield link
    finally:
        with suppress(RuntimeError):
            loops[0].call_soon_threadsafe(stops[0].set)
        thread.join(10)
