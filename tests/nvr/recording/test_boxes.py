"""The fragment table of whole, torn, growing and hostile files."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nvr.errors import SegmentCorrupt
from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec
from nvr.recording.boxes import fragments_of
from nvr.recording.fmp4 import Sample, fragment, init_segment

Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000_123_456_789
PARAMETERS = CodecParameters(VideoCodec.H264, bytes.fromhex("0164001fffe1000467640000010001ee"), 640, 360)
SEGMENT_ID = "0123456789abcdef0123456789abcdef"


def parts(count: int, *, cts: int = 0, samples: int = 3) -> list[bytes]:
    """An init segment and ``count`` fragments of 3 samples; every second one begins with a key frame."""
    init = init_segment(
        PARAMETERS,
        start_wall_ns=START_NS,
        camera_id="cam-07",
        stream=StreamKind.SUB,
        segment_id=SEGMENT_ID,
        epoch_ns=42,
    )
    made = [init]
    for number in range(count):
        group = [
            Sample(3000, cts, number % 2 == 0 and i == 0, b"\0\0\0\1" + bytes([i + 1] * 40)) for i in range(samples)
        ]
        dts = number * 3000 * samples
        made.append(b"".join(fragment(number + 1, dts, group, wall_ns=START_NS + number * 10**9)))
    return made


@pytest.mark.parametrize("cts", [0, 6000, -6000])
def test_everything_written_is_read_back(tmp_path: Path, cts: int) -> None:
    pieces = parts(4, cts=cts)
    path = tmp_path / "a.mp4"
    path.write_bytes(b"".join(pieces))
    table = fragments_of(path)
    assert (table.camera_id, table.stream, table.segment_id) == ("cam-07", StreamKind.SUB, SEGMENT_ID)
    assert (table.start_wall_ns, table.epoch_ns, table.parameters) == (START_NS, 42, PARAMETERS)
    assert table.init_bytes == len(pieces[0])
    assert [span.size_bytes for span in table.fragments] == [len(piece) for piece in pieces[1:]]
    assert [span.start_dts for span in table.fragments] == [0, 9000, 18000, 27000]
    assert [span.starts_with_keyframe for span in table.fragments] == [True, False, True, False]
    assert {(span.duration, span.packets) for span in table.fragments} == {(9000, 3)}
    assert [span.wall_ns for span in table.fragments] == [START_NS + n * 10**9 for n in range(4)]
    assert table.end_wall_ns == START_NS + 3 * 10**9 + 10**8
    assert table.whole_bytes == path.stat().st_size


@given(cut=st.integers(0, 3000), noise=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_torn_tail_costs_only_the_fragment_it_tears(tmp_path: Path, cut: int, noise: bytes) -> None:
    pieces = parts(5)
    data = b"".join(pieces)
    cut = min(cut, len(data))
    path = tmp_path / "torn.mp4"
    path.write_bytes(data[:cut])
    ends = [sum(map(len, pieces[: n + 1])) for n in range(6)]
    if cut < ends[0]:
        with pytest.raises(SegmentCorrupt):
            fragments_of(path)
        return
    whole = sum(end <= cut for end in ends) - 1
    assert len(fragments_of(path).fragments) == whole
    # What a power cut may leave behind the last whole fragment does not read as one more.
    path.write_bytes(data[: ends[whole]] + noise)
    assert len(fragments_of(path).fragments) == whole


@given(at=st.integers(0, 1500), value=st.integers(0, 255))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_byte_never_breaks_more_than_a_clear_error(tmp_path: Path, at: int, value: int) -> None:
    data = bytearray(b"".join(parts(5)))
    data[min(at, len(data) - 1)] = value
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    try:
        table = fragments_of(path)
    except SegmentCorrupt:
        return
    assert table.whole_bytes <= len(data)


@given(data=st.binary(max_size=2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.mp4"
    for prefix in (b"", b"\0\0\0\x14ftypiso6\0\0\0\0mp41\0\0\x02\0moov"):
        path.write_bytes(prefix + data)
        with pytest.raises(SegmentCorrupt):
            fragments_of(path)


def test_sixty_fragments_are_read_in_about_a_millisecond(tmp_path: Path) -> None:
    path = tmp_path / "minute.mp4"
    path.write_bytes(b"".join(parts(60, samples=25)))
    times_s = []
    for _ in range(15):
        began_s = time.thread_time()  # its own work: others have the machine too
        assert fragments_of(path).packets == 1500
        times_s.append(time.thread_time() - began_s)
    assert statistics.median(times_s) < 0.004  # 0.6 ms on a quiet machine; this one is shared
