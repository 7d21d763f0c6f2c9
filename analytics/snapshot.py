"""Snapshots on disk: whole or not there. Written beside, synced, then renamed; the folder synced too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nvr.clock import NS_PER_S
from nvr.disk import make_folder, put_whole
from nvr.errors import StorageError

JPEG_QUALITY: Final = 85


def snapshot_path(camera_id: str, observation_id: str, wall_ns: int) -> str:
    """``<camera_id>/<YYYY-MM-DD>/<observation_id>.jpg``, the day in UTC; relative to the snapshots folder."""
    day = datetime.fromtimestamp(wall_ns // NS_PER_S, UTC)
    return f"{camera_id}/{day:%Y-%m-%d}/{observation_id}.jpg"


def write_snapshot(root: Path, relative: str, picture: NDArray[np.uint8]) -> int:
    """Write a picture as JPEG; on return it survives power loss.

    Args:
        root: the snapshots folder; made where missing.
        relative: as ``snapshot_path`` says.
        picture: (H, W, 3) uint8, blue, green, red.

    Returns:
        The file's size in bytes.

    Raises:
        StorageError: the disk refused, or the picture can't be encoded; no torn file is left under the final name.
    """
    try:
        done, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    except cv2.error as error:
        raise StorageError(f"the snapshot {relative} can't be encoded ({error})") from error
    if not done:
        raise StorageError(f"the snapshot {relative} can't be encoded")
    write_whole(root / relative, data.data)
    return len(data)


def write_whole(target: Path, data: bytes | memoryview, *, synced: bool = True) -> None:
    """Write a file that is there in full or not at all; its folder is made where missing.

    Raises:
        StorageError: the disk refused; no torn file is left under the final name.
    """
    try:
        make_folder(target.parent, mode=0o750)
        put_whole(target, data, sync=synced)
    except OSError as error:
        raise StorageError(f"{target.name} can't be written ({error})", "check the disk") from error
