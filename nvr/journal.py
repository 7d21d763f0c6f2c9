"""A worker's facts on their way to the catalogue: appended, synced, read exactly once, whoever is killed when.

A journal is a folder of files named by their creation time. Each line is ``crc32 json``: eight hexadecimal digits of CRC-32 over the
JSON bytes, a space, the JSON. The writer appends and syncs before it returns. The reader hands out facts with their ``Position``;
the catalogue stores the position in the transaction that stores the facts (see docs/design/crash-safety.md), so a control process that was
away takes up where it stopped. A torn last line of a dead writer is passed over; a file is deleted once it is wholly read and a
newer one exists.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from nvr.clock import Clock, SystemClock
from nvr.observations import Fact

_ROTATE_BYTES = 8 * 1024 * 1024
_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a reader stands: all before ``offset_bytes`` of ``file`` (and all older files) has been taken up."""

    file: str = ""
    offset_bytes: int = 0


class JournalWriter:
    """Appends facts to a journal. One writer per folder; a new file at each start, so a torn tail is never appended to."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._fd = -1
        self._size_bytes = 0
        self._rotate()

    def _rotate(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        existing = sorted(self._folder.glob("*.journal"))
        number = int(existing[-1].stem) + 1 if existing else 0
        # Names count up from the newest file, or from the clock: a clock that steps back can't put new facts before old ones.
        name = f"{max(number, self._clock.wall_ns()):020d}.journal"
        self._fd = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        folder_fd = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder_fd)
        finally:
            os.close(folder_fd)
        self._size_bytes = 0

    def append(self, *facts: Fact) -> None:
        """Write and sync. On return the facts survive kill -9 and power loss.

        Raises:
            OSError: the disk refused; nothing of this call is to be believed, the caller keeps the facts and tries again.
        """
        lines = b"".join(_line(fact) for fact in facts)
        written = 0
        try:
            while written < len(lines):
                written += os.write(self._fd, lines[written:])
            os.fdatasync(self._fd)
        except OSError:
            # Half a line left behind would swallow the next one.
            os.ftruncate(self._fd, self._size_bytes)
            raise
        self._size_bytes += len(lines)
        if self._size_bytes >= _ROTATE_BYTES:
            self._rotate()

    def close(self) -> None:
        """Close the file; the journal stays."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _line(fact: Fact) -> bytes:
    body = msgspec.json.encode(fact)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def read_journal(folder: Path, after: Position, limit: int = 1000) -> Iterator[tuple[Fact, Position]]:
    """Facts after a position, oldest first, each with the position to store once it is persisted.

    A line that is torn or fails its CRC is passed over (a dead writer's tail, which nobody was promised); an unterminated last line of the
    newest file is left for the next call.
    """
    count = 0
    for path in sorted(folder.glob("*.journal")):
        if path.name < after.file:
            continue
        offset_bytes = after.offset_bytes if path.name == after.file else 0
        with path.open("rb") as file:
            file.seek(offset_bytes)
            while count < limit and (line := file.readline()):
                if not line.endswith(b"\n"):
                    break
                offset_bytes += len(line)
                fact = _parse(line)
                if fact is not None:
                    count += 1
                    yield fact, Position(path.name, offset_bytes)
        if count >= limit:
            return


def _parse(line: bytes) -> Fact | None:
    crc, _, body = line.rstrip(b"\n").partition(b" ")
    try:
        if int(crc, 16) != zlib.crc32(body):
            return None
        return _decoder.decode(body)
    except (ValueError, msgspec.DecodeError):
        return None


def forget_read(folder: Path, done: Position) -> None:
    """Delete the files that lie wholly before ``done``; the newest file always stays, the writer may have it open."""
    paths = sorted(folder.glob("*.journal"))
    for path in paths[:-1]:
        if path.name < done.file:
            path.unlink(missing_ok=True)
