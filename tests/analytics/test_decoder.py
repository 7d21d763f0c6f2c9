"""Packets to luma: without a copy, and whatever a camera sends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.decoder import Decoder, DecoderSettings, Frame
from nvr.media import CodecParameters, Packet, VideoCodec
from tests.analytics.scenes import START_WALL_NS, Camera, Gray, encode, street, walk


@pytest.fixture(scope="module")
def frames() -> list[Gray]:
    return walk(quiet=4, moving=36, after=0, sigma=2, rows=180, columns=320)


@pytest.fixture(scope="module")
def packets(frames: list[Gray]) -> list[Packet]:
    return encode(frames, gop=10)


def decode_all(decoder: Decoder, packets: list[Packet]) -> list[Frame]:
    return [frame for packet in packets for frame in decoder.decode(packet)]


@pytest.mark.parametrize("skip_loop_filter", [True, False])
def test_every_packet_becomes_its_frame(packets: list[Packet], frames: list[Gray], skip_loop_filter: bool) -> None:
    """One frame per packet, at once, in order, with the packet's own times, and the picture that was encoded."""
    decoder = Decoder(DecoderSettings(skip_loop_filter=skip_loop_filter))
    for index, packet in enumerate(packets):
        (frame,) = decoder.decode(packet)
        assert frame.wall_ns == packet.wall_ns == START_WALL_NS + index * 100_000_000
        assert frame.media_ns == index * 100_000_000
        assert frame.is_keyframe == packet.is_keyframe == (index % 10 == 0)
        assert frame.luma.shape == (180, 320)
        assert np.abs(frame.luma.astype(int) * 219 / 255 + 16 - frames[index]).mean() < 40
        assert np.corrcoef(frame.luma.ravel(), frames[index].ravel())[0, 1] > 0.95
    assert decoder.counters.errors == decoder.counters.skipped == 0
    assert decoder.counters.frames == len(packets)


def test_luma_is_a_view_of_the_decoders_buffer(packets: list[Packet]) -> None:
    """No copy: the same memory as PyAV's plane, with its row stride; nobody can write it; it outlives the decoder's next frame."""
    decoder = Decoder()
    (first,) = decoder.decode(packets[0])
    plane = first.picture.planes[0]
    memory = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # planes have the buffer protocol
    assert np.shares_memory(first.luma, memory)
    assert first.luma.strides == (plane.line_size, 1)
    with pytest.raises(ValueError, match="read-only"):
        first.luma[0, 0] = 0
    kept, copy = first.luma, first.luma.copy()
    del first, plane, memory
    decode_all(decoder, packets[1:])
    del decoder
    assert np.array_equal(kept, copy)


def test_colour_has_the_pictures_size(packets: list[Packet]) -> None:
    """For the snapshot: blue, green, red."""
    (frame,) = Decoder().decode(packets[0])
    assert frame.colour().shape == (180, 320, 3)
    assert frame.colour().dtype == np.uint8


def test_waits_for_a_key_frame(packets: list[Packet]) -> None:
    """Joining in the middle shows nothing until the next key frame, and counts what was passed over."""
    decoder = Decoder()
    assert len(decode_all(decoder, packets[3:15])) == 5
    assert decoder.counters.skipped == 7


def test_after_a_hole_the_next_key_frame(packets: list[Packet]) -> None:
    """Packets left out on purpose: what leans on them is not shown."""
    decoder = Decoder()
    decode_all(decoder, packets[:3])
    decoder.skip()
    found = decode_all(decoder, packets[5:12])
    assert [frame.wall_ns for frame in found] == [packets[10].wall_ns, packets[11].wall_ns]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"\x00",
        lambda data: data[: len(data) // 2][:3],
        lambda data: b"\xff\xff\xff\xff" + data[4:],
        lambda data: bytes(len(data)),
    ],
    ids=["empty", "one byte", "three bytes", "length too large", "zeros"],
)
def test_a_broken_key_frame_costs_its_group_only(packets: list[Packet], damage) -> None:  # type: ignore[no-untyped-def]  # a lambda
    """Counted, not raised; the next group is whole again."""
    decoder = Decoder()
    broken = [replace(packets[0], data=damage(packets[0].data)), *packets[1:]]
    found = decode_all(decoder, broken)
    assert decoder.counters.errors >= 1
    assert [frame.wall_ns for frame in found[-30:]] == [packet.wall_ns for packet in packets[10:]]


positions = st.floats(0, 1, exclude_max=True)
damages = st.tuples(st.integers(0, 19), positions, st.lists(st.tuples(positions, st.integers(0, 255)), max_size=5))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(damages, min_size=1, max_size=6))
def test_never_raises(packets: list[Packet], wounds: list[tuple[int, float, list[tuple[float, int]]]]) -> None:
    """Any bytes anywhere, cut off anywhere: no exception, and the next whole group is whole on the screen."""
    chosen = list(packets[:20])
    for index, end, bytes_ in wounds:
        body = bytearray(packets[index].data)
        for position, value in bytes_:
            body[int(position * len(body))] = value
        chosen[index] = replace(packets[index], data=bytes(body[: int(end * len(body))]))
    decoder = Decoder()
    decode_all(decoder, chosen)
    assert len(decode_all(decoder, packets[20:30])) == 10


def test_rubbish_parameters_are_counted(packets: list[Packet]) -> None:
    """A camera whose avcC is noise is an error per group, and the next epoch works."""
    decoder = Decoder()
    rubbish = CodecParameters(VideoCodec.H264, b"\x01\x42\xff\x00" + bytes(range(40)), 320, 180)
    decode_all(decoder, [replace(packet, parameters=rubbish, data=b"\x00\x00\x00\x05hello") for packet in packets])
    assert decoder.counters.errors >= 1
    assert decoder.counters.frames == 0
    assert len(decode_all(decoder, packets)) == len(packets)


def test_a_new_resolution_is_a_new_decoder(packets: list[Packet]) -> None:
    """Another epoch with another size goes on without a lost frame."""
    scene, camera = street(1, 240, 320), Camera(2)
    larger = encode([camera(scene) for _ in range(5)], epoch_ns=START_WALL_NS + 10**10)
    decoder = Decoder()
    found = decode_all(decoder, [*packets[:5], *larger])
    assert [frame.luma.shape for frame in found] == [(180, 320)] * 5 + [(240, 320)] * 5
    assert decoder.counters.restarts == 2
    assert decoder.counters.errors == 0


def test_h265_too() -> None:
    """hvcC and HEVC packets likewise."""
    scene, camera = street(1, 128, 192), Camera(2)
    packets = encode([camera(scene) for _ in range(4)], codec="libx265")
    assert packets[0].parameters.codec is VideoCodec.H265
    assert len(decode_all(Decoder(), packets)) == 4


def test_refuses_giant_pictures() -> None:
    """A stream of 4200x2400 is refused before memory is taken."""
    giant = np.full((2400, 4200), 90, np.uint8)
    packets = encode([giant], options={"preset": "ultrafast"})
    decoder = Decoder()
    assert decode_all(decoder, packets) == []
    assert decoder.counters.errors == 1
