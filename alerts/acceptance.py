"""What a worker's fact must be to be stored: workers parse hostile streams, and a journal lies on a disk. Pure."""

from __future__ import annotations

import math
import re
from typing import Final, assert_never

import msgspec

from alerts.picture_faults import CONDITIONS
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.observations import (
    CameraStateChanged,
    DeviceSignalled,
    Fact,
    GapClosed,
    MotionObserved,
    ObjectRecognised,
    PictureStateChanged,
    SegmentClosed,
    SegmentOpened,
)

_TEXT_LIMIT: Final = 1000
_INT_LIMIT: Final = 2**63 - 1
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LATEST_NS: Final = 4_102_444_800 * NS_PER_S  # 2100: a time beyond it is a fault, not a time
_IDS: Final = ("segment_id", "gap_id", "observation_id")


def objection(fact: Fact, config: Config) -> str:
    """Why a fact can't be stored, or "".

    The close of a segment is taken for cameras that are no longer configured too: its file exists, and was opened in their time.
    """
    for name in fact.__struct_fields__:
        reason = _value_objection(name, getattr(fact, name))
        if reason:
            return reason
    if not isinstance(fact, SegmentClosed) and config.camera(fact.camera_id) is None:
        return f"the camera {fact.camera_id} is not configured"
    return _kind_objection(fact)


def _value_objection(name: str, value: object) -> str:
    reason = ""
    if isinstance(value, str):
        if name in _IDS and not _ID.fullmatch(value):
            reason = "is not an id"
        elif len(value) > _TEXT_LIMIT or "\0" in value or not _encodable(value):
            reason = "is too long, or not text"
    elif isinstance(value, tuple):
        return next((found for part in value if (found := _value_objection(name, part))), "")
    elif isinstance(value, float) and not math.isfinite(value):
        reason = "is not a number"
    elif isinstance(value, int) and not -_INT_LIMIT <= value <= _INT_LIMIT:
        reason = "is out of range"
    elif name.endswith("_wall_ns") and isinstance(value, int) and not 0 <= value <= _LATEST_NS:
        reason = "is no time that can be"
    return f"{name} {reason}" if reason else ""


def _kind_objection(fact: Fact) -> str:
    match fact:
        case SegmentOpened():
            small = 0 <= fact.width_px <= 65535 and 0 <= fact.height_px <= 65535
            faults = {"the picture's size can't be": not small, "path leaves its folder": _leaves(fact.path)}
        case SegmentClosed():
            whole = fact.size_bytes >= 0 and 0 <= fact.packets < 2**31 and len(fact.sha256) <= 64
            faults = {"size, packets or sha256 can't be": not whole, "path leaves its folder": _leaves(fact.path)}
        case MotionObserved():
            faults = {"cells is too long": len(fact.cells) > 144, "snapshot leaves its folder": _leaves(fact.snapshot)}
        case PictureStateChanged():
            odd = bool(fact.condition) and fact.condition not in CONDITIONS
            faults = {"no such condition": odd, "snapshot leaves its folder": _leaves(fact.snapshot)}
        case ObjectRecognised():
            faults = {"score is none": not 0 <= fact.score <= 1}
        case GapClosed() | CameraStateChanged():
            faults = {"cause is too long": len(fact.cause) > 64}
        case DeviceSignalled():
            faults = {"source is too long": len(fact.source) > 80}
        case _:
            assert_never(fact)
    return next((reason for reason, stands in faults.items() if stands), "")


def _leaves(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def summary(fact: Fact) -> str:
    """A fact on one bounded line for the log."""
    try:
        return msgspec.json.encode(fact)[:300].decode(errors="replace")
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return type(fact).__name__
