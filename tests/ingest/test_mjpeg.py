"""Motion JPEG over RTP becomes whole JPEGs again: by the RFC's own example of tables, by an encoder's files, and by a server nobody here wrote."""

from __future__ import annotations

import asyncio
import contextlib
import io
import subprocess
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.decoder import Decoder
from ingest.jpeg_tables import tables_of_quality
from ingest.mjpeg import JpegDepacketizer
from ingest.session import StreamSession
from nvr.clock import SystemClock
from nvr.config import Camera, Node
from nvr.errors import StreamMalformed, StreamUnsupported
from nvr.media import Packet, StreamKind, VideoCodec
from nvr.observations import Fact, SegmentClosed
from nvr.recording.boxes import fragments_of
from nvr.recording.recorder import Recorder
from tests.ingest.gstreamer import gstreamer_server, require_gstreamer

Unit = tuple[bytes, int, bool]


def picture(width_px: int = 64, height_px: int = 48, seed: int = 1) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 255, (height_px // 8, width_px // 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


@cache
def encoded(quality: int = 75, restart: int = 0, width_px: int = 64, height_px: int = 48) -> bytes:
    """A JPEG with the standard Huffman tables, 4:2:0."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_RST_INTERVAL, restart]
    return bytes(cv2.imencode(".jpg", picture(width_px, height_px), options)[1])


def pixels(jpeg: bytes) -> NDArray[np.uint8]:
    found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found, dtype=np.uint8)


def packets(jpeg: bytes, *, q: int, limit: int = 500) -> list[bytes]:
    """RTP payloads of a JPEG file, by RFC 2435, written without the code under test."""
    tables, restart, size, at = b"", 0, (0, 0), 2
    while jpeg[at + 1] != 0xDA:
        length = int.from_bytes(jpeg[at + 2 : at + 4])
        body = jpeg[at + 4 : at + 2 + length]
        if jpeg[at + 1] == 0xDB:
            tables += body[1:65] + body[66:130]
        elif jpeg[at + 1] == 0xDD:
            restart = int.from_bytes(body)
        elif jpeg[at + 1] == 0xC0:
            size = int.from_bytes(body[3:5]) // 8, int.from_bytes(body[1:3]) // 8
        at += 2 + length
    scan = jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4]) : -2]
    out = []
    for offset in range(0, len(scan), limit):
        head = bytes((0, *offset.to_bytes(3), 1 + (64 if restart else 0), q, *size))
        if restart:
            head += restart.to_bytes(2) + b"\xff\xff"
        if q >= 128 and offset == 0:
            head += bytes((0, 0)) + len(tables).to_bytes(2) + tables
        out.append(head + scan[offset : offset + limit])
    return out


def feed(
    payloads: list[bytes], units: list[Unit], depacketizer: JpegDepacketizer | None = None, at: int = 0
) -> JpegDepacketizer:
    taker = depacketizer or JpegDepacketizer(lambda *unit: units.append(unit))
    for index, payload in enumerate(payloads):
        taker.payload(memoryview(payload), 0, len(payload), at, index == len(payloads) - 1, 0)
    return taker


@pytest.mark.parametrize("restart", [0, 2])
@pytest.mark.parametrize("q", [255, 128])
def test_a_frame_is_the_file_that_was_sent(q: int, restart: int) -> None:
    units: list[Unit] = []
    depacketizer = feed(packets(encoded(restart=restart), q=q), units)
    ((data, _, is_keyframe),) = units
    assert is_keyframe
    assert np.array_equal(pixels(data), pixels(encoded(restart=restart)))
    assert depacketizer.parameters is not None
    assert (depacketizer.parameters.codec.width_px, depacketizer.parameters.codec.height_px) == (64, 48)


@pytest.mark.parametrize("quality", [10, 50, 75, 95])
def test_a_q_below_100_means_the_tables_that_encoders_make_of_it(quality: int) -> None:
    jpeg = encoded(quality)
    at = jpeg.index(b"\xff\xdb")
    assert tables_of_quality(quality)[:64] == jpeg[at + 5 : at + 69]
    units: list[Unit] = []
    feed(packets(jpeg, q=quality), units)
    assert np.array_equal(pixels(units[0][0]), pixels(jpeg))


def test_tables_of_a_q_are_remembered_and_a_frame_without_any_is_dropped() -> None:
    units: list[Unit] = []
    first = packets(encoded(), q=200)
    bare = [first[0][:8] + bytes(4) + first[0][8 + 4 + 128 :], *first[1:]]
    depacketizer = feed(bare, units)
    assert not units
    assert depacketizer.damaged_units == 1
    feed(first, units, depacketizer, at=1)
    feed(bare, units, depacketizer, at=2)
    assert len(units) == 2
    assert units[0][0] == units[1][0]


def test_a_loss_in_a_frame_drops_it_and_no_other() -> None:
    units: list[Unit] = []
    payloads = packets(encoded(), q=255, limit=100)
    assert len(payloads) > 3
    depacketizer = feed(payloads[:1] + payloads[2:], units)  # the offsets alone tell it
    assert not units
    feed(payloads[1:], units, depacketizer, at=1)
    feed(payloads, units, depacketizer, at=2)
    assert len(units) == 1
    assert depacketizer.damaged_units == 2


def test_another_size_is_another_configuration() -> None:
    units: list[Unit] = []
    depacketizer = feed(packets(encoded(), q=255), units)
    first = depacketizer.parameters
    feed(packets(encoded(), q=255), units, depacketizer, at=1)
    assert depacketizer.parameters is first
    feed(packets(encoded(width_px=128, height_px=96), q=255), units, depacketizer, at=2)
    assert depacketizer.parameters != first


@pytest.mark.parametrize(
    ("head", "kind"),
    [((0, 0, 0, 0, 5, 255, 8, 8), StreamUnsupported), ((0, 0, 0, 0, 1, 255, 0, 0), StreamUnsupported), ((0, 0, 0, 0, 1, 255, 1, 1), StreamMalformed)],
    ids=["type", "no-size", "absurd"],
)  # fmt: skip
def test_what_is_not_taken_is_said(head: tuple[int, ...], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        feed([bytes(head) + bytes(200)], [])


@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 3), st.booleans(), st.integers(0, 1)), max_size=30))
def test_garbage_is_borne(payloads: list[tuple[bytes, int, bool, int]]) -> None:
    units: list[Unit] = []
    depacketizer = JpegDepacketizer(lambda *unit: units.append(unit))
    for payload, timestamp, marker, lost in payloads:
        if payload:
            with contextlib.suppress(StreamUnsupported, StreamMalformed):
                depacketizer.payload(memoryview(payload), 0, len(payload), timestamp, marker, lost)
    assert all(data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9") for data, _, _ in units)


def test_gstreamers_motion_jpeg_is_recorded_decoded_and_read_by_others(tmp_path: Path) -> None:
    require_gstreamer()
    taken: list[Packet] = []
    facts: list[Fact] = []
    recorder = Recorder(tmp_path, Node(segment_s=5, reserve_mb=16), facts.append)

    async def scenario() -> None:
        pipeline = (
            "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! "
            "jpegenc ! rtpjpegpay name=pay0 pt=26"
        )
        done = asyncio.Event()

        def sink(packet: Packet) -> None:
            taken.append(packet)
            recorder.write(packet)
            if len(taken) == 60:
                done.set()

        async with gstreamer_server(pipeline) as port:
            camera = Camera.model_validate(
                {"id": "cam01", "number": 1, "name": "x", "main": {"url": f"rtsp://127.0.0.1:{port}/0"}}
            )
            session = StreamSession(
                camera, StreamKind.MAIN, credential=None, clock=SystemClock(), sink=sink, report=lambda _: None
            )
            task = asyncio.create_task(session.run_forever())
            await asyncio.wait_for(done.wait(), 60)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
    recorder.close()
    assert {packet.parameters.codec for packet in taken} == {VideoCodec.MJPEG}
    decoder = Decoder()
    frames = [frame for packet in taken for frame in decoder.decode(packet)]
    assert len(frames) == len(taken)
    assert frames[0].luma.shape == (240, 320)
    assert decoder.counters.errors == 0
    paths = [tmp_path / fact.path for fact in facts if isinstance(fact, SegmentClosed)]
    assert sum(fragments_of(path).packets for path in paths) == len(taken)
    table = fragments_of(paths[0])
    assert table.parameters == taken[0].parameters
    with av.open(io.BytesIO(paths[0].read_bytes()), "r") as container:
        assert container.streams.video[0].codec_context.name == "mjpeg"
        assert sum(1 for _ in container.decode(video=0)) == table.packets
    said = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(paths[0]), "-f", "null", "-"], capture_output=True, check=True, text=True
    )
    assert said.stderr == ""
