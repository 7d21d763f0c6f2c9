"""Which GOP of which clip a camera plays next. Pure: told the passing of GOPs, it answers with the next one."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ingest.simulator.clips import ClipKind


@dataclass(frozen=True, slots=True)
class GopChoice:
    """``clip`` and the GOP's number in it, from 0. ``cut``: the clip before did not reach its end."""

    clip: ClipKind
    index: int
    cut: bool = False


class Playlist:
    """Quiet, until the event process or somebody says otherwise.

    Events come as a Poisson process of ``events_per_hour`` in scene time, counted from the end of the event before. A request is granted at the next
    GOP; one that comes during an event is granted when that ends, so that no movement breaks off in mid-picture.
    """

    def __init__(
        self, *, quiet_gops: int, event_gops: int, gop_s: float, events_per_hour: float, seed: int | str
    ) -> None:
        if quiet_gops < 1 or event_gops < 1 or gop_s <= 0 or events_per_hour < 0:
            raise ValueError("a playlist needs clips of at least one GOP and a rate that is not negative")
        self._gops = {ClipKind.QUIET: quiet_gops, ClipKind.EVENT: event_gops}
        self._gop_s = gop_s
        self._rate_per_s = events_per_hour / 3600
        self._random = random.Random(seed)
        self._clip = ClipKind.QUIET
        self._index = -1
        self._requested = False
        self._suspended = False
        self._stop = False
        self._wait_s = self._draw_wait_s()

    def request_event(self) -> None:
        """Play the event clip from the next GOP on. Several requests before it is granted are one."""
        self._requested = True

    def request_quiet(self) -> None:
        """Break off at the next GOP and stop the event process; requests are still granted."""
        self._requested = False
        self._suspended = True
        self._stop = True

    def resume(self) -> None:
        """Let the event process run again."""
        self._suspended = False
        self._wait_s = self._draw_wait_s()

    def next_gop(self) -> GopChoice:
        """The GOP to play now; one GOP's time is taken to pass until the next call."""
        ended = self._index + 1 >= self._gops[self._clip]
        begun = self._index >= 0
        previous = self._clip
        if previous is ClipKind.EVENT and not ended and not self._stop:
            self._index += 1
            return GopChoice(self._clip, self._index)
        if previous is ClipKind.EVENT:
            self._wait_s = self._draw_wait_s()
        self._stop = False
        due = False
        if not self._suspended:
            due = self._wait_s <= 0
            self._wait_s -= self._gop_s
        if self._requested or due:
            self._requested = False
            self._clip, self._index = ClipKind.EVENT, 0
        else:
            self._index = 0 if ended or previous is ClipKind.EVENT else self._index + 1
            self._clip = ClipKind.QUIET
        return GopChoice(self._clip, self._index, cut=begun and self._index == 0 and not ended)

    def _draw_wait_s(self) -> float:
        return self._random.expovariate(self._rate_per_s) if self._rate_per_s > 0 else float("inf")
