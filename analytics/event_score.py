"""Events beside observations: which true events were found, how late, and what was reported where nothing happened. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.hysteresis import Decision, Hysteresis, HysteresisSettings
from nvr.clock import NS_PER_S

NEEDED_CELLS: Final = 2
"""Joined cells that must move at once: 0.3 % of the picture, the default of a zone."""
MIN_DURATION_S: Final = 0.6
"""For how long, likewise."""
_GRACE_S: Final = 1.0
"""An observation so shortly after an event still belongs to it: what is left of the moved thing's trace."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a sequence, in seconds from its first frame."""

    start_s: float
    end_s: float

    def meets(self, other: Span, grace_s: float = 0.0) -> bool:
        """Whether the two share a moment, or miss it by less than ``grace_s``."""
        return self.start_s <= other.end_s + grace_s and other.start_s <= self.end_s + grace_s


@dataclass(frozen=True, slots=True)
class Reported:
    """An observation: when its movement began, when it was decided that it is one, when it was over."""

    start_s: float
    decided_s: float
    end_s: float

    @property
    def span(self) -> Span:
        """From its first to its last moving frame."""
        return Span(self.start_s, self.end_s)


@dataclass(slots=True)
class EventScore:
    """Counts of events. ``delays_s`` holds, per event found, the seconds from its first frame to the decision; 0 where one was open already."""

    found: int
    missed: int
    false: int
    delays_s: list[float]

    def add(self, other: EventScore) -> None:
        """Take up another sequence's."""
        self.found += other.found
        self.missed += other.missed
        self.false += other.false
        self.delays_s += other.delays_s

    @property
    def median_delay_s(self) -> float | None:
        """Half of the events are decided no later than this; None where none was found."""
        return statistics.median(self.delays_s) if self.delays_s else None


def score_events(events: Sequence[Span], judged: Sequence[Span], reported: Sequence[Reported]) -> EventScore:
    """Compare.

    Args:
        events: what happened.
        judged: where what happened is known; reports not wholly inside one of these count neither way.
        reported: what a detector said.
    """
    delays_s: list[float] = []
    for event in events:
        hits = [report for report in reported if report.span.meets(event, _GRACE_S)]
        if hits:
            delays_s.append(max(0.0, min(report.decided_s for report in hits) - event.start_s))
    false = 0
    for report in reported:
        known = any(span.start_s <= report.start_s and report.decided_s <= span.end_s for span in judged)
        if known and not any(report.span.meets(event, _GRACE_S) for event in events):
            false += 1
    return EventScore(len(delays_s), len(events) - len(delays_s), false, delays_s)


def spans(active: Sequence[bool], fps: float, *, join_s: float = 1.0, least_s: float = 0.0) -> list[Span]:
    """The stretches of True frames; those less than ``join_s`` apart are one, those shorter than ``least_s`` are left out."""
    found: list[Span] = []
    for index, is_active in enumerate(active):
        if not is_active:
            continue
        at_s = index / fps
        if found and at_s - found[-1].end_s <= join_s:
            found[-1] = Span(found[-1].start_s, at_s)
        else:
            found.append(Span(at_s, at_s))
    return [span for span in found if span.end_s - span.start_s >= least_s]


def moves_together(cells: NDArray[np.bool_]) -> bool:
    """Whether enough of (18, 32) cells hang together, corners included, to count as a zone's movement."""
    if np.count_nonzero(cells) < NEEDED_CELLS:
        return False
    statistics_ = cv2.connectedComponentsWithStats(cells.view(np.uint8), connectivity=8)[2]
    return int(statistics_[1:, cv2.CC_STAT_AREA].max()) >= NEEDED_CELLS


class Reporter:
    """Turns moving frames into observations, with the zone's default times; the same for every detector."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._state = Hysteresis(HysteresisSettings.for_zone(MIN_DURATION_S))
        self._index = 0
        self._open: Decision | None = None
        self.reported: list[Reported] = []

    def take(self, *, moving: bool, calibrating: bool = False) -> None:
        """The next frame."""
        at_ns = round(self._index / self._fps * NS_PER_S)
        self._index += 1
        if calibrating:
            self._state.interrupt()
        self._note(self._state.update(at_ns, at_ns, moving=moving, score=0.0))

    def close(self) -> list[Reported]:
        """The sequence is over: everything reported."""
        self._note(self._state.close())
        return self.reported

    def _note(self, decision: Decision | None) -> None:
        if decision is None:
            return
        if decision.kind == "started":
            self._open = decision
        elif self._open is not None:
            start, decided, end = self._open.start_wall_ns, self._open.decided_wall_ns, decision.decided_wall_ns
            self.reported.append(Reported(start / NS_PER_S, decided / NS_PER_S, max(decided, end) / NS_PER_S))
            self._open = None
