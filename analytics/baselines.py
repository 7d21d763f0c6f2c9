"""What others do, for comparison in the same run: MOG2, KNN and frame differencing with their usual clean-up."""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.motion import MotionDetector
from analytics.reduction import Plane
from analytics.zones import GRID_COLUMNS, GRID_ROWS

POSITIVE_SHARE: Final = 0.1
"""A cell is positive where at least this share of its pixels is foreground."""
_SQUARE: Final = np.ones((3, 3), np.uint8)


class CellDetector(Protocol):
    """Anything that says, frame by frame, which of the 18x32 cells move."""

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        """(18, 32) bool of an (H, W) uint8 plane."""
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
        self.detector = MotionDetector()

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        return self.detector.update(luma, 0).grid()


class Subtractor:
    """An OpenCV background subtractor without shadow detection, 3x3 opening, cells of its mask.

    Args:
        subtractor: ``cv2.createBackgroundSubtractorMOG2`` (Zivkovic 2004) or ``KNN`` (Zivkovic and van der Heijden 2006).
        columns: width to which pictures are reduced beforehand; 0 for not at all.
    """

    def __init__(self, subtractor: cv2.BackgroundSubtractor, columns: int = 0) -> None:
        self._subtractor = subtractor
        self._columns = columns

    def mask(self, luma: Plane) -> NDArray[np.uint8]:
        """The opened mask, 0 or 255."""
        picture: NDArray[np.uint8] = luma
        if self._columns:
            rows = luma.shape[0] * self._columns // luma.shape[1]
            picture = cv2.resize(luma, (self._columns, rows), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        raw = self._subtractor.apply(picture)
        return cv2.morphologyEx(raw, cv2.MORPH_OPEN, _SQUARE).astype(np.uint8, copy=False)

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        return positive_cells(self.mask(luma) > 0)


class FrameDifference:
    """The difference to the frame before, beyond ``threshold`` levels, opened."""

    def __init__(self, threshold: int = 15) -> None:
        self._threshold = threshold
        self._before: Plane | None = None

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        before, self._before = self._before, luma.copy()
        if before is None:
            return np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        mask = (cv2.absdiff(luma, before) > self._threshold).astype(np.uint8)
        return positive_cells(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _SQUARE) > 0)


def positive_cells(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells of which at least ``POSITIVE_SHARE`` of the pixels is True."""
    return sum_cells(mask) >= POSITIVE_SHARE * sum_cells(np.ones_like(mask))


def all_detectors() -> dict[str, CellDetector]:
    """A new detector of each kind, by name, each with its usual settings."""
    return {
        "ours": Ours(),
        "MOG2": Subtractor(cv2.createBackgroundSubtractorMOG2(detectShadows=False)),
        "KNN": Subtractor(cv2.createBackgroundSubtractorKNN(detectShadows=False)),
        "frame difference": FrameDifference(),
    }
