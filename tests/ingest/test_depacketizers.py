"""Access units come out of RTP as they went in, whichever way they were cut; what a loss touched never comes out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.access_unit import MAX_UNIT_BYTES, AccessUnitBuilder, UnitSink
from ingest.h264 import H264Depacketizer
from ingest.h265 import H265Depacketizer
from ingest.rtp import RtpReceiver
from nvr.errors import SourceError, StreamMalformed, StreamUnsupported
from tests.ingest.rtp_packets import PAYLOAD_TYPE, encoded_clip, payloads, rtp, stream_packets, with_lengths

Unit = tuple[bytes, int, bool]


def _depacketizer(codec: str, sink: UnitSink) -> AccessUnitBuilder:
    return H264Depacketizer(sink) if codec == "h264" else H265Depacketizer(sink)


def _receive(packets: list[bytes], codec: str = "h264") -> tuple[list[Unit], RtpReceiver, AccessUnitBuilder]:
    units: list[Unit] = []
    depacketizer = _depacketizer(codec, lambda data, timestamp, key: units.append((data, timestamp, key)))
    receiver = RtpReceiver(depacketizer, PAYLOAD_TYPE, lambda: None)
    for packet in packets:
        receiver.packet(memoryview(packet), 0, len(packet))
    return units, receiver, depacketizer


def _slice(codec: str, body: bytes, *, first: bool = True, key: bool = False) -> bytes:
    """A slice: its first byte after the header says whether it is the picture's first."""
    header = (b"\x65" if key else b"\x41") if codec == "h264" else (b"\x26\x01" if key else b"\x02\x01")
    return header + (b"\x80" if first else b"\x00") + body


@st.composite
def _pictures(draw: st.DrawFn, codec: str) -> list[list[bytes]]:
    """Pictures of one to three slices, some with an SEI in front."""
    pictures = []
    for _ in range(draw(st.integers(1, 8))):
        key = draw(st.booleans())
        sizes = draw(st.lists(st.integers(1, 600), min_size=1, max_size=3))
        fill = draw(st.binary(min_size=1, max_size=4))
        nals = [_slice(codec, (fill * size)[:size], first=index == 0, key=key) for index, size in enumerate(sizes)]
        if draw(st.booleans()):
            nals.insert(0, (b"\x06" if codec == "h264" else b"\x4e\x01") + draw(st.binary(min_size=2, max_size=20)))
        pictures.append(nals)
    return pictures


@pytest.mark.parametrize("codec", ["h264", "h265"])
@given(data=st.data())
def test_round_trip(codec: str, data: st.DataObject) -> None:
    pictures = data.draw(_pictures(codec))
    first_sequence, first_timestamp = data.draw(st.integers(0, 65535)), data.draw(st.integers(0, 2**32 - 1))
    packets = stream_packets(
        pictures,
        first_sequence=first_sequence,
        first_timestamp=first_timestamp,
        limit=data.draw(st.integers(8, 700)),
        codec=codec,
        aggregate=data.draw(st.booleans()),
    )
    units, receiver, depacketizer = _receive([packet for picture in packets for packet in picture], codec)
    assert [unit[0] for unit in units] == [with_lengths(nals) for nals in pictures]
    assert [unit[1] for unit in units] == [(first_timestamp + index * 3600) % 2**32 for index in range(len(pictures))]
    key = b"\x65" if codec == "h264" else b"\x26"
    assert [unit[2] for unit in units] == [any(nal[:1] == key for nal in nals) for nals in pictures]
    assert (receiver.lost, depacketizer.damaged_units) == (0, 0)
    assert depacketizer.idle


@pytest.mark.parametrize("codec", ["h264", "h265"])
@given(data=st.data())
def test_what_a_loss_touched_never_comes_out_and_the_rest_does(codec: str, data: st.DataObject) -> None:
    pictures = [[_slice(codec, bytes((index,)) * size) for size in (300,)] for index in range(12)]
    packets = stream_packets(pictures, limit=data.draw(st.integers(20, 400)), codec=codec)
    numbered = [(picture, packet) for picture, group in enumerate(packets) for packet in group]
    # The first packet and the last picture stay: a loss there can't be known.
    candidates = st.integers(1, len(numbered) - 1 - len(packets[-1]))
    lost = data.draw(st.sets(candidates, max_size=12))
    units, receiver, _ = _receive([packet for index, (_, packet) in enumerate(numbered) if index not in lost], codec)
    touched = {numbered[index][0] for index in lost}
    whole = [with_lengths(nals) for index, nals in enumerate(pictures) if index not in touched]
    assert [unit[0] for unit in units] == whole
    assert receiver.lost == len(lost)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_picture_whose_first_slice_is_lost_does_not_come_out(codec: str) -> None:
    pictures = [[_slice(codec, b"a"), _slice(codec, b"b", first=False)] for _ in range(3)]
    groups = stream_packets(pictures, codec=codec)
    units, receiver, depacketizer = _receive([*groups[0], groups[1][1], *groups[2]], codec)
    assert [unit[1] for unit in units] == [0, 7200]
    assert (receiver.lost, depacketizer.damaged_units) == (1, 1)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_picture_whose_last_slice_is_lost_does_not_come_out(codec: str) -> None:
    pictures = [[_slice(codec, b"a"), _slice(codec, b"b", first=False)] for _ in range(3)]
    groups = stream_packets(pictures, codec=codec)
    units, receiver, depacketizer = _receive([*groups[0], groups[1][0], *groups[2]], codec)
    assert [unit[1] for unit in units] == [0, 7200]
    assert (receiver.lost, depacketizer.damaged_units) == (1, 1)


def test_a_picture_ends_with_its_timestamp_where_the_marker_is_missing() -> None:
    pictures = [[_slice("h264", bytes(50))] for _ in range(4)]
    packets = [bytearray(packet) for group in stream_packets(pictures) for packet in group]
    for packet in packets:
        packet[1] &= 0x7F
    units, _, depacketizer = _receive([bytes(packet) for packet in packets])
    assert len(units) == 3  # the last one is still open
    assert depacketizer.damaged_units == 0


def test_a_camera_that_marks_every_slice_is_understood_after_one_picture() -> None:
    pictures = [[_slice("h264", bytes(50)), _slice("h264", bytes(60), first=False)] for _ in range(5)]
    packets = [bytearray(packet) for group in stream_packets(pictures) for packet in group]
    for packet in packets:
        packet[1] |= 0x80
    units, _, _ = _receive([bytes(packet) for packet in packets])
    assert [unit[0] for unit in units[1:]] == [with_lengths(nals) for nals in pictures[1:-1]]


def test_a_marked_parameter_set_does_not_end_the_picture() -> None:
    clip = encoded_clip()
    packets = [bytearray(packet) for group in stream_packets(clip.pictures[:1]) for packet in group]
    marked = [packet for packet in packets if packet[12] & 31 in (7, 8)]
    assert len(marked) == 2
    for packet in marked:
        packet[1] |= 0x80
    units, _, depacketizer = _receive([bytes(packet) for packet in packets])
    assert [unit[0] for unit in units] == [with_lengths(clip.pictures[0])]
    assert depacketizer.parameters is not None


def test_a_fragmented_parameter_set_is_taken_up() -> None:
    clip = encoded_clip()
    _, _, depacketizer = _receive([packet for group in stream_packets(clip.pictures[:1], limit=6) for packet in group])
    parameters = depacketizer.parameters
    assert parameters is not None
    assert (parameters.codec.width_px, parameters.codec.height_px) == (128, 96)


def test_views_are_not_used_after_keep() -> None:
    picture = [_slice("h264", bytes(range(200)))]
    parts = payloads(picture, 80)
    units: list[Unit] = []
    depacketizer = H264Depacketizer(lambda data, timestamp, key: units.append((data, timestamp, key)))
    buffer = bytearray(200)
    for index, part in enumerate(parts):
        buffer[: len(part)] = part
        depacketizer.payload(memoryview(buffer), 0, len(part), 0, index == len(parts) - 1, 0)
        depacketizer.keep()
        buffer[:] = b"\xff" * len(buffer)
    assert units[0][0] == with_lengths(picture)


def test_a_picture_without_end_is_cut_off() -> None:
    units: list[Unit] = []
    depacketizer = H264Depacketizer(lambda data, timestamp, key: units.append((data, timestamp, key)))
    start, middle = b"\x7c\x81" + bytes(1000), b"\x7c\x01" + bytes(60_000)
    depacketizer.payload(memoryview(start), 0, len(start), 0, 0, 0)
    with pytest.raises(StreamMalformed, match="more than"):  # noqa: PT012 - which of them raises is not told
        for _ in range(MAX_UNIT_BYTES // 60_000 + 2):
            depacketizer.payload(memoryview(middle), 0, len(middle), 0, 0, 0)


def test_a_picture_of_single_bytes_is_cut_off() -> None:
    depacketizer = H264Depacketizer(lambda *_: None)
    start, middle = b"\x7c\x81\x80", b"\x7c\x01\x00"
    depacketizer.payload(memoryview(start), 0, len(start), 0, 0, 0)
    with pytest.raises(StreamMalformed, match="pieces"):  # noqa: PT012 - which of them raises is not told
        for _ in range(30_000):
            depacketizer.payload(memoryview(middle), 0, len(middle), 0, 0, 0)


@pytest.mark.parametrize(("codec", "kind"), [("h264", 25), ("h264", 29), ("h265", 50)])
def test_other_packetisations_are_named(codec: str, kind: int) -> None:
    first = kind if codec == "h264" else kind << 1
    packet = rtp(bytes((first,)) + bytes(20), 0, 0)
    with pytest.raises(StreamUnsupported, match=str(kind)):
        _receive([packet], codec)


@pytest.mark.parametrize("codec", ["h264", "h265"])
@settings(max_examples=300)
@given(bodies=st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 3), st.booleans()), max_size=40))
def test_garbage_raises_nothing_but_source_errors_and_comes_out_bounded(
    codec: str, bodies: list[tuple[bytes, int, bool]]
) -> None:
    packets = [rtp(body, index, ticks, marker=marker) for index, (body, ticks, marker) in enumerate(bodies)]
    try:
        units, _, depacketizer = _receive(packets, codec)
    except SourceError:
        return
    size = sum(len(body) for body, _, _ in bodies)
    # At most a length of 4 bytes and a header of 2 for each byte that came.
    assert sum(len(data) for data, _, _ in units) <= 6 * size
    depacketizer.abandon()
    assert depacketizer.idle
