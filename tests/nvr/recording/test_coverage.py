"""Gaps: each stretch without recording is in exactly one of them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nvr.errors import GapCause
from nvr.recording.coverage import UNEXPLAINED_NS, Coverage, Gap, Standstill

S = 10**9


def test_a_notice_reaches_back_to_the_last_picture() -> None:
    coverage = Coverage()
    assert coverage.resumed(10 * S) is None
    coverage.recorded(20 * S)
    assert coverage.interrupted(23 * S, "link", "no route") is None
    assert coverage.standstill == Standstill(20 * S, "link", "no route")
    assert coverage.resumed(30 * S) == Gap(20 * S, 30 * S, "link", "no route")
    assert coverage.standstill is None


def test_two_causes_make_two_gaps() -> None:
    coverage = Coverage(Standstill(5 * S, "software"))
    assert coverage.interrupted(7 * S, "link") == Gap(5 * S, 7 * S, "software")
    assert coverage.interrupted(8 * S, "link") is None
    assert coverage.interrupted(9 * S, "authentication") == Gap(7 * S, 9 * S, "link")
    assert coverage.resumed(11 * S) == Gap(9 * S, 11 * S, "authentication")


def test_a_camera_that_never_came_is_due_from_its_first_notice() -> None:
    coverage = Coverage()
    coverage.interrupted(5 * S, "link")
    assert coverage.resumed(8 * S) == Gap(5 * S, 8 * S, "link")


def test_a_hole_without_notice_is_the_cameras_and_jitter_is_none() -> None:
    coverage = Coverage()
    coverage.resumed(S)
    coverage.recorded(2 * S)
    assert coverage.resumed(2 * S + UNEXPLAINED_NS) is None
    coverage.recorded(3 * S)
    gap = coverage.resumed(5 * S)
    assert gap is not None
    assert (gap.start_wall_ns, gap.end_wall_ns, gap.cause) == (3 * S, 5 * S, "camera")


def test_a_clock_that_steps_back_makes_no_negative_gap() -> None:
    coverage = Coverage()
    coverage.resumed(100 * S)
    coverage.recorded(110 * S)
    coverage.interrupted(50 * S, "link")
    assert coverage.interrupted(60 * S, "camera") is None
    assert coverage.resumed(70 * S) is None


@given(
    events=st.lists(
        st.tuples(st.integers(1, 20), st.sampled_from(["record", "link", "disk", "authentication"])), max_size=30
    )
)
def test_recorded_and_gaps_together_are_all_of_the_time(events: list[tuple[int, str]]) -> None:
    coverage = Coverage()
    coverage.resumed(0)
    now_ns, recorded_ns, gaps = 0, 0, list[Gap]()
    recording = True
    for length, event in events:
        if event == "record":
            if not recording:
                gap = coverage.resumed(now_ns)
                gaps += [gap] if gap else []
            recording = True
            recorded_ns += length * S
            now_ns += length * S
            coverage.recorded(now_ns)
        else:
            cause: GapCause = "link" if event == "link" else "disk" if event == "disk" else "authentication"
            gap = coverage.interrupted(now_ns, cause)
            gaps += [gap] if gap else []
            recording = False
            now_ns += length * S
    final = coverage.resumed(now_ns)
    gaps += [final] if final else []
    assert recorded_ns + sum(gap.end_wall_ns - gap.start_wall_ns for gap in gaps) == now_ns
    assert all(a.end_wall_ns <= b.start_wall_ns for a, b in pairwise(gaps))


def test_the_first_word_of_a_run_counts_from_its_start() -> None:
    """Never recorded before: the time until the first time-out has its cause, not another."""
    coverage = Coverage()
    assert coverage.expected(10 * S) is None
    assert coverage.interrupted(20 * S, "link") is None
    assert coverage.ongoing(25 * S) == Gap(10 * S, 25 * S, "link")
    assert coverage.interrupted(30 * S, "authentication") == Gap(10 * S, 30 * S, "link")
    assert coverage.resumed(40 * S) == Gap(30 * S, 40 * S, "authentication")


def test_a_stream_that_comes_at_once_lacks_its_first_second() -> None:
    coverage = Coverage()
    coverage.expected(10 * S)
    assert coverage.resumed(11 * S) == Gap(10 * S, 11 * S, "software", "the recorder was starting")


def test_nobody_saw_a_cause_between_two_runs() -> None:
    coverage = Coverage(Standstill(5 * S, "link", "no route", known_wall_ns=9 * S))
    assert coverage.expected(100 * S) == Gap(5 * S, 9 * S, "link", "no route")
    assert coverage.interrupted(110 * S, "link") == Gap(9 * S, 100 * S, "software", "the recorder was not running")
    assert coverage.resumed(120 * S) == Gap(100 * S, 120 * S, "link")


def test_a_planned_stop_stays_planned_until_the_first_word() -> None:
    coverage = Coverage(Standstill(5 * S, "planned"))
    assert coverage.expected(100 * S) is None
    assert coverage.ongoing(103 * S) == Gap(5 * S, 103 * S, "planned")
    assert coverage.resumed(104 * S) == Gap(5 * S, 104 * S, "planned")
    assert coverage.ongoing(105 * S) is None, "recording is no gap"
