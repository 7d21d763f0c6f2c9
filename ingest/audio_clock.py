"""RTP timestamps of sound to the server's time line: anchored at the first arrival, then following the least delay slowly. Pure.

As ``ingest.timestamps`` does for pictures, without their order: sound and pictures of a camera come by one connection with the same delay,
so that both lie where they belong to within the network's jitter (docs/design/time.md).
"""

from __future__ import annotations

from typing import Final

from nvr.clock import NS_PER_S

SLEW_PPM: Final = 500
JUMP_NS: Final = NS_PER_S
"""A timestamp that is so far from where the time line has it is no timestamp any more."""

_WINDOW_NS: Final = 10 * NS_PER_S
_HALF: Final = 1 << 31
_MASK: Final = (1 << 32) - 1


class AudioClock:
    """Of one connection. ``jumps`` counts how often it had to be anchored anew."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._last: int | None = None
        self._samples = 0
        self._anchor_ns = 0
        self._correction_ns = 0
        self._window_began_ns = 0
        self._window_min_ns = self._previous_min_ns = 0
        self.jumps = 0

    def wall_ns(self, timestamp: int, *, wall_ns: int, monotonic_ns: int) -> int:
        """When the frame of this timestamp was heard.

        Args:
            timestamp: 0..2**32-1.
            wall_ns: the time line at its arrival.
            monotonic_ns: likewise, monotonic.
        """
        if self._last is None:
            return self._begin(timestamp, wall_ns, monotonic_ns)
        step = ((timestamp - self._last + _HALF) & _MASK) - _HALF
        self._last = timestamp
        self._samples += step
        exact_ns = self._anchor_ns + self._samples * NS_PER_S // self._rate_hz
        error_ns = wall_ns - exact_ns
        if abs(error_ns - self._correction_ns) > JUMP_NS:
            self.jumps += 1
            return self._begin(timestamp, wall_ns, monotonic_ns)
        if monotonic_ns - self._window_began_ns > _WINDOW_NS:
            self._previous_min_ns, self._window_min_ns = self._window_min_ns, error_ns
            self._window_began_ns = monotonic_ns
        else:
            self._window_min_ns = min(self._window_min_ns, error_ns)
        most_ns = max(0, step) * NS_PER_S // self._rate_hz * SLEW_PPM // 1_000_000
        wanted_ns = min(self._window_min_ns, self._previous_min_ns) - self._correction_ns
        self._correction_ns += max(-most_ns, min(most_ns, wanted_ns))
        return exact_ns + self._correction_ns

    def _begin(self, timestamp: int, wall_ns: int, monotonic_ns: int) -> int:
        self._last = timestamp
        self._samples = self._correction_ns = 0
        self._anchor_ns = wall_ns
        self._window_began_ns = monotonic_ns
        self._window_min_ns = self._previous_min_ns = 0
        return wall_ns
