"""Real footage from an RTSP server that nobody here wrote, over TCP and UDP, with and without Digest, on the loop that runs in service."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from itertools import pairwise
from pathlib import Path

import av
import pytest
import uvloop

from ingest.replay import read_parameters, read_pictures
from ingest.session import StreamSession
from nvr.clock import NS_PER_MS, SystemClock
from nvr.config import Camera, Credential
from nvr.errors import CameraRefusedLogin, StreamUnsupported
from nvr.media import Packet, StreamKind, VideoCodec
from nvr.observations import CameraStateChanged
from nvr.redact import Secret
from tests.ingest.gstreamer import gstreamer_server, real_clip, require_gstreamer
from tests.ingest.rtp_packets import nal_units

ANA = Credential("ana", Secret("clave"))
_ACCESS_UNIT_DELIMITER = 9


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 with H.264."""
    require_gstreamer()
    return real_clip(tmp_path_factory.mktemp("media"))


class _Taker:
    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.changes: list[CameraStateChanged] = []
        self._changed = asyncio.Event()

    def session(
        self, port: int, path: str = "0", transport: str = "tcp", credential: Credential | None = None
    ) -> StreamSession:
        camera = Camera.model_validate(
            {
                "id": "cam01",
                "number": 1,
                "name": "GStreamer",
                "main": {"url": f"rtsp://127.0.0.1:{port}/{path}", "transport": transport},
            }
        )
        return StreamSession(
            camera, StreamKind.MAIN, credential=credential, clock=SystemClock(), sink=self._sink, report=self._report
        )

    def _sink(self, packet: Packet) -> None:
        self.packets.append(packet)
        self._changed.set()

    def _report(self, change: CameraStateChanged) -> None:
        self.changes.append(change)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


async def _collect(taker: _Taker, session: StreamSession, packets: int) -> dict[str, float]:
    task = asyncio.create_task(session.run_forever())
    try:
        await taker.until(lambda: len(taker.packets) >= packets)
        return session.counters()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _run(scenario: Coroutine[object, object, None]) -> None:
    uvloop.run(scenario)


def _content(data: bytes) -> list[bytes]:
    # The server's parser may put access unit delimiters in front; the pictures are what counts.
    return [nal for nal in nal_units(data) if nal[0] & 31 != _ACCESS_UNIT_DELIMITER]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("credential", [None, ANA], ids=["open", "digest"])
def test_packets_equal_the_files_access_units_and_decode(
    clip: Path, transport: str, credential: Credential | None
) -> None:
    async def scenario() -> None:
        taker = _Taker()
        user, password = (credential.user, credential.password.reveal()) if credential else ("", "")
        async with gstreamer_server(str(clip), user=user, password=password) as port:
            counters = await _collect(taker, taker.session(port, transport=transport, credential=credential), 40)
        pictures = [picture for picture, _ in zip(read_pictures(clip), taker.packets, strict=False)]
        assert [_content(packet.data) for packet in taker.packets] == [_content(picture.data) for picture in pictures]
        assert [packet.is_keyframe for packet in taker.packets] == [picture.is_keyframe for picture in pictures]
        for packet, picture in zip(taker.packets, pictures, strict=True):
            assert abs(packet.pts - picture.pts) <= 1
            assert packet.dts == packet.pts
        parameters = taker.packets[0].parameters
        assert parameters == read_parameters(clip)
        assert counters["lost"] == counters["damaged"] == counters["reconnects"] == 0
        assert abs(counters["camera_clock_offset_s"]) < 1
        walls = [packet.wall_ns for packet in taker.packets]
        assert all(earlier < later for earlier, later in pairwise(walls))
        assert abs(SystemClock().wall_ns() - walls[-1]) < 2000 * NS_PER_MS
        decoder = av.CodecContext.create("h264", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.extradata = parameters.extradata
        decoder.options = {"err_detect": "explode"}
        frames = [frame for packet in taker.packets for frame in decoder.decode(av.Packet(packet.data))]
        frames += decoder.decode(None)
        assert len(frames) == len(taker.packets)
        assert not any(frame.is_corrupt for frame in frames)

    _run(scenario())


def test_a_wrong_password_is_told_apart(clip: Path) -> None:
    async def scenario() -> None:
        async with gstreamer_server(str(clip), user="ana", password="otra") as port:
            with pytest.raises(CameraRefusedLogin):
                await _Taker().session(port, credential=ANA).run_once()
            with pytest.raises(CameraRefusedLogin, match="credentials:"):
                await _Taker().session(port).run_once()

    _run(scenario())


def test_a_missing_path_is_told_apart(clip: Path) -> None:
    async def scenario() -> None:
        async with gstreamer_server(str(clip)) as port:
            with pytest.raises(StreamUnsupported, match="404"):
                await _Taker().session(port, path="nada").run_once()

    _run(scenario())


def test_a_server_that_is_killed_and_comes_back(clip: Path) -> None:
    async def scenario() -> None:
        taker = _Taker()
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            port = chosen.getsockname()[1]
        task = asyncio.create_task(taker.session(port).run_forever())
        try:
            async with gstreamer_server(str(clip), port=port):
                await taker.until(lambda: len(taker.packets) >= 15)
            await taker.until(lambda: taker.changes[-1].state == "offline")
            count, epoch_ns = len(taker.packets), taker.packets[-1].epoch_ns
            async with gstreamer_server(str(clip), port=port):
                await taker.until(lambda: len(taker.packets) >= count + 5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        again = taker.packets[count]
        assert again.is_keyframe
        assert again.epoch_ns > epoch_ns
        assert (again.seq, again.pts) == (count, 0)

    _run(scenario())


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_h265_decodes(transport: str) -> None:
    require_gstreamer()

    async def scenario() -> None:
        taker = _Taker()
        pipeline = (
            "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=25/1 ! "
            "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! h265parse ! rtph265pay name=pay0 pt=96"
        )
        async with gstreamer_server(pipeline) as port:
            await _collect(taker, taker.session(port, transport=transport), 25)
        parameters = taker.packets[0].parameters
        assert (parameters.codec, parameters.width_px, parameters.height_px) == (VideoCodec.H265, 320, 240)
        decoder = av.CodecContext.create("hevc", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.extradata = parameters.extradata
        decoder.options = {"err_detect": "explode"}
        frames = [frame for packet in taker.packets for frame in decoder.decode(av.Packet(packet.data))]
        frames += decoder.decode(None)
        assert len(frames) == len(taker.packets)

    _run(scenario())


def test_pictures_out_of_order_come_with_decode_times() -> None:
    require_gstreamer()

    async def scenario() -> None:
        taker = _Taker()
        pipeline = (
            "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=25/1 ! "
            "x264enc bframes=2 b-adapt=false key-int-max=12 speed-preset=superfast ! "
            "video/x-h264,profile=main ! h264parse ! rtph264pay name=pay0 pt=96"
        )
        async with gstreamer_server(pipeline) as port:
            await _collect(taker, taker.session(port), 30)
        packets = taker.packets
        assert len({packet.epoch_ns for packet in packets}) == 1
        assert any(later.pts < earlier.pts for earlier, later in pairwise(packets))
        assert all(later.dts > earlier.dts for earlier, later in pairwise(packets))
        assert all(packet.dts <= packet.pts for packet in packets)

    _run(scenario())


def test_another_codec_is_named_with_a_remedy() -> None:
    require_gstreamer()

    async def scenario() -> None:
        async with gstreamer_server("videotestsrc is-live=true ! vp8enc ! rtpvp8pay name=pay0 pt=96") as port:
            with pytest.raises(StreamUnsupported, match=r"VP8.*H\.264"):
                await _Taker().session(port).run_once()

    _run(scenario())
