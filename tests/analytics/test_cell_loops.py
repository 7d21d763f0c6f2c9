"""Loops over cells give what plain numpy gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics import cell_loops
from analytics.cells import Plane
from tests.analytics.planes import GRID, masks, near, planes

CEILING = 50 * 64


def apart(one: Plane, other: Plane) -> NDArray[np.int64]:
    difference: NDArray[np.int64] = np.abs(one.astype(np.int64) - other)
    return difference


@settings(max_examples=60, deadline=None)
@given(data=st.data(), tolerance=st.sampled_from([0, 8, 254, 255]))
def test_a_cell_jumps_by_more_than_the_tolerance(data: st.DataObject, tolerance: int) -> None:
    reference = data.draw(planes(GRID))
    evidence = data.draw(near(reference))
    assert cell_loops.jumped(evidence, reference, tolerance) == bool((apart(evidence, reference) > tolerance).any())
    largest = int(apart(evidence, reference).max())
    assert not cell_loops.jumped(evidence, reference, largest)
    assert largest == 0 or cell_loops.jumped(evidence, reference, largest - 1)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), tolerance=st.sampled_from([0, 8, 60]))
def test_what_the_model_made_jump_goes_on_from_what_it_is(data: st.DataObject, tolerance: int) -> None:
    reference = data.draw(planes(GRID))
    evidence, before = data.draw(near(reference)), data.draw(near(reference))
    forgiven = (apart(evidence, reference) > tolerance) & (apart(before, reference) <= tolerance)
    expected = np.where(forgiven, evidence, reference)
    cell_loops.forgive(evidence, before, tolerance, reference)
    assert np.array_equal(reference, expected)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), tolerance=st.sampled_from([0, 8]), still=st.sampled_from([0, 4]))
def test_frames_are_counted_since_the_last_jump(data: st.DataObject, tolerance: int, still: int) -> None:
    """The count of frames runs over at 256, as it always has: long before, what stands is made background."""
    reference, frames = data.draw(planes(GRID)), data.draw(planes(GRID))
    evidence = data.draw(near(reference))
    has_jumped = apart(evidence, reference) > tolerance
    faded = reference.astype(np.int64) - (evidence < reference)
    expected_frames = np.where(has_jumped, 1, (frames.astype(np.int64) + 1) % 256)
    expected_reference = np.where(has_jumped, evidence, faded)
    fresh = np.zeros(GRID, np.bool_)
    cell_loops.follow(evidence, tolerance, still, reference, frames, fresh)
    assert np.array_equal(reference, expected_reference)
    assert np.array_equal(frames, expected_frames)
    assert np.array_equal(fresh, expected_frames <= still)


@pytest.mark.parametrize("rise", [64, 512])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_habit_rises_where_evidence_is_above_it_and_falls_elsewhere(rise: int, data: st.DataObject) -> None:
    evidence = data.draw(planes(GRID, most=100))
    fine = data.draw(planes(GRID)).astype(np.int16) * np.int16(CEILING // 255)
    fine[0, 0], fine[1, 0] = 0, CEILING
    cells = np.asarray(cv2.convertScaleAbs(fine, alpha=1.25 / 64), np.uint8)
    above, full = evidence > cells, evidence > 70
    moved = (fine.astype(np.int64) - 1 + rise * above - 128 * full).clip(0, CEILING)
    cell_loops.learn_habit(evidence, 70, rise, 128, CEILING, fine, cells)
    assert np.array_equal(fine, moved)
    assert np.array_equal(cells, cv2.convertScaleAbs(moved.astype(np.int16), alpha=1.25 / 64))


def test_a_habit_is_rounded_as_opencv_does_it() -> None:
    """All that there are: five quarters, halves to the even one."""
    for first in range(1, CEILING, 576):
        fine = np.arange(first, first + 576, dtype=np.int16).clip(1, CEILING).reshape(GRID)
        kept, cells = fine - np.int16(1), np.zeros(GRID, np.uint8)
        cell_loops.learn_habit(np.zeros(GRID, np.uint8), 70, 64, 128, CEILING, fine, cells)
        assert np.array_equal(fine, kept)
        assert np.array_equal(cells, cv2.convertScaleAbs(kept, alpha=1.25 / 64))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), active=st.integers(1, 100))
def test_active_cells_become_bits(data: st.DataObject, active: int) -> None:
    evidence, fresh = data.draw(planes(GRID)), data.draw(masks())
    packed = np.full(72, 77, np.uint8)
    count = cell_loops.sum_up(evidence, active, fresh, packed)
    assert count == np.count_nonzero((evidence >= active) & fresh)
    assert packed.tobytes() == np.packbits(evidence >= active).tobytes()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), least=st.integers(1, 100))
def test_fainter_cells_are_added_to_the_bits(data: st.DataObject, least: int) -> None:
    evidence, before = data.draw(planes(GRID)), data.draw(masks())
    packed = np.packbits(before)
    cell_loops.add(evidence, least, packed)
    assert packed.tobytes() == np.packbits(before | (evidence >= least)).tobytes()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), quarter=st.integers(0, 3), whole=st.sampled_from([0, 71, 72, 73, 144, 400]))
def test_movement_is_everywhere_where_each_quarter_holds_some(data: st.DataObject, quarter: int, whole: int) -> None:
    """In the mean more than half a point; the rounded mean that OpenCV takes is one, then."""
    evidence = data.draw(st.one_of(planes(GRID), st.just(np.ones(GRID, np.uint8))))
    one = np.zeros(144, np.uint8)
    one[: whole // 4], one[whole // 4 : whole // 4 + 1] = 4, whole % 4
    row, column = divmod(quarter, 2)
    evidence[9 * row : 9 * row + 9, 16 * column : 16 * column + 16] = one.reshape(9, 16)
    quarters = evidence.reshape(2, 9, 2, 16).astype(np.int64).sum((1, 3))
    assert cell_loops.everywhere(evidence) == bool((2 * quarters > 144).all())
    small = cv2.resize(evidence, (2, 2), interpolation=cv2.INTER_AREA)
    assert cell_loops.everywhere(evidence) == bool(small.min() >= 1)
