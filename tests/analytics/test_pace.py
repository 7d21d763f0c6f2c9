"""Which frames are looked at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.pace import LOOK_EVERY_NS, Pace
from nvr.clock import NS_PER_S


@pytest.mark.parametrize(("fps", "looks"), [(5, 50), (10, 100), (12.5, 125), (13, 130), (15, 75), (25, 125), (30, 100)])
def test_looks_at_what_moves_not_at_every_frame(fps: float, looks: int) -> None:
    """In ten seconds: all frames of slow streams, every other of 15 and 25 a second, every third of 30."""
    pace = Pace()
    assert sum(pace.due(round(index * NS_PER_S / fps)) for index in range(round(10 * fps))) == looks


@given(st.lists(st.tuples(st.integers(-2 * LOOK_EVERY_NS, 2 * LOOK_EVERY_NS), st.booleans()), max_size=60))
def test_never_blind_for_longer_than_it_says(steps: list[tuple[int, bool]]) -> None:
    """Whatever the clock does: a frame is left out only within 75 ms after one that was looked at, and never where it presses."""
    pace, at_ns, looked_ns = Pace(), 0, None
    for step_ns, pressing in steps:
        at_ns += step_ns
        if pace.due(at_ns, pressing=pressing):
            looked_ns = at_ns
        else:
            assert not pressing
            assert looked_ns is not None
            assert 0 <= at_ns - looked_ns < LOOK_EVERY_NS
