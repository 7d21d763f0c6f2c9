"""Putting a version in force: at the node's start, and by whoever decides while it runs (or while it does not)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nvr.app.in_force import (
    FOLDER,
    InForce,
    counts,
    deal_out,
    faulty_file_s_data,
    former_of,
    present,
    read_in_force,
    version_name,
)
from nvr.config import Config, load_config
from nvr.config.changes import difference
from nvr.config.former import FormerCamera, cameras_as_far_as_understood
from nvr.config.loader import parse_config, read_settings_text
from nvr.config.versions import How, InForceRecord, VersionRecord, VersionStore, digest
from nvr.disk import put_in_place_of
from nvr.errors import ConfigError, ConfigFault, Conflict
from nvr.steady_clock import now_on_line


@dataclass(frozen=True, slots=True)
class Decision:
    """A configuration that is to be put in force.

    Attributes:
        text: of the file.
        config: what it says.
        path: the file that the admin edits.
        file_sha256: what that file says at this moment.
        origin: of a return to an earlier version: its number.
    """

    text: str
    config: Config
    path: Path
    file_sha256: str
    how: How
    by: str
    origin: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a node starts with. ``faults``: of the file, where an earlier version had to stay in force."""

    in_force: InForce
    faults: Sequence[ConfigFault] = ()


def put_in_force(
    store: VersionStore, before: InForce | None, decision: Decision, *, at_start: bool = False
) -> InForceRecord:
    """Make it the next version. Workers of a running node keep their cameras and their number; a start deals anew.

    Raises:
        Conflict: somebody else put another version in force since ``before``.
        StorageError: the disk refuses; the version before stays in force.
    """
    with store.exclusive():
        current = store.current()
        if current is not None and (
            before is None or before.record is None or before.record.version != current.version
        ):
            raise Conflict("another version came in force meanwhile", "look at what it changes, then try again")
        number = 1 if current is None else current.version + 1
        was = None if before is None else before.config.model_copy(update={"cameras": present(before.config)})
        workers = counts(decision.config) if at_start or current is None else current.workers
        now_ns = now_on_line(store.folder.parent)
        record = InForceRecord(
            version=number,
            node_version=number if at_start or current is None else current.node_version,
            path=str(decision.path.absolute()),
            file_sha256=decision.file_sha256,
            shares=deal_out(decision.config, workers, None if at_start or current is None else current.shares),
            workers=workers,
            former=() if before is None else _former(before.config, decision.config, now_ns),
        )
        version = VersionRecord(
            version=number,
            wall_ns=now_ns,
            how=decision.how,
            by=decision.by,
            sha256=digest(decision.text),
            summary="the first version" if was is None else difference(was, decision.config).summary(),
            origin=decision.origin,
            warnings=decision.warnings,
        )
        store.commit(decision.text, version, record)
    return record


def _former(before: Config, after: Config, now_wall_ns: int) -> tuple[dict[str, object], ...]:
    """Cameras of earlier times, those that go now among them, without those that come back."""
    known = {camera.id for camera in after.cameras}
    gone = (camera for camera in before.cameras if camera.id not in known)
    return tuple({"removed_wall_ns": now_wall_ns} | camera.model_dump(mode="json", by_alias=True) for camera in gone)


def forget_former(store: VersionStore, gone: Iterable[str]) -> None:
    """Cameras of earlier times of which nothing is kept any more."""
    ids = frozenset(gone)
    with store.exclusive():
        current = store.current()
        if current is not None and any(camera["id"] in ids for camera in current.former):
            former = tuple(camera for camera in current.former if camera["id"] not in ids)
            store.swing(msgspec.structs.replace(current, former=former))


def data_folder(path: Path, data: Path | None) -> Path:
    """Where a node that starts with this file keeps its things.

    Raises:
        ConfigError: the file has faults, and nothing was ever in force with it.
    """
    try:
        config = load_config(path)
    except ConfigError:
        folder = data or faulty_file_s_data(path)
        if _kept(VersionStore(folder / FOLDER), path, data) is None:
            raise
        return folder
    return data or config.node.data


def adopt_at_start(path: Path, data: Path | None) -> Adopted:
    """What a node starts with: the file, where it has changed since it was last looked at and is sound; else the version in force.

    Call it while holding the data folder's lock: workers that run follow what is written here.

    Raises:
        ConfigError: the file has faults, and nothing was ever in force with it.
    """
    try:
        text = read_settings_text(path, "name an existing one with --config")
        config = parse_config(text, str(path))
    except ConfigError as error:
        store = VersionStore((data or faulty_file_s_data(path)) / FOLDER)
        kept = _kept(store, path, data)
        if kept is None:
            raise
        return Adopted(_restarted(store, kept), error.faults)
    if data is not None:
        config = config.model_copy(update={"node": config.node.model_copy(update={"data": data})})
    store = VersionStore(config.node.data / FOLDER)
    kept = _kept(store, path, data)
    warnings: tuple[str, ...] = ()
    if kept is not None and kept.record is not None:
        known = store.record(kept.record.version)
        if digest(text) in {kept.record.file_sha256, "" if known is None else known.sha256}:
            return Adopted(_restarted(store, kept))
    elif (other := store.current()) is not None:
        # Another file than before, or a version that this program does not read any more: the file decides, history goes on.
        try:
            kept = read_in_force(store, data)
        except ConfigError:
            kept = _as_far_as_understood(store, other, config)
            warnings = (f"{version_name(other.version)} is not understood any more: only its cameras were compared",)
    decision = Decision(text, config, path, digest(text), "start", owner(path), warnings=warnings)
    put_in_force(store, kept, decision, at_start=True)
    found = read_in_force(store, data)
    if found is None:
        raise Conflict("the configuration vanished while it was put in force", "start again")
    return Adopted(found)


def _kept(store: VersionStore, path: Path, data: Path | None) -> InForce | None:
    """The version in force, if it is of this file and can still be read."""
    current = store.current()
    if current is None or current.path != str(path.absolute()):
        return None
    try:
        return read_in_force(store, data)
    except ConfigError:
        return None


def _as_far_as_understood(store: VersionStore, record: InForceRecord, config: Config) -> InForce:
    """A version that has faults by now: its cameras, so that none is forgotten; in all else what comes in force instead."""
    had = cameras_as_far_as_understood(store.text(record.version), version_name(record.version))
    known = {camera.id for camera in had}
    cameras = (*had, *(camera for camera in former_of(record) if camera.id not in known))
    return InForce(config.model_copy(update={"cameras": cameras}), record, record.shares, record.workers)


def _restarted(store: VersionStore, kept: InForce) -> InForce:
    """The same version with its own ``node`` section, dealt anew: at a start everybody connects anyhow."""
    if kept.record is None:
        return kept
    data = kept.config.node.data
    config = parse_config(store.text(kept.record.version), f"version {kept.record.version}")
    workers = counts(config)
    record = msgspec.structs.replace(
        kept.record, node_version=kept.record.version, workers=workers, shares=deal_out(config, workers)
    )
    with store.exclusive():
        store.swing(record)
    return read_in_force(store, data) or kept


def former_cameras(config: Config) -> list[FormerCamera]:
    """The cameras of earlier times."""
    return [camera for camera in config.cameras if isinstance(camera, FormerCamera)]


def owner(path: Path) -> str:
    """Who wrote a file, as far as the file system says."""
    with suppress(OSError, KeyError):
        return path.owner()
    return ""


def write_back(store: VersionStore, path: Path, replaced_sha256: str, text: str) -> bool:
    """Have the admin's file say what is in force, where it says what was in force before: nobody's unfinished work is lost. False where it
    does not, or can't be written; then the file counts as looked at, and waits for its next change."""
    try:
        if digest(read_settings_text(path, "")) != replaced_sha256:
            return False
        put_in_place_of(path, text.encode())
    except (OSError, ConfigError):
        return False
    with store.exclusive():
        current = store.current()
        if current is not None:
            store.swing(msgspec.structs.replace(current, file_sha256=digest(text)))
    return True
