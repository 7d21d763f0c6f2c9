"""Sound beside pictures: each packet once, on the time line, through new segments, crashes and whatever the sound does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.config import Node
from nvr.media import AudioCodec, AudioPacket, AudioParameters, CodecParameters, Packet, StreamKind, VideoCodec
from nvr.observations import Fact, SegmentClosed, SegmentOpened
from nvr.recording import fmp4
from nvr.recording.boxes import fragments_of
from nvr.recording.recorder import Recorder
from nvr.recording.recovery import recover
from nvr.recording.segment_file import SoundTimes
from nvr.recording.segmenter import AudioRun, FragmentReady, Segmenter
from tests.nvr.recording.conftest import START_NS, TICKS, Clip, camera

MULAW = AudioParameters(AudioCodec.PCMU, b"", 8000, 1)
ALAW = AudioParameters(AudioCodec.PCMA, b"", 8000, 1)


def sound(seconds: float, start_s: float = 0.0, parameters: AudioParameters = MULAW) -> Iterator[AudioPacket]:
    """Packets of 20 ms; the bytes say which one it is."""
    for index in range(round(seconds * 50)):
        wall_ns = START_NS + round(start_s * NS_PER_S) + index * 20 * NS_PER_MS
        data = (wall_ns // (20 * NS_PER_MS) & 0xFFFF).to_bytes(2) * 80
        yield AudioPacket("cam01", StreamKind.MAIN, wall_ns, 160, parameters, data)


def record(folder: Path, clip: Clip, heard: list[AudioPacket], seconds: float) -> list[Path]:
    """Pictures and sound in the order of their time; the files."""
    facts: list[Fact] = []
    recorder = Recorder(folder, Node(segment_s=5, reserve_mb=16), facts.append)
    for item in in_order(list(camera(clip, seconds=seconds)), heard):
        if isinstance(item, Packet):
            recorder.write(item)
        else:
            recorder.write_audio(item)
    recorder.close()
    return [folder / fact.path for fact in facts if isinstance(fact, SegmentClosed)]


def in_order(pictures: list[Packet], heard: list[AudioPacket]) -> list[Packet | AudioPacket]:
    both: list[Packet | AudioPacket] = [*pictures, *heard]
    return sorted(both, key=lambda each: each.wall_ns)


def heard_in(paths: list[Path]) -> list[bytes]:
    found = []
    for path in paths:
        with av.open(str(path), "r") as container:
            if container.streams.audio:
                found += [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    return found


def test_every_packet_is_on_disk_once_in_order_over_several_segments(clip: Clip, tmp_path: Path) -> None:
    given_packets = list(sound(14))
    paths = record(tmp_path, clip, given_packets, 14)
    assert len(paths) > 2
    assert b"".join(heard_in(paths)) == b"".join(packet.data for packet in given_packets)
    for path in paths:
        table = fragments_of(path)
        assert table.whole_bytes == path.stat().st_size
        assert table.audio == MULAW


def test_sound_that_begins_late_begins_a_segment_and_sound_that_ends_does_nothing(clip: Clip, tmp_path: Path) -> None:
    paths = record(tmp_path, clip, list(sound(3, start_s=2.5)), 9)
    audible = [fragments_of(path).audio is not None for path in paths]
    assert audible[0] is False
    assert True in audible
    assert sum(fragments_of(path).packets for path in paths) == 9 * 25
    starts = [fragments_of(path).start_wall_ns for path in paths]
    # The next key frame after it began, not the end of the five seconds.
    assert starts[audible.index(True)] == START_NS + 3 * NS_PER_S
    heard = b"".join(heard_in(paths))
    assert heard.endswith(b"".join(packet.data for packet in sound(1, start_s=4.5)))


def test_another_configuration_of_the_sound_begins_a_segment(clip: Clip, tmp_path: Path) -> None:
    both = [*sound(3), *sound(4, start_s=3, parameters=ALAW)]
    paths = record(tmp_path, clip, both, 7)
    codecs = [audio.codec for path in paths if (audio := fragments_of(path).audio)]
    assert codecs[0] is AudioCodec.PCMU
    assert codecs[-1] is AudioCodec.PCMA
    heard = b"".join(heard_in(paths))
    # What was heard until the next key frame has no track to go to.
    assert heard.startswith(b"".join(packet.data for packet in both[:150]))
    assert heard.endswith(b"".join(packet.data for packet in both[200:]))


def test_sound_without_pictures_is_bounded(clip: Clip) -> None:
    segmenter = Segmenter("cam01", StreamKind.MAIN, segment_s=60, fragment_ms=1000)
    for packet in sound(600):
        segmenter.push_audio(packet)
    assert segmenter.sound_dropped >= 600 * 50 - 2000
    first = next(camera(clip, seconds=1))
    segmenter.push(first)
    (ready, _) = segmenter.interrupt()
    assert isinstance(ready, FragmentReady)


def test_sound_that_no_picture_came_for_is_counted(clip: Clip, tmp_path: Path) -> None:
    """Beside what pictures were dropped, for ``/metrics``."""
    recorder = Recorder(tmp_path, Node(segment_s=60, reserve_mb=16), lambda _: None)
    recorder.write(next(camera(clip, seconds=1)))
    for packet in sound(600):
        recorder.write_audio(packet)
    (counted,) = (each for name, each in recorder.stats().items() if name.startswith("cam01"))
    assert counted["sound_dropped"] >= 600 * 50 - 2000
    assert counted["dropped"] == 0
    recorder.close()


def test_a_file_that_was_cut_in_its_sound_is_whole_up_to_its_pictures(clip: Clip, tmp_path: Path) -> None:
    facts: list[Fact] = []
    recorder = Recorder(tmp_path, Node(segment_s=60, reserve_mb=16), facts.append)
    for item in in_order(list(camera(clip, seconds=6)), list(sound(6))):
        if isinstance(item, Packet):
            recorder.write(item)
        else:
            recorder.write_audio(item)
    assert recorder.drain(20)
    (opened,) = [fact for fact in facts if isinstance(fact, SegmentOpened)]
    path = tmp_path / opened.path
    data = path.read_bytes()
    table = fragments_of(path)
    recorder.close()
    spans = table.fragments
    for cut in (1, spans[-1].audio_bytes // 2, spans[-1].audio_bytes - 1, spans[-1].audio_bytes + 10):
        torn = tmp_path / "torn.mp4"
        torn.write_bytes(data[: table.whole_bytes - cut])
        again = fragments_of(torn)
        whole = spans[:-1] if cut > spans[-1].audio_bytes else spans
        assert len(again.fragments) == len(whole)
        assert again.packets == sum(span.packets for span in whole)
        assert again.whole_bytes <= len(data) - cut
        assert again.audio == MULAW
    recover(tmp_path, facts.append)


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 3000)), min_size=1, max_size=60),
    st.integers(0, 7200),
)
def test_places_never_go_back_and_follow_the_time_line(steps: list[tuple[int, int]], first_cts: int) -> None:
    times = SoundTimes(START_NS, first_cts)
    wall_ms, end = 0, 0
    for jitter_ms, pause_ms in steps:
        wall_ms += 20 + pause_ms
        packet = AudioPacket("c", StreamKind.MAIN, START_NS + (wall_ms + jitter_ms // 10) * NS_PER_MS, 160, MULAW, b"x")
        base, samples = times.place(AudioRun(MULAW, [packet]))
        assert base >= end
        end = base + sum(duration for duration, _ in samples)
        exact = (wall_ms + jitter_ms // 10) * 8 + first_cts * 8000 // 90_000
        assert base - exact >= -0.1 * 8000 - 1


@pytest.mark.parametrize("audio", [MULAW, AudioParameters(AudioCodec.AAC, bytes.fromhex("1408"), 16_000, 1)])
def test_an_init_segment_of_both_reads_back(audio: AudioParameters, clip: Clip, tmp_path: Path) -> None:
    parameters, _ = clip
    init = fmp4.init_segment(parameters, start_wall_ns=START_NS, camera_id="cam01", audio=audio)
    path = tmp_path / "init.mp4"
    path.write_bytes(init)
    table = fragments_of(path)
    assert table.audio == audio
    assert table.parameters == parameters


def test_a_mjpeg_file_reads_back(tmp_path: Path) -> None:
    parameters = CodecParameters(VideoCodec.MJPEG, b"", 640, 480)
    path = tmp_path / "init.mp4"
    path.write_bytes(fmp4.init_segment(parameters, start_wall_ns=START_NS, camera_id="cam01"))
    assert fragments_of(path).parameters == parameters
    assert TICKS == 3600
