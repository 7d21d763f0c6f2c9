"""The shifts of the day, in ``cameras.yaml``."""

from __future__ import annotations

from pydantic import Field

from nvr.config.fields import PlainText
from nvr.config.section import Section


class ShiftHours(Section):
    """A shift: it lasts until the next one begins."""

    name: PlainText = Field(
        pattern=r"^[^/]+$", min_length=1, max_length=20, description="what people call it", examples=["07-15"]
    )
    starts: PlainText = Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="when it begins, HH:MM in the room's time zone, in quotes",
        examples=["07:00"],
    )


THREE: tuple[ShiftHours, ...] = (
    ShiftHours(name="07-15", starts="07:00"),
    ShiftHours(name="15-23", starts="15:00"),
    ShiftHours(name="23-07", starts="23:00"),
)
"""As Serenazgo works."""
