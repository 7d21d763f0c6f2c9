"""What others do, for comparison in the same run: MOG2, KNN and frame differencing, each with a clean-up of its mask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.cells import Plane
from analytics.event_score import moves_together
from analytics.motion import CELL_THRESHOLD, MotionDetector, MotionSample
from analytics.pace import Pace
from analytics.zones import GRID_COLUMNS, GRID_ROWS, zone_cells
from nvr.clock import NS_PER_S

POSITIVE_SHARE: Final = 0.1
"""A cell is positive where at least this share of its pixels is foreground."""
OURS: Final = "ours"
OURS_JOINED: Final = "ours, joined"
_WHOLE: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_PEER_COLUMNS: Final = 320
_SQUARE: Final = np.ones((3, 3), np.uint8)
_LARGE: Final = np.ones((5, 5), np.uint8)

Mask = NDArray[np.uint8]


def _opened(mask: Mask) -> Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, _SQUARE).astype(np.uint8, copy=False)


CLEANINGS: Final[dict[str, Callable[[Mask], Mask]]] = {
    "as it comes": lambda mask: mask,
    "3x3 median": lambda mask: cv2.medianBlur(mask, 3).astype(np.uint8, copy=False),
    "3x3 opening": _opened,
    "3x3 opening, 5x5 closing": lambda mask: np.asarray(
        cv2.morphologyEx(_opened(mask), cv2.MORPH_CLOSE, _LARGE), np.uint8
    ),
    "5x5 opening": lambda mask: np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _LARGE), np.uint8),
}
"""What is done to a mask of 0 and 255 before its pixels are counted, by name."""


class Model(Protocol):
    """Tells the foreground of one picture after the other; OpenCV's subtractors are such."""

    def apply(self, image: Any, /) -> Any:
        """The mask, 0 or 255, of an (H, W) uint8 picture."""
        ...


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


def sum_cells(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The sum of each cell's pixels: (18, 32) int64 of an (H, W) uint8 plane; cell i of n spans pixels i*H//n to (i+1)*H//n.

    By an integral picture (Crow 1984): of all ways that were tried the quickest, so that it weighs on no detector's time.
    """
    sums = cv2.integral(mask)[_edges(mask.shape[0], GRID_ROWS)][:, _edges(mask.shape[1], GRID_COLUMNS)]
    down = sums[1:] - sums[:-1]
    return np.asarray(down[:, 1:] - down[:, :-1], np.int64)


def _edges(length: int, parts: int) -> NDArray[np.intp]:
    return np.arange(parts + 1) * length // parts


class Ours:
    """This project's detector: the cells that surely differ from the background, and those beside them that differ nearly as much.

    Args:
        fps: frames a second; as in the running worker, those that come closely after one another are not all looked at (``analytics.pace``).
        joined: those that zones, rules and the motion index take instead: with their fainter neighbours, without what merely stands changed.
    """

    def __init__(self, fps: float, *, joined: bool = False) -> None:
        self.detector = MotionDetector([zone_cells("all", _WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
        self._joined = joined
        self._sample: MotionSample | None = None
        self._pace = Pace()
        self._step_ns = round(NS_PER_S / fps)
        self._at_ns = 0

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        self._at_ns += self._step_ns
        if self._sample is None or self._pace.due(self._at_ns, pressing=self._sample.calibrating):
            self._sample = self.detector.update(luma, self._at_ns)
        return self.scores() > 0 if self._joined else self._sample.grid()

    def pixels(self) -> NDArray[np.bool_]:
        return self.detector.foreground

    def scores(self) -> NDArray[np.uint8]:
        known = self._sample is not None and not self._sample.calibrating
        evidence = self.detector.moved if self._joined else self.detector.evidence
        return np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8) if evidence is None or not known else evidence

    def state(self) -> tuple[bool, bool]:
        sample = self._sample
        return (False, True) if sample is None else (sample.zone_moving[0], sample.calibrating)


class FrameDifference:
    """The difference to the frame before, beyond ``threshold`` levels."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._before: Plane | None = None

    def apply(self, picture: Plane) -> NDArray[np.uint8]:
        """0 or 255 for each pixel of an (H, W) uint8 picture; all 0 for the first."""
        before, self._before = self._before, picture.copy()
        difference = cv2.absdiff(picture, picture if before is None else before)
        return cv2.threshold(difference, self._threshold, 255, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class PeerSetting:
    """How another detector is set.

    Attributes:
        kind: ``MOG2`` (Zivkovic 2004), ``KNN`` (Zivkovic and van der Heijden 2006), both without shadows, or ``frame difference``.
        threshold: MOG2's ``varThreshold``, KNN's ``dist2Threshold``, or gray levels.
        cleaning: of its mask, one of ``CLEANINGS``.
        share_percent: of a cell's pixels from which it moves.
    """

    kind: str
    threshold: float
    cleaning: str = "3x3 opening"
    share_percent: int = 10

    def model(self) -> Model:
        """A new one, without its cleaning.

        Raises:
            KeyError: there is no such kind.
        """
        make: dict[str, Callable[[float], Model]] = {
            "MOG2": lambda threshold: cv2.createBackgroundSubtractorMOG2(varThreshold=threshold, detectShadows=False),
            "KNN": lambda threshold: cv2.createBackgroundSubtractorKNN(dist2Threshold=threshold, detectShadows=False),
            "frame difference": FrameDifference,
        }
        return make[self.kind](self.threshold)

    def __str__(self) -> str:
        return f"{self.kind}: threshold {self.threshold:g}, {self.cleaning}, cells from {self.share_percent} %"


USUAL: Final = (PeerSetting("MOG2", 16), PeerSetting("KNN", 400), PeerSetting("frame difference", 15))
"""OpenCV's defaults, and what is mostly written for frame differencing."""


class Peer:
    """Another detector: a mask on at most 320 columns (to be generous), cleaned, and the cells of it."""

    def __init__(self, setting: PeerSetting) -> None:
        self._model = setting.model()
        self._clean = CLEANINGS[setting.cleaning]
        self._share_percent = setting.share_percent
        self._mask = np.zeros((1, 1), np.uint8)
        self._shares = np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8)

    def cells(self, luma: Plane) -> NDArray[np.bool_]:
        self._mask = self._clean(apply(self._model, small(luma)))
        self._shares = shares(self._mask)
        return self._shares >= self._share_percent

    def pixels(self) -> NDArray[np.bool_]:
        return self._mask > 0

    def scores(self) -> NDArray[np.uint8]:
        return self._shares

    def state(self) -> tuple[bool, bool]:
        return moves_together(self._shares >= self._share_percent), False


def apply(model: Model, picture: Plane) -> NDArray[np.uint8]:
    """The foreground of the next picture, 0 or 255, as it comes."""
    return np.asarray(model.apply(picture), np.uint8)


def small(luma: Plane) -> Plane:
    """A picture on at most ``_PEER_COLUMNS`` columns, (H, W) uint8."""
    height, width = luma.shape
    if width <= _PEER_COLUMNS:
        return luma
    size = (_PEER_COLUMNS, height * _PEER_COLUMNS // width)
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def shares(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Percent of each cell's pixels that are not 0, rounded down: (18, 32) uint8 of an (H, W) uint8 mask of 0 and 255."""
    return (sum_cells(mask) * 100 // (255 * _cell_sizes(mask.shape[0], mask.shape[1]))).astype(np.uint8)


@lru_cache(maxsize=8)
def _cell_sizes(rows: int, columns: int) -> NDArray[np.int64]:
    return sum_cells(np.ones((rows, columns), np.uint8))


def all_detectors(fps: float, peers: Iterable[PeerSetting] = USUAL) -> dict[str, CellDetector]:
    """A new detector of each kind, by name, for pictures of so many a second; ours has one setting, and is asked twice."""
    ours: dict[str, CellDetector] = {OURS: Ours(fps), OURS_JOINED: Ours(fps, joined=True)}
    return ours | {peer.kind: Peer(peer) for peer in peers}
