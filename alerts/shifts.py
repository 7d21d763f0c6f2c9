"""Which shift it is. Pure: configured hours and a time in, the shift out; hours are those of the room's time zone, clocks that change included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from nvr.clock import NS_PER_S

CLOSING_NS: Final = 30 * 60 * NS_PER_S
"""So long before a shift's end its open alerts are called in."""

STALE_NS: Final = 8 * 3600 * NS_PER_S
"""No alert may stay open for longer than a shift (A11)."""


class Hours(Protocol):
    """A shift as configured: its name and when it begins, HH:MM. It lasts until the next begins."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def starts(self) -> str:
        """HH:MM."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift of one day. ``day`` is the day on which it began, YYYY-MM-DD."""

    day: str
    name: str
    from_wall_ns: int
    to_wall_ns: int

    @property
    def key(self) -> str:
        """``2026-11-26/07-15``."""
        return f"{self.day}/{self.name}"

    def closing(self, now_wall_ns: int) -> bool:
        """Whether it is nearly over."""
        return 0 <= self.to_wall_ns - now_wall_ns <= CLOSING_NS


def shift_at(now_wall_ns: int, hours: Sequence[Hours], timezone: str) -> Shift:
    """The shift of a moment."""
    zone = ZoneInfo(timezone)
    today = datetime.fromtimestamp(now_wall_ns // NS_PER_S, zone).date()
    begins = sorted(
        (_begin_ns(today + timedelta(days=offset), each.starts, zone), today + timedelta(days=offset), each.name)
        for offset in (-2, -1, 0, 1, 2)
        for each in hours
    )
    index = max(position for position, (begin_ns, _, _) in enumerate(begins) if begin_ns <= now_wall_ns)
    begin_ns, day, name = begins[index]
    return Shift(day.isoformat(), name, begin_ns, begins[index + 1][0])


def shifts_of(day: str, hours: Sequence[Hours], timezone: str) -> list[Shift]:
    """The shifts that begin on a day, in order.

    Raises:
        ValueError: no date.
    """
    zone = ZoneInfo(timezone)
    moments = sorted(_begin_ns(date.fromisoformat(day), each.starts, zone) for each in hours)
    return [shift_at(moment, hours, timezone) for moment in moments]


def _begin_ns(day: date, starts: str, zone: ZoneInfo) -> int:
    hour, minute = starts.split(":")
    return int(datetime.combine(day, time(int(hour), int(minute)), zone).timestamp()) * NS_PER_S
