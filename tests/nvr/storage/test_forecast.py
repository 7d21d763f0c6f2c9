"""Whether the disks keep the minimum: against a disk that is filled day by day by hand, and on cases that can be reckoned in the head."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.storage.forecast import HORIZON_DAYS, Flow, Forecast, forecast

GB = 10**9


def flow(
    name: str = "cam01/main", rate: float = 10 * GB, *, days: float = 0, kept: float = 45, counts: bool = True
) -> Flow:
    """A stream that has been recorded for some days."""
    return Flow(name, rate, rate * days, days, kept, counts)


def test_room_for_sixty_days_keeps_forty_five() -> None:
    ahead = forecast([flow()], free_bytes=600 * GB, least_days=45)
    assert (ahead.sustained_days, ahead.breaks_in_days, ahead.full_in_days) == (60, None, None)
    assert ahead.keeps(45)


def test_room_for_thirty_days_breaks_when_it_is_full() -> None:
    ahead = forecast([flow()], free_bytes=300 * GB, least_days=45)
    assert ahead.sustained_days == 30
    assert ahead.breaks_in_days == pytest.approx(30, abs=0.01)
    assert not ahead.keeps(45)


def test_a_disk_that_is_full_today_breaks_today() -> None:
    ahead = forecast([flow(days=30)], free_bytes=0, least_days=45)
    assert ahead.breaks_in_days == pytest.approx(0)


def test_holds_that_grow_take_the_room_away() -> None:
    """F5: known many days before, not when it happens."""
    ahead = forecast([flow(days=46)], free_bytes=100 * GB, least_days=45, hold_bytes_per_day=5 * GB)
    assert ahead.sustained_days == 56
    assert ahead.breaks_in_days is not None
    assert 15 <= ahead.breaks_in_days <= 25, (
        "100 GB of room less the day that is kept beyond the minimum, at 5 GB a day"
    )
    assert not ahead.keeps(45)


def test_only_what_is_held_is_left_where_holds_take_everything() -> None:
    ahead = forecast([flow(days=1, counts=False)], free_bytes=0, least_days=45, hold_bytes_per_day=GB)
    assert ahead.only_held_in_days is not None


def test_a_sub_stream_goes_first_and_breaks_nothing() -> None:
    """The stream that lasts longest gives: what is kept of sub streams for longer than the minimum is no part of it."""
    streams = [flow(days=45, kept=45), flow("cam01/sub", GB, days=60, kept=60, counts=False)]
    ahead = forecast(streams, free_bytes=2 * GB, least_days=45, hold_bytes_per_day=0)
    assert ahead.breaks_in_days is None


def test_nothing_recorded_says_nothing() -> None:
    ahead = forecast([], free_bytes=GB, least_days=45)
    assert ahead == Forecast(0, GB, None, None, None, None)
    assert ahead.keeps(45)


def test_grooming_saves_what_it_was_measured_to_save() -> None:
    """10 GB a day, of which a tenth is left after 30 days: 300 GB for 30 days, then a gigabyte a day."""
    thinned = replace(flow(kept=60), groomed_after_days=30, groomed_share=0.1)
    ahead = forecast([thinned], free_bytes=340 * GB, least_days=45)
    assert ahead.sustained_days == pytest.approx(30 + 40)
    assert ahead.breaks_in_days is None
    assert forecast([flow(kept=60)], free_bytes=340 * GB, least_days=45).breaks_in_days == pytest.approx(34, abs=0.01)
    nothing_measured = replace(thinned, groomed_share=1.0)
    assert forecast([nothing_measured], free_bytes=340 * GB, least_days=45).sustained_days == 34


def test_what_is_groomed_already_saves_nothing_again() -> None:
    """30 whole days and 15 of key frames lie there; each day one comes, one is groomed and one goes: 10 GB in the place of 9 and 1."""
    steady = Flow("cam01/main", 10 * GB, 315 * GB, 45, 45, True, 30, 0.1, 15 * GB)
    ahead = forecast([steady], free_bytes=25 * GB, least_days=45)
    assert ahead.breaks_in_days is None
    assert ahead.full_in_days is None


@given(
    rates=st.lists(st.integers(1, 50), min_size=1, max_size=4),
    turns=st.lists(st.integers(1, 60), min_size=4, max_size=4),
    share=st.floats(0, 1),
    room_days=st.integers(1, 90),
)
def test_grooming_never_shortens_what_the_disks_keep(
    rates: list[int], turns: list[int], share: float, room_days: int
) -> None:
    plain = [flow(f"cam{n}/main", r * GB, kept=60) for n, r in enumerate(rates)]
    thinned = [
        replace(each, groomed_after_days=turn, groomed_share=share) for each, turn in zip(plain, turns, strict=False)
    ]
    room = sum(rates) * GB * room_days
    before, after = (forecast(each, free_bytes=room, least_days=45) for each in (plain, thinned))
    assert before.sustained_days is not None
    assert after.sustained_days is not None
    assert after.sustained_days >= before.sustained_days - 1e-6
    weight = sum(
        each.bytes_per_day
        * (
            min(after.sustained_days, each.groomed_after_days or 0)
            + share * max(0.0, after.sustained_days - (each.groomed_after_days or 0))
        )
        for each in thinned
    )
    if after.sustained_days < HORIZON_DAYS:
        assert weight == pytest.approx(room, rel=1e-6)
    if before.breaks_in_days is None:
        assert after.breaks_in_days is None


@given(
    rates=st.lists(st.integers(1, 50), min_size=1, max_size=5),
    room_days=st.integers(1, 90),
    age=st.integers(0, 60),
)
def test_it_says_what_a_disk_that_is_filled_by_hand_does(rates: list[int], room_days: int, age: int) -> None:
    """Streams of the same age on a disk with room for so many days in all: the minimum holds if and only if the room does."""
    rate = sum(rates) * GB
    room = rate * room_days
    stock_days = min(age, room_days, 45)
    streams = [flow(f"cam{n}/main", r * GB, days=stock_days) for n, r in enumerate(rates)]
    ahead = forecast(streams, free_bytes=room - rate * stock_days, least_days=45)
    assert ahead.sustained_days == pytest.approx(room_days)
    if room_days >= 47:  # 45 whole days, the day that is being written, and the one that expires
        assert ahead.breaks_in_days is None
    elif room_days <= 44:
        assert ahead.breaks_in_days == pytest.approx(room_days - stock_days, abs=1.01)
        assert ahead.breaks_in_days is not None
        assert ahead.breaks_in_days <= HORIZON_DAYS
