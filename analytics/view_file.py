"""What each camera usually shows, on disk: so that one that is turned while nobody looks is told when somebody looks again.

``<folder>/<camera_id>.png``, (180, 320) uint8. Losing one costs a new learning, so nothing is synced.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from analytics.cells import Plane
from analytics.snapshot import write_whole
from analytics.view import COLUMNS, ROWS
from nvr.errors import StorageError


def write_view(folder: Path, camera_id: str, picture: Plane) -> None:
    """Keep a (180, 320) uint8 picture; the folder is made where missing.

    Raises:
        StorageError: the disk refused; what was kept before is still there.
    """
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise StorageError(f"the usual view of camera {camera_id} can't be encoded")
    write_whole(_path(folder, camera_id), data.data, synced=False)


def read_view(folder: Path, camera_id: str) -> Plane | None:
    """The picture that was kept; None where there is none, or what is there is none of ours."""
    try:
        data = _path(folder, camera_id).read_bytes()
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except (OSError, cv2.error):
        return None
    if picture is None or picture.shape != (ROWS, COLUMNS):
        return None
    kept: Plane = picture.astype(np.uint8, copy=False)
    return kept


def forget_view(folder: Path, camera_id: str) -> None:
    """The camera was moved on purpose."""
    with suppress(OSError):
        _path(folder, camera_id).unlink(missing_ok=True)


def _path(folder: Path, camera_id: str) -> Path:
    return folder / f"{camera_id}.png"
