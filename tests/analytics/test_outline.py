"""What is an outline, and what only looks like one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from analytics import outline_loops
from analytics.background import Workspace
from analytics.cells import CELL_PX, COLUMNS, ROWS, Plane, pixel_box
from analytics.outline import Outlines
from tests.analytics.light import glow

WHOLE = (slice(0, ROWS // CELL_PX), slice(0, COLUMNS // CELL_PX))
LEAST = 13


def told(empty: Plane) -> Outlines:
    outlines = Outlines(Workspace())
    outlines.learn(empty)
    return outlines


def outlined(outlines: Outlines, picture: Plane, box: tuple[slice, slice] = WHOLE, least: int = LEAST) -> Plane:
    """Which pixels of a box of cells have an outline, 1 or 0."""
    rows, columns = box
    scratch = np.zeros(outline_loops.SCRATCH, np.uint8)
    cells = np.zeros((ROWS // CELL_PX, COLUMNS // CELL_PX), np.uint8)
    corners = rows.start, rows.stop, columns.start, columns.stop
    outline_loops.find(*outlines.against(picture), *corners, least, scratch, cells)
    return outline_loops.outlined(scratch)[pixel_box(*box)]


def found(empty: Plane, picture: Plane) -> int:
    """Pixels with an outline."""
    return int(np.count_nonzero(outlined(told(empty), picture)))


def road() -> Plane:
    """Brighter towards the right, by three levels in five pixels, with a fine grain."""
    grain = np.random.default_rng(4).normal(0, 2, (ROWS, COLUMNS))
    slope = np.linspace(60, 156, COLUMNS)[None, :]
    return (slope + grain).clip(0, 255).astype(np.uint8)


def leaves() -> Plane:
    """Leaf against leaf, each some two pixels wide."""
    drawn = np.random.default_rng(3).normal(0, 60, (ROWS, COLUMNS)).astype(np.float32)
    picture: Plane = np.clip(100 + 2.5 * cv2.GaussianBlur(drawn, (0, 0), 1.0), 40, 180).astype(np.uint8)
    return picture


def with_thing(picture: Plane, level: int) -> Plane:
    out = picture.copy()
    out[30:60, 70:84] = level
    return out


@pytest.mark.parametrize("level", [-16, 16])
def test_a_thing_has_one_all_around(level: int) -> None:
    """Even where the road's own gray, twenty pixels on, is that of the thing."""
    picture = road()
    picture[30:60, 70:84] = (picture[30:60, 70:84].mean() + level).astype(np.uint8)
    assert found(road(), picture) >= 40


@pytest.mark.parametrize("level", [-50, 60])
def test_what_is_out_of_focus_has_none(level: float) -> None:
    blurred = glow(road().astype(np.float32), 80, 45, 11, 8, level).clip(0, 255).astype(np.uint8)
    assert found(road(), blurred) == 0


def test_what_was_background_and_moves_on_leaves_none() -> None:
    """The place of a parked car, or of an insect, is empty now: its outline is in the empty scene only."""
    assert found(with_thing(road(), 200), road()) == 0
    assert found(road(), with_thing(road(), 200)) >= 40


@pytest.mark.parametrize(("right_px", "down_px"), [(1, 0), (-2, 1), (2, -2)])
def test_leaves_in_a_gust_have_none(right_px: int, down_px: int) -> None:
    moved = np.roll(leaves(), (down_px, right_px), (0, 1))
    assert np.abs(moved.astype(np.int16) - leaves()).mean() > 15, "or the gust would be none"
    inner = slice(2, ROWS // CELL_PX - 2), slice(2, COLUMNS // CELL_PX - 2)
    assert np.count_nonzero(outlined(told(leaves()), moved, inner)) == 0


@pytest.mark.parametrize("level", [10, 230])
def test_a_thing_before_leaves_has_one(level: int) -> None:
    moved = np.roll(leaves(), 1, 1)
    assert found(leaves(), with_thing(moved, level)) >= 40


def test_the_empty_scene_follows_by_one_level() -> None:
    outlines = told(np.full((ROWS, COLUMNS), 100, np.uint8))
    outlines.follow(np.full((ROWS, COLUMNS), 140, np.uint8))
    assert (outlines.empty == 101).all()
    outlines.absorb(np.full((ROWS, COLUMNS), 30, np.uint8), np.arange(ROWS)[:, None] < np.full((1, COLUMNS), 10))
    assert (outlines.empty[:10] == 30).all()
    assert (outlines.empty[10:] == 101).all()
    picture = np.full((ROWS, COLUMNS), 101, np.uint8)
    picture[20:40, 20:40] = 150
    picture[:10] = 30
    assert np.count_nonzero(outlined(outlines, picture)) >= 60, "the range it tells against followed too"


def test_cells_with_two_pixels_of_an_outline_have_one() -> None:
    """Of the whole picture, as what stands is asked."""
    outlines, cells = told(road()), np.full((ROWS // CELL_PX, COLUMNS // CELL_PX), 77, np.uint8)
    outlines.find(with_thing(road(), 200), LEAST, cells)
    pixels = outlined(outlines, with_thing(road(), 200)).astype(np.int64)
    counts = pixels.reshape(*cells.shape[:1], CELL_PX, cells.shape[1], CELL_PX).sum((1, 3))
    assert np.array_equal(cells, counts >= 2)
    assert cells.any()


def within(values: NDArray[np.float64], row: int, column: int, reach_px: int) -> NDArray[np.float64]:
    return values[max(0, row - reach_px) : row + reach_px + 1, max(0, column - reach_px) : column + reach_px + 1]


@pytest.mark.parametrize(
    "cells", [(slice(0, 18), slice(0, 32)), (slice(3, 12), slice(8, 29)), (slice(16, 18), slice(0, 2))]
)
@pytest.mark.parametrize("least", [7, 13, 26])
def test_outlines_are_where_a_difference_rises_to_a_new_gray(cells: tuple[slice, slice], least: int) -> None:
    """The same in plain, slow numbers.

    A rise by so many levels within two pixels, the mean of three such side by side with weights 1, 2 and 1, and by more than 0.66 of the largest
    difference in the 5x5 pixels around, beside a pixel that lies beyond all of the 5x5 pixels around it, each taken with its own distance from the mean around, by 4 levels and 0.3 of their range.
    """
    rng = np.random.default_rng(3)
    empty = rng.integers(90, 110, (90, 160), dtype=np.uint8)
    picture = (empty + rng.integers(-9, 10, empty.shape)).astype(np.uint8)
    picture[20:50, 30:70] = rng.choice(np.array([0, 95, 118, 255], np.uint8), (30, 40))
    picture[84:, :] = 200
    box = pixel_box(*cells)
    found = outlined(told(empty), picture, cells, least)
    slope = cv2.blur(empty, (15, 15)).astype(np.float64)
    detail = empty - slope
    new = np.zeros(empty.shape, np.float64)
    for row, column in np.ndindex(empty.shape):
        around = within(detail, row, column, 2)
        margin = np.rint(0.3 * np.ptp(around) + 4)
        beside = picture[row, column] - slope[row, column]
        new[row, column] = beside > around.max() + margin or beside < around.min() - margin
    apart, new = picture.astype(np.float64)[box] - empty[box], new[box]
    halves = np.rint(apart / 2 + 128).clip(0, 255)
    expected = np.zeros(apart.shape, np.uint8)
    rows, columns = apart.shape
    for row in range(1, rows - 1):
        for column in range(1, columns - 1):
            patch = within(halves, row, column, 1)
            down = abs((patch[2] - patch[0]) @ (1, 2, 1)) / 2
            across = abs((patch[:, 2] - patch[:, 0]) @ (1, 2, 1)) / 2
            rises = min(255, np.rint(max(down, across)))
            steep = rises >= least and rises > np.rint(0.66 * np.abs(within(apart, row, column, 2)).max())
            expected[row, column] = steep and within(new, row, column, 1).any()
    assert np.array_equal(found, expected)
    assert 0 < np.count_nonzero(expected) < 0.8 * expected.size
