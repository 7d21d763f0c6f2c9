"""Before the first recording: whether the disks can keep what the law asks for, or who accepted that they can't."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nvr.config import Config
from nvr.errors import StorageError
from nvr.recording.inventory import anything_recorded
from nvr.storage.nominal import Nominal, nominal
from nvr.storage.pools import kept_free_mb
from nvr.storage.space import FreeSpace

_WAYS_OUT: Final = "add disks, write into `kbps:` what the cameras are set to, or say in `node.shortage_accepted:` who accepted it, when and until when"


def expected(config: Config, recordings: Path) -> Nominal | None:
    """The need against the disks as they are now; None where they can't be asked from here. Changes nothing on them."""
    node = config.node
    folders = {pool.path: (pool.reserve_mb, pool.headroom_mb) for pool in node.pools if pool.path.is_dir()}
    if not node.pools:
        folders = {_existing(recordings): (node.reserve_mb, node.headroom_mb)}
    room_bytes: dict[int, int] = {}
    try:
        for folder, (reserve_mb, headroom_mb) in folders.items():
            kept_free_bytes = kept_free_mb(reserve_mb, headroom_mb) * 1024 * 1024
            free_bytes = FreeSpace(folder, kept_free_bytes).free_bytes() - kept_free_bytes
            # Two pools on one disk share its room.
            device = folder.stat().st_dev
            room_bytes[device] = min(room_bytes.get(device, free_bytes), free_bytes)
    except (StorageError, OSError):
        return None
    return nominal(config, sum(max(0, each) for each in room_bytes.values()))


def capacity_lines(config: Config, recordings: Path) -> Iterator[str]:
    """What ``nvr check-config`` says of it."""
    found = expected(config, recordings)
    if found is None:
        return
    yield f"On this machine: {found.words()}"
    if not found.keeps and config.node.shortage_accepted:
        yield f"The minimum can't be kept; accepted: {config.node.shortage_accepted}"
    elif not found.keeps:
        yield f"The minimum can't be kept, and a first start would be refused: {_WAYS_OUT}"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    folder = folder.absolute()
    return next((each for each in (folder, *folder.parents) if each.is_dir()), folder)


def check_first_start(config: Config, recordings: Path) -> None:
    """Refuse a first start that can't keep the minimum and that nobody accepted in writing.

    Once anything is recorded a start is never refused: a room that records thirty days is better than one that records none. The forecast
    tells from then on, each day.

    Raises:
        StorageError: with both ways out.
    """
    if config.node.shortage_accepted or anything_recorded(recordings):
        return
    found = expected(config, recordings)
    if found is not None and not found.keeps:
        raise StorageError(
            found.words(),
            _WAYS_OUT,
        )
