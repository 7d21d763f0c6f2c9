"""Reads every recording again, slowly, and finds those that no longer are what they were: disks rot unseen.

One file a step, in the order of their making, over and over. The caller rests after each step for as long as the step says, so that the disk
gives the scrub no more than its share.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from nvr.clock import Clock
from nvr.errors import StorageError
from nvr.storage.layout import safe_join

_log = logging.getLogger(__name__)
_CHUNK_BYTES: Final = 1024 * 1024
_BATCH: Final = 100


class Checkable(Protocol):
    """A closed segment."""

    @property
    def segment_id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def size_bytes(self) -> int | None: ...
    @property
    def sha256(self) -> str | None: ...


class ScrubIndex(Protocol):
    """The catalogue's side."""

    def after(self, segment_id: str, limit: int) -> Sequence[Checkable]:
        """Closed segments with an id after this one, by id, without those known to be damaged."""
        ...

    def damaged(self, segment_id: str, reason: str) -> bool:
        """Mark one, and tell who must know; False where it is gone, or being deleted, or marked already."""
        ...


class Scrub:
    """Call ``step`` again and again from one thread.

    Args:
        root: the recordings folder.
        index: the catalogue.
        bytes_per_s: how much is read in a second, on average.
        clock: for the time that a step took itself.
        present: whether the disk is there on which a file should lie: what is merely unplugged is not damaged.
    """

    def __init__(
        self,
        root: Path,
        index: ScrubIndex,
        *,
        bytes_per_s: float,
        clock: Clock,
        present: Callable[[str], bool] = lambda _path: True,
    ) -> None:
        self._present = present
        self._root = root
        self._index = index
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._position = ""
        self._batch: deque[Checkable] = deque()
        self.checked = 0
        self.checked_bytes = 0
        self.damaged = 0
        self.rounds = 0

    def step(self) -> float:
        """Look at one file; seconds to rest before the next. 0 at the end of a round, which the next step begins anew.

        Raises:
            CatalogueError: the index doesn't answer.
        """
        began_ns = self._clock.monotonic_ns()
        if not self._batch:
            self._batch.extend(self._index.after(self._position, _BATCH))
            if not self._batch:
                self._position = ""
                self.rounds += 1
                return 0.0
        segment = self._batch[0]
        read_bytes, reason = self._look(segment)
        if reason and self._present(segment.path) and self._index.damaged(segment.segment_id, reason):
            self.damaged += 1
            _log.error("%s is damaged: %s", segment.path, reason)
        # Only now: a catalogue that does not answer gets this one again.
        self._batch.popleft()
        self._position = segment.segment_id
        self.checked += 1
        self.checked_bytes += read_bytes
        took_s = (self._clock.monotonic_ns() - began_ns) / 1e9
        return max(1e-6, read_bytes / self._bytes_per_s - took_s)

    def _look(self, segment: Checkable) -> tuple[int, str]:
        try:
            fd = os.open(safe_join(self._root, segment.path), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0, "its file is missing"
        except (OSError, StorageError) as error:
            return 0, f"can't be opened: {error}"
        read_bytes = 0
        try:
            digest = hashlib.sha256()
            while chunk := os.pread(fd, _CHUNK_BYTES, read_bytes):
                digest.update(chunk)
                read_bytes += len(chunk)
            # What is read once in a month must not push out what is being written and played.
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError as error:
            return read_bytes, f"can't be read: {error.strerror}"
        finally:
            os.close(fd)
        if read_bytes != segment.size_bytes:
            return read_bytes, f"{read_bytes} bytes instead of {segment.size_bytes}"
        return read_bytes, "" if digest.hexdigest() == segment.sha256 else "its content changed since it was closed"
