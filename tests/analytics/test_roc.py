"""Curves by hand."""

from __future__ import annotations

import numpy as np

from analytics.roc import SCORES, Roc, draw


def test_points_by_hand() -> None:
    """Three moving cells at 90, 50 and 10, one unmoved at 50 and three at 0; a cell that is not judged counts nowhere."""
    scores = np.array([[90, 50, 10, 50, 0, 0, 0, 99]], np.uint8)
    positive = np.array([[True, True, True, False, False, False, False, False]])
    judged = np.array([[True] * 7 + [False]])
    roc = Roc()
    roc.add(scores, positive, judged)
    points = roc.points()
    assert points.shape == (SCORES, 2)
    by_threshold = {threshold: tuple(points[SCORES - 1 - threshold]) for threshold in (91, 90, 50, 10, 0)}
    assert by_threshold == {91: (0, 0), 90: (0, 1 / 3), 50: (0.25, 2 / 3), 10: (0.25, 1), 0: (1, 1)}
    assert (np.diff(points, axis=0) >= 0).all()


def test_draws_each_curve() -> None:
    """Two curves are two colours on white."""
    better, worse = Roc(), Roc()
    better.positive[80], better.negative[0] = 10, 100
    worse.positive[[80, 2]], worse.negative[[5, 0]] = (5, 5), (8, 92)
    picture = draw("made up", {"better": better, "worse": worse})
    found = {tuple(int(level) for level in pixel) for pixel in picture.reshape(-1, 3)}
    assert {(255, 255, 255), (40, 40, 220), (200, 110, 20)} <= found
