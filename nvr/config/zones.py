"""The ``zones:`` of a camera in ``cameras.yaml``: where in the picture what raises an alert, and when.

A zone is about movement, or about rules: a line that is crossed, somebody who stays, many at once, a thing left or taken (docs/design/zone-rules.md).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from nvr.config.fields import PlainText, Point, Polygon, Priority, Real, Share, Whole, fault
from nvr.config.schedules import ScheduleName
from nvr.config.section import Section

RULES: Final = ("line", "loitering", "crowd", "left", "taken")
"""Fields of a zone that are rules, in the order in which they are shown."""
LINE_RULES: Final = {"a_to_b": "line_a_b", "b_to_a": "line_b_a"}
"""How alerts name a line that was crossed, by its ``direction``."""

_WHOLE_VIEW: tuple[Point, ...] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_SHORTEST_LINE: Final = 0.02
_HOLDS_MIN_S: Final = 6.0


def _line(value: tuple[Point, ...]) -> tuple[Point, ...]:
    (x1, y1), (x2, y2) = value
    if (x2 - x1) ** 2 + (y2 - y1) ** 2 < _SHORTEST_LINE**2:
        raise fault("the line has hardly any length", "Write two points that lie apart, e.g. [[0.1, 0.6], [0.9, 0.6]]")
    return value


class Line(Section):
    """A line on the ground that must not be crossed. Who stands at the first point and looks at the second has side A at the left, B at the right."""

    points: Annotated[tuple[Point, ...], Field(min_length=2, max_length=2), AfterValidator(_line)] = Field(
        description="its two ends, x and y from 0 to 1, where feet and wheels cross it",
        examples=[[[0.1, 0.6], [0.9, 0.6]]],
    )
    direction: Literal["both", "a_to_b", "b_to_a"] = Field(
        "both",
        description="which way counts; standing at the first point and looking at the second, A is at the left and B at the right",
        examples=["a_to_b"],
    )

    @property
    def rule_names(self) -> tuple[str, ...]:
        """The ways that count, as alerts name them: of ``line_a_b`` and ``line_b_a``."""
        return tuple(name for way, name in LINE_RULES.items() if self.direction in {"both", way})


class Loitering(Section):
    """The same person or vehicle stays in the zone."""

    after_s: Real = Field(30, ge=5, le=1800, description="how long it must have stayed, in seconds", examples=[60])


class Crowd(Section):
    """Many at once in the zone."""

    count: Whole | None = Field(
        None, ge=2, le=16, description="how many things that move by themselves must be there at once", examples=[5]
    )
    share: Share | None = Field(
        None,
        gt=0,
        description="or what share of the zone must have moved within the last two seconds, or within five beside what did since; for places where people hide each other",
        examples=[0.4],
    )
    after_s: Real = Field(10, ge=1, le=600, description="for how long, in seconds", examples=[20])

    @model_validator(mode="after")
    def _asks(self) -> Crowd:
        if self.count is None and self.share is None:
            raise fault("asks for nothing", "Write `count: 5`, `share: 0.4`, or both: either suffices then")
        return self


class StaticChange(Section):
    """Something stands where nothing stood, or is gone, and nothing moves there."""

    after_s: Real = Field(
        60, ge=_HOLDS_MIN_S, le=3600, description="how long it must have been so, in seconds", examples=[120]
    )
    max_area: Real = Field(
        0.05,
        gt=0,
        le=0.3,
        description="the largest thing that counts, as a share of the whole picture: keeps vehicles out",
        examples=[0.15],
    )


class MinHeight(Section):
    """The smallest thing that counts, by where its feet are: far things are small. In between it is interpolated by the foot's row."""

    top: Share = Field(
        description="height of a thing whose foot is at the picture's upper edge, as a share of the picture's height",
        examples=[0.04],
    )
    bottom: Share = Field(description="the same for the lower edge", examples=[0.3])

    def at(self, foot: float) -> float:
        """For a foot at ``foot`` (0 at the upper edge of the picture, 1 at the lower), a share of the picture's height."""
        return self.top + (self.bottom - self.top) * min(1.0, max(0.0, foot))


class Zone(Section):
    """A part of the picture in which movement, or what its rules say, raises an alert."""

    name: PlainText = Field(
        min_length=1, max_length=60, description="what the alert calls the place", examples=["Puerta del banco"]
    )
    polygon: Polygon = Field(
        _WHOLE_VIEW,
        description="corners in order along the outline, x and y from 0 to 1, origin top left; edges do not cross",
        examples=[[[0.1, 0.5], [0.9, 0.5], [0.9, 1.0], [0.1, 1.0]]],
    )
    priority: Priority = Field(2, description="1 (now) to 3 (when there is time)", examples=[1])
    schedule: ScheduleName | None = Field(
        None,
        description="name of a schedule: outside it the zone raises nothing; without it the zone is always on",
        examples=["noche"],
    )
    sensitivity: Share = Field(
        0.5, description="0 blunt to 1 keen, for movement; the rules always look at 0.5", examples=[0.7]
    )
    min_area: Real = Field(
        0.003, gt=0, le=1, description="smallest movement, as a share of the whole picture", examples=[0.01]
    )
    min_duration_s: Real = Field(
        0.6, ge=0.1, le=60, description="how long it must last before it counts, in seconds", examples=[1.5]
    )
    min_height: MinHeight | None = Field(
        None,
        description="the smallest thing that counts near and far, for movement and for the rules but `left` and `taken`",
        examples=[{"top": 0.04, "bottom": 0.3}],
    )
    movement: bool | None = Field(
        None,
        description="whether any movement raises an alert; left out: where the zone has no rule",
        examples=[True],
    )
    line: Line | None = Field(
        None,
        description="an alert where somebody crosses this line inside the zone",
        examples=[{"points": [[0.1, 0.6], [0.9, 0.6]], "direction": "a_to_b"}],
    )
    loitering: Loitering | None = Field(
        None, description="an alert where the same person or vehicle stays in the zone", examples=[{"after_s": 60}]
    )
    crowd: Crowd | None = Field(
        None, description="an alert where many are in the zone at once", examples=[{"count": 5, "after_s": 20}]
    )
    left: StaticChange | None = Field(
        None, description="an alert where a thing is left behind in the zone", examples=[{"after_s": 120}]
    )
    taken: StaticChange | None = Field(
        None, description="an alert where a thing that stood in the zone is gone", examples=[{"after_s": 60}]
    )

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that it has, of ``RULES``."""
        return tuple(name for name in RULES if getattr(self, name) is not None)

    @property
    def rule_names(self) -> tuple[str, ...]:
        """The same as alerts name them: a line has a name for each way that counts."""
        others = tuple(name for name in self.rules if name != "line")
        return others if self.line is None else (*self.line.rule_names, *others)

    @property
    def alerts_on_movement(self) -> bool:
        """Whether plain movement raises an alert."""
        return not self.rules if self.movement is None else self.movement
