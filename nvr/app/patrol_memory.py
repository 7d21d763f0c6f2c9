"""Which patrols run, on disk, so that they go on after a restart of the worker that walks them."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import msgspec

from ingest.ptz.rounds import Patrolling
from nvr.disk import put_whole

log = logging.getLogger(__name__)


class PatrolMemory:
    """One small file. A disk that refuses costs the memory and nothing else: cameras go on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running: dict[str, Patrolling] = {}
        with suppress(OSError, msgspec.MsgspecError):
            self._running = msgspec.json.decode(path.read_bytes(), type=dict[str, Patrolling])

    def running(self, camera_id: str) -> Patrolling | None:
        """What a camera was walking."""
        return self._running.get(camera_id)

    def keep(self, camera_id: str, patrol: Patrolling | None) -> None:
        """A camera walks this from now on; None: nothing."""
        if self._running.get(camera_id) == patrol:
            return
        if patrol is None:
            del self._running[camera_id]
        else:
            self._running[camera_id] = patrol
        try:
            # Not synced: a hand that steers must not wait for a disk that is being recorded to.
            put_whole(self._path, msgspec.json.encode(self._running), mode=0o600, sync=False)
        except OSError as error:
            log.warning("which patrols run can't be kept in %s: %s", self._path, error.strerror)
