"""What an ingest worker follows while it runs: the version of the configuration that is in force, and the credentials file."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nvr.app.following import Follower
from nvr.app.in_force import InForce
from nvr.config import Camera, Config, Credential, read_credentials
from nvr.errors import ConfigError
from nvr.media import StreamKind

log = logging.getLogger(__name__)
LOOK_S: Final = 0.5


class CredentialsFile:
    """The credentials, read anew when the file changes. One that can't be used leaves those from before in use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._signature()
        self._settled = True
        self.entries: Mapping[str, Credential] = {}
        self._read()

    def changed(self) -> bool:
        """Look at the file; whether there are other credentials now. A file is read once it has been as it is for a whole look."""
        signature = self._signature()
        if signature != self._seen:
            self._seen, self._settled = signature, False
            return False
        if self._settled:
            return False
        self._settled = True
        before = dict(self.entries)
        self._read()
        return before != self.entries

    def _read(self) -> None:
        try:
            self.entries = read_credentials(self._path)
        except ConfigError as error:
            # No reason to stop recording the cameras that need none, or whose credentials are known.
            log.error("the credentials stay as they were: %s", error)

    def _signature(self) -> tuple[int, int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode


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
