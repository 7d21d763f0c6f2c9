"""Which free unit to send first: by where it is, where that is known; else by sector; else who has been free for longest. Pure.

What stands first is a proposal: a person chooses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.nearby import metres_between
from alerts.units import Unit
from nvr.clock import NS_PER_S

POSITION_KEPT_NS: Final = 600 * NS_PER_S
"""A position older than this says nothing: in ten minutes a patrol is anywhere in the town."""


class Reason(StrEnum):
    """Why a unit stands where it does in the list."""

    POSITION = "position"
    SECTOR = "sector"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A free unit. ``metres``: beeline from where it was last known to be, for ``Reason.POSITION``; else None."""

    unit: Unit
    reason: Reason
    metres: int | None = None


def suggested(
    units: Iterable[Unit], agency: str, location: tuple[float, float] | None, sector: str, now_wall_ns: int
) -> list[Suggestion]:
    """The free units of an agency, best first: those whose place is known by distance, then those of the same sector, then the others.

    Args:
        units: all of them.
        agency: its code.
        location: latitude and longitude of the place, or None where they are not known.
        sector: the place's sector, or "".
        now_wall_ns: what a position's age is counted from; one from a clock that runs ahead counts as new.
    """
    found = [_judged(unit, location, sector, now_wall_ns) for unit in units if unit.agency == agency and unit.free]
    order = list(Reason)
    return sorted(
        found,
        key=lambda each: (order.index(each.reason), each.metres or 0, each.unit.since_wall_ns, each.unit.call_sign),
    )


def _judged(unit: Unit, location: tuple[float, float] | None, sector: str, now_wall_ns: int) -> Suggestion:
    at = position(unit, now_wall_ns)
    if at is not None and location is not None:
        return Suggestion(unit, Reason.POSITION, round(metres_between(at, location)))
    same = bool(sector) and unit.sector.casefold() == sector.casefold()
    return Suggestion(unit, Reason.SECTOR if same else Reason.FREE)


def position(unit: Unit, now_wall_ns: int) -> tuple[float, float] | None:
    """Where a unit is, as far as its last report still says so."""
    if unit.latitude is None or unit.longitude is None or unit.position_wall_ns is None:
        return None
    return None if now_wall_ns - unit.position_wall_ns > POSITION_KEPT_NS else (unit.latitude, unit.longitude)
