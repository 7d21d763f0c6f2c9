"""The deletion planner's promises on any set of segments."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from nvr.media import StreamKind
from nvr.storage.retention import SegmentRef, plan_deletions

DAY_NS = 86_400 * 10**9
NOW_NS = 100 * DAY_NS
RETENTION_NS = 45 * DAY_NS


def ref(number: int, camera: int, start_h: int, hours: int, size_bytes: int, *, held: bool = False) -> SegmentRef:
    return SegmentRef(
        segment_id=f"{number:04d}",
        camera_id=f"cam{camera}",
        stream=StreamKind.MAIN,
        start_wall_ns=start_h * DAY_NS // 24,
        end_wall_ns=(start_h + hours) * DAY_NS // 24,
        size_bytes=size_bytes,
        path=f"{number}.mp4",
        held=held,
    )


@st.composite
def archives(draw: st.DrawFn) -> list[SegmentRef]:
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 2399), st.integers(1, 24), st.integers(0, 100), st.booleans()),
            max_size=40,
        )
    )
    return [ref(n, camera, start, hours, size, held=held) for n, (camera, start, hours, size, held) in enumerate(rows)]


@given(segments=archives(), needed_bytes=st.integers(0, 3000), trusted=st.booleans())
def test_what_any_plan_keeps(segments: list[SegmentRef], needed_bytes: int, trusted: bool) -> None:
    plan = plan_deletions(
        reversed(segments),
        now_wall_ns=NOW_NS,
        retention_ns=RETENTION_NS,
        needed_bytes=needed_bytes,
        clock_trusted=trusted,
    )
    chosen = [*plan.expired, *plan.pressed]
    assert not any(s.held for s in chosen)
    assert len({s.segment_id for s in chosen}) == len(chosen)
    expected = {s for s in segments if not s.held and s.end_wall_ns <= NOW_NS - RETENTION_NS}
    assert set(plan.expired) == (expected if trusted else set())
    freed_bytes = sum(s.size_bytes for s in chosen)
    assert plan.shortfall_bytes == max(0, needed_bytes - freed_bytes)
    if plan.shortfall_bytes:
        assert {s for s in segments if not s.held} == set(chosen), "it gave up although there was something left"
    if plan.pressed:
        assert freed_bytes - plan.pressed[-1].size_bytes < needed_bytes, "it took one too many"


@given(segments=archives(), needed_bytes=st.integers(1, 3000))
def test_pressure_is_shared_fairly(segments: list[SegmentRef], needed_bytes: int) -> None:
    plan = plan_deletions(
        segments, now_wall_ns=NOW_NS, retention_ns=200 * DAY_NS, needed_bytes=needed_bytes
    )  # fmt: skip
    gone = {s.segment_id for s in plan.pressed}
    remaining_ns: dict[str, int] = defaultdict(int)
    for segment in segments:
        if not segment.held:
            remaining_ns[segment.camera_id] += segment.end_wall_ns - segment.start_wall_ns
    kept = [s for s in segments if not s.held and s.segment_id not in gone]
    for segment in plan.pressed:
        own = [s.start_wall_ns for s in kept if s.camera_id == segment.camera_id]
        assert segment.start_wall_ns <= min(own, default=segment.start_wall_ns), "not its camera's oldest"
        assert remaining_ns[segment.camera_id] == max(remaining_ns.values()), "another camera had more to give"
        remaining_ns[segment.camera_id] -= segment.end_wall_ns - segment.start_wall_ns


def test_the_edge_of_the_retention_is_exact() -> None:
    hour = (100 - 45) * 24
    on_the_edge, younger = ref(0, 0, hour - 1, 1, 10), ref(1, 0, hour, 1, 10)
    plan = plan_deletions([on_the_edge, younger], now_wall_ns=NOW_NS, retention_ns=RETENTION_NS, needed_bytes=0)
    assert (plan.expired, plan.pressed) == ((on_the_edge,), ())


def test_a_camera_that_was_away_keeps_its_last_pictures() -> None:
    """Oldest first over all would wipe out cam1, of which there is only an old day."""
    away = [ref(100, 1, 24 * 60, 24, 10)]
    busy = [ref(n, 0, 24 * (61 + n), 24, 10) for n in range(20)]
    plan = plan_deletions([*away, *busy], now_wall_ns=NOW_NS, retention_ns=RETENTION_NS, needed_bytes=100)
    assert {s.camera_id for s in plan.pressed} == {"cam0"}
    assert [s.segment_id for s in plan.pressed] == [f"{n:04d}" for n in range(10)]


def test_what_expires_counts_towards_the_space() -> None:
    old, young = ref(0, 0, 1, 1, 100), ref(1, 0, 24 * 99, 1, 100)
    plan = plan_deletions([old, young], now_wall_ns=NOW_NS, retention_ns=RETENTION_NS, needed_bytes=100)
    assert (plan.expired, plan.pressed, plan.shortfall_bytes) == ((old,), (), 0)
