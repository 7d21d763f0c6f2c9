"""The receive buffer: bytes come in any portions, answers between pictures, and hostile ones are cut off."""

from __future__ import annotations

import asyncio
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.connection import RECEIVE_BUFFER_BYTES, RtspConnection
from ingest.h264 import H264Depacketizer
from ingest.rtp import RtpReceiver
from ingest.rtsp import Response
from nvr.errors import CameraUnreachable, SourceError, StreamMalformed
from tests.ingest.rtp_packets import PAYLOAD_TYPE, interleaved, stream_packets, with_lengths


class _Bench:
    """A connection without a socket: bytes are put into its buffer as an event loop does."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.units: list[bytes] = []
        self.other: list[tuple[int, bytes]] = []
        self._depacketizer = H264Depacketizer(lambda data, timestamp, key: self.units.append(data))
        self.connection = RtspConnection(self, loop)
        self.connection.allowance_bytes = sys.maxsize  # as while it plays
        self.connection.route(0, RtpReceiver(self._depacketizer, PAYLOAD_TYPE, lambda: None).packet)

    def interleaved(self, channel: int, view: memoryview, start: int, stop: int) -> None:
        self.other.append((channel, bytes(view[start:stop])))

    def keep(self) -> None:
        self._depacketizer.keep()

    @property
    def idle(self) -> bool:
        return self._depacketizer.idle

    def take(self, data: bytes, portion: int = 1 << 30) -> None:
        while data and not self.connection.closed.done():
            buffer = self.connection.get_buffer(-1)
            size = min(len(buffer), portion, len(data))
            buffer[:size] = data[:size]
            self.connection.buffer_updated(size)
            data = data[size:]

    @property
    def failure(self) -> BaseException | None:
        return self.connection.closed.exception() if self.connection.closed.done() else None


@pytest.fixture
async def bench() -> _Bench:
    return _Bench(asyncio.get_running_loop())


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(1, 60_000), min_size=1, max_size=12),
    portions=st.lists(st.integers(1, 200_000), min_size=1, max_size=20),
    limit=st.integers(500, 60_000),
)
def test_pictures_survive_any_portions(sizes: list[int], portions: list[int], limit: int) -> None:
    loop = asyncio.new_event_loop()
    bench = _Bench(loop)
    pictures = [[b"\x41\x80" + bytes((index,)) * size] for index, size in enumerate(sizes)]
    data = b"".join(interleaved(packet) for group in stream_packets(pictures, limit=limit) for packet in group)
    position = index = 0
    while position < len(data):
        portion = portions[index % len(portions)]
        bench.take(data[position : position + portion])
        position += portion
        index += 1
    loop.close()
    assert bench.units == [with_lengths(nals) for nals in pictures]


async def test_pictures_larger_than_the_buffer_come_through(bench: _Bench) -> None:
    picture = [b"\x65\x80" + bytes(range(256)) * 4096]
    assert len(picture[0]) > 3 * RECEIVE_BUFFER_BYTES
    data = b"".join(interleaved(packet) for packet in stream_packets([picture])[0])
    bench.take(data, 65_536)
    assert bench.units == [with_lengths(picture)]


async def test_an_answer_between_two_frames_and_a_foreign_channel(bench: _Bench) -> None:
    answer: asyncio.Future[Response] = bench.connection.ask(7, b"")
    first, second = ([interleaved(p) for p in group] for group in stream_packets([[b"\x41\x80a"], [b"\x41\x80b"]]))
    reply = b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nContent-Length: 4\r\n\r\n$\0\0\1"
    bench.take(b"".join(first) + interleaved(b"report", channel=1) + reply + b"".join(second), 3)
    assert len(bench.units) == 2
    assert bench.other == [(1, b"report")]
    assert (await answer).body == b"$\0\0\1"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"RTSP/1.0 200 OK\r\n" + b"X-Endless: aaaaaaaa\r\n" * 2000, "do not end"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 1000000000\r\n\r\n", "1000000000"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "RTSP"),
        (b"\x16\x03\x01\x02\x00", "neither"),
    ],
)
@pytest.mark.parametrize("portion", [1, 100_000])
async def test_hostile_bytes_end_the_connection(bench: _Bench, data: bytes, says: str, portion: int) -> None:
    bench.take(data, portion)
    assert isinstance(bench.failure, StreamMalformed)
    assert says in str(bench.failure)


async def test_after_the_end_nothing_is_taken_up(bench: _Bench) -> None:
    bench.connection.fail(CameraUnreachable("gone"))
    bench.connection.buffer_updated(100)
    assert bench.units == []
    assert bench.connection.ask(1, b"").cancelled()


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(1, 50))
def test_no_bytes_raise_and_the_buffer_never_fills(data: bytes, portion: int) -> None:
    loop = asyncio.new_event_loop()
    bench = _Bench(loop)
    bench.take(b"$" + data, portion)
    assert len(bench.connection.get_buffer(-1)) > RECEIVE_BUFFER_BYTES // 4
    assert bench.failure is None or isinstance(bench.failure, SourceError)
    loop.close()


async def test_frames_before_anything_was_asked_for_end_the_connection(bench: _Bench) -> None:
    """Well formed ones without end: they used a whole core until the time for opening was over, again and again."""
    bench.connection.allowance_bytes = RtspConnection(bench, asyncio.get_running_loop()).allowance_bytes
    frame = b"$\x05\xfd\xe8" + bytes(65_000)
    bench.take(frame * 40)
    assert isinstance(bench.failure, StreamMalformed)
    assert bench.connection.received_bytes < 2 * 1024 * 1024
