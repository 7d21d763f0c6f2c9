"""Loops over the empty scene give what OpenCV gives, to the last bit."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import scene_loops
from analytics.cells import Plane
from analytics.outline import MARGINS
from tests.analytics.planes import PICTURE, near, planes

SQUARE, AROUND = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)


def scratch() -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.full(scene_loops.SCRATCH, 999, np.int16)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_scene_comes_nearer_by_a_level(data: st.DataObject) -> None:
    towards = data.draw(planes())
    scene = data.draw(near(towards))
    expected = scene + np.sign(towards.astype(np.int64) - scene)
    scene_loops.approach(scene, towards)
    assert np.array_equal(scene, expected)


@settings(max_examples=60, deadline=None)
@given(scene=planes(), least=st.sampled_from([0, 28, 254]))
def test_contours_are_four_fifths_of_the_gradient(scene: Plane, least: int) -> None:
    out = np.full(PICTURE, 77, np.uint8)
    scene_loops.contours(scene, least, scratch(), out)
    gradient = cv2.convertScaleAbs(cv2.morphologyEx(scene, cv2.MORPH_GRADIENT, SQUARE), alpha=0.8)
    assert np.array_equal(out, np.maximum(gradient, least))


@settings(max_examples=80, deadline=None)
@given(scene=planes())
def test_a_pixel_lies_between_the_grays_around_it(scene: Plane) -> None:
    """Erosion and dilation after the mean is taken out, and a margin by the range between."""
    lowest, highest = np.full(PICTURE, 77, np.uint8), np.full(PICTURE, 77, np.uint8)
    scene_loops.bounds(scene, MARGINS, np.full(scene_loops.SUMS, 999, np.uint16), scratch(), lowest, highest)
    slope = cv2.blur(scene, (15, 15))
    detail = scene.astype(np.int16) - slope
    most, least = cv2.dilate(detail, AROUND), cv2.erode(detail, AROUND)
    margin = cv2.convertScaleAbs((most - least).clip(0, 255).astype(np.uint8), alpha=0.3, beta=4).astype(np.int64)
    assert np.array_equal(highest, ((slope + most).clip(0, 255) + margin).clip(0, 255))
    assert np.array_equal(lowest, ((slope + least).clip(0, 255) - margin).clip(0, 255))


def test_every_mean_of_a_window_is_rounded() -> None:
    """A division by 225 as a product: all sums that there are, by a scene that brightens by one part in 225."""
    low, high = np.full(PICTURE, 77, np.uint8), np.full(PICTURE, 77, np.uint8)
    for level in range(0, 255, 5):
        rng = np.random.default_rng(level)
        scene = (level + (rng.random(PICTURE) < np.linspace(0, 1, PICTURE[1]))).astype(np.uint8)
        no_margins = np.zeros(256, np.uint8)
        scene_loops.bounds(scene, no_margins, np.zeros(scene_loops.SUMS, np.uint16), scratch(), low, high)
        detail = scene.astype(np.int16) - cv2.blur(scene, (15, 15))
        assert np.array_equal(high, cv2.blur(scene, (15, 15)) + cv2.dilate(detail, AROUND))
