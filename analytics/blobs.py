"""What hangs together in one frame's cells, as things with a foot and a height. Pure.

Coordinates are in cells, x to the right and y down from the picture's top left; a cell is square (five working pixels) and counts from its own corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.zones import GRID_COLUMNS

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
    count, labels = cv2.connectedComponentsWithAlgorithm(closed, 8, cv2.CV_16U, cv2.CCL_WU)
    # A thing has five to thirty cells: so few numbers are quicker added up one by one than by an array's calls.
    flat = evidence.ravel()
    places = flat.nonzero()[0]
    owners, weights = labels.ravel()[places].tolist(), flat[places].tolist()
    parts: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for place, owner, weight in zip(places.tolist(), owners, weights, strict=True):
        parts[owner].append((place, weight))
    del parts[0]
    parts.sort(key=len, reverse=True)
    return [_blob(part) for part in parts[:MOST]]


def _blob(part: list[tuple[int, int]]) -> Blob:
    """From places (row * 32 + column, rising) and their evidence."""
    top, bottom = part[0][0] // GRID_COLUMNS, part[-1][0] // GRID_COLUMNS
    rows = bottom - top + 1
    first_place, left, right = top * GRID_COLUMNS, GRID_COLUMNS, 0
    sums, moments, fullest = [0] * rows, [0] * rows, [0] * rows  # of each row
    for place, weight in part:
        row, column = (place - first_place) // GRID_COLUMNS, place % GRID_COLUMNS
        sums[row] += weight
        moments[row] += weight * column
        # Calls of min and max would take longer than all else here.
        if column < left:  # noqa: PLR1730
            left = column
        if column > right:  # noqa: PLR1730
            right = column
        if weight > fullest[row]:  # noqa: PLR1730
            fullest[row] = weight
    total, across = sum(sums), sum(moments)
    down = sum(row * weight for row, weight in enumerate(sums))
    # A thing that ends within a cell fills it in part: its edge lies so far in.
    most = max(fullest)
    first, last = fullest[0] / most, fullest[-1] / most
    lowest, lowest_moment = sums[-1], moments[-1]
    if last <= 0.5 and rows > 1:
        lowest, lowest_moment = lowest + sums[-2], lowest_moment + moments[-2]
    return Blob(
        x=across / total + 0.5,
        y=top + down / total + 0.5,
        foot_x=lowest_moment / lowest + 0.5,
        foot_y=bottom + last,
        width=float(right + 1 - left),
        height=max(first, last) if rows == 1 else rows - 2 + first + last,
        box=(left, top, right + 1, bottom + 1),
    )
