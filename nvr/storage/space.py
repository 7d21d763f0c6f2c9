"""How much room there is."""

from __future__ import annotations

import os
from pathlib import Path

from nvr.errors import StorageError


class FreeSpace:
    """Free bytes of the file system under a folder, less a reserve that recording never touches.

    Args:
        folder: any existing folder on that file system.
        reserve_bytes: what must stay free, for the catalogue, the journals and the logs.
    """

    def __init__(self, folder: Path, reserve_bytes: int) -> None:
        self._folder = folder
        self.reserve_bytes = reserve_bytes

    def free_bytes(self) -> int:
        """What an unprivileged process may still write.

        Raises:
            StorageError: the file system doesn't say.
        """
        try:
            status = os.statvfs(self._folder)
        except OSError as error:
            raise StorageError(f"the free space of {self._folder} can't be read: {error.strerror}") from error
        return status.f_bavail * status.f_frsize

    def total_bytes(self) -> int:
        """The size of the file system.

        Raises:
            StorageError: it doesn't say.
        """
        try:
            status = os.statvfs(self._folder)
        except OSError as error:
            raise StorageError(f"the size of {self._folder} can't be read: {error.strerror}") from error
        return status.f_blocks * status.f_frsize

    def has_room(self) -> bool:
        """Whether more than the reserve is free. A probe that fails counts as no room: recording into the unknown hides the fault."""
        try:
            return self.free_bytes() > self.reserve_bytes
        except StorageError:
            return False

    def shortfall_bytes(self, headroom_bytes: int = 0) -> int:
        """How much has to go until reserve and headroom are free; 0 where they are.

        Raises:
            StorageError: the file system doesn't say.
        """
        return max(0, self.reserve_bytes + headroom_bytes - self.free_bytes())
