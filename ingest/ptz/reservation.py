"""One person steers a camera at a time. Pure: a lease and a wish in, a lease or a refusal out.

Steering takes the camera for ten seconds after the last movement; reserving takes it for minutes. Whoever has a higher rank takes it over; the
same rank waits. A lease ends by itself: nobody keeps a camera by closing his browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from nvr.clock import NS_PER_S
from nvr.errors import Conflict

STEERING_NS: Final = 10 * NS_PER_S
RESERVE_S: Final = 120
MOST_RESERVE_S: Final = 900


class Rank(IntEnum):
    """Who goes before whom. The owner of an incident at the camera comes first: people act there on what he sees."""

    OPERATOR = 1
    SUPERVISOR = 2
    INCIDENT_OWNER = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. The same person at two terminals is one person."""

    user_id: str
    name: str
    rank: Rank
    terminal: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody has the camera until a monotonic time. ``reserved``: he asked for it, and did not just steer."""

    holder: Person
    until_ns: int
    reserved: bool = False

    def holds(self, now_ns: int) -> bool:
        """Whether it still counts."""
        return now_ns < self.until_ns


def claim(lease: Lease | None, who: Person, now_ns: int, for_ns: int, *, reserve: bool = False) -> Lease:
    """The lease after somebody steers (``for_ns`` short) or reserves.

    Raises:
        Conflict: somebody of the same or a higher rank has it; the message names him.
    """
    if lease is None or not lease.holds(now_ns):
        return Lease(who, now_ns + for_ns, reserve)
    if lease.holder.user_id == who.user_id:
        # He never loses time that he has; his rank is that of now (he may have closed his incident).
        return Lease(who, max(lease.until_ns, now_ns + for_ns), reserve or lease.reserved)
    if who.rank > lease.holder.rank:
        return Lease(who, now_ns + for_ns, reserve)
    left_s = -(-(lease.until_ns - now_ns) // NS_PER_S)
    raise Conflict(f"la cámara la tiene {lease.holder.name} por {left_s} s más", "espere, o pídale que la libere")


def release(lease: Lease | None, who: Person, now_ns: int) -> Lease | None:
    """The lease after somebody gives the camera back; whoever ranks higher than the holder may, too. Nothing to give back is no fault.

    Raises:
        Conflict: it is somebody else's.
    """
    if lease is None or not lease.holds(now_ns):
        return None
    if lease.holder.user_id != who.user_id and who.rank <= lease.holder.rank:
        raise Conflict(
            f"la cámara la tiene {lease.holder.name}", "solo él o quien tenga mayor prioridad puede liberarla"
        )
    return None
