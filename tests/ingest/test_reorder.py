"""UDP datagrams in the order of their sequence numbers, with little held and nothing waited for long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.reorder import MAX_HELD_NS, MAX_HELD_PACKETS, ReorderBuffer
from tests.ingest.rtp_packets import rtp


class _Bench:
    def __init__(self) -> None:
        self.out: list[int] = []
        self.buffer = ReorderBuffer(self._take)

    def _take(self, view: memoryview, start: int, stop: int) -> None:
        self.out.append(int.from_bytes(view[start + 2 : start + 4]))

    def push(self, sequence: int, now_ns: int = 0) -> None:
        packet = rtp(b"x", sequence, 0)
        self.buffer.packet(memoryview(packet), 0, len(packet), now_ns)


@given(st.integers(0, 65535), st.lists(st.integers(0, 6), min_size=40, max_size=40))
def test_shuffled_packets_come_out_in_order(first: int, delays: list[int]) -> None:
    bench = _Bench()
    bench.push(first)
    order = sorted(range(1, 41), key=lambda index: (index + delays[index - 1], index))
    for index in order:
        bench.push(first + index)
        assert bench.buffer.held <= MAX_HELD_PACKETS
    assert bench.out == [(first + index) % 65536 for index in range(41)]


def test_a_lost_packet_is_not_waited_for_longer_than_the_bound() -> None:
    bench = _Bench()
    bench.push(0)
    bench.push(2, now_ns=0)
    bench.push(3, now_ns=MAX_HELD_NS)
    assert bench.out == [0]
    bench.push(4, now_ns=MAX_HELD_NS + 1)
    assert bench.out == [0, 2, 3, 4]


def test_the_buffer_is_bounded_where_time_stands_still() -> None:
    bench = _Bench()
    bench.push(0)
    for sequence in range(2, 200):
        bench.push(sequence)
        assert bench.buffer.held < MAX_HELD_PACKETS
    assert bench.out == [0, *range(2, 200)]


def test_a_restart_far_away_goes_through() -> None:
    bench = _Bench()
    for sequence in (500, 501, 9, 10, 12, 11):
        bench.push(sequence)
    assert bench.out == [500, 501, 9, 10, 11, 12]


@given(st.lists(st.integers(0, 65535), max_size=200))
def test_nothing_is_kept_for_good_and_nothing_is_doubled(sequences: list[int]) -> None:
    bench = _Bench()
    for sequence in sequences:
        bench.push(sequence)
    bench.buffer.flush()
    assert bench.buffer.held == 0
    assert len(bench.out) <= len(sequences)
    assert set(bench.out) == set(sequences)
