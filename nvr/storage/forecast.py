"""Whether the disks keep what the law asks for, and until when; pure.

The disks are filled day by day, as the janitor would: what is older than its time goes, and where room is lacking the oldest of the stream that
lasts longest goes first. The minimum breaks on the first day on which something younger has to go. Rates are those that were measured, holds grow as they
grew; a new camera or a rainy season is not foreseen, so the forecast is made anew every hour.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HORIZON_DAYS: Final = 400
"""As far as it looks."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One stream.

    Attributes:
        name: camera and stream, ``cam01/main``.
        bytes_per_day: what it writes.
        stock_bytes: what of it is on disk and not held.
        age_days: age of the oldest of that.
        kept_days: how long it is to be kept.
        counts: whether the lawful minimum is about it.
        groomed_after_days: after how many days only its key frames are left; None: never.
        groomed_share: what these weigh, of what all of it weighs, 0 to 1; 1 where nothing was groomed yet.
        groomed_bytes: what of ``stock_bytes`` is groomed.
    """

    name: str
    bytes_per_day: float
    stock_bytes: float
    age_days: float
    kept_days: float
    counts: bool = True
    groomed_after_days: float | None = None
    groomed_share: float = 1.0
    groomed_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will be.

    Attributes:
        bytes_per_day: of all streams.
        room_bytes: what unheld recordings may take: free above the reserve, and what they take already.
        sustained_days: how many days the disks keep, all streams alike, as holds stand now; None where nothing is written.
        breaks_in_days: days until something younger than the minimum must go; None: not within ``HORIZON_DAYS``.
        full_in_days: days until the first thing goes before its time.
        only_held_in_days: days until there is nothing left to delete but what is held.
    """

    bytes_per_day: float
    room_bytes: float
    sustained_days: float | None
    breaks_in_days: float | None
    full_in_days: float | None
    only_held_in_days: float | None

    def keeps(self, least_days: float) -> bool:
        """Whether the minimum is kept, now and as far as it looks."""
        return self.breaks_in_days is None and (self.sustained_days is None or self.sustained_days >= least_days)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast with what it rests on.

    Attributes:
        flows: by camera and stream.
        free_bytes: free above the reserve; 0 where a disk does not say.
        held_bytes: what all holds weigh.
        hold_bytes_per_day: how much they grew in the last 30 days.
        least_days: the minimum that counts here.
        accepted: who accepted that it can't be kept, or "".
        measured: whether rates were measured over ten minutes at least.
    """

    made_wall_ns: int
    forecast: Forecast
    flows: tuple[Flow, ...]
    free_bytes: int
    held_bytes: int
    hold_bytes_per_day: float
    least_days: float
    accepted: str
    measured: bool

    @property
    def sound(self) -> bool:
        """Whether the minimum is kept, as far as anybody can say."""
        return not self.measured or self.forecast.keeps(self.least_days)


def forecast(
    flows: Sequence[Flow], *, free_bytes: float, least_days: float, hold_bytes_per_day: float = 0.0
) -> Forecast:
    """Look ahead.

    Args:
        flows: every stream that is recorded, or lies on disk.
        free_bytes: free above the reserve, of all disks together.
        least_days: the minimum.
        hold_bytes_per_day: how much more is held each day.
    """
    rate = sum(flow.bytes_per_day for flow in flows)
    room = max(0.0, free_bytes) + sum(flow.stock_bytes for flow in flows)
    sustained = _sustained(flows, room)
    stocks = [_days_of(flow) for flow in flows]
    free = free_bytes
    full: float | None = None
    for day in range(HORIZON_DAYS):
        growth = rate + hold_bytes_per_day
        for flow, stock in zip(flows, stocks, strict=True):
            stock.append(flow.bytes_per_day)
            while stock and len(stock) - 1 > flow.kept_days:
                free += stock.popleft()
            free += _groomed(flow, stock)
        before, free = free, free - growth
        part = max(0.0, min(1.0, before / growth)) if growth > 0 else 1.0
        while free < 0:
            index = max(range(len(stocks)), key=lambda i: len(stocks[i]), default=-1)
            if index < 0 or not stocks[index]:
                return Forecast(rate, room, sustained, day + part, day + part if full is None else full, day + part)
            if full is None:
                full = day + part
            age_days = len(stocks[index])
            taken = stocks[index].popleft()
            # A stream that writes nothing gives nothing, however old it is.
            if taken > 0 and flows[index].counts and age_days <= least_days:
                return Forecast(rate, room, sustained, day + part, full, None)
            free += taken
    return Forecast(rate, room, sustained, None, full, None)


def _sustained(flows: Sequence[Flow], room: float) -> float | None:
    """How many days of all streams the room holds; None where nothing is written."""
    rate = sum(flow.bytes_per_day for flow in flows)
    if rate <= 0:
        return None
    days = 0.0
    # Until one of them is groomed all weigh what is written; from then on that one weighs less.
    for turn, flow in sorted(
        ((each.groomed_after_days, each) for each in flows if each.groomed_after_days is not None),
        key=lambda pair: pair[0],
    ):
        need = (turn - days) * rate
        if need > room or flow.groomed_share >= 1:
            continue
        room, days, rate = room - need, turn, rate - flow.bytes_per_day * (1 - flow.groomed_share)
        if rate <= 0:
            return float(HORIZON_DAYS)
    return days + room / rate


def _groomed(flow: Flow, stock: deque[float]) -> float:
    """Take from the day that comes to be groomed today what is not a key frame, and say how much that was."""
    if flow.groomed_after_days is None:
        return 0.0
    index = len(stock) - 1 - math.ceil(flow.groomed_after_days)
    if index < 0:
        return 0.0
    freed = stock[index] * (1 - flow.groomed_share)
    stock[index] -= freed
    return freed


def _days_of(flow: Flow) -> deque[float]:
    """What lies there, by day, the oldest first."""
    days = max(1, round(flow.age_days))
    if flow.stock_bytes <= 0:
        return deque()
    young = days if flow.groomed_after_days is None else min(days, math.ceil(flow.groomed_after_days))
    old = days - young
    if old == 0 or flow.groomed_bytes <= 0:
        return deque([flow.stock_bytes / days] * days)
    whole_bytes = max(0.0, flow.stock_bytes - flow.groomed_bytes)
    return deque([flow.groomed_bytes / old] * old + [whole_bytes / young] * young)
