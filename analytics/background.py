"""The background: a running, clipped mean and a running mean absolute deviation per pixel, in fixed-point int16.

- Level: ``b += clip(x - b, -4, 4) / 8`` in every fourth frame. The clip bounds the pull of whatever passes (Huber's psi function, 1964), so a road under steady
  traffic keeps its own gray, as with the sigma-delta filter of Manzanera and Richefeu (2007), yet noise is averaged as by a mean.
- Pixels without any evidence follow faster, by a quarter of the difference, without a clip: a cloud's soft edge is caught up with.
- Local light: the difference's own mean over 15x15 pixels, bounded to 20 levels, is taken out, so that clouds, exposure and soft shadows
  cancel while what has a contour stays. Told twice: first from all pixels, then from those alone that hold no evidence after that, so that a
  thing's own light neither weakens it nor leaves a halo around it.
- A full look in every fourth frame with movement: level, exposure, light and noise change slowly. It leaves behind what pictures ought to show, in
  whole gray levels, and the frames until the next are told against that: three passes over 14 kB.
- Noise: ``n += clip(|d| - n, -2, 2) / 64``, which settles near the median of |d| where movement is the exception and rises where it is the rule
  (leaves, water).
- Evidence: how far |d| exceeds max(7, 2 n) levels, cut off at 25 levels: a bright object is no more moving than a dim one.
- A glance first: the picture against the background in whole gray levels, without local light. Where no cell can move by that, the frame is
  done with, and the background learns from every fourth such frame: a quiet scene costs three passes over 14 kB, not twenty over 28.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.foliage import Foliage
from analytics.outline import Outlines
from analytics.reduction import COLUMNS, ROWS, Plane, Reduction

EVIDENCE_FULL: Final = 100
"""Evidence of a pixel that certainly moves; in quarter levels, so 25 gray levels above its threshold."""

_LEVEL_SHIFT: Final = 7  # level is kept in 1/128 gray levels: 255 * 128 fits int16
_LEVEL_CLIP: Final = 4 << _LEVEL_SHIFT
_LEVEL_RATE_SHIFT: Final = 3  # of pixels with evidence, at each full look
_QUIET_RATE_SHIFT: Final = 2  # and of those without
_REST_RATE_SHIFT: Final = 2  # while nothing moves at all
_RELEARN_SHIFT: Final = 4
_REST_EVERY: Final = 4  # frames between two steps while nothing moves at all
_REST_NOISE_EVERY: Final = 16  # and between two updates of the noise, at 16/64
_REST_NOISE_RATE_SHIFT: Final = 2
_GLANCE_PER_LEVEL: Final = 5  # a level is 4 of evidence; 5 leaves room for rounding
_LIGHT_CLIP: Final = 20 << _LEVEL_SHIFT
_LIGHT_WINDOW: Final = (15, 3)  # 15 columns, the middle rows of three rows of cells
_QUARTERS: Final = 4 / (1 << _LEVEL_SHIFT)  # from 1/128 levels to quarter levels
_NOISE_SHIFT: Final = 6  # noise is kept in 1/64 of a quarter level
_NOISE_CLIP: Final = (2 * 4) << _NOISE_SHIFT
_NOISE_RATE_SHIFT: Final = 4  # at each full look
_NOISE_START: Final = (3 * 4) << _NOISE_SHIFT
_THRESHOLD_FLOOR: Final = 7 * 4
_THRESHOLD_CEILING: Final = (
    255 - EVIDENCE_FULL
)  # |d| saturates at 255 quarter levels; full evidence must stay within reach
_NEVER: Final = 255
_EXPOSURE_STEP: Final = 3 << (_LEVEL_SHIFT - 1)  # 1.5 levels: less is left to the learning
_EXPOSURE_DARKEST: Final = 8 << _LEVEL_SHIFT  # below it a gain would explode
_EXPOSURE_RANGE: Final = (0.25, 4.0)
_JITTER_EVERY: Final = 8  # full looks between two looks at the background's contours
_JITTER_SHARE: Final = 0.2  # of a working pixel, by which contours may shake
_FIRM_EVERY: Final = 4  # full looks between two steps of a level of what outlines are told against
_SIZES: Final = 16  # of pictures, for which reductions are kept
_SQUARE: Final = np.ones((3, 3), np.uint8)
_CELL_PX: Final = 5
GRID_ROWS: Final = ROWS // _CELL_PX
_MIDDLES: Final = (slice(_CELL_PX // 2, None, _CELL_PX),) * 2
_CELLS: Final = (COLUMNS // _CELL_PX, ROWS // _CELL_PX)


class Workspace:
    """Scratch planes of one frame's work: nothing in them outlives it, so all detectors of a thread share one set.

    42 detectors with buffers of their own would push each other out of the processor's cache.
    """

    __slots__ = (
        "black",
        "ceiling",
        "cells",
        "distance",
        "edge_limits",
        "edges",
        "error",
        "evidence",
        "foliage",
        "full",
        "gray",
        "level_high",
        "level_low",
        "levels",
        "light",
        "light_high",
        "light_low",
        "light_rows",
        "lit",
        "noise_high",
        "noise_low",
        "noises",
        "picture",
        "quiet",
        "reductions",
        "soft",
        "work",
    )

    def __init__(self) -> None:
        shape = (ROWS, COLUMNS)
        self.foliage = Foliage()
        self.reductions: dict[tuple[int, ...], Reduction] = {}
        self.picture = np.zeros(shape, np.int16)
        self.error = np.zeros(shape, np.int16)
        self.work = np.zeros(shape, np.int16)
        self.light = np.zeros((GRID_ROWS, COLUMNS), np.int16)
        self.light_rows = np.zeros((GRID_ROWS, _CELL_PX * COLUMNS), np.int16)
        self.lit = np.zeros((GRID_ROWS, COLUMNS), np.int16)
        self.soft = np.zeros((GRID_ROWS, COLUMNS), np.int16)
        self.distance = np.zeros(shape, np.uint8)
        self.edges = np.zeros(shape, np.uint8)
        self.edge_limits = np.zeros(shape, np.uint8)
        self.full = np.full(shape, EVIDENCE_FULL, np.uint8)
        self.cells = np.zeros(_CELLS[::-1], np.uint8)
        self.evidence = np.zeros(shape, np.uint8)
        self.gray = np.zeros(shape, np.uint8)
        self.quiet = np.zeros(shape, np.bool_)
        # Two-array minimum and maximum are vectorised, those with a scalar are not.
        self.light_high = np.full_like(self.light, _LIGHT_CLIP)
        self.light_low = np.full_like(self.light, -_LIGHT_CLIP)
        self.level_high = np.full(shape, _LEVEL_CLIP, np.int16)
        self.level_low = np.full(shape, -_LEVEL_CLIP, np.int16)
        self.noise_high = np.full(shape, _NOISE_CLIP, np.int16)
        self.noise_low = np.full(shape, -_NOISE_CLIP, np.int16)
        # As is a product, which a shift to the left is not.
        self.levels = np.full(shape, 1 << _LEVEL_SHIFT, np.int16)
        self.noises = np.full(shape, 1 << _NOISE_SHIFT, np.int16)
        self.ceiling = np.full(shape, _THRESHOLD_CEILING, np.int16)
        self.black = np.zeros(shape, np.int16)

    def reduce(self, luma: Plane) -> Plane:
        """The working picture of an (H, W) uint8 plane of any size; valid until the next call."""
        reduction = self.reductions.get(luma.shape)
        if reduction is None:
            if len(self.reductions) >= _SIZES:
                self.reductions.clear()  # a camera that changes its size at every key frame fills no memory
            reduction = self.reductions[luma.shape] = Reduction(luma.shape[0], luma.shape[1])
        return reduction(luma)


def is_enough(excess: Plane, cells: Plane, least: int) -> bool:
    """Whether in some cell gray levels beyond the threshold, (90, 160) uint8, may amount to a mean evidence of ``least``; ``cells``: scratch, (18, 32)."""
    if cv2.norm(excess, cv2.NORM_L1) * _GLANCE_PER_LEVEL < least * _CELL_PX * _CELL_PX:
        return False
    cv2.resize(excess, _CELLS, dst=cells, interpolation=cv2.INTER_AREA)
    return cv2.minMaxLoc(cells)[1] * _GLANCE_PER_LEVEL >= least


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
        self._floor = np.full(shape, _THRESHOLD_FLOOR, np.int16)
        self._threshold = np.empty(shape, np.uint8)
        self._ignored = np.where(np.zeros(shape, np.bool_) if ignored is None else ignored, _NEVER, 0).astype(np.uint8)
        self._sample = np.empty(_CELLS[::-1], np.int16)  # the middle of each cell
        seen = np.flatnonzero(self._ignored[_MIDDLES] == 0)
        self._seen = seen if 0 < len(seen) < self._sample.size else None
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
        self._set_threshold()

    @property
    def picture(self) -> Plane:
        """The background as gray levels, (90, 160) uint8: a copy, for people."""
        return (self._level >> _LEVEL_SHIFT).astype(np.uint8)

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
        distance, excess = self._space.distance, self._space.evidence
        cv2.absdiff(picture, self._base, dst=distance)
        cv2.subtract(distance, self.glance_threshold, dst=excess)
        return not is_enough(excess, self._space.cells, least)

    def _prepare_glance(self) -> None:
        cv2.convertScaleAbs(self._level, dst=self._base, alpha=1 / (1 << _LEVEL_SHIFT))
        np.right_shift(self._threshold, 2, out=self.glance_threshold)
        np.maximum(self.glance_threshold, self._ignored, out=self.glance_threshold)
        self._base_holds = True

    def rest(self, picture: Plane, *, sparse: bool = False) -> None:
        """Take up a picture that ``is_quiet`` just found quiet; ``sparse`` where the one before lies long ago."""
        self._rests += _REST_EVERY - self._rests % _REST_EVERY if sparse else 1
        if self._rests % _REST_EVERY:
            return
        work = self._space.work
        np.copyto(work, picture)
        np.multiply(work, self._space.levels, out=work)
        np.subtract(work, self._level, out=work)
        np.right_shift(work, _REST_RATE_SHIFT, out=work)
        np.add(self._level, work, out=self._level)
        self._base_holds = False
        if self._rests % _REST_NOISE_EVERY == 0:
            cv2.add(self._space.distance, self._space.distance, dst=self._space.distance)
            cv2.add(self._space.distance, self._space.distance, dst=self._space.distance)  # quarter levels
            self._look_at_contours()
            self._follow_firmly()
            self._learn_noise(_REST_NOISE_RATE_SHIFT)

    def evidence(self, picture: Plane) -> Plane:
        """Evidence of movement per pixel, (90, 160) uint8 from 0 to ``EVIDENCE_FULL``; valid until the next call. The full look.

        Args:
            picture: (90, 160) uint8 gray levels. Learn from it afterwards with ``learn``, ``relearn`` or ``absorb``.
        """
        self._base_holds = False  # whatever is learned from it
        error, work = self._space.error, self._space.work
        np.copyto(self._space.picture, picture)  # and then in place: what also converts would allocate buffers
        np.multiply(self._space.picture, self._space.levels, out=self._space.picture)
        np.subtract(self._space.picture, self._level, out=error)
        self._follow_exposure()
        self._take_out_light(error, work)
        cv2.convertScaleAbs(work, dst=self._space.distance, alpha=_QUARTERS)
        self._expect()
        return self.evidence_again(picture)

    def evidence_again(self, picture: Plane) -> Plane:
        """Likewise, against what the last full look expects, in whole gray levels: light and exposure are as they were then. Nothing is learned from it.

        A third of the passes over half of the bytes; for the frames that follow a full look closely.
        """
        return self._beside(picture, self._expected, self._space.distance, self._space.evidence)

    def evidence_before(self, picture: Plane) -> Plane:
        """Likewise, of the picture of the last full look, against what was expected before that look; valid until outlines are looked for."""
        return self._beside(picture, self._expected_before, self._space.edge_limits, self._space.edges)

    def _beside(self, picture: Plane, expected: Plane, distance: Plane, out: Plane) -> Plane:
        cv2.absdiff(picture, expected, dst=distance)
        cv2.add(distance, distance, dst=distance)  # twice is quicker than a conversion by 4
        cv2.add(distance, distance, dst=distance)
        cv2.subtract(distance, self._threshold, dst=out)
        np.minimum(out, self._space.full, out=out)
        return out

    def _expect(self) -> None:
        """What pictures ought to show as long as level and light stay as they are; the light as far as it is not a thing's own."""
        space = self._space
        self._expected, self._expected_before = self._expected_before, self._expected
        np.less_equal(space.distance, self._threshold, out=space.quiet)
        space.lit.fill(0)
        cv2.copyTo(space.light, space.quiet[_CELL_PX // 2 :: _CELL_PX].view(np.uint8), space.lit)
        cv2.add(self._level, self._blurred(space.lit), dst=space.work)  # cut off at white; numpy's runs over into black
        np.maximum(space.work, space.black, out=space.work)
        cv2.convertScaleAbs(space.work, dst=self._expected, alpha=1 / (1 << _LEVEL_SHIFT))

    def _take_out_light(self, error: NDArray[np.int16], out: NDArray[np.int16]) -> None:
        """Subtract the light that a whole neighbourhood shares: the middle row of each row of cells stands for its five."""
        space = self._space
        np.minimum(error[_CELL_PX // 2 :: _CELL_PX], space.light_high, out=space.light)
        np.maximum(space.light, space.light_low, out=space.light)
        np.subtract(error, self._blurred(space.light), out=out)

    def _blurred(self, light: NDArray[np.int16]) -> NDArray[np.int16]:
        """A row of each row of cells, (18, 160), as the mean over the neighbourhood of each pixel, (90, 160); valid until the next call."""
        cv2.blur(light, _LIGHT_WINDOW, dst=self._space.soft)
        # Laid out row by row: numpy would allocate buffers to stretch it in what is done with it.
        cv2.repeat(self._space.soft, 1, _CELL_PX, dst=self._space.light_rows)
        return self._space.light_rows.reshape(ROWS, COLUMNS)

    def _follow_exposure(self) -> None:
        """Scale the background where most of the picture became brighter or darker by the same factor."""
        shift = self._median(self._space.error)
        if abs(shift) <= _EXPOSURE_STEP:
            return
        base = max(_EXPOSURE_DARKEST, self._median(self._level))
        low, high = _EXPOSURE_RANGE
        gain = min(high, max(low, 1 + shift / base))
        cv2.convertScaleAbs(self._level, dst=self._space.gray, alpha=gain / (1 << _LEVEL_SHIFT))
        np.copyto(self._level, self._space.gray)
        np.left_shift(self._level, _LEVEL_SHIFT, out=self._level)
        np.subtract(self._space.picture, self._level, out=self._space.error)

    def _median(self, values: NDArray[np.int16]) -> int:
        np.copyto(self._sample, values[_MIDDLES])
        sample = self._sample.reshape(-1)
        if self._seen is not None:
            sample = sample[self._seen]
        middle = len(sample) // 2
        sample.partition(middle)
        return int(sample[middle])

    def learn(self) -> None:
        """Take up the picture of the last full look, slowly."""
        self._looks += 1
        space = self._space
        error, work = space.error, space.work
        np.minimum(error, space.level_high, out=work)
        np.maximum(work, space.level_low, out=work)
        np.right_shift(work, _LEVEL_RATE_SHIFT, out=work)
        np.right_shift(error, _QUIET_RATE_SHIFT, out=error)
        np.equal(space.evidence, 0, out=space.quiet)
        # OpenCV's masked copy takes a sixth of numpy's where the mask is mixed.
        cv2.copyTo(error, space.quiet.view(np.uint8), work)
        np.add(self._level, work, out=self._level)
        if self._looks % _JITTER_EVERY == 1:
            self._look_at_contours()
        self._learn_noise(_NOISE_RATE_SHIFT)
        if self._looks % _FIRM_EVERY == 0:
            self._follow_firmly()

    def _follow_firmly(self) -> None:
        cv2.convertScaleAbs(self._level, dst=self._space.gray, alpha=1 / (1 << _LEVEL_SHIFT))
        self.outlines.follow(self._space.gray)

    def _look_at_contours(self) -> None:
        cv2.convertScaleAbs(self._level, dst=self._space.gray, alpha=1 / (1 << _LEVEL_SHIFT))
        cv2.morphologyEx(self._space.gray, cv2.MORPH_GRADIENT, _SQUARE, dst=self._space.gray)
        cv2.convertScaleAbs(self._space.gray, dst=self._space.gray, alpha=4 * _JITTER_SHARE)
        np.copyto(self._floor, self._space.gray)
        np.maximum(self._floor, _THRESHOLD_FLOOR, out=self._floor)

    def _learn_noise(self, rate_shift: int) -> None:
        work = self._space.work
        np.copyto(work, self._space.distance)
        np.multiply(work, self._space.noises, out=work)
        np.subtract(work, self._noise, out=work)
        np.minimum(work, self._space.noise_high, out=work)
        np.maximum(work, self._space.noise_low, out=work)
        np.right_shift(work, rate_shift, out=work)
        np.add(self._noise, work, out=self._noise)
        self._set_threshold()

    def _set_threshold(self) -> None:
        work = self._space.work
        np.right_shift(self._noise, _NOISE_SHIFT - 1, out=work)  # twice the noise, in quarter levels
        np.maximum(work, self._floor, out=work)
        np.minimum(work, self._space.ceiling, out=work)
        np.copyto(self._threshold, work, casting="unsafe")
        np.maximum(self._threshold, self._ignored, out=self._threshold)

    def relearn(self, count: int) -> None:
        """Take up the picture last looked at as the ``count``-th of a new background: the first replaces it, later ones average in.

        Args:
            count: from 1; the weight is 1/count rounded to a power of two, at least 1/16.
        """
        np.right_shift(self._space.error, min(count.bit_length() - 1, _RELEARN_SHIFT), out=self._space.work)
        np.add(self._level, self._space.work, out=self._level)
        cv2.convertScaleAbs(self._level, dst=self._space.gray, alpha=1 / (1 << _LEVEL_SHIFT))
        self.outlines.learn(self._space.gray)

    def absorb(self, where: NDArray[np.bool_]) -> None:
        """Take the picture last looked at as background where told, at once; ``where`` is (90, 160) bool. Outlines stay as they are."""
        np.copyto(self._level, self._space.picture, where=where)
