"""The other detectors' settings, tried on a sequence that is made here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.baselines import OURS, OURS_JOINED, USUAL, Peer, all_detectors
from analytics.evaluation import Score, Sequence, evaluate, true_cells
from analytics.roc import Roc
from analytics.sweep import MODELS, THRESHOLDS, best, grid, sweep, sweep_rows, verdict_row

GRAY = np.uint8
FRAMES, MOVES_FROM = 40, 25
LOTS = 0.02
"""KNN draws lots for what it learns, so no run of it is quite like another."""


def truth_picture(index: int) -> np.ndarray[tuple[int, int], np.dtype[GRAY]]:
    truth = np.zeros((90, 160), GRAY)
    if index >= MOVES_FROM:
        left = (index - MOVES_FROM) * 8
        truth[30:60, left : left + 20] = 255
    return truth


def frames() -> Iterator[np.ndarray[tuple[int, int], np.dtype[GRAY]]]:
    """A block 24 levels off, in noise that the default thresholds are not made for."""
    rng = np.random.default_rng(3)
    for index in range(FRAMES):
        picture = rng.normal(100, 6, (90, 160)) + np.where(truth_picture(index) > 0, 24, 0)
        yield picture.astype(GRAY)


NOISY = Sequence("noisy", 10.0, frames, lambda index: true_cells(truth_picture(index)) if index > 10 else None)


def test_f1_of_every_share_is_that_of_the_cells() -> None:
    """The curve's F1 at a share equals what counting the cells at that share gives."""
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 101, (18, 32)).astype(GRAY)
    positive, judged = rng.random((18, 32)) < 0.3, rng.random((18, 32)) < 0.9
    roc = Roc()
    roc.add(scores, positive, judged)
    for share in (0, 1, 10, 57, 100):
        score = Score()
        score.add(scores >= share, positive, judged)
        assert abs(roc.f1()[share] - score.f1) < 1e-12
    assert Roc().f1().tolist() == [1.0] * 101


def test_the_best_is_at_least_as_good_as_the_usual() -> None:
    """One winner of each kind, no worse than its usual setting, and what was tried of it comes true when it is run by itself."""
    tried = sweep([NOISY], lambda _: None)
    assert {each.setting.kind for each in best(tried)} == set(THRESHOLDS)
    assert len(tried) == len(list(grid()))
    usual = evaluate(NOISY, {peer.kind: Peer(peer) for peer in USUAL})
    for winner in best(tried):
        kind = winner.setting.kind
        assert winner.mean_f1 == max(each.mean_f1 for each in tried if each.setting.kind == kind)
        again = evaluate(NOISY, {kind: Peer(winner.setting)})[kind].cells.f1
        lots = LOTS if kind == "KNN" else 1e-9
        assert abs(again - winner.mean_f1) <= lots
        assert again >= usual[kind].cells.f1 - lots
    rows = sweep_rows(tried)
    assert len(rows) == sum(len(thresholds) for thresholds in THRESHOLDS.values())
    assert sum("**" in row for row in rows) == len(THRESHOLDS)


def test_one_setting_for_all_sequences() -> None:
    """A sequence without movement counts as much as one with it: what is found there lowers the mean."""
    still = Sequence("still", 10.0, frames, lambda index: true_cells(np.zeros((90, 160), GRAY)) if index > 10 else None)
    both = best(sweep([NOISY, still], lambda _: None))
    assert all(len(each.f1) == 2 for each in both)
    assert all(abs(each.mean_f1 - (each.f1[0] + each.f1[1]) / 2) < 1e-12 for each in both)


def test_the_verdict_names_the_best_other() -> None:
    """Ahead by the difference to the best of the others; time beside the quicker of the two models."""
    results = evaluate(NOISY, all_detectors(NOISY.fps))
    other = max(THRESHOLDS, key=lambda kind: results[kind].cells.f1)
    cells = [cell.strip() for cell in verdict_row("noisy", results).strip("|").split("|")]
    assert cells[0] == "noisy"
    assert cells[4] == other
    for column, name in ((5, OURS), (6, OURS_JOINED)):
        assert cells[column] == f"{results[name].cells.f1 - results[other].cells.f1:+.3f}"
    quicker_us = min(results[kind].mean_us for kind in MODELS)
    assert cells[8] == f"{results[OURS].mean_us / quicker_us:.3f}"
