"""The file that the admin edits: when it has changed and is whole."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path
from typing import Final

from nvr.config.loader import read_settings_text
from nvr.errors import ConfigError

QUIET_S: Final = 1.0
"""So long must a file be as it is before it is read: editors write in steps."""


class FileWatch:
    """Looks by name: editors that write beside it and rename, links that are pointed elsewhere, a file that vanishes and comes back are all one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: object = None
        self._since_s = time.monotonic()
        self._told = False

    def settled_anew(self) -> bool:
        """Whether the file is another than when this was last true, and nobody is writing it any more. The first file counts as another."""
        signature = self._signature()
        if signature != self._seen:
            self._seen, self._since_s, self._told = signature, time.monotonic(), False
            return False
        if self._told or time.monotonic() - self._since_s < QUIET_S or self._being_written():
            return False
        self._told = True
        return True

    def forget(self) -> None:
        """The file as it is now is known."""
        self._seen, self._told = self._signature(), True

    def read(self) -> str | None:
        """What it says; None where it can't be read."""
        try:
            return self.required()
        except ConfigError:
            return None

    def required(self) -> str:
        """What it says.

        Raises:
            ConfigError: it can't be read.
        """
        return read_settings_text(self._path, "put it back, or return to an earlier version")

    def _signature(self) -> object:
        try:
            status = self._path.stat()
        except OSError as error:
            return error.errno
        return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)

    def _being_written(self) -> bool:
        """Whether somebody has it open for writing, where the kernel tells (fcntl(2), leases: to the file's owner alone)."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno == errno.EAGAIN
        finally:
            os.close(descriptor)
        return False
