"""Loops that look for outlines and join cells give what numpy and OpenCV give, to the last bit."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import outline_loops
from analytics.cells import CELL_PX, Plane, pixel_box
from analytics.outline_loops import FRAMED, SCRATCH, WHOLE_BOX, Box
from tests.analytics.planes import GRID, PICTURE, boxes, masks, near, planes

SQUARE: Final = np.ones((3, 3), np.uint8)
AROUND: Final = np.ones((5, 5), np.uint8)


def cells() -> Plane:
    return np.full(GRID, 77, np.uint8)


def framed() -> Plane:
    return np.zeros(FRAMED, np.uint8)


def slices(box: Box) -> tuple[slice, slice]:
    top, bottom, left, right = box
    return slice(top, bottom), slice(left, right)


def bounds(empty: Plane) -> tuple[Plane, Plane]:
    """Some grays between which a pixel lies."""
    return np.asarray(cv2.erode(empty, AROUND), np.uint8), np.asarray(cv2.dilate(empty, AROUND), np.uint8)


def steep(picture: Plane, empty: Plane, box: Box, least: int) -> Plane:
    """What is steep in a box, by Sobel's operator, 255 or 0; its rim is not."""
    where = pixel_box(*slices(box))
    seen, scene = picture[where], empty[where]
    half = cv2.addWeighted(seen, 0.5, scene, -0.5, 128)
    across, down = cv2.spatialGradient(half)
    rise = np.maximum(cv2.convertScaleAbs(across, alpha=0.5), cv2.convertScaleAbs(down, alpha=0.5))
    limit = cv2.dilate(cv2.convertScaleAbs(cv2.absdiff(seen, scene), alpha=0.66), AROUND)
    found = np.zeros(seen.shape, np.uint8)
    found[1:-1, 1:-1] = 255 * ((rise >= least) & (rise > limit))[1:-1, 1:-1]
    return found


def outlined(steep_ones: Plane, picture: Plane, lowest: Plane, highest: Plane, box: Box) -> Plane:
    """What of that lies beside a gray that is out of bounds, 1 or 0."""
    where = pixel_box(*slices(box))
    strange = ((picture[where] < lowest[where]) | (picture[where] > highest[where])).astype(np.uint8)
    beside: Plane = np.asarray(cv2.dilate(strange, SQUARE), np.uint8)
    return beside & (steep_ones & np.uint8(1))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), box=boxes(), least=st.sampled_from([4, 7, 13]))
def test_outlines_are_those_of_opencv(data: st.DataObject, box: Box, least: int) -> None:
    """Whatever else lies in the scratch planes from the look before."""
    empty = data.draw(planes())
    picture = data.draw(near(empty))
    lowest, highest = bounds(empty)
    scratch, found = np.full(SCRATCH, data.draw(st.sampled_from([0, 1, 255])), np.uint8), cells()
    outline_loops.find(picture, empty, lowest, highest, *box, least, scratch, found)
    inside, where = slices(box), pixel_box(*slices(box))
    steep_ones = steep(picture, empty, box, least)
    outlines = outlined(steep_ones, picture, lowest, highest, box)
    assert np.array_equal(outline_loops.steep(scratch)[where], steep_ones)
    assert np.array_equal(outline_loops.outlined(scratch)[where], outlines)
    rows, columns = inside[0].stop - inside[0].start, inside[1].stop - inside[1].start
    expected = np.zeros(GRID, np.uint8)
    expected[inside] = outlines.reshape(rows, CELL_PX, columns, CELL_PX).astype(np.int64).sum((1, 3)) >= 2
    assert np.array_equal(found, expected)
    mean = cv2.resize(outlines * np.uint8(255), (columns, rows), interpolation=cv2.INTER_AREA)
    assert np.array_equal(found[inside], mean >= 20)


@pytest.mark.parametrize("more", [0, 1])
def test_steep_is_more_than_the_share_rounded(more: int) -> None:
    """Halves to the even one: a rise of 17 levels beside 25, whose share is 16.5, is steep; one of 50 beside 75 is not."""
    empty = np.zeros(PICTURE, np.uint8)
    for largest in range(20, 256):
        rise = int(cv2.convertScaleAbs(np.full((1, 1), largest, np.uint8), alpha=0.66)[0, 0]) + more
        picture = empty.copy()
        picture[::2, 80], picture[1::2, 80] = 2 * (rise // 2), 2 * (rise - rise // 2)  # Sobel's mean of both
        picture[:, 81:] = largest
        scratch = np.zeros(SCRATCH, np.uint8)
        outline_loops.find(picture, empty, empty, empty, *WHOLE_BOX, 4, scratch, cells())
        assert (outline_loops.steep(scratch)[40:44, 79] == 255 * more).all(), largest


@settings(max_examples=40, deadline=None)
@given(seeds=masks())
def test_cells_spread_to_their_neighbours(seeds: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
    out = cells()
    outline_loops.spread(seeds.astype(np.uint8), framed(), out)
    assert np.array_equal(out, cv2.dilate(seeds.astype(np.uint8), SQUARE))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_sure_cells_and_the_box_around_them(data: st.DataObject) -> None:
    threshold = data.draw(planes(GRID))
    evidence, usual, fresh = data.draw(near(threshold)), data.draw(planes(GRID, most=3)), data.draw(masks())
    sure = cells()
    count, top, bottom, left, right = outline_loops.surely(evidence, threshold, fresh, usual, sure)
    expected = fresh & (evidence > threshold) & (evidence > usual)
    assert np.array_equal(sure, expected)
    assert count == np.count_nonzero(expected)
    if count:
        rows, columns = np.nonzero(cv2.dilate(expected.astype(np.uint8), SQUARE))
        assert (top, bottom, left, right) == (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_cells_that_may_move_join_sure_ones_beside_them(data: st.DataObject) -> None:
    possible = data.draw(planes(GRID))
    evidence, usual = data.draw(near(possible)), data.draw(planes(GRID, most=3))
    sure = data.draw(masks()).astype(np.uint8)
    joined, moved = cells(), cells()
    count = outline_loops.join(evidence, possible, usual, sure, framed(), joined, moved)
    expected = (cv2.dilate(sure, SQUARE) > 0) & (evidence > possible) & (evidence > usual)
    assert np.array_equal(joined, expected)
    assert np.array_equal(moved, np.where(expected, evidence, 0))
    assert count == np.count_nonzero(expected)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), least=st.sampled_from([4, 13]))
def test_what_moves_has_an_outline_in_or_beside_it(data: st.DataObject, least: int) -> None:
    """All in one call, by its parts; one call after the other in the same scratch planes."""
    scratch, frame = np.zeros(SCRATCH, np.uint8), framed()
    for _ in range(2):
        empty = data.draw(planes())
        picture = data.draw(near(empty))
        lowest, highest = bounds(empty)
        threshold, possible = np.full(GRID, 22, np.uint8), np.full(GRID, 11, np.uint8)
        evidence, usual, fresh = data.draw(planes(GRID, most=100)), data.draw(planes(GRID, most=30)), data.draw(masks())
        edges, sure, joined, moved = cells(), cells(), cells(), cells()
        count, sure_count = outline_loops.move(
            picture,
            empty,
            lowest,
            highest,
            least,
            *(evidence, threshold, possible, usual, fresh),
            *(scratch, frame, edges, sure, joined, moved),
        )
        expected = cells()
        found, top, bottom, left, right = outline_loops.surely(evidence, threshold, fresh, usual, expected)
        box = top, bottom, left, right
        if not found:
            assert (count, sure_count) == (0, 0)
            continue
        outlines = cells()
        outline_loops.find(picture, empty, lowest, highest, *box, least, np.zeros(SCRATCH, np.uint8), outlines)
        kept = expected & np.asarray(cv2.dilate(outlines, SQUARE), np.uint8)
        if not kept.any():
            assert (count, sure_count) == (-1, 0)
            assert np.array_equal(sure, expected)
            continue
        all_joined, all_moved = cells(), cells()
        assert count == outline_loops.join(evidence, possible, usual, kept, framed(), all_joined, all_moved)
        assert sure_count == np.count_nonzero(kept)
        for told, wanted in ((sure, kept), (joined, all_joined), (moved, all_moved)):
            assert np.array_equal(told, wanted)
