"""Snapshots on disk: whole or not there. Written beside, synced, then renamed; the folder synced too."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nvr.clock import NS_PER_S
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
    beside = target.with_suffix(".part")
    try:
        _make_folder(target.parent)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(data)
            if synced:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(target)
        if synced:
            _sync_folder(target.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise StorageError(f"{target.name} can't be written ({error})", "check the disk") from error


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o750)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
