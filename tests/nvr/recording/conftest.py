"""Real packets for recording tests: a tiny clip encoded once, repeated for as long as a test wants."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from nvr.config import Node
from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec

START_NS = 1_790_000_000_000_000_000
FPS = 25
TICKS = 90_000 // FPS
GOP = 25
FRAMES = 50

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
"""Parameters, then (pts - dts, index, is_keyframe, data) of each packet in decode order."""


def encode(codec: str, options: dict[str, str], *, width_px: int = 320, height_px: int = 180) -> Clip:
    """Two groups of pictures of moving noise; decode times become 0, TICKS, 2 * TICKS …"""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream(codec, rate=FPS, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.codec_context.gop_size = GOP
        rng = np.random.default_rng(7)
        picture = rng.integers(0, 255, (height_px, width_px, 3), dtype=np.uint8)
        for index in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, index * 3, axis=1), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as container:
        video = container.streams.video[0]
        kind = VideoCodec.H264 if "264" in codec else VideoCodec.H265
        parameters = CodecParameters(kind, bytes(video.codec_context.extradata or b""), width_px, height_px)
        assert video.time_base is not None
        packets: list[tuple[int, int, bool, bytes]] = []
        for packet in container.demux(video):
            if packet.dts is not None and packet.pts is not None:
                cts = round((packet.pts - packet.dts) * video.time_base * 90_000)
                packets.append((cts, len(packets), packet.is_keyframe, bytes(packet)))
    assert [p[1] for p in packets if p[2]][:2] == [0, GOP]
    return parameters, packets


def camera(
    clip: Clip,
    camera_id: str = "cam01",
    stream: StreamKind = StreamKind.MAIN,
    *,
    seconds: float = 10.0,
    start_wall_ns: int = START_NS,
    first: int = 0,
) -> Iterator[Packet]:
    """``seconds`` of packets of one epoch; ``first`` is where in the clip they begin (0 is a key frame)."""
    parameters, packets = clip
    for seq in range(round(seconds * FPS)):
        cts, _, is_keyframe, data = packets[(first + seq) % len(packets)]
        dts = seq * TICKS
        yield Packet(
            camera_id=camera_id,
            stream=stream,
            epoch_ns=start_wall_ns,
            seq=seq,
            pts=dts + cts,
            dts=dts,
            is_keyframe=is_keyframe,
            wall_ns=start_wall_ns + dts * 1_000_000_000 // 90_000,
            parameters=parameters,
            data=data,
        )


@pytest.fixture(scope="session")
def clip() -> Clip:
    return encode("libx264", {"preset": "ultrafast", "bf": "0", "x264-params": "scenecut=0"})


@pytest.fixture(scope="session")
def clip_b_frames() -> Clip:
    return encode("libx264", {"preset": "veryfast", "bf": "2", "x264-params": "scenecut=0:open-gop=0"})


@pytest.fixture(scope="session")
def clip_h265() -> Clip:
    if "libx265" not in av.codecs_available:
        pytest.skip("this PyAV lacks libx265")
    return encode("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:scenecut=0:open-gop=0:keyint=25"})


@pytest.fixture(scope="session")
def clip_file(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip on disk, for child processes."""
    path = tmp_path_factory.mktemp("clip") / "clip.pickle"
    path.write_bytes(pickle.dumps(clip))
    return path


@pytest.fixture
def packets() -> Callable[..., Iterator[Packet]]:
    """The factory of packet runs."""
    return camera


@pytest.fixture
def node() -> Node:
    return Node(segment_s=5, fragment_ms=1000, reserve_mb=16)
