"""Cameras of earlier times: taken out of the file, while their recordings are still kept."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from nvr.config.document import Path, read_document
from nvr.config.schema import Camera
from nvr.config.templates import expand
from nvr.errors import ConfigError

_STAND_INS: Final[Mapping[str, Any]] = {"name": "?", "number": 9999, "main": {"url": "rtsp://unknown.invalid/"}}
"""For what a camera must have and what can't be understood: it is never pulled, so its address does not matter."""

_MOST_FAULTS: Final = 100
_Known = TypeVar("_Known", bound=Camera)


class FormerCamera(Camera):
    """Known by its id so that what it recorded can be found, played and accounted for; never pulled. No file holds one.

    Attributes:
        removed_wall_ns: when it was taken out, on the time line: its account ends then, or with its last picture. 0 where that was not written down.
    """

    removed_wall_ns: int = 0


def former_camera(plain: Mapping[str, Any]) -> FormerCamera | None:
    """From the JSON that was kept of it, as far as this program understands that: the one that wrote it may have known other fields. None
    where not even its id is one: nothing is filed under it.
    """
    return _understood(FormerCamera, {**plain, "enabled": False})


def cameras_as_far_as_understood(text: str, name: str) -> tuple[Camera, ...]:
    """The cameras of a file's text that has faults, so that none's recordings are forgotten because of them; ``name`` is how messages call it."""
    try:
        value = expand(read_document(text, name), name).document.value
    except ConfigError:
        return ()
    cameras = value.get("cameras") if isinstance(value, dict) else None
    found = (
        _understood(Camera, each) for each in (cameras if isinstance(cameras, list) else ()) if isinstance(each, dict)
    )
    return tuple({each.id: each for each in found if each is not None}.values())


def _understood(model: type[_Known], plain: Mapping[str, Any]) -> _Known | None:
    kept = deepcopy(dict(plain))
    for _ in range(_MOST_FAULTS):
        try:
            return model.model_validate(kept)
        except ValidationError as error:
            places = [entry["loc"] for entry in error.errors(include_url=False, include_input=False)]
        if ("id",) in places:
            return None
        _leave_out(kept, places[0])
    return model.model_validate(_bare(kept))


def _leave_out(kept: dict[str, Any], place: Path) -> None:
    """Take out what a fault is about, or the innermost thing around it that is there; what must be there gets its stand-in."""
    inner: Any = kept
    reached: list[tuple[Any, str | int]] = []
    for part in place:
        if (isinstance(inner, dict) and part in inner) or _is_index(part, inner):
            reached.append((inner, part))
            inner = inner[part]
    if place and place[0] in _STAND_INS and len(reached) < 2:
        kept[str(place[0])] = deepcopy(_STAND_INS[str(place[0])])
    elif reached:
        holder, part = reached[-1]
        del holder[part]
    else:
        bare = _bare(kept)
        kept.clear()
        kept.update(bare)


def _bare(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The least that a camera is known by."""
    return {"id": kept["id"], **deepcopy(dict(_STAND_INS)), "enabled": False}


def _is_index(part: str | int, inner: Any) -> bool:
    return isinstance(inner, list) and isinstance(part, int) and part < len(inner)
