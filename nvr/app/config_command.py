"""``nvr config``: versions of the configuration, what differs between them, and back; and what ``nvr check-config`` says beyond faults."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from nvr.app.adoption import Decision, data_folder, put_in_force, write_back
from nvr.app.capacity import capacity_lines
from nvr.app.folders import Folders
from nvr.app.in_force import FOLDER, present, read_in_force, version_name
from nvr.app.object_model import model_fault
from nvr.app.orders import Orders
from nvr.app.shell_user import shell_user
from nvr.clock import NS_PER_S
from nvr.config import Config, load_config
from nvr.config.changes import ConfigDiff, difference
from nvr.config.loader import parse_config, read_settings_text
from nvr.config.versions import VersionRecord, VersionStore, digest
from nvr.errors import ConfigError, NotFound, NvrError
from nvr.steady_clock import now_on_line

Say = Callable[[str], None]


def options(parser: argparse.ArgumentParser, place: Callable[[argparse.ArgumentParser], None], say: Say) -> None:
    """The subcommands of ``nvr config``."""
    commands = parser.add_subparsers(dest="action", required=True, metavar="action")
    listing = commands.add_parser("history", help="list the versions that were in force, newest first")
    place(listing)
    listing.set_defaults(run=lambda asked: _history(asked, say))
    differing = commands.add_parser("diff", help="what the file, or version B, changes against what is in force, or A")
    place(differing)
    differing.add_argument("versions", nargs="*", type=int, metavar="N", help="no number: the file; one: B; two: A B")
    differing.set_defaults(run=lambda asked: _diff(asked, say))
    back = commands.add_parser("rollback", help="return to a version; without a number to the one before")
    place(back)
    back.add_argument("version", nargs="?", type=int, metavar="N")
    back.set_defaults(run=lambda asked: _rollback(asked, say))
    applying = commands.add_parser("apply", help="have the running control room take up the file now")
    place(applying)
    applying.add_argument("--require-probe", action="store_true", help="refuse where a new camera does not answer")
    applying.set_defaults(run=lambda asked: _apply(asked, say))


def _history(asked: argparse.Namespace, say: Say) -> None:
    store, _ = _store(asked)
    found = read_in_force(store, None)
    zone = ZoneInfo("America/Lima" if found is None else found.config.timezone)
    for record in store.history():
        say(_record_line(record, zone))


def _record_line(record: VersionRecord, zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(record.wall_ns // NS_PER_S, UTC).astimezone(zone)
    origin = f" to version {record.origin}" if record.origin else ""
    return f"{record.version:>6}  {at:%Y-%m-%d %H:%M:%S}  {record.how}{origin}  {record.by or '-'}  {record.summary}"


def _diff(asked: argparse.Namespace, say: Say) -> int:
    store, _ = _store(asked)
    if len(asked.versions) > 2:
        raise NvrError("more than two versions", "give none, one or two numbers")
    before = _version(store, asked.versions[0]) if len(asked.versions) == 2 else running(store)
    after = _version(store, asked.versions[-1]) if asked.versions else load_config(asked.config)
    found = difference(before, _beside(after, before))
    for line in found.lines():
        say(line)
    return 0 if found.empty else 1


def running(store: VersionStore) -> Config:
    """What is in force, as a file would say it.

    Raises:
        NotFound: nothing was ever.
    """
    found = read_in_force(store, None)
    if found is None:
        raise NotFound("no version of the configuration is in force yet: start the control room with it first")
    return found.config.model_copy(update={"cameras": present(found.config)})


def against_running(data: Path | None, config: Config) -> ConfigDiff | None:
    """What a sound file would change; None where nothing is in force."""
    folder = data or config.node.data
    with suppress(NvrError):
        before = running(VersionStore(folder / FOLDER))
        return difference(before, _beside(config, before))
    return None


def remarks(data: Path | None, config: Config) -> Iterator[str]:
    """What is to be said of a sound file: whether the disks can keep what it asks for, and what it changes."""
    yield from capacity_lines(config, Folders.of(config).recordings)
    found = against_running(data, config)
    if found is not None and not found.empty:
        yield "Against what is in force:"
        yield from found.lines()


def _beside(config: Config, other: Config) -> Config:
    """With the data folder of the other: which one it is was said on the command line."""
    return config.model_copy(update={"node": config.node.model_copy(update={"data": other.node.data})})


def check_as_json(path: Path, data: Path | None) -> tuple[str, bool]:
    """Faults and differences for programs, and whether the file is sound."""
    try:
        config = load_config(path)
    except ConfigError as error:
        return json.dumps(
            {"sound": False, "faults": [asdict(fault) for fault in error.faults], "diff": None}, indent=2
        ), False
    if (fault := model_fault(path, config, data)) is not None:
        return json.dumps({"sound": False, "faults": [asdict(fault)], "diff": None}, indent=2), False
    found = against_running(data, config)
    body = {"sound": True, "faults": [], "diff": None if found is None else asdict(found)}
    return json.dumps(body, indent=2, ensure_ascii=False), True


def _version(store: VersionStore, number: int) -> Config:
    if store.record(number) is None:
        raise NotFound(f"there is no version {number}; `nvr config history` lists them")
    return parse_config(store.text(number), version_name(number))


def _rollback(asked: argparse.Namespace, say: Say) -> int:
    store, folders = _store(asked)
    current = store.current()
    number = asked.version if asked.version is not None else (0 if current is None else current.version - 1)
    config = _version(store, number)
    if current is not None and number == current.version:
        raise NvrError(f"version {number} is in force", "name an earlier one; `nvr config history` lists them")
    if is_running(folders):
        return _order(asked, say, folders, version=number)
    before = read_in_force(store, None)
    record = None if current is None else store.record(current.version)
    text, on_disk = store.text(number), ""
    with suppress(ConfigError):
        on_disk = digest(read_settings_text(asked.config, ""))
    decision = Decision(text, config, asked.config, on_disk, "rollback", shell_user(), number)
    done = put_in_force(store, before, decision, at_start=True)
    written = record is not None and write_back(store, asked.config, record.sha256, text)
    say(
        f"version {done.version} is in force, as version {number} was"
        + (f"; {asked.config} says so too" if written else "")
    )
    return 0


def _apply(asked: argparse.Namespace, say: Say) -> int:
    _, folders = _store(asked)
    if not is_running(folders):
        raise NvrError("the control room does not run", "the file is taken up when it starts")
    return _order(asked, say, folders, version=0)


def _order(asked: argparse.Namespace, say: Say, folders: Folders, *, version: int) -> int:
    answer = Orders(folders.orders, partial(now_on_line, folders.data)).give(
        shell_user(),
        version=version,
        require_probe=getattr(asked, "require_probe", False),
        on_taken=lambda: say("taken up; streams that are new are asked for pictures first, eight at once, 8 s at most"),
    )
    for line in answer.lines:
        say(line)
    return 0 if answer.done else 1


def _store(asked: argparse.Namespace) -> tuple[VersionStore, Folders]:
    folders = Folders.at(data_folder(asked.config, asked.data))
    return VersionStore(folders.data / FOLDER), folders


def is_running(folders: Folders) -> bool:
    """Whether a control room works on the data folder."""
    try:
        descriptor = os.open(folders.run / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
