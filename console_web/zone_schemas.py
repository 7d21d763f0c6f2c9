"""The wire shapes of a camera's zones, and of what they would have raised."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from console_web.answer import Out
from console_web.bodies import In
from console_web.trials import Occasion, Tuning
from nvr.config.fields import Polygon
from nvr.config.zone_edit import ZoneEdit
from nvr.config.zones import Zone

_BARS: Final = 96
_MOST: Final = 60


class ZonesIn(In):
    """All zones and masks that a camera is to have."""

    zones: Annotated[list[Zone], Field(max_length=16)]
    masks: Annotated[list[Polygon], Field(max_length=32)]

    def edit(self, camera_id: str) -> ZoneEdit:
        """For a camera."""
        return ZoneEdit(camera_id, tuple(self.zones), tuple(self.masks))


class ZonesApplyIn(ZonesIn):
    """Put them in force, provided that ``base_version`` still is."""

    base_version: Annotated[int, Field(strict=True, ge=1, le=10**9)]


class ZonesTuneIn(ZonesIn):
    """Try them on so many days."""

    days: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] = 7.0


class ZonesOut(Out):
    """What a camera has: of the version in force. ``schedules``: names that a zone may say; ``can_tune``: whether they can be tried on what has been."""

    version: int
    zones: list[Zone]
    masks: list[Polygon]
    schedules: list[str]
    can_tune: bool


class CellsOut(Out):
    """Which cells moved in the newest second.

    Attributes:
        second_ms: UTC, when it began; None where nothing has moved lately.
        evidence: how surely each of 18 rows of 32 cells moved at the least, a byte each, 0 to 100, hexadecimal; "" where nothing did.
    """

    second_ms: int | None
    evidence: str


class OccasionOut(Out):
    """An alert as the desk would have shown it."""

    zone: str
    start_wall_ms: int
    end_wall_ms: int


class TunedZoneOut(Out):
    """Alerts of one zone, or of a rule of it: as they were raised, replayed with what is in force, replayed with what was asked for.

    ``told`` is false for a rule that can't be replayed; ``before`` and ``after`` are 0 then and say nothing.
    """

    zone: str
    told: bool
    recorded: int
    before: int
    after: int


class TunedBarOut(Out):
    """Alerts that began in one part of the time."""

    from_wall_ms: int
    before: int
    after: int


class TuningOut(Out):
    """What would be another. ``gained`` and ``lost`` hold the newest; ``gained_count`` and ``lost_count`` count all."""

    from_wall_ms: int
    to_wall_ms: int
    looked_s: int
    zones: list[TunedZoneOut]
    bars: list[TunedBarOut]
    gained: list[OccasionOut]
    lost: list[OccasionOut]
    gained_count: int
    lost_count: int


def tuning_out(found: Tuning) -> TuningOut:
    """Counts by zone and over time."""
    names = dict.fromkeys([*found.recorded, *(each.zone for each in (*found.before, *found.after)), *found.untold])
    width_ms = max(1, -(-(found.to_wall_ms - found.from_wall_ms) // _BARS))
    counts = [[0, 0] for _ in range(_BARS)]
    for column, occasions in enumerate((found.before, found.after)):
        for each in occasions:
            counts[min(_BARS - 1, max(0, (each.start_wall_ms - found.from_wall_ms) // width_ms))][column] += 1
    return TuningOut(
        from_wall_ms=found.from_wall_ms,
        to_wall_ms=found.to_wall_ms,
        looked_s=found.looked_s,
        zones=[
            TunedZoneOut(
                zone=name,
                told=name not in found.untold,
                recorded=found.recorded.get(name, 0),
                before=sum(each.zone == name for each in found.before),
                after=sum(each.zone == name for each in found.after),
            )
            for name in names
        ],
        bars=[
            TunedBarOut(from_wall_ms=found.from_wall_ms + index * width_ms, before=before, after=after)
            for index, (before, after) in enumerate(counts)
        ],
        gained=_newest(found.gained),
        lost=_newest(found.lost),
        gained_count=len(found.gained),
        lost_count=len(found.lost),
    )


def _newest(occasions: tuple[Occasion, ...]) -> list[OccasionOut]:
    newest = sorted(occasions, key=lambda each: each.start_wall_ms, reverse=True)[:_MOST]
    return [
        OccasionOut(zone=each.zone, start_wall_ms=each.start_wall_ms, end_wall_ms=each.end_wall_ms) for each in newest
    ]
