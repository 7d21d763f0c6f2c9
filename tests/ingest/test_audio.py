"""Sound: what cameras send is taken apart as the RFCs say, lies on the time line, and is read back by others, whatever becomes of it on the way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.audio import AudioDescription, AudioIntake
from ingest.audio_clock import AudioClock
from ingest.audio_sdp import describe_audio
from ingest.sdp import parse_sdp
from ingest.streams import IngestSet
from nvr.clock import NS_PER_MS, NS_PER_S, SimulatedClock, SystemClock
from nvr.config import Camera, Node
from nvr.media import AudioCodec, AudioPacket, Packet, StreamKind
from nvr.observations import CameraStateChanged, Fact, SegmentClosed
from nvr.recording.boxes import fragments_of
from nvr.recording.recorder import Recorder
from tests.ingest.gstreamer import gstreamer_server, require_gstreamer
from tests.ingest.rtp_packets import rtp
from tests.ingest.scripted_camera import ScriptedCamera

HBR = "profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408"
"""16 kHz, one channel, AAC LC."""


def aac() -> AudioDescription:
    found = describe_audio("MPEG4-GENERIC/16000/1", HBR, 96, "track2")
    assert found is not None
    return found


class Ear:
    """Collects what an intake hands out."""

    def __init__(self, description: AudioDescription) -> None:
        self.clock = SimulatedClock()
        self.packets: list[AudioPacket] = []
        self.intake = AudioIntake("cam01", StreamKind.MAIN, description, clock=self.clock, sink=self.packets.append)

    def hear(self, payload: bytes, sequence: int, timestamp: int = 0, *, marker: bool = True) -> None:
        packet = rtp(payload, sequence, timestamp, marker=marker)
        self.intake.rtp(memoryview(packet), 0, len(packet))


def hbr(frames: list[bytes], declared: int | None = None) -> bytes:
    """A payload of AAC-hbr: 16 bits a header."""
    headers = b"".join(((declared or len(frame)) << 3).to_bytes(2) for frame in frames)
    return (len(headers) * 8).to_bytes(2) + headers + b"".join(frames)


def test_descriptions_of_cameras_are_understood() -> None:
    found = aac()
    assert found.parameters.codec is AudioCodec.AAC
    assert (found.parameters.rate_hz, found.parameters.channels, found.parameters.frame_samples) == (16_000, 1, 1024)
    assert (found.size_bits, found.index_bits, found.delta_bits) == (13, 3, 3)
    description = parse_sdp(
        b"v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
        b"m=application 0 RTP/AVP 107\r\nm=audio 0 RTP/AVP 99 8\r\na=rtpmap:99 OPUS/48000/2\r\na=control:a\r\n"
    )
    assert description.audio is not None
    assert (description.audio.parameters.codec, description.audio.payload_type) == (AudioCodec.PCMA, 8)
    assert description.audio.control == "a"


@pytest.mark.parametrize(
    ("encoding", "fmtp"),
    [
        ("OPUS/48000/2", ""),
        ("PCMU/0", ""),
        ("PCMU", ""),
        ("MPEG4-GENERIC/16000", ""),
        ("MPEG4-GENERIC/16000", HBR.replace("1408", "zz")),
        ("MPEG4-GENERIC/16000", HBR.replace("1408", "14")),
        ("MPEG4-GENERIC/16000", HBR.replace("1408", "FFFF")),
        ("MPEG4-GENERIC/16000", HBR.replace("AAC-hbr", "CELP-cbr")),
        ("MPEG4-GENERIC/16000", HBR.replace("sizelength=13", "sizelength=99")),
        ("MPEG4-GENERIC/999999", HBR),
    ],
)
def test_what_is_not_taken_is_no_sound_and_no_fault(encoding: str, fmtp: str) -> None:
    assert describe_audio(encoding, fmtp, 97, "") is None


def test_several_frames_in_a_packet_and_one_frame_in_several() -> None:
    ear = Ear(aac())
    ear.hear(hbr([b"one", b"second"]), 1, 5000)
    ear.hear(hbr([b"half"], declared=8), 2, 7048, marker=False)
    ear.hear(hbr([b"rest"], declared=8), 3, 7048)
    assert [packet.data for packet in ear.packets] == [b"one", b"second", b"halfrest"]
    assert [packet.samples for packet in ear.packets] == [1024] * 3
    gaps = [later.wall_ns - earlier.wall_ns for earlier, later in zip(ear.packets, ear.packets[1:], strict=False)]
    assert gaps == pytest.approx([1024 * NS_PER_S // 16_000] * 2, abs=NS_PER_MS)


def test_a_loss_inside_a_frame_drops_it_and_is_counted() -> None:
    ear = Ear(aac())
    ear.hear(hbr([b"half"], declared=8), 1, marker=False)
    ear.hear(hbr([b"rest"], declared=8), 3)
    ear.hear(hbr([b"next"]), 4)
    assert [packet.data for packet in ear.packets] == [b"next"]
    assert ear.intake.lost == 1


def test_g711_is_handed_on_as_it_comes() -> None:
    described = describe_audio("PCMU/8000", "", 96, "")
    assert described is not None
    ear = Ear(described)
    ear.hear(bytes(160), 9, 100)
    ear.hear(bytes(range(80)), 10, 260)
    assert [(packet.samples, len(packet.data)) for packet in ear.packets] == [(160, 160), (80, 80)]
    assert ear.packets[1].wall_ns - ear.packets[0].wall_ns == pytest.approx(20 * NS_PER_MS, abs=NS_PER_MS)


@given(st.lists(st.binary(max_size=60), max_size=30), st.booleans())
def test_garbage_never_raises(payloads: list[bytes], raw: bool) -> None:
    for description in (aac(), describe_audio("PCMA/8000/2", "", 96, "")):
        assert description is not None
        ear = Ear(description)
        for index, payload in enumerate(payloads):
            if raw:
                ear.intake.rtp(memoryview(payload), 0, len(payload))
            else:
                ear.hear(payload, index, index * 1000)
        assert all(packet.data for packet in ear.packets)


def test_a_flood_of_sound_is_passed_over() -> None:
    ear = Ear(aac())
    for index in range(2000):
        ear.hear(hbr([b"x"]), index, index * 1024)
    assert len(ear.packets) <= 501
    assert ear.intake.malformed >= 1499


@pytest.mark.parametrize("ppm", [-300, 300])
def test_a_drifting_clock_is_followed_and_jitter_is_not(ppm: int) -> None:
    clock, times, wall_ns = SimulatedClock(), AudioClock(8000), 0
    for index in range(50 * 600):
        late_ns = (index * 7919 % 60) * NS_PER_MS
        wall_ns = times.wall_ns(
            round(index * 160 * (1 + ppm / 1e6)),
            wall_ns=clock.wall_ns() + late_ns,
            monotonic_ns=clock.monotonic_ns() + late_ns,
        )
        clock.advance(seconds=0.02)
    assert abs(wall_ns - clock.wall_ns()) < 50 * NS_PER_MS
    assert times.jumps == 0


def test_a_timestamp_that_jumps_is_anchored_anew() -> None:
    clock, times = SimulatedClock(), AudioClock(8000)
    for timestamp in (0, 160, 2**31, 2**31 + 160):
        wall_ns = times.wall_ns(timestamp, wall_ns=clock.wall_ns(), monotonic_ns=clock.monotonic_ns())
        assert abs(wall_ns - clock.wall_ns()) < NS_PER_S
        clock.advance(seconds=0.02)
    assert times.jumps == 1


def _record(
    folder: Path, pipeline: str, transport: str, pictures: int
) -> tuple[list[Packet], list[AudioPacket], list[Path]]:
    """Pull a GStreamer pipeline through sessions and recorder; what came, and the files."""
    pictures_taken: list[Packet] = []
    sound_taken: list[AudioPacket] = []
    facts: list[Fact] = []
    recorder = Recorder(folder, Node(segment_s=5, reserve_mb=16), facts.append)

    async def scenario() -> None:
        enough = asyncio.Event()

        def sink(packet: Packet) -> None:
            pictures_taken.append(packet)
            recorder.write(packet)
            if len(pictures_taken) >= pictures and sound_taken:
                enough.set()

        def hear(packet: AudioPacket) -> None:
            sound_taken.append(packet)
            recorder.write_audio(packet)

        async with gstreamer_server(pipeline) as port:
            camera = _camera(f"rtsp://127.0.0.1:{port}/0", transport)
            streams = IngestSet([camera], {}, SystemClock(), sink, lambda _: None, audio_sink=hear)
            task = asyncio.create_task(streams.run())
            await asyncio.wait_for(enough.wait(), 60)
            counters = streams.counters()["cam01/main"]
            assert counters["audio_packets"] == len(sound_taken)
            assert counters["audio_malformed"] == 0
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
    recorder.close()
    return pictures_taken, sound_taken, [folder / fact.path for fact in facts if isinstance(fact, SegmentClosed)]


def _camera(url: str, transport: str = "tcp", *, audio: bool = True) -> Camera:
    return Camera.model_validate(
        {"id": "cam01", "number": 1, "name": "x", "audio": audio, "main": {"url": url, "transport": transport}}
    )


_PICTURES = (
    "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! "
    "x264enc tune=zerolatency key-int-max=25 speed-preset=ultrafast ! h264parse ! rtph264pay name=pay0 pt=96 "
    "audiotestsrc is-live=true samplesperbuffer=160 ! "
)


@pytest.mark.parametrize(
    ("codec", "pipeline", "named", "transport"),
    [
        ("aac", "audio/x-raw,rate=16000,channels=1 ! voaacenc ! aacparse ! rtpmp4gpay name=pay1 pt=97", "aac", "tcp"),
        ("pcmu", "audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1 pt=0", "pcm_mulaw", "udp"),
        ("pcma", "audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8", "pcm_alaw", "tcp"),
    ],
)
def test_gstreamers_sound_is_recorded_and_read_by_others(
    tmp_path: Path, codec: str, pipeline: str, named: str, transport: str
) -> None:
    require_gstreamer()
    pictures, sound, paths = _record(tmp_path, _PICTURES + pipeline, transport, 180)
    assert {packet.parameters.codec for packet in sound} == {AudioCodec(codec)}
    # The whole file, each fragment with its sound, and nothing behind.
    tables = [fragments_of(path) for path in paths]
    assert [table.whole_bytes for table in tables] == [path.stat().st_size for path in paths]
    assert sum(table.packets for table in tables) == len(pictures)
    longest = max(zip(tables, paths, strict=True), key=lambda each: each[0].packets)
    table, path = longest
    assert table.audio is not None
    assert (table.audio.codec, table.audio.rate_hz) == (AudioCodec(codec), sound[0].parameters.rate_hz)
    assert sum(span.audio_bytes > 0 for span in table.fragments) >= len(table.fragments) - 1
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path)], capture_output=True, check=True
    )
    assert not said.stderr
    assert [stream["codec_name"] for stream in json.loads(said.stdout)["streams"]] == ["h264", named]
    with av.open(str(path), "r") as container:
        heard = list(container.decode(audio=0))
    heard_s = sum(frame.samples / frame.sample_rate for frame in heard)
    seen_s = (table.end_wall_ns - table.start_wall_ns) / NS_PER_S
    assert heard_s == pytest.approx(seen_s, abs=0.5)
    # Sound lies where its wall time says, against the pictures of the same file.
    first = heard[0]
    assert first.time is not None
    assert -0.3 < first.time < 0.7
    times = [frame.time for frame in heard if frame.time is not None]
    assert times == sorted(times)


async def test_a_camera_that_refuses_its_sound_is_recorded_without() -> None:
    taken: list[Packet] = []
    enough = asyncio.Event()

    def sink(packet: Packet) -> None:
        taken.append(packet)
        if len(taken) > 30:
            enough.set()

    changes: list[CameraStateChanged] = []
    async with ScriptedCamera(sdp_tail="m=audio 0 RTP/AVP 0\r\na=control:track2\r\n", refused_track="track2") as camera:
        streams = IngestSet(
            [camera.as_camera(audio=True)], {}, SystemClock(), sink, changes.append, audio_sink=lambda _: None
        )
        task = asyncio.create_task(streams.run())
        await asyncio.wait_for(enough.wait(), 20)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert camera.requests[:5] == ["OPTIONS", "DESCRIBE", "SETUP", "SETUP", "PLAY"]
    assert camera.connections == 1
    assert [change.state for change in changes] == ["connecting", "online", "offline"]


async def test_sound_is_not_asked_for_unless_the_camera_says_so() -> None:
    enough = asyncio.Event()
    heard: list[AudioPacket] = []
    async with ScriptedCamera(sdp_tail="m=audio 0 RTP/AVP 0\r\na=control:track2\r\n") as camera:
        sink: Callable[[Packet], None] = lambda _: enough.set()  # noqa: E731
        streams = IngestSet([camera.as_camera()], {}, SystemClock(), sink, lambda _: None, audio_sink=heard.append)
        task = asyncio.create_task(streams.run())
        await asyncio.wait_for(enough.wait(), 20)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert camera.requests.count("SETUP") == 1
    assert not heard
