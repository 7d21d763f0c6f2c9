"""What an ingest worker follows while it runs: the version of the configuration that is in force, and the credentials file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from nvr.app.credentials_file import CredentialsFile
from nvr.app.following import Follower
from nvr.app.in_force import InForce
from nvr.config import Camera, Config
from nvr.media import StreamKind

LOOK_S: Final = 0.5


def recorded_streams(cameras: tuple[Camera, ...]) -> frozenset[tuple[str, StreamKind]]:
    """Which streams go to disk."""
    return frozenset(
        (camera.id, stream)
        for camera in cameras
        for stream in StreamKind
        if (source := camera.source(stream)) is not None and source.record
    )


class IngestSettings:
    """Cameras and credentials of a worker; ``next`` waits for others."""

    def __init__(self, settings: InForce, data: Path, credentials: Path, worker: str) -> None:
        self._follower = Follower(data, settings.record)
        self._worker = worker
        self.config: Config = settings.config
        self.cameras = self._mine(settings)
        self.credentials = CredentialsFile(credentials)

    def _mine(self, settings: InForce) -> tuple[Camera, ...]:
        return next((share.cameras for share in settings.shares("ingest") if share.worker == self._worker), ())

    async def next(self) -> None:
        """Until something is different, which then stands in the attributes."""
        while True:
            await asyncio.sleep(LOOK_S)
            if await asyncio.to_thread(self._look):
                return

    def _look(self) -> bool:
        other = self.credentials.changed()
        if (found := self._follower.news()) is not None:
            self.config, self.cameras, other = found.config, self._mine(found), True
        return other
