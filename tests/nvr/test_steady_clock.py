"""The time line never goes back and is never fooled, whatever is done to the machine's clock (docs/design/time.md)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.clock import NS_PER_S, SimulatedClock
from nvr.steady_clock import ACCEPTED, FILE, SteadyClock, accept, kept_line
from nvr.time_line import CORRECTION_PPM, DOUBT_NS, EARLIEST_NS, LATEST_NS, Line, begin, steer

NOW_NS = 1_790_000_000 * NS_PER_S
YEAR_S = 366 * 86_400


class FakeMachine(SimulatedClock):
    """A machine whose clock can be set, restarted and left by NTP."""

    def __init__(self) -> None:
        super().__init__(monotonic_ns=1000 * NS_PER_S)
        self.name = "boot-1"
        self.ntp = False

    def boot(self) -> str:
        return self.name

    def kept_by_ntp(self) -> bool:
        return self.ntp

    def set_to(self, wall_ns: int) -> None:
        """As ``date -s`` does."""
        self.step_wall(seconds=(wall_ns - self.wall_ns()) / NS_PER_S)

    def restart(self, wall_ns: int, name: str = "boot-2") -> None:
        """Another boot, with this date."""
        self._monotonic_ns = 5 * NS_PER_S
        self.name = name
        self.set_to(wall_ns)


def run(clock: SteadyClock, machine: FakeMachine, seconds: int) -> None:
    """Let seconds pass, a look in each; time never stands nor goes back."""
    before_ns = clock.wall_ns()
    for _ in range(seconds):
        machine.advance(seconds=1)
        clock.look()
        now_ns = clock.wall_ns()
        assert now_ns > before_ns
        before_ns = now_ns


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, -NOW_NS / NS_PER_S, (LATEST_NS - NOW_NS) / NS_PER_S + 6 * YEAR_S])
def test_the_line_holds_through_a_step_and_says_by_how_much_the_machine_is_off(
    tmp_path: Path, machine: FakeMachine, step_s: float
) -> None:
    clock = SteadyClock(tmp_path, machine, thread=False)
    run(clock, machine, 10)
    before_ns = clock.wall_ns()
    machine.step_wall(seconds=step_s)
    run(clock, machine, 100)
    # 500 ppm is all that a clock which nobody vouches for may move it.
    assert abs(clock.wall_ns() - before_ns - 100 * NS_PER_S) <= 100 * NS_PER_S * 500 // 1_000_000
    assert clock.line.doubt
    assert clock.line.error_ns == pytest.approx(step_s * NS_PER_S, abs=NS_PER_S)
    machine.step_wall(seconds=-step_s)
    run(clock, machine, 2)
    assert not clock.line.doubt
    assert not clock.line.leaps


def test_a_clock_set_ahead_is_followed_once_ntp_has_kept_it_for_a_minute(tmp_path: Path, machine: FakeMachine) -> None:
    clock = SteadyClock(tmp_path, machine, thread=False)
    run(clock, machine, 5)
    machine.step_wall(seconds=600)
    machine.ntp = True
    run(clock, machine, 55)
    assert clock.line.doubt
    run(clock, machine, 10)
    assert not clock.line.doubt
    assert clock.wall_ns() == machine.wall_ns()
    (start_ns, end_ns) = clock.line.leaps[-1]
    assert clock.line.leap_within(start_ns - NS_PER_S, end_ns + NS_PER_S) == pytest.approx(600 * NS_PER_S, abs=NS_PER_S)


def test_a_lead_is_given_back_slowly_once_somebody_vouches(tmp_path: Path, machine: FakeMachine) -> None:
    clock = SteadyClock(tmp_path, machine, thread=False)
    machine.step_wall(seconds=-30)
    run(clock, machine, 5)
    accept(tmp_path)
    run(clock, machine, 100)
    given_back_ns = 30 * NS_PER_S - (clock.wall_ns() - machine.wall_ns())
    assert given_back_ns == pytest.approx(100 * NS_PER_S * CORRECTION_PPM // 1_000_000, rel=0.05)
    run(clock, machine, 600)
    assert not clock.line.doubt
    assert not (tmp_path / ACCEPTED).exists()  # the word was for this time only


def test_a_machine_without_a_battery_comes_up_in_1970_and_is_put_right(tmp_path: Path, machine: FakeMachine) -> None:
    clock = SteadyClock(tmp_path, machine, thread=False)
    run(clock, machine, 30)
    left_ns = clock.wall_ns()
    clock.close()
    machine.restart(0)
    clock = SteadyClock(tmp_path, machine, thread=False)
    run(clock, machine, 20)
    assert left_ns <= clock.wall_ns() + 11 * NS_PER_S  # the file is written every 10 s
    assert clock.wall_ns() - left_ns < 21 * NS_PER_S
    assert clock.line.doubt
    # NTP comes: the line was a guess, so it goes there at once.
    machine.set_to(left_ns + 3600 * NS_PER_S)
    run(clock, machine, 2)
    assert not clock.line.doubt
    assert clock.wall_ns() == machine.wall_ns()


@pytest.mark.parametrize("wall_ns", [0, LATEST_NS + 10 * YEAR_S * NS_PER_S, NOW_NS + 2 * YEAR_S * NS_PER_S])
def test_a_boot_with_an_absurd_date_goes_on_where_the_last_one_ended(
    tmp_path: Path, machine: FakeMachine, wall_ns: int
) -> None:
    clock = SteadyClock(tmp_path, machine, thread=False)
    run(clock, machine, 12)
    clock.close()
    machine.restart(wall_ns)
    clock = SteadyClock(tmp_path, machine, thread=False)
    assert abs(clock.wall_ns() - NOW_NS) < 20 * NS_PER_S
    assert clock.line.doubt


def test_a_first_start_with_an_absurd_date_begins_where_it_can(tmp_path: Path, machine: FakeMachine) -> None:
    machine.set_to(0)
    clock = SteadyClock(tmp_path, machine, thread=False)
    assert clock.wall_ns() == EARLIEST_NS
    machine.set_to(EARLIEST_NS + 100 * 86_400 * NS_PER_S)
    run(clock, machine, 1)
    assert clock.wall_ns() == machine.wall_ns()


def test_a_restart_goes_on_on_the_same_line(tmp_path: Path, machine: FakeMachine) -> None:
    clock = SteadyClock(tmp_path, machine, thread=False)
    machine.step_wall(seconds=3600)
    run(clock, machine, 3)
    clock.close()
    machine.advance(seconds=5)
    again = SteadyClock(tmp_path, machine, thread=False)
    assert abs(again.wall_ns() - (machine.wall_ns() - 3600 * NS_PER_S)) < 10_000_000
    assert again.line.doubt


def test_processes_share_a_line_and_the_next_one_steers_when_the_first_ends(
    tmp_path: Path, machine: FakeMachine
) -> None:
    first = SteadyClock(tmp_path, machine, thread=False)
    second = SteadyClock(tmp_path, machine, thread=False)
    machine.step_wall(seconds=-7200)
    for _ in range(60):
        machine.advance(seconds=1)
        first.look()
        second.look()
        assert abs(first.wall_ns() - second.wall_ns()) < 10_000_000
    first.close()
    machine.step_wall(seconds=7200)
    run(second, machine, 3)
    assert not second.line.doubt
    assert kept_line(tmp_path) is not None


def test_a_torn_or_foreign_file_is_borne(
    tmp_path: Path, machine: FakeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text('{"line": {"boot": 3')
    clock = SteadyClock(tmp_path, machine, thread=False)
    assert clock.wall_ns() == machine.wall_ns()
    assert "can't be kept" in caplog.text
    assert json.loads((tmp_path / FILE).read_text())["line"]["boot"] == "boot-1"


def test_a_folder_that_refuses_leaves_a_line_of_its_own(tmp_path: Path, machine: FakeMachine) -> None:
    clock = SteadyClock(tmp_path / "missing", machine, thread=False)
    machine.step_wall(seconds=-3600)
    run(clock, machine, 5)
    assert clock.line.doubt


@given(
    st.lists(
        st.tuples(
            st.integers(1, 100_000_000_000),
            st.one_of(st.just(0), st.integers(-(2**62), 2**62), st.integers(-5 * DOUBT_NS, 5 * DOUBT_NS)),
            st.booleans(),
            st.booleans(),
            st.integers(0, 120 * NS_PER_S),
        ),
        max_size=40,
    )
)
def test_whatever_is_done_the_line_only_goes_ahead(looks: list[tuple[int, int, bool, bool, int]]) -> None:
    monotonic_ns, machine_ns = 0, NOW_NS
    line = begin("b", 0, NOW_NS, before=None, seen_wall_ns=None)
    last_ns = line.wall_ns(0)
    for elapsed_ns, step_ns, ntp, accepted, settled_ns in looks:
        monotonic_ns += elapsed_ns
        machine_ns += elapsed_ns + step_ns
        assert line.wall_ns(monotonic_ns) > last_ns
        last_ns = line.wall_ns(monotonic_ns)
        line = steer(line, monotonic_ns, machine_ns, kept_by_ntp=ntp, settled_ns=settled_ns, accepted=accepted)
        assert line.wall_ns(monotonic_ns) >= last_ns
        last_ns = line.wall_ns(monotonic_ns)
        assert last_ns < LATEST_NS + 100 * NS_PER_S * len(looks)
        # Beyond a second it is said, unless the line went there.
        assert bool(line.doubt) == (abs(line.error_ns) > DOUBT_NS)


@given(st.integers(0, 2**62), st.one_of(st.none(), st.integers(EARLIEST_NS, LATEST_NS)))
def test_no_start_goes_back(machine_wall_ns: int, seen_wall_ns: int | None) -> None:
    before = None if seen_wall_ns is None else replace(Line("old", 0, seen_wall_ns, seen_wall_ns))
    line = begin("new", 7, machine_wall_ns, before=before, seen_wall_ns=seen_wall_ns)
    assert line.wall_ns(7) >= (EARLIEST_NS if seen_wall_ns is None else seen_wall_ns)
