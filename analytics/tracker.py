"""Which thing of this frame is which of the frames before. Pure: blobs in, tracks out, no clock.

Greedy: of all pairs of a track and a blob the nearest go together, first come the surest. A track whose thing vanishes inside the picture stays
where it was (it stands still, or passes behind another); at the picture's edge it has left. At most ``MOST_TRACKS``, whatever is in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.blobs import Blob
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S

MOST_TRACKS: Final = 16
SURE_HITS: Final = 3
"""Frames in which something must have been seen to count as a thing."""
_REACH: Final = 1.5  # cells from where it is expected
_NEW_SPEED: Final = (
    12.0  # cells a second that a thing may have whose speed is not known yet: a car at half the picture a second
)
_SURPRISE: Final = 0.5  # of its speed: braking, turning
_UNSURE_NS: Final = NS_PER_S // 2
_LEFT_NS: Final = NS_PER_S
_HIDDEN_NS: Final = 2 * NS_PER_S  # behind another at most so long; then it is taken to stand there
_SMOOTH: Final = 0.5
_SPEED_SMOOTH: Final = 0.4
_STOPPED_S: Final = 0.4
_FOOT_APART: Final = 0.5  # cells
WALKED: Final = 1.5
"""Cells that a thing must have got from where it began."""
_STRAIGHT: Final = 0.6  # that is so large a part of the way that it went: leaves go to and fro
_EVEN: Final = (
    0.45  # cells by which it may lie beside where it was expected, in the mean: leaves that move by turns jump …
)
_EVEN_OF_HEIGHT: Final = 0.05  # … and so much more of its height: legs swing
_EVEN_SMOOTH: Final = 0.2
_WALK_SMOOTH: Final = 0.3
_WALK_HITS: Final = 4


@dataclass(slots=True)
class Track:
    """A thing over time; cells, cells a second, nanoseconds of media time.

    Attributes:
        number: its own, from 1 on, never given again.
        first_ns: when it was first seen.
        seen_ns: when it was last seen to move.
        hits: in how many frames.
        foot_x: where it stands, smoothed.
        width: of the last blob.
        height: likewise, smoothed.
        travelled: how far its centre, smoothed, got from where it began.
        walked: whether it got anywhere, straight and evenly enough: people and vehicles do, leaves and webs don't.
        jumps: by how much it lay beside where it was expected, in the mean.
        now: whether it was seen in the newest frame.
        shares: whether a thing that stands nearer is hidden in its blob: then the blob's foot is not its own.
        shared: whether it did in the frame before.
        blob: the last one.
    """

    number: int
    first_ns: int
    seen_ns: int
    x: float
    y: float
    foot_x: float
    foot_y: float
    width: float
    height: float
    born_x: float
    born_y: float
    blob: Blob
    smooth_x: float
    smooth_y: float
    way: float = 0.0
    walked: bool = False
    jumps: float = 0.0
    speed_x: float = 0.0
    speed_y: float = 0.0
    hits: int = 1
    travelled: float = 0.0
    now: bool = True
    hidden: bool = False
    shares: bool = False
    shared: bool = False

    @property
    def sure(self) -> bool:
        """Whether it is a thing, not a flicker."""
        return self.hits >= SURE_HITS

    def expected(self, at_ns: int) -> tuple[float, float]:
        """Where its centre should be."""
        ahead_s = (at_ns - self.seen_ns) / NS_PER_S
        if not self.hidden:
            ahead_s = min(ahead_s, _STOPPED_S)  # what vanishes without anything before it has stopped
        return self.x + self.speed_x * ahead_s, self.y + self.speed_y * ahead_s


class Tracker:
    """One camera's things.

    Args:
        patience_s: for how long a thing that stands still is still there.
    """

    def __init__(self, patience_s: float = 2.0) -> None:
        self._patience_ns = round(patience_s * NS_PER_S)
        self._numbers = 0
        self.tracks: list[Track] = []
        self.stopped: list[Track] = []
        """Those that had walked and were given up in the newest frame, without having left the picture: they stand there, or are hidden."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing: a frame without movement need not be told."""
        return not self.tracks

    def clear(self) -> None:
        """Forget all of them: the camera looks elsewhere, or frames are missing."""
        self.tracks.clear()
        self.stopped = []

    def update(self, at_ns: int, found: Sequence[Blob]) -> list[Track]:
        """Take up a frame, never older than the one before; the tracks there are now, those that stand still too."""
        taken_tracks: set[int] = set()
        taken_blobs: set[int] = set()
        for _, track_index, blob_index in sorted(self._pairs(at_ns, found)):
            if track_index not in taken_tracks and blob_index not in taken_blobs:
                taken_tracks.add(track_index)
                taken_blobs.add(blob_index)
                _follow(self.tracks[track_index], found[blob_index], at_ns)
        covers = [self.tracks[index] for index in taken_tracks]
        kept = []
        self.stopped = []
        for index, track in enumerate(self.tracks):
            if index not in taken_tracks:
                track.now = False
                track.hidden = _hide(track, covers, at_ns)
            if index in taken_tracks or self._stays(track, at_ns):
                kept.append(track)
            elif track.walked and not leaves(track.blob, track.speed_x, track.speed_y):
                self.stopped.append(track)
        for track in covers:
            _stand(track)
        self.tracks = kept
        for index, blob in enumerate(found):
            if index not in taken_blobs:
                self._begin(blob, at_ns)
        return self.tracks

    def _pairs(self, at_ns: int, found: Sequence[Blob]) -> list[tuple[float, int, int]]:
        pairs: list[tuple[float, int, int]] = []
        if not found:
            return pairs
        # Asked once for each blob, not for each pair: with many tracks that is most of the time.
        places = [(index, blob, blob.x, blob.y, blob.width) for index, blob in enumerate(found)]
        for track_index, track in enumerate(self.tracks):
            x, y = track.expected(at_ns)
            since_s = min(1.0, (at_ns - track.seen_ns) / NS_PER_S)
            speed = abs(track.speed_x) + abs(track.speed_y)
            surprise = max(_SURPRISE * speed, _NEW_SPEED if track.hits < SURE_HITS else 2.0)
            reach, width, handicap = _REACH + surprise * since_s, track.width, 0.0 if track.sure else _REACH
            walked, last = track.walked, track.blob
            for blob_index, blob, blob_x, blob_y, blob_width in places:
                away_x, away_y = blob_x - x, blob_y - y
                distance = (away_x * away_x + away_y * away_y) ** 0.5
                near = reach + 0.25 * (blob_width if blob_width > width else width)  # noqa: FURB136
                if distance <= near or (walked and touch(last, blob)):
                    pairs.append((distance + handicap, track_index, blob_index))
        return pairs

    def _stays(self, track: Track, at_ns: int) -> bool:
        unseen_ns = at_ns - track.seen_ns
        if not track.sure:
            return unseen_ns <= _UNSURE_NS
        if leaves(track.blob, track.speed_x, track.speed_y):
            return unseen_ns <= _LEFT_NS
        return unseen_ns <= max(self._patience_ns, _HIDDEN_NS)

    def _begin(self, blob: Blob, at_ns: int) -> None:
        if len(self.tracks) >= MOST_TRACKS:
            unsure = [track for track in self.tracks if not track.sure]
            if not unsure:
                return
            self.tracks.remove(min(unsure, key=lambda track: track.seen_ns))
        self._numbers += 1
        self.tracks.append(
            Track(
                number=self._numbers,
                first_ns=at_ns,
                seen_ns=at_ns,
                x=blob.x,
                y=blob.y,
                foot_x=blob.foot_x,
                foot_y=blob.foot_y,
                width=blob.width,
                height=blob.height,
                born_x=blob.x,
                born_y=blob.y,
                blob=blob,
                smooth_x=blob.x,
                smooth_y=blob.y,
            )
        )


def _follow(track: Track, blob: Blob, at_ns: int) -> None:
    if not track.walked and track.hits > 1:
        x, y = track.expected(at_ns)
        jump = ((blob.x - x) ** 2 + (blob.y - y) ** 2) ** 0.5
        track.jumps += max(_EVEN_SMOOTH, 1 / (track.hits - 1)) * (jump - track.jumps)
    since_s = (at_ns - track.seen_ns) / NS_PER_S
    if since_s > 0:
        weight = 1.0 if track.hits == 1 else _SPEED_SMOOTH
        track.speed_x += weight * ((blob.x - track.x) / since_s - track.speed_x)
        track.speed_y += weight * ((blob.y - track.y) / since_s - track.speed_y)
    track.x, track.y = blob.x, blob.y
    track.height += _SMOOTH * (blob.height - track.height)
    track.width = blob.width
    track.hits += 1
    if not track.walked:
        _walk(track, blob)
    track.seen_ns, track.now, track.hidden, track.blob = at_ns, True, False, blob
    track.shared, track.shares = track.shares, False


def _stand(track: Track) -> None:
    """Take up where it stands, unless that is where another does."""
    if track.shares:
        return
    smooth = 1.0 if track.shared else _SMOOTH
    track.foot_x += smooth * (track.blob.foot_x - track.foot_x)
    track.foot_y += smooth * (track.blob.foot_y - track.foot_y)


def _walk(track: Track, blob: Blob) -> None:
    step_x, step_y = _WALK_SMOOTH * (blob.x - track.smooth_x), _WALK_SMOOTH * (blob.y - track.smooth_y)
    track.smooth_x += step_x
    track.smooth_y += step_y
    track.way += (step_x**2 + step_y**2) ** 0.5
    away = ((track.smooth_x - track.born_x) ** 2 + (track.smooth_y - track.born_y) ** 2) ** 0.5
    track.travelled = max(track.travelled, away)
    track.walked = (
        track.hits >= _WALK_HITS
        and away >= max(WALKED, _STRAIGHT * track.way)
        and track.jumps <= _EVEN + _EVEN_OF_HEIGHT * track.height
    )


def touch(one: Blob, other: Blob) -> bool:
    """Whether one is above the other, or over it: of one who stands now the legs move, now the shoulders."""
    (left, top, right, bottom), (other_left, other_top, other_right, other_bottom) = one.box, other.box
    return left < other_right and other_left < right and top <= other_bottom and other_top <= bottom


def _hide(track: Track, covers: Sequence[Track], at_ns: int) -> bool:
    """Whether it is in one blob with another thing, which is told so: then it goes on as it went."""
    if at_ns - track.seen_ns > _HIDDEN_NS:
        return False
    ahead_s = (at_ns - track.seen_ns) / NS_PER_S
    x, y = track.x + track.speed_x * ahead_s, track.y + track.speed_y * ahead_s
    hidden = False
    for cover in covers:
        left, top, right, bottom = cover.blob.box
        if left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1:
            hidden = True
            cover.shares |= track.walked and track.foot_y > cover.foot_y + _FOOT_APART
    return hidden


def leaves(blob: Blob, step_x: float, step_y: float) -> bool:
    """Whether a thing is at an edge of the picture, going out."""
    left, top, right, bottom = blob.box
    return (
        (left == 0 and step_x < 0)
        or (right == GRID_COLUMNS and step_x > 0)
        or (top == 0 and step_y < 0)
        or (bottom == GRID_ROWS and step_y > 0)
    )
