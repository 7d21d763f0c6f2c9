"""Days of the site's calendar, as routes are asked for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import Query

from console_web.problems import invalid
from nvr.proof.day import day_bounds

Day = Annotated[date, Query(ge=date(2000, 1, 1), le=date(2200, 1, 1))]
_LONGEST: Final = timedelta(days=366)


def stretch(first: date, last: date, timezone: str) -> tuple[int, int]:
    """From the first day to the last, both whole, as UTC nanoseconds.

    Raises:
        HTTPException: 422 where the first comes after the last, or they are more than a year apart.
    """
    if not first <= last <= first + _LONGEST:
        raise invalid("Indique un primer y un último día, con un año entre ellos a lo sumo.")
    return day_bounds(first, timezone)[0], day_bounds(last, timezone)[1]
