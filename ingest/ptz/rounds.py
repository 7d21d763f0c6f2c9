"""A patrol: stored positions by turns, while nobody steers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from nvr.clock import NS_PER_S

RESUME_NS: Final = 15 * NS_PER_S
"""So long after somebody let a camera go, its patrol goes on: who looks away for a moment finds his picture again."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A position's token and how long to look there."""

    preset: str
    dwell_ns: int


@dataclass(frozen=True, slots=True)
class Patrolling:
    """Which patrol somebody started: its name, ``*`` for all positions, which have no time of their own but ``dwell_s``."""

    name: str
    dwell_s: int


@dataclass(frozen=True, slots=True)
class Round:
    """A patrol under way. ``index`` is the stop that it looks at, -1 before the first; ``due_ns`` when it goes on."""

    name: str
    stops: tuple[Stop, ...]
    due_ns: int = 0
    index: int = -1

    def step(self, now_ns: int) -> tuple[Round, str | None]:
        """The round, and where to go now (None: stay)."""
        if now_ns < self.due_ns:
            return self, None
        index = (self.index + 1) % len(self.stops)
        stop = self.stops[index]
        return replace(self, index=index, due_ns=now_ns + stop.dwell_ns), stop.preset

    def held(self, now_ns: int) -> Round:
        """Somebody has the camera: it goes on later, with the stop that it was at."""
        return replace(self, index=max(-1, self.index - 1) if self.due_ns else self.index, due_ns=now_ns + RESUME_NS)

    def skipped(self, now_ns: int) -> Round:
        """The position is gone, or the camera did not take it: the next one, in a moment."""
        return replace(self, due_ns=now_ns + 3 * NS_PER_S)
