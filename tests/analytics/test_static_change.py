"""What stands where nothing stood: things of several parts, and things beside each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.cells import COLUMNS, ROWS
from analytics.static_change import LOOK_NS, Change, StaticChanges
from analytics.zones import GRID_COLUMNS, GRID_ROWS

EVERYWHERE = np.ones((GRID_ROWS, GRID_COLUMNS), np.bool_)


class Scene:
    """A gray street that is looked at every two seconds, known already."""

    def __init__(self) -> None:
        self.changes = StaticChanges(1 << 62)
        self.picture: NDArray[np.uint8] = np.full((ROWS, COLUMNS), 120, np.uint8)
        self.at_ns = LOOK_NS
        for _ in range(10):
            self.look()

    def look(self) -> list[Change]:
        found = self.changes.look(self.at_ns, self.picture, EVERYWHERE)
        self.at_ns += LOOK_NS
        return found

    def put(self, left: int, top: int, width: int, height: int, level: int = 200) -> None:
        """Pixels of 160x90."""
        self.picture[top : top + height, left : left + width] = level


def test_a_thing_whose_middle_looks_like_the_street_is_one_and_told_once() -> None:
    """Its smaller part is no thing of its own, neither beside the larger one nor after that was told."""
    scene = Scene()
    scene.put(50, 40, 10, 8)
    scene.put(50, 51, 8, 4)
    (found,) = scene.look()
    assert found.pixels.sum() == 80
    scene.changes.absorb(found, scene.picture)
    assert not any(scene.look() for _ in range(5))


def test_what_stands_elsewhere_or_came_later_is_another_thing() -> None:
    scene = Scene()
    scene.put(50, 40, 10, 8)
    scene.put(100, 40, 6, 6)
    assert sorted(int(each.pixels.sum()) for each in scene.look()) == [36, 80]
    for _ in range(4):
        scene.look()
    scene.put(50, 51, 8, 4)
    large = next(each for each in scene.look() if each.pixels.sum() == 80)
    scene.changes.absorb(large, scene.picture)
    assert sorted(int(each.pixels.sum()) for each in scene.look()) == [32, 36]


def test_a_thing_is_as_large_as_what_it_encloses() -> None:
    """A car of which only the outline differs from the street keeps its size."""
    scene = Scene()
    scene.put(40, 30, 40, 20)
    scene.put(42, 32, 36, 16, level=120)
    (found,) = scene.look()
    assert found.pixels.sum() == 40 * 20 - 36 * 16
    assert found.share == 40 * 20 / (ROWS * COLUMNS)
