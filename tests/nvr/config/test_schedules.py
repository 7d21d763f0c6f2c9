"""When a schedule holds: by the clock on the wall, whatever the zone does with its hours; and what is refused of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.clock import NS_PER_S
from nvr.config import TimeSpan, active
from nvr.config.loader import parse_config
from nvr.config.schedules import DAYS, weekdays
from nvr.errors import ConfigError

LIMA, MADRID = "America/Lima", "Europe/Madrid"
CLOCK = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
SPANS = st.builds(
    lambda days, start, end: span(days=days, start=start, end=end if end != start else "24:00"),
    st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True),
    CLOCK,
    CLOCK,
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis puts the zone in


def span(*, days: list[str] | None = None, start: str, end: str) -> TimeSpan:
    fields: dict[str, Any] = {"from": start, "to": end}
    return TimeSpan.model_validate(fields if days is None else {**fields, "days": days})


def at(moment: datetime) -> int:
    return round(moment.timestamp()) * NS_PER_S


def local(text: str, zone: str = LIMA, fold: int = 0) -> int:
    return at(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    """2026-11-27 is a Friday. The end itself is outside."""
    friday_night = [span(days=["fri"], start="22:00", end="06:00")]
    held = {
        text: active(friday_night, local(text), LIMA)
        for text in (
            "2026-11-27T05:00:00",
            "2026-11-27T21:59:59",
            "2026-11-27T22:00:00",
            "2026-11-28T05:59:59",
            "2026-11-28T06:00:00",
            "2026-11-28T23:00:00",
        )
    }
    assert list(held.values()) == [False, False, True, True, False, False]


def minutes_of_week(spans: list[TimeSpan]) -> set[int]:
    """The oracle: each span walked minute by minute over the week's 10,080 minutes; Monday's first is 0."""
    held = set()
    for each in spans:
        (start, end) = (int(text[:2]) * 60 + int(text[3:]) for text in (each.start, each.end))
        length = end - start if end > start else end - start + 1440
        for day in each.days:
            held |= {(DAYS.index(day) * 1440 + start + step) % 10080 for step in range(length)}
    return held


@given(st.lists(SPANS, max_size=4), MOMENTS, st.sampled_from([LIMA, MADRID, "Australia/Lord_Howe"]))
def test_it_holds_as_a_list_of_minutes_says_at_any_moment_of_any_zone(
    spans: list[TimeSpan], moment: datetime, zone: str
) -> None:
    """Years with and without summer time, an offset of half an hour."""
    wall = moment.astimezone(ZoneInfo(zone))
    minute = wall.weekday() * 1440 + wall.hour * 60 + wall.minute
    assert active(spans, at(moment), zone) == (minute in minutes_of_week(spans))


@given(st.lists(SPANS, min_size=1, max_size=3))
def test_it_holds_as_a_list_of_minutes_says_all_week(spans: list[TimeSpan]) -> None:
    """A week of Lima, every eleventh minute, and the first and last of each span."""
    held, monday = minutes_of_week(spans), local("2026-11-23T00:00:00")
    edges = {minute for minute in held if (minute - 1) % 10080 not in held or (minute + 1) % 10080 not in held}
    for minute in {*range(0, 10080, 11), *edges}:
        assert active(spans, monday + minute * 60 * NS_PER_S, LIMA) == (minute in held), minute


@given(SPANS, MOMENTS)
def test_a_week_later_it_is_the_same_where_there_is_no_summer_time(each: TimeSpan, moment: datetime) -> None:
    """Lima has had none since 1994."""
    assert active([each], at(moment), LIMA) == active([each], at(moment + timedelta(days=7)), LIMA)


def test_the_change_to_and_from_summer_time_leaves_the_clock_on_the_wall_in_charge() -> None:
    """Madrid: 02:00 to 03:00 does not exist on 2026-03-29, and comes twice on 2026-10-25."""
    early = [span(start="02:00", end="03:00")]
    spring = local("2026-03-29T01:59:59", MADRID)
    assert [active(early, spring + second * NS_PER_S, MADRID) for second in (0, 1, 1800, 3600)] == [False] * 4
    assert active(early, local("2026-10-25T02:30:00", MADRID), MADRID)
    assert active(early, local("2026-10-25T02:30:00", MADRID, fold=1), MADRID)
    night = [span(start="22:00", end="06:00")]
    for date in ("2026-03-29", "2026-10-25"):
        assert active(night, local(f"{date}T05:59:59", MADRID), MADRID)
        assert not active(night, local(f"{date}T06:00:00", MADRID), MADRID)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        (["mon..fri"], {0, 1, 2, 3, 4}),
        (["Lun..VIE"], {0, 1, 2, 3, 4}),
        (["sat..mon"], {5, 6, 0}),
        (["mié", "Sáb"], {2, 5}),
        (["mar", "mar..mar"], {1}),
        (["diario"], set(range(7))),
        (["dom .. lun"], {6, 0}),
    ],
)
def test_days_are_understood_in_both_languages(words: list[str], days: set[int]) -> None:
    """`mar` is Tuesday (martes); no English day is called so."""
    assert weekdays(span(days=words, start="00:00", end="24:00").days) == days


def test_every_fault_of_a_schedule_has_its_place_and_remedy() -> None:
    """Also a name that nobody defined, in whatever section a field `schedule` stands."""
    text = """\
schedules:
  noche:
    - {days: [mon, lunes], from: "22:00", to: "6:00"}
    - {from: "22:00", to: "22:00"}
    - {from: "24:00", to: "06:00"}
    - {fron: "22:00", to: "23:00"}
  Día: [{from: "01:00", to: "02:00"}]
cameras:
  - id: cam01
    number: 1
    name: Puente
    main: {url: "rtsp://10.0.0.1/a"}
    zones:
      - name: Puerta
        schedule: nche
"""
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "cameras.yaml")
    found = {(fault.line, fault.column): fault for fault in caught.value.faults}
    assert "not a day of the week" in found[3, 20].message
    assert "not a time of the day" in found[3, 43].message
    assert "same time" in found[4, 7].message
    assert "begins at 24:00" in found[5, 7].message
    assert found[6, 8].remedy == "Did you mean `from`?"
    assert "lower-case" in found[7, 3].message
    assert ("cameras.0.zones.0.schedule", 15, 9, "Did you mean `noche`?") in [
        (fault.field, fault.line, fault.column, fault.remedy) for fault in caught.value.faults
    ]
    assert all(fault.remedy for fault in caught.value.faults)


def test_a_sound_file_gives_its_schedules_by_name() -> None:
    """As the fields that name one will look them up."""
    text = """\
schedules: {noche: [{days: [mon..sun], from: "22:00", to: "06:00"}]}
cameras: [{id: cam01, number: 1, name: Puente, main: {url: "rtsp://10.0.0.1/a"}}]
"""
    config = parse_config(text, "cameras.yaml")
    assert active(config.schedules["noche"], local("2026-11-28T03:12:00"), config.timezone)
    assert not active(config.schedules["noche"], local("2026-11-28T12:00:00"), config.timezone)
