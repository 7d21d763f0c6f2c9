"""What the console answers about the room, its shifts and its terminals, and about zones at rest; beside ``console_web.schemas``."""

from __future__ import annotations

from alerts.handover import HandoverState, ItemKind
from console_web.answer import Out
from nvr.catalogue.users import Role


class ShelvingOut(Out):
    """A zone that chattered and is at rest, or was."""

    shelving_id: str
    camera_id: str
    camera_number: int
    place: str
    zone: str
    since_wall_ms: int
    until_wall_ms: int
    starts: int
    ended_wall_ms: int | None
    ended_by: str | None


class ShelvingsOut(Out):
    """Shelvings as of ``seq``, newest first."""

    seq: int
    items: list[ShelvingOut]


class SeatOut(Out):
    """Somebody at a terminal. ``idle``: touches nothing while alerts wait, or while he has some that he has not judged."""

    user_id: str
    name: str
    role: Role
    terminal: str
    level: int
    post: str
    chief: bool
    idle: bool


class RoomOut(Out):
    """Who is there and whose cameras are which. ``shares`` maps camera ids to user ids; ``waiting``, in a flood, priorities to counts."""

    shift: str
    closing: bool
    seats: list[SeatOut]
    shares: dict[str, str]
    unwatched: list[str]
    flood_since_wall_ms: int | None
    waiting: dict[str, int]
    stale: int


class RoomAsOfOut(Out):
    """The room as of ``seq``."""

    seq: int
    room: RoomOut


class ShiftOut(Out):
    """A shift: ``key`` is its day and name."""

    key: str
    day: str
    name: str
    from_wall_ms: int
    to_wall_ms: int


class RosterEntryOut(Out):
    """Who is to work in a shift, and as what."""

    user_id: str
    user_name: str
    post: str
    level: int
    chief: bool


class RosterOut(Out):
    """A shift's roster."""

    shift: ShiftOut
    entries: list[RosterEntryOut]


class RosterDayOut(Out):
    """The rosters of a day's shifts, and who may stand in them: user id to name."""

    rosters: list[RosterOut]
    people: dict[str, str]
    now: ShiftOut


class DutyOut(Out):
    """Who was at which terminal."""

    user_id: str
    user_name: str
    terminal: str
    shift: str
    from_wall_ms: int
    to_wall_ms: int | None


class DutiesOut(Out):
    """Duties, oldest first."""

    items: list[DutyOut]


class HandoverItemOut(Out):
    """One thing that the next shift must know. ``hidden``: it concerns none of the user's cameras, so ``ref``, ``text`` and ``remark`` are empty."""

    item_id: str
    kind: ItemKind
    ref: str
    text: str
    accepted_by: str | None
    accepted_wall_ms: int | None
    remark: str
    hidden: bool


class HandoverOut(Out):
    """What one shift leaves to the next."""

    handover_id: str
    shift: str
    to_shift: str
    state: HandoverState
    created_wall_ms: int
    created_by: str
    items: list[HandoverItemOut]
    signed_by_id: str | None
    signed_by: str | None
    signed_wall_ms: int | None
    accepted_by: str | None
    accepted_wall_ms: int | None


class HandoversOut(Out):
    """Hand-overs as of ``seq``, newest first."""

    seq: int
    items: list[HandoverOut]


class TerminalOut(Out):
    """A seat of the room; ``here`` where the request came from its browser."""

    number: int
    name: str
    registered_by: str
    registered_wall_ms: int
    here: bool


class TerminalsOut(Out):
    """All registered terminals, by number."""

    items: list[TerminalOut]


class NearCameraOut(Out):
    """A camera near a place; ``metres`` null where only its name fits."""

    camera_id: str
    number: int
    name: str
    metres: int | None


class NearCamerasOut(Out):
    """Cameras, nearest or best fitting first."""

    items: list[NearCameraOut]
