"""Who stands where, and who has gone."""

from __future__ import annotations

import numpy as np

from analytics.blobs import Blob
from analytics.standing import Standing
from analytics.tracker import Tracker
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S


class Scene:
    """A tracker and who stands, ten frames a second."""

    def __init__(self) -> None:
        self.tracker = Tracker(patience_s=5.0)
        self.standing = Standing(20 * NS_PER_S)
        self.tenth = 0
        self.moving = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)

    def frame(self, *xs: float) -> None:
        self.show(*(Blob(x, 9.0, x, 10.5, 1.0, 3.0, (int(x), 7, int(x) + 1, 11)) for x in xs))

    def show(self, *found: Blob) -> None:
        at_ns = self.tenth * NS_PER_S // 10
        self.standing.update(at_ns, self.tracker.update(at_ns, found), self.tracker.stopped, self.moving)
        self.tenth += 1

    def walk(self, start: float, end: float, step: float = 0.3) -> None:
        for x in np.arange(start, end, step if end > start else -step):
            self.frame(float(x))

    def wait(self, seconds: float, *xs: float) -> None:
        for _ in range(round(10 * seconds)):
            self.frame(*xs)

    def stands_at(self, column: int) -> bool:
        cells = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        cells[10:11, column] = True
        return self.standing.stands(self.tenth * NS_PER_S // 10, cells)


def test_who_stops_stands_there_until_he_goes_and_a_little_longer() -> None:
    scene = Scene()
    scene.walk(1.0, 12.0)
    scene.wait(15)
    assert scene.stands_at(11)
    assert not scene.stands_at(20)
    scene.walk(11.5, 31.9)
    scene.wait(2)
    assert scene.stands_at(11), "the background there is still his"
    scene.wait(13)
    assert not scene.stands_at(11)


def test_who_passes_leaves_nobody_standing() -> None:
    scene = Scene()
    scene.walk(1.0, 31.9)
    scene.wait(10)
    assert not any(scene.stands_at(column) for column in range(GRID_COLUMNS - 1))
    assert scene.standing.visited(scene.tenth * NS_PER_S // 10)[9, 15]
    scene.wait(12)
    assert not scene.standing.visited(scene.tenth * NS_PER_S // 10)[9, 15]


def test_who_passes_one_that_stands_does_not_take_him_along() -> None:
    scene = Scene()
    scene.walk(1.0, 12.0)
    scene.wait(15)
    scene.walk(31.0, 1.0, step=0.5)
    scene.wait(15)
    assert scene.stands_at(11)


def test_nobody_stands_for_ever_without_stirring() -> None:
    scene = Scene()
    scene.walk(1.0, 12.0)
    scene.wait(40)
    assert scene.stands_at(11)
    for _ in range(3):
        scene.wait(0.1, 11.5)
    scene.wait(40)
    assert scene.stands_at(11), "he stirred"
    scene.wait(20)
    assert not scene.stands_at(11)


def test_who_only_sways_stirs() -> None:
    """Movement too small to be followed, in the cells where he stopped; somewhere else it is nothing of his."""
    scene = Scene()
    scene.walk(1.0, 12.0)
    for column, still_there in ((11, True), (20, False)):
        for _ in range(4):
            scene.moving[9, column] = True
            scene.frame()
            scene.moving[9, column] = False
            scene.wait(20)
        assert scene.stands_at(11) is still_there


def test_of_one_who_waits_his_whole_place_is_kept() -> None:
    """While he stands only a part of him moves, an arm at his side: he has not gone, and where his feet are is his, also when he goes at last."""
    scene = Scene()
    scene.walk(1.0, 12.0)
    scene.wait(4, 11.9)
    shoulder, arm = (Blob(x, 7.5, x, 8.0, 1.0, 1.0, (int(x), 7, int(x) + 1, 8)) for x in (12.4, 13.6))
    for _ in range(20):
        scene.show(shoulder)
        scene.show(arm)
    assert not scene.stands_at(11), "nobody has gone, and he is still followed"
    scene.wait(6)
    assert scene.stands_at(11), "he has not moved for long, and is there with his feet"
    scene.walk(12.5, 31.9)
    assert scene.stands_at(11), "the background there is still his"
    scene.wait(13)
    assert not scene.stands_at(11)
