"""Puts changes of the cameras' credentials into the audit: which entries, of which cameras, by whom; never what they are.

What was seen last is kept beside the versions of the configuration as keyed hashes, so that a change while nothing ran is told at the next start. The
key lies with them, in a file of mode 0600: whoever reads it can read the credentials file as well.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from nvr.app.adoption import owner
from nvr.app.credentials_file import CredentialsFile
from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Camera, Config, Credential
from nvr.config.credentials import ENVIRONMENT_PREFIX
from nvr.disk import put_whole
from nvr.errors import StorageError

FILE: Final = "credentials-seen.json"


class Seen(msgspec.Struct, frozen=True):
    """What was there when somebody last looked: by name of the entry, HMAC-SHA-256 of user and password under ``key`` (hexadecimal both)."""

    key: str
    marks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of entries."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.added, *self.changed, *self.removed))


def marks(entries: Mapping[str, Credential], key: str) -> dict[str, str]:
    """One mark an entry, that says whether it is as before and nothing else."""
    return {
        name: hmac.digest(
            bytes.fromhex(key), msgspec.json.encode((entry.user, entry.password.reveal())), hashlib.sha256
        ).hex()
        for name, entry in entries.items()
    }


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """What changed from marks to marks."""
    return Difference(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(name for name in after.keys() & before.keys() if after[name] != before[name])),
        tuple(sorted(before.keys() - after.keys())),
    )


def detail_of(found: Difference, cameras: Iterable[Camera], from_environment: frozenset[str]) -> dict[str, str]:
    """What the audit says of it."""
    lists = {
        "added": found.added,
        "changed": found.changed,
        "removed": found.removed,
        "cameras": tuple(sorted(each.id for each in cameras if each.credentials in found.names)),
        "environment": tuple(sorted(found.names & from_environment)),
    }
    return {name: ", ".join(words) for name, words in lists.items() if words}


class CredentialAudit:
    """``step`` now and then, in the catalogue's writer thread.

    Args:
        credentials: the credentials file.
        folder: where versions of the configuration are kept.
        config: which cameras there are.
    """

    def __init__(self, credentials: Path, folder: Path, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        self._path, self._seen_path = credentials, folder / FILE
        self._file = CredentialsFile(credentials)
        self._catalogue, self._config, self._clock = catalogue, config, clock
        self._told = False
        self._unsaved: Seen | None = None
        prefix = ENVIRONMENT_PREFIX
        self._from_environment = frozenset(
            name.removeprefix(prefix).lower() for name in os.environ if name.startswith(prefix)
        )

    def step(self) -> None:
        """Tell what changed since the last look, of this run or of an earlier one. A file that can't be used changes nothing, and says nothing.

        Raises:
            CatalogueError: it is told at the next look.
            StorageError: it is told, but a restart would tell it again; kept at the next look.
        """
        if not self._file.changed() and self._told:
            return
        self._told = False
        if not self._file.sound:
            return
        seen = self._unsaved or self._read()
        now = Seen(seen.key, marks(self._file.entries, seen.key))
        found = difference(seen.marks, now.marks)
        if found:
            with self._catalogue.write() as tx:
                audit.append(
                    tx,
                    wall_ns=self._clock.wall_ns(),
                    actor=("" if found.names <= self._from_environment else owner(self._path)) or "nvr",
                    terminal="",
                    address="",
                    action="credentials.change",
                    object=", ".join(sorted(found.names))[:200],
                    detail=detail_of(found, self._config.cameras, self._from_environment),
                )
            self._unsaved = now
        if self._unsaved is not None:
            self._write(self._unsaved)
            self._unsaved = None
        self._told = True

    def _read(self) -> Seen:
        # Unreadable is as never seen: every entry is told as added, rather than a change not at all.
        with suppress(OSError, msgspec.MsgspecError, ValueError):
            found = msgspec.json.decode(self._seen_path.read_bytes(), type=Seen)
            bytes.fromhex(found.key)
            return found
        return Seen(secrets.token_hex(32), {})

    def _write(self, seen: Seen) -> None:
        try:
            self._seen_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_whole(self._seen_path, msgspec.json.encode(seen), mode=0o600)
        except OSError as error:
            raise StorageError(f"{self._seen_path} can't be written ({error.strerror})", "check its disk") from error
