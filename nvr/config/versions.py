"""Which configuration is in force, and all that ever were: files in the data folder, swung with one rename.

::

    config/000007.yaml    the text of version 7, byte for byte
    config/000007.json    who applied it, when, how, what it changed
    config/current.json   which version is in force, and what belongs to it: ``InForceRecord``

A version is written and synced before ``current.json`` names it, and ``current.json`` is replaced by a rename: whoever reads, and whoever is
killed whenever, has the old version or the new one, whole. A version above the one in force was never applied and is written over.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from nvr.disk import make_folder, put_whole
from nvr.errors import StorageError

How = Literal["start", "file", "signal", "api", "command", "rollback", "editor"]
"""By which way a version came: found at the start, a change on disk, SIGHUP, the console, ``nvr config``, a return to an earlier one, zones drawn in the console."""

_CURRENT: Final = "current.json"
_AUDITED: Final = "audited"
_LISTED: Final = 500


class VersionRecord(msgspec.Struct, frozen=True):
    """What is known of a version besides its text.

    Attributes:
        version: its number, from 1.
        wall_ns: when it was applied.
        how: by which way.
        by: who: a user's name, that of an account of the machine, or "" where nobody can be named.
        sha256: of the text.
        summary: what it changed, in a line.
        origin: of a return: the version that the text is of; else 0.
        warnings: what the cameras answered, where they did not answer well.
    """

    version: int
    wall_ns: int
    how: How
    by: str
    sha256: str
    summary: str
    origin: int = 0
    warnings: tuple[str, ...] = ()


class InForceRecord(msgspec.Struct, frozen=True):
    """``current.json``.

    Attributes:
        version: the version in force.
        node_version: that whose ``node`` section is: the one that the node started with.
        path: the file that the admin edits.
        file_sha256: what that file said when this was decided. While it says the same, it is not looked at again, so that a return to an
            earlier version stays in force.
        shares: by kind of worker, the worker's index of each camera.
        workers: by kind, how many there are.
        former: cameras that were taken out of the file and have recordings, as JSON.
    """

    version: int
    node_version: int
    path: str
    file_sha256: str
    shares: dict[str, dict[str, int]]
    workers: dict[str, int]
    former: tuple[dict[str, Any], ...] = ()


class VersionStore:
    """The folder. Methods raise StorageError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> InForceRecord | None:
        """What is in force; None before the first start."""
        try:
            return msgspec.json.decode((self.folder / _CURRENT).read_bytes(), type=InForceRecord)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise _unusable(self.folder, error) from error

    def signature(self) -> tuple[int, int] | None:
        """Changes whenever ``current`` does; cheap enough to be asked every second."""
        try:
            status = (self.folder / _CURRENT).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    def text(self, version: int) -> str:
        """The text of a version."""
        try:
            return (self.folder / f"{version:06d}.yaml").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _unusable(self.folder, error) from error

    def record(self, version: int) -> VersionRecord | None:
        """What is known of a version; None where there is none of that number, or it was never applied."""
        current = self.current()
        if current is None or not 1 <= version <= current.version:
            return None
        try:
            return msgspec.json.decode((self.folder / f"{version:06d}.json").read_bytes(), type=VersionRecord)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise _unusable(self.folder, error) from error

    def history(self, limit: int = _LISTED) -> list[VersionRecord]:
        """Applied versions, newest first."""
        current = self.current()
        newest = 0 if current is None else current.version
        found = (self.record(version) for version in range(newest, max(0, newest - limit), -1))
        return [record for record in found if record is not None]

    def commit(self, text: str, record: VersionRecord, current: InForceRecord) -> None:
        """Put a version in force. Call it under ``exclusive``."""
        self._put(f"{record.version:06d}.yaml", text.encode("utf-8"))
        self._put(f"{record.version:06d}.json", msgspec.json.encode(record))
        self.swing(current)

    def swing(self, current: InForceRecord) -> None:
        """Change what is in force, or what belongs to it: the one step that counts."""
        self._put(_CURRENT, msgspec.json.encode(current))

    def audited(self) -> int:
        """Up to which version the audit knows of them."""
        try:
            return int((self.folder / _AUDITED).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def note_audited(self, version: int) -> None:
        """The audit knows of them up to this one."""
        self._put(_AUDITED, str(version).encode("ascii"))

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Nobody else decides meanwhile, in no process."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _unusable(self.folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _put(self, name: str, data: bytes) -> None:
        try:
            make_folder(self.folder, mode=0o700)
            put_whole(self.folder / name, data, mode=0o600)
        except OSError as error:
            raise _unusable(self.folder, error) from error


def digest(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _unusable(folder: Path, error: Exception) -> StorageError:
    reason = getattr(error, "strerror", None) or str(error)
    return StorageError(
        f"the versions of the configuration in {folder} can't be read or written ({reason})", "check that disk"
    )
