"""Orders to take what a camera shows from now on for its usual view: a file each, ``<folder>/<camera_id>.anew``.

They lie in the folder of the usual views, so that whoever orders need not reach the worker that looks, and one that is away finds them when it is back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from nvr.disk import make_folder
from nvr.errors import StorageError

_SUFFIX: Final = ".anew"


def order_anew(folder: Path, camera_id: str) -> None:
    """Have a camera's usual view learned anew; the folder is made where missing.

    Raises:
        StorageError: the disk refused.
    """
    try:
        make_folder(folder, mode=0o750)
        _path(folder, camera_id).touch(mode=0o640)
    except OSError as error:
        raise StorageError(f"the order to learn the view of camera {camera_id} can't be written ({error})") from error


def waiting(folder: Path) -> Iterator[str]:
    """Ids of the cameras for which there is an order; none where there is no folder."""
    with suppress(OSError):
        yield from sorted(path.stem for path in folder.iterdir() if path.suffix == _SUFFIX)


def carried_out(folder: Path, camera_id: str) -> None:
    """The order is done with. Where the disk keeps the file the order is carried out again."""
    with suppress(OSError):
        _path(folder, camera_id).unlink(missing_ok=True)


def _path(folder: Path, camera_id: str) -> Path:
    return folder / f"{camera_id}{_SUFFIX}"
