"""Rules of zones, asked frame by frame."""

from __future__ import annotations

import numpy as np

from analytics.rule_state import CrowdState, Ground
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S
from nvr.config.zones import Crowd

INSIDE = np.ones((GRID_ROWS, GRID_COLUMNS), np.bool_)


def test_a_crowd_is_decided_only_where_it_holds() -> None:
    """Its time runs out in a short dip: nothing yet; it is decided when it holds again, and counts from its beginning."""
    state = CrowdState(Crowd(share=0.5, after_s=4.0), Ground(INSIDE, None), INSIDE)
    moved_ns = np.zeros((GRID_ROWS, GRID_COLUMNS), np.int64)
    for tenth in range(39):
        moved_ns[:] = min(tenth, 18) * NS_PER_S // 10
        assert state.update(tenth * NS_PER_S // 10, (), moved_ns) is None
    assert state.update(4 * NS_PER_S, (), moved_ns) is None, "its time is over, but nothing has moved for more than 2 s"
    moved_ns[:] = round(4.2 * NS_PER_S)
    verdict = state.update(round(4.2 * NS_PER_S), (), moved_ns)
    assert verdict is not None
    assert verdict.since_ns == 0
