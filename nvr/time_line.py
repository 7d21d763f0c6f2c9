"""The server's own time line: UTC that never goes back, whatever is done to the machine's clock. Pure. See docs/design/time.md.

A line is (wall - monotonic) and where that difference moves to, slowly. All processes of a node read the same line, so what one stamps
another can compare. The machine's clock is only looked at to steer by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from nvr.clock import NS_PER_S

SLEW_PPM: Final = 500
"""How fast the line follows a machine's clock: as fast as NTP slews, so nobody sees it in a picture."""

CORRECTION_PPM: Final = 50_000
"""How fast it gives back a lead once the machine's clock is known to be right: 3 s a minute, 1 h in 20 h."""

DOUBT_NS: Final = NS_PER_S
"""Beyond this the machine's clock and the line are at odds, and people are told."""

SETTLED_NS: Final = 60 * NS_PER_S
"""So long a clock that was set must have run without another step, and be kept by NTP, before it is believed without asking."""

STEP_NS: Final = 250_000_000
"""A change of (wall - monotonic) between two looks beyond this is a step, not slewing."""

EARLIEST_NS: Final = 1_767_225_600 * NS_PER_S  # 2026-01-01: this program is younger
LATEST_NS: Final = 4_102_444_800 * NS_PER_S  # 2100-01-01
LONGEST_AWAY_NS: Final = 366 * 86_400 * NS_PER_S
"""A start later than this after the last sign of life is rather a wrong date than a long pause."""

KEPT_LEAPS: Final = 16


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of the time line.

    Attributes:
        boot: of which run of the machine the monotonic clock is.
        at_ns: monotonic time at which the stretch begins.
        offset_ns: wall - monotonic there.
        target_ns: what that moves to.
        ppm: how fast.
        guessed: it began without a clock that can be believed: as soon as there is one that is ahead, the line goes there.
        machine_ns: the machine's (wall - monotonic) at the last look: the true offset, beside the one that is used.
        doubt: why the two are at odds, or "".
        leaps: (from, to) of the last jumps ahead, in wall time: what lies between never was.
    """

    boot: str
    at_ns: int
    offset_ns: int
    target_ns: int
    ppm: int = SLEW_PPM
    guessed: bool = False
    machine_ns: int = 0
    doubt: str = ""
    leaps: tuple[tuple[int, int], ...] = ()

    def offset_at(self, monotonic_ns: int) -> int:
        """Wall - monotonic at a monotonic time not before ``at_ns``."""
        most_ns = max(0, monotonic_ns - self.at_ns) * self.ppm // 1_000_000
        return self.offset_ns + max(-most_ns, min(most_ns, self.target_ns - self.offset_ns))

    def wall_ns(self, monotonic_ns: int) -> int:
        """UTC nanoseconds. Never decreases with ``monotonic_ns``, nor from a line to the one that ``steer`` makes of it."""
        return monotonic_ns + self.offset_at(monotonic_ns)

    @property
    def error_ns(self) -> int:
        """By how much the machine's clock was ahead of the line at the last look."""
        return self.machine_ns - self.offset_ns

    def leap_within(self, start_wall_ns: int, end_wall_ns: int) -> int:
        """How many nanoseconds of a stretch never were, because the line was put ahead in it."""
        return sum(
            max(0, min(end_wall_ns, to_ns) - max(start_wall_ns, from_ns))
            for from_ns, to_ns in self.leaps
            if from_ns < end_wall_ns and to_ns > start_wall_ns
        )


def plausible(wall_ns: int) -> bool:
    """Whether a date can be that of a running control room."""
    return EARLIEST_NS <= wall_ns < LATEST_NS


def begin(boot: str, monotonic_ns: int, machine_wall_ns: int, *, before: Line | None, seen_wall_ns: int | None) -> Line:
    """The line of a process that starts.

    Args:
        before: the line as it was left, whichever boot.
        seen_wall_ns: the last time that is known to have been on the line; None: a first start.
    """
    if before is not None and before.boot == boot and before.at_ns <= monotonic_ns:
        return before
    machine_ns = machine_wall_ns - monotonic_ns
    leaps = before.leaps if before is not None else ()
    if seen_wall_ns is None:
        trusted, start_ns = plausible(machine_wall_ns), EARLIEST_NS
    else:
        trusted = plausible(machine_wall_ns) and 0 <= machine_wall_ns - seen_wall_ns <= LONGEST_AWAY_NS
        start_ns = seen_wall_ns
    offset_ns = machine_ns if trusted else start_ns - monotonic_ns
    # A second or less behind is a clock that was slewed while we were away, not a wrong one.
    guessed = not trusted and abs(machine_ns - offset_ns) > DOUBT_NS
    return Line(boot, monotonic_ns, offset_ns, offset_ns, guessed=guessed, machine_ns=machine_ns, leaps=leaps)


def steer(
    line: Line, monotonic_ns: int, machine_wall_ns: int, *, kept_by_ntp: bool, settled_ns: int, accepted: bool
) -> Line:
    """The line after a look at the machine's clock.

    Args:
        kept_by_ntp: the kernel says that something disciplines its clock; a clock that is set by hand loses that.
        settled_ns: for how long it has run without a step.
        accepted: somebody has looked at the machine's clock and says that it is right.
    """
    offset_ns = line.offset_at(monotonic_ns)
    machine_ns = machine_wall_ns - monotonic_ns
    error_ns = machine_ns - offset_ns
    line = replace(line, at_ns=monotonic_ns, offset_ns=offset_ns, target_ns=machine_ns, machine_ns=machine_ns)
    if abs(error_ns) <= DOUBT_NS:
        return replace(line, ppm=SLEW_PPM, doubt="", guessed=False)
    believed = plausible(machine_wall_ns) and (accepted or (kept_by_ntp and settled_ns >= SETTLED_NS))
    if error_ns > 0 and plausible(machine_wall_ns) and (believed or (line.guessed and error_ns <= LONGEST_AWAY_NS)):
        leap = (monotonic_ns + offset_ns, machine_wall_ns)
        leaps = (*line.leaps, leap)[-KEPT_LEAPS:]
        return replace(line, offset_ns=machine_ns, ppm=SLEW_PPM, doubt="", guessed=False, leaps=leaps)
    if believed:
        return replace(line, ppm=CORRECTION_PPM, guessed=False, doubt="the line was ahead, and gives that back")
    if not plausible(machine_wall_ns):
        # Not even slewed: a date like that says nothing of the time of day either.
        return replace(line, target_ns=offset_ns, ppm=SLEW_PPM, doubt="the machine's date can't be")
    return replace(line, ppm=SLEW_PPM, doubt="the machine's clock was set, or ran away")
