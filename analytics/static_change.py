"""What stands where nothing stood, or is gone: a second background that learns slowly, beside the detector's, which takes in what stands within seconds.

Two backgrounds with different speeds: Porikli, Ivanov and Haga, "Robust abandoned object detection using dual foregrounds", EURASIP Journal on Advances in
Signal Processing 2008. Left or taken is told by where the change's outline is an edge, now or before: San Miguel and Martínez, "Robust unattended and
stolen object detection by fusing simple algorithms", AVSS 2008. One camera's state; looked at every two seconds, some ten microseconds where nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.cells import COLUMNS, ROWS, Plane
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S

LOOK_NS: Final = 2 * NS_PER_S
_SETTLE_LOOKS: Final = 8
_LEVELS: Final = 12  # gray levels by which a pixel must differ
_QUIET_SUM: Final = 40.0  # gray levels beyond that, over the whole picture: less than a thing of 6 pixels
_LEAST_PX: Final = 8
_LARGEST_SHARE: Final = 0.3
_LIGHT_CLIP: Final = 20
_LIGHT_WINDOW: Final = (31, 31)  # wider than a thing: what a whole neighbourhood shares is light
_LEARN_EVERY: Final = 4
_LEARN: Final = 0.3
_FORGET_NS: Final = 7 * NS_PER_S  # something passes before it
_TOGETHER_NS: Final = 5 * NS_PER_S
_EDGE: Final = 8.0  # gray levels; what is softer all around is light
_EDGE_RATIO: Final = 1.15
_SQUARE: Final = np.ones((3, 3), np.uint8)
_CELL_PX: Final = ROWS // GRID_ROWS


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A part of the picture that has changed and stayed so.

    Attributes:
        kind: something is there that was not, or is gone.
        since_ns: from when on, media time.
        pixels: (90, 160) bool, which.
        cells: (18, 32) bool, the cells that they touch.
        share: of the picture, with what it encloses: parts of a thing look like the ground behind it.
        moving: in which share of the looks since then something moved there, 0 to 1.
        visited: the share of it at which somebody was who walks, shortly before it was first seen.
        edge_now: mean gradient along its outline in the picture as it is, gray levels.
        edge_before: in the picture as it was.
    """

    kind: Literal["left", "taken"]
    since_ns: int
    pixels: NDArray[np.bool_]
    cells: NDArray[np.bool_]
    share: float
    moving: float
    visited: float
    edge_now: float
    edge_before: float


class StaticChanges:
    """One camera's slow background, and what differs from it.

    Args:
        longest_ns: what has stayed for so long becomes background.
        ignored: (90, 160) bool, where nothing is looked at.
    """

    def __init__(self, longest_ns: int, ignored: NDArray[np.bool_] | None = None) -> None:
        shape = (ROWS, COLUMNS)
        self._longest_ns = longest_ns
        self._ignored = ignored
        self._slow = np.zeros(shape, np.float32)
        self._was = np.zeros(shape, np.uint8)
        self._excess = np.zeros(shape, np.uint8)
        self._floor = np.full(shape, _LEVELS, np.uint8)
        if ignored is not None:
            self._floor[ignored] = 255
        self._since = np.zeros(shape, np.int64)
        self._changed_ns = np.zeros(shape, np.int64)
        self._visited = np.zeros(shape, np.bool_)
        self._moved = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        self._moved_looks = np.zeros((GRID_ROWS, GRID_COLUMNS), np.int32)
        self._looks = 0
        self._next_ns: int | None = None
        self._any = False

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return self._any

    def restart(self) -> None:
        """The scene is another: begin anew with the next looks."""
        self._looks, self._next_ns, self._any = 0, None, False
        self._since.fill(0)
        self._moved.fill(0)

    def note(self, moved: NDArray[np.bool_]) -> None:
        """Cells that moved in a frame, (18, 32) bool."""
        np.logical_or(self._moved, moved, out=self._moved)

    def due(self, at_ns: int) -> bool:
        """Whether to look now."""
        return self._next_ns is None or at_ns >= self._next_ns

    def look(self, at_ns: int, picture: Plane, visited: NDArray[np.bool_]) -> list[Change]:
        """What has changed and stayed so.

        Args:
            at_ns: media time.
            picture: the detector's background, (90, 160) uint8: what stands still, without what passes.
            visited: (18, 32) bool, where somebody has lately been.
        """
        self._next_ns = at_ns + LOOK_NS
        self._looks += 1
        if self._looks <= _SETTLE_LOOKS:
            cv2.accumulateWeighted(picture, self._slow, 1.0 if self._looks == 1 else 0.5)
            cv2.convertScaleAbs(self._slow, dst=self._was)
            self._moved.fill(0)
            return []
        cv2.absdiff(picture, self._was, dst=self._excess)
        cv2.subtract(self._excess, self._floor, dst=self._excess)
        if cv2.norm(self._excess, cv2.NORM_L1) < _QUIET_SUM:
            if self._any:
                self._any = False
                self._since.fill(0)
            if self._looks % _LEARN_EVERY == 0:
                cv2.accumulateWeighted(picture, self._slow, _LEARN)
                cv2.convertScaleAbs(self._slow, dst=self._was)
            self._moved.fill(0)
            return []
        return _without_rims(list(self._look_closely(at_ns, picture, visited)))

    def absorb(self, change: Change, picture: Plane) -> None:
        """It was told: from now on it is background, with its rim and all that came with it beside it, which else would be told next."""
        grown = cv2.dilate(change.pixels.view(np.uint8), _SQUARE).view(np.bool_)
        beside = cv2.dilate(change.cells.view(np.uint8), _SQUARE).repeat(_CELL_PX, axis=0).repeat(_CELL_PX, axis=1)
        together = (self._since > 0) & (np.abs(self._since - change.since_ns) <= _TOGETHER_NS)
        grown |= together & beside.view(np.bool_)
        self._slow[grown] = picture[grown]
        self._since[grown] = 0
        cv2.convertScaleAbs(self._slow, dst=self._was)

    def _look_closely(self, at_ns: int, picture: Plane, visited: NDArray[np.bool_]) -> Iterator[Change]:
        difference = picture.astype(np.int16) - self._was
        light = cv2.blur(np.clip(difference, -_LIGHT_CLIP, _LIGHT_CLIP), _LIGHT_WINDOW)
        changed = np.abs(difference - light) > self._floor
        if self._ignored is not None:
            changed &= ~self._ignored
        self._changed_ns[changed] = at_ns
        fresh = changed & (self._since == 0)
        self._since[fresh] = at_ns
        self._visited[fresh] = visited.repeat(_CELL_PX, axis=0).repeat(_CELL_PX, axis=1)[fresh]
        self._since[~changed & (at_ns - self._changed_ns > _FORGET_NS)] = 0
        cells_changed = changed.reshape(GRID_ROWS, _CELL_PX, GRID_COLUMNS, _CELL_PX).any((1, 3))
        self._moved_looks[self._moved] += 1
        self._moved_looks[~cells_changed] = 0
        self._moved.fill(0)
        self._any = bool(changed.any())
        if float(changed.mean()) > _LARGEST_SHARE:
            self.restart()  # the light, or the camera: nothing can be told from it
            return
        if self._looks % _LEARN_EVERY == 0:
            old = (self._since > 0) & (at_ns - self._since > self._longest_ns)
            self._slow[old] = picture[old]
            self._since[old] = 0
            cv2.accumulateWeighted(picture, self._slow, _LEARN, mask=(self._since == 0).view(np.uint8))
            cv2.convertScaleAbs(self._slow, dst=self._was)
        count, labels, statistics, _ = cv2.connectedComponentsWithStats(changed.view(np.uint8), connectivity=8)
        for index in range(1, count):
            if statistics[index, cv2.CC_STAT_AREA] >= _LEAST_PX:
                found = self._change(at_ns, picture, labels == index)
                if found is not None:
                    yield found

    def _change(self, at_ns: int, picture: Plane, pixels: NDArray[np.bool_]) -> Change | None:
        plain = pixels.view(np.uint8)
        if not cv2.erode(plain, np.ones((2, 2), np.uint8)).any():
            return None  # a shadow's edge that creeps
        band = (cv2.dilate(plain, _SQUARE) - cv2.erode(plain, _SQUARE)).view(np.bool_)
        edge_now = float(cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, _SQUARE)[band].mean())
        edge_before = float(cv2.morphologyEx(self._was, cv2.MORPH_GRADIENT, _SQUARE)[band].mean())
        if max(edge_now, edge_before) < _EDGE or max(edge_now, edge_before) < _EDGE_RATIO * min(edge_now, edge_before):
            return None
        since_ns = int(np.median(self._since[pixels]))
        cells: NDArray[np.bool_] = np.asarray(
            pixels.reshape(GRID_ROWS, _CELL_PX, GRID_COLUMNS, _CELL_PX).any(axis=(1, 3))
        )
        looks = max(1, (at_ns - since_ns) // LOOK_NS)
        return Change(
            kind="left" if edge_now > edge_before else "taken",
            since_ns=since_ns,
            pixels=pixels,
            cells=cells,
            share=_extent_px(plain) / pixels.size,
            moving=min(1.0, float(self._moved_looks[cells].mean()) / looks),
            visited=float(self._visited[pixels].mean()),
            edge_now=round(edge_now, 1),
            edge_before=round(edge_before, 1),
        )


def _extent_px(pixels: Plane) -> int:
    """Pixels within the convex hull of (90, 160) uint8 ones."""
    filled = np.zeros_like(pixels)
    cv2.fillConvexPoly(filled, cv2.convexHull(cv2.findNonZero(pixels)), 1)
    return cv2.countNonZero(filled)


def _without_rims(changes: list[Change]) -> list[Change]:
    """All but those that came with a larger one and beside it: of a thing that hides an edge of the street a part looks like something taken."""

    def is_rim(change: Change, other: Change) -> bool:
        return (
            change.share < other.share
            and abs(change.since_ns - other.since_ns) <= _TOGETHER_NS
            and bool((cv2.dilate(other.cells.view(np.uint8), _SQUARE).view(np.bool_) & change.cells).any())
        )

    return [change for change in changes if not any(is_rim(change, other) for other in changes)]
