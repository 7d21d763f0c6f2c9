"""Rules of zones, asked frame by frame."""

from __future__ import annotations

import numpy as np

from analytics.blobs import Blob
from analytics.rule_state import CrowdState, Ground, LoiteringState
from analytics.tracker import Tracker
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S
from nvr.config.zones import Crowd, Loitering

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


def test_who_stops_moving_is_reported_no_longer_and_again_at_once_when_he_moves() -> None:
    tracker = Tracker(patience_s=30.0)
    state = LoiteringState(Loitering(after_s=10.0), Ground(INSIDE, None))

    def holds(tenth: int, *, moves: bool) -> bool:
        x = min(8.0, 2.0 + 0.2 * tenth) + (0.05 if tenth % 2 else 0.0)
        thing = Blob(x, 9.0, x, 10.0, 1.0, 3.0, (int(x), 7, int(x) + 1, 10))
        at_ns = tenth * NS_PER_S // 10
        return state.update(at_ns, tracker.update(at_ns, [thing] if moves else [])) is not None

    told = [holds(tenth, moves=True) for tenth in range(120)]
    assert told.index(True) == 100
    still = [holds(tenth, moves=False) for tenth in range(120, 300)]
    assert still[:49] == [True] * 49, "a short rest changes nothing"
    assert not any(still[51:]), "he has not moved for more than five seconds, and may have gone unseen"
    assert holds(300, moves=True), "he was there all the time"
    assert len(tracker.tracks) == 1


def test_one_who_stands_is_there_whole_where_a_part_of_him_moves() -> None:
    """A crowd by share: cells that moved five seconds ago count beside one that still moves, not by themselves."""
    state = CrowdState(Crowd(share=0.5, after_s=1.0), Ground(INSIDE, None), INSIDE)
    moved_ns = np.zeros((GRID_ROWS, GRID_COLUMNS), np.int64)
    assert state.update(NS_PER_S, (), moved_ns) is None
    for second in range(2, 5):
        moved_ns[1::3, 1::3] = second * NS_PER_S
        assert state.update(second * NS_PER_S, (), moved_ns) is not None, "one in nine moves, and none is far from it"
    moved_ns[1::3, 1::3] = 6 * NS_PER_S
    assert state.update(6 * NS_PER_S, (), moved_ns) is None, "the others have not moved for more than five seconds"


def test_those_who_went_off_behind_one_another_are_no_new_crowd() -> None:
    """They are there for some seconds more, as those are who stand; a crowd is decided when one of them moves."""
    tracker = Tracker(patience_s=30.0)
    state = CrowdState(Crowd(count=2, after_s=2.0), Ground(INSIDE, None), INSIDE)
    never_ns = np.full((GRID_ROWS, GRID_COLUMNS), -(1 << 62), np.int64)

    def holds(tenth: int, *, moves: bool) -> bool:
        x = min(8.0, 2.0 + 0.3 * tenth)
        things = [Blob(x, y, x, y + 1, 1.0, 3.0, (int(x), int(y) - 2, int(x) + 1, int(y) + 1)) for y in (5.0, 14.0)]
        at_ns = tenth * NS_PER_S // 10
        return state.update(at_ns, tracker.update(at_ns, things if moves else []), never_ns) is not None

    walked = [holds(tenth, moves=True) for tenth in range(15)]
    assert not any(walked), "not for two seconds yet"
    assert not any(holds(tenth, moves=False) for tenth in range(15, 40)), "nobody moves"
    assert holds(40, moves=True)
    assert all(holds(tenth, moves=False) for tenth in range(41, 60)), "once decided they may rest"
