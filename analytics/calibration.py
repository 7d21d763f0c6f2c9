"""Whether a background is being learned anew, and how far that has come. Pure: shares of the picture in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_SUDDEN_SHARE: Final = 0.6  # of the cells: light, infrared switch or a turned camera where it came at once
_SUDDEN_RISE: Final = 0.35
_SUDDEN_WITHIN_FRAMES: Final = 5
_WHOLE_SHARE: Final = 0.85  # whatever it is, nothing can be told from it
_SETTLE_FRAMES: Final = 12
UNSETTLED_SHARE: Final = 0.3
"""More cells than that still differ: the picture has not come to rest."""
_CALIBRATION_LIMIT_FRAMES: Final = 100


@dataclass(slots=True)
class Calibration:
    """How far a new background has come. ``count`` is 0 where none is being learned."""

    count: int = 1
    frames: int = 0
    recent_shares: list[float] = field(default_factory=lambda: [1.0] * _SUDDEN_WITHIN_FRAMES)

    def sudden(self, share: float) -> bool:
        """Whether so large a share of moving cells, after the recent ones, means that the light changed, not the scene."""
        before = min(self.recent_shares)
        self.recent_shares.append(share)
        self.recent_shares.pop(0)
        return share > _WHOLE_SHARE or (share > _SUDDEN_SHARE and share - before > _SUDDEN_RISE)

    def begin(self) -> None:
        """Learn anew from the next frame on."""
        self.count, self.frames = 1, 0

    def step(self, share: float) -> None:
        """One more frame was learned; ``share`` of its cells differed from what was learned before."""
        self.frames += 1
        unsettled = self.count > 1 and share > UNSETTLED_SHARE
        self.count = 1 if unsettled else self.count + 1
        if self.count > _SETTLE_FRAMES or self.frames >= _CALIBRATION_LIMIT_FRAMES:
            self.count = 0
            self.recent_shares = [0.0] * _SUDDEN_WITHIN_FRAMES
