"""Rules of zones replayed from the motion index, beside what they said of the video."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

from analytics.motion import CELL_THRESHOLD, MotionDetector
from analytics.rule_cases import crowd_cases, loitering_cases
from analytics.rule_evaluation import ROWS
from analytics.rule_replay import TOLD, replay_rules, told_rules
from analytics.rule_sequences import FPS, RuleSequence
from analytics.tune import replay
from analytics.zone_rules import ZoneRules
from analytics.zones import GRID_COLUMNS, GRID_ROWS, zone_cells
from nvr.clock import NS_PER_S
from nvr.config import Zone
from nvr.motion_index.rows import ROW, Rows
from nvr.motion_index.seconds import Seconds
from tests.analytics.test_pipeline import camera_config

START_S: Final = 1_795_000_000
ALL_SEEN: Final = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
CASES: Final = [*loitering_cases(), *(case for case in crowd_cases() if case.name.startswith("crowd by share"))]
Span = tuple[str, float, float]
"""A rule, and from when to when it held, in seconds."""


def watched(sequence: RuleSequence) -> tuple[list[Span], Rows]:
    """What the rules said of the video, and its motion index."""
    zone = Zone.model_validate(sequence.zone)
    cells = zone_cells(zone.name, zone.polygon, zone.sensitivity, zone.min_area, CELL_THRESHOLD)
    detector, rules, seconds = MotionDetector([cells]), ZoneRules([(zone, cells)]), Seconds()
    said: list[Span] = []
    for index, luma in enumerate(sequence.frames(1, ROWS)):
        at_ns = START_S * NS_PER_S + index * NS_PER_S // FPS
        if detector.update(luma, at_ns).calibrating:
            seconds.blind()
            decisions = rules.restart()
        else:
            seconds.add(at_ns, detector.moved)
            decisions = rules.update(at_ns, at_ns, detector, {})
        said += [span(each.rule.name, each.decision) for each in decisions if each.decision.kind == "ended"]
    said += [span(each.rule.name, each.decision) for each in rules.restart()]
    seconds.blind()
    return said, np.frombuffer(seconds.take(), ROW)


def span(rule: str, decision: Any) -> Span:
    """Of an observation that has ended."""
    start_s, end_s = (wall_ns / NS_PER_S - START_S for wall_ns in (decision.start_wall_ns, decision.decided_wall_ns))
    return rule, start_s, end_s


def replayed(rows: Rows, zone: dict[str, Any], masked: Any = ALL_SEEN, until_s: float = 1e9) -> list[Span]:
    """What a replay says, the zone on for so long."""
    found = replay_rules(rows, Zone.model_validate(zone), masked, lambda at_ns: at_ns / NS_PER_S - START_S < until_s)
    return [span(*each) for each in found]


@pytest.mark.parametrize("sequence", CASES, ids=[case.name for case in CASES])
def test_a_replay_tells_what_the_rules_told(sequence: RuleSequence) -> None:
    """The same alerts, from and to nearly the same moments, and none where there was none."""
    said, rows = watched(sequence)
    told = replayed(rows, sequence.zone)
    assert {rule for rule, _, _ in told} == {rule for rule, _, _ in said}
    if said:
        assert min(start for _, start, _ in told) == pytest.approx(min(start for _, start, _ in said), abs=1.5)
        assert max(end for _, _, end in told) == pytest.approx(max(end for _, _, end in said), abs=3)


def paces(
    seconds: int, *, holes: tuple[int, ...] = (), still: tuple[int, ...] = (), at: tuple[int, ...] = (12, 15)
) -> Rows:
    """Somebody goes to and fro between columns; in some seconds stands still, in some nothing was looked at."""
    gathered = Seconds()
    for second in range(seconds):
        if second in holes:
            gathered.blind()
            continue
        cells = np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8)
        if second not in still:
            left = at[second % len(at)]
            cells[6:12, left : left + 4] = 60
        for frame in range(4):
            at_ns = (START_S + second) * NS_PER_S + frame * NS_PER_S // 4
            gathered.add(at_ns, cells if cells.any() else None)
    gathered.blind()
    return np.frombuffer(gathered.take(), ROW)


STAY: Final = {"name": "z", "loitering": {"after_s": 10}}


def test_a_stay_is_one_over_rests_and_ends_where_nothing_was_looked_at() -> None:
    """Who stands wholly still for five seconds has stayed; what was not looked at may hide that he went."""
    assert replayed(paces(12), STAY) == [("loitering", 0.5, 11.5)]
    assert replayed(paces(10), STAY) == [], "not ten seconds yet"
    assert replayed(paces(12, still=(3, 4, 5, 6, 7)), STAY) == [("loitering", 0.5, 11.5)]
    assert replayed(paces(19, holes=(9,)), STAY) == []
    assert replayed(paces(12, at=(12, 20)), STAY) == [], "what doesn't touch are two"


def test_who_went_out_of_the_picture_is_not_he_who_comes_in_there() -> None:
    """At its edge nobody stands still; in the middle he may."""
    for columns, stays in (((22, 25, 28), False), ((16, 19, 22), True)):
        to_and_fro = (*columns, 0, 0, 0, 0, *reversed(columns))
        rows = paces(2 * len(to_and_fro), at=to_and_fro, still=(3, 4, 5, 6, 13, 14, 15, 16))
        assert bool(replayed(rows, STAY)) is stays


def test_masks_schedules_and_sizes_hold_in_a_replay_too() -> None:
    masked = ALL_SEEN.copy()
    masked[:, 8:24] = True
    assert replayed(paces(20), STAY, masked=masked) == []
    assert replayed(paces(20), STAY, until_s=8) == [], "it went off duty before it was time"
    assert replayed(paces(20), STAY, until_s=14) == [("loitering", 0.5, 13.5)]
    assert replayed(paces(20), STAY | {"min_height": {"top": 0.5, "bottom": 0.5}}) == []
    assert replayed(paces(20), STAY | {"polygon": [[0, 0], [0.3, 0], [0.3, 1], [0, 1]]}) == []


def test_a_crowd_is_told_by_its_share_alone_and_what_can_not_be_told_is_not() -> None:
    rows = paces(12)
    assert replayed(rows, {"name": "z", "crowd": {"share": 0.05, "after_s": 5}}) == [("crowd", 1.5, 11.5)]
    assert replayed(rows, {"name": "z", "crowd": {"share": 0.2, "after_s": 5}}) == []
    three = paces(12, at=(0, 12, 24))
    assert replayed(three, {"name": "z", "crowd": {"share": 0.08, "after_s": 5}})
    assert not replayed(three, {"name": "z", "crowd": {"share": 0.1, "after_s": 5}}), "of three seconds two count"
    line = {"points": [[0.1, 0.5], [0.9, 0.5]]}
    every = {"name": "z", "line": line, "crowd": {"count": 2}, "left": {}, "taken": {}}
    assert replayed(rows, every) == []
    assert told_rules(Zone.model_validate(every)) == ()
    assert told_rules(Zone.model_validate({"name": "z", "crowd": {"count": 2, "share": 0.5}, **STAY})) == TOLD


def test_rules_are_told_beside_the_movement_of_their_zone() -> None:
    told = replay(paces(20), camera_config(zones=[STAY | {"movement": True}]))
    assert [each.zone for each in told] == ["z", "z ▸ loitering"]
    assert [each.zone for each in replay(paces(20), camera_config(zones=[STAY]))] == ["z ▸ loitering"]
