"""What the console answers about holds and disks (docs/design/api.md)."""

from __future__ import annotations

from typing import Literal

from console_web.answer import Out
from nvr.catalogue.hold_rows import HoldState


class HoldOut(Out):
    """A hold. ``to_wall_ms`` null: all since; ``expires_wall_ms`` null: until it is released; ``size_bytes``, ``missing_ms`` and ``impaired_ms`` as of the listing.

    ``missing_ms``: how much of the stretch was not recorded or is no longer there; ``impaired_ms``: how much is there, but damaged or with key
    frames alone. Null where that was not reckoned, or the hold has ended.
    """

    hold_id: str
    camera_id: str
    camera_number: int
    place: str
    from_wall_ms: int
    to_wall_ms: int | None
    state: HoldState
    incident_id: str | None
    reason: str
    authority: str
    created_by: str
    created_wall_ms: int
    expires_wall_ms: int | None
    warned_wall_ms: int | None
    asked_by: str | None
    asked_by_id: str | None
    asked_wall_ms: int | None
    asked_reason: str
    ended_by: str | None
    ended_wall_ms: int | None
    size_bytes: int
    missing_ms: int | None
    impaired_ms: int | None


class HoldsOut(Out):
    """A page of holds, how many there are in all within reach, whether more come after these; and what all of them weigh beside what they may weigh before people are warned."""

    items: list[HoldOut]
    count: int
    more: bool
    held_bytes: int
    budget_bytes: int
    warning_days: int


class HoldLackOut(Out):
    """A part of a held stretch that was not recorded or is not as it was recorded; ``cause`` and ``detail`` are those of a gap."""

    from_wall_ms: int
    to_wall_ms: int
    lack: Literal["gap", "expired", "unexplained", "unknown", "not_due", "groomed", "damaged"]
    cause: str
    detail: str
    ongoing: bool


class HoldCoverageOut(Out):
    """What of a held stretch is there, up to ``to_wall_ms``, and what is lacking, by start, the first thousand parts of ``count``. Of the main stream."""

    hold_id: str
    from_wall_ms: int
    to_wall_ms: int
    recorded_ms: int
    missing_ms: int
    count: int
    lacks: list[HoldLackOut]


class FlowOut(Out):
    """One stream on disk."""

    camera_id: str
    stream: str
    camera_number: int
    place: str
    bytes_per_day: float
    stock_bytes: float
    age_days: float
    kept_days: float


class PoolOut(Out):
    """A disk for recordings; ``name`` "" is the data folder's own. ``present`` false: it is missing, or another disk's."""

    name: str
    path: str
    present: bool
    free_bytes: int
    total_bytes: int
    reserve_bytes: int


class StorageOut(Out):
    """How long the disks keep the recordings. ``null`` days: not within the 400 that are looked at."""

    made_wall_ms: int
    measured: bool
    sound: bool
    accepted: str
    least_days: float
    sustained_days: float | None
    breaks_in_days: float | None
    full_in_days: float | None
    only_held_in_days: float | None
    bytes_per_day: float
    room_bytes: float
    free_bytes: int
    held_bytes: int
    hold_bytes_per_day: float
    flows: list[FlowOut]
    pools: list[PoolOut]
