"""When rules of a zone hold: a line that is crossed, somebody who stays, many at once. Pure: tracks in, verdicts out, no clock.

All places are in cells (``analytics.blobs``), all times nanoseconds of media time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.tracker import Track
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S
from nvr.config.zones import LINE_RULES, Crowd, Line, Loitering, MinHeight

_MARGIN: Final = 0.5  # cells beyond the line until a foot is surely there
_MARGIN_SHARE: Final = 0.12  # of its height: legs swing
OUTSIDE_NS: Final = NS_PER_S
"""Who is outside for no longer has not left."""
_DIP_NS: Final = 3 * NS_PER_S // 2
THERE_NS: Final = 5 * NS_PER_S
"""Who has not moved for longer may have gone unseen."""
RECENT_NS: Final = 2 * NS_PER_S
"""What moved so lately occupies its cell, and what moved beside it within five seconds."""
_SQUARE: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured against which limit, for people."""

    name: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule holds in this frame.

    Attributes:
        since_ns: since when: of a thing that stays, from when it came.
        tracks: the things that it is about.
        measures: what was measured.
    """

    since_ns: int
    tracks: tuple[Track, ...]
    measures: tuple[Measure, ...]


class Ground:
    """Where a zone is, and from what size on a thing counts there."""

    def __init__(self, inside: NDArray[np.bool_], min_height: MinHeight | None) -> None:
        self._inside = frozenset(int(cell) for cell in np.flatnonzero(inside))
        self._min_height = min_height

    def holds(self, x: float, y: float) -> bool:
        """Whether a foot stands inside; the lower edge of the picture is still in it."""
        row, column = int(y - 0.01), int(x)
        if not (0 <= row < GRID_ROWS and 0 <= column < GRID_COLUMNS):
            row, column = min(GRID_ROWS - 1, max(0, row)), min(GRID_COLUMNS - 1, max(0, column))
        return row * GRID_COLUMNS + column in self._inside

    def tall_enough(self, height: float, foot_y: float) -> bool:
        """Whether a thing of that height, with its foot there, counts."""
        return self._min_height is None or height >= self.needed_height(foot_y)

    def needed_height(self, foot_y: float) -> float:
        """In cells; 0 where every thing counts."""
        return 0.0 if self._min_height is None else self._min_height.at(foot_y / GRID_ROWS) * GRID_ROWS

    def height_measure(self, track: Track) -> tuple[Measure, ...]:
        """How tall a thing is against the least, as shares of the picture's height; nothing where any size counts."""
        if self._min_height is None:
            return ()
        needed = self.needed_height(track.foot_y)
        return (Measure("height", round(track.height / GRID_ROWS, 3), round(needed / GRID_ROWS, 3)),)


class LineState:
    """Who crosses a line, in one direction or both."""

    def __init__(self, line: Line, ground: Ground) -> None:
        (x1, y1), (x2, y2) = line.points
        self._a = (x1 * GRID_COLUMNS, y1 * GRID_ROWS)
        self._b = (x2 * GRID_COLUMNS, y2 * GRID_ROWS)
        self._ground = ground
        self._length = math.dist(self._a, self._b)
        self._sides: dict[int, tuple[int, float, float, int]] = {}

    def clear(self) -> None:
        """Forget who stood where."""
        self._sides.clear()

    def distance(self, x: float, y: float) -> float:
        """Cells from the endless line; positive on side B."""
        (ax, ay), (bx, by) = self._a, self._b
        return ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / self._length

    def update(self, at_ns: int, tracks: Sequence[Track]) -> dict[str, Verdict]:
        """Who crossed in this frame, by the rule's name (``line_a_b``, ``line_b_a``)."""
        crossed: dict[str, Verdict] = {}
        known = self._sides
        self._sides = {track.number: known[track.number] for track in tracks if track.number in known}
        for track in tracks:
            if not track.now or track.shares:
                continue
            away = self.distance(track.foot_x, track.foot_y)
            margin = max(_MARGIN, _MARGIN_SHARE * track.height)
            if abs(away) < margin:
                continue
            side = 1 if away > 0 else -1
            before = known.get(track.number)
            self._sides[track.number] = (side, track.foot_x, track.foot_y, at_ns)
            if before is None or before[0] == side or not self._counts(track, before):
                continue
            direction = LINE_RULES["a_to_b" if side > 0 else "b_to_a"]
            measures = (
                Measure("beyond_line", round(abs(away) / GRID_ROWS, 3), round(margin / GRID_ROWS, 3)),
                *self._ground.height_measure(track),
            )
            who = (*crossed[direction].tracks, track) if direction in crossed else (track,)
            since_ns = min(before[3], crossed[direction].since_ns) if direction in crossed else before[3]
            crossed[direction] = Verdict(since_ns, who, measures)
        return crossed

    def _counts(self, track: Track, before: tuple[int, float, float, int]) -> bool:
        if not (track.walked and self._ground.tall_enough(track.height, track.foot_y)):
            return False
        _, x, y, _ = before
        was, now = self.distance(x, y), self.distance(track.foot_x, track.foot_y)
        share = was / (was - now)
        at_x, at_y = x + share * (track.foot_x - x), y + share * (track.foot_y - y)
        (ax, ay), (bx, by) = self._a, self._b
        along = ((at_x - ax) * (bx - ax) + (at_y - ay) * (by - ay)) / self._length
        # The crossing lies between the line's ends, give or take half a cell of what a foot's place is uncertain by.
        return -0.5 <= along <= self._length + 0.5 and self._ground.holds(at_x, at_y)


class LoiteringState:
    """Who stays in a zone. Decided in a frame in which the thing moves: what stands for good is no loiterer.

    Who then stands wholly still no longer counts after five seconds, but has not begun anew either: it counts again as soon as it moves.
    """

    def __init__(self, rule: Loitering, ground: Ground) -> None:
        self._limit_ns = round(rule.after_s * NS_PER_S)
        self._ground = ground
        self._came: dict[int, tuple[int, int]] = {}  # when it came, when it was last inside
        self._decided: set[int] = set()

    @staticmethod
    def patience_s(rule: Loitering) -> float:
        """For how long a thing may stand wholly still and be there: half the limit, 8 to 30 seconds."""
        return min(30.0, max(8.0, rule.after_s / 2))

    def clear(self) -> None:
        """Forget who came when."""
        self._came.clear()
        self._decided.clear()

    def update(self, at_ns: int, tracks: Sequence[Track]) -> Verdict | None:
        """Whether anybody has stayed for too long, and is there."""
        came: dict[int, tuple[int, int]] = {}
        staying = []
        for track in tracks:
            since_ns, inside_ns = self._came.get(track.number, (at_ns, at_ns))
            if not track.now:
                if track.number in self._came:
                    came[track.number] = (since_ns, inside_ns)
            elif self._ground.holds(track.foot_x, track.foot_y) and self._ground.tall_enough(
                track.height, track.foot_y
            ):
                came[track.number] = (since_ns, at_ns)
            elif track.number in self._came and at_ns - inside_ns <= OUTSIDE_NS:
                came[track.number] = (since_ns, inside_ns)
            if track.number not in came:
                continue
            stayed_ns = at_ns - came[track.number][0]
            if track.now and track.walked and stayed_ns >= self._limit_ns:
                self._decided.add(track.number)
            if track.number in self._decided and at_ns - track.seen_ns <= THERE_NS:
                staying.append(track)
        self._came = came
        self._decided &= came.keys()
        if not staying:
            return None
        first = min(staying, key=lambda track: self._came[track.number][0])
        since_ns = self._came[first.number][0]
        measures = (
            Measure("stayed_s", round((at_ns - since_ns) / NS_PER_S, 1), round(self._limit_ns / NS_PER_S, 1)),
            *self._ground.height_measure(first),
        )
        return Verdict(since_ns, tuple(staying), measures)


class CrowdState:
    """Whether many are in a zone at once, for long enough."""

    def __init__(self, rule: Crowd, ground: Ground, inside: NDArray[np.bool_]) -> None:
        self._rule = rule
        self._ground = ground
        self._inside = inside
        self._size = max(1, int(inside.sum()))
        self._limit_ns = round(rule.after_s * NS_PER_S)
        self._since_ns: int | None = None
        self._held_ns = 0
        self._decided = False

    def clear(self) -> None:
        """Forget since when."""
        self._since_ns, self._decided = None, False

    def update(self, at_ns: int, tracks: Sequence[Track], moved_ns: NDArray[np.int64]) -> Verdict | None:
        """Whether it holds in this frame, and has for as long as asked; short dips in between are overlooked.

        Args:
            at_ns: of the frame.
            tracks: all there are.
            moved_ns: (18, 32), when each cell last moved.
        """
        there = [
            track
            for track in tracks
            if track.walked
            and at_ns - track.seen_ns <= THERE_NS
            and self._ground.holds(track.foot_x, track.foot_y)
            and self._ground.tall_enough(track.height, track.foot_y)
        ]
        if self._since_ns is not None and at_ns - self._held_ns > _DIP_NS:
            self.clear()
        rule, share = self._rule, 0.0
        many = rule.count is not None and len(there) >= rule.count
        # Those who went off behind one another are there for a while yet, and nobody moves.
        stirs = any(track.now for track in there)
        if rule.share is not None:
            share = float(np.count_nonzero(_occupied(moved_ns, at_ns) & self._inside)) / self._size
            many |= share >= rule.share
            stirs |= share >= rule.share
        if many:
            self._held_ns = at_ns
            if self._since_ns is None:
                self._since_ns = at_ns
        if not many or self._since_ns is None or at_ns - self._since_ns < self._limit_ns:
            return None
        self._decided |= stirs
        if not self._decided:
            return None
        measures = [Measure("lasted_s", round((at_ns - self._since_ns) / NS_PER_S, 1), rule.after_s)]
        if rule.count is not None:
            measures.append(Measure("count", len(there), rule.count))
        if rule.share is not None:
            measures.append(Measure("share", round(share, 3), rule.share))
        return Verdict(self._since_ns, tuple(there), tuple(measures))


def _occupied(moved_ns: NDArray[np.int64], at_ns: int) -> NDArray[np.bool_]:
    """Cells in which somebody is, (18, 32) bool: of one who stands only a part moves at a time."""
    beside = cv2.dilate((moved_ns >= at_ns - RECENT_NS).view(np.uint8), _SQUARE).view(np.bool_)
    return beside & (moved_ns >= at_ns - THERE_NS)
