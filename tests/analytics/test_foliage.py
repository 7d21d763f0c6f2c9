"""Leaves that moved, and what hides them."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.cells import COLUMNS, ROWS
from analytics.foliage import Foliage
from tests.analytics.light import glow
from tests.analytics.test_outline import leaves

BOX = (slice(3, 12), slice(4, 26))


@pytest.mark.parametrize(("right_px", "down_px"), [(1, 0), (-2, 1), (2, -2), (0, 2)])
def test_leaves_that_moved_hide_nothing(right_px: int, down_px: int) -> None:
    noise = np.random.default_rng(5).normal(0, 1.5, (ROWS, COLUMNS))
    moved = (np.roll(leaves(), (down_px, right_px), (0, 1)) + noise).clip(0, 255).astype(np.uint8)
    hidden = Foliage().hidden(moved, leaves(), BOX)
    assert hidden.shape == (9, 22)
    assert not hidden.any()


def test_what_stands_before_them_is_told_cell_by_cell() -> None:
    """Of the leaves' own mean gray; the leaves around it move. A cell whose leaves have nearly that gray may be missed."""
    picture = np.roll(leaves(), (1, -1), (0, 1))
    picture[25:45, 60:75] = 100
    hidden = Foliage().hidden(picture, leaves(), BOX)
    assert np.count_nonzero(hidden[2:6, 8:11]) >= 11
    assert np.count_nonzero(hidden) == np.count_nonzero(hidden[2:6, 8:11])


def test_light_on_leaves_hides_nothing() -> None:
    lit = glow(leaves().astype(np.float32), 75, 40, 25, 15, 50).clip(0, 255).astype(np.uint8)
    assert not Foliage().hidden(lit, leaves(), BOX).any()


def test_looks_no_further_than_the_picture() -> None:
    """At its corner as inside."""
    box = (slice(0, 2), slice(30, 32))
    assert not Foliage().hidden(leaves(), leaves(), box).any()
    assert np.count_nonzero(Foliage().hidden(np.full_like(leaves(), 100), leaves(), box)) >= 3
