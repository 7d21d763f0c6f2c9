"""All streams of a worker's cameras, side by side: none waits for another."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping

from ingest.audio import AudioSink
from ingest.digest import SchemeMemory
from ingest.intake import PacketSink
from ingest.session import StateReport, StreamLimits, StreamSession
from nvr.clock import Clock
from nvr.config import Camera, Credential
from nvr.media import StreamKind

log = logging.getLogger(__name__)


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
        stagger_s: between the starts of two streams, so that a worker does not begin with a hundred handshakes at once.
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
        stagger_s: float = 0.02,
        audio_sink: AudioSink | None = None,
    ) -> None:
        self._stagger_s = stagger_s
        self._sessions: list[StreamSession] = []
        for camera in cameras:
            memory = SchemeMemory()
            credential = credentials.get(camera.credentials) if camera.credentials else None
            if camera.credentials and credential is None:
                log.warning("%s: the credentials file has no entry %r", camera.id, camera.credentials)
            for stream in StreamKind:
                if camera.source(stream) is None:
                    continue
                self._sessions.append(
                    StreamSession(
                        camera,
                        stream,
                        credential=credential,
                        clock=clock,
                        sink=sink,
                        report=report,
                        memory=memory,
                        limits=limits,
                        tls=tls,
                        audio_sink=audio_sink if camera.audio and stream is StreamKind.MAIN else None,
                    )
                )

    async def run(self) -> None:
        """Pull all streams until cancelled."""
        async with asyncio.TaskGroup() as group:
            for session in self._sessions:
                group.create_task(session.run_forever(), name=f"ingest {session.name}")
                await asyncio.sleep(self._stagger_s)

    def counters(self) -> dict[str, dict[str, float]]:
        """``camera_id/stream`` to the counters of that stream, for ``WorkerStatus.cameras``."""
        return {session.name: session.counters() for session in self._sessions}
