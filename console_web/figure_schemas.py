"""What the console says of how a room works; part of ``console_web.schemas``."""

from __future__ import annotations

from alerts.figures import By, Step
from console_web.answer import Out


class FigureOut(Out):
    """How long a step takes in one group; nearest rank, milliseconds; null where nothing was measured.

    ``missing``: the step was not taken; ``unknown``: a clock that stepped spoilt it; ``in_time`` of ``limited``: kept the limit that it has.
    """

    by: By
    key: str
    name: str
    step: Step
    count: int
    missing: int
    unknown: int
    p50_ms: int | None
    p90_ms: int | None
    p95_ms: int | None
    in_time: int
    limited: int


class ShareOut(Out):
    """How many of the closed alerts were false."""

    key: str
    name: str
    closed: int
    false: int


class PlaceOut(Out):
    """A camera's incidents by hour, 24 of them."""

    camera_id: str
    name: str
    hours: list[int]


class FiguresOut(Out):
    """Of a stretch of days. ``few``: below so many a figure says little. ``incidents``: 7 weekdays from Monday, 24 hours each."""

    few: int
    times: list[FigureOut]
    false_by_camera: list[ShareOut]
    false_by_hour: list[ShareOut]
    incidents: list[list[int]]
    places: list[PlaceOut]
