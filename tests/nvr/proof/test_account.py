"""The account: every nanosecond of the window is in exactly one of its lists, whatever clocks did."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nvr.proof.account import (
    CAUSES,
    PENDING_NS,
    SEAM_NS,
    Account,
    GapSpan,
    Span,
    Tail,
    account,
    apart,
    open_gap,
    total_ns,
)

S = 10**9
spans = st.builds(
    lambda start, length: Span(start, start + length),
    st.integers(-40, 400).map(lambda n: n * S // 7),
    st.integers(-S, 60 * S),
)
gap_spans = st.builds(
    lambda span, cause: GapSpan(span.start_wall_ns, span.end_wall_ns, cause), spans, st.sampled_from(CAUSES)
)


def lists_of(made: Account) -> list[tuple[Span, ...]]:
    return [made.recorded, made.gaps, made.pending, made.expired, made.unexplained]


@given(
    start=st.integers(-5 * S, 20 * S),
    length=st.integers(-S, 60 * S),
    recorded=st.lists(spans, max_size=12),
    gaps=st.lists(gap_spans, max_size=12),
    pending=st.none() | st.integers(-5 * S, 80 * S),
    kept=st.none() | st.integers(-5 * S, 80 * S),
)
def test_the_lists_add_up_to_the_window(
    start: int, length: int, recorded: list[Span], gaps: list[GapSpan], pending: int | None, kept: int | None
) -> None:
    made = account(
        start, start + length, recorded=recorded, gaps=gaps, pending_from_wall_ns=pending, kept_from_wall_ns=kept
    )
    assert made.due_ns == max(0, length)
    assert sum(total_ns(each) for each in lists_of(made)) == made.due_ns
    everything = sorted((span for each in lists_of(made) for span in each), key=lambda span: span.start_wall_ns)
    assert apart(everything)
    assert all(span.length_ns > 0 for span in everything)
    assert made.due_ns == 0 or (everything[0].start_wall_ns, everything[-1].end_wall_ns) == (start, start + length)
    assert sum(made.by_cause_ns().values()) == made.gap_ns


@given(recorded=st.lists(spans, max_size=12), gaps=st.lists(gap_spans, max_size=12), moment=st.integers(0, 60 * S - 1))
def test_each_moment_is_where_it_belongs(recorded: list[Span], gaps: list[GapSpan], moment: int) -> None:
    """Against the plain definition: on disk if any file holds it, else in a gap if any gap does, else unexplained unless it is a seam."""
    made = account(0, 60 * S, recorded=recorded, gaps=gaps)

    def holds(found: tuple[Span, ...] | list[Span] | list[GapSpan]) -> bool:
        return any(span.start_wall_ns <= moment < span.end_wall_ns for span in found)

    if holds(recorded):
        assert holds(made.recorded)
    elif holds(gaps):
        assert holds(made.gaps) or _in_seam(recorded, moment)
    else:
        assert holds(made.unexplained) or _in_seam(recorded, moment)


def _in_seam(recorded: list[Span], moment: int) -> bool:
    real = [span for span in recorded if span.length_ns > 0]
    before = max((span.end_wall_ns for span in real if span.end_wall_ns <= moment), default=None)
    after = min((span.start_wall_ns for span in real if span.start_wall_ns > moment), default=None)
    return before is not None and after is not None and after - before <= SEAM_NS


@given(cuts=st.lists(st.integers(1, 10 * S), min_size=1, max_size=30), kinds=st.lists(st.booleans(), min_size=30))
def test_what_a_recorder_reports_leaves_nothing_unexplained(cuts: list[int], kinds: list[bool]) -> None:
    """Files and gaps that follow one another exactly: each has the time that was put in."""
    at, recorded, gaps = 0, list[Span](), list[GapSpan]()
    for length, is_recorded in zip(cuts, kinds, strict=False):
        if is_recorded:
            recorded.append(Span(at, at + length))
        else:
            gaps.append(GapSpan(at, at + length, "link"))
        at += length
    made = account(0, at, recorded=recorded, gaps=gaps)
    assert made.unexplained == ()
    assert made.recorded_ns + made.gap_ns == at
    assert abs(made.recorded_ns - total_ns(recorded)) <= SEAM_NS * len(gaps)


def test_an_hour_that_was_recorded_twice_counts_once() -> None:
    made = account(
        0, 100 * S, recorded=[Span(0, 60 * S), Span(30 * S, 90 * S)], gaps=[GapSpan(40 * S, 100 * S, "disk")]
    )
    assert (made.recorded_ns, made.gap_ns, made.unexplained_ns) == (90 * S, 10 * S, 0)


def test_a_hole_longer_than_a_seam_is_told() -> None:
    made = account(
        0,
        30 * S,
        recorded=[Span(0, 10 * S), Span(10 * S + SEAM_NS, 20 * S), Span(20 * S + SEAM_NS + 1, 30 * S)],
        gaps=[],
    )
    assert made.unexplained == (Span(20 * S, 20 * S + SEAM_NS + 1),)


def test_a_gap_that_was_told_as_it_grew_is_one() -> None:
    told = [GapSpan(0, 20 * S, "link"), GapSpan(0, 40 * S, "link"), GapSpan(40 * S, 50 * S, "link", "no route")]
    (gap,) = account(0, 50 * S, recorded=[], gaps=told).gaps
    assert (gap.length_ns, gap.detail) == (50 * S, "no route")


def test_the_longest_stretch_without_pictures_runs_over_its_causes() -> None:
    gaps = [GapSpan(0, 10 * S, "link"), GapSpan(10 * S, 25 * S, "authentication"), GapSpan(50 * S, 70 * S, "disk")]
    assert (
        account(0, 100 * S, recorded=[Span(25 * S, 50 * S), Span(70 * S, 100 * S)], gaps=gaps).longest_gap_ns == 25 * S
    )


def test_what_is_missing_lately_or_long_ago_is_not_unexplained() -> None:
    made = account(
        0, 100 * S, recorded=[Span(40 * S, 60 * S)], gaps=[], pending_from_wall_ns=90 * S, kept_from_wall_ns=30 * S
    )
    assert (made.expired, made.unexplained, made.pending) == (
        (Span(0, 30 * S),),
        (Span(30 * S, 40 * S), Span(60 * S, 90 * S)),
        (Span(90 * S, 100 * S),),
    )


def test_the_end_of_a_stream() -> None:
    """Whoever knows why nothing comes now is believed; who is silent for too long does not run."""
    link = GapSpan(0, 10 * S, "disk", "disk full")
    late = 10 * S + PENDING_NS
    for tail, now, expected in (
        (Tail(10 * S, None, None, enabled=True), 10 * S, None),
        (Tail(10 * S, None, None, enabled=True), late, None),
        (Tail(10 * S, None, None, enabled=True), late + 1, "software"),
        (Tail(10 * S, None, ("link", "no route"), enabled=True), 11 * S, "link"),
        (Tail(10 * S, link, None, enabled=True), 30 * S, "disk"),
        (Tail(10 * S, link, None, enabled=True), late + 1, "software"),
        (Tail(10 * S, link, ("link", ""), enabled=False), 11 * S, "planned"),
    ):
        found = open_gap(tail, now)
        assert (None if found is None else found.cause) == expected
        assert found is None or (found.start_wall_ns, found.end_wall_ns, found.ongoing) == (10 * S, now, True)


def test_a_gap_that_goes_on_does_so_in_a_window_that_is_over() -> None:
    gap = GapSpan(5 * S, 30 * S, "link", ongoing=True)
    (found,) = account(0, 20 * S, recorded=[Span(0, 5 * S)], gaps=[gap]).gaps
    assert found == GapSpan(5 * S, 20 * S, "link", ongoing=True)
    found = account(0, 20 * S, recorded=[Span(0, 5 * S), Span(10 * S, 40 * S)], gaps=[gap]).gaps[0]
    assert not found.ongoing, "it was recorded again since"
