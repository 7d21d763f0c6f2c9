"""When movement becomes an observation, and when it is over. Pure: frames in, decisions out, no clock.

A zone is *idle* until enough of the recent past moved, then *active* until it was quiet for a while or lasted too long.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from nvr.clock import NS_PER_S

QUIET_S: Final = 3.0
MAX_DURATION_S: Final = 120.0
_WINDOW_FACTOR: Final = 2.0


@dataclass(frozen=True, slots=True)
class HysteresisSettings:
    """Durations in seconds.

    Attributes:
        min_duration_s: how much movement starts an observation.
        window_s: within how long; at least ``min_duration_s``.
        quiet_s: how long nothing may move until it ends.
        max_duration_s: it ends then even while things move; the next may start as movement goes on.
    """

    min_duration_s: float = 0.6
    window_s: float = 1.2
    quiet_s: float = QUIET_S
    max_duration_s: float = MAX_DURATION_S

    def __post_init__(self) -> None:
        if not 0 < self.min_duration_s <= self.window_s or self.quiet_s <= 0 or self.max_duration_s <= 0:
            raise ValueError("durations are positive, and the window holds the minimum")

    @classmethod
    def for_zone(cls, min_duration_s: float) -> HysteresisSettings:
        """The default settings around a zone's own minimum."""
        return cls(min_duration_s=min_duration_s, window_s=min_duration_s * _WINDOW_FACTOR)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a frame decided.

    Attributes:
        kind: an observation began, or ended.
        start_wall_ns: of its first moving frame.
        decided_wall_ns: of the frame that decided (started), or of the last moving frame (ended).
        score: the highest so far, 0 to 1.
    """

    kind: Literal["started", "ended"]
    start_wall_ns: int
    decided_wall_ns: int
    score: float


@dataclass(slots=True)
class _Moved:
    at_ns: int
    lasted_ns: int
    wall_ns: int
    score: float


class Hysteresis:
    """One zone's state.

    ``at_ns`` orders and measures (media time, non-decreasing); ``wall_ns`` is only carried through.
    """

    def __init__(self, settings: HysteresisSettings) -> None:
        self._min_ns = round(settings.min_duration_s * NS_PER_S)
        self._window_ns = round(settings.window_s * NS_PER_S)
        self._quiet_ns = round(settings.quiet_s * NS_PER_S)
        self._max_ns = round(settings.max_duration_s * NS_PER_S)
        self._recent: deque[_Moved] = deque()
        self._recent_ns = 0
        self._previous_at_ns: int | None = None
        self._active = False
        self._start_at_ns = 0
        self._start_wall_ns = 0
        self._last_at_ns = 0
        self._last_wall_ns = 0
        self._peak = 0.0

    @property
    def active(self) -> bool:
        """Whether an observation is open."""
        return self._active

    @property
    def pending(self) -> bool:
        """Whether something moved lately that may become an observation."""
        return not self._active and bool(self._recent)

    def update(self, at_ns: int, wall_ns: int, *, moving: bool, score: float) -> Decision | None:
        """Take up one frame; at most one decision follows."""
        step_ns = 0 if self._previous_at_ns is None else max(0, at_ns - self._previous_at_ns)
        self._previous_at_ns = at_ns
        while self._recent and at_ns - self._recent[0].at_ns > self._window_ns:
            self._recent_ns -= self._recent.popleft().lasted_ns
        if moving:
            # One frame stands for the time since the one before, but never alone for the whole minimum: a single flash is no movement.
            self._recent.append(_Moved(at_ns, min(step_ns, self._min_ns // 2), wall_ns, score))
            self._recent_ns += self._recent[-1].lasted_ns
        return self._go_on(at_ns, wall_ns, moving=moving) if self._active else self._wait(at_ns, wall_ns)

    def _wait(self, at_ns: int, wall_ns: int) -> Decision | None:
        # The newest frame moved, or its like would have decided before.
        if self._recent_ns < self._min_ns:
            return None
        first = self._recent[0]
        self._active = True
        self._start_at_ns, self._start_wall_ns = first.at_ns, first.wall_ns
        self._last_at_ns, self._last_wall_ns = at_ns, wall_ns
        self._peak = max(entry.score for entry in self._recent)
        return Decision("started", self._start_wall_ns, wall_ns, self._peak)

    def _go_on(self, at_ns: int, wall_ns: int, *, moving: bool) -> Decision | None:
        # Half as much movement keeps an observation open as starts one; a shaken contour does not.
        if moving:
            self._peak = max(self._peak, self._recent[-1].score)
            if self._recent_ns >= self._min_ns // 2:
                self._last_at_ns, self._last_wall_ns = at_ns, wall_ns
        if at_ns - self._last_at_ns >= self._quiet_ns or at_ns - self._start_at_ns >= self._max_ns:
            return self.close()
        return None

    def interrupt(self) -> None:
        """Forget movement that has not yet become an observation: the light changed, or frames are missing."""
        self._forget()
        self._previous_at_ns = None

    def close(self) -> Decision | None:
        """End an open observation at its last moving frame: the stream ended, or its time was up."""
        self._forget()
        if not self._active:
            return None
        self._active = False
        return Decision("ended", self._start_wall_ns, self._last_wall_ns, self._peak)

    def restart(self) -> Decision | None:
        """``close``, and let media time begin anew."""
        decision = self.close()
        self._previous_at_ns = None
        return decision

    def _forget(self) -> None:
        self._recent.clear()
        self._recent_ns = 0
