"""What stands still, what moves, and what only the model made jump."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.cells import Plane
from analytics.streaks import Streaks
from analytics.zones import GRID_COLUMNS, GRID_ROWS


def cells(evidence: int) -> Plane:
    return np.full((GRID_ROWS, GRID_COLUMNS), evidence, np.uint8)


def standing_at(evidence: int, frames: int = 10) -> Streaks:
    streaks = Streaks()
    for _ in range(frames):
        streaks.follow(cells(evidence))
    return streaks


def looked_fully(streaks: Streaks, before: Plane, now: Plane) -> NDArray[np.bool_]:
    streaks.follow(now, lambda: before)
    return streaks.fresh


def test_what_keeps_its_evidence_moves_for_four_frames() -> None:
    streaks = Streaks()
    told = []
    for index in range(7):
        streaks.follow(cells(60 + index % 2 * 5))
        told.append(bool(streaks.fresh.all()))
    assert told == [True] * 4 + [False] * 3


def test_what_only_the_model_made_jump_stands_on() -> None:
    streaks = standing_at(86)
    assert not looked_fully(streaks, cells(85), cells(75)).any()
    streaks.follow(cells(74))
    assert not streaks.fresh.any(), "it goes on from the new evidence"


def test_what_the_picture_made_jump_moves() -> None:
    assert looked_fully(standing_at(40), cells(60), cells(58)).all()


def test_what_light_alone_made_jump_by_the_old_look_stands_on() -> None:
    """A full look takes the light out."""
    assert not looked_fully(standing_at(40), cells(90), cells(42)).any()


def test_cells_are_told_apart() -> None:
    before, now = cells(85), cells(75)
    before[3, 4] = 20
    fresh = looked_fully(standing_at(86), before, now)
    assert fresh[3, 4]
    assert np.count_nonzero(fresh) == 1


def test_what_stood_for_thirty_frames_is_taken_once() -> None:
    streaks = standing_at(50, 30)
    assert not streaks.take_standing().any()
    streaks.follow(cells(50))
    assert streaks.take_standing().all()
    assert not streaks.take_standing().any()
    assert not streaks.fresh.any()
