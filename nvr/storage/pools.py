"""Several disks for recordings: each a *pool*, known by an id that lies on it, so that an empty mount point or another disk is never written to.

::

    <pool>/nvr-pool.json         {"pool": id, "name": name}: whose it is
    <pool>/<camera_id>/…         as in the recordings folder (nvr.storage.layout)
    recordings/@<name>           a link to the pool's folder: paths of its files begin with it; goes with the last file of a pool
                                 that is no longer configured
    recordings/pools.json        name → id of every pool that was ever taken into use

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
_IGNORED: Final = frozenset({"lost+found"})
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class PoolPlace:
    """A pool as it is used. ``name`` "" is the recordings folder itself, which can always be written.

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
        """Whether its own disk is there: what lies on it can be read, and deleted."""
        if not self.name:
            return home_disk.is_there(self.folder)
        return bool(self.pool_id) and _id_on(self.folder) == self.pool_id

    def writable(self) -> bool:
        """Whether recordings may go there. Into the recordings folder they may whatever disk that is now: somewhere they must."""
        return not self.name or self.present()

    @property
    def space(self) -> FreeSpace:
        """Its free space."""
        return FreeSpace(self.folder, self.reserve_bytes)


def kept_free_mb(reserve_mb: int, headroom_mb: int | None) -> int:
    """Reserve and headroom together; a headroom that nobody names is half as much again as the reserve."""
    return reserve_mb + (reserve_mb // 2 if headroom_mb is None else headroom_mb)


def take_into_use(recordings: Path, node: Node) -> tuple[PoolPlace, ...]:
    """The recordings folder, then each configured pool. New ones get their id, links are made; what can't be is logged, and that pool is missing.

    May be called by several processes at once, and again at any time: one whose disk was mounted meanwhile is taken into use then.
    """
    places = [_place("", recordings, "", node)]
    if not node.pools:
        return tuple(places)
    register = _register(recordings)
    for pool in node.pools:
        pool_id = register.get(pool.name, "")
        try:
            if not pool_id:
                pool_id = _begin(pool, register)
                register[pool.name] = pool_id
                _store(recordings, register)
            _link(recordings, pool)
        except OSError as error:
            _log.error("pool %s at %s can't be used: %s", pool.name, pool.path, error)
        places.append(_place(pool.name, pool.path, pool_id, pool))
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
        return _not_free(pool, register)
    found = _id_on(pool.path)
    if found == register[pool.name]:
        return ""
    return f"the disk there is {f'another ({found})' if found else 'not marked as a pool'}: {pool.name} was taken into use before, with its own"


def _not_free(pool: Pool, register: Mapping[str, str]) -> str:
    known = _id_on(pool.path)
    if known:
        # One that nobody knows here comes from another machine, or the register was lost.
        return f"the disk there is another pool's ({known})" if known in register.values() else ""
    strangers = {entry.name for entry in pool.path.iterdir()} - _IGNORED
    return f"the folder is not empty ({min(strangers)}): give the pool a folder of its own" if strangers else ""


def _begin(pool: Pool, register: Mapping[str, str]) -> str:
    if reason := _not_free(pool, register):
        raise OSError(reason)
    if known := _id_on(pool.path):
        return known
    pool_id = secrets.token_hex(8)
    fresh = pool.path / f"{META}.{os.getpid()}"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump({"pool": pool_id, "name": pool.name}, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, pool.path / META)  # of two processes one is first
    except FileExistsError:
        pool_id = _id_on(pool.path)
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


def _link(recordings: Path, pool: Pool) -> None:
    link = recordings / f"@{pool.name}"
    if link.is_symlink() and link.readlink() == pool.path:
        return
    fresh = recordings / f".link-{pool.name}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(pool.path)
    fresh.replace(link)
