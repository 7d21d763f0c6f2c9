"""Facts that workers report and the control process persists: they travel through the journal (``nvr.journal``).

Each is a tagged, frozen msgspec struct: the same names in JSON, SQL and Python. ``observation_id`` and ``segment_id`` are made by the
worker (UUIDv7-like, sortable), so that a fact that is read twice is stored once.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import Literal

import msgspec

from nvr.errors import GapCause
from nvr.media import StreamKind


def new_id(wall_ns: int | None = None) -> str:
    """A sortable unique id: RFC 9562 UUID version 7 as 32 hexadecimal digits (48 bits of milliseconds, then randomness)."""
    return _version_7((time.time_ns() if wall_ns is None else wall_ns) // 1_000_000, os.urandom(10))


def earliest_id(wall_ns: int) -> str:
    """What sorts before every id of that millisecond or a later one, and behind all earlier ones."""
    return f"{wall_ns // 1_000_000:012x}"


def derived_id(wall_ns: int, name: str) -> str:
    """An id of the same shape that is the same for the same time and name: for a fact that is told again as it grows."""
    return _version_7(wall_ns // 1_000_000, hashlib.blake2b(f"{wall_ns} {name}".encode(), digest_size=10).digest())


def _version_7(ms: int, tail_bytes: bytes) -> str:
    tail = int.from_bytes(tail_bytes)
    value = (ms & 0xFFFF_FFFF_FFFF) << 80 | tail
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"


class SegmentOpened(msgspec.Struct, frozen=True, tag="segment_opened", kw_only=True):
    """A file is being written and may be read up to its last whole fragment. ``path`` is relative to the recordings folder."""

    segment_id: str
    camera_id: str
    stream: StreamKind
    epoch_ns: int
    start_wall_ns: int
    path: str
    codec: str
    width_px: int
    height_px: int


class SegmentClosed(msgspec.Struct, frozen=True, tag="segment_closed", kw_only=True):
    """A file is whole and synced. ``recovered`` where it was closed on the start after a crash."""

    segment_id: str
    camera_id: str
    stream: StreamKind
    start_wall_ns: int
    end_wall_ns: int
    path: str
    size_bytes: int
    packets: int
    sha256: str
    recovered: bool = False


class GapClosed(msgspec.Struct, frozen=True, tag="gap_closed", kw_only=True):
    """A stretch in which a due stream was not recorded, with the reason.

    One that goes on is told now and then as far as it is, with the same ``gap_id`` and a later end: the longest counts.
    """

    gap_id: str
    camera_id: str
    stream: StreamKind
    start_wall_ns: int
    end_wall_ns: int
    cause: GapCause
    detail: str = ""


class MotionObserved(msgspec.Struct, frozen=True, tag="motion_observed", kw_only=True):
    """Movement in a zone that outlasted the hysteresis; ``phase`` ended carries the same ``observation_id`` as its start.

    Attributes:
        start_wall_ns: wall_ns of the first moving frame.
        decided_wall_ns: wall_ns of the frame that decided (started) or of the last moving frame (ended).
        score: share of the zone's cells that move, 0..1, peak so far.
        cells: (18, 32) grid packed row by row, most significant bit first, hexadecimal, 144 digits.
        box: x, y, width, height of the movement, normalised 0..1.
        snapshot: path of a JPEG relative to the snapshots folder, or "".
    """

    observation_id: str
    camera_id: str
    zone: str
    phase: Literal["started", "ended"]
    start_wall_ns: int
    decided_wall_ns: int
    score: float
    cells: str
    box: tuple[float, float, float, float]
    snapshot: str = ""


class CameraStateChanged(msgspec.Struct, frozen=True, tag="camera_state_changed", kw_only=True):
    """A stream of a camera came, or went, with the reason. Also sent at every start of a worker."""

    observation_id: str
    camera_id: str
    stream: StreamKind
    state: Literal["connecting", "online", "offline"]
    wall_ns: int
    cause: str = ""
    detail: str = ""


class DeviceSignalled(msgspec.Struct, frozen=True, tag="device_signalled", kw_only=True):
    """A camera noticed something by itself (ONVIF events): it moves in its picture, somebody tampers with it, an input of it closed.

    ``wall_ns`` is when we heard it; what the camera's own clock said is not kept. ``phase`` ended carries the ``observation_id`` of its start.
    """

    observation_id: str
    camera_id: str
    kind: Literal["motion", "tamper", "digital_input"]
    source: str
    phase: Literal["started", "ended"]
    start_wall_ns: int
    wall_ns: int


PictureCondition = Literal["", "frozen", "black", "covered", "blinded", "defocused", "turned"]
"""What is wrong with a picture; "" for nothing."""
RateCondition = Literal["", "slow", "fast", "thin", "fat"]
"""What is wrong with what arrives: frames a second too few or too many, bits a second too few or too many; "" for nothing."""


class PictureStateChanged(msgspec.Struct, frozen=True, tag="picture_state_changed", kw_only=True):
    """What a camera sends became useless, or well again, though it arrives. Also sent once after each start of a worker.

    Attributes:
        aspect: what was judged: the picture, or the frame rate or bit rate of one of its streams; each has one condition at a time.
        condition: "" for well.
        since_wall_ns: when it began to be so.
        wall_ns: when that was decided.
        detail: the figures, for people.
        snapshot: path of a JPEG relative to the snapshots folder, or "".
    """

    observation_id: str
    camera_id: str
    stream: StreamKind
    aspect: Literal["picture", "frame_rate", "bit_rate"]
    condition: PictureCondition | RateCondition
    since_wall_ns: int
    wall_ns: int
    detail: str = ""
    snapshot: str = ""


ObjectKind = Literal["person", "vehicle"]
"""What a model can say that moved."""


class ObjectRecognised(msgspec.Struct, frozen=True, tag="object_recognised", kw_only=True):
    """A model recognised what a movement shows; told some time after the movement's start, at most once for each.

    Attributes:
        observation_id: of the movement.
        score: the model's probability, 0..1.
        wall_ns: when it was said.
    """

    observation_id: str
    camera_id: str
    kind: ObjectKind
    score: float
    wall_ns: int


Fact = (
    SegmentOpened
    | SegmentClosed
    | GapClosed
    | MotionObserved
    | CameraStateChanged
    | DeviceSignalled
    | PictureStateChanged
    | ObjectRecognised
)
"""Everything that may stand in a journal."""


class CameraMoving(msgspec.Struct, frozen=True, tag="camera_moving", kw_only=True):
    """A camera is being moved (pan, tilt, zoom), or stands again; on the bus, twice a second while it moves; nothing is persisted.

    Whoever looks at its pictures knows then that the whole picture moves and nothing in it.
    """

    camera_id: str
    moving: bool
    wall_ns: int


SHORT_COUNTER = "budget_short"
"""Counter of an analytics worker's status: 1 while its budget of processor time is too small for its cameras."""


class WorkerStatus(msgspec.Struct, frozen=True, tag="worker_status", kw_only=True):
    """What a worker says of itself every second on the bus; newest wins, nothing is persisted.

    ``cameras`` maps ``camera_id/stream`` to named counters (packets, bytes, keyframes, dropped, reconnects, last_packet_wall_ns, fps…).
    """

    worker: str
    pid: int
    wall_ns: int
    cpu_s: float
    rss_bytes: int
    counters: dict[str, float]
    cameras: dict[str, dict[str, float]]
