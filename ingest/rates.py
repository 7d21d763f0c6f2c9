"""Does a camera send what it is set to? Frames and bits a second over a minute, held against the configuration. Pure.

A minute, since a GOP may be ten seconds long and a quiet street costs few bits for some seconds; half a minute more of agreement until it is told or
taken back, so that a rate at the limit does not come and go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from nvr.clock import NS_PER_S
from nvr.config import Camera, StreamSource
from nvr.media import StreamKind
from nvr.observations import PictureStateChanged, RateCondition, new_id

WINDOW_NS: Final = 60 * NS_PER_S
HOLD_NS: Final = 30 * NS_PER_S
_STEP_NS: Final = 5 * NS_PER_S
_SLOW: Final = 0.7
_FAST: Final = 1.3
_FAT: Final = 1.5
_EASE: Final = 0.05
"""So much of the set rate must be won back beyond the limit before it counts as well."""

Aspect = Literal["frame_rate", "bit_rate"]


def frame_condition(fps: float, source: StreamSource, before: RateCondition) -> RateCondition:
    """What is wrong with so many frames a second, ``before`` being what was wrong."""
    if source.fps is None:
        return ""
    share = fps / source.fps
    if share < _SLOW + _EASE * (before == "slow"):
        return "slow"
    return "fast" if share > _FAST - _EASE * (before == "fast") else ""


def bit_condition(kbps: float, source: StreamSource, before: RateCondition) -> RateCondition:
    """What is wrong with so many kilobits a second."""
    if source.kbps is not None and kbps > source.kbps * (_FAT - _EASE * (before == "fat")):
        return "fat"
    if source.min_kbps is not None and kbps < source.min_kbps * (1 + _EASE * (before == "thin")):
        return "thin"
    return ""


@dataclass(slots=True)
class _Told:
    """One aspect's state: what was told (None: nothing yet), and what has been so since when instead."""

    told: RateCondition | None = None
    next: RateCondition = ""
    since_ns: int = 0
    since_wall_ns: int = 0


@dataclass(slots=True)
class StreamRate:
    """One stream's memory of a minute."""

    camera_id: str
    stream: StreamKind
    source: StreamSource
    seen: deque[tuple[int, float, float]] = field(default_factory=deque)
    states: dict[Aspect, _Told] = field(default_factory=lambda: {"frame_rate": _Told(), "bit_rate": _Told()})

    def step(
        self, now_ns: int, wall_ns: int, packets: float, payload_bytes: float, *, online: bool
    ) -> Iterator[PictureStateChanged]:
        """Take up the counters as they are now; what is to be told."""
        if not online or (self.seen and (packets < self.seen[-1][1] or now_ns < self.seen[-1][0])):
            self.seen.clear()  # an outage has its own alert, and its silence is no slow camera
        if not online or (self.seen and now_ns - self.seen[-1][0] < _STEP_NS):
            return
        self.seen.append((now_ns, packets, payload_bytes))
        while len(self.seen) > 2 and now_ns - self.seen[1][0] >= WINDOW_NS:
            self.seen.popleft()
        first_ns, first_packets, first_bytes = self.seen[0]
        if now_ns - first_ns < WINDOW_NS:
            return
        elapsed_s = (now_ns - first_ns) / NS_PER_S
        fps, kbps = (packets - first_packets) / elapsed_s, (payload_bytes - first_bytes) / 125 / elapsed_s
        frames, bits = self.states["frame_rate"], self.states["bit_rate"]
        if self.source.fps is not None:
            found = frame_condition(fps, self.source, frames.told or "")
            detail = f"{fps:.1f} of {self.source.fps:g} frames a second"
            yield from self._follow("frame_rate", found, detail, now_ns, wall_ns)
        if self.source.kbps is not None or self.source.min_kbps is not None:
            found = bit_condition(kbps, self.source, bits.told or "")
            limits = [f"{each:g}" for each in (self.source.min_kbps, self.source.kbps) if each is not None]
            detail = f"{kbps:.0f} kbit/s, set to {' to '.join(limits)}"
            yield from self._follow("bit_rate", found, detail, now_ns, wall_ns)

    def _follow(
        self, aspect: Aspect, found: RateCondition, detail: str, now_ns: int, wall_ns: int
    ) -> Iterator[PictureStateChanged]:
        state = self.states[aspect]
        if found == state.told:
            state.since_ns = 0
            return
        if found != state.next or not state.since_ns:
            state.next, state.since_ns, state.since_wall_ns = found, now_ns, wall_ns
        if now_ns - state.since_ns < HOLD_NS and not (state.told is None and found == ""):
            return
        state.told, state.since_ns = found, 0
        yield PictureStateChanged(
            observation_id=new_id(wall_ns),
            camera_id=self.camera_id,
            stream=self.stream,
            aspect=aspect,
            condition=found,
            since_wall_ns=state.since_wall_ns,
            wall_ns=wall_ns,
            detail=detail,
        )


class RateWatch:
    """All streams of a worker that have a rate in the configuration."""

    def __init__(self, cameras: Iterable[Camera]) -> None:
        self._streams: dict[str, StreamRate] = {}
        self.take_up(cameras)

    def take_up(self, cameras: Iterable[Camera]) -> None:
        """Other cameras are in force: what stays as it is goes on, what is set otherwise begins anew."""
        wanted = {
            f"{camera.id}/{stream}": StreamRate(camera.id, stream, source)
            for camera in cameras
            for stream in StreamKind
            if (source := camera.source(stream)) is not None
            and any(each is not None for each in (source.fps, source.kbps, source.min_kbps))
        }
        for name, rate in wanted.items():
            known = self._streams.get(name)
            if known is not None and known.source == rate.source:
                wanted[name] = known
        self._streams = wanted

    def step(self, counters: Mapping[str, Mapping[str, float]], now_ns: int, wall_ns: int) -> list[PictureStateChanged]:
        """Call about every second with each stream's counters (``StreamSession.counters``); what is to be told."""
        return [
            fact
            for name, rate in self._streams.items()
            if (known := counters.get(name)) is not None
            for fact in rate.step(
                now_ns, wall_ns, known["packets"], known["bytes"], online=bool(known.get("online", 0.0))
            )
        ]
