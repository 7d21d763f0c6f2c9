"""When movement starts and ends an observation: examples, then laws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analytics.hysteresis import Decision, Hysteresis, HysteresisSettings

MS = 1_000_000
SETTINGS = HysteresisSettings(min_duration_s=0.6, window_s=1.2, quiet_s=3.0, max_duration_s=20.0)
WALL_NS = 1_790_000_000_000_000_000

flags = st.lists(st.booleans(), min_size=1, max_size=400)
steps_ms = st.integers(20, 400)


def run(moving: list[bool], step_ms: int = 100, settings: HysteresisSettings = SETTINGS) -> list[Decision]:
    state = Hysteresis(settings)
    found = [
        state.update(i * step_ms * MS, WALL_NS + i * step_ms * MS, moving=m, score=0.1) for i, m in enumerate(moving)
    ]
    return [decision for decision in [*found, state.close()] if decision is not None]


def test_starts_as_early_as_the_minimum_allows() -> None:
    """At 10 frames a second the sixth moving frame decides, and the first one is the start."""
    started, ended = run([False] * 10 + [True] * 20 + [False] * 40)
    assert (started.kind, ended.kind) == ("started", "ended")
    assert started.start_wall_ns == WALL_NS + 1000 * MS
    assert started.decided_wall_ns == WALL_NS + 1500 * MS
    assert ended.decided_wall_ns == WALL_NS + 2900 * MS
    assert ended.start_wall_ns == started.start_wall_ns


def test_a_flash_is_no_movement() -> None:
    """One moving frame, however long it stands for, never decides alone."""
    assert run([False, False, True, False, False], step_ms=5000) == []


def test_gaps_inside_the_window_are_forgiven() -> None:
    """Two frames of three move: flicker between cells does not hide a person."""
    assert [d.kind for d in run([False] * 5 + [True, True, False] * 6 + [False] * 40)] == ["started", "ended"]


def test_a_shake_does_not_keep_an_observation_open() -> None:
    """Single moving frames two seconds apart let it end; the end is the last frame of real movement."""
    moving = [False] + [True] * 10 + ([False] * 19 + [True]) * 5
    started, ended = run(moving)
    assert started.kind == "started"
    assert ended.decided_wall_ns == WALL_NS + 1000 * MS


def test_interrupt_forgets_what_was_pending() -> None:
    """Half the movement before a sudden light and half after are not one movement."""
    state = Hysteresis(SETTINGS)
    for index in range(5):
        state.update(index * 100 * MS, 0, moving=index > 0, score=0.1)
    pending = [state.pending]
    state.interrupt()
    pending.append(state.pending)
    assert pending == [True, False]
    assert state.update(500 * MS, 0, moving=True, score=0.1) is None


def test_key_frames_alone_suffice() -> None:
    """Of a camera seen once in two seconds, two key frames in the window of a longer zone decide."""
    settings = HysteresisSettings.for_zone(2.0)
    assert [d.kind for d in run([False, False, True, True, False, False, False], 2000, settings)] == [
        "started",
        "ended",
    ]


@given(flags, steps_ms)
def test_starts_and_ends_alternate(moving: list[bool], step_ms: int) -> None:
    """Every start is followed by its own end, in time order, with the same beginning."""
    found = run(moving, step_ms)
    assert [d.kind for d in found] == ["started", "ended"] * (len(found) // 2)
    for started, ended in zip(found[::2], found[1::2], strict=True):
        assert started.start_wall_ns == ended.start_wall_ns
        assert started.start_wall_ns <= started.decided_wall_ns <= ended.decided_wall_ns


@given(flags, steps_ms)
def test_never_starts_on_less_than_the_minimum(moving: list[bool], step_ms: int) -> None:
    """The window before each start holds at least the minimum of moving time."""
    for decision in run(moving, step_ms)[::2]:
        end = (decision.decided_wall_ns - WALL_NS) // (step_ms * MS)
        first = max(0, end - int(1200 / step_ms))
        assert moving[end]
        assert sum(moving[first : end + 1]) * step_ms >= 600


@given(steps_ms, st.integers(1, 300))
def test_unbroken_movement_starts_in_time(step_ms: int, lead: int) -> None:
    """Movement without a break decides at the latest one frame after the minimum, or after two frames where frames are rare."""
    moving = [False] * lead + [True] * 60
    started = run(moving, step_ms)[0]
    took_ms = (started.decided_wall_ns - started.start_wall_ns) // MS
    assert started.start_wall_ns == WALL_NS + lead * step_ms * MS
    assert took_ms <= 600 + 2 * step_ms


@given(flags, steps_ms)
def test_lasts_no_longer_than_allowed(moving: list[bool], step_ms: int) -> None:
    """The longest observation is the maximum plus one frame."""
    found = run(moving, step_ms)
    for started, ended in zip(found[::2], found[1::2], strict=True):
        assert ended.decided_wall_ns - started.start_wall_ns <= 20_000 * MS + step_ms * MS


@given(st.lists(st.tuples(st.integers(-(10**10), 10**10), st.booleans()), max_size=100))
def test_time_that_steps_back_does_no_harm(entries: list[tuple[int, bool]]) -> None:
    """A camera's clock may do anything; decisions still alternate."""
    state, kinds = Hysteresis(SETTINGS), []
    for at_ns, moving in entries:
        decision = state.update(at_ns, at_ns, moving=moving, score=0.5)
        if decision is not None:
            kinds.append(decision.kind)
    assert kinds == (["started", "ended"] * len(kinds))[: len(kinds)]
