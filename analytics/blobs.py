"""What hangs together in one frame's cells, as things with a foot and a height. Pure.

Coordinates are in cells, x to the right and y down from the picture's top left; a cell is square (five working pixels) and counts from its own corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

MOST: Final = 12
"""Things told apart in one frame; the largest count."""
_UPRIGHT: Final = np.ones((3, 1), np.uint8)  # legs and head of one person, with a pale coat in between


@dataclass(frozen=True, slots=True)
class Blob:
    """A thing that moved.

    Attributes:
        x: abscissa of its centre, weighted by evidence.
        y: ordinate of it.
        foot_x: where it stands: the centre of its lowest row.
        foot_y: its lower edge, in parts of a cell by how full the lowest row is.
        width: of its box.
        height: likewise by how full its upper and lower rows are.
        box: left, top, right and bottom of its cells, right and bottom not part of it.
    """

    x: float
    y: float
    foot_x: float
    foot_y: float
    width: float
    height: float
    box: tuple[int, int, int, int]


def blobs(evidence: NDArray[np.uint8]) -> list[Blob]:
    """The things in (18, 32) uint8 evidence (0 where nothing moved), the largest first, at most ``MOST``."""
    closed = cv2.morphologyEx(evidence, cv2.MORPH_CLOSE, _UPRIGHT)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(np.minimum(closed, 1), connectivity=8)
    order = range(1, count) if count <= 2 else np.argsort(-statistics[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST] + 1
    found = []
    for index in order:
        left, top, width, height = (int(value) for value in statistics[index, :4])
        part = evidence[top : top + height, left : left + width]
        if count > 2:
            part = part * (labels[top : top + height, left : left + width] == index)
        found.append(_blob(part.astype(np.float64), left, top))
    return found


def _blob(part: NDArray[np.float64], left: int, top: int) -> Blob:
    rows, columns = part.shape
    across, down = part.sum(axis=0), part.sum(axis=1)
    total = float(down.sum())
    fill = np.minimum(1.0, part.max(axis=1) / float(part.max()))
    # A thing that ends within a cell fills it in part: its edge lies so far in.
    first, last = float(fill[0]), float(fill[-1])
    lowest = part[-1] if last > 0.5 or rows == 1 else part[-2] + part[-1]
    return Blob(
        x=left + float(across @ (np.arange(columns) + 0.5)) / total,
        y=top + float(down @ (np.arange(rows) + 0.5)) / total,
        foot_x=left + float(lowest @ (np.arange(columns) + 0.5)) / max(1e-9, float(lowest.sum())),
        foot_y=top + rows - 1 + last,
        width=float(columns),
        height=max(first, last) if rows == 1 else rows - 2 + first + last,
        box=(left, top, left + columns, top + rows),
    )
