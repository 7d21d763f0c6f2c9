"""A file as a camera: the same packets as an RTSP camera would give."""

from __future__ import annotations

import asyncio
import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.replay import read_parameters, read_pictures, replay
from nvr.clock import NS_PER_S, SystemClock
from nvr.errors import StreamMalformed, StreamUnsupported
from nvr.media import Packet, StreamKind, VideoCodec
from tests.ingest.rtp_packets import nal_units


def _file(path: Path, codec: str = "libx264", b_frames: int = 0) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "10", "bf": str(b_frames)} if codec == "libx264" else {}
        for index in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((144, 128), index * 10, np.uint8), "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


async def _replayed(path: Path, speed: float, rounds: int = 1) -> list[Packet]:
    packets: list[Packet] = []
    await replay(path, "cam01", StreamKind.SUB, clock=SystemClock(), sink=packets.append, speed=speed, rounds=rounds)
    return packets


async def test_packets_of_two_rounds_follow_one_another(tmp_path: Path) -> None:
    packets = await _replayed(_file(tmp_path / "a.mp4"), math.inf, rounds=2)
    assert [packet.pts for packet in packets] == [index * 3600 for index in range(40)]
    assert [packet.dts for packet in packets] == [index * 3600 for index in range(40)]
    assert [packet.seq for packet in packets] == list(range(40))
    assert [packet.is_keyframe for packet in packets] == [index % 10 == 0 for index in range(40)]
    assert len({packet.epoch_ns for packet in packets}) == 1
    assert packets[25].wall_ns - packets[0].wall_ns == NS_PER_S
    assert (packets[0].parameters.width_px, packets[0].parameters.height_px) == (128, 96)
    assert nal_units(packets[0].data)[-1][0] & 31 == 5


async def test_speed_sets_the_pace(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.mp4")
    began_ns = SystemClock().monotonic_ns()
    async with asyncio.timeout(5):
        await _replayed(path, 4.0)
    # The last of twenty pictures is due after 19 x 40 ms / 4.
    assert SystemClock().monotonic_ns() - began_ns >= 0.19 * NS_PER_S


def test_pictures_out_of_order_keep_both_times(tmp_path: Path) -> None:
    pictures = list(read_pictures(_file(tmp_path / "a.mp4", b_frames=2)))
    assert pictures[0].dts == 0
    assert any(picture.pts != picture.dts for picture in pictures)
    assert all(picture.dts <= picture.pts for picture in pictures)


def test_parameters_of_h265(tmp_path: Path) -> None:
    parameters = read_parameters(_file(tmp_path / "a.mp4", "libx265"))
    assert (parameters.codec, parameters.width_px) == (VideoCodec.H265, 128)


def test_what_is_no_mp4_is_refused_with_a_remedy(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.mp4"
    nonsense.write_bytes(b"nonsense" * 100)
    for path in (nonsense, tmp_path / "absent.mp4"):
        with pytest.raises(StreamMalformed, match=path.name) as caught:
            read_parameters(path)
        assert caught.value.remedy
    with pytest.raises(StreamUnsupported, match="mpeg4"):
        list(read_pictures(_file(tmp_path / "a.avi", "mpeg4")))
    # H.264 in a transport stream has start codes in place of lengths.
    with pytest.raises(StreamUnsupported, match="MP4"):
        read_parameters(_file(tmp_path / "a.ts"))
