"""Cameras that log in like any other and then send what no camera sends: the cause is named, and the camera beside them loses nothing."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from socket import socket

import psutil
import pytest

from ingest.client import TimeLimits
from ingest.session import StreamLimits
from ingest.streams import IngestSet
from nvr.clock import SystemClock
from nvr.config import Node
from nvr.media import Packet
from nvr.observations import CameraStateChanged, Fact, GapClosed, SegmentClosed
from nvr.recording.recorder import Recorder
from tests.ingest.rtp_packets import encoded_clip, interleaved, payloads, rtp
from tests.ingest.scripted_camera import ScriptedCamera

LIMITS = StreamLimits(time=TimeLimits(connect_s=5, answer_s=4, open_s=8, teardown_s=0.5), stall_s=3.0)
MOST_MORE_MB = 96
GOOD_PICTURES = 150

Bytes = Iterator[bytes]


class HostileCamera(ScriptedCamera):
    """Answers as it should, and sends after PLAY whatever ``stream`` yields, without end and without regard for who reads."""

    def __init__(
        self, stream: Callable[[], Bytes], pause_s: float = 0.0, answers: dict[str, str] | None = None
    ) -> None:
        super().__init__(answers=answers)
        self._stream = stream
        self._pause_s = pause_s

    async def _send(self, writer: asyncio.StreamWriter, udp: socket | None) -> None:
        assert udp is None
        for number, data in enumerate(self._stream()):
            writer.write(data)
            await writer.drain()
            # Without a pause it would keep this process, where the good camera lives too, from ever turning to another task.
            if self._pause_s or number % 50 == 0:
                await asyncio.sleep(self._pause_s)


def sps(width_mbs: int, height_mbs: int, reference_frames: int) -> bytes:
    """A baseline sequence parameter set, bit by bit (ITU-T H.264 section 7.3.2.1)."""

    def ue(value: int) -> str:
        code = f"{value + 1:b}"
        return "0" * (len(code) - 1) + code

    text = f"{66:08b}{0:08b}{30:08b}" + ue(0) * 4 + ue(reference_frames) + "0" + ue(width_mbs - 1) + ue(height_mbs - 1)
    text += "1100" + "1"
    text += "0" * (-len(text) % 8)
    return b"\x67" + int(text, 2).to_bytes(len(text) // 8).replace(b"\0\0\1", b"\0\0\3\1")


def _pictures(ticks: Callable[[int], int], ssrc: Callable[[int], int] = lambda _: 7) -> Bytes:
    """The usual clip, for ever; ``ticks`` of each picture, ``ssrc`` of each packet."""
    sequence = 0
    for index, nals in enumerate(itertools.cycle(encoded_clip().pictures)):
        parts = payloads(nals)
        for number, payload in enumerate(parts):
            timestamp = ticks(index) & 0xFFFFFFFF
            last = number == len(parts) - 1
            yield interleaved(rtp(payload, sequence, timestamp, marker=last, ssrc=ssrc(sequence)))
            sequence += 1


def _with_sps(nal: bytes) -> Bytes:
    yield interleaved(rtp(nal, 0, 0))
    for index in itertools.count(1):
        yield interleaved(rtp(b"\x65\x88" + bytes(500), index, index * 3600, marker=True))


def _garbage() -> Bytes:
    rng = random.Random(3)
    for sequence in itertools.count():
        # Headers that are RTP's, so that what is behind them is looked into.
        yield interleaved(rtp(rng.randbytes(rng.randrange(1, 900)), sequence, sequence * 900, marker=sequence % 4 == 0))


def _noise() -> Bytes:
    rng = random.Random(4)
    while True:
        yield interleaved(rng.randbytes(rng.randrange(0, 900)))


def _fragment_without_end() -> Bytes:
    yield interleaved(rtp(b"\x7c\x85" + bytes(1400), 0, 0))
    for sequence in itertools.count(1):
        yield interleaved(rtp(b"\x7c\x05" + bytes(1400), sequence, 0))


def _crumbs() -> Bytes:
    """One picture of as many parts as it takes, each of a byte."""
    crumb = b"\x78" + b"\0\1\x41" * 400
    for sequence in itertools.count():
        yield interleaved(rtp(crumb, sequence, 0))


def _drip() -> Bytes:
    yield struct.pack(">BBH", 0x24, 0, 0xFFFF)
    while True:
        yield b"\0"


def _answer(headers: str, body: str) -> dict[str, str]:
    return {
        "DESCRIBE": f"RTSP/1.0 200 OK\r\nCSeq: {{cseq}}\r\nContent-Type: application/sdp\r\n{headers}\r\n\r\n{body}"
    }


LINES = "a=x-more:1\r\n" * 2000
CASES: dict[str, tuple[Callable[[], HostileCamera], str]] = {
    "picture of 65535x65535": (lambda: HostileCamera(lambda: _with_sps(sps(4096, 4096, 1))), "65536x65536"),
    "a million reference frames": (
        lambda: HostileCamera(lambda: _with_sps(sps(8, 6, 1_000_000))),
        "number of reference frames",
    ),
    "garbage behind RTP headers": (lambda: HostileCamera(_garbage, 0.002), "no picture|can't|parameter set|does not|packet"),
    "noise instead of RTP": (lambda: HostileCamera(_noise, 0.002), "no picture|packets of type"),  # random bytes may look like a packet
    "fragment without end": (lambda: HostileCamera(_fragment_without_end), "picture"),
    "picture of crumbs": (lambda: HostileCamera(_crumbs), "picture"),
    "times that go back": (lambda: HostileCamera(lambda: _pictures(lambda index: -200_000 * index), 0.002), "started anew"),
    "times that jump": (lambda: HostileCamera(lambda: _pictures(lambda index: 90_000_000 * index), 0.002), "started anew"),
    "another source in each packet": (
        lambda: HostileCamera(lambda: _pictures(lambda index: index * 3600, lambda sequence: sequence % 2 + 1), 0.002),
        "no picture|no key frame|started anew",
    ),
    "a byte at a time": (lambda: HostileCamera(_drip, 0.01), "no picture"),
    "session description without end": (
        lambda: HostileCamera(_noise, answers=_answer(f"Content-Length: {len(LINES)}", LINES)),
        "session description|lines|SDP",
    ),
    "answer of ten gigabytes": (
        lambda: HostileCamera(_noise, answers=_answer("Content-Length: 10000000000", LINES)),
        "too long|larger|bytes|body",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
async def test_the_cause_is_named_and_the_camera_beside_it_loses_nothing(name: str, tmp_path: Path) -> None:
    make, says = CASES[name]
    facts, changes, good_packets = list[Fact](), list[CameraStateChanged](), 0
    recorder = Recorder(tmp_path, Node(segment_s=600, reserve_mb=16), facts.append)
    happened = asyncio.Event()

    def sink(packet: Packet) -> None:
        nonlocal good_packets
        good_packets += packet.camera_id == "good"
        recorder.write(packet)
        happened.set()

    def report(change: CameraStateChanged) -> None:
        changes.append(change)
        if change.state == "offline":
            recorder.interrupted(change.camera_id, change.stream, "camera", change.detail)
        happened.set()

    def ends() -> list[CameraStateChanged]:
        return [change for change in changes if change.camera_id == "bad" and change.state == "offline"]

    before_mb = psutil.Process().memory_info().rss / 1e6
    # Longer than the bad one's, so that a machine that stands still for a moment does not look like a camera that does.
    async with ScriptedCamera(interval_s=0.01) as good, make() as bad:
        cameras = [good.as_camera("good"), bad.as_camera("bad", number=2)]
        streams = IngestSet(cameras, {}, SystemClock(), sink, report, limits=replace(LIMITS), stagger_s=0)
        task = asyncio.create_task(streams.run())
        async with asyncio.timeout(60):
            while not ends() or good_packets < GOOD_PICTURES:
                happened.clear()
                await happened.wait()
        more_mb = psutil.Process().memory_info().rss / 1e6 - before_mb
        counters = streams.counters()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    recorder.close()
    end = ends()[0]
    assert end.cause in {"camera", "link"}
    assert re.search(says, end.detail), end.detail
    assert "internal error" not in end.detail
    assert more_mb < MOST_MORE_MB
    of_good = counters["good/main"]
    assert of_good["lost"] == of_good["damaged"] == of_good["reconnects"] == 0
    kept = [fact for fact in facts if isinstance(fact, SegmentClosed) and fact.camera_id == "good"]
    holes = [fact for fact in facts if isinstance(fact, GapClosed) and fact.camera_id == "good"]
    assert len(kept) == 1
    assert holes == []
