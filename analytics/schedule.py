"""What to decode, and what to give up. Pure.

Sub-streams are decoded whole while the node's budget of processor time lasts (``analytics.governor``). When it is short, of each group the
frames after its key frame are decoded as far as the budget goes, and what is left out is counted. Of a camera that only has its main stream the
key frames are decoded always; where one of them changed, or an observation is about to begin, the frames after it too; and the head of each
group as far as the budget goes. When the worker is behind, each camera jumps to its newest key frame.
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
    """Decides per packet of one camera whether it is decoded.

    Args:
        stream: a sub-stream is decoded whole unless told otherwise, a main stream by its key frames.
        budget: of the frames after key frames that changed.
    """

    def __init__(self, stream: StreamKind, budget: BurstBudget | None = None) -> None:
        self._whole = stream is StreamKind.SUB
        self._budget = budget or BurstBudget()
        self.head = 1.0 if self._whole else 0.0
        """Share of each group, from its key frame on, that is decoded in any case, 0 to 1."""
        self.thinned = 0
        """Frames left out only because the budget was short."""
        self._unbroken = self._whole  # of a stream that began in the middle the decoder itself waits for a key frame
        self._at_ns: int | None = None
        self._group_at_ns: int | None = None
        self._group_ns = 0

    @property
    def whole(self) -> bool:
        """Whether every frame of this stream is meant to be decoded."""
        return self._whole

    def wanted(self, packet: Packet, *, suspicious: bool) -> bool:
        """Whether to decode this packet.

        Args:
            packet: the next one of the stream.
            suspicious: the last decoded frame differed from the background, and no decision has been made yet about what moves.
        """
        at_ns = packet.epoch_ns + packet.pts * 100_000 // 9
        step_ns = 0 if self._at_ns is None else max(0, at_ns - self._at_ns)
        self._at_ns = at_ns
        self._budget.earn(at_ns)
        if packet.is_keyframe:
            self._group_ns = 0 if self._group_at_ns is None else max(0, at_ns - self._group_at_ns)
            self._group_at_ns = at_ns
            self._unbroken = True
            return True
        # A frame can only be decoded after all those since its key frame.
        due = self.head >= 1 or (
            self._group_at_ns is not None and at_ns - self._group_at_ns < self.head * self._group_ns
        )
        if self._unbroken and not due and not (suspicious and self._budget.spend(step_ns)):
            self._unbroken = False
        self.thinned += self._whole and not self._unbroken
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
