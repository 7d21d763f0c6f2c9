"""How long recordings, and what is said of persons, are kept, and what of recordings as evidence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nvr.config.fields import PlainPath, PoolName, Real, Whole
from nvr.config.schedules import ScheduleName
from nvr.config.section import Section

PersonsDays = Annotated[
    Whole,
    Field(
        ge=60,
        le=3650,
        description="how long after an incident's end it is kept who was involved and who called, in days; not erased while a hold for that incident stands",
        examples=[365],
    ),
]


class Holds(Section):
    """What is kept as evidence of an incident, without anybody asking for it."""

    before_min: Whole = Field(
        10, ge=0, le=1440, description="minutes before an incident from which recordings are held", examples=[30]
    )
    after_min: Whole = Field(
        5, ge=0, le=1440, description="minutes after an incident's own end until which they are held", examples=[15]
    )
    neighbours_within_s: Whole = Field(
        300,
        ge=0,
        le=3600,
        description="once an agency was sent, cameras so many seconds on foot away are held too; 0: none",
        examples=[120],
    )
    expire_days: Annotated[int, Field(strict=True, ge=30, le=3650)] | None = Field(
        365, description="days after which such a hold ends, after a warning; none: never", examples=[730]
    )
    warning_days: Whole = Field(
        15, ge=7, le=90, description="how many days before its end people are warned of it", examples=[30]
    )
    budget_gb: Whole = Field(
        200,
        ge=1,
        le=1_000_000,
        description="what all holds together may weigh before people are warned, in units of 1000 x 1000 x 1000 bytes; nothing is refused",
        examples=[500],
    )


class Retention(Section):
    """How long one camera's recordings are kept, where that differs from the others'. Holds are outside of it."""

    days: Real | None = Field(
        None, gt=0, le=3650, description="days that its main stream is kept; none: `node.retention_days`", examples=[60]
    )
    sub_days: Real | None = Field(
        None,
        gt=0,
        le=3650,
        description="days that its sub stream is kept; none: `node.sub_retention_days`",
        examples=[60],
    )
    keyframes_after_days: Real | None = Field(
        None,
        gt=0,
        le=3650,
        description="days after which only the key frames of its main stream are left, and no sound; what is held stays whole; none: all of it is kept",
        examples=[46],
    )
    sub_keyframes_after_days: Real | None = Field(
        None,
        gt=0,
        le=3650,
        description="days after which only the key frames of its sub stream are left; none: all of it is kept",
        examples=[15],
    )
    quota_gb: Real | None = Field(
        None,
        gt=0,
        le=1_000_000,
        description="what its recordings may weigh, in units of 1000 x 1000 x 1000 bytes; above it its oldest unheld ones go; none: no limit",
        examples=[2000],
    )


class Pool(Section):
    """A disk for recordings beside the data folder's own."""

    name: PoolName = Field(
        description="short, never changed and never given to another disk: paths of recordings begin with it; 1 to 16 lower-case letters, digits and hyphens",
        examples=["disco1"],
    )
    path: PlainPath = Field(description="a folder of its own on that disk; absolute", examples=["/mnt/disco1/nvr"])
    reserve_mb: Whole = Field(
        1024,
        ge=16,
        le=100_000_000,
        description="free space on it, in units of 1024 x 1024 bytes, that recording never touches",
        examples=[4096],
    )
    headroom_mb: Whole | None = Field(
        None,
        ge=16,
        le=100_000_000,
        description="free space on it above the reserve, in units of 1024 x 1024 bytes, at which the oldest recordings begin to go; none: half of the reserve",
        examples=[8192],
    )


class Recording(Section):
    """What of a camera's streams is recorded. What its mode leaves out is a gap with the cause `planned`."""

    mode: Literal["continuous", "motion", "schedule"] = Field(
        "continuous",
        description="all of it; only what moves; or all of it while `schedule` holds",
        examples=["motion"],
    )
    schedule: ScheduleName | None = Field(
        None,
        description="a schedule of this file; mode `schedule` needs it, in mode `motion` it says when that mode holds",
        examples=["noche"],
    )
    outside: Literal["nothing", "motion", "everything"] = Field(
        "nothing", description="what is recorded while `schedule` does not hold", examples=["motion"]
    )
    pre_s: Whole = Field(
        10, ge=10, le=25, description="seconds before a movement that are recorded too, out of memory", examples=[15]
    )
    post_s: Whole = Field(
        30, ge=5, le=600, description="seconds that recording goes on after a movement", examples=[60]
    )
