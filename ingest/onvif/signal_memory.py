"""Which of a camera's signals are news. Pure: signals and times in, facts out.

Cameras repeat themselves: after each reconnection they say everything that lasts, some say "no movement" twice a second. Only a change is a
fact, an end only of what was begun; and a camera that changes its mind faster than anything real is passed over, and counted.

An end may never be heard: it is lost with the line, or the device says "true" alone, one for each time that a button is pressed. So what was silent
for ``QUIET_NS`` and is said again has begun anew, and what a new subscription does not repeat within ``REPEATED_WITHIN_NS`` is over. Such an end bears
the time when the signal was last heard.
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
QUIET_NS: Final = 120 * NS_PER_S
"""Devices that repeat what lasts do so every few seconds. A second alert of a door that still stands open is the price of no button ever being deaf."""
REPEATED_WITHIN_NS: Final = 15 * NS_PER_S
"""Two pulls, and some: a subscription begins with what lasts (ONVIF Core, section 9), where the device does as it says."""


@dataclass(slots=True)
class _Standing:
    """What was begun, and when it was last heard."""

    begun: DeviceSignalled
    heard_wall_ns: int
    heard_ns: int


@dataclass(slots=True)
class SignalMemory:
    """One camera's. ``passed_over`` counts what was too much."""

    camera_id: str
    passed_over: int = 0
    _standing: dict[tuple[str, str], _Standing] = field(default_factory=dict)
    _begun_ns: deque[int] = field(default_factory=deque)

    def take(self, signal: Signal, wall_ns: int, monotonic_ns: int) -> list[DeviceSignalled]:
        """The facts that a signal is, if any; when is when we heard it, because the camera's clock may stand anywhere."""
        key = (signal.kind, signal.source)
        standing = self._standing.get(key)
        if not signal.active:
            return [] if standing is None else [_ended(self._standing.pop(key).begun, wall_ns)]
        if standing is not None and monotonic_ns - standing.heard_ns < QUIET_NS:
            standing.heard_wall_ns, standing.heard_ns = wall_ns, monotonic_ns
            return []
        while self._begun_ns and monotonic_ns - self._begun_ns[0] > WITHIN_NS:
            self._begun_ns.popleft()
        over: tuple[str, str] | None = None
        if standing is not None:
            over = key
        elif len(self._standing) >= MOST_SOURCES:
            over = min(self._standing, key=lambda each: self._standing[each].heard_ns)
        full = over is not None and monotonic_ns - self._standing[over].heard_ns < QUIET_NS
        if full or len(self._begun_ns) >= MOST_CHANGES:
            self.passed_over += 1
            return []
        ended = [] if over is None else [self._given_up(over)]
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
        self._standing[key] = _Standing(made, wall_ns, monotonic_ns)
        return [*ended, made]

    def end_unheard(self, since_ns: int) -> list[DeviceSignalled]:
        """The ends of what was not heard since then, on the monotonic clock."""
        unheard = [key for key, standing in self._standing.items() if standing.heard_ns < since_ns]
        return [self._given_up(key) for key in unheard]

    def end_all(self, wall_ns: int) -> list[DeviceSignalled]:
        """The ends of what stands: nobody listens any more."""
        ended = [_ended(each.begun, wall_ns) for each in self._standing.values()]
        self._standing.clear()
        return ended

    def _given_up(self, key: tuple[str, str]) -> DeviceSignalled:
        standing = self._standing.pop(key)
        return _ended(standing.begun, standing.heard_wall_ns)


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
