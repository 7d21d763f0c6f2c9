"""Which frames of a stream are looked at: no more than things need that move. Pure.

Between two frames of 25 a second nothing moves as far as a cell is wide, and what is learned by each frame (docs/design/motion.md) is made for some
ten a second. So frames closer than 75 ms to the last one that was looked at are decoded for the next ones' sake only; what that one showed still
holds. Streams of up to 13 frames a second are looked at whole.
"""

from __future__ import annotations

from typing import Final

from nvr.clock import NS_PER_MS

LOOK_EVERY_NS: Final = 75 * NS_PER_MS
"""The least time between two looks."""


class Pace:
    """One stream's."""

    def __init__(self) -> None:
        self._looked_ns: int | None = None

    def due(self, at_ns: int, *, pressing: bool = False) -> bool:
        """Whether to look at a frame; notes it if so.

        Args:
            at_ns: of the frame, on any clock; where that goes back, a frame is looked at.
            pressing: it is to be looked at however close it is: a background is being learned, say.
        """
        if not pressing and self._looked_ns is not None and 0 <= at_ns - self._looked_ns < LOOK_EVERY_NS:
            return False
        self._looked_ns = at_ns
        return True
