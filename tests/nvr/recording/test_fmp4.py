"""What is written is what players and PyAV read back, byte for byte and tick for tick."""

from __future__ import annotations

import io
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.errors import StreamUnsupported
from nvr.media import CodecParameters, Packet, VideoCodec
from nvr.recording.fmp4 import Sample, codec_string, fragment, init_segment, ntp_from_wall, wall_from_ntp

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
H264 = CodecParameters(VideoCodec.H264, bytes.fromhex("0164001fffe1000467640000010001ee"), 320, 180)


def samples_of(run: list[Packet]) -> list[Sample]:
    return [Sample(3600, p.pts - p.dts, p.is_keyframe, p.data) for p in run]


def live(run: list[Packet]) -> bytes:
    """As live view does: one fragment per frame, without wall time."""
    parts = [init_segment(run[0].parameters, start_wall_ns=run[0].wall_ns, camera_id="cam01")]
    for number, packet in enumerate(run):
        parts += fragment(number + 1, packet.dts, samples_of([packet]))
    return b"".join(parts)


def recorded(run: list[Packet]) -> bytes:
    """As the recorder does: one second in a fragment."""
    parts = [init_segment(run[0].parameters, start_wall_ns=run[0].wall_ns, camera_id="cam01")]
    for number in range(0, len(run), 25):
        group = run[number : number + 25]
        parts += fragment(number // 25 + 1, group[0].dts, samples_of(group), wall_ns=group[0].wall_ns)
    return b"".join(parts)


@pytest.mark.parametrize("shape", [live, recorded])
@pytest.mark.parametrize("which", ["clip", "clip_b_frames", "clip_h265"])
def test_pyav_demuxes_exactly_what_was_written(
    which: str, shape: Callable[[list[Packet]], bytes], packets: Packets, request: pytest.FixtureRequest
) -> None:
    clip: Clip = request.getfixturevalue(which)
    run = list(packets(clip, seconds=4))
    if which == "clip_b_frames":
        assert any(p.pts != p.dts for p in run), "the clip is to exercise composition offsets"
    with av.open(io.BytesIO(shape(run)), "r") as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        assert 1 / stream.time_base == 90_000
        assert bytes(stream.codec_context.extradata or b"") == clip[0].extradata
        found = [(p.dts, p.pts, p.is_keyframe, bytes(p)) for p in container.demux(stream) if p.size]
    assert found == [(p.dts, p.pts, p.is_keyframe, p.data) for p in run]


@pytest.mark.parametrize("which", ["clip", "clip_b_frames", "clip_h265"])
def test_ffmpeg_decodes_every_picture_without_a_word(
    which: str, packets: Packets, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(recorded(list(packets(request.getfixturevalue(which), seconds=4))))
    done = subprocess.run(
        ["ffprobe", "-v", "warning", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("100", "")


@given(
    wall_ns=st.integers(0, 4 * 10**18),
    drift_ns=st.integers(-(10**18), 10**18),
)
def test_wall_time_survives_the_ntp_format_to_the_nanosecond(wall_ns: int, drift_ns: int) -> None:
    """Also beyond February 2036, when NTP's seconds begin anew."""
    assert wall_from_ntp(ntp_from_wall(wall_ns), wall_ns + drift_ns) == wall_ns


def test_the_ntp_epoch_is_1900() -> None:
    assert ntp_from_wall(0) == 2_208_988_800 << 32
    assert ntp_from_wall(500_000_000) & 0xFFFF_FFFF == 1 << 31


def test_codec_strings() -> None:
    assert codec_string(H264) == "avc1.64001f"
    # The examples of ISO/IEC 14496-15 annex E: Main at level 3.1, and a progressive one without trailing zeros.
    hvcc = bytes((1, 0x01)) + bytes.fromhex("60000000") + bytes.fromhex("b00000000000") + bytes((93,)) + bytes(10)
    assert codec_string(CodecParameters(VideoCodec.H265, hvcc, 1, 1)) == "hvc1.1.6.L93.B0"
    high = bytes((1, 0x62)) + bytes.fromhex("20000000") + bytes(6) + bytes((150,)) + bytes(10)
    assert codec_string(CodecParameters(VideoCodec.H265, high, 1, 1)) == "hvc1.A2.4.H150"


def test_ffmpeg_names_the_codec_as_we_do(packets: Packets, clip_h265: Clip, clip: Clip) -> None:
    """Profile and level in the string are those that the decoder sees."""
    assert codec_string(clip[0]).startswith("avc1.42")
    assert codec_string(clip_h265[0]).startswith("hvc1.1.6.L")


@pytest.mark.parametrize(
    "parameters",
    [
        CodecParameters(VideoCodec.H264, b"", 320, 180),
        CodecParameters(VideoCodec.H264, b"\0\0\0\1gd\0\x1f", 320, 180),  # Annex B instead of avcC
        CodecParameters(VideoCodec.H265, H264.extradata, 320, 180),
        CodecParameters(VideoCodec.H264, H264.extradata, 0, 180),
        CodecParameters(VideoCodec.H264, H264.extradata, 70_000, 180),
    ],
)
def test_parameters_that_no_player_could_use_are_refused(parameters: CodecParameters) -> None:
    with pytest.raises(StreamUnsupported):
        init_segment(parameters, start_wall_ns=0, camera_id="cam01")


def test_payload_is_not_copied() -> None:
    data = b"\0\0\0\1\x65"
    parts = fragment(1, 0, [Sample(3600, 0, True, data), Sample(3600, 0, False, data)])
    assert parts[1] is data
    assert parts[2] is data


def test_a_negative_composition_offset_stays_negative() -> None:
    head = fragment(1, 7200, [Sample(3600, -3600, True, b"x")])[0]
    assert struct.unpack_from(">i", head, len(head) - 12)[0] == -3600
