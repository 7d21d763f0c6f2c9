"""Shares within a budget of processor time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.governor import Governor


def cost(governor: Governor, key_frames: float, rest: float, extra: float) -> float:
    """Cores that cameras take at a governor's shares."""
    return key_frames + governor.head * rest + governor.extra_head * extra


@given(st.floats(0.3, 4), st.floats(0.01, 0.25), st.floats(0.0, 6), st.floats(0.0, 6))
def test_settles_within_the_budget(budget: float, key_frames: float, rest: float, extra: float) -> None:
    """Whatever the cameras would take: after two minutes no more than the budget, at most a step of growth aside; all of it where there is room."""
    governor = Governor(budget, 0.5 * budget)
    for _ in range(240):
        governor.update(cost(governor, key_frames, rest, extra))
    settled = []
    for _ in range(60):
        settled.append(cost(governor, key_frames, rest, extra))
        governor.update(settled[-1])
        assert 0 <= governor.head <= 1
        assert 0 <= governor.extra_head <= 1
    assert sorted(settled)[30] <= budget * 1.1
    if key_frames + rest < 0.85 * budget:
        assert governor.head == 1


def test_the_extra_goes_first() -> None:
    """Cameras without a sub-stream lose what they were given beyond their need before any sub-stream loses a frame."""
    governor = Governor(1.0, 0.5)
    for _ in range(60):
        governor.update(0.1)
    assert governor.extra_head > 0.3
    governor.update(2.0)
    assert (governor.head, governor.extra_head > 0) == (1.0, True)
    for _ in range(20):
        governor.update(2.0)
    assert governor.extra_head == 0
    assert governor.head < 0.1


def test_says_when_it_is_short() -> None:
    """A frame left out now and then is not worth an alert; five seconds of the last thirty are."""
    governor = Governor(1.0, 0.5)
    told = []
    for thinned in (3, 3, 3, 3, 1, *[0] * 26):
        governor.note(thinned)
        told.append(governor.short)
    assert told == [False] * 4 + [True] * 26 + [False]


def test_refuses_a_budget_that_is_none() -> None:
    with pytest.raises(ValueError, match="is none"):
        Governor(0, 0)
