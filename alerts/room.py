"""The room as the screens show it: who is there, whose cameras are which, whether it floods, who is idle while alerts wait. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from alerts import flood
from alerts.flood import Flood
from alerts.leases import Candidate, Floor
from alerts.presence import Present
from alerts.shares import share_out
from alerts.shifts import Shift

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody at a terminal. ``idle`` only while alerts wait, or he has some that he has not judged: then his supervisor is told."""

    user_id: str
    name: str
    role: str
    terminal: str
    level: int = 2
    post: str = ""
    chief: bool = False
    idle: bool = False
    cameras: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What is stored and told; equal where nothing has changed.

    Attributes:
        shift: key of the shift that it is; empty while nobody is there.
        closing: whether the shift is nearly over: its open alerts are called in.
        shares: camera → user id.
        unwatched: cameras that nobody present may see.
        waiting: in a flood, how many alerts wait, by priority: the screens hold only the first of them.
        stale: how many alerts are open for longer than a shift.
    """

    shift: str = ""
    closing: bool = False
    seats: tuple[Seat, ...] = ()
    shares: dict[str, str] = field(default_factory=dict)
    unwatched: tuple[str, ...] = ()
    flood: Flood = field(default_factory=Flood)
    waiting: dict[str, int] = field(default_factory=dict)
    stale: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """What the roster says of somebody."""

    post: str = ""
    level: int = 2
    chief: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What the catalogue knows: alerts that wait, that came lately, that are open for too long; and who has taken some and not judged them."""

    waiting: Mapping[int, int]
    presented: int
    stale: int
    in_hand: Collection[str] = ()


def room_now(  # noqa: PLR0917 - the facts, one after the other
    before: Room,
    present: Sequence[Present],
    roster: Mapping[str, Duty],
    cameras: Sequence[str],
    counts: Counts,
    shift: Shift,
    now_wall_ns: int,
) -> Room:
    """How the room is now."""
    wait = any(counts.waiting.values())
    seats = tuple(
        _seat(
            each,
            roster.get(each.person.user_id, Duty()),
            needed=wait or each.person.user_id in counts.in_hand,
        )
        for each in present
    )
    shares = _shares(cameras, seats, before.shares)
    mode = flood.step(before.flood, counts.presented, len(on_watch(seats)), now_wall_ns)
    return Room(
        shift=shift.key if seats else "",
        closing=bool(seats) and shift.closing(now_wall_ns),
        seats=seats,
        shares=shares if seats else before.shares,
        unwatched=tuple(camera for camera in cameras if camera not in shares) if seats else (),
        flood=mode,
        waiting={str(priority): count for priority, count in sorted(counts.waiting.items())} if mode.on else {},
        stale=counts.stale if seats else 0,
    )


def duties_due(seats: Sequence[Seat], shift: str, known: Sequence[Mapping[str, str]]) -> tuple[list[Seat], list[str]]:
    """Who begins a duty (person, terminal and shift belong together), and the ids of the duties that are over.

    Args:
        known: the open ones: duty_id, user_id, terminal, shift.
    """
    due = {(seat.user_id, seat.terminal, shift): seat for seat in seats}
    over = [
        duty["duty_id"] for duty in known if due.pop((duty["user_id"], duty["terminal"], duty["shift"]), None) is None
    ]
    return list(due.values()), over


def on_watch(seats: Sequence[Seat]) -> list[Seat]:
    """Who watches: the operators, or whoever is there where there is none."""
    return [seat for seat in seats if seat.role == OPERATOR] or list(seats)


def floor_of(room: Room, loads: Mapping[str, int]) -> Floor:
    """Before whom alerts may stand: of those who may see one, operators at work, else idle ones, else supervisors (``leases.asked``)."""
    people = [Candidate(seat.user_id, seat.name, seat.level, seat.cameras, _reserve(seat)) for seat in room.seats]
    return Floor(people, room.shares, loads)


def _reserve(seat: Seat) -> int:
    return 2 * (seat.role != OPERATOR) + seat.idle


def _shares(cameras: Sequence[str], seats: Sequence[Seat], before: Mapping[str, str]) -> dict[str, str]:
    """Whose camera is whose: dealt among the operators, and what none of them may see among the supervisors."""
    shares: dict[str, str] = {}
    for operators in (True, False):
        reach = {seat.user_id: seat.cameras for seat in seats if (seat.role == OPERATOR) is operators}
        shares |= share_out([camera for camera in cameras if camera not in shares], reach, before)
    return {camera: shares[camera] for camera in cameras if camera in shares}


def _seat(present: Present, duty: Duty, *, needed: bool) -> Seat:
    person = present.person
    return Seat(
        user_id=person.user_id,
        name=person.name,
        role=person.role,
        terminal=person.terminal,
        level=duty.level,
        post=duty.post,
        chief=duty.chief,
        idle=present.idle and needed,
        cameras=None if person.cameras is None else tuple(sorted(person.cameras)),
    )
