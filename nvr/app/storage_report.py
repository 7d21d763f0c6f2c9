"""``nvr storage forecast``: how long the disks keep the recordings, by stream, and whether that is what the law asks for."""

from __future__ import annotations

from collections.abc import Iterator

from nvr.storage.forecast import Outlook

_GB = 1e9


def lines(outlook: Outlook) -> Iterator[str]:
    """The report in plain text."""
    yield f"{'stream':<24} {'MB/h':>9} {'on disk GB':>11} {'oldest d':>9} {'kept d':>7}"
    for flow in outlook.flows:
        yield (
            f"{flow.name:<24} {flow.bytes_per_day / 24e6:>9.1f} {flow.stock_bytes / _GB:>11.2f} {flow.age_days:>9.1f} {flow.kept_days:>7.1f}"
        )
    ahead = outlook.forecast
    yield (
        f"all: {ahead.bytes_per_day / _GB:.1f} GB a day; {ahead.room_bytes / _GB:.1f} GB for recordings, {outlook.free_bytes / _GB:.1f} of them free; "
        f"held {outlook.held_bytes / _GB:.1f} GB, {outlook.hold_bytes_per_day / _GB:.2f} more a day"
    )
    if not outlook.measured:
        yield "nothing to go by yet: ask again once ten minutes are recorded"
        return
    if ahead.sustained_days is not None:
        yield f"the disks keep {ahead.sustained_days:.1f} days; the minimum is {outlook.least_days:g}"
    if ahead.breaks_in_days is not None:
        yield f"something younger than that must go in {ahead.breaks_in_days:.1f} days"
    if ahead.only_held_in_days is not None:
        yield f"only what is held is left in {ahead.only_held_in_days:.1f} days"
    if outlook.sound:
        yield "the minimum is kept"
    elif outlook.accepted:
        yield f"the minimum can't be kept; accepted: {outlook.accepted}"
    else:
        yield "the minimum can't be kept: add disks, lower bit rates, or have it accepted in writing (node.shortage_accepted)"
