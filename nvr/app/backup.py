"""``nvr backup``: everything that the recordings don't hold themselves, copied while the control room runs, and put back on a clean machine.

::

    <folder>/backup.json         when, of which data folder, SHA-256 of each file; written last, so a copy that was cut off is none
    <folder>/…                   the files, as they lie in the data folder: catalogue, versions of the configuration, credentials, heads of the audit, holds
    <folder>/cameras.yaml        the admin's file

The catalogue is copied by SQLite's own backup, which gives one moment of it whatever is written meanwhile. The heads of the audit are copied before it: each of them is in the chain that comes back.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from nvr.app import audit_check
from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.catalogue.engine import Catalogue
from nvr.config import Config
from nvr.disk import make_folder, put_whole, replacing, write_all
from nvr.errors import StorageError
from nvr.storage.layout import HOLDS_FILE, safe_join
from nvr.storage.pools import REGISTER

MANIFEST: Final = "backup.json"
ADMINS_FILE: Final = "cameras.yaml"
_MANIFEST_BYTES: Final = 16 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024


class Manifest(msgspec.Struct, frozen=True):
    """``backup.json``: SHA-256 by path; ``catalogue`` is the path of the database among them."""

    made_wall_ns: int
    data: str
    catalogue: str
    files: dict[str, str]


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
    restoring.set_defaults(run=_restore)


def _make(options: argparse.Namespace) -> int:
    config = effective_config(options)
    manifest = make(Folders.of(config), config, options.config, options.folder)
    sys.stdout.write(f"{len(manifest.files)} files are in {options.folder}; passwords of cameras among them\n")
    return 0


def _restore(options: argparse.Namespace) -> int:
    manifest = restore(options.folder, options.data)
    catalogue = Catalogue(f"sqlite:///{safe_join(options.data.resolve(), manifest.catalogue)}")
    try:
        report = audit_check.check(catalogue, Folders.at(options.data).audit_heads)
    finally:
        catalogue.close()
    if report.fault:
        sys.stderr.write(f"audit: {report.fault}\n")
        return 1
    sys.stdout.write(f"audit: {report.records} records hold, {report.copies} copies of the head agree\n")
    sys.stdout.write(
        f"{len(manifest.files)} files are in {options.data}; now: mount the recordings, nvr fsck --repair, nvr run\n"
    )
    return 0


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
        for name, path in _wanted(folders, config, admins_file):
            files[name] = _copy(path, target / name)
        name = _name(folders, database)
        copy = target / name
        make_folder(copy.parent, mode=0o700)
        copy.touch(mode=0o600)
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as copied:
            source.backup(copied)
        files[name] = _sha256(copy)
        manifest = Manifest(time.time_ns(), str(folders.data), name, files)
        put_whole(target / MANIFEST, msgspec.json.encode(manifest), mode=0o600)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"{target} can't be written in full ({error})", "free space there, then begin anew"
        ) from error
    return manifest


def restore(source: Path, data: Path) -> Manifest:
    """Put a copy into a data folder that has none of it.

    Raises:
        StorageError: the copy is not whole, or not what it was; something of it is there already; the disk refuses. Nothing is written before all of it was read.
    """
    try:
        with (source / MANIFEST).open("rb") as file:
            manifest = msgspec.json.decode(file.read(_MANIFEST_BYTES), type=Manifest)
        for name, sha256 in manifest.files.items():
            if _sha256(safe_join(source, name)) != sha256:
                raise StorageError(f"{source / name} is not what was copied", "take another copy")
            if safe_join(data, name).exists():
                raise StorageError(f"{data / name} is there already", "restore into a new data folder")
        for name in manifest.files:
            _copy(safe_join(source, name), safe_join(data, name))
    except msgspec.DecodeError as error:
        raise StorageError(f"{source / MANIFEST} can't be read", "take another copy") from error
    except OSError as error:
        raise StorageError(f"the copy can't be put back ({error})", "check both folders") from error
    return manifest


def _wanted(folders: Folders, config: Config, admins_file: Path) -> Iterator[tuple[str, Path]]:
    if admins_file.is_file():
        yield ADMINS_FILE, admins_file
    versions = folders.data / "config"
    single = [folders.audit_heads, folders.patrols, folders.recordings / HOLDS_FILE, folders.recordings / REGISTER]
    for path in [*single, *(sorted(versions.iterdir()) if versions.is_dir() else [])]:
        if path.is_file() and path.name != "lock":
            yield _name(folders, path), path
    if (credentials := folders.credentials(config)).is_file():
        yield _name(folders, credentials), credentials


def _name(folders: Folders, path: Path) -> str:
    """As it lies in the data folder; what lies elsewhere comes to lie in it."""
    return str(path.relative_to(folders.data)) if path.is_relative_to(folders.data) else path.name


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
