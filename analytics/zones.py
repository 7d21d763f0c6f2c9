"""Polygons of the configuration as weights over the grid and masks over the working picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.cells import COLUMNS, ROWS
from nvr.motion_index.rows import GRID

GRID_ROWS, GRID_COLUMNS = GRID
_SAMPLES: Final = 8
"""Per cell and axis: a cell's share of a polygon is known to 1/64."""

Polygon = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ZoneCells:
    """A zone as the detector sees it.

    Attributes:
        name: as in the configuration.
        inside: (18, 32) bool; cells of which at least half lies inside, or any part where there is none such.
        threshold: (18, 32) uint8; cell evidence from which a cell counts as moving for this zone; 255 (never) outside.
        possible: likewise, from which a neighbour of a moving cell moves with it: half as much.
        needed_cells: how many joined cells must move at once.
    """

    name: str
    inside: NDArray[np.bool_]
    threshold: NDArray[np.uint8]
    possible: NDArray[np.uint8]
    needed_cells: int

    def sees_as(self, other: ZoneCells) -> bool:
        """Whether the same cells move for both."""
        return np.array_equal(self.threshold, other.threshold) and np.array_equal(self.possible, other.possible)


def inside(polygon: Polygon, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points of the grid ``y`` by ``x`` lie inside a polygon, by the even-odd rule (Shimrat 1962, ACM algorithm 112).

    Args:
        polygon: corners, x and y normalised; closed by itself; may be concave or cross itself.
        x: (n,) abscissae.
        y: (m,) ordinates.

    Returns:
        (m, n) bool.
    """
    found = np.zeros((len(y), len(x)), np.bool_)
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if y1 == y2:
            continue  # a level edge is crossed by no level ray
        crossed = (y >= min(y1, y2)) & (y < max(y1, y2))
        at_x = x1 + (y - y1) * ((x2 - x1) / (y2 - y1))
        found ^= crossed[:, None] & (x[None, :] < at_x[:, None])
    return found


def cell_weights(polygon: Polygon) -> NDArray[np.float32]:
    """The share of each cell that lies inside a polygon: (18, 32) float32, 0 to 1 in steps of 1/64."""
    fine = inside(polygon, _centres(GRID_COLUMNS * _SAMPLES), _centres(GRID_ROWS * _SAMPLES))
    blocks = fine.reshape(GRID_ROWS, _SAMPLES, GRID_COLUMNS, _SAMPLES)
    weights: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return weights


def pixel_mask(polygons: Sequence[Polygon]) -> NDArray[np.bool_]:
    """Which pixels of the working picture any of the polygons covers: (90, 160) bool."""
    mask = np.zeros((ROWS, COLUMNS), np.bool_)
    for polygon in polygons:
        mask |= inside(polygon, _centres(COLUMNS), _centres(ROWS))
    return mask


def zone_cells(name: str, polygon: Polygon, sensitivity: float, min_area: float, cell_threshold: int) -> ZoneCells:
    """A zone of the configuration on the grid.

    Args:
        name: as shown.
        polygon: corners, normalised.
        sensitivity: 0 blunt to 1 keen; 0.5 leaves the threshold, the ends double and halve it.
        min_area: smallest movement as a share of the whole picture, 0 to 1.
        cell_threshold: cell evidence (0 to 100) from which a cell moves at sensitivity 0.5.
    """
    weights = cell_weights(polygon)
    members = weights >= 0.5
    if not members.any():
        members = weights > 0
    level = min(99, max(1, round(cell_threshold * 2 ** (1 - 2 * sensitivity))))
    threshold = np.where(members, level, 255).astype(np.uint8)
    possible = np.where(members, max(1, level // 2), 255).astype(np.uint8)
    # A thing of that area covers at least so many cells, unless it lies across corners, where it touches more.
    needed = max(1, min(int(members.sum()), round(min_area * members.size)))
    return ZoneCells(name, members, threshold, possible, needed)


def _centres(count: int) -> NDArray[np.float64]:
    return (np.arange(count) + 0.5) / count
