"""Puts UDP datagrams back in order: a handful at most, then what is missing counts as lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MAX_HELD_PACKETS: Final = 32
MAX_HELD_NS: Final = 60_000_000
"""Longer than any switch reorders; shorter than two frames."""

_MAX_AHEAD: Final = 1024
PacketSink = Callable[[memoryview, int, int], None]


class ReorderBuffer:
    """Hands RTP packets on in the order of their sequence numbers. A packet in its place passes through uncopied.

    Attributes:
        reordered: packets that came before their place and were held.
    """

    __slots__ = ("_expected", "_held", "_held_since_ns", "_sink", "_suspect", "reordered")

    def __init__(self, sink: PacketSink) -> None:
        self._sink = sink
        self._expected = -1
        self._suspect = -1
        self._held: dict[int, bytes] = {}
        self._held_since_ns = 0
        self.reordered = 0

    @property
    def held(self) -> int:
        """How many packets wait."""
        return len(self._held)

    def packet(self, view: memoryview, start: int, stop: int, now_ns: int) -> None:
        """Take up a datagram. ``now_ns`` is monotonic."""
        if stop - start < 12:
            self._sink(view, start, stop)  # counted there
            return
        sequence = view[start + 2] << 8 | view[start + 3]
        ahead = sequence - self._expected & 0xFFFF
        if ahead == 0 or self._expected < 0:
            self._expected = sequence + 1 & 0xFFFF
            self._sink(view, start, stop)
            if self._held:
                self._drain(now_ns)
            return
        if ahead >= _MAX_AHEAD:
            # Late, twice, or a restart: the receiver knows the rule for each. Two in a row are a restart for us too.
            if ahead < 0x8000 or sequence == self._suspect:
                self.flush()
                self._expected = sequence + 1 & 0xFFFF
            self._suspect = sequence + 1 & 0xFFFF
            self._sink(view, start, stop)
            return
        if sequence not in self._held:
            if not self._held:
                self._held_since_ns = now_ns
            self._held[sequence] = bytes(view[start:stop])
            self.reordered += 1
        if len(self._held) >= MAX_HELD_PACKETS or now_ns - self._held_since_ns > MAX_HELD_NS:
            self._skip(now_ns)

    def flush(self) -> None:
        """Give up waiting: hand on all that is held, in order."""
        while self._held:
            self._skip(0)

    def _skip(self, now_ns: int) -> None:
        """What is missing in front of the nearest held packet is lost."""
        self._expected = min(self._held, key=lambda sequence: sequence - self._expected & 0xFFFF)
        self._drain(now_ns)

    def _drain(self, now_ns: int) -> None:
        while (packet := self._held.pop(self._expected, None)) is not None:
            self._expected = self._expected + 1 & 0xFFFF
            self._sink(memoryview(packet), 0, len(packet))
        self._held_since_ns = now_ns
