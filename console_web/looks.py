"""Which looks are already written down: a player reads a growing playlist every few seconds, and the audit wants to know it once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from nvr.clock import NS_PER_S

FOLD_NS: Final = 600 * NS_PER_S
_MOST: Final = 4096

Look = tuple[str, ...]
"""Who (his session), what he did, to what, and which part of it."""


class Looks:
    """The looks of the last ten minutes; bounded: what is pushed out is written again, never left out. Used on one event loop."""

    def __init__(self) -> None:
        self._noted: OrderedDict[Look, int] = OrderedDict()

    def is_new(self, look: Look, now_ns: int) -> bool:
        """Whether it has to be written, monotonic time given; then it counts as written."""
        noted_ns = self._noted.get(look)
        if noted_ns is not None and now_ns - noted_ns < FOLD_NS:
            return False
        self._noted[look] = now_ns
        self._noted.move_to_end(look)
        if len(self._noted) > _MOST:
            self._noted.popitem(last=False)
        return True

    def forget(self, look: Look) -> None:
        """It could not be written after all."""
        self._noted.pop(look, None)
