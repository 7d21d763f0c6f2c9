"""Files that survive power loss: synced, in folders that are synced, and whole or not there.

The order is the same for all of them: written under another name, synced, renamed, the folder synced. What a reader finds under the final name
is all of the old file or all of the new one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class SyncFailed(OSError):
    """The disk could not keep what it had taken. Linux tells this once and forgets the pages: a second sync of the same file would succeed, and
    lie. So nothing of that file may be believed until it has been read again."""


def synced(call: Callable[[int], None], fd: int) -> None:
    """``os.fsync`` or ``os.fdatasync``.

    Raises:
        SyncFailed: with the system's errno.
    """
    try:
        call(fd)
    except OSError as error:
        raise SyncFailed(error.errno, error.strerror) from error


def sync_folder(folder: Path) -> None:
    """Make a folder's entries survive power loss.

    Raises:
        OSError: the disk refused (``SyncFailed`` where it could not keep what it had taken).
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        synced(os.fsync, fd)
    finally:
        os.close(fd)


def make_folder(folder: Path, *, mode: int = 0o777) -> None:
    """Create ``folder`` and what is missing above it, each entry synced into its parent.

    Args:
        mode: of each folder that is made; the process's umask is taken off.

    Raises:
        OSError: the disk refused.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent, mode=mode)
    folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write until all of it is written.

    Raises:
        OSError: the disk refused; a beginning may be written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


@contextmanager
def replacing(path: Path, *, mode: int = 0o640, sync: bool = True, alone: bool = True) -> Iterator[int]:
    """A descriptor to write with; what was written takes the place of ``path`` when the block ends, and survives power loss after it.

    Args:
        path: its folder is there.
        mode: of the new file; the process's umask is taken off.
        alone: nobody else does the same at once. The other name, ``.<name>.part``, is then always the same, so that whoever is killed leaves
            no more than the next one writes over; with False this process's number is in it.
        sync: False where power loss may take the file or its content; readers still see all or nothing of it.

    Raises:
        OSError: the disk refused. ``path`` is as it was, unless the last sync, that of its folder, failed.
    """
    part = path.with_name(f".{path.name}.part" if alone else f".{path.name}.{os.getpid()}.part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        try:
            yield fd
            if sync:
                synced(os.fsync, fd)
        finally:
            os.close(fd)
        part.replace(path)
    except Exception:
        with suppress(OSError):
            part.unlink()
        raise
    if sync:
        sync_folder(path.parent)


def put_whole(
    path: Path, data: bytes | memoryview, *, mode: int = 0o640, sync: bool = True, alone: bool = True
) -> None:
    """Have ``path`` hold exactly ``data``, or what it held before; parameters and errors as of ``replacing``."""
    with replacing(path, mode=mode, sync=sync, alone=alone) as fd:
        write_all(fd, data)


def put_in_place_of(path: Path, data: bytes) -> None:
    """Give an existing file another content: its mode stays, its owner too where this process may give files away; a link is followed.

    Raises:
        OSError: the disk refused, or there is no such file; it is as it was.
    """
    path = path.resolve()
    status = path.stat()
    with replacing(path, mode=0o600, alone=False) as fd:
        os.fchmod(fd, status.st_mode & 0o7777)
        with suppress(PermissionError):
            os.fchown(fd, status.st_uid, status.st_gid)
        write_all(fd, data)
