"""RTP and RTCP headers: what is lost, late, foreign or broken is told apart (RFC 3550)."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from ingest.h264 import H264Depacketizer
from ingest.rtp import RtpReceiver, sender_report_wall_ns
from tests.ingest.rtp_packets import PAYLOAD_TYPE, rtp

SLICE = b"\x41\x80picture"


class _Bench:
    def __init__(self) -> None:
        self.timestamps: list[int] = []
        self.restarts = 0
        self.receiver = RtpReceiver(
            H264Depacketizer(lambda data, timestamp, key: self.timestamps.append(timestamp)),
            PAYLOAD_TYPE,
            self._restart,
        )

    def _restart(self) -> None:
        self.restarts += 1

    def take(self, packet: bytes) -> None:
        self.receiver.packet(memoryview(packet), 0, len(packet))


@given(st.integers(0, 65535), st.sets(st.integers(1, 38), max_size=10))
def test_losses_are_counted_across_the_wrap(first: int, missing: set[int]) -> None:
    bench = _Bench()
    for index in range(40):
        if index not in missing:
            bench.take(rtp(SLICE, first + index, index, marker=True))
    assert bench.receiver.lost == len(missing)
    assert bench.timestamps == [index for index in range(40) if index not in missing]


def test_a_packet_that_comes_twice_or_late_is_dropped() -> None:
    bench = _Bench()
    for sequence in (10, 11, 11, 10, 12):
        bench.take(rtp(SLICE, sequence, sequence, marker=True))
    assert bench.timestamps == [10, 11, 12]
    assert bench.receiver.late == 2


def test_two_packets_in_a_row_far_away_are_a_restart() -> None:
    bench = _Bench()
    for sequence in (100, 101, 40_000, 40_001, 40_002):
        bench.take(rtp(SLICE, sequence, sequence, marker=True))
    assert bench.timestamps == [100, 101, 40_001, 40_002]
    assert (bench.restarts, bench.receiver.lost) == (1, 0)


def test_another_ssrc_is_a_restart_and_breaks_the_open_picture() -> None:
    bench = _Bench()
    bench.take(rtp(SLICE, 5, 1))
    bench.take(rtp(SLICE, 900, 1, marker=True, ssrc=77))
    # The half picture of the first source must not be glued to the second's.
    assert bench.timestamps == [1]
    assert bench.restarts == 1


def test_extension_sources_and_padding_are_taken_off() -> None:
    units: list[bytes] = []
    receiver = RtpReceiver(
        H264Depacketizer(lambda data, timestamp, key: units.append(data)), PAYLOAD_TYPE, lambda: None
    )
    plain = rtp(SLICE, 1, 1, marker=True)
    dressed = bytes((0xB2,)) + plain[1:12] + bytes(8) + b"\xbe\xde\x00\x01abcd" + SLICE + b"\x00\x00\x03"
    receiver.packet(memoryview(dressed), 0, len(dressed))
    assert units == [len(SLICE).to_bytes(4) + SLICE]


def test_foreign_payload_types_are_passed_over() -> None:
    bench = _Bench()
    bench.take(rtp(SLICE, 1, 1, marker=True, payload_type=8))
    assert bench.timestamps == []
    assert bench.receiver.packets == 0


@given(st.binary(max_size=60))
def test_no_bytes_raise_from_a_header(data: bytes) -> None:
    packet = bytearray(data)
    if len(packet) > 1:
        packet[1] = PAYLOAD_TYPE
    receiver = RtpReceiver(H264Depacketizer(lambda *_: None), PAYLOAD_TYPE, lambda: None)
    # Type 1 where a payload follows: payloads have tests of their own.
    for index in range(12, len(packet)):
        packet[index] = packet[index] & 0xE0 | 1
    receiver.packet(memoryview(bytes(packet)), 0, len(packet))


def test_sender_reports_tell_the_cameras_clock() -> None:
    wall_ns = 1_795_437_000_250_000_000
    seconds, rest = divmod(wall_ns, 10**9)
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, 1, seconds + 2_208_988_800, (rest << 32) // 10**9, 0, 0, 0)
    told = sender_report_wall_ns(memoryview(report), 0, len(report))
    assert told is not None
    assert abs(told - wall_ns) <= 1
    assert sender_report_wall_ns(memoryview(report), 0, 20) is None
    assert sender_report_wall_ns(memoryview(b"\x80\xc9" + report[2:]), 0, len(report)) is None
