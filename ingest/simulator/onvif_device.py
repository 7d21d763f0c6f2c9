"""A simulated ONVIF camera's state: where it looks, its positions and tours, picture, relays, clock, and what it has noticed. Pure: time comes in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from nvr.clock import NS_PER_S
from nvr.config import Credential

FULL_SPEED: Final = 0.5
"""Full speed, in units of the generic space (-1..1 is the whole range): four seconds from end to end."""
REBOOT_NS: Final = 5 * NS_PER_S
SUBSCRIPTION_NS: Final = 60 * NS_PER_S
MOST_SUBSCRIPTIONS: Final = 8
_MOST_WAITING: Final = 256

Axes = tuple[float, float, float]
"""Pan, tilt, zoom."""

FIRST_PRESETS: Final[dict[str, tuple[str, Axes]]] = {
    "1": ("Inicio", (0.0, 0.0, 0.0)),
    "2": ("Esquina norte", (-0.6, 0.2, 0.3)),
    "3": ("Puerta del mercado", (0.5, -0.1, 0.5)),
    "4": ("Paradero", (0.9, 0.0, 0.2)),
}


@dataclass(slots=True)
class Head:
    """The moving part. ``velocity`` until ``until_ns``, or towards ``target``."""

    at: Axes = (0.0, 0.0, 0.0)
    velocity: Axes = (0.0, 0.0, 0.0)
    until_ns: int | None = None
    target: Axes | None = None
    now_ns: int = 0

    def advance(self, now_ns: int) -> None:
        """Move as far as it moves until ``now_ns``."""
        end_ns = now_ns if self.until_ns is None else min(now_ns, self.until_ns)
        seconds = max(0, end_ns - self.now_ns) / NS_PER_S
        if self.target is not None:
            whole_s = max(0, now_ns - self.now_ns) / NS_PER_S
            self.at = _axes(
                _towards(here, there, FULL_SPEED * whole_s) for here, there in zip(self.at, self.target, strict=True)
            )
            if self.at == self.target:
                self.target = None
        else:
            self.at = _bounded(
                here + speed * FULL_SPEED * seconds for here, speed in zip(self.at, self.velocity, strict=True)
            )
        if self.until_ns is not None and now_ns >= self.until_ns:
            self.velocity, self.until_ns = (0.0, 0.0, 0.0), None
        self.now_ns = now_ns

    @property
    def moving(self) -> bool:
        """Whether it moves."""
        return self.target is not None or any(self.velocity)


@dataclass(slots=True)
class Subscription:
    """A pull point: what it was not told yet, and when it lapses."""

    until_ns: int
    waiting: deque[tuple[str, str, str, bool]] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))


@dataclass(slots=True)
class OnvifCamera:
    """One device. ``clock_offset_s``: its clock is that far ahead of the machine's.

    Attributes:
        streams: profile token → (URI, width, height, fps, pictures per GOP, kb/s).
        signals: what lasts now: (topic, source item, source) → active.
        codecs: profile token → H264, H265 or JPEG, where it is not H264.
        media: which Media services it has: 1 (ver10), 2 (ver20). The first can't name H.265, and leaves such profiles out.
    """

    camera_id: str
    name: str
    credential: Credential | None
    streams: dict[str, tuple[str, int, int, int, int, int]]
    moves: bool = True
    codecs: dict[str, str] = field(default_factory=dict)
    media: frozenset[int] = frozenset({1})
    clock_offset_s: float = 0.0
    head: Head = field(default_factory=Head)
    presets: dict[str, tuple[str, Axes]] = field(default_factory=lambda: dict(FIRST_PRESETS))
    tours: dict[str, list[str]] = field(default_factory=lambda: {"tour1": ["1", "2", "3"]})
    touring: str = ""
    levels: dict[str, float] = field(
        default_factory=lambda: {"Brightness": 50.0, "Contrast": 50.0, "ColorSaturation": 50.0, "Sharpness": 30.0}
    )
    ir_cut: str = "AUTO"
    focus: str = "AUTO"
    relays: dict[str, bool] = field(default_factory=lambda: {"relay0": False})
    reboots: int = 0
    reboot_ns: int = REBOOT_NS
    away_until_ns: int = 0
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    signals: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    _made: int = 0
    _leg: int = 0

    def advance(self, now_ns: int) -> None:
        """Let time pass: the head moves, a tour goes on, subscriptions lapse."""
        self.head.advance(now_ns)
        if self.touring and not self.head.moving:
            stops = self.tours[self.touring]
            self._leg = (self._leg + 1) % len(stops)
            self.aim(self.presets[stops[self._leg]][1])
        for key in [key for key, each in self.subscriptions.items() if each.until_ns < now_ns]:
            del self.subscriptions[key]

    def codec(self, profile: str) -> str:
        """What a profile's pictures are encoded as."""
        return self.codecs.get(profile, "H264")

    def drive(self, velocity: Axes, for_ns: int | None) -> None:
        """Move at a velocity, for a while or until told otherwise."""
        self.touring = ""
        self.head.velocity, self.head.target = velocity, None
        self.head.until_ns = None if for_ns is None else self.head.now_ns + for_ns

    def aim(self, target: Axes) -> None:
        """Go to a position."""
        self.head.velocity, self.head.until_ns, self.head.target = (0.0, 0.0, 0.0), None, _bounded(target)

    def halt(self) -> None:
        """Stop."""
        self.touring = ""
        self.head.velocity, self.head.until_ns, self.head.target = (0.0, 0.0, 0.0), None, None

    def store(self, name: str) -> str:
        """Store where it looks; the token."""
        token = str(max([int(key) for key in self.presets if key.isdigit()], default=0) + 1)
        self.presets[token] = (name or f"Posición {token}", self.head.at)
        return token

    def reboot(self, now_ns: int) -> None:
        """Be away for a while; what it was told to watch is forgotten."""
        self.reboots += 1
        self.away_until_ns = now_ns + self.reboot_ns
        self.subscriptions.clear()
        self.halt()

    def subscribe(self, now_ns: int) -> str | None:
        """A new pull point, told first what lasts now; None where all places are taken."""
        if len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
            return None
        self._made += 1
        made = Subscription(now_ns + SUBSCRIPTION_NS)
        made.waiting.extend((*key, active) for key, active in self.signals.items())
        self.subscriptions[str(self._made)] = made
        return str(self._made)

    def signal(self, topic: str, item: str, source: str, *, active: bool) -> None:
        """Notice something, and tell whoever subscribed where it is new."""
        if self.signals.get((topic, item, source)) == active:
            return
        self.signals[topic, item, source] = active
        for each in self.subscriptions.values():
            each.waiting.append((topic, item, source, active))


def _towards(here: float, there: float, most: float) -> float:
    return there if abs(there - here) <= most else here + (most if there > here else -most)


def _axes(parts: Iterable[float]) -> Axes:
    pan, tilt, zoom = parts
    return pan, tilt, zoom


def _bounded(parts: Iterable[float]) -> Axes:
    pan, tilt, zoom = _axes(parts)
    return max(-1.0, min(1.0, pan)), max(-1.0, min(1.0, tilt)), max(0.0, min(1.0, zoom))
