"""The background: a running, clipped mean and a running mean absolute deviation per pixel, in fixed-point int16.

- Level: ``b += clip(x - b, -4, 4) / 8`` in every fourth frame. The clip bounds the pull of whatever passes (Huber's psi function, 1964), so a road under steady
  traffic keeps its own gray, as with the sigma-delta filter of Manzanera and Richefeu (2007), yet noise is averaged as by a mean.
- Pixels without any evidence follow faster, by a quarter of the difference, without a clip: a cloud's soft edge is caught up with.
- Local light: the difference's own mean over 15x15 pixels, bounded to 20 levels, is taken out, so that clouds, exposure and soft shadows
  cancel while what has a contour stays. Told twice: first from all pixels, then from those alone that hold no evidence after that, so that a
  thing's own light neither weakens it nor leaves a halo around it.
- A full look in every fourth frame with movement: level, exposure, light and noise change slowly. It leaves behind what pictures ought to show, in
  whole gray levels, and the frames until the next are told against that: one pass over 14 kB.
- Noise: ``n += clip(|d| - n, -2, 2) / 64``, which settles near the median of |d| where movement is the exception and rises where it is the rule
  (leaves, water).
- Evidence: how far |d| exceeds max(7, 2 n) levels, cut off at 25 levels: a bright object is no more moving than a dim one.
- A glance first: the picture against the background in whole gray levels, without local light. Where no cell can move by that, the frame is
  done with, and the background learns from every fourth such frame: a quiet scene costs one pass over 14 kB.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import pixel_loops, scene_loops
from analytics.cells import CELL_PX, COLUMNS, ROWS, Plane
from analytics.foliage import Foliage
from analytics.outline import Outlines
from analytics.outline_loops import FRAMED, SCRATCH
from analytics.pixel_loops import LEVEL_SHIFT, NEVER, NOISE_SHIFT, Shorts
from analytics.reduction import Reduction

_REST_RATE_SHIFT: Final = 2  # while nothing moves at all
_RELEARN_SHIFT: Final = 4
_REST_EVERY: Final = 4  # frames between two steps while nothing moves at all
_REST_NOISE_EVERY: Final = 16  # and between two updates of the noise, at 16/64
_REST_NOISE_RATE_SHIFT: Final = 2
_NOISE_RATE_SHIFT: Final = 4  # at each full look
_NOISE_START: Final = (3 * 4) << NOISE_SHIFT
_THRESHOLD_FLOOR: Final = 7 * 4
_EXPOSURE_STEP: Final = 3 << (LEVEL_SHIFT - 1)  # 1.5 levels: less is left to the learning
_EXPOSURE_DARKEST: Final = 8 << LEVEL_SHIFT  # below it a gain would explode
_EXPOSURE_RANGE: Final = (0.25, 4.0)
_JITTER_EVERY: Final = 8  # full looks between two looks at the background's contours
_FIRM_EVERY: Final = 4  # full looks between two steps of a level of what outlines are told against
_SIZES: Final = 16  # of pictures, for which reductions are kept
_GRID: Final = (ROWS // CELL_PX, COLUMNS // CELL_PX)
_MIDDLES: Final = (slice(CELL_PX // 2, None, CELL_PX),) * 2


class Workspace:
    """Scratch planes of one frame's work: nothing in them outlives it, so all detectors of a thread share one set.

    42 detectors with buffers of their own would push each other out of the processor's cache.
    """

    __slots__ = (
        "distance",
        "edges",
        "evidence",
        "foliage",
        "framed",
        "gray",
        "light",
        "lit",
        "outlines",
        "planes",
        "reductions",
        "samples",
        "slopes",
        "soft",
        "sums",
        "words",
        "work",
    )

    def __init__(self) -> None:
        shape = (ROWS, COLUMNS)
        of_rows = (_GRID[0], COLUMNS)
        self.foliage = Foliage()
        self.reductions: dict[tuple[int, ...], Reduction] = {}
        self.light = np.zeros(of_rows, np.int16)
        self.lit = np.zeros(of_rows, np.int16)
        self.soft = np.zeros(of_rows, np.int16)
        self.words = np.zeros(pixel_loops.WORDS, np.int32)
        self.sums = np.zeros((1, COLUMNS), np.uint16)
        self.distance = np.zeros(shape, np.uint8)
        self.evidence = np.zeros(shape, np.uint8)
        self.outlines = np.zeros(SCRATCH, np.uint8)
        self.framed = np.zeros(FRAMED, np.uint8)
        # For what is done now and then.
        self.planes = np.zeros(scene_loops.SCRATCH, np.int16)
        self.slopes = np.zeros(scene_loops.SUMS, np.uint16)
        self.edges = np.zeros(shape, np.uint8)
        self.gray = np.zeros(shape, np.uint8)
        self.samples = np.zeros(pixel_loops.SAMPLES, np.int32)
        self.work = np.zeros(shape, np.int16)

    def reduce(self, luma: Plane) -> Plane:
        """The working picture of an (H, W) uint8 plane of any size; valid until the next call."""
        reduction = self.reductions.get(luma.shape)
        if reduction is None:
            if len(self.reductions) >= _SIZES:
                self.reductions.clear()  # a camera that changes its size at every key frame fills no memory
            reduction = self.reductions[luma.shape] = Reduction(luma.shape[0], luma.shape[1])
        return reduction(luma)


class Background:
    """The model of one camera's empty scene at 90x160: 100 kB. No allocation per frame.

    Args:
        ignored: (90, 160) bool, True where movement is never looked at; None for nowhere.
        workspace: shared by models that one thread works on in turn; its own where None.
    """

    def __init__(self, ignored: NDArray[np.bool_] | None = None, workspace: Workspace | None = None) -> None:
        shape = (ROWS, COLUMNS)
        self._space = workspace or Workspace()
        self._level = np.zeros(shape, np.int16)
        self._noise = np.full(shape, _NOISE_START, np.int16)
        self._floor = np.full(shape, _THRESHOLD_FLOOR, np.uint8)
        self._ignored = np.where(np.zeros(shape, np.bool_) if ignored is None else ignored, NEVER, 0).astype(np.uint8)
        self._threshold = np.maximum(self._ignored, np.uint8(_THRESHOLD_FLOOR))
        seen = self._ignored[_MIDDLES] == 0
        self._seen = seen if seen.any() else np.ones(_GRID, np.bool_)
        self._picture = np.zeros(shape, np.uint8)
        self._expected = np.zeros(shape, np.uint8)
        self._expected_before = np.zeros(shape, np.uint8)
        self._looks = 0
        self._rests = 0
        # What a glance reads, in whole gray levels; the background's only while ``_base_holds``.
        self._base = np.zeros(shape, np.uint8)
        self._base_holds = False
        self.outlines = Outlines(self._space)
        self.glance_threshold = np.empty(shape, np.uint8)
        """Gray levels that a pixel must differ by at a glance, (90, 160), as of the last ``is_quiet``."""

    @property
    def picture(self) -> Plane:
        """The background as gray levels, (90, 160) uint8: a copy, for people."""
        return (self._level >> LEVEL_SHIFT).astype(np.uint8)

    @property
    def threshold_levels(self) -> NDArray[np.float32]:
        """What a pixel must differ by, (90, 160) float32 gray levels: a copy, for people. Ignored pixels hold 63.75."""
        return self._threshold.astype(np.float32) / np.float32(4)

    def is_quiet(self, picture: Plane, least: int) -> bool:
        """Whether by a glance no cell can hold that much evidence; sparse noise and what local light alone would reveal count as nothing.

        Args:
            picture: (90, 160) uint8 gray levels. Where True, go on with ``rest``, else with ``evidence``.
            least: mean evidence of a cell, 1 to ``EVIDENCE_FULL``.
        """
        if not self._base_holds:
            self._prepare_glance()
        space = self._space
        return not pixel_loops.differs(picture, self._base, self.glance_threshold, least, space.distance, space.sums)

    def _prepare_glance(self) -> None:
        pixel_loops.whole_levels(self._level, self._base)
        np.right_shift(self._threshold, 2, out=self.glance_threshold)
        np.maximum(self.glance_threshold, self._ignored, out=self.glance_threshold)
        self._base_holds = True

    def rest(self, picture: Plane, *, sparse: bool = False) -> None:
        """Take up a picture that ``is_quiet`` just found quiet; ``sparse`` where the one before lies long ago."""
        self._rests += _REST_EVERY - self._rests % _REST_EVERY if sparse else 1
        if self._rests % _REST_EVERY:
            return
        pixel_loops.follow_level(picture, self._level, _REST_RATE_SHIFT)
        self._base_holds = False
        if self._rests % _REST_NOISE_EVERY == 0:
            self._look_at_contours()
            self._follow_firmly()
            self._learn_noise(_REST_NOISE_RATE_SHIFT)

    def evidence(self, picture: Plane, active: int, cells: Plane) -> tuple[int, int]:
        """Evidence of movement, the mean of each cell. The full look.

        Args:
            picture: (90, 160) uint8 gray levels. Learn from it afterwards with ``learn``, ``relearn`` or ``absorb``, before it changes.
            active: a mean evidence from which a cell counts.
            cells: out, (18, 32) uint8 from 0 to ``EVIDENCE_FULL``.

        Returns:
            How many cells count, and the largest mean.
        """
        self._base_holds = False  # whatever is learned from it
        self._picture = picture
        space = self._space
        if pixel_loops.exposure_moved(picture, self._level, self._seen, _EXPOSURE_STEP):
            self._follow_exposure(picture)
        self._expected, self._expected_before = self._expected_before, self._expected
        pixel_loops.expect(
            picture, self._level, self._threshold, space.light, space.lit, space.soft, space.words, self._expected
        )
        return self.evidence_again(picture, active, cells)

    def evidence_again(self, picture: Plane, active: int, cells: Plane) -> tuple[int, int]:
        """Likewise, against what the last full look expects, in whole gray levels: light and exposure are as they were then. Nothing is learned from it.

        For the frames that follow a full look closely.
        """
        space = self._space
        return pixel_loops.tell(
            picture, self._expected, self._threshold, active, space.distance, space.evidence, cells, space.sums
        )

    def evidence_before(self, active: int, cells: Plane) -> tuple[int, int]:
        """Likewise, of the picture of the last full look, against what was expected before that look."""
        space = self._space
        return pixel_loops.tell(
            self._picture, self._expected_before, self._threshold, active, space.gray, space.edges, cells, space.sums
        )

    def _follow_exposure(self, picture: Plane) -> None:
        """Scale the background where most of the picture became brighter or darker by the same factor."""
        shift, usual = pixel_loops.exposure(picture, self._level, self._seen, self._space.samples)
        low, high = _EXPOSURE_RANGE
        gain = min(high, max(low, 1 + shift / max(_EXPOSURE_DARKEST, usual)))
        pixel_loops.scale(self._level, gain)

    def learn(self) -> None:
        """Take up the picture of the last full look, slowly."""
        self._looks += 1
        pixel_loops.learn_level(self._picture, self._space.evidence, self._level)
        if self._looks % _JITTER_EVERY == 1:
            self._look_at_contours()
        self._learn_noise(_NOISE_RATE_SHIFT)
        if self._looks % _FIRM_EVERY == 0:
            self._follow_firmly()

    def _follow_firmly(self) -> None:
        pixel_loops.whole_levels(self._level, self._space.gray)
        self.outlines.follow(self._space.gray)

    def _look_at_contours(self) -> None:
        gray = self._space.gray
        pixel_loops.whole_levels(self._level, gray)
        scene_loops.contours(gray, _THRESHOLD_FLOOR, self._space.planes, self._floor)

    def _learn_noise(self, rate_shift: int) -> None:
        pixel_loops.learn_noise(
            self._space.distance, rate_shift, self._floor, self._ignored, self._noise, self._threshold
        )

    def relearn(self, count: int) -> None:
        """Take up the picture last looked at as the ``count``-th of a new background: the first replaces it, later ones average in.

        Args:
            count: from 1; the weight is 1/count rounded to a power of two, at least 1/16.
        """
        pixel_loops.follow_level(self._picture, self._level, min(count.bit_length() - 1, _RELEARN_SHIFT))
        pixel_loops.whole_levels(self._level, self._space.gray)
        self.outlines.learn(self._space.gray)

    def absorb(self, where: NDArray[np.bool_]) -> None:
        """Take the picture last looked at as background where told, at once; ``where`` is (90, 160) bool. Outlines stay as they are."""
        work: Shorts = self._space.work
        np.copyto(work, self._picture)
        np.left_shift(work, LEVEL_SHIFT, out=work)
        np.copyto(self._level, work, where=where)
