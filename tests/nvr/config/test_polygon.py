"""Polygons: property tests on shapes whose answer is known by construction."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.config.polygon import Corner, area, polygon_fault

SQUARE: list[Corner] = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


@st.composite
def stars(draw: st.DrawFn) -> list[Corner]:
    """Simple by construction: corners around a centre, by rising angle, with gaps below a half turn."""
    count = draw(st.integers(3, 20))
    radii = draw(st.lists(st.floats(0.1, 0.5), min_size=count, max_size=count))
    shift = draw(st.floats(0, 1))
    return [
        (0.5 + r * math.cos(2 * math.pi * (i + shift) / count), 0.5 + r * math.sin(2 * math.pi * (i + shift) / count))
        for i, r in enumerate(radii)
    ]


@given(stars())
def test_star_shaped_polygons_are_taken_in_both_senses_from_any_corner(corners: list[Corner]) -> None:
    """Neither the sense of rotation nor the first corner matters."""
    assert polygon_fault(corners) is None
    assert polygon_fault(corners[::-1]) is None
    assert polygon_fault(corners[1:] + corners[:1]) is None


@given(stars().filter(lambda corners: len(corners) >= 4), st.data())
def test_crossing_two_edges_is_refused(corners: list[Corner], data: st.DataObject) -> None:
    """Two neighbouring corners swapped on a convex polygon make a bow tie."""
    circle = [
        (0.5 + 0.4 * math.cos(2 * math.pi * i / len(corners)), 0.5 + 0.4 * math.sin(2 * math.pi * i / len(corners)))
        for i in range(len(corners))
    ]
    index = data.draw(st.integers(0, len(corners) - 2))
    circle[index], circle[index + 1] = circle[index + 1], circle[index]
    fault = polygon_fault(circle)
    assert fault is not None
    assert "cross" in fault[0]


@given(stars())
def test_area_matches_a_fan_of_triangles(corners: list[Corner]) -> None:
    """An independent sum: triangles from the centre, whose areas are half the cross products."""
    closed = [*corners, corners[0]]
    fan = sum(abs((ax - 0.5) * (by - 0.5) - (bx - 0.5) * (ay - 0.5)) / 2 for (ax, ay), (bx, by) in pairwise(closed))
    assert area(corners) == pytest.approx(fan)


@pytest.mark.parametrize(
    ("corners", "word"),
    [
        ([(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)], "no area"),
        ([(0.1, 0.1), (0.1, 0.1), (0.9, 0.9)], "repeats the one before"),
        ([(0.2, 0.2), (0.2, 0.2), (0.2, 0.2)], "repeats"),
        ([*SQUARE, (0.0, 0.0)], "repeats the first"),
        ([(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)], "cross"),
        ([(0.5, 0.5), (0.505, 0.5), (0.505, 0.505)], "no area"),
        # A spike that folds back on its own edge.
        ([(0.0, 0.0), (1.0, 0.0), (0.5, 0.0), (0.5, 1.0)], "cross or touch"),
        # A corner that touches an edge far from it.
        ([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.0), (0.0, 1.0)], "cross or touch"),
        # Two edges that lie on one another.
        ([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.8, 0.0), (0.2, 0.0), (0.0, 1.0)], "cross or touch"),
        # A figure of eight through a shared corner.
        ([(0.0, 0.0), (0.5, 0.5), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5), (0.0, 1.0)], "cross or touch"),
    ],
)
def test_degenerate_shapes_are_refused_with_their_reason(corners: list[Corner], word: str) -> None:
    """Every way in which a hand-drawn outline goes wrong has its own words."""
    fault = polygon_fault(corners)
    assert fault is not None
    assert word in fault[0]
    assert fault[1]


@pytest.mark.parametrize(
    "corners",
    [
        SQUARE,
        [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 1.0)],  # a corner on a straight edge
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5), (0.0, 1.0)],  # concave
    ],
)
def test_sound_shapes_are_taken(corners: list[Corner]) -> None:
    """Straight-on corners and concave outlines are polygons."""
    assert polygon_fault(corners) is None
