"""``nvr backup``: everything that the recordings don't hold themselves, copied while the control room runs, and put back on a clean machine.

::

    <folder>/backup.json         when, of which data folder, SHA-256 of each file; written last, so a copy that was cut off is none
    <folder>/…                   the files, as they lie in the data folder: catalogue, versions of the configuration, credentials, heads of the audit, holds
    <folder>/outside/…           those of them that the configuration has elsewhere: a catalogue or credentials on another disk
    <folder>/cameras.yaml        the admin's file

The catalogue is copied by SQLite's own backup, which gives one moment of it whatever is written meanwhile. The heads of the audit are copied before it: each of them is in the chain that comes back.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import make_url

from nvr.app import audit_check
from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.catalogue.engine import Catalogue
from nvr.config import Config
from nvr.disk import make_folder, put_whole, replacing, write_all
from nvr.errors import ConfigError, StorageError
from nvr.storage import home_disk
from nvr.storage.layout import HOLDS_FILE, safe_join
from nvr.storage.pools import REGISTER

MANIFEST: Final = "backup.json"
ADMINS_FILE: Final = "cameras.yaml"
_OUTSIDE: Final = "outside/"
_BESIDE: Final = "recordings/"
_MANIFEST_BYTES: Final = 16 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_BESIDE_A_DATABASE: Final = ("-wal", "-shm", "-journal")
"""Where SQLite keeps what is not in the file itself yet. It takes what is found there for the file's own, whichever file that is (https://www.sqlite.org/howtocorrupt.html, 1.4)."""


class Manifest(msgspec.Struct, frozen=True):
    """``backup.json``: SHA-256 by path; ``catalogue`` is the path of the database among them; ``outside`` says of some where they lay, absolute."""

    made_wall_ns: int
    data: str
    catalogue: str
    files: dict[str, str]
    outside: dict[str, str] = {}


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], place: Callable[[argparse.ArgumentParser], None]
) -> None:
    """The subcommands."""
    backup = commands.add_parser("backup", help="copy what the recordings don't hold themselves, and put it back")
    actions = backup.add_subparsers(dest="action", required=True, metavar="action")
    making = actions.add_parser("make", help="into a new folder; also while the control room runs")
    making.add_argument("folder", type=Path)
    place(making)
    making.set_defaults(run=_make)
    restoring = actions.add_parser("restore", help="into a data folder that has no catalogue yet")
    restoring.add_argument("folder", type=Path)
    restoring.add_argument("--data", type=Path, required=True, help="the new data folder")
    restoring.add_argument(
        "--outside", action="store_true", help="also put back what lay outside of the data folder, where it lay"
    )
    restoring.set_defaults(run=_restore)


def _make(options: argparse.Namespace) -> int:
    config = effective_config(options)
    manifest = make(Folders.of(config), config, options.config, options.folder)
    sys.stdout.write(f"{len(manifest.files)} files are in {options.folder}; passwords of cameras among them\n")
    return 0


def _restore(options: argparse.Namespace) -> int:
    manifest = restore(options.folder, options.data, outside=options.outside)
    database = _target(manifest, options.data, manifest.catalogue)
    catalogue = Catalogue(f"sqlite:///{database}")
    try:
        report = audit_check.check(catalogue, Folders.at(options.data).audit_heads)
    finally:
        catalogue.close()
    if report.fault:
        sys.stderr.write(f"audit: {report.fault}\n")
        return 1
    sys.stdout.write(f"audit: {report.records} records hold, {report.copies} copies of the head agree\n")
    if opened := _opened_elsewhere(options.data, database):
        sys.stderr.write(
            f"nvr: by {options.data / ADMINS_FILE} the catalogue is {opened}, and it came back as {database}: "
            "change node.database before you start, or an empty one is made\n"
        )
        return 1
    sys.stdout.write(
        f"{len(manifest.files)} files are back; once the recordings are, too: nvr fsck --repair, then nvr run, both with --data {options.data}\n"
    )
    return 0


def _opened_elsewhere(data: Path, database: Path) -> str:
    """Which other catalogue a node would open that is started with the admin's file that came back; "" where it is this one, or nobody can say."""
    try:
        config = load(data / ADMINS_FILE, data)
    except ConfigError:
        return ""  # told, with its faults, by the next command
    url = make_url(Folders.of(config).database_url(config))
    if url.get_backend_name() == "sqlite" and url.database and Path(url.database).resolve() == database.resolve():
        return ""
    return url.render_as_string()


def make(folders: Folders, config: Config, admins_file: Path, target: Path) -> Manifest:
    """Copy into ``target``, a folder that is new or empty.

    Raises:
        StorageError: it is not empty, the disk refuses, or the catalogue is no SQLite file.
    """
    catalogue = Catalogue(folders.database_url(config), migrate=False)
    database = catalogue.file
    catalogue.close()
    if database is None:
        raise StorageError(
            "the catalogue is no file", "copy it with pg_dump, and the data folder's other files by hand"
        )
    try:
        make_folder(target, mode=0o700)
        if any(target.iterdir()):
            raise StorageError(f"{target} is not empty", "name a folder that does not exist yet")
        files: dict[str, str] = {}
        outside: dict[str, str] = {}
        for name, path in _wanted(folders, config, admins_file):
            files[name] = _copy(path, target / name)
            if name.startswith(_OUTSIDE):
                outside[name] = str(path)
        name = _name(folders, database := _absolute(database))
        if name.startswith(_OUTSIDE):
            outside[name] = str(database)
        copy = target / name
        make_folder(copy.parent, mode=0o700)
        copy.touch(mode=0o600)
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as copied:
            source.backup(copied)
        files[name] = _sha256(copy)
        manifest = Manifest(time.time_ns(), str(folders.data), name, files, outside)
        put_whole(target / MANIFEST, msgspec.json.encode(manifest), mode=0o600)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"{target} can't be written in full ({error})", "free space there, then begin anew"
        ) from error
    return manifest


def restore(source: Path, data: Path, *, outside: bool = False) -> Manifest:
    """Put a copy into a data folder that has none of it. One that was cut off may be begun again.

    What lies beside the recordings stays as it is there: the disk that came back has it, no older than the copy.

    Args:
        outside: also write what lay outside of the data folder, where it lay.

    Raises:
        StorageError: the copy is not whole, or not what it was; something else is there already; the disk refuses. Nothing is written before all of it was read.
    """
    try:
        with (source / MANIFEST).open("rb") as file:
            manifest = msgspec.json.decode(file.read(_MANIFEST_BYTES), type=Manifest)
        if manifest.outside and not outside:
            raise StorageError(
                f"outside of the data folder lay {', '.join(manifest.outside.values())}",
                "add --outside to have them put there again",
            )
        missing = []
        for name, sha256 in manifest.files.items():
            if _sha256(safe_join(source, name)) != sha256:
                raise StorageError(f"{source / name} is not what was copied", "take another copy")
            target = _target(manifest, data, name)
            if not target.exists():
                missing.append((name, target))
            elif not name.startswith(_BESIDE) and _sha256(target) != sha256:
                moved = (
                    "with the control room stopped, move it away, and what lies beside it under its name (-wal, -shm)"
                )
                raise StorageError(
                    f"{target} is there already",
                    moved if name in manifest.outside else "restore into a new data folder",
                )
        _refuse_leftovers(_target(manifest, data, manifest.catalogue))
        for name, target in missing:
            _copy(safe_join(source, name), target)
    except msgspec.DecodeError as error:
        raise StorageError(f"{source / MANIFEST} can't be read", "take another copy") from error
    except OSError as error:
        raise StorageError(f"the copy can't be put back ({error})", "check both folders") from error
    return manifest


def _refuse_leftovers(database: Path) -> None:
    """What another catalogue left beside this place when it was killed would be written into the copy at its first opening: older pages of another file, or newer ones."""
    beside = [database.with_name(f"{database.name}{ending}") for ending in _BESIDE_A_DATABASE]
    if left := [str(path) for path in beside if os.path.lexists(path)]:
        raise StorageError(
            f"{', '.join(left)} of another catalogue would be written into the copy",
            "with the control room stopped, move it away to the file that it belongs to, under that file's name; then restore again",
        )


def _target(manifest: Manifest, data: Path, name: str) -> Path:
    """Where a file of the copy belongs."""
    if name in manifest.outside:
        return Path(manifest.outside[name])
    if not name.startswith(_BESIDE):
        return safe_join(data.resolve(), name)
    recordings = Folders.at(data).recordings
    if recordings.is_symlink() and not recordings.is_dir():
        raise StorageError(
            f"{recordings} leads to {recordings.readlink()}, which is not there", "mount that disk first"
        )
    return safe_join(recordings, name.removeprefix(_BESIDE))  # which may be a link to a disk of its own


def _wanted(folders: Folders, config: Config, admins_file: Path) -> Iterator[tuple[str, Path]]:
    if admins_file.is_file():
        yield ADMINS_FILE, admins_file
    versions = folders.data / "config"
    beside = [folders.recordings / HOLDS_FILE, folders.recordings / REGISTER]
    # With the disk's id nothing takes an empty folder for the recordings.
    single = [folders.audit_heads, folders.patrols, home_disk.register_of(folders.recordings), *beside]
    for path in [*single, *(sorted(versions.iterdir()) if versions.is_dir() else [])]:
        if path.is_file() and path.name != "lock":
            yield _name(folders, path), path
    if (credentials := _absolute(folders.credentials(config))).is_file():
        yield _name(folders, credentials), credentials


def _absolute(path: Path) -> Path:
    """Links are not followed: what lies behind one comes back where the configuration looks for it."""
    return Path(os.path.normpath(path.absolute()))


def _name(folders: Folders, path: Path) -> str:
    """As it lies in the data folder, or by its name alone in ``outside``."""
    return str(path.relative_to(folders.data)) if path.is_relative_to(folders.data) else f"{_OUTSIDE}{path.name}"


def _copy(source: Path, target: Path) -> str:
    """Its SHA-256."""
    make_folder(target.parent, mode=0o700)
    digest = hashlib.sha256()
    with source.open("rb") as file, replacing(target, mode=0o600) as fd:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            write_all(fd, chunk)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
