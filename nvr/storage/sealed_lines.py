"""Small notes that lie beside the recordings: files of lines ``crc32 json`` that grow, and of which lines go only where words in them are struck.

The same line as in ``nvr.journal``: eight hexadecimal digits of CRC-32 over the JSON bytes, a space, the JSON. Whoever reads passes over what
is torn or damaged; whoever appends first ends a torn line, so that it spoils no other.
"""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from nvr.disk import put_whole, write_all

_MAX_FILE_BYTES: Final = 256 * 1024 * 1024
_DIGITS: Final = 8


def append_line(path: Path, content: bytes, *, sync: bool) -> None:
    """Add one line; with ``sync`` it survives a power cut once this returns (a new file's name only with its folder, see ``nvr.disk.sync_folder``).

    Raises:
        OSError: the disk refused; part of the line may stand there, which readers pass over.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        size_bytes = os.fstat(fd).st_size
        line = _sealed(content)
        if size_bytes and os.pread(fd, 1, size_bytes - 1) != b"\n":
            line = b"\n" + line
        write_all(fd, line)
        if sync:
            os.fdatasync(fd)
    finally:
        os.close(fd)


def replace_lines(path: Path, gone: Callable[[bytes], bool], content: bytes) -> None:
    """Have the file hold all of its whole lines but those whose JSON ``gone`` is true of, and one more; all of that or what it held before.

    Raises:
        OSError: the disk refused, or the file is too long to be read whole.
    """
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise OSError(errno.EFBIG, "too long to be written anew", str(path))
    kept = [line for line in read_lines(path) if not gone(line)]
    put_whole(path, b"".join(_sealed(line) for line in (*kept, content)))


def _sealed(content: bytes) -> bytes:
    return f"{zlib.crc32(content):08x} ".encode() + content + b"\n"


def read_lines(path: Path) -> Iterator[bytes]:
    """The JSON of each whole line, oldest first; none where there is no file. At most 256 MiB are read.

    Raises:
        OSError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES)
    except FileNotFoundError:
        return
    for line in data.split(b"\n"):
        content = line[_DIGITS + 1 :]
        if content and line[: _DIGITS + 1] == f"{zlib.crc32(content):08x} ".encode():
            yield content
