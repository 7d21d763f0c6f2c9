"""A worker's facts on their way to the catalogue: appended, synced, read exactly once, whoever is killed when.

A journal is a folder of files named by their creation time. Each line is ``crc32 json``: eight hexadecimal digits of CRC-32 over the
JSON bytes, a space, the JSON. The writer appends and syncs before it returns. The reader hands out facts with their ``Position``;
the catalogue stores the position in the transaction that stores the facts (see docs/design/crash-safety.md), so a control process that was
away takes up where it stopped. A torn last line of a dead writer is passed over; a file is deleted once it is wholly read and a
newer one exists.

A file only ever grows. Where the disk refuses half-way, the writer leaves the torn line as a dead writer would and goes on in a new file:
cutting it off would pull the ground from under a reader that already stands behind it. The facts of that call may be read although
``append`` raised, and again when it is repeated; they carry ids, and the catalogue stores an id once.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from nvr.clock import Clock, SystemClock
from nvr.disk import make_folder, sync_folder
from nvr.errors import StorageError
from nvr.observations import Fact

_log = logging.getLogger(__name__)
_ROTATE_BYTES: Final = 8 * 1024 * 1024
_MAX_LINE_BYTES: Final = 1024 * 1024
_NAME: Final = re.compile(r"\d{20}\.journal")
_CRC: Final = re.compile(rb"[0-9a-f]{8}")
_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a reader stands: all before ``offset_bytes`` of ``file`` (and all older files) has been taken up."""

    file: str = ""
    offset_bytes: int = 0


class JournalWriter:
    """Appends facts to a journal; any thread may. One writer per folder; a new file at each start, so a torn tail is never appended to."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        make_folder(self._folder)
        self._fd = -1
        self._size_bytes = 0
        self._torn = False
        self._closed = False
        self._rotate()

    def _rotate(self) -> None:
        """Go on in a new file; where that fails the old one stays in use."""
        existing = _files(self._folder)
        number = int(existing[-1].stem) + 1 if existing else 0
        # Names count up from the newest file, or from the clock: a clock that steps back can't put new facts before old ones.
        name = f"{max(number, self._clock.wall_ns()):020d}.journal"
        fd = os.open(
            self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
        )  # fmt: skip
        try:
            sync_folder(self._folder)
        except OSError:
            os.close(fd)
            raise
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd
        self._size_bytes = 0
        self._torn = False

    def append(self, *facts: Fact) -> None:
        """Write and sync. On return the facts survive kill -9 and power loss.

        Raises:
            OSError: the disk refused; nothing of this call is to be believed, the caller keeps the facts and tries again.
            StorageError: the journal is closed, or a fact is larger than 1 MiB; nothing of this call was written.
        """
        lines = [_line(fact) for fact in facts]
        if any(len(line) > _MAX_LINE_BYTES for line in lines):
            raise StorageError("a fact is too large for the journal", "this is a fault in the program: report it")
        data = memoryview(b"".join(lines))
        with self._lock:
            if self._closed:
                raise StorageError("the journal is closed")
            if self._torn or self._size_bytes >= _ROTATE_BYTES:
                self._rotate_if_possible()
            written_bytes = 0
            try:
                while written_bytes < len(data):
                    written_bytes += os.write(self._fd, data[written_bytes:])
                if data:
                    os.fdatasync(self._fd)
            except OSError:
                # After a failed sync nobody knows what is on disk; a file that took nothing is still good.
                self._torn = written_bytes > 0
                raise
            self._size_bytes += len(data)

    def _rotate_if_possible(self) -> None:
        try:
            self._rotate()
        except OSError as error:
            if self._torn:
                raise
            _log.warning("the journal %s goes on in its old file: %s", self._folder, error)

    def close(self) -> None:
        """Close the file; the journal stays."""
        with self._lock:
            self._closed = True
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _files(folder: Path) -> list[Path]:
    """The journal's files, oldest first; whatever else lies in the folder is not ours."""
    try:
        return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []


def _line(fact: Fact) -> bytes:
    body = msgspec.json.encode(fact)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def read_journal(folder: Path, after: Position, limit: int = 1000) -> Iterator[tuple[Fact, Position]]:
    """Facts after a position, oldest first, each with the position to store once it is persisted.

    A line that is torn or fails its CRC is passed over (a dead writer's tail, which nobody was promised) and, where it is whole, logged;
    an unterminated last line of the newest file is left for the next call. No more than a line is held in memory.

    Raises:
        OSError: the disk refuses; what was handed out before is good.
    """
    count = 0
    for path in _files(folder):
        if path.name < after.file:
            continue
        offset_bytes = after.offset_bytes if path.name == after.file else 0
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue  # wholly read, and tidied away meanwhile
        with file:
            file.seek(offset_bytes)
            too_long = False
            while count < limit and (line := file.readline(_MAX_LINE_BYTES)):
                if not line.endswith(b"\n"):
                    if len(line) < _MAX_LINE_BYTES:
                        break
                    too_long = True
                    offset_bytes += len(line)
                    continue
                fact = None if too_long else _parse(line)
                if fact is None:
                    _report(str(path), offset_bytes)
                too_long = False
                offset_bytes += len(line)
                if fact is not None:
                    count += 1
                    yield fact, Position(path.name, offset_bytes)
        if count >= limit:
            return


def resumed(folder: Path, stored: Position) -> Position:
    """Where to read on: at ``stored``, or from the beginning where its file is not there. No tidying up ever takes that file, so this is another journal than
    the one that the position was stored for (a new data folder under a catalogue that was put back), whose names may lie before it.
    """
    return stored if not stored.file or (folder / stored.file).exists() else Position()


def _parse(line: bytes) -> Fact | None:
    crc, _, body = line.rstrip(b"\n").partition(b" ")
    if not _CRC.fullmatch(crc) or int(crc, 16) != zlib.crc32(body):
        return None
    try:
        return _decoder.decode(body)
    except (ValueError, msgspec.DecodeError):
        return None


@lru_cache(maxsize=256)  # once for each place: a bad line at the end is met again at every call
def _report(path: str, offset_bytes: int) -> None:
    _log.warning("%s: the line at byte %d is damaged or of an unknown kind, passed over", path, offset_bytes)


def forget_read(folder: Path, done: Position) -> None:
    """Delete the files that lie wholly before ``done``; the newest file always stays, the writer may have it open.

    Args:
        done: a position that is safely stored.
    """
    for path in _files(folder)[:-1]:
        if path.name < done.file:
            path.unlink(missing_ok=True)
