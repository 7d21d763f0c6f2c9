"""The stretch of recording that belongs to an incident. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from alerts.records import Alert
from nvr.clock import NS_PER_S

BEFORE_NS: Final = 10 * NS_PER_S
AFTER_NS: Final = 60 * NS_PER_S
BY_HAND_NS: Final = 600 * NS_PER_S
"""Nothing says when an incident ends that an operator saw himself: ten minutes are kept."""


def window(occurred_wall_ns: int, alerts: Sequence[Alert]) -> tuple[int, int | None]:
    """From 10 s before the movement until 60 s after its end, or None while it goes on."""
    if not alerts:
        return occurred_wall_ns - BEFORE_NS, occurred_wall_ns + BY_HAND_NS
    start = min(occurred_wall_ns, *(alert.started_wall_ns for alert in alerts)) - BEFORE_NS
    if any(alert.ongoing for alert in alerts):
        return start, None
    return start, max(alert.last_wall_ns for alert in alerts) + AFTER_NS
