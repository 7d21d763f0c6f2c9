"""What to send to a camera that is steered. Pure: times and wishes in, the next command out.

A browser says every 300 ms that the key is still down. When it has said nothing for ``DEAD_MAN_NS`` (it crashed, the cable is out, the console died)
the camera is stopped; and because a stop may fail, it is owed until a device has taken it. Should this process die as well, the device's own time-out
(``ingest.ptz.vector.MOVE_TIMEOUT_S``) ends the movement, and the next process begins by stopping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from ingest.ptz.vector import Vector
from nvr.clock import NS_PER_MS, NS_PER_S

DEAD_MAN_NS: Final = 1 * NS_PER_S
REFRESH_NS: Final = 1 * NS_PER_S
"""A movement that goes on is sent again after this, before the device's own time-out ends it."""
_RETRY_NS: Final = 500 * NS_PER_MS
_MOST_RETRY_NS: Final = 5 * NS_PER_S
STILL: Final = Vector()


@dataclass(frozen=True, slots=True)
class Command:
    """Move at a velocity, or stop."""

    kind: Literal["move", "stop"]
    velocity: Vector = STILL


@dataclass(slots=True)
class Drive:
    """One camera's steering. ``stop_owed`` from the start: what a predecessor left behind is unknown.

    Attributes:
        silences: how often a dead browser was stopped.
    """

    wanted: Vector = STILL
    stop_owed: bool = True
    silences: int = 0
    _heard_ns: int = 0
    _sent: Vector = STILL
    _sent_ns: int = 0
    _retry_ns: int = 0
    _pause_ns: int = field(default=_RETRY_NS)

    @property
    def moving(self) -> bool:
        """Whether the camera moves, or may: a movement was sent and no stop was taken since."""
        return not self._sent.still

    def steer(self, velocity: Vector, now_ns: int) -> None:
        """Somebody wants it so, now."""
        self.wanted, self._heard_ns = velocity, now_ns

    def halt(self) -> None:
        """Somebody let go."""
        self.wanted = STILL

    def command(self, now_ns: int) -> Command | None:
        """What is to be sent now."""
        if not self.wanted.still and now_ns - self._heard_ns > DEAD_MAN_NS:
            self.wanted = STILL
            self.silences += 1
        if now_ns < self._retry_ns:
            return None
        if self.wanted.still:
            return Command("stop") if self.stop_owed or self.moving else None
        if self.wanted != self._sent or now_ns - self._sent_ns >= REFRESH_NS:
            return Command("move", self.wanted)
        return None

    def taken(self, command: Command, now_ns: int) -> None:
        """The device took it; ``now_ns`` is when it was sent."""
        self._sent, self._sent_ns = command.velocity, now_ns
        self._retry_ns, self._pause_ns = 0, _RETRY_NS
        if command.kind == "stop":
            self.stop_owed = False

    def failed(self, command: Command, now_ns: int) -> None:
        """The device did not take it, or nobody knows whether it did: then it is stopped first of all."""
        self.stop_owed = True
        self.wanted = STILL
        self._retry_ns = now_ns + (self._pause_ns if command.kind == "stop" else 0)
        if command.kind == "stop":
            self._pause_ns = min(_MOST_RETRY_NS, 2 * self._pause_ns)

    def due_ns(self, now_ns: int) -> int | None:
        """When ``command`` may have something new; None: not before somebody steers."""
        if self.wanted.still:
            return max(now_ns, self._retry_ns) if self.stop_owed or self.moving else None
        return max(self._retry_ns, min(self._heard_ns + DEAD_MAN_NS + 1, self._sent_ns + REFRESH_NS))
