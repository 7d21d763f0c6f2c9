"""Nanoseconds, as the catalogue holds them, and milliseconds, as browsers do."""

from __future__ import annotations

from nvr.clock import NS_PER_MS


def ms(wall_ns: int) -> int:
    """Integer milliseconds UTC, rounded down: JavaScript numbers can't hold nanoseconds."""
    return wall_ns // NS_PER_MS


def ms_or_none(wall_ns: int | None) -> int | None:
    """The same, where there may be none."""
    return None if wall_ns is None else ms(wall_ns)


def ns(wall_ms: int) -> int:
    """Back."""
    return wall_ms * NS_PER_MS
