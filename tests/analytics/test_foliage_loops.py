"""Matching leaves gives what OpenCV gives, to the last bit."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import foliage_loops, scene_loops
from analytics.cells import Plane
from analytics.foliage import LEAST, SHARES
from analytics.foliage_loops import FRAMED, REACH_PX
from tests.analytics.planes import GRID, boxes, near, planes


def flat(picture: Plane) -> Plane:
    """A picture without its mean over 15x15 pixels, in a rim."""
    slope = cv2.blur(picture, (15, 15))
    left = cv2.addWeighted(picture, 1, slope, -1, 128)
    framed = cv2.copyMakeBorder(left, REACH_PX, REACH_PX, REACH_PX, REACH_PX, cv2.BORDER_REPLICATE)
    return np.asarray(framed, np.uint8)


@settings(max_examples=60, deadline=None)
@given(picture=planes())
def test_light_is_taken_out(picture: Plane) -> None:
    framed = np.full(FRAMED, 77, np.uint8)
    sums, scratch = np.full(scene_loops.SUMS, 999, np.uint16), np.full(scene_loops.SCRATCH, 999, np.int16)
    foliage_loops.flatten(picture, sums, scratch, framed)
    assert np.array_equal(framed, flat(picture))


@settings(max_examples=80, deadline=None)
@given(data=st.data(), box=boxes())
def test_the_best_way_of_all_is_found(data: st.DataObject, box: tuple[int, int, int, int]) -> None:
    """In each cell of the box; others are left as they were."""
    empty = data.draw(planes())
    right_px, down_px = data.draw(st.integers(-3, 3)), data.draw(st.integers(-3, 3))
    seen, scene = flat(np.roll(data.draw(near(empty)), (down_px, right_px), (0, 1))), flat(empty)
    found = np.full(GRID, 77, np.uint8)
    foliage_loops.match(seen, scene, *box, SHARES, LEAST, np.full(scene_loops.SUMS, 999, np.uint16), found)
    inner = seen[REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]
    left = {
        (down, across): cv2.resize(
            cv2.absdiff(inner, np.ascontiguousarray(scene[down : down + 90, across : across + 160])),
            GRID[::-1],
            interpolation=cv2.INTER_AREA,
        )
        for down in range(2 * REACH_PX + 1)
        for across in range(2 * REACH_PX + 1)
    }
    most = np.maximum(cv2.convertScaleAbs(left[REACH_PX, REACH_PX], alpha=0.62), 7)
    hidden = np.where(np.min(list(left.values()), axis=0) > most, 255, 0)
    inside = slice(box[0], box[1]), slice(box[2], box[3])
    expected = np.full(GRID, 77, np.uint8)
    expected[inside] = hidden[inside]
    assert np.array_equal(found, expected)
