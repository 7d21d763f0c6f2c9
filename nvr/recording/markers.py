"""Notes of which segments are being written, so that a start after a crash need not look at every file.

Each run of a recorder has a folder ``<recordings>/.open/<run>/`` with a ``lock`` that it holds (flock) while it lives, however it ends,
and one file per open segment, named by its ``segment_id``, that holds the segment's ``SegmentOpened`` as JSON. The file is synced before
the segment exists and removed once ``SegmentClosed`` stands in the journal.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from nvr.disk import make_folder, sync_folder, synced
from nvr.observations import SegmentOpened, new_id
from nvr.storage.layout import LOCK_FILE, OPEN_FOLDER
from nvr.storage.pools import linked

_UNBORN: Final = ".new-"
_MAX_MARKER_BYTES: Final = 16 * 1024
_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[SegmentOpened] = msgspec.json.Decoder(SegmentOpened)


class Markers:
    """The markers of one living recorder."""

    def __init__(self, root: Path) -> None:
        """Take a run folder.

        Raises:
            OSError: the disk refused.
        """
        parent = root / OPEN_FOLDER
        make_folder(parent)
        name = new_id()
        unborn = parent / f"{_UNBORN}{name}"
        unborn.mkdir()
        self._lock_fd = -1
        try:
            self._lock_fd = os.open(unborn / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
            # Nobody may see the folder before its lock is held: he would take the recorder for dead.
            self._folder = unborn.rename(parent / name)
            sync_folder(parent)
        except OSError:
            # Tried again every second: what stays behind would pile up.
            shutil.rmtree(unborn, ignore_errors=True)
            if self._lock_fd >= 0:
                os.close(self._lock_fd)
            raise

    def place(self, opened: SegmentOpened) -> None:
        """Note that this segment is about to exist.

        Raises:
            OSError: the disk refused; no note stays behind.
        """
        path = self._folder / opened.segment_id
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            os.write(fd, _encode(opened))
            synced(os.fsync, fd)
            sync_folder(self._folder)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)

    def remove(self, segment_id: str) -> None:
        """The segment's end is in the journal, or it never came to exist. A note that stays is harmless."""
        with suppress(OSError):
            (self._folder / segment_id).unlink(missing_ok=True)

    def close(self) -> None:
        """Give the folder back; it goes away if it is empty."""
        if self._lock_fd >= 0:
            with suppress(OSError):
                if {path.name for path in self._folder.iterdir()} == {LOCK_FILE}:
                    (self._folder / LOCK_FILE).unlink()
                    self._folder.rmdir()
            os.close(self._lock_fd)
            self._lock_fd = -1


class DeadRun:
    """The markers of a recorder that is no more; locked, so that nobody else takes them up at the same time."""

    def __init__(self, folder: Path, lock_fd: int) -> None:
        self._folder = folder
        self._lock_fd = lock_fd

    def segments(self) -> list[tuple[str, SegmentOpened | None]]:
        """Name and content of each marker, oldest first; None where a power cut left it unreadable."""
        found: list[tuple[str, SegmentOpened | None]] = []
        for path in sorted(self._folder.iterdir()):
            if path.name == LOCK_FILE:
                continue
            try:
                with path.open("rb") as file:
                    found.append((path.name, _decoder.decode(file.read(_MAX_MARKER_BYTES))))
            except (msgspec.DecodeError, UnicodeDecodeError):
                found.append((path.name, None))
        return found

    def remove(self, name: str) -> None:
        """This one is done."""
        (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder if all is done; otherwise the next start tries again."""
        with suppress(OSError):
            if {path.name for path in self._folder.iterdir()} <= {LOCK_FILE}:
                (self._folder / LOCK_FILE).unlink(missing_ok=True)
                self._folder.rmdir()
        os.close(self._lock_fd)


def dead_runs(root: Path) -> Iterator[DeadRun]:
    """The runs whose recorder is gone, oldest first. Those of living recorders are passed over.

    Raises:
        OSError: the folder can't be read.
    """
    parent = root / OPEN_FOLDER
    if not parent.is_dir():
        return
    for folder in sorted(parent.iterdir()):
        if folder.name.startswith(_UNBORN) or not folder.is_dir():
            continue
        try:
            lock_fd = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except FileNotFoundError:
            continue  # another start was quicker
        try:
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock_fd)
            continue
        run = DeadRun(folder, lock_fd)
        try:
            yield run
        finally:
            run.close()


def open_segments(root: Path) -> dict[str, str]:
    """Path of each segment that some recorder, living or dead, has begun and not reported as closed, by ``segment_id``.

    Raises:
        OSError: the folder can't be read.
    """
    found: dict[str, str] = {}
    places = {"": root} | {f"@{name}/": folder for name, folder in linked(root).items()}
    for prefix, folder in places.items():
        for path in (folder / OPEN_FOLDER).glob("*/*"):
            if path.name == LOCK_FILE:
                continue
            with suppress(FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError), path.open("rb") as file:
                opened = _decoder.decode(file.read(_MAX_MARKER_BYTES))
                found[opened.segment_id] = f"{prefix}{opened.path}"
    return found
