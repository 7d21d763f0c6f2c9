"""Polygons to cells and pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.zones import GRID_COLUMNS, GRID_ROWS, cell_weights, pixel_mask, zone_cells

unit = st.floats(0, 1, allow_nan=False)
points = st.tuples(unit, unit)


def area(polygon: list[tuple[float, float]]) -> float:
    """The shoelace formula."""
    return (
        abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True))) / 2
    )


@given(st.lists(points, min_size=3, max_size=3))
def test_weights_sum_to_the_area(triangle: list[tuple[float, float]]) -> None:
    """The cells' shares add up to the polygon's area, to the sampling's precision."""
    weights = cell_weights(triangle)
    assert weights.shape == (GRID_ROWS, GRID_COLUMNS)
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert weights.mean() == pytest.approx(area(triangle), abs=0.012)


@given(st.lists(points, min_size=3, max_size=8))
def test_turning_the_corners_round_changes_nothing(polygon: list[tuple[float, float]]) -> None:
    """Neither the first corner nor the direction matters."""
    assert np.array_equal(cell_weights(polygon), cell_weights(polygon[1:] + polygon[:1]))
    assert np.array_equal(cell_weights(polygon), cell_weights(polygon[::-1]))


def test_left_half_is_left() -> None:
    """x goes right, y goes down."""
    weights = cell_weights([(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
    assert weights[:, :16].min() == 1
    assert weights[:, 16:].max() == 0
    top = cell_weights([(0, 0), (1, 0), (1, 0.5), (0, 0.5)])
    assert top[:9].min() == 1
    assert top[9:].max() == 0


def test_a_notch_stays_outside() -> None:
    """Concave polygons keep their notch."""
    weights = cell_weights([(0, 0), (1, 0), (1, 1), (0.5, 0.25), (0, 1)])
    assert weights[14, 16] == 0
    assert weights[14, 1] == 1


def test_a_sliver_still_has_cells() -> None:
    """A zone narrower than half a cell keeps the cells it touches, instead of never raising an alert."""
    zone = zone_cells("wire", [(0.5, 0), (0.505, 0), (0.505, 1), (0.5, 1)], 0.5, 0.003, 23)
    assert zone.inside.any()
    assert zone.needed_cells >= 1


def test_sensitivity_lowers_the_threshold() -> None:
    """Keen is half, blunt is double; outside the zone nothing ever counts."""
    half = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
    levels = {s: zone_cells("z", half, s, 0.003, 24).threshold for s in (0.0, 0.5, 1.0)}
    assert (levels[0.0][0, 0], levels[0.5][0, 0], levels[1.0][0, 0]) == (48, 24, 12)
    assert (levels[1.0][:, 16:] == 255).all()


def test_smallest_movement_is_a_share_of_the_picture() -> None:
    """1 % of 576 cells is 6; a small zone can't ask for more cells than it has."""
    whole = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    assert zone_cells("z", whole, 0.5, 0.01, 23).needed_cells == 6
    assert zone_cells("z", whole, 0.5, 0.0001, 23).needed_cells == 1
    tiny = [(0.0, 0.0), (1 / 32, 0.0), (1 / 32, 1 / 18), (0.0, 1 / 18)]
    assert zone_cells("z", tiny, 0.5, 0.5, 23).needed_cells == 1


def test_masks_join() -> None:
    """A pixel under any of the masks is masked."""
    mask = pixel_mask([[(0, 0), (0.25, 0), (0.25, 1), (0, 1)], [(0.75, 0), (1, 0), (1, 1), (0.75, 1)]])
    assert mask[:, :40].all()
    assert mask[:, 120:].all()
    assert not mask[:, 40:120].any()
