"""Time sources. Meaning is ``wall_ns`` (UTC), elapsed time is ``monotonic_ns``; never float seconds in storage."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Clock(Protocol):
    """A source of time. Pure code takes numbers instead; only edges hold a clock."""

    def wall_ns(self) -> int:
        """Integer nanoseconds since 1970-01-01 UTC. May step backwards."""
        ...

    def monotonic_ns(self) -> int:
        """Integer nanoseconds since an arbitrary start. Never steps."""
        ...


class SystemClock:
    """The machine's clocks."""

    def wall_ns(self) -> int:
        return time.time_ns()

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


class SimulatedClock:
    """A clock that stands still until told. For tests and for replay."""

    def __init__(self, wall_ns: int = 1_790_000_000 * NS_PER_S, monotonic_ns: int = 0) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns

    def wall_ns(self) -> int:
        return self._wall_ns

    def monotonic_ns(self) -> int:
        return self._monotonic_ns

    def advance(self, *, seconds: float) -> None:
        """Let time pass on both clocks.

        Raises:
            ValueError: backwards, which a monotonic clock never goes; ``step_wall`` steps the other one.
        """
        if seconds < 0:
            raise ValueError("a monotonic clock does not go backwards")
        delta_ns = round(seconds * NS_PER_S)
        self._wall_ns += delta_ns
        self._monotonic_ns += delta_ns

    def step_wall(self, *, seconds: float) -> None:
        """Step the wall clock alone, as NTP or an admin does."""
        self._wall_ns += round(seconds * NS_PER_S)


def iso_utc(wall_ns: int) -> str:
    """ISO 8601 in UTC with milliseconds, e.g. ``2026-11-23T12:00:00.123Z``: for logs, file names of exports and people."""
    whole_s, rest_ns = divmod(wall_ns, NS_PER_S)
    return f"{datetime.fromtimestamp(whole_s, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // NS_PER_MS:03d}Z"
