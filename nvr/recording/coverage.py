"""Which stretches of a stream were not recorded, and why; pure, one instance per stream."""

from __future__ import annotations

from typing import Final

import msgspec

from nvr.clock import NS_PER_MS
from nvr.errors import GapCause

UNEXPLAINED_NS: Final = 100 * NS_PER_MS
"""A hole shorter than this, of which nobody gave notice, is the jitter of the clock."""


class Gap(msgspec.Struct, frozen=True):
    """A stretch without recording, with its reason."""

    start_wall_ns: int
    end_wall_ns: int
    cause: GapCause
    detail: str = ""


class Standstill(msgspec.Struct, frozen=True):
    """Where a recording stopped and why: what the next run must know. Its JSON is ``coverage.json``."""

    until_wall_ns: int
    cause: GapCause
    detail: str = ""


class Coverage:
    """Follows one stream. A stretch with two causes one after the other becomes two gaps.

    Args:
        standstill: where the previous run stopped, or None for a stream that was never recorded.
    """

    def __init__(self, standstill: Standstill | None = None) -> None:
        self._until_wall_ns = standstill.until_wall_ns if standstill else None
        self._cause: GapCause | None = standstill.cause if standstill else None
        self._detail = standstill.detail if standstill else ""

    @property
    def until_wall_ns(self) -> int | None:
        """Where the recording ends so far, or the last gap; None where there was neither."""
        return self._until_wall_ns

    @property
    def cause(self) -> GapCause | None:
        """Why nothing is being recorded; None while it is, or where nobody has said."""
        return self._cause

    @property
    def standstill(self) -> Standstill | None:
        """What to hand to the next run; None where nothing is interrupted."""
        if self._until_wall_ns is None or self._cause is None:
            return None
        return Standstill(self._until_wall_ns, self._cause, self._detail)

    def interrupted(self, at_wall_ns: int, cause: GapCause, detail: str = "") -> Gap | None:
        """Nothing comes any more, or from now on for another reason; the gap that ends with that.

        The first notice reaches back to the last recorded picture; ``at_wall_ns`` counts where there is none.
        """
        gap = None
        if self._until_wall_ns is None:
            self._until_wall_ns = at_wall_ns
        elif self._cause is not None:
            if self._cause == cause:
                return None
            gap = self._close(at_wall_ns)
        self._cause = cause
        self._detail = detail
        return gap

    def resumed(self, start_wall_ns: int) -> Gap | None:
        """A segment begins; the gap before it."""
        gap = self._close(start_wall_ns) if self._cause is not None else None
        if self._cause is None and self._until_wall_ns is not None:
            hole_ns = start_wall_ns - self._until_wall_ns
            if hole_ns > UNEXPLAINED_NS:
                gap = Gap(self._until_wall_ns, start_wall_ns, "camera", "no pictures came, without notice")
        self._cause = None
        self._detail = ""
        self._until_wall_ns = start_wall_ns
        return gap

    def recorded(self, end_wall_ns: int) -> None:
        """Pictures up to here are on disk."""
        self._until_wall_ns = end_wall_ns

    def _close(self, at_wall_ns: int) -> Gap | None:
        until_wall_ns, cause = self._until_wall_ns, self._cause
        if until_wall_ns is None or cause is None or at_wall_ns <= until_wall_ns:
            return None
        self._until_wall_ns = at_wall_ns
        return Gap(until_wall_ns, at_wall_ns, cause, self._detail)
