"""Rules of zones on generated sequences with ground truth, and the tracker that they lean on."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from analytics.blobs import MOST, Blob, blobs
from analytics.rule_cases import cases
from analytics.rule_evaluation import play
from analytics.tracker import MOST_TRACKS, Tracker
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.clock import NS_PER_S
from nvr.config import Zone
from nvr.config.loader import parse_config
from nvr.config.schedules import Hours
from nvr.config.zones import MinHeight
from nvr.errors import ConfigError

CASES: Final = {case.name: case for case in cases()}
TRIED: Final = (
    "line: across, towards B", "line: one way only, the other is walked", "line: along it, beyond", "line: past its end", "line: the light changes",
    "line: leaves in gusts upon it", "crowd: leaves in gusts",
    "loitering: stands for 22 s", "loitering: passes", "loitering: stands outside",
    "crowd: five gather", "crowd: two stand",
    "left: a bag is put down", "left: picked up again after 8 s", "left: the light changes",
    "left: somebody stands for 54 s", "left: somebody stands while others pass", "left: a patch of light, nobody near", "taken: a bag that stood there",
    "min height: somebody far crosses", "min height: a dog near crosses",
)  # fmt: skip
ONCE_WRONG: Final = (
    ("left: a bag is put down, and waited by", 1), ("left: a pale bag", 2), ("left: a bag is put down", 6), ("left: a car parks", 5),
    ("line: two pass each other on either side", 13), ("crowd by share: five gather near", 1), ("crowd: five gather", 3),
)  # fmt: skip


@pytest.mark.parametrize(("name", "seed"), [*((name, 1) for name in TRIED), *ONCE_WRONG])
def test_what_should_be_reported_is_and_nothing_else(name: str, seed: int) -> None:
    score = play(CASES[name], seed)
    assert not score.missed
    assert not score.false
    assert len(score.found) == len(CASES[name].expected)


def test_a_rule_is_named_once_and_a_line_for_each_way_that_counts() -> None:
    points = [[0.1, 0.6], [0.9, 0.6]]
    both = Zone.model_validate({"name": "Z", "line": {"points": points}, "crowd": {"count": 3}, "left": {}})
    assert both.rule_names == ("line_a_b", "line_b_a", "crowd", "left")
    one = Zone.model_validate({"name": "Z", "line": {"points": points, "direction": "b_to_a"}, "taken": {}})
    assert one.rule_names == ("line_b_a", "taken")


@given(
    arrays(np.uint8, (GRID_ROWS, GRID_COLUMNS), elements=st.sampled_from([0, 0, 0, 0, 0, 0, 30, 60, 100])),
)
@settings(deadline=None, max_examples=60)
def test_things_hold_all_evidence_once_and_lie_within_their_boxes(evidence: NDArray[np.uint8]) -> None:
    found = blobs(evidence)
    covered = np.zeros(evidence.shape, np.bool_)
    for each in found:
        left, top, right, bottom = each.box
        assert left <= each.x <= right
        assert top <= each.y <= bottom
        assert left <= each.foot_x <= right
        assert bottom - 1 < each.foot_y <= bottom
        assert 0 < each.height <= bottom - top
        assert each.width == right - left
        part = evidence[top:bottom, left:right]
        assert part[0].any()
        assert part[-1].any()
        assert part[:, 0].any()
        assert part[:, -1].any()
        covered[top:bottom, left:right] = True
    if len(found) < MOST:
        assert covered[evidence > 0].all()


def test_the_foot_of_a_thing_lies_in_its_lowest_row_by_how_full_that_is() -> None:
    evidence = np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8)
    evidence[4:7, 10] = 80
    evidence[7, 10:12] = (60, 20)
    (found,) = blobs(evidence)
    assert found.box == (10, 4, 12, 8)
    assert found.foot_y == pytest.approx(7 + 60 / 80)
    assert found.foot_x == pytest.approx((60 * 10.5 + 20 * 11.5) / 80)
    assert found.x == pytest.approx((300 * 10.5 + 20 * 11.5) / 320)
    assert found.height == pytest.approx(2 + 1 + 60 / 80)


def blob(x: float, y: float) -> Blob:
    left, top = int(x), int(y)
    return Blob(x, y, x, y + 0.5, 1.0, 1.0, (left, top, left + 1, top + 1))


@settings(deadline=None)
@given(
    lanes=st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True),
    speeds=st.lists(st.floats(1.0, 6.0), min_size=4, max_size=4),
    back=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_things_that_stay_apart_keep_their_numbers(lanes: list[int], speeds: list[float], back: list[bool]) -> None:
    tracker = Tracker()
    numbers: dict[int, set[int]] = {lane: set() for lane in lanes}
    for tenth in range(40):
        found = {}
        for lane in lanes:
            gone = speeds[lane] * tenth / 10
            found[lane] = blob(29 - gone if back[lane] else 2 + gone, 2 + 4.5 * lane)
        tracks = tracker.update(tenth * NS_PER_S // 10, list(found.values()))
        for lane, seen in found.items():
            numbers[lane] |= {track.number for track in tracks if track.now and track.blob is seen}
    assert all(len(each) == 1 for each in numbers.values()), numbers
    assert len(set().union(*numbers.values())) == len(lanes)


def part(x: float, top: int, bottom: int) -> Blob:
    left = int(x) - 1
    return Blob(x, (top + bottom) / 2, x, bottom, 2.0, bottom - top, (left, top, left + 2, bottom))


def test_shoulders_and_legs_of_one_who_stands_are_he() -> None:
    """Now these move, now those, too far from each other to be one step; what moves beyond him is another."""
    tracker = Tracker(patience_s=5.0)
    for tenth in range(20):
        tracker.update(tenth * NS_PER_S // 10, [part(4 + 0.3 * tenth, 4, 12)])
    for tenth in range(20, 40):
        tracker.update(tenth * NS_PER_S // 10, [part(10, 4, 7)])
    (who,) = tracker.update(4 * NS_PER_S, [part(10, 7, 12)])
    assert who.number == 1
    assert {track.number for track in tracker.update(41 * NS_PER_S // 10, [part(14.5, 7, 12)])} == {1, 2}


@pytest.mark.parametrize(("centre_y", "told"), [(6.5, [19, 20, 21]), (10.0, [])], ids=["the far one", "the near one"])
def test_whoever_is_one_thing_with_a_nearer_one_has_not_his_foot(centre_y: float, told: list[int]) -> None:
    """Two pass each other, and for as long as they are one thing it is taken for this one or that: its foot is the nearer one's."""
    tracker = Tracker()
    shared, feet = [], set()
    for tenth in range(40):
        x, y = 2 + 0.5 * tenth, 22 - 0.5 * tenth
        far, near = part(x, 4, 9), part(y, 7, 13)
        left, right = min(x, y), max(x, y)
        both = Blob((x + y) / 2, centre_y, y, 13, right - left + 2, 9, (int(left) - 1, 4, int(right) + 1, 13))
        tracks = tracker.update(tenth * NS_PER_S // 10, [both] if right - left < 2 else [far, near])
        shared += [tenth for track in tracks if track.now and track.shares]
        feet |= {(track.number, track.foot_y) for track in tracks}
    assert shared == told
    assert feet == {(1, 9), (2, 13)}, "no foot has jumped"


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.tuples(st.floats(0, 31), st.floats(0, 17)), max_size=40), max_size=12))
def test_there_are_never_more_than_sixteen(frames: list[list[tuple[float, float]]]) -> None:
    tracker = Tracker()
    for tenth, places in enumerate(frames):
        tracks = tracker.update(tenth * NS_PER_S // 10, [blob(x, y) for x, y in places])
        assert len(tracks) <= MOST_TRACKS
        assert len({track.number for track in tracks}) == len(tracks)
    tracker.update(len(frames) * NS_PER_S + 60 * NS_PER_S, [])
    assert tracker.idle


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 2))
def test_the_least_height_lies_between_its_ends(top: float, bottom: float, foot: float) -> None:
    limits = MinHeight(top=top, bottom=bottom)
    assert min(top, bottom) - 1e-9 <= limits.at(foot) <= max(top, bottom) + 1e-9
    assert limits.at(0) == top
    assert limits.at(1) == pytest.approx(bottom)
    assert MinHeight(top=0.1, bottom=0.3).at(0.25) == pytest.approx(0.15)


def config(zone: str, more: str = "") -> str:
    return f'{more}cameras: [{{id: cam01, number: 1, name: Jr. Uno, main: {{url: "rtsp://h/1"}}, zones: [{zone}]}}]'


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("{name: Z, schedule: noche}", "no schedule of this file"),
        ("{name: Z, movement: false}", "never raise an alert"),
        ("{name: Z, crowd: {after_s: 5}}", "asks for nothing"),
        ("{name: Z, line: {points: [[0.1, 0.1], [0.1, 0.11]]}}", "hardly any length"),
        ("{name: Z, left: {after_s: 1}}", "after_s"),
    ],
)
def test_a_faulty_rule_is_named_with_its_remedy(zone: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(config(zone), "test")
    (fault,) = caught.value.faults
    assert says in f"{fault.field} {fault.message}"
    assert fault.remedy
    assert fault.line == 1


def test_hours_are_those_of_the_wall() -> None:
    made = parse_config(
        config("{name: Z, schedule: noche}", 'schedules: {noche: [{from: "22:00", to: "06:00"}]}\n'), "test"
    )
    hours = Hours(made.schedules, made.timezone)
    at_noon_ns = 1_795_712_400 * NS_PER_S  # 2026-11-26 12:00 in Lima
    told = [hours.active("noche", at_noon_ns + hour * 3600 * NS_PER_S) for hour in (0, 9, 10, 17, 18)]
    assert told == [False, False, True, True, False]
