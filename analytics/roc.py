"""How sure a detector is of each cell, against the truth: receiver operating characteristic (Fawcett 2006), and its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SCORES: Final = 101
"""Whole numbers from 0 to 100."""
_SIDE_PX: Final = 480
_MARGIN_PX: Final = 60
_WIDEST_FALSE: Final = 0.1  # beyond one cell in ten nobody would watch
_COLOURS: Final = ((40, 40, 220), (200, 110, 20), (40, 150, 40), (130, 130, 130), (160, 40, 160))
_INK: Final = (60, 60, 60)


@dataclass(slots=True)
class Roc:
    """Counts of cells by score, those that truly move and those that do not."""

    positive: NDArray[np.int64] = field(default_factory=lambda: np.zeros(SCORES, np.int64))
    negative: NDArray[np.int64] = field(default_factory=lambda: np.zeros(SCORES, np.int64))

    def add(self, scores: NDArray[np.uint8], positive: NDArray[np.bool_], judged: NDArray[np.bool_]) -> None:
        """Count one frame's cells; ``scores`` from 0 to 100."""
        self.positive += np.bincount(scores[judged & positive], minlength=SCORES)
        self.negative += np.bincount(scores[judged & ~positive], minlength=SCORES)

    def points(self) -> NDArray[np.float64]:
        """(101, 2): share of the unmoved cells that are taken for moving, and of the moving cells that are found, by falling threshold."""
        found = np.cumsum(self.positive[::-1]) / max(1, int(self.positive.sum()))
        false = np.cumsum(self.negative[::-1]) / max(1, int(self.negative.sum()))
        return np.stack((false, found), axis=1)

    def f1(self) -> NDArray[np.float64]:
        """(101,): harmonic mean of precision and recall where cells of that score and above are taken for moving; 1 where there is nothing to find."""
        found, false = np.cumsum(self.positive[::-1])[::-1], np.cumsum(self.negative[::-1])[::-1]
        total = found + false + self.positive.sum()  # twice the found, the false and the missed
        f1: NDArray[np.float64] = np.divide(2.0 * found, total, out=np.ones(SCORES), where=total > 0)
        return f1


def draw(title: str, curves: Mapping[str, Roc]) -> NDArray[np.uint8]:
    """The curves up to a tenth of false cells, (H, W, 3) uint8 in the order blue, green, red, for ``cv2.imwrite``."""
    side = _SIDE_PX + 2 * _MARGIN_PX
    picture = np.full((side, side, 3), 255, np.uint8)
    left, bottom = _MARGIN_PX, _MARGIN_PX + _SIDE_PX
    for tick in range(6):
        at = _SIDE_PX * tick // 5
        cv2.line(picture, (left, bottom - at), (left + _SIDE_PX, bottom - at), (225, 225, 225), 1)
        cv2.line(picture, (left + at, bottom), (left + at, _MARGIN_PX), (225, 225, 225), 1)
        _write(picture, f"{tick / 5:.1f}", (left - 40, bottom - at + 5))
        _write(picture, f"{_WIDEST_FALSE * tick / 5:.2f}", (left + at - 16, bottom + 20))
    _write(picture, f"{title}: cells found / cells falsely taken for moving", (left, _MARGIN_PX - 22))
    for index, (name, roc) in enumerate(curves.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        points = np.concatenate((np.zeros((1, 2)), roc.points()))
        edge = (_WIDEST_FALSE, np.interp(_WIDEST_FALSE, points[:, 0], points[:, 1]))
        points = np.concatenate((points[points[:, 0] < _WIDEST_FALSE], [edge]))
        where = np.stack((left + points[:, 0] / _WIDEST_FALSE * _SIDE_PX, bottom - points[:, 1] * _SIDE_PX), axis=1)
        cv2.polylines(picture, [where.round().astype(np.int32)], False, colour, 2, cv2.LINE_AA)  # noqa: FBT003 - OpenCV's order
        row = bottom - 20 - 22 * (len(curves) - 1 - index)
        cv2.line(picture, (left + 290, row - 5), (left + 320, row - 5), colour, 3)
        _write(picture, name, (left + 328, row))
    return picture


def _write(picture: NDArray[np.uint8], text: str, at: tuple[int, int]) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)
