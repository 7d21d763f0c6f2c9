"""What others do, for comparison in the same run: MOG2, KNN and frame differencing with their usual clean-up."""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.event_score import moves_together
from analytics.motion import CELL_THRESHOLD, MotionDetector, MotionSample
from analytics.reduction import Plane
from analytics.zones import GRID_COLUMNS, GRID_ROWS, zone_cells

POSITIVE_SHARE: Final = 0.1
"""A cell is positive where at least this share of its pixels is foreground."""
_WHOLE: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_SQUARE: Final = np.ones((3, 3), np.uint8)


class CellDetector(Protocol):
    """Anything that says, frame by frame, which of the 18x32 cells move."""

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        """(18, 32) bool of an (H, W) uint8 plane."""
        ...

    def pixels(self) -> NDArray[np.bool_]:
        """Which pixels of the last frame were foreground, at whatever size the detector works at."""
        ...

    def scores(self) -> NDArray[np.uint8]:
        """How much speaks for each cell of the last frame, (18, 32) from 0 to 100."""
        ...

    def state(self) -> tuple[bool, bool]:
        """Of the last frame: whether enough moved together, and whether the detector was still learning."""
        ...


def sum_cells(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many pixels of each cell are True: (18, 32) int64 of an (H, W) bool mask; cell i of n spans pixels i*H//n to (i+1)*H//n."""
    rows = np.add.reduceat(mask, _edges(mask.shape[0], GRID_ROWS), axis=0, dtype=np.int64)
    return np.asarray(np.add.reduceat(rows, _edges(mask.shape[1], GRID_COLUMNS), axis=1, dtype=np.int64))


def _edges(length: int, parts: int) -> NDArray[np.intp]:
    return np.arange(parts) * length // parts


class Ours:
    """This project's detector."""

    def __init__(self) -> None:
        self.detector = MotionDetector([zone_cells("all", _WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
        self._sample: MotionSample | None = None

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        self._sample = self.detector.update(luma, 0)
        return self._sample.grid()

    def pixels(self) -> NDArray[np.bool_]:
        return self.detector.foreground

    def scores(self) -> NDArray[np.uint8]:
        quiet = self._sample is None or self._sample.calibrating
        return np.zeros_like(self.detector.evidence) if quiet else self.detector.evidence

    def state(self) -> tuple[bool, bool]:
        sample = self._sample
        return (False, True) if sample is None else (sample.zone_moving[0], sample.calibrating)


class Subtractor:
    """An OpenCV background subtractor without shadow detection, 3x3 opening, cells of its mask.

    Args:
        subtractor: ``cv2.createBackgroundSubtractorMOG2`` (Zivkovic 2004) or ``KNN`` (Zivkovic and van der Heijden 2006).
        columns: width to which larger pictures are reduced beforehand; 0 for not at all.
    """

    def __init__(self, subtractor: cv2.BackgroundSubtractor, columns: int = 0) -> None:
        self._subtractor = subtractor
        self._columns = columns
        self._mask = np.zeros((1, 1), np.uint8)
        self._cells = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)

    def mask(self, luma: Plane) -> NDArray[np.uint8]:
        """The opened mask, 0 or 255."""
        picture: NDArray[np.uint8] = luma
        if 0 < self._columns < luma.shape[1]:
            rows = luma.shape[0] * self._columns // luma.shape[1]
            picture = cv2.resize(luma, (self._columns, rows), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        raw = self._subtractor.apply(picture)
        return cv2.morphologyEx(raw, cv2.MORPH_OPEN, _SQUARE).astype(np.uint8, copy=False)

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        self._mask = self.mask(luma)
        self._cells = positive_cells(self._mask > 0)
        return self._cells

    def pixels(self) -> NDArray[np.bool_]:
        return self._mask > 0

    def scores(self) -> NDArray[np.uint8]:
        return shares(self._mask > 0)

    def state(self) -> tuple[bool, bool]:
        return moves_together(self._cells), False


class FrameDifference:
    """The difference to the frame before, beyond ``threshold`` levels, opened."""

    def __init__(self, threshold: int = 15) -> None:
        self._threshold = threshold
        self._before: Plane | None = None
        self._mask = np.zeros((1, 1), np.uint8)
        self._cells = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        before, self._before = self._before, luma.copy()
        if before is None:
            self._mask = np.zeros_like(luma)
        else:
            mask = (cv2.absdiff(luma, before) > self._threshold).astype(np.uint8)
            self._mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _SQUARE).astype(np.uint8, copy=False)
        self._cells = positive_cells(self._mask > 0)
        return self._cells

    def pixels(self) -> NDArray[np.bool_]:
        return self._mask > 0

    def scores(self) -> NDArray[np.uint8]:
        return shares(self._mask > 0)

    def state(self) -> tuple[bool, bool]:
        return moves_together(self._cells), False


def positive_cells(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells of which at least ``POSITIVE_SHARE`` of the pixels is True."""
    return sum_cells(mask) >= POSITIVE_SHARE * sum_cells(np.ones_like(mask))


def shares(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Percent of each cell's pixels that are True."""
    return (100 * sum_cells(mask) // np.maximum(1, sum_cells(np.ones_like(mask)))).astype(np.uint8)


def all_detectors() -> dict[str, CellDetector]:
    """A new detector of each kind, by name, each with its usual settings; the subtractors on at most 320 columns, to be generous."""
    return {
        "ours": Ours(),
        "MOG2": Subtractor(cv2.createBackgroundSubtractorMOG2(detectShadows=False), 320),
        "KNN": Subtractor(cv2.createBackgroundSubtractorKNN(detectShadows=False), 320),
        "frame difference": FrameDifference(),
    }
