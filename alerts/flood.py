"""Flood mode: when more alerts come than people can look at. Pure.

Above 10 alerts in 10 minutes an operator, priority 3 is shown as one counter and offered to nobody; nothing is lost, and the counter opens. It ends
only once the rate has been at or below half of that for a minute, so that it does not flicker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nvr.clock import NS_PER_S

SPAN_NS: Final = 10 * 60 * NS_PER_S
ENTER_ABOVE: Final = 10.0
LEAVE_AT: Final = 5.0
CALM_NS: Final = 60 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Flood:
    """``since_wall_ns`` None: no flood. ``calm_wall_ns``: since when the rate is low enough to leave it."""

    since_wall_ns: int | None = None
    calm_wall_ns: int | None = None

    @property
    def on(self) -> bool:
        """Whether priority 3 is one counter now."""
        return self.since_wall_ns is not None


def step(before: Flood, alerts: int, operators: int, now_wall_ns: int) -> Flood:
    """The mode now.

    Args:
        alerts: how many came in the last 10 minutes.
        operators: how many are present; nobody counts as one.
    """
    rate = alerts / max(1, operators)
    if before.since_wall_ns is None:
        return Flood(now_wall_ns) if rate > ENTER_ABOVE else before
    if rate > LEAVE_AT:
        return Flood(before.since_wall_ns)
    if before.calm_wall_ns is None or before.calm_wall_ns > now_wall_ns:
        return Flood(before.since_wall_ns, now_wall_ns)
    return Flood() if now_wall_ns - before.calm_wall_ns >= CALM_NS else before
