"""Sources that chatter: when a zone is put to rest, for how long, and what that hides. Pure.

A zone that begins to move three times within a minute is shelved for at most 15 minutes: the alert that it has raised stays where it is, and what it
raises anew waits on the shelf instead of in the queue. The shelf is seen by everybody, stands in the audit, and anybody at the desk can take
a source off it, which is then left alone for as long. What was on it comes into the queue when it ends: nothing is lost. Priority 1 is never shelved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from nvr.clock import NS_PER_S
from nvr.errors import IllegalStep

CHATTER_STARTS: Final = 3
CHATTER_NS: Final = 60 * NS_PER_S
LONGEST_NS: Final = 15 * 60 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Shelving:
    """A zone at rest. ``starts`` is how often it moved in the minute before; ``ended_by`` who ended it, "sistema" where it ran out."""

    shelving_id: str
    camera_id: str
    zone: str
    since_wall_ns: int
    until_wall_ns: int
    starts: int
    ended_wall_ns: int | None = None
    ended_by: str | None = None

    def in_force(self, now_wall_ns: int) -> bool:
        """Whether it hides anything now. A clock that stepped back ends it: it must not last longer than it may."""
        return self.ended_wall_ns is None and self.until_wall_ns - LONGEST_NS <= now_wall_ns < self.until_wall_ns


def chatters(starts_wall_ns: Iterable[int], now_wall_ns: int) -> int:
    """How often it began to move in the last minute if that is chattering, else 0."""
    recent = sum(now_wall_ns - CHATTER_NS < start <= now_wall_ns for start in starts_wall_ns)
    return recent if recent >= CHATTER_STARTS else 0


def shelve(
    newest: Shelving | None, *, shelving_id: str, source: tuple[str, str], starts: int, priority: int, now_wall_ns: int
) -> Shelving | None:
    """The shelving that chattering calls for, or None: priority 1, shelved already, or taken off the shelf by a person a while ago.

    Args:
        newest: the zone's newest shelving.
        source: camera id and zone.
    """
    if priority == 1 or starts < CHATTER_STARTS:
        return None
    if newest is not None and newest.in_force(now_wall_ns):
        return None
    if newest is not None and newest.ended_wall_ns is not None and newest.ended_by != "sistema":
        since_ns = now_wall_ns - newest.ended_wall_ns
        if 0 <= since_ns < LONGEST_NS:
            return None
    camera_id, zone = source
    return Shelving(shelving_id, camera_id, zone, now_wall_ns, now_wall_ns + LONGEST_NS, starts)


def end(shelving: Shelving, by: str, now_wall_ns: int) -> Shelving:
    """The shelving, ended.

    Raises:
        IllegalStep: it has ended already.
    """
    if shelving.ended_wall_ns is not None:
        raise IllegalStep(f"La fuente ya no está en reposo: la reactivó {shelving.ended_by}")
    return replace(shelving, ended_wall_ns=now_wall_ns, ended_by=by)
