"""What to decode, and what to give up. Pure.

Sub-streams are decoded whole. Of a camera that only has its main stream the key frames are decoded always; where one of them changed, or an
observation is open or about to be, the frames after it are decoded too while the budget lasts. When the worker is behind, each camera
jumps to its newest key frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nvr.clock import NS_PER_S
from nvr.media import Packet, StreamKind


class BurstBudget:
    """A token bucket over media time: so many seconds of full decoding per second, saved up to a bound.

    Args:
        share: seconds of video a second that may be decoded beyond the key frames.
        saved_s: at most so many seconds are saved up.
    """

    def __init__(self, share: float = 0.25, saved_s: float = 4.0) -> None:
        self._share = share
        self._full_ns = round(saved_s * NS_PER_S)
        self._left_ns = self._full_ns
        self._at_ns: int | None = None

    def earn(self, at_ns: int) -> None:
        """Media time went on."""
        if self._at_ns is not None and at_ns > self._at_ns:
            self._left_ns = min(self._full_ns, self._left_ns + round((at_ns - self._at_ns) * self._share))
        self._at_ns = at_ns

    def spend(self, duration_ns: int) -> bool:
        """Whether that much may be decoded now; takes it if so."""
        if self._left_ns < duration_ns:
            return False
        self._left_ns -= duration_ns
        return True


class Schedule:
    """Decides per packet of one camera whether it is decoded."""

    def __init__(self, stream: StreamKind, budget: BurstBudget | None = None) -> None:
        self._whole = stream is StreamKind.SUB
        self._budget = budget or BurstBudget()
        self._unbroken = False
        self._at_ns: int | None = None

    def wanted(self, packet: Packet, *, suspicious: bool) -> bool:
        """Whether to decode this packet.

        Args:
            packet: the next one of the stream.
            suspicious: the last decoded frame differed from the background, and no decision has been made yet about what moves.
        """
        if self._whole:
            return True
        at_ns = packet.epoch_ns + packet.pts * 100_000 // 9
        step_ns = 0 if self._at_ns is None else max(0, at_ns - self._at_ns)
        self._at_ns = at_ns
        self._budget.earn(at_ns)
        if packet.is_keyframe:
            self._unbroken = True
        else:
            # A frame can only be decoded after all those since its key frame.
            self._unbroken = self._unbroken and suspicious and self._budget.spend(step_ns)
        return self._unbroken


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is left of a batch, in order, and what was given up per camera."""

    packets: list[Packet]
    dropped: dict[str, int]


def newest_first_to_live(packets: Sequence[Packet], limit_s: float) -> Backlog:
    """Policy LATEST: where a camera's packets span more than ``limit_s``, go on with its newest key frame.

    Args:
        packets: what lies ready, cameras interleaved, each camera in order.
        limit_s: how far a camera may be behind.
    """
    first_ns: dict[str, int] = {}
    last_ns: dict[str, int] = {}
    newest_key: dict[str, int] = {}
    for index, packet in enumerate(packets):
        first_ns.setdefault(packet.camera_id, packet.wall_ns)
        last_ns[packet.camera_id] = packet.wall_ns
        if packet.is_keyframe:
            newest_key[packet.camera_id] = index
    limit_ns = round(limit_s * NS_PER_S)
    late = {camera_id for camera_id, at_ns in first_ns.items() if last_ns[camera_id] - at_ns > limit_ns}
    if not late:
        return Backlog(list(packets), {})
    kept: list[Packet] = []
    dropped: dict[str, int] = {}
    for index, packet in enumerate(packets):
        if packet.camera_id in late and index < newest_key.get(packet.camera_id, -1):
            dropped[packet.camera_id] = dropped.get(packet.camera_id, 0) + 1
        else:
            kept.append(packet)
    return Backlog(kept, dropped)
