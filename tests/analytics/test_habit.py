"""What a cell usually shows."""

from __future__ import annotations

import numpy as np

from analytics.habit import Habit
from analytics.motion import MotionDetector


def learned(levels: list[int]) -> int:
    """What is asked of a cell that has shown so much, frame by frame."""
    habit, cells = Habit(), np.zeros((18, 32), np.uint8)
    for level in levels:
        cells[4, 5] = level
        habit.learn(cells)
    assert np.count_nonzero(habit.cells) <= 1
    return int(habit.cells[4, 5])


def test_what_always_swings_is_usual() -> None:
    """Leaves that raise a cell in a third of the frames are asked for more than they show."""
    assert learned([35, 0, 0] * 100) >= 35


def test_who_passes_is_not() -> None:
    """Three people who cross a cell within a minute leave it nearly as keen as it was."""
    assert learned([0] * 60 + ([30] * 6 + [0] * 194) * 3) <= 15


def test_what_fills_a_cell_is_not() -> None:
    """A busy lane, whose cell cars fill all day, stays keen."""
    assert learned([20, 60, 100, 100, 100, 60, 20, 0, 0] * 60) <= 20


def test_rest_forgets_slowly() -> None:
    """A web that rests for a minute is still known, for a day not."""
    habit, cells = Habit(), np.full((18, 32), 35, np.uint8)
    for _ in range(200):
        habit.learn(cells)
    before = int(habit.cells[0, 0])
    for _ in range(600):
        habit.rest()
    assert habit.cells[0, 0] >= before - 1
    for _ in range(864_000):
        habit.rest()
    assert habit.cells[0, 0] == 0


def test_a_camera_that_looks_elsewhere_knows_nothing_usual() -> None:
    """After it was moved, or sends another size, what its cells used to show there is forgotten."""
    detector, other = MotionDetector(), np.full((360, 640), 90, np.uint8)
    for forget in (detector.relearn, lambda: detector.update(other, 0)):
        for _ in range(60):
            detector._habit.learn(np.full((18, 32), 35, np.uint8))
        assert detector._habit.cells.any()
        forget()
        assert not detector._habit.cells.any()


def test_a_habit_is_what_its_rule_says() -> None:
    """Beside the rule in plain numbers, young and old, from empty cells to full ones: up where exceeded, down elsewhere and where a cell is filled."""
    rng = np.random.default_rng(5)
    habit, fine = Habit(), np.zeros((18, 32))
    for frame in range(120):
        evidence = rng.choice([0, 3, 20, 45, 61, 70, 71, 100], (18, 32)).astype(np.uint8)
        usual = np.rint(fine * 1.25 / 64)
        fine += np.where(evidence > usual, 512 if frame < 50 else 64, 0)
        fine = (fine - np.where(evidence > 70, 128, 0) - 1).clip(0, 50 * 64)
        habit.learn(evidence)
        assert np.array_equal(habit.cells, np.rint(fine * 1.25 / 64))
    assert habit.cells.max() > 50
