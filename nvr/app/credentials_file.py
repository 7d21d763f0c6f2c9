"""The credentials file of a running process: read anew when it changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from nvr.config import Credential, read_credentials
from nvr.errors import ConfigError

log = logging.getLogger(__name__)


class CredentialsFile:
    """The credentials, read anew when the file changes. One that can't be used leaves those from before in use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._signature()
        self._settled = True
        self.sound = True
        """Whether the file could be used when it was last read."""
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
            self.sound = False
            log.error("the credentials stay as they were: %s", error)
        else:
            self.sound = True

    def _signature(self) -> tuple[int, int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode
