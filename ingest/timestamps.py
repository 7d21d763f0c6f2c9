"""RTP timestamps to 64-bit pts and to the server's wall clock. Pure: time comes in as numbers. See docs/design/time.md.

The camera's clock gives the distance between pictures, the server's clock gives their place in time. The mapping is anchored when an
epoch begins and then follows the server slowly, so that pictures keep their spacing although the network delivers them in bursts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from ingest.decode_order import DecodeOrder
from nvr.clock import NS_PER_S

SLEW_PPM: Final = 500
"""How fast the mapping follows the server's clock while the error is small: more than two crystals ever differ."""

FAST_SLEW_PPM: Final = 50_000
"""While the error exceeds ``FAST_SLEW_ABOVE_NS``: cameras whose RTP clock is not 90 kHz, and bursts at the start."""

FAST_SLEW_ABOVE_NS: Final = 250_000_000
CLOCK_STEP_NS: Final = 250_000_000
"""A change of (wall - monotonic) between two pictures beyond this is a step of the server's clock, not NTP's slewing."""

MAX_AHEAD_NS: Final = 2_000_000_000
"""RTP time may run ahead of elapsed time by this much between two pictures; beyond it is a jump."""

MAX_BACK_TICKS: Final = 90_000
"""Pictures out of order go back by less than a second; beyond it is a jump."""

MAX_ERROR_NS: Final = 10_000_000_000
MAX_LEAD_NS: Final = 5_000_000_000
"""An epoch that would begin up to this much before the end of the last one begins at that end instead, and the lead is slewed off."""

_WINDOW_NS: Final = 10_000_000_000
_HALF: Final = 1 << 31
_MASK: Final = (1 << 32) - 1


def _ticks_to_ns(ticks: int) -> int:
    return ticks * 100_000 // 9


def _ns_to_ticks(duration_ns: int) -> int:
    return duration_ns * 9 // 100_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """Times of one picture, as ``nvr.media.Packet`` has them."""

    epoch_ns: int
    pts: int
    dts: int
    wall_ns: int


class Timeline:
    """Times of one stream, over all its connections.

    An epoch always begins with a key frame: a reason that comes in between (a jump, a step) waits for the next one, while times go on
    by the clock of before; so nothing recorded has to be thrown away.

    Attributes:
        epochs: epochs begun.
        jumps: RTP timestamps that were replaced by elapsed time.
        clock_steps: steps of the server's clock.
        out_of_order: pictures that went back in time although the stream reorders nothing, or further than it reorders.
    """

    __slots__ = (
        "_anchor_ticks",
        "_anchor_wall_ns",
        "_clock_offset_ns",
        "_correction_ns",
        "_epoch_ns",
        "_interval_ns",
        "_last_monotonic_ns",
        "_last_rtp",
        "_last_wall_ns",
        "_order",
        "_origin_ticks",
        "_previous_min_ns",
        "_reanchor",
        "_rebase",
        "_recent_epochs",
        "_renew",
        "_reorder_frames",
        "_running",
        "_ticks",
        "_window_began_ns",
        "_window_min_ns",
        "clock_steps",
        "epochs",
        "jumps",
        "out_of_order",
    )

    def __init__(self) -> None:
        self.epochs = self.jumps = self.clock_steps = self.out_of_order = 0
        self._order = DecodeOrder()
        self._reorder_frames: int | None = None
        self._epoch_ns = self._last_wall_ns = -1
        self._recent_epochs: deque[int] = deque(maxlen=64)
        self._interval_ns = 40_000_000
        self._ticks = self._origin_ticks = self._anchor_ticks = 0
        self._anchor_wall_ns = self._correction_ns = self._clock_offset_ns = 0
        self._last_rtp = self._last_monotonic_ns = 0
        self._window_began_ns = self._window_min_ns = self._previous_min_ns = 0
        self.restart()

    def restart(self) -> None:
        """A new connection: nothing is known of its RTP clock. The next epoch begins with its first key frame."""
        self._running = False
        self._reanchor = True
        self._renew = True
        self._rebase = False

    def rebase(self) -> None:
        """The source started anew inside a connection (SSRC change): as ``restart``, but pictures go on meanwhile."""
        self._rebase = self._reanchor = self._renew = True

    def renew(self) -> None:
        """The decoder configuration changed: the next key frame begins an epoch, at the place in time that it has anyway."""
        self._renew = True

    def stamp(
        self, rtp_timestamp: int, *, is_keyframe: bool, wall_ns: int, monotonic_ns: int, reorder_frames: int | None
    ) -> Stamp | None:
        """Times of the next picture in decode order; None where it is to be dropped.

        Args:
            rtp_timestamp: 0..2**32-1.
            is_keyframe: whether an epoch may begin here.
            wall_ns: server's clock at arrival.
            monotonic_ns: server's monotonic clock at arrival.
            reorder_frames: what the parameter sets say, or None; read when an epoch begins.
        """
        if self._running:
            self._advance(rtp_timestamp, monotonic_ns)
            if abs(wall_ns - monotonic_ns - self._clock_offset_ns) > CLOCK_STEP_NS:
                if not self._reanchor:
                    self.clock_steps += 1
                self._reanchor = self._renew = True
            else:
                self._clock_offset_ns = wall_ns - monotonic_ns
        elif not is_keyframe:
            return None
        self._last_rtp = rtp_timestamp
        self._last_monotonic_ns = monotonic_ns
        if self._renew and is_keyframe:
            self._begin_epoch(wall_ns, monotonic_ns, reorder_frames)
        pts = self._ticks - self._origin_ticks
        dts = self._order.dts(pts)
        if dts is None:
            self.out_of_order += 1
            if self._order.deepen():
                self._renew = True
            return None
        # However fast a camera's clock runs, its pictures are never further ahead than an epoch that follows can make up for.
        wall = min(self._wall_ns(), monotonic_ns + self._clock_offset_ns + MAX_LEAD_NS)
        self._last_wall_ns = max(self._last_wall_ns, wall)
        return Stamp(self._epoch_ns, pts, dts, wall)

    def _wall_ns(self) -> int:
        return self._anchor_wall_ns + _ticks_to_ns(self._ticks - self._anchor_ticks) + self._correction_ns

    def _advance(self, rtp_timestamp: int, monotonic_ns: int) -> None:
        delta_ticks = ((rtp_timestamp - self._last_rtp + _HALF) & _MASK) - _HALF
        elapsed_ns = monotonic_ns - self._last_monotonic_ns
        if self._rebase or delta_ticks < -MAX_BACK_TICKS or _ticks_to_ns(delta_ticks) - elapsed_ns > MAX_AHEAD_NS:
            delta_ticks = max(1, _ns_to_ticks(elapsed_ns))
            self.jumps += not self._rebase
            self._rebase = False
            self._reanchor = self._renew = True
        elif delta_ticks <= 0 and self._reorder_frames == 0:
            # The stream says that it reorders nothing, so this is a glitch of the camera's clock.
            delta_ticks = 1
            self.out_of_order += 1
        self._ticks += delta_ticks
        if delta_ticks > 0:
            self._interval_ns = min(_ticks_to_ns(delta_ticks), 1_000_000_000)
            self._follow(monotonic_ns, _ticks_to_ns(delta_ticks))

    def _follow(self, monotonic_ns: int, delta_ns: int) -> None:
        """Move the mapping towards arrival time minus the least delay of the last 10 to 20 s."""
        arrival_ns = monotonic_ns + self._clock_offset_ns
        offset_ns = arrival_ns - self._anchor_wall_ns - _ticks_to_ns(self._ticks - self._anchor_ticks)
        if monotonic_ns - self._window_began_ns > _WINDOW_NS:
            self._previous_min_ns = self._window_min_ns
            self._window_min_ns = offset_ns
            self._window_began_ns = monotonic_ns
        elif offset_ns < self._window_min_ns:
            self._window_min_ns = offset_ns
        error_ns = min(self._window_min_ns, self._previous_min_ns) - self._correction_ns
        if abs(error_ns) > MAX_ERROR_NS:
            self._reanchor = self._renew = True
        ppm = SLEW_PPM if abs(error_ns) <= FAST_SLEW_ABOVE_NS else FAST_SLEW_PPM
        most_ns = delta_ns * ppm // 1_000_000
        self._correction_ns += max(-most_ns, min(most_ns, error_ns))

    def _begin_epoch(self, wall_ns: int, monotonic_ns: int, reorder_frames: int | None) -> None:
        if self._reanchor:
            begin_ns = wall_ns
            earliest_ns = self._last_wall_ns + self._interval_ns
            if self._last_wall_ns >= 0 and earliest_ns - MAX_LEAD_NS - NS_PER_S < wall_ns < earliest_ns:
                begin_ns = earliest_ns
            self._anchor_ticks = self._ticks
            self._anchor_wall_ns = begin_ns
            self._correction_ns = 0
            self._clock_offset_ns = wall_ns - monotonic_ns
            self._window_began_ns = monotonic_ns
            self._window_min_ns = self._previous_min_ns = wall_ns - begin_ns
        epoch_ns = self._wall_ns()
        while epoch_ns in self._recent_epochs:  # the clock was set back to the very same instant
            epoch_ns += 1
        self._recent_epochs.append(epoch_ns)
        self._epoch_ns = epoch_ns
        self._origin_ticks = self._ticks - self._order.begin_epoch(reorder_frames)
        self._reorder_frames = reorder_frames
        self._running = True
        self._reanchor = self._renew = False
        self.epochs += 1
