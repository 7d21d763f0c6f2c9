"""The segmenter's promises on any stream of packets, and its rules one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec
from nvr.recording.segmenter import HOLE_TICKS, FragmentReady, SegmentEnd, Segmenter, Step

A = CodecParameters(VideoCodec.H264, b"\x01a", 640, 360)
B = CodecParameters(VideoCodec.H264, b"\x01b", 640, 360)
START_NS = 1_790_000_000_000_000_000


def packet(
    seq: int, dts: int, *, key: bool, epoch_ns: int = START_NS, parameters: CodecParameters = A, cts: int = 0
) -> Packet:
    return Packet(
        camera_id="cam01",
        stream=StreamKind.MAIN,
        epoch_ns=epoch_ns,
        seq=seq,
        pts=dts + cts,
        dts=dts,
        is_keyframe=key,
        wall_ns=epoch_ns + dts * 10**9 // 90_000,
        parameters=parameters,
        data=seq.to_bytes(4),
    )


def regular(count: int, *, gop: int = 50, fps: int = 25) -> list[Packet]:
    return [packet(seq, seq * 90_000 // fps, key=seq % gop == 0) for seq in range(count)]


def run(packets: Iterable[Packet], *, segment_s: float = 10, fragment_ms: int = 1000) -> list[Step]:
    segmenter = Segmenter("cam01", StreamKind.MAIN, segment_s=segment_s, fragment_ms=fragment_ms)
    steps: list[Step] = []
    for one in packets:
        steps += segmenter.push(one)
    return [*steps, *segmenter.interrupt()]


def fragments(steps: Iterable[Step]) -> list[FragmentReady]:
    return [step for step in steps if isinstance(step, FragmentReady)]


def segments(steps: Iterable[Step]) -> list[list[FragmentReady]]:
    """Fragments by segment; every segment but none in between is ended."""
    found: list[list[FragmentReady]] = []
    is_open = False
    for step in steps:
        if isinstance(step, SegmentEnd):
            assert is_open
            is_open = False
        elif step.starts_segment:
            assert not is_open
            is_open = True
            found.append([step])
        else:
            assert is_open
            found[-1].append(step)
    assert not is_open
    return found


def recorded(steps: Iterable[Step]) -> list[bytes]:
    return [sample.data for step in fragments(steps) for sample in step.samples]


@st.composite
def streams(draw: st.DrawFn) -> list[Packet]:
    """Any order of key frames, frame times, holes, clock steps backwards, epochs and parameters."""
    made: list[Packet] = []
    dts, epoch_ns, parameters = 0, START_NS, A
    for seq in range(draw(st.integers(1, 120))):
        event = draw(st.sampled_from(["next"] * 14 + ["key"] * 3 + ["hole", "back", "epoch", "parameters", "same"]))
        match event:
            case "hole":
                dts += HOLE_TICKS + draw(st.integers(1, 900_000))
            case "back":
                dts = max(0, dts - draw(st.integers(1, 90_000)))
            case "epoch":
                epoch_ns += 60 * 10**9
                dts = 0
            case "parameters":
                parameters = B if parameters is A else A
            case "same":
                pass
            case _:
                dts += draw(st.integers(1, 45_000))
        cts = draw(st.sampled_from([0, 0, 3600, -3600]))
        made.append(packet(seq, dts, key=event == "key" or seq == 0, epoch_ns=epoch_ns, parameters=parameters, cts=cts))
    return made


@given(stream=streams(), segment_s=st.integers(1, 20), fragment_ms=st.integers(100, 1000))
def test_nothing_is_lost_doubled_or_reordered(stream: list[Packet], segment_s: int, fragment_ms: int) -> None:
    segmenter = Segmenter("cam01", StreamKind.MAIN, segment_s=segment_s, fragment_ms=fragment_ms)
    steps: list[Step] = []
    let_go: list[bytes] = []
    for one in stream:
        before = segmenter.waiting
        steps += segmenter.push(one)
        if segmenter.waiting > before:
            let_go.append(one.data)
            assert not one.is_keyframe
    steps += segmenter.interrupt()
    assert segmenter.interrupt() == ()
    assert sorted(recorded(steps) + let_go) == [one.data for one in stream]
    assert recorded(steps) == sorted(recorded(steps))


@given(stream=streams(), segment_s=st.integers(1, 20), fragment_ms=st.integers(100, 1000))
def test_segments_and_fragments_keep_their_form(stream: list[Packet], segment_s: int, fragment_ms: int) -> None:
    by_data = {one.data: one for one in stream}
    steps = run(stream, segment_s=segment_s, fragment_ms=fragment_ms)
    for segment in segments(steps):
        assert segment[0].samples[0].is_keyframe
        dts = segment[0].base_dts
        for fragment in segment:
            assert fragment.base_dts == dts, "fragments of a segment join without a hole"
            dts += fragment.duration
            assert fragment.duration == sum(sample.duration for sample in fragment.samples)
            assert all(sample.duration >= 0 for sample in fragment.samples)
            # The last sample's length is only known afterwards: the limit holds for where it begins.
            assert fragment.duration - fragment.samples[-1].duration <= fragment_ms * 90
            assert not any(sample.is_keyframe for sample in fragment.samples[1:])
            assert fragment.size_bytes == sum(len(sample.data) for sample in fragment.samples)
            at = fragment.base_dts
            for sample in fragment.samples:
                original = by_data[sample.data]
                assert (original.dts, original.pts - original.dts) == (at, sample.cts)
                assert (original.epoch_ns, original.parameters) == (fragment.epoch_ns, fragment.parameters)
                at += sample.duration


@given(fps=st.sampled_from([5, 10, 25, 30, 50]), gop=st.integers(1, 100), fragment_ms=st.integers(100, 1000))
def test_a_regular_stream_never_exceeds_the_fragment_limit(fps: int, gop: int, fragment_ms: int) -> None:
    for fragment in fragments(run(regular(300, gop=gop, fps=fps), fragment_ms=fragment_ms)):
        assert fragment.duration <= max(fragment_ms * 90, 90_000 // fps)


def test_a_regular_stream_is_cut_at_the_key_frame_after_its_time() -> None:
    """10 s segments with a key frame every 2 s; the first is shorter by the camera's share."""
    steps = run(regular(25 * 60))
    lengths = [sum(f.duration for f in segment) / 90_000 for segment in segments(steps)]
    assert 2.5 <= lengths[0] <= 12
    assert set(lengths[1:-1]) == {10.0}
    ends = [step.end_wall_ns for step in steps if isinstance(step, SegmentEnd)]
    assert ends[:-1] == [segment[0].wall_ns for segment in segments(steps)[1:]], "segments tile the time exactly"
    assert ends[-1] == START_NS + 60 * 10**9


def test_cameras_that_start_together_do_not_cut_together() -> None:
    def first_cut(camera_id: str) -> int:
        segmenter = Segmenter(camera_id, StreamKind.MAIN, segment_s=60, fragment_ms=1000)
        for one in regular(25 * 70, gop=25):
            if any(isinstance(step, SegmentEnd) for step in segmenter.push(one)):
                return one.dts // 90_000
        raise AssertionError("never cut")

    cuts = [first_cut(f"cam{number:02d}") for number in range(42)]
    assert max(cuts.count(second) for second in cuts) <= 5
    assert min(cuts) >= 15
    assert max(cuts) <= 61


def test_the_last_packet_of_a_run_lasts_as_long_as_the_one_before() -> None:
    (*_, last), end = run(regular(10, fps=10))[:-1], run(regular(10, fps=10))[-1]
    assert isinstance(last, FragmentReady)
    assert last.samples[-1].duration == 9000
    assert isinstance(end, SegmentEnd)
    assert end.end_wall_ns == START_NS + 10**9


def test_what_precedes_the_first_key_frame_is_let_go() -> None:
    segmenter = Segmenter("cam01", StreamKind.MAIN, segment_s=10, fragment_ms=1000)
    steps = [step for one in regular(60)[1:] for step in segmenter.push(one)]
    assert segmenter.waiting == 49
    assert recorded([*steps, *segmenter.interrupt()]) == [one.data for one in regular(60)[50:]]


def test_the_first_fragment_of_a_run_is_on_disk_soon() -> None:
    """What was recorded a quarter of a second after a start survives a kill; then a fragment is a second, in later segments too."""
    lengths = [fragment.duration / 90_000 for fragment in fragments(run(regular(25 * 30)))]
    assert lengths[:4] == [0.2, 1.0, 0.8, 1.0]
    assert set(lengths[3:]) == {1.0}


def test_equal_parameters_in_another_object_do_not_cut() -> None:
    stream = regular(20)
    stream[10:] = [replace(one, parameters=replace(A)) for one in stream[10:]]
    assert len(segments(run(stream))) == 1


@pytest.mark.parametrize("step_s", [3600, -3600])
def test_a_step_of_the_wall_clock_does_not_stretch_a_segment(step_s: int) -> None:
    stream = regular(25 * 30)
    stream[400:] = [replace(one, wall_ns=one.wall_ns + step_s * 10**9) for one in stream[400:]]
    steps = run(stream)
    ends = [step.end_wall_ns for step in steps if isinstance(step, SegmentEnd)]
    for segment, end_wall_ns in zip(segments(steps), ends, strict=True):
        last = segment[-1]
        assert abs(end_wall_ns - last.wall_ns - last.duration * 10**9 // 90_000) <= 10**9
        assert len(recorded(segment)) > 0


def test_jitter_of_the_wall_clock_leaves_no_seams() -> None:
    """Each segment ends on the nanosecond at which the next begins, also where arrival times wobble."""
    stream = [replace(one, wall_ns=one.wall_ns + (one.seq * 7919 % 31) * 10**6) for one in regular(25 * 40)]
    steps = run(stream)
    ends = [step.end_wall_ns for step in steps if isinstance(step, SegmentEnd)]
    assert ends[:-1] == [segment[0].wall_ns for segment in segments(steps)[1:]]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: replace(one, dts=one.dts + HOLE_TICKS, pts=one.pts + HOLE_TICKS), id="silence"),
        pytest.param(lambda one: replace(one, dts=one.dts - 90_000, pts=one.pts - 90_000), id="backwards"),
        pytest.param(lambda one: replace(one, epoch_ns=one.epoch_ns + 1), id="epoch"),
        pytest.param(lambda one: replace(one, parameters=B), id="parameters"),
    ],
)
def test_packets_that_do_not_belong_together_are_cut_at_once(change: Callable[[Packet], Packet]) -> None:
    """In the middle of a group of pictures: the segment ends there, and the next begins with a key frame."""
    stream = regular(200, gop=50)
    stream[60:] = [change(one) for one in stream[60:]]
    steps = run(stream, segment_s=60)
    first, second = segments(steps)
    assert recorded(first) == [one.data for one in stream[:60]]
    assert recorded(second) == [one.data for one in stream[100:]]
    end = next(step for step in steps if isinstance(step, SegmentEnd))
    assert end.end_wall_ns == START_NS + 60 * 40_000_000


def test_a_pause_of_a_slow_camera_is_no_silence() -> None:
    stream = regular(100, gop=50)
    stream[60:] = [replace(one, dts=one.dts + HOLE_TICKS - 3600) for one in stream[60:]]
    assert len(segments(run(stream, segment_s=60))) == 1
