"""All streams of a worker's cameras, side by side: none waits for another, and none notices that another comes or goes."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from ingest.audio import AudioSink
from ingest.digest import SchemeMemory
from ingest.intake import PacketSink
from ingest.session import StateReport, StreamLimits, StreamSession
from nvr.clock import Clock
from nvr.config import Camera, Credential
from nvr.config.changes import connection
from nvr.media import StreamKind

log = logging.getLogger(__name__)
_CARRIED: Final = ("packets", "bytes", "keyframes", "lost", "reconnects")
"""Counters of a stream that go on when its session is replaced."""

StreamName = tuple[str, StreamKind]


class IngestSet:
    """The streams of a list of cameras.

    Args:
        cameras: which cameras; each one's main and, where it has one, sub stream is pulled.
        credentials: by the name that ``Camera.credentials`` gives; a name that is missing is reported by the camera's log-in.
        clock: source of time.
        sink: takes every packet of every stream, in the event loop's thread; must not block.
        report: takes changes of state; must not block.
        limits: bounds for each stream.
        tls: for ``rtsps``.
        stagger_s: between the starts of two streams, so that a worker does not begin with a hundred handshakes at once; main streams come first.
        audio_sink: takes the sound of the main streams of cameras whose sound is to be recorded.
    """

    def __init__(
        self,
        cameras: Iterable[Camera],
        credentials: Mapping[str, Credential],
        clock: Clock,
        sink: PacketSink,
        report: StateReport,
        *,
        limits: StreamLimits | None = None,
        tls: ssl.SSLContext | None = None,
        stagger_s: float = 0.005,
        audio_sink: AudioSink | None = None,
    ) -> None:
        self._clock, self._sink, self._report = clock, sink, report
        self._limits, self._tls, self._stagger_s = limits, tls, stagger_s
        self._audio_sink = audio_sink
        self._sessions: dict[StreamName, StreamSession] = {}
        self._needs: dict[StreamName, Any] = {}
        self._running: dict[StreamName, asyncio.Task[None]] = {}
        self._before: dict[str, dict[str, float]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._add(cameras, credentials, frozenset())

    def _add(
        self, cameras: Iterable[Camera], credentials: Mapping[str, Credential], have: frozenset[StreamName]
    ) -> list[StreamName]:
        """Sessions for the streams that have none yet; they begin with ``run``, or with ``_begin``."""
        added = []
        for camera in cameras:
            memory = SchemeMemory()
            credential = credentials.get(camera.credentials) if camera.credentials else None
            missing = [stream for stream in StreamKind if (camera.id, stream) not in have]
            if camera.credentials and credential is None and missing:
                log.warning("%s: the credentials file has no entry %r", camera.id, camera.credentials)
            for stream in missing:
                if camera.source(stream) is None:
                    continue
                self._needs[camera.id, stream] = (connection(camera, stream), credential)
                self._sessions[camera.id, stream] = StreamSession(
                    camera,
                    stream,
                    credential=credential,
                    clock=self._clock,
                    sink=self._sink,
                    report=self._report,
                    memory=memory,
                    limits=self._limits,
                    tls=self._tls,
                    audio_sink=self._audio_sink if camera.audio and stream is StreamKind.MAIN else None,
                )
                added.append((camera.id, stream))
        return added

    async def run(self) -> None:
        """Pull all streams until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            # First those that are recorded.
            await self._begin(sorted(self._sessions, key=lambda name: name[1] is not StreamKind.MAIN))
            await asyncio.get_running_loop().create_future()  # also with no stream at all: some may come

    async def _begin(self, names: Iterable[StreamName]) -> None:
        for name in names:
            if self._group is None or name not in self._sessions or name in self._running:
                continue
            session = self._sessions[name]
            self._running[name] = self._group.create_task(session.run_forever(), name=f"ingest {session.name}")
            await asyncio.sleep(self._stagger_s)

    async def take_up(self, cameras: Iterable[Camera], credentials: Mapping[str, Credential]) -> None:
        """Pull these cameras from now on. Streams whose address, log-in and manner are as before are not touched."""
        cameras = list(cameras)
        needs = {
            (camera.id, stream): (connection(camera, stream), credentials.get(camera.credentials or ""))
            for camera in cameras
            for stream in StreamKind
            if camera.source(stream) is not None
        }
        leaving = [name for name, need in self._needs.items() if needs.get(name) != need]
        for name in leaving:
            self._sessions[name].farewell = (
                "the configuration of the stream changed" if name in needs else "taken out of the configuration"
            )
        await asyncio.gather(*(self._leave(name) for name in leaving))
        await self._begin(self._add(cameras, credentials, frozenset(self._needs)))

    async def _leave(self, name: StreamName) -> None:
        session = self._sessions[name]
        if (task := self._running.pop(name, None)) is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        counters, before = session.counters(), self._before.get(session.name, {})
        self._before[session.name] = {key: counters.get(key, 0.0) + before.get(key, 0.0) for key in _CARRIED}
        del self._sessions[name], self._needs[name]

    def counters(self) -> dict[str, dict[str, float]]:
        """``camera_id/stream`` to the counters of that stream, for ``WorkerStatus.cameras``."""
        found = {session.name: session.counters() for session in self._sessions.values()}
        for name, before in self._before.items():
            if name in found:
                found[name].update({key: found[name].get(key, 0.0) + value for key, value in before.items()})
        return found
