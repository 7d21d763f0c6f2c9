"""The motion detector: a luma plane in, a sample of 18x32 cells out; at 640x360 some 25 µs a frame where nothing moves, 95 where something does.

Order of work: reduction, evidence per pixel (``analytics.background``), mean per cell, cells that merely changed and then stand still taken out,
share of the picture against sudden light, joined cells with an edge per zone. See docs/design/motion.md for sources and measured effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.background import Background, Workspace
from analytics.reduction import COLUMNS, ROWS, Plane
from analytics.zones import GRID_COLUMNS, GRID_ROWS, ZoneCells, zone_cells

CELL_THRESHOLD: Final = 23
"""Mean evidence (0 to 100) from which a cell moves: about a quarter of it moves surely."""

_CELL_PX: Final = ROWS // GRID_ROWS
_STILL_TOLERANCE: Final = 8  # evidence by which a cell that stands still may flicker
_STILL_FRAMES: Final = 4  # a cell whose evidence stayed the same so long has changed, not moved: light, ghost, bump
_ABSORB_FRAMES: Final = 30  # and after so many it is background
_ABSORB_EVERY: Final = 8
_EDGE: Final = 52  # quarter levels between neighbours but one, from which a difference has an edge, as things have and light has not
_EDGE_SHARE: Final = 20  # of 255: two pixels of a cell
_SUDDEN_SHARE: Final = 0.6  # of the cells: light, infrared switch or a turned camera where it came at once
_SUDDEN_RISE: Final = 0.35
_SUDDEN_WITHIN_FRAMES: Final = 5
_WHOLE_SHARE: Final = 0.85  # whatever it is, nothing can be told from it
_SETTLE_FRAMES: Final = 12
_UNSETTLED_SHARE: Final = 0.3
_CALIBRATION_LIMIT_FRAMES: Final = 100
_SPARSE_NS: Final = 400_000_000  # frames as far apart are key frames: each of them teaches the background
_SQUARE: Final = np.ones((3, 3), np.uint8)
_WHOLE_PICTURE: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class MotionSample:
    """What moved in one frame.

    Attributes:
        wall_ns: of the frame.
        cells: (18, 32) bits of the cells that differ from the background, row by row, most significant bit first: 72 bytes.
        score: share of the picture's cells that move and do not merely stand changed, 0 to 1.
        zone_scores: the same per zone, share of the zone's own cells, in the zones' order.
        zone_moving: whether enough joined cells of the zone move.
        calibrating: the background is being learned; nothing is said about movement, all scores are 0.
    """

    wall_ns: int
    cells: bytes
    score: float
    zone_scores: tuple[float, ...]
    zone_moving: tuple[bool, ...]
    calibrating: bool

    def grid(self) -> NDArray[np.bool_]:
        """``cells`` unpacked: (18, 32) bool."""
        return unpack_cells(self.cells)


def unpack_cells(cells: bytes) -> NDArray[np.bool_]:
    """(18, 32) bool from 72 packed bytes.

    Raises:
        ValueError: not 72 bytes.
    """
    return np.unpackbits(np.frombuffer(cells, np.uint8)).reshape(GRID_ROWS, GRID_COLUMNS).astype(np.bool_)


def largest_part(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of (18, 32) True cells those of the largest part that hangs together, corners included: what an operator should look at first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    if count <= 2:
        return cells
    part: NDArray[np.bool_] = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return part


@dataclass(slots=True)
class _Calibration:
    """How far a new background has come. ``count`` is 0 where none is being learned."""

    count: int = 1
    frames: int = 0
    recent_shares: list[float] = field(default_factory=lambda: [1.0] * _SUDDEN_WITHIN_FRAMES)

    def sudden(self, share: float) -> bool:
        """Whether so large a share of moving cells, after the recent ones, means that the light changed, not the scene."""
        before = min(self.recent_shares)
        self.recent_shares.append(share)
        self.recent_shares.pop(0)
        return share > _WHOLE_SHARE or (share > _SUDDEN_SHARE and share - before > _SUDDEN_RISE)

    def begin(self) -> None:
        self.count, self.frames = 1, 0

    def step(self, share: float) -> None:
        """One more frame was learned; ``share`` of its cells differed from what was learned before."""
        self.frames += 1
        unsettled = self.count > 1 and share > _UNSETTLED_SHARE
        self.count = 1 if unsettled else self.count + 1
        if self.count > _SETTLE_FRAMES or self.frames >= _CALIBRATION_LIMIT_FRAMES:
            self.count = 0
            self.recent_shares = [0.0] * _SUDDEN_WITHIN_FRAMES


class MotionDetector:
    """One camera's detector. Not thread-safe.

    Args:
        zones: where movement is asked for; may be empty.
        ignored: (90, 160) bool, True where movement is never looked at.
        workspace: shared by the detectors that one thread works on in turn; its own where None.
    """

    def __init__(
        self,
        zones: Sequence[ZoneCells] = (),
        ignored: NDArray[np.bool_] | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        self._zones = tuple(zones)
        self._zone_sizes = tuple(max(1, int(zone.inside.sum())) for zone in self._zones)
        # A keen zone takes fainter edges, a blunt one no harder ones.
        self._zone_edges = tuple(
            min(_EDGE, round(_EDGE * int(zone.threshold.min()) / CELL_THRESHOLD)) for zone in self._zones
        )
        seen = np.ones((ROWS, COLUMNS), np.bool_) if ignored is None else ~ignored
        self._judged_cells = max(1, int(seen.reshape(GRID_ROWS, _CELL_PX, GRID_COLUMNS, _CELL_PX).any((1, 3)).sum()))
        self._space = workspace or Workspace()
        self.background = Background(ignored, self._space)
        self._size: tuple[int, ...] = ()
        self._calibration = _Calibration()
        grid = (GRID_ROWS, GRID_COLUMNS)
        self._grid = np.zeros(grid, np.uint8)
        self._active = np.zeros(grid, np.bool_)
        self._streak_evidence = np.zeros(grid, np.uint8)
        self._streak = np.zeros(grid, np.uint8)
        self._change = np.zeros(grid, np.uint8)
        self._jumped = np.zeros(grid, np.bool_)
        self._fresh = np.zeros(grid, np.bool_)
        self._sure = np.zeros(grid, np.bool_)
        self._joined = np.zeros(grid, np.uint8)
        self._edges = np.zeros(grid, np.uint8)
        # Comparing with an array is quicker than with a number.
        self._one = np.ones(grid, np.uint8)
        self._cell_threshold = np.full(grid, CELL_THRESHOLD, np.uint8)
        self._tolerance = np.full(grid, _STILL_TOLERANCE, np.uint8)
        self._still = np.full(grid, _STILL_FRAMES, np.uint8)
        self._frames = 0
        self._moved = np.zeros(grid, np.uint8)
        self._any_moved = False
        self._whole = zone_cells("", _WHOLE_PICTURE, 0.5, 0.0, CELL_THRESHOLD)
        # Cameras mostly have one zone, which is the whole picture: what moved in it need not be asked twice.
        alike = [zone.sees_as(self._whole) for zone in self._zones]
        self._whole_zone = alike.index(True) if True in alike else None
        self._wall_ns = 0
        self._idle = False  # the last frame held nothing: a glance may do for the next
        self._quiet = (0.0,) * len(self._zones), (False,) * len(self._zones)
        self._least = min([CELL_THRESHOLD, *(int(zone.threshold.min()) for zone in self._zones)])
        self._no_cells = bytes(GRID_ROWS * GRID_COLUMNS // 8)

    @property
    def evidence(self) -> Plane:
        """Mean evidence per cell of the last frame, (18, 32) uint8, 0 to 100; overwritten by the next frame."""
        return self._grid

    @property
    def foreground(self) -> NDArray[np.bool_]:
        """Pixels of the last frame that differ from the background beyond their threshold, (90, 160) bool: a copy, for people.

        Empty where a glance was enough. Of detectors that share a workspace only the last to be updated may be asked.
        """
        return (self._space.evidence > 0) & (not self._idle)

    @property
    def moving(self) -> NDArray[np.bool_]:
        """Cells of the last frame that moved, for the keenest zone, and do not merely stand changed, (18, 32) bool: a copy."""
        return self._fresh & (self._grid >= self._least)

    @property
    def moved(self) -> Plane | None:
        """Evidence of the cells that moved in the last frame, as a zone over the whole picture at sensitivity 0.5 sees them.

        (18, 32) uint8, 0 to 100, 0 where nothing moved; overwritten by the next frame. None where nothing moved at all.
        """
        return self._moved if self._any_moved else None

    def relearn(self) -> None:
        """Learn the background anew from the next frame on: the camera looks elsewhere."""
        self._calibration.begin()
        self._idle = False

    def update(self, luma: Plane, wall_ns: int) -> MotionSample:
        """Look at the next frame.

        Args:
            luma: (H, W) uint8, rows contiguous, any row stride; read only. Its size may change between calls.
            wall_ns: of the frame; copied into the sample.
        """
        if luma.shape != self._size:
            self._size = luma.shape
            self._calibration.begin()
            self._idle = False
        background = self.background
        self._any_moved = False
        sparse = wall_ns - self._wall_ns >= _SPARSE_NS
        self._wall_ns = wall_ns
        picture = self._space.reduce(luma)
        if self._idle and background.is_quiet(picture, self._least):
            background.rest(picture, sparse=sparse)
            return MotionSample(wall_ns, self._no_cells, 0.0, *self._quiet, calibrating=False)
        self._idle = False
        pixels = background.evidence(picture, sparse=sparse)
        cv2.resize(pixels, (GRID_COLUMNS, GRID_ROWS), dst=self._grid, interpolation=cv2.INTER_AREA)
        np.greater_equal(self._grid, self._cell_threshold, out=self._active)
        count = int(np.count_nonzero(self._active))
        share = count / self._judged_cells
        calibration = self._calibration
        if not calibration.count and calibration.sudden(share):
            calibration.begin()
        if calibration.count:
            background.relearn(calibration.count)
            calibration.step(share)
            self._streak.fill(0)
            self._fresh.fill(0)
            return MotionSample(wall_ns, self._no_cells, 0.0, *self._quiet, calibrating=True)
        background.learn()
        if cv2.minMaxLoc(self._grid)[1] < self._least:
            np.copyto(self._streak_evidence, self._grid)
            self._streak.fill(0)
            self._fresh.fill(0)
            self._grid.fill(0)
            self._idle = True
            return MotionSample(wall_ns, self._no_cells, 0.0, *self._quiet, calibrating=False)
        self._follow_streaks()
        cells = np.packbits(self._active).tobytes()
        score = int(np.count_nonzero(self._fresh & self._active)) / self._judged_cells
        return MotionSample(wall_ns, cells, score, *self._look_at_zones(), calibrating=False)

    def _follow_streaks(self) -> None:
        """Count for how long each cell's evidence has stayed the same, and give up those that stand changed."""
        reference, change, streak = self._streak_evidence, self._change, self._streak
        cv2.absdiff(self._grid, reference, dst=change)
        np.greater(change, self._tolerance, out=self._jumped)
        jumped = self._jumped.view(np.uint8)
        # Learning makes the evidence of what stands changed fade by about one a frame: the reference fades along.
        cv2.subtract(reference, self._one, dst=change)
        np.maximum(change, self._grid, out=change)
        np.minimum(reference, change, out=reference)
        cv2.copyTo(self._grid, jumped, reference)
        np.add(streak, self._one, out=streak)
        cv2.copyTo(self._one, jumped, streak)
        np.less_equal(streak, self._still, out=self._fresh)
        self._frames += 1
        if self._frames % _ABSORB_EVERY == 0:
            self._absorb()

    def _keep_edged(self, edge: float) -> None:
        """Of ``_sure`` keep cells in or beside which the difference has an edge: what is soft everywhere is light, a cloud or a moth.

        Only the smallest box around the sure cells and their neighbours is looked at.
        """
        left, top, width, height = cv2.boundingRect(self._sure.view(np.uint8))
        right, bottom = min(GRID_COLUMNS, left + width + 1), min(GRID_ROWS, top + height + 1)
        left, top = max(0, left - 1), max(0, top - 1)
        box = slice(top * _CELL_PX, bottom * _CELL_PX), slice(left * _CELL_PX, right * _CELL_PX)
        distance, across = self._space.distance[box], self._space.edges_across[box]
        across.fill(0)  # the box's rim has neighbours on one side only
        down, inner = self._space.edges_down[box][1:-1, 1:-1], across[1:-1, 1:-1]
        cv2.absdiff(distance[2:, 1:-1], distance[:-2, 1:-1], dst=down)
        cv2.absdiff(distance[1:-1, 2:], distance[1:-1, :-2], dst=inner)
        cv2.max(down, inner, dst=inner)
        cv2.threshold(inner, edge - 1, 255, cv2.THRESH_BINARY, dst=inner)
        edges, sure = self._edges[top:bottom, left:right], self._sure[top:bottom, left:right]
        cv2.resize(across, (right - left, bottom - top), dst=edges, interpolation=cv2.INTER_AREA)
        cv2.threshold(edges, _EDGE_SHARE - 1, 1, cv2.THRESH_BINARY, dst=edges)
        cv2.dilate(edges, _SQUARE, dst=edges)
        np.multiply(sure, edges.view(np.bool_), out=sure)

    def _absorb(self) -> None:
        old = self._streak > _ABSORB_FRAMES
        absorbed = old & self._active
        if absorbed.any():
            self.background.absorb(absorbed.repeat(_CELL_PX, axis=0).repeat(_CELL_PX, axis=1))
        self._streak[old] = _STILL_FRAMES + 1

    def _look_at_zones(self) -> tuple[tuple[float, ...], tuple[bool, ...]]:
        scores: list[float] = []
        moving: list[bool] = []
        for index, (zone, size, edge) in enumerate(zip(self._zones, self._zone_sizes, self._zone_edges, strict=True)):
            score, enough = 0.0, False
            if self._join(zone, edge):
                count = int(np.count_nonzero(self._joined))
                score = count / size
                enough = count >= zone.needed_cells and self._hangs_together(count, zone.needed_cells)
                if index == self._whole_zone:
                    self._keep_moved()
            scores.append(score)
            moving.append(enough)
        if self._whole_zone is None and self._join(self._whole, _EDGE):
            self._keep_moved()
        return tuple(scores), tuple(moving)

    def _join(self, zone: ZoneCells, edge: float) -> bool:
        """Whether anything surely moves in a zone; if so ``_joined`` holds it and the neighbours that move with it."""
        sure = self._sure
        np.greater_equal(self._grid, zone.threshold, out=sure)
        np.logical_and(sure, self._fresh, out=sure)
        if not np.count_nonzero(sure):
            return False
        self._keep_edged(edge)
        # Two thresholds, as Canny (1986): a small thing across several cells fills none of them.
        cv2.dilate(sure.view(np.uint8), _SQUARE, dst=self._joined)
        np.greater_equal(self._grid, zone.possible, out=sure)
        np.multiply(self._joined, sure, out=self._joined)
        return True

    def _keep_moved(self) -> None:
        np.multiply(self._grid, self._joined, out=self._moved)
        self._any_moved = cv2.minMaxLoc(self._moved)[1] > 0

    def _hangs_together(self, count: int, needed: int) -> bool:
        """Whether one part of ``_joined``, which has ``count`` cells, has as many as needed; corners hang together."""
        parts, labels = cv2.connectedComponents(self._joined, connectivity=8)
        if count >= (needed - 1) * (parts - 1) + 1:
            return True  # too many cells for parts that are all smaller (pigeonhole principle)
        return int(np.bincount(labels.ravel())[1:].max()) >= needed
