"""Several disks for recordings: each a *pool*, known by an id that lies on it, so that an empty mount point or another disk is never written to.

::

    <pool>/nvr-pool.json         {"pool": id, "name": name}: whose it is
    <pool>/<camera_id>/…         as in the recordings folder (nvr.storage.layout)
    recordings/@<name>           a link to the pool's folder: paths of its files begin with it; goes with the last file of a pool
                                 that is no longer configured
    recordings/pools.json        name → id of every pool that was ever taken into use
    data/recordings-meanwhile/   the pool ``MEANWHILE``, which nobody configures: there where the recordings folder is a disk of its own
                                 (nvr.storage.home_disk), and recorded into while that is away

A pool is taken into use when it is configured and its folder is empty. From then on its id must be found there, or the pool is *missing*: nothing is
written, nothing is deleted.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nvr.config import Node, Pool
from nvr.disk import put_whole
from nvr.storage import home_disk
from nvr.storage.layout import LOCK_FILE, OPEN_FOLDER
from nvr.storage.space import FreeSpace

_log = logging.getLogger(__name__)
META: Final = "nvr-pool.json"
REGISTER: Final = "pools.json"
MEANWHILE: Final = "-meanwhile"
"""No configured pool's name begins with a hyphen."""
_IGNORED: Final = frozenset({"lost+found"})
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class PoolPlace:
    """A pool as it is used. ``name`` "" is the recordings folder itself; its ``pool_id`` is "" where it is no disk of its own, and can't go.

    ``headroom_bytes``: above the reserve, where recordings begin to go before their time.
    """

    name: str
    folder: Path
    pool_id: str
    reserve_bytes: int
    headroom_bytes: int = 0

    @property
    def prefix(self) -> str:
        """What paths of its files begin with."""
        return f"@{self.name}/" if self.name else ""

    def present(self) -> bool:
        """Whether its own disk is there: what lies on it can be read, and deleted; recordings may go there."""
        if not self.name:
            return home_disk.is_there(self.folder)
        return bool(self.pool_id) and _id_on(self.folder) == self.pool_id

    @property
    def known(self) -> bool:
        """Whether it is known by an id: it may be away, and be there again."""
        return bool(self.name or self.pool_id)

    @property
    def space(self) -> FreeSpace:
        """Its free space."""
        return FreeSpace(self.folder, self.reserve_bytes)


def kept_free_mb(reserve_mb: int, headroom_mb: int | None) -> int:
    """Reserve and headroom together; a headroom that nobody names is half as much again as the reserve."""
    return reserve_mb + (reserve_mb // 2 if headroom_mb is None else headroom_mb)


def take_into_use(recordings: Path, node: Node) -> tuple[PoolPlace, ...]:
    """The recordings folder, then each configured pool, then ``MEANWHILE``. New ones get their id, links are made; what can't be is logged, and that pool
    is missing.

    May be called by several processes at once, and again at any time: one whose disk was mounted meanwhile is taken into use then.
    """
    disk_id, meanwhile = home_disk.disk_id(recordings), home_disk.meanwhile(recordings)
    places = [_place("", recordings, disk_id, node)]
    wanted: list[tuple[str, Path, Node | Pool]] = [(pool.name, pool.path, pool) for pool in node.pools]
    if disk_id:
        wanted.append((MEANWHILE, meanwhile, node))
    register = _register(recordings) if wanted else {}
    for name, folder, sizes in wanted:
        pool_id = register.get(name, "")
        try:
            if name == MEANWHILE:
                # The register goes and comes with the disk; this folder is ours in any case.
                folder.mkdir(mode=0o700, exist_ok=True)
                pool_id = _id_on(folder)
            if not pool_id:
                pool_id = _begin(name, folder, register)
            if register.get(name) != pool_id:
                register[name] = pool_id
                _store(recordings, register)
            _link(recordings, name, folder)
        except OSError as error:
            _log.error("pool %s at %s can't be used: %s", name, folder, error)
        places.append(_place(name, folder, pool_id, sizes))
    return tuple(places)


def _place(name: str, folder: Path, pool_id: str, sizes: Node | Pool) -> PoolPlace:
    headroom_mb = kept_free_mb(sizes.reserve_mb, sizes.headroom_mb) - sizes.reserve_mb
    return PoolPlace(name, folder, pool_id, sizes.reserve_mb * 1024 * 1024, headroom_mb * 1024 * 1024)


def retired(recordings: Path, places: Sequence[PoolPlace]) -> tuple[PoolPlace, ...]:
    """Pools that are no longer configured and still hold recordings: nothing is written there, and what is due goes."""
    known, register = {place.name for place in places}, _register(recordings)
    return tuple(
        PoolPlace(name, folder, register.get(name, ""), 0)
        for name, folder in linked(recordings).items()
        if name not in known
    )


def forget_drained(recordings: Path, place: PoolPlace) -> bool:
    """Take away the link of a pool that is no longer configured and holds no recordings any more; whether it went.

    The register keeps its id: configured anew, its disk is known again.

    Raises:
        OSError: the folder, or its link, refused.
    """
    if not place.present() or _holds_any(place.folder):
        return False
    (recordings / f"@{place.name}").unlink(missing_ok=True)
    return True


def _holds_any(folder: Path) -> bool:
    """Segments, torn ones that were kept, or markers of such that are still to be ended."""
    for parent, _, names in os.walk(folder, onerror=_refuse):
        marked = OPEN_FOLDER in Path(parent).relative_to(folder).parts
        if any(".mp4" in name or (marked and name != LOCK_FILE) for name in names):
            return True
    return False


def _refuse(error: OSError) -> None:
    raise error  # os.walk would pass over what can't be read, as if nothing lay there


def linked(recordings: Path) -> dict[str, Path]:
    """Every pool that has a link, configured still or not: name → folder."""
    found: dict[str, Path] = {}
    try:
        for entry in sorted(recordings.iterdir()):
            if entry.name.startswith("@") and entry.is_symlink():
                found[entry.name[1:]] = entry.resolve()
    except OSError:
        return {}
    return found


def unfit(recordings: Path, pool: Pool) -> str:
    """Why a pool could not be taken into use now; "" where it could. Nothing is written.

    Raises:
        OSError: the folder can't be read.
    """
    register = _register(recordings)
    if pool.name not in register:
        return _not_free(pool.path, register)
    found = _id_on(pool.path)
    if found == register[pool.name]:
        return ""
    return f"the disk there is {f'another ({found})' if found else 'not marked as a pool'}: {pool.name} was taken into use before, with its own"


def _not_free(folder: Path, register: Mapping[str, str]) -> str:
    known = _id_on(folder)
    if known:
        # One that nobody knows here comes from another machine, or the register was lost.
        return f"the disk there is another pool's ({known})" if known in register.values() else ""
    strangers = {entry.name for entry in folder.iterdir()} - _IGNORED
    return f"the folder is not empty ({min(strangers)}): give the pool a folder of its own" if strangers else ""


def _begin(name: str, folder: Path, register: Mapping[str, str]) -> str:
    if reason := _not_free(folder, register):
        raise OSError(reason)
    if known := _id_on(folder):
        return known
    pool_id = secrets.token_hex(8)
    fresh = folder / f"{META}.{os.getpid()}"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump({"pool": pool_id, "name": name}, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, folder / META)  # of two processes one is first
    except FileExistsError:
        pool_id = _id_on(folder)
    finally:
        fresh.unlink(missing_ok=True)
    return pool_id


def _id_on(folder: Path) -> str:
    try:
        with (folder / META).open("rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
        return str(content["pool"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _register(recordings: Path) -> dict[str, str]:
    try:
        with (recordings / REGISTER).open("rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
        return {str(name): str(pool_id) for name, pool_id in content.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _store(recordings: Path, register: Mapping[str, str]) -> None:
    put_whole(recordings / REGISTER, json.dumps(dict(register)).encode(), alone=False)


def _link(recordings: Path, name: str, folder: Path) -> None:
    link = recordings / f"@{name}"
    if link.is_symlink() and link.readlink() == folder:
        return
    fresh = recordings / f".link-{name}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder)
    fresh.replace(link)
