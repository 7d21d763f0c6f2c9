"""Is this list of corners a polygon? Pure geometry on the unit square."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

Corner = tuple[float, float]

MIN_AREA: Final = 1e-4
"""Smallest area, as a share of the picture: a square of 1 % by 1 %. Less is a slip of the hand, not a place in a street."""


def area(corners: Sequence[Corner]) -> float:
    """Enclosed area of a simple polygon, 0..1 (the shoelace formula, Meister 1769)."""
    closed = [*corners, corners[0]]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(closed))) / 2


def polygon_fault(corners: Sequence[Corner]) -> tuple[str, str] | None:
    """What is wrong with the corners, and what to write; None where they are a simple polygon (no edge touches another but its neighbours).

    Args:
        corners: three or more points, x and y 0..1; the last is joined to the first.
    """
    count = len(corners)
    if corners[0] == corners[-1]:
        return ("the last corner repeats the first", "Leave it out: the polygon closes by itself")
    for index in range(count):
        if corners[index] == corners[(index + 1) % count]:
            return (f"corner {index + 2} repeats the one before it", "Write each corner once")
    edges = [(corners[index], corners[(index + 1) % count]) for index in range(count)]
    flat = all(_turn(corners[0], corners[1], corner) == 0 for corner in corners)
    if not flat and _bow_tie(edges):
        return ("two edges cross or touch", "List the corners in order along the outline, without crossing it")
    if flat or area(corners) < MIN_AREA:
        return ("the polygon has no area", "Write at least three corners that are not on one line")
    return None


def _bow_tie(edges: Sequence[tuple[Corner, Corner]]) -> bool:
    # Neighbours share a corner by nature. Where one folds back on the other, the next edge but one begins on it, which shows here too.
    count = len(edges)
    return any(_meet(edges[i], edges[j]) for i in range(count) for j in range(i + 2, count - (i == 0)))


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    """1 where a → b → c turns left, -1 right, 0 straight on (or back)."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _between(point: Corner, a: Corner, b: Corner) -> bool:
    """Whether a point of the line through a and b lies between them."""
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])


def _meet(first: tuple[Corner, Corner], second: tuple[Corner, Corner]) -> bool:
    """Whether two segments have a point in common (Cormen et al., Introduction to Algorithms, section 33.1)."""
    (a, b), (c, d) = first, second
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    return (
        (turns[0] == 0 and _between(c, a, b))
        or (turns[1] == 0 and _between(d, a, b))
        or (turns[2] == 0 and _between(a, c, d))
        or (turns[3] == 0 and _between(b, c, d))
    )
