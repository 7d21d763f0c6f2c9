"""Who has been where, and who has stopped: whatever was left was put there by somebody who went away. Pure: tracks in, no clock.

The difference between a thing that was left and somebody who stands: both have not moved for a while, but the one who walked up to it has gone. (Tian,
Feris, Liu, Hampapur and Sun, "Robust detection of abandoned and removed objects in complex surveillance videos", IEEE Trans. SMC-C 2011, verify
likewise by tracking.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.tracker import Track
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S

RECENT_NS: Final = 20 * NS_PER_S
"""Who was there so lately may have put it there: the detector takes some seconds to make a thing background, longer while somebody stands before it."""
_STILL_NS: Final = 30 * NS_PER_S  # beyond the rule's own time: somebody who stands has moved a little by then
_SPLIT_NS: Final = 10 * NS_PER_S  # parts of one who stands are followed apart; one of them goes on with him
_DWELLS_NS: Final = 3 * NS_PER_S  # who stays in one place for so long begins to be background there …
_VACATED_NS: Final = 12 * NS_PER_S  # … and is so for a while after going
_STEP: Final = 0.5  # cells beyond where he came to: he has gone on …
_WHOLE: Final = 0.75  # … if so much of his height moves
_MOST: Final = 16
_NEVER_NS: Final = -(1 << 62)

Box = tuple[int, int, int, int]


@dataclass(slots=True)
class _Stop:
    """Where something that walked was last seen to move. ``alive_ns``: when anything last moved there without going away."""

    box: Box
    seen_ns: int
    alive_ns: int


@dataclass(slots=True)
class _Post:
    """Where a thing that is followed has been since when: ``came`` its box when it got there, ``box`` all that it has moved there since."""

    came: Box
    box: Box
    since_ns: int

    def keeps(self, track: Track) -> bool:
        """Whether it is still there. Of one who stands only a part moves, an arm, a shoulder: that is no step. Grows by it."""
        box = track.blob.box
        if _near(self.came, track.x, track.y, _STEP):
            self.box = _united(self.box, box)
            return True
        whole = box[3] - box[1] >= _WHOLE * (self.came[3] - self.came[1])
        return not whole and _near(self.box, track.x, track.y)


class Standing:
    """One camera's.

    Args:
        after_ns: the longest time that any rule asks for.
    """

    def __init__(self, after_ns: int) -> None:
        self._keeps_ns = after_ns + _STILL_NS
        self._visited_ns = np.full((GRID_ROWS, GRID_COLUMNS), _NEVER_NS, np.int64)
        self._vacated_ns = np.full((GRID_ROWS, GRID_COLUMNS), _NEVER_NS, np.int64)
        self._stops: list[_Stop] = []
        self._posts: dict[int, _Post] = {}

    def clear(self) -> None:
        """The scene is another."""
        self._visited_ns.fill(_NEVER_NS)
        self._vacated_ns.fill(_NEVER_NS)
        self._stops.clear()
        self._posts.clear()

    def update(self, at_ns: int, tracks: Sequence[Track], stopped: Sequence[Track], moving: NDArray[np.bool_]) -> None:
        """Take up a frame.

        Args:
            at_ns: of the frame.
            tracks: all that are followed.
            stopped: those that walked and were given up inside the picture just now (``Tracker.stopped``).
            moving: (18, 32) bool, cells that move at all: the little movements of one who stands are usual there by and by.
        """
        posts, self._posts = self._posts, {}
        for track in tracks:
            if not track.walked:
                continue
            box = track.blob.box
            if track.now:
                self._visited_ns[_around(box)] = at_ns
            post = posts.get(track.number)
            if post is None or not post.keeps(track):
                if post is not None and at_ns - post.since_ns >= _DWELLS_NS:
                    self._vacated_ns[_around(post.box)] = at_ns
                post = _Post(box, box, at_ns)
            self._posts[track.number] = post
        for track in stopped:
            box = posts[track.number].box if track.number in posts else track.blob.box
            self._stops.append(_Stop(box, track.seen_ns, track.seen_ns))
        if self._stops:
            staying = []
            for stop in self._stops[-_MOST:]:
                if moving[_around(stop.box)].any() and not any(
                    each.walked and _meets(stop.box, each) for each in tracks
                ):
                    stop.alive_ns = at_ns
                if self._gone(stop, at_ns, tracks):
                    self._vacated_ns[_around(stop.box)] = at_ns
                elif self._holds(stop, at_ns):
                    staying.append(stop)
            self._stops = staying

    def _gone(self, stop: _Stop, at_ns: int, tracks: Sequence[Track]) -> bool:
        for track in tracks:
            if not track.now:
                continue
            there = _near(stop.box, track.x, track.y)
            if there and not track.walked:
                stop.alive_ns = at_ns
            # Who begins to move where somebody stopped, and goes, is the one who stood there.
            elif (
                not there
                and track.walked
                and track.first_ns >= stop.seen_ns - _SPLIT_NS
                and _near(stop.box, track.born_x, track.born_y)
            ):
                return True
        return False

    def visited(self, at_ns: int) -> NDArray[np.bool_]:
        """Cells beside or in which something that walks has lately been, (18, 32) bool."""
        return self._visited_ns >= at_ns - RECENT_NS

    def stands(self, at_ns: int, cells: NDArray[np.bool_]) -> bool:
        """Whether somebody stopped at (18, 32) bool cells, and has not gone, or only just."""
        return any(self._holds(stop, at_ns) and cells[_around(stop.box)].any() for stop in self._stops) or bool(
            (self._vacated_ns[cells] >= at_ns - _VACATED_NS).any()
        )

    def _holds(self, stop: _Stop, at_ns: int) -> bool:
        return at_ns - stop.alive_ns <= self._keeps_ns


def meets(cells: NDArray[np.bool_], track: Track) -> bool:
    """Whether a thing is in or beside (18, 32) bool cells."""
    return bool(cells[_around(track.blob.box)].any())


def _meets(box: Box, track: Track) -> bool:
    left, top, right, bottom = track.blob.box
    return left <= box[2] and right >= box[0] and top <= box[3] and bottom >= box[1]


def _around(box: Box) -> tuple[slice, slice]:
    """A box's cells and their neighbours."""
    left, top, right, bottom = box
    return slice(max(0, top - 1), bottom + 1), slice(max(0, left - 1), right + 1)


def _near(box: Box, x: float, y: float, by: float = 1.0) -> bool:
    left, top, right, bottom = box
    return left - by <= x <= right + by and top - by <= y <= bottom + by


def _united(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
