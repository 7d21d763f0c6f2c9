"""Weekly schedules: when something holds, by the wall clock of the site; pure.

A schedule is a list of spans, and holds while any of them does. A span is a list of week days with a beginning and an end on the clock; one
that ends before it begins goes over midnight and belongs to the day on which it begins. What counts is what a clock on the wall shows: in a
place with summer time a span from 22:00 to 06:00 lasts one hour more or less in the two nights of the change, and nobody need care.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from nvr.clock import NS_PER_S
from nvr.config.fields import fault
from nvr.config.section import Section

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Week days in order; their index is ``datetime.weekday``."""

SCHEDULE_NAME: Final = re.compile(r"[a-z0-9áéíóúüñ][a-z0-9áéíóúüñ_-]{0,39}")
_MINUTES_OF_DAY: Final = 24 * 60
_SPANISH: Final = ("lun", "mar", "mie", "jue", "vie", "sab", "dom")
_NUMBER: Final = {name: index for names in (DAYS, _SPANISH) for index, name in enumerate(names)}
_ALL: Final = frozenset({"daily", "diario"})
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


def _day_spelling(value: object) -> object:
    """``Mié`` and ``mie`` are one word; what is no text is left to be refused."""
    return value.replace(" ", "").lower().replace("é", "e").replace("á", "a") if isinstance(value, str) else value


def _days(value: str) -> str:
    first, dots, last = value.partition("..")
    if value in _ALL or (first in _NUMBER and (not dots or last in _NUMBER)):
        return value
    raise fault(
        "not a day of the week, nor days from one to another",
        f"Write {', '.join(DAYS)} (or {', '.join(_SPANISH)}), several as `mon..fri`, all as `daily`",
    )


def _clock_time(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise fault("not a time of the day", 'Write hours and minutes of a 24-hour clock, e.g. "22:00"')
    return value


def _schedule_name(value: str) -> str:
    if not SCHEDULE_NAME.fullmatch(value):
        raise fault(
            "a schedule's name has 1 to 40 lower-case letters, digits, hyphens and underscores", "Write e.g. `noche`"
        )
    return value


DayWord = Annotated[
    str,
    BeforeValidator(_day_spelling, json_schema_input_type=str),
    AfterValidator(_days),
    Field(json_schema_extra={"pattern": "^ *[A-Za-zÁÉáé]{3,6} *(\\.\\. *[A-Za-zÁÉáé]{3} *)?$"}),
]
ClockTime = Annotated[str, AfterValidator(_clock_time), Field(json_schema_extra={"pattern": f"^({_TIME.pattern})$"})]
ScheduleName = Annotated[
    str, AfterValidator(_schedule_name), Field(json_schema_extra={"pattern": f"^{SCHEDULE_NAME.pattern}$"})
]
"""The type of every field that names a schedule. Call the field ``schedule``, wherever it stands in the file: ``nvr.config.rules`` then holds
that the file has a schedule of that name."""


class TimeSpan(Section):
    """A stretch of the clock on some days of the week; the end is not part of it."""

    days: tuple[DayWord, ...] = Field(
        ("daily",),
        min_length=1,
        max_length=7,
        description="days on which it begins: mon tue wed thu fri sat sun or lun mar mie jue vie sab dom, several as `mon..fri`, all as `daily` or `diario`",
        examples=[["mon..fri", "sun"]],
    )
    start: ClockTime = Field(
        alias="from", description="when it begins, on a 24-hour clock of the file's time zone", examples=["22:00"]
    )
    end: ClockTime = Field(
        alias="to",
        description="when it ends; before the beginning: on the next day; 24:00 is the end of the day",
        examples=["06:00"],
    )

    @model_validator(mode="after")
    def _lasts(self) -> TimeSpan:
        if minutes(self.start) == minutes(self.end) % _MINUTES_OF_DAY and self.end != "24:00":
            raise fault("begins and ends at the same time", 'Write from "00:00" to "24:00" for the whole day')
        if self.start == "24:00":
            raise fault("begins at 24:00", 'Write "00:00", and the next day')
        return self


Schedule = tuple[TimeSpan, ...]


def minutes(clock_time: str) -> int:
    """Minutes since midnight of ``HH:MM``."""
    hours, _, rest = clock_time.partition(":")
    return int(hours) * 60 + int(rest)


@lru_cache(maxsize=1024)
def weekdays(words: tuple[str, ...]) -> frozenset[int]:
    """The days that words name, Monday is 0. ``fri..mon`` goes over Sunday."""
    found: set[int] = set()
    for word in words:
        if word in _ALL:
            return frozenset(range(7))
        first, dots, last = word.partition("..")
        begin = _NUMBER[first]
        length = (_NUMBER[last] - begin) % 7 if dots else 0
        found.update((begin + step) % 7 for step in range(length + 1))
    return frozenset(found)


def active(schedule: Sequence[TimeSpan], wall_ns: int, timezone: str) -> bool:
    """Whether a schedule holds.

    Args:
        schedule: its spans; one without any never holds.
        wall_ns: the moment, nanoseconds since 1970-01-01 UTC.
        timezone: name of the IANA database whose clock the spans are written for (``Config.timezone``).
    """
    local = datetime.fromtimestamp(wall_ns // NS_PER_S, UTC).astimezone(_zone(timezone))
    return any(_holds(span, local.weekday(), local.hour * 60 + local.minute) for span in schedule)


def _holds(span: TimeSpan, weekday: int, minute: int) -> bool:
    start, end, days = minutes(span.start), minutes(span.end), weekdays(span.days)
    if start < end:
        return weekday in days and start <= minute < end
    return (weekday in days and minute >= start) or ((weekday - 1) % 7 in days and minute < end)


class Hours:
    """Which schedules hold, asked for every frame: reckoned once a minute, since spans begin and end with one. Not thread-safe.

    Args:
        schedules: by name; one that is not there holds always, since silence would hide what somebody meant to see.
        timezone: name of the IANA database.
    """

    def __init__(self, schedules: Mapping[str, Schedule], timezone: str) -> None:
        self._schedules = schedules
        self._timezone = timezone
        self._minute = -1
        self._known: dict[str, bool] = {}

    def active(self, name: str, wall_ns: int) -> bool:
        """Whether a schedule holds at a moment, UTC nanoseconds."""
        minute = wall_ns // (60 * NS_PER_S)
        if minute != self._minute:
            self._minute, self._known = minute, {}
        if name not in self._known:
            spans = self._schedules.get(name)
            self._known[name] = spans is None or active(spans, wall_ns, self._timezone)
        return self._known[name]


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
