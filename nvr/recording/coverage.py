"""Which stretches of a stream were not recorded, and why; pure, one instance per stream."""

from __future__ import annotations

from typing import Final

import msgspec

from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.errors import GapCause

UNEXPLAINED_NS: Final = 100 * NS_PER_MS
"""A hole shorter than this, of which nobody gave notice, is the jitter of the clock."""


UNNOTICED: Final = "no pictures came, without notice"


MODE_BEHIND_NS: Final = 30 * NS_PER_S
"""A gap of a recording mode that goes on is told no further than this: longer than any pre-roll."""
MODE_DETAIL: Final = "recording mode: "
"""What such a gap's words begin with."""


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
    known_wall_ns: int = 0
    """Up to here somebody saw that it still stood still for this cause; 0: nobody looked again."""


class Coverage:
    """Follows one stream. A stretch with two causes one after the other becomes two gaps.

    A run that is to record the stream says so with ``expected``: from then on, whatever comes first, a picture or the reason why none comes,
    counts from the run's start, so that a camera that was never reached has a gap from then on and not from its first time-out.

    Args:
        standstill: where the previous run stopped, or None for a stream that was never recorded.
    """

    def __init__(self, standstill: Standstill | None = None) -> None:
        self._until_wall_ns = standstill.until_wall_ns if standstill else None
        self._cause: GapCause | None = standstill.cause if standstill else None
        self._detail = standstill.detail if standstill else ""
        self._known_wall_ns = standstill.known_wall_ns if standstill else 0
        self._expected_wall_ns: int | None = None

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
        return Standstill(self._until_wall_ns, self._cause, self._detail, self._known_wall_ns)

    def expected(self, at_wall_ns: int) -> Gap | None:
        """A run begins in which the stream is due; the part of the gap before it whose cause was seen, if that is not all of it.

        A link that was down when the machine died was seen down up to the last look; after that there was nobody to look, which is ``software``.
        """
        gap = None
        if self._until_wall_ns is None:
            self._until_wall_ns = at_wall_ns
            self._cause, self._detail = "software", "the recorder was starting"
        elif self._cause not in {None, "software", "planned"}:
            gap = self._close(self._known_wall_ns)
            self._cause, self._detail = "software", "the recorder was not running"
        self._known_wall_ns = 0
        self._expected_wall_ns = at_wall_ns
        return gap

    def ongoing(self, now_wall_ns: int) -> Gap | None:
        """The gap that goes on, as far as it is now; it is told again, longer, until it is over."""
        if self._cause == "planned" and self._detail.startswith(MODE_DETAIL):
            # What was not wanted may still come to be, out of memory: see nvr.recording.modes.
            now_wall_ns -= MODE_BEHIND_NS
        if self._until_wall_ns is None or self._cause is None or now_wall_ns <= self._until_wall_ns:
            return None
        self._known_wall_ns = now_wall_ns
        return Gap(self._until_wall_ns, now_wall_ns, self._cause, self._detail)

    def interrupted(self, at_wall_ns: int, cause: GapCause, detail: str = "") -> Gap | None:
        """Nothing comes any more, or from now on for another reason; the gap that ends with that.

        The first notice reaches back to the last recorded picture; ``at_wall_ns`` counts where there is none.
        """
        gap = None
        expected_ns, self._expected_wall_ns = self._expected_wall_ns, None
        if self._until_wall_ns is None:
            self._until_wall_ns = at_wall_ns
        elif self._cause is not None:
            if self._cause == cause:
                return None
            gap = self._close(at_wall_ns if expected_ns is None else min(at_wall_ns, expected_ns))
        self._known_wall_ns = 0
        self._cause = cause
        self._detail = detail
        return gap

    def resumed(self, start_wall_ns: int) -> Gap | None:
        """A segment begins; the gap before it."""
        gap = self._close(start_wall_ns) if self._cause is not None else None
        if self._cause is None and self._until_wall_ns is not None:
            hole_ns = start_wall_ns - self._until_wall_ns
            if hole_ns > UNEXPLAINED_NS:
                gap = Gap(self._until_wall_ns, start_wall_ns, "camera", UNNOTICED)
        self._cause = None
        self._detail = ""
        self._known_wall_ns = 0
        self._expected_wall_ns = None
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
