"""The motion detector: a luma plane in, a sample of 18x32 cells out; at 640x360 some 12 µs a frame where nothing moves, 30 where something does.

Order of work: reduction, evidence per pixel (``analytics.background``), mean per cell, cells that merely changed and then stand still taken out,
share of the picture against sudden light, joined cells with an edge per zone. See docs/design/motion.md for sources and measured effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.background import Background, Workspace
from analytics.calibration import UNSETTLED_SHARE, Calibration
from analytics.camera_shift import ShiftWatch
from analytics.cell_loops import add, sum_up
from analytics.cells import CELL_PX, COLUMNS, ROWS, Plane, pixel_box, pixels
from analytics.habit import Habit
from analytics.outline_loops import join, move, surely
from analytics.peek import Peek
from analytics.streaks import Streaks
from analytics.zones import GRID_COLUMNS, GRID_ROWS, ZoneCells, zone_cells

CELL_THRESHOLD: Final = 23
"""Mean evidence (0 to 100) from which a cell moves: about a quarter of it moves surely."""

_ABSORB_EVERY: Final = 2  # full looks
_EDGE: Final = 13  # levels between neighbours but one: from there on it is an outline, as things have and light has not
_EDGE_SHARE: Final = 20  # of 255: two pixels of a cell
_FAINT: Final = 19  # evidence from which a cell belongs to the mover beside it, for those who count cells
_LOOK_EVERY: Final = 4  # frames with movement from one full look to the next: light, level and noise change slowly
_LOOK_AT_CHANGE: Final = 1 / 16  # of the judged cells more or fewer than at the last full look ask for another at once
_SPARSE_NS: Final = 400_000_000  # frames as far apart are key frames: each of them teaches the background
_THING_CELLS: Final = 3  # with an outline, of what stands …
_THING_SHARE: Final = 0.3  # … and such a share of it: a thing, no light
_SQUARE: Final = np.ones((3, 3), np.uint8)
_WHOLE_PICTURE: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


class MotionSample(msgspec.Struct, frozen=True, gc=False):
    """What moved in one frame. No dataclass: a frozen one takes a microsecond to make.

    Attributes:
        wall_ns: of the frame.
        cells: (18, 32) bits of the cells that differ from the background, and of those beside them that move with them and differ nearly as much; row by
            row, most significant bit first: 72 bytes.
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


def _below(threshold: Plane) -> Plane:
    """What evidence must exceed to reach a threshold, and be any."""
    return np.maximum(threshold, 1) - np.uint8(1)


def largest_part(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of (18, 32) True cells those of the largest part that hangs together, corners included: what an operator should look at first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    if count <= 2:
        return cells
    part: NDArray[np.bool_] = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return part


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
        self._judged_cells = max(1, int(seen.reshape(GRID_ROWS, CELL_PX, GRID_COLUMNS, CELL_PX).any((1, 3)).sum()))
        self._space = workspace or Workspace()
        self.background = Background(ignored, self._space)
        self._peek = Peek(self._space)
        self._shift = ShiftWatch()
        self._picture = self._space.gray
        self._size: tuple[int, ...] = ()
        self._calibration = Calibration()
        grid = (GRID_ROWS, GRID_COLUMNS)
        self._whole = zone_cells("", _WHOLE_PICTURE, 0.5, 0.0, CELL_THRESHOLD)
        # Cameras mostly have one zone, which is the whole picture: what moved in it need not be asked twice.
        alike = [zone.sees_as(self._whole) for zone in self._zones]
        self._whole_zone = alike.index(True) if True in alike else None
        self._habit = Habit()
        self._grid = np.zeros(grid, np.uint8)
        self._streaks = Streaks()
        self._sure = np.zeros(grid, np.uint8)
        self._joined = np.zeros(grid, np.uint8)
        self._moved = np.zeros(grid, np.uint8)
        self._edges = np.zeros(grid, np.uint8)
        self._sure_count = 0
        # Cells that moved, as the zone sees them that is the whole picture; for the others nobody asks.
        elsewhere = np.zeros(grid, np.uint8)
        self._of_zones: tuple[tuple[Any, ...], ...] = tuple(
            (
                *(self._grid, _below(zone.threshold), _below(zone.possible), self._habit.cells, self._streaks.fresh),
                *(self._space.outlines, self._space.framed, self._edges, self._sure, self._joined),
                self._moved if index in (self._whole_zone, len(self._zones)) else elsewhere,
            )
            for index, zone in enumerate((*self._zones, self._whole))
        )
        self._packed = np.zeros(GRID_ROWS * GRID_COLUMNS // 8, np.uint8)
        self._largest = 0
        self._since_look = _LOOK_EVERY
        self._looked_share = 0.0
        self._looks_to_absorb = 0
        self._any_moved = False
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
        return self._streaks.fresh & (self._grid >= self._least)

    @property
    def moved(self) -> Plane | None:
        """Evidence of the cells that moved in the last frame, as a zone over the whole picture at sensitivity 0.5 sees them.

        (18, 32) uint8, 0 to 100, 0 where nothing moved; overwritten by the next frame. None where nothing moved at all.
        """
        return self._moved if self._any_moved else None

    def relearn(self) -> None:
        """Learn the background anew from the next frame on: the camera looks elsewhere."""
        self._calibration.begin()
        self._habit.forget()
        self._peek.forget()
        self._idle = False

    def update(self, luma: Plane, wall_ns: int) -> MotionSample:
        """Look at the next frame.

        Args:
            luma: (H, W) uint8, rows contiguous, any row stride; read only. Its size may change between calls.
            wall_ns: of the frame; copied into the sample.
        """
        if luma.shape != self._size:
            self._size = luma.shape
            self.relearn()
        background = self.background
        self._any_moved = False
        sparse = wall_ns - self._wall_ns >= _SPARSE_NS
        self._wall_ns = wall_ns
        if self._stays_quiet(luma, sparse=sparse):
            return MotionSample(wall_ns, self._no_cells, 0.0, *self._quiet, calibrating=False)
        picture = self._picture
        calibration = self._calibration
        self._since_look += 1
        again = not (sparse or calibration.count or self._since_look >= _LOOK_EVERY)
        share = self._look_again(picture) if again else 0.0
        if not again or abs(share - self._looked_share) > _LOOK_AT_CHANGE:
            share, again = self._look_fully(picture), False
        sudden = not calibration.count and calibration.sudden(share)
        shifted = not sudden and calibration.count != 1 and self._shift.moved(self._grid, picture, background)
        if shifted:
            self._habit.forget()
        if sudden or shifted:
            if again:
                share, again = self._look_fully(picture), False
            calibration.begin()
        if calibration.count:
            self._calibrate(picture, share)
            return MotionSample(wall_ns, self._no_cells, 0.0, *self._quiet, calibrating=True)
        if not again:
            background.learn()
        if self._largest < self._least:
            self._streaks.rest(self._grid)
            self._grid.fill(0)
            self._idle = True
            self._shift.rest()
            return MotionSample(wall_ns, self._no_cells, 0.0, *self._quiet, calibrating=False)
        self._streaks.follow(self._grid, None if again else self._before)
        if not again:
            self._looks_to_absorb += 1
            if self._looks_to_absorb % _ABSORB_EVERY == 0:
                self._absorb()
        self._habit.learn(self._grid)
        score = sum_up(self._grid, CELL_THRESHOLD, self._streaks.fresh, self._packed) / self._judged_cells
        zone_scores, zone_moving = self._look_at_zones()
        if self._any_moved:
            add(self._moved, _FAINT, self._packed)
        return MotionSample(wall_ns, self._packed.tobytes(), score, zone_scores, zone_moving, calibrating=False)

    def _calibrate(self, picture: Plane, share: float) -> None:
        calibration = self._calibration
        if calibration.count == 1:
            self._shift.begin(picture)
        self.background.relearn(calibration.count)
        if calibration.count > 2 and share < UNSETTLED_SHARE:
            self._habit.learn(self._grid)
        calibration.step(share)
        if not calibration.count and self._shift.turns_on(picture):
            calibration.begin()
        self._streaks.forget()

    def _stays_quiet(self, luma: Plane, *, sparse: bool) -> bool:
        """Whether by a glance nothing moves that did not before either; ``_picture`` holds the frame where not."""
        if self._idle and not sparse and self._peek.is_quiet(luma, self._least):
            self._habit.rest()
            return True
        picture = self._picture = self._space.reduce(luma)
        if self._idle and self.background.is_quiet(picture, self._least):
            # Frames that were only peeked at taught it nothing.
            self.background.rest(picture, sparse=sparse or self._peek.in_use)
            self._habit.rest()
            self._peek.learn(luma, self.background.glance_threshold)
            return True
        if self._idle:
            self._since_look = _LOOK_EVERY  # what was expected is old
            self._peek.forget()
        self._idle = False
        return False

    def _look_fully(self, picture: Plane) -> float:
        """The mean evidence of each cell into ``_grid``; the share of the judged cells that it makes active."""
        self._since_look = 0
        count, self._largest = self.background.evidence(picture, CELL_THRESHOLD, self._grid)
        self._looked_share = count / self._judged_cells
        return self._looked_share

    def _look_again(self, picture: Plane) -> float:
        count, self._largest = self.background.evidence_again(picture, CELL_THRESHOLD, self._grid)
        return count / self._judged_cells

    def _before(self) -> Plane:
        """The mean evidence of each cell by what was expected before the full look that was just taken."""
        self.background.evidence_before(CELL_THRESHOLD, self._edges)
        return self._edges

    def _keep_hiding(self) -> int:
        """Of ``_sure``, all of which may be leaves, keep cells in which something hides them; how many they are."""
        left, top, width, height = cv2.boundingRect(self._sure)
        rows = slice(max(0, top - 1), min(GRID_ROWS, top + height + 1))
        columns = slice(max(0, left - 1), min(GRID_COLUMNS, left + width + 1))
        sure, box = self._sure[rows, columns], pixel_box(rows, columns)
        outlines, edges = self.background.outlines, self._edges[rows, columns]
        cv2.resize(outlines.steep(box), edges.shape[::-1], dst=edges, interpolation=cv2.INTER_AREA)
        cv2.threshold(edges, _EDGE_SHARE - 1, 1, cv2.THRESH_BINARY, dst=edges)
        cv2.dilate(edges, _SQUARE, dst=edges)
        np.bitwise_and(edges, sure, out=edges)
        if cv2.countNonZero(edges):
            np.bitwise_and(edges, self._space.foliage.hidden(self._picture, outlines.empty, (rows, columns)), out=edges)
        np.copyto(sure, edges)
        return cv2.countNonZero(edges)

    def _absorb(self) -> None:
        """Make background of what has stood changed for long.

        Outlines are told against a scene that takes in things only, with what stands around them: light that is taken in cell by cell would have
        hard borders where it moves on.
        """
        old = self._streaks.take_standing()
        absorbed = old & (self._grid >= CELL_THRESHOLD)
        if absorbed.any():
            things = self._things(absorbed)
            self.background.absorb(pixels(absorbed))
            self.background.outlines.absorb(self._picture, pixels(things & old))

    def _things(self, cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of (18, 32) True cells those of the parts that have outlines in or beside so many of their cells that it is no noise; and all next to these."""
        edges = self._edges
        self.background.outlines.find(self._picture, _EDGE, edges)
        parts, labels = cv2.connectedComponents(cells.view(np.uint8), connectivity=8, ltype=cv2.CV_16U)
        outlined = np.bincount(cv2.dilate(labels, _SQUARE)[edges.view(np.bool_)], minlength=parts)
        things = outlined >= np.maximum(_THING_CELLS, _THING_SHARE * np.bincount(labels.ravel(), minlength=parts))
        things[0] = False
        return cv2.dilate(things[labels].view(np.uint8), _SQUARE).view(np.bool_)

    def _look_at_zones(self) -> tuple[tuple[float, ...], tuple[bool, ...]]:
        scores: list[float] = []
        moving: list[bool] = []
        for index, (zone, size, edge) in enumerate(zip(self._zones, self._zone_sizes, self._zone_edges, strict=True)):
            count = self._join(index, edge)
            scores.append(count / size)
            moving.append(count >= zone.needed_cells and self._hangs_together(count, zone.needed_cells))
            if count and index == self._whole_zone:
                self._any_moved = True
        if self._whole_zone is None:
            self._any_moved = self._join(len(self._zones), _EDGE) > 0
        return tuple(scores), tuple(moving)

    def _join(self, index: int, edge: int) -> int:
        """How many cells move in a zone (the last is the whole picture): those that surely do and neighbours that move with them, in ``_joined``."""
        of_zone, outlines = self._of_zones[index], self.background.outlines
        if not outlines.range_holds:
            evidence, threshold, _, usual, fresh, *_ = of_zone
            if not surely(evidence, threshold, fresh, usual, self._sure)[0]:
                return 0  # nobody asks for it
        count, self._sure_count = move(*outlines.against(self._picture), edge, *of_zone)
        if count >= 0:
            return count
        self._sure_count = self._keep_hiding()
        evidence, _, possible, usual, *_, moved = of_zone
        return join(evidence, possible, usual, self._sure, self._space.framed, self._joined, moved)

    def _hangs_together(self, count: int, needed: int) -> bool:
        """Whether one part of ``_joined``, which has ``count`` cells, has as many as needed; corners hang together."""
        # Too many cells for parts that are all smaller (pigeonhole principle); each part holds a cell that surely moves.
        if count > (needed - 1) * self._sure_count:
            return True
        parts, labels = cv2.connectedComponents(self._joined, connectivity=8)
        if count > (needed - 1) * (parts - 1):
            return True
        return int(np.bincount(labels.ravel())[1:].max()) >= needed
