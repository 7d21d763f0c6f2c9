"""A velocity, or a position: pan, tilt and zoom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from nvr.errors import InvalidInput

MOVE_TIMEOUT_S: Final = 2
"""A continuous move that is not repeated ends in the device itself after this, should we die meanwhile."""


@dataclass(frozen=True, slots=True)
class Vector:
    """A velocity or a position."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0

    @property
    def still(self) -> bool:
        """Whether, as a velocity, it moves nothing."""
        return self.pan == 0 and self.tilt == 0 and self.zoom == 0

    def within(self, least: float) -> Vector:
        """Each part cut to [-1, 1], zoom to [least, 1].

        Raises:
            InvalidInput: a part is not a number.
        """
        if not all(map(math.isfinite, (self.pan, self.tilt, self.zoom))):
            raise InvalidInput("pan, tilt y zoom deben ser números")
        pan, tilt = (max(-1.0, min(1.0, part)) for part in (self.pan, self.tilt))
        return Vector(pan, tilt, max(least, min(1.0, self.zoom)))
