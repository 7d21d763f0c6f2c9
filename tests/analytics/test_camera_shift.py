"""By how much the camera has moved, and that nothing else is taken for that."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from analytics.camera_shift import ShiftWatch, camera_shift
from analytics.cells import COLUMNS, ROWS, Plane
from tests.analytics.scenes import street


def view(right_px: int = 0, down_px: int = 0, exposure: float = 1.0) -> Plane:
    """A part of a wider scene, as a camera sees it that has turned left and up by so many working pixels."""
    wide = cv2.resize(street(40, 480, 800), (200, 120), interpolation=cv2.INTER_AREA)
    top, left = 15 - down_px, 20 - right_px
    seen: Plane = np.clip(wide[top : top + ROWS, left : left + COLUMNS] * exposure, 0, 255).astype(np.uint8)
    return seen


@pytest.mark.parametrize("exposure", [1.0, 0.85, 1.15])
@pytest.mark.parametrize(("right_px", "down_px"), [(2, 0), (-7, 3), (15, -10)])
def test_a_turn_is_told_in_any_light(right_px: int, down_px: int, exposure: float) -> None:
    shift = camera_shift(view(right_px, down_px, exposure), view())
    assert shift == pytest.approx((right_px, down_px), abs=0.3)


@pytest.mark.parametrize("exposure", [1.0, 0.6, 1.3])
def test_light_is_no_turn(exposure: float) -> None:
    assert camera_shift(view(exposure=exposure), view()) is None


def test_somebody_large_is_no_turn() -> None:
    picture = view()
    picture[20:80, 40:90] = 200
    assert camera_shift(picture, view()) is None


def test_a_camera_turns_on_until_it_rests() -> None:
    watch = ShiftWatch()
    watch.begin(view())
    assert watch.turns_on(view(5, 0))
    watch.begin(view(5, 0))
    assert not watch.turns_on(view(5, 0))
