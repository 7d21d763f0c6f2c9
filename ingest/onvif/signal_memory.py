"""Which of a camera's signals are news. Pure: signals and times in, facts out.

Cameras repeat themselves: after each reconnection they say everything that lasts, some say "no movement" twice a second. Only a change is a
fact, an end only of what was begun; and a camera that changes its mind faster than anything real is passed over, and counted.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from ingest.onvif.signals import Signal
from nvr.clock import NS_PER_S
from nvr.observations import DeviceSignalled, new_id

MOST_SOURCES: Final = 32
MOST_CHANGES: Final = 60
WITHIN_NS: Final = 60 * NS_PER_S
"""At most so many beginnings within this time."""


@dataclass(slots=True)
class SignalMemory:
    """One camera's. ``passed_over`` counts what was too much."""

    camera_id: str
    passed_over: int = 0
    _standing: dict[tuple[str, str], DeviceSignalled] = field(default_factory=dict)
    _begun_ns: deque[int] = field(default_factory=deque)

    def take(self, signal: Signal, wall_ns: int, monotonic_ns: int) -> DeviceSignalled | None:
        """The fact that a signal is, if any; when is when we heard it, because the camera's clock may stand anywhere."""
        key = (signal.kind, signal.source)
        standing = self._standing.get(key)
        if not signal.active:
            if standing is None:
                return None
            del self._standing[key]
            return _ended(standing, wall_ns)
        if standing is not None:
            return None
        while self._begun_ns and monotonic_ns - self._begun_ns[0] > WITHIN_NS:
            self._begun_ns.popleft()
        if len(self._begun_ns) >= MOST_CHANGES or len(self._standing) >= MOST_SOURCES:
            self.passed_over += 1
            return None
        self._begun_ns.append(monotonic_ns)
        made = DeviceSignalled(
            observation_id=new_id(wall_ns),
            camera_id=self.camera_id,
            kind=signal.kind,
            source=signal.source,
            phase="started",
            start_wall_ns=wall_ns,
            wall_ns=wall_ns,
        )
        self._standing[key] = made
        return made

    def end_all(self, wall_ns: int) -> list[DeviceSignalled]:
        """The ends of what stands: nobody listens any more."""
        ended = [_ended(each, wall_ns) for each in self._standing.values()]
        self._standing.clear()
        return ended


def _ended(begun: DeviceSignalled, wall_ns: int) -> DeviceSignalled:
    return DeviceSignalled(
        observation_id=begun.observation_id,
        camera_id=begun.camera_id,
        kind=begun.kind,
        source=begun.source,
        phase="ended",
        start_wall_ns=begun.start_wall_ns,
        wall_ns=max(wall_ns, begun.start_wall_ns),
    )
