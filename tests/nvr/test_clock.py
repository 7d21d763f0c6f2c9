"""Both clocks keep the same contract, so that a test with the simulated one says something about the real one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.clock import NS_PER_MS, NS_PER_S, Clock, SimulatedClock, SystemClock, iso_utc

CLOCKS: list[Callable[[], Clock]] = [SystemClock, SimulatedClock]


@pytest.mark.parametrize("make", CLOCKS)
def test_contract_integers_in_nanoseconds(make: Callable[[], Clock]) -> None:
    """Never float seconds: a float holds a wall time of today to 240 ns only."""
    clock = make()
    assert type(clock.wall_ns()) is int
    assert type(clock.monotonic_ns()) is int
    assert 2020 < datetime.fromtimestamp(clock.wall_ns() / NS_PER_S, UTC).year < 2100


@pytest.mark.parametrize("make", CLOCKS)
def test_contract_monotonic_never_goes_back(make: Callable[[], Clock]) -> None:
    """A hundred readings, in order."""
    clock = make()
    readings = [clock.monotonic_ns() for _ in range(100)]
    assert readings == sorted(readings)


def test_contract_both_advance_together_when_time_passes() -> None:
    """A second of the simulated clock is a second on both of its faces, as on the machine's."""
    simulated = SimulatedClock()
    before = simulated.wall_ns(), simulated.monotonic_ns()
    simulated.advance(seconds=1.5)
    assert (simulated.wall_ns() - before[0], simulated.monotonic_ns() - before[1]) == (1_500_000_000, 1_500_000_000)
    system = SystemClock()
    wall_ns, monotonic_ns = system.wall_ns(), system.monotonic_ns()
    until_ns = time.perf_counter_ns() + 20 * NS_PER_MS
    while time.perf_counter_ns() < until_ns:
        pass
    assert system.monotonic_ns() - monotonic_ns >= 20 * NS_PER_MS
    assert (
        system.wall_ns() - wall_ns >= 15 * NS_PER_MS
    )  # NTP may slew by 500 ppm; a step of the machine's clock would show here


def test_the_simulated_clock_stands_until_told_and_steps_its_wall_alone() -> None:
    """An admin who sets the clock back does not turn elapsed time back."""
    clock = SimulatedClock(wall_ns=10 * NS_PER_S, monotonic_ns=5)
    assert (clock.wall_ns(), clock.monotonic_ns()) == (10 * NS_PER_S, 5)
    clock.step_wall(seconds=-3)
    assert (clock.wall_ns(), clock.monotonic_ns()) == (7 * NS_PER_S, 5)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(seconds=-0.1)


@given(st.integers(0, 253_402_300_799_999_999_999))
def test_iso_text_is_utc_to_the_millisecond_and_sorts_like_time(wall_ns: int) -> None:
    """Up to the year 9999; cut, not rounded: a clip does not begin before its first frame. Read back by the standard library."""
    text = iso_utc(wall_ns)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    moment = datetime.fromisoformat(text)
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // datetime.resolution
    assert seconds == wall_ns // NS_PER_MS * 1000


@given(st.integers(0, 4 * 10**18), st.integers(0, 4 * 10**18))
def test_iso_texts_sort_like_their_times(a: int, b: int) -> None:
    """File names of exports sort by time."""
    assert (iso_utc(a) <= iso_utc(b)) or a > b
