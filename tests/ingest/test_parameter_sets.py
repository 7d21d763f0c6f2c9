"""What encoders write is read as they meant it; what hostile cameras write is refused."""

from __future__ import annotations

from collections.abc import Callable

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.h264_parameters import H264ParameterSets
from ingest.h264_parameters import parse_sps as parse_h264_sps
from ingest.h265_parameters import H265ParameterSets
from ingest.h265_parameters import parse_sps as parse_h265_sps
from nvr.errors import StreamMalformed
from nvr.media import VideoCodec
from tests.ingest.rtp_packets import encoded_clip, with_lengths


class _Bits:
    """Writes a parameter set bit by bit."""

    def __init__(self) -> None:
        self.text = ""

    def u(self, value: int, count: int) -> _Bits:
        self.text += f"{value:0{count}b}"
        return self

    def ue(self, value: int) -> _Bits:
        code = f"{value + 1:b}"
        self.text += "0" * (len(code) - 1) + code
        return self

    def payload(self) -> bytes:
        text = self.text + "1" + "0" * (-(len(self.text) + 1) % 8)
        raw = int(text, 2).to_bytes(len(text) // 8)
        out = bytearray()
        for byte in raw:
            if byte <= 3 and out[-2:] == b"\0\0":
                out.append(3)
            out.append(byte)
        return bytes(out)


def _baseline_sps(width_mbs: int, height_mbs: int, crop: tuple[int, int, int, int] | None = None) -> bytes:
    bits = _Bits().u(66, 8).u(0, 8).u(30, 8).ue(0).ue(0).ue(0).ue(0).ue(1).u(0, 1)
    bits.ue(width_mbs - 1).ue(height_mbs - 1).u(1, 1).u(1, 1)
    bits.u(crop is not None, 1)
    for value in crop or ():
        bits.ue(value)
    return b"\x67" + bits.u(0, 1).payload()


def _main_sps(width_px: int, height_px: int) -> bytes:
    bits = _Bits().u(0, 4).u(0, 3).u(1, 1).u(1, 8).u(1 << 30, 32).u(0, 48).u(93, 8)
    bits.ue(0).ue(1).ue(width_px).ue(height_px).u(0, 1).ue(0).ue(0).ue(4).u(1, 1).ue(1).ue(0).ue(0)
    return b"\x42\x01" + bits.payload()


@pytest.mark.parametrize(("width_px", "height_px"), [(128, 96), (130, 98), (640, 360), (320, 240)])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_h264_sizes_and_reordering_are_those_of_the_encoder(width_px: int, height_px: int, b_frames: int) -> None:
    clip = encoded_clip("libx264", width_px, height_px, frames=6, b_frames=b_frames)
    sps = parse_h264_sps(clip.parameter_sets[0])
    assert (sps.width_px, sps.height_px) == (width_px, height_px)
    # Without a pyramid of B-frames one picture at most is overtaken.
    assert sps.reorder_frames == (1 if b_frames else 0)


@pytest.mark.parametrize(("width_px", "height_px"), [(128, 96), (130, 98), (640, 360)])
def test_h265_sizes_are_those_of_the_encoder(width_px: int, height_px: int) -> None:
    clip = encoded_clip("libx265", width_px, height_px, frames=3)
    sets = H265ParameterSets()
    for nal in clip.parameter_sets:
        sets.offer(nal)
    built = sets.parameters()
    assert built is not None
    assert (built.codec.codec, built.codec.width_px, built.codec.height_px) == (VideoCodec.H265, width_px, height_px)


@pytest.mark.parametrize(("name", "codec"), [("libx264", "h264"), ("libx265", "hevc")])
def test_a_decoder_takes_our_configuration(name: str, codec: str) -> None:
    clip = encoded_clip(name, 130, 98, frames=6)
    sets = H264ParameterSets() if name == "libx264" else H265ParameterSets()
    for nal in clip.parameter_sets:
        sets.offer(nal)
    built = sets.parameters()
    assert built is not None
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = built.codec.extradata
    frames = 0
    for nals in clip.pictures:
        # Without the sets in the stream: the configuration must do.
        without = [nal for nal in nals if nal not in clip.parameter_sets]
        frames += len(decoder.decode(av.Packet(with_lengths(without))))
    frames += len(decoder.decode(None))
    assert frames == len(clip.pictures)
    assert (decoder.width, decoder.height) == (130, 98)


def test_cropping_is_taken_off() -> None:
    assert parse_h264_sps(_baseline_sps(120, 68, (0, 0, 0, 4))).height_px == 1080


@pytest.mark.parametrize(
    "broken",
    [
        lambda: parse_h264_sps(_baseline_sps(4096, 4096)),
        lambda: parse_h264_sps(_baseline_sps(120, 68, (0, 960, 0, 0))),
        lambda: parse_h264_sps(_baseline_sps(120, 68)[:6]),
        lambda: parse_h264_sps(b"\x67" + bytes(5000)),
        lambda: parse_h264_sps(b"\x67\x42\x00\x1e" + bytes(200)),
        lambda: parse_h265_sps(_main_sps(65535, 65535)),
        lambda: parse_h265_sps(_main_sps(8192, 8192)),
        lambda: parse_h265_sps(_main_sps(0, 0)),
        lambda: parse_h265_sps(_main_sps(640, 480)[:12]),
    ],
)
def test_absurd_parameter_sets_are_refused(broken: Callable[[], object]) -> None:
    with pytest.raises(StreamMalformed):
        broken()


def test_the_writer_of_these_tests_writes_valid_sets() -> None:
    # Else the test above would pass for the wrong reason.
    assert parse_h264_sps(_baseline_sps(120, 68)).width_px == 1920
    assert parse_h265_sps(_main_sps(3840, 2160)).height_px == 2160


@given(st.binary(max_size=80))
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    for sets, kinds in ((H264ParameterSets(), (0x67, 0x68)), (H265ParameterSets(), (0x40, 0x42, 0x44))):
        for kind in kinds:
            try:
                sets.offer(bytes((kind, 1)) + data)
                sets.parameters()
            except StreamMalformed:
                pass


@given(st.data())
def test_no_damaged_real_set_raises_anything_but_malformed(data: st.DataObject) -> None:
    for name, sets in (("libx264", H264ParameterSets()), ("libx265", H265ParameterSets())):
        for nal in encoded_clip(name, 128, 96, frames=3).parameter_sets:
            damaged = bytearray(nal)
            damaged[data.draw(st.integers(2, len(nal) - 1))] ^= data.draw(st.integers(1, 255))
            try:
                sets.offer(bytes(damaged[: data.draw(st.integers(3, len(nal)))]))
                sets.parameters()
            except StreamMalformed:
                pass


def test_the_same_sets_give_the_same_object_and_changed_ones_another() -> None:
    small, large = (encoded_clip("libx264", width, 96, frames=3).parameter_sets for width in (128, 160))
    sets = H264ParameterSets()
    for nal in small:
        sets.offer(nal)
    first = sets.parameters()
    for nal in small:
        sets.offer(nal)
    assert sets.parameters() is first
    for nal in large:
        sets.offer(nal)
    changed = sets.parameters()
    assert changed is not None
    assert changed.codec.width_px == 160
    # The old picture size's set is gone: a decoder must not meet it again.
    assert small[0] not in changed.codec.extradata
