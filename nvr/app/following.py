"""Notices, in any process of a node, that another version of the configuration came in force."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from nvr.app.in_force import FOLDER, InForce, read_in_force
from nvr.config.versions import InForceRecord, VersionStore
from nvr.errors import NvrError

log = logging.getLogger(__name__)
LOOK_S: Final = 0.5


class Follower:
    """Ask ``news`` now and then. Reading waits for no other process: the version in force is one rename away, whole.

    Args:
        data: the node's data folder.
        record: what the process started with.
    """

    def __init__(self, data: Path, record: InForceRecord | None) -> None:
        self._data = data
        self._store = VersionStore(data / FOLDER)
        self._record = record
        self._seen: tuple[int, int] | None = None

    def news(self) -> InForce | None:
        """What is in force now, if that is not what it was at the last call. A disk that refuses is asked again at the next one."""
        if self._record is None or (signature := self._store.signature()) == self._seen:
            return None
        try:
            found = read_in_force(self._store, self._data)
        except NvrError as error:
            log.error("the version in force can't be read, the one before it goes on: %s", error)
            return None
        self._seen = signature
        if found is None or found.record == self._record:
            return None
        self._record = found.record
        return found

    async def next(self) -> InForce:
        """The next change, from an event loop that has better things to do than read files."""
        while True:
            await asyncio.sleep(LOOK_S)
            if (found := await asyncio.to_thread(self.news)) is not None:
                return found
