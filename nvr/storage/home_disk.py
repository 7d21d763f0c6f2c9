"""Whether the recordings folder is the disk that it was. Unmounted, it is an empty folder of the data folder's own disk; nothing of what lies on the
disk that is away may be forgotten, or marked as lost.

::

    data/recordings-disk.json             {"disk": id}, where recordings/ was found on another file system than the data folder
    data/recordings/nvr-recordings.json   the same on that disk
    data/recordings-meanwhile/            where recordings go while that disk is away: a pool of its own, see nvr.storage.pools

A recordings folder on the data folder's own disk needs neither: it can't go alone.
"""

from __future__ import annotations

import json
import logging
import secrets
from pathlib import Path
from typing import Final

from nvr.disk import put_whole

_log = logging.getLogger(__name__)
MARK: Final = "nvr-recordings.json"
REGISTER: Final = "recordings-disk.json"
_MEANWHILE: Final = "recordings-meanwhile"
_MOST_BYTES: Final = 64 * 1024


def is_there(recordings: Path) -> bool:
    """Whether what lies at ``recordings`` is what lay there when it was marked; also where it never was."""
    known = disk_id(recordings)
    return not known or _id_in(recordings / MARK) == known


def disk_id(recordings: Path) -> str:
    """The id of the disk that belongs there; "" where none was marked."""
    return _id_in(register_of(recordings))


def meanwhile(recordings: Path) -> Path:
    """Where recordings go while a marked disk is away: on the data folder's own disk, but not beneath the place where the disk will be mounted
    again, which would hide them."""
    return recordings.parent / _MEANWHILE


def remedy(recordings: Path) -> str:
    """What to do where it is not."""
    return (
        f"mount it at {recordings}; if it is gone for good, or another is to be used: delete {register_of(recordings)}"
    )


def remember(recordings: Path) -> None:
    """Mark a recordings folder on a disk of its own, once. For whoever holds the data folder's lock; killed in between, the next start goes on."""
    known, found = disk_id(recordings), _id_in(recordings / MARK)
    if known:
        if found != known:
            _log.error("the disk of the recordings is not there; %s", remedy(recordings))
        return
    try:
        if recordings.stat().st_dev == recordings.parent.stat().st_dev:
            return
        if not found:
            found = secrets.token_hex(8)
            put_whole(recordings / MARK, json.dumps({"disk": found}).encode())
        put_whole(register_of(recordings), json.dumps({"disk": found}).encode())
    except OSError as error:
        # Recording goes on; all that is lost is that an unmounted disk would not be noticed.
        _log.error("the disk of the recordings can't be marked: %s", error)


def register_of(recordings: Path) -> Path:
    """The file that says which disk it is."""
    return recordings.parent / REGISTER


def _id_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return str(json.loads(file.read(_MOST_BYTES))["disk"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
