"""The recorder on real files and disks, healthy and sick."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import pytest

from nvr.clock import SimulatedClock
from nvr.config import Node
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed, SegmentOpened
from nvr.recording.boxes import fragments_of
from nvr.recording.recorder import QUEUE_S, Recorder
from nvr.recording.recovery import recover, where_stopped

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000_000_000_000
S = 10**9
MAIN = StreamKind.MAIN


class AlwaysRoom:
    """Lets writes run into the full disk itself."""

    def has_room(self) -> bool:
        return True


def closed(facts: list[Fact]) -> list[SegmentClosed]:
    return [fact for fact in facts if isinstance(fact, SegmentClosed)]


def gaps(facts: list[Fact]) -> list[tuple[int, int, str]]:
    """Start and end in seconds since START_NS, and the cause; one that was told as it grew, once."""
    longest = {fact.gap_id: fact for fact in facts if isinstance(fact, GapClosed)}
    return [
        ((fact.start_wall_ns - START_NS) // S, (fact.end_wall_ns - START_NS) // S, fact.cause)
        for fact in longest.values()
    ]


def demuxed(path: Path) -> list[tuple[int, int, bool, bytes]]:
    with av.open(str(path), "r") as container:
        return [(p.dts or 0, p.pts or 0, p.is_keyframe, bytes(p)) for p in container.demux() if p.size]


def assert_true(root: Path, facts: list[Fact]) -> None:
    """Every closed segment is the file that its fact describes, and decodes from its first picture."""
    for fact in closed(facts):
        path = root / fact.path
        data = path.read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (fact.size_bytes, fact.sha256)
        found = demuxed(path)
        assert len(found) == fact.packets
        assert found[0][2]


@pytest.fixture
def facts() -> list[Fact]:
    return []


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


def test_the_files_hold_the_packets(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip_b_frames: Clip
) -> None:
    """Packet for packet over several segments: bytes, key flags, and times less the segment's start."""
    run = list(packets(clip_b_frames, seconds=14))
    with closing(Recorder(tmp_path, node, facts.append)) as recorder:
        for packet in run:
            recorder.write(packet)
    assert_true(tmp_path, facts)
    segments = closed(facts)
    assert len(segments) >= 3
    found = []
    for segment in segments:
        first = next(p for p in run if p.wall_ns == segment.start_wall_ns)
        content = demuxed(tmp_path / segment.path)
        assert content[0][0] == 0, "each file begins at time 0"
        found += [(dts + first.dts, pts + first.dts, key, data) for dts, pts, key, data in content]
    assert found == [(p.dts, p.pts, p.is_keyframe, p.data) for p in run]
    assert [s.end_wall_ns for s in segments[:-1]] == [s.start_wall_ns for s in segments[1:]]
    assert segments[-1].end_wall_ns == START_NS + 14 * S
    assert gaps(facts) == []


def test_no_fact_comes_before_its_bytes(tmp_path: Path, node: Node, packets: Packets, clip: Clip) -> None:
    order: list[str] = []

    def record(fact: Fact) -> None:
        assert isinstance(fact, SegmentOpened | SegmentClosed)
        path = tmp_path / fact.path
        assert [marker.name for marker in (tmp_path / ".open").glob("*/*") if marker.name != "lock"] == [
            fact.segment_id
        ]
        if isinstance(fact, SegmentOpened):
            table = fragments_of(path)
            assert (table.segment_id, table.camera_id) == (fact.segment_id, "cam01")
            assert (table.start_wall_ns, table.epoch_ns) == (fact.start_wall_ns, fact.epoch_ns)
            order.append("opened")
        else:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == fact.sha256
            order.append("closed")

    recorder = Recorder(tmp_path, node, record)
    for packet in packets(clip, seconds=12):
        recorder.write(packet)
    recorder.close()
    assert recorder.totals()["faults"] == 0
    assert order == ["opened", "closed"] * (len(order) // 2)
    assert len(order) >= 6
    assert list((tmp_path / ".open").iterdir()) == []


def test_an_open_file_plays(tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip) -> None:
    node = node.model_copy(update={"segment_s": 600})
    with closing(Recorder(tmp_path, node, facts.append)) as recorder:
        for packet in packets(clip, seconds=8):
            recorder.write(packet)
        assert recorder.drain(10)
        assert [type(fact) for fact in facts] == [SegmentOpened]
        (path,) = tmp_path.rglob("*.mp4")
        done = subprocess.run(
            [
                "ffprobe",
                "-v",
                "warning",
                "-count_frames",
                "-show_entries",
                "stream=nb_read_frames",
                "-of",
                "csv=p=0",
                path,
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        # The last second is still being gathered.
        assert (done.stdout.strip(), done.stderr) == ("175", "")
        stats = recorder.stats()["cam01/main"]
        assert (stats["packets_written"], stats["queue_depth"], stats["dropped"]) == (175, 0, 0)
        assert stats["bytes_written"] > 0
        assert stats["fsync_p95_ms"] > 0


def test_streams_do_not_mix(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip, clip_h265: Clip
) -> None:
    runs = [
        packets(clip, "cam01", MAIN, seconds=6),
        packets(clip_h265, "cam01", StreamKind.SUB, seconds=6),
        packets(clip, "cam02", MAIN, seconds=6),
    ]
    with closing(Recorder(tmp_path, node, facts.append)) as recorder:
        for group in zip(*runs, strict=True):
            for packet in group:
                recorder.write(packet)
    assert_true(tmp_path, facts)
    assert {(f.camera_id, f.stream): 0 for f in closed(facts)}.keys() == {
        ("cam01", MAIN),
        ("cam01", StreamKind.SUB),
        ("cam02", MAIN),
    }
    for fact in closed(facts):
        assert fact.path.startswith(f"{fact.camera_id}/{fact.stream}/")
    assert sum(fact.packets for fact in closed(facts)) == 3 * 150


def test_an_interruption_ends_the_segment_and_explains_the_gap(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip, clock: SimulatedClock
) -> None:
    with closing(Recorder(tmp_path, node, facts.append, clock)) as recorder:
        for packet in packets(clip, seconds=2):
            recorder.write(packet)
        clock.advance(seconds=4)
        recorder.interrupted("cam01", MAIN, "link", "no route")
        assert recorder.drain(10)
        (end,) = closed(facts)
        assert (end.packets, end.end_wall_ns) == (50, START_NS + 2 * S)
        clock.advance(seconds=6)
        recorder.interrupted("cam01", MAIN, "authentication")
        clock.advance(seconds=10)
        for packet in packets(clip, seconds=2, start_wall_ns=START_NS + 20 * S):
            recorder.write(packet)
    assert gaps(facts) == [(2, 10, "link"), (10, 20, "authentication")]
    kinds = [type(fact).__name__ for fact in facts if not isinstance(fact, GapClosed)]
    assert kinds == ["SegmentOpened", "SegmentClosed"] * 2


def test_a_camera_that_is_never_reached_has_a_gap_from_the_start_on(
    tmp_path: Path, node: Node, facts: list[Fact], clock: SimulatedClock
) -> None:
    """Without a single packet: the time before the first time-out counts, and the gap is told while it goes on."""
    with closing(Recorder(tmp_path, node, facts.append, clock)) as recorder:
        recorder.expect("cam01", MAIN)
        clock.advance(seconds=8)
        recorder.interrupted("cam01", MAIN, "link", "no route")
        assert recorder.drain(10)
        assert gaps(facts) == []
        clock.advance(seconds=60)
        assert recorder.drain(10)
        assert recorder.drain(10)
        assert gaps(facts) == [(0, 68, "link")]
    clock.advance(seconds=32)
    recover(tmp_path, facts.append)
    standstills = where_stopped(tmp_path)
    with closing(Recorder(tmp_path, node, facts.append, clock, standstills=standstills)) as recorder:
        recorder.expect("cam01", MAIN)
        clock.advance(seconds=5)
        recorder.interrupted("cam01", MAIN, "authentication")
        clock.advance(seconds=5)
    assert gaps(facts)[:2] == [(0, 68, "link"), (68, 100, "planned")]


def test_a_link_that_was_down_when_the_machine_died_is_known_up_to_the_last_look(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip, clock: SimulatedClock
) -> None:
    """Seen down for 40 s, then nobody looked for an hour: 40 s of link, an hour of software, and the link again from the start on."""
    dying = Recorder(tmp_path, node, facts.append, clock)
    for packet in packets(clip, seconds=2):
        dying.write(packet)
    clock.advance(seconds=2)
    dying.interrupted("cam01", MAIN, "link")
    assert dying.drain(10)
    clock.advance(seconds=40)
    assert dying.drain(10)
    assert dying.drain(10)
    at_death = list(facts)
    notes = (tmp_path / "cam01" / "main" / "coverage.json").read_bytes()
    dying.close()
    (tmp_path / "cam01" / "main" / "coverage.json").write_bytes(notes)
    clock.advance(seconds=3600)
    recover(tmp_path, at_death.append)
    standstills = where_stopped(tmp_path)
    with closing(Recorder(tmp_path, node, at_death.append, clock, standstills=standstills)) as recorder:
        recorder.expect("cam01", MAIN)
        clock.advance(seconds=10)
        recorder.interrupted("cam01", MAIN, "link")
        clock.advance(seconds=10)
    assert gaps(at_death) == [(2, 42, "link"), (42, 3642, "software"), (3642, 3662, "link")]


def test_a_planned_stop_is_a_planned_gap(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip, clock: SimulatedClock
) -> None:
    for start_s in (0, 30):
        recover(tmp_path, facts.append)
        standstills = where_stopped(tmp_path)
        with closing(Recorder(tmp_path, node, facts.append, clock, standstills=standstills)) as recorder:
            for packet in packets(clip, seconds=2, start_wall_ns=START_NS + start_s * S):
                recorder.write(packet)
            clock.advance(seconds=10)
        clock.advance(seconds=20)
    assert gaps(facts) == [(2, 30, "planned")]


def test_a_link_that_was_down_when_we_stopped_is_told_from_the_stop(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip, clock: SimulatedClock
) -> None:
    with closing(Recorder(tmp_path, node, facts.append, clock)) as recorder:
        for packet in packets(clip, seconds=2):
            recorder.write(packet)
        recorder.interrupted("cam01", MAIN, "link")
        clock.advance(seconds=10)
    clock.advance(seconds=10)
    recover(tmp_path, facts.append)
    standstills = where_stopped(tmp_path)
    with closing(Recorder(tmp_path, node, facts.append, clock, standstills=standstills)) as recorder:
        for packet in packets(clip, seconds=2, start_wall_ns=START_NS + 20 * S):
            recorder.write(packet)
    assert gaps(facts) == [(2, 10, "link"), (10, 20, "planned")]


def test_a_wall_clock_set_back_overwrites_nothing(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip
) -> None:
    with closing(Recorder(tmp_path, node, facts.append)) as recorder:
        for epoch in range(3):
            for packet in packets(clip, seconds=2):
                recorder.write(replace(packet, epoch_ns=packet.epoch_ns + epoch))
    assert_true(tmp_path, facts)
    assert len({fact.path for fact in closed(facts)}) == 3
    assert {fact.start_wall_ns for fact in closed(facts)} == {START_NS}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    root = tmp_path / "small"
    root.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", root], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.decode().strip()}")
    yield root
    subprocess.run(["umount", "-l", root], check=True)


@pytest.mark.parametrize(("segment_s", "fragment_ms"), [(5, 1000), (600, 300)])
def test_a_full_disk_pauses_recording_and_room_resumes_it(
    small_disk: Path,
    node: Node,
    facts: list[Fact],
    packets: Packets,
    clip: Clip,
    clock: SimulatedClock,
    caplog: pytest.LogCaptureFixture,
    segment_s: int,
    fragment_ms: int,
) -> None:
    """Whether a file can't be begun or can't go on; with fragments that begin with key frames only, or not."""
    node = node.model_copy(update={"segment_s": segment_s, "fragment_ms": fragment_ms})
    recorder = Recorder(small_disk, node, facts.append, clock, room=AlwaysRoom())
    run = list(packets(clip, seconds=40))
    for packet in run[:500]:
        recorder.write(packet)
        if packet.seq % 25 == 0:
            clock.advance(seconds=1)
            assert recorder.drain(10)
    stats = recorder.stats()["cam01/main"]
    assert stats["dropped"] > 0
    assert stats["failing"] == 1
    assert len([r for r in caplog.records if "can't be written" in r.message]) == 1, "one line a minute, not one a try"
    assert_true(small_disk, facts)
    before = closed(facts)
    for fact in before:
        (small_disk / fact.path).unlink()
    facts.clear()
    for packet in run[500:600]:
        recorder.write(packet)
        if packet.seq % 25 == 0:
            clock.advance(seconds=1)
            assert recorder.drain(10)
    recorder.close()
    assert_true(small_disk, facts)
    ((start_s, end_s, cause),) = gaps(facts)
    assert cause == "disk"
    assert START_NS + start_s * S <= before[-1].end_wall_ns
    assert end_s <= 22
    assert sum(fact.packets for fact in [*before, *closed(facts)]) + recorder.stats()["cam01/main"]["dropped"] == 600


def test_the_reserve_is_not_touched(
    small_disk: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip, clock: SimulatedClock
) -> None:
    subprocess.run(["mount", "-o", "remount,size=18m", small_disk], check=True)
    with closing(Recorder(small_disk, node, facts.append, clock)) as recorder:
        for packet in packets(clip, seconds=20):
            recorder.write(packet)
            if packet.seq % 25 == 0:
                clock.advance(seconds=1)
                assert recorder.drain(10)
        assert recorder.stats()["cam01/main"]["dropped"] > 0
    # The probe looks once a second: what comes in one second may be missing, and the files' last pages.
    assert shutil.disk_usage(small_disk).free > (16 - 1) * 1024 * 1024
    assert_true(small_disk, facts)


def test_a_probe_that_fails_counts_as_no_room(tmp_path: Path, node: Node, packets: Packets, clip: Clip) -> None:
    facts: list[Fact] = []
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    clock = SimulatedClock()
    recorder = Recorder(blocked, node, facts.append, clock)
    run = list(packets(clip, seconds=10))
    for packet in run[:100]:
        recorder.write(packet)
    assert recorder.drain(10)
    assert facts == []
    assert recorder.stats()["cam01/main"]["failing"] == 1
    blocked.unlink()
    clock.advance(seconds=2)
    for packet in run[100:]:
        recorder.write(packet)
    recorder.close()
    assert_true(blocked, facts)
    assert [cause for *_, cause in gaps(facts)] == ["disk"]


def test_one_sick_folder_leaves_the_other_cameras_alone(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip
) -> None:
    (tmp_path / "cam01").write_text("a file where the folder should be")
    with closing(Recorder(tmp_path, node, facts.append)) as recorder:
        for a, b in zip(packets(clip, "cam01", seconds=4), packets(clip, "cam02", seconds=4), strict=True):
            recorder.write(a)
            recorder.write(b)
    assert {fact.camera_id for fact in closed(facts)} == {"cam02"}
    assert sum(fact.packets for fact in closed(facts)) == 100
    assert recorder.stats()["cam01/main"]["dropped"] == 100


def test_a_stream_that_no_file_can_hold_leaves_the_others_alone(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip
) -> None:
    sick = (CodecParameters(clip[0].codec, b"", 320, 180), clip[1])
    with closing(Recorder(tmp_path, node, facts.append)) as recorder:
        for a, b in zip(packets(sick, "cam01", seconds=4), packets(clip, "cam02", seconds=4), strict=True):
            recorder.write(a)
            recorder.write(b)
    assert {fact.camera_id for fact in closed(facts)} == {"cam02"}
    assert list(tmp_path.glob("cam01/**/*.mp4")) == []


def test_a_fault_of_our_own_in_one_stream_does_not_end_the_thread(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, node, facts.append)
    with caplog.at_level(logging.CRITICAL):
        for a, b in zip(packets(clip, "cam01", seconds=4), packets(clip, "cam02", seconds=4), strict=True):
            recorder.write(replace(a, wall_ns=-a.wall_ns))  # breaks the contract: no such time fits into the file
            recorder.write(b)
        recorder.close()
    assert recorder.totals()["faults"] > 0
    assert {fact.camera_id for fact in closed(facts)} == {"cam02"}
    assert_true(tmp_path, facts)


def test_a_journal_that_refuses_gets_every_fact_later_in_order(
    tmp_path: Path, node: Node, packets: Packets, clip: Clip, clock: SimulatedClock
) -> None:
    taken: list[Fact] = []
    refusing = True

    def record(fact: Fact) -> None:
        if refusing:
            raise OSError(28, "No space left on device")
        taken.append(fact)

    recorder = Recorder(tmp_path, node, record, clock)
    run = list(packets(clip, seconds=20))
    for packet in run[:400]:
        recorder.write(packet)
    assert recorder.drain(10)
    assert recorder.totals()["facts_waiting"] >= 4
    markers = [path for path in (tmp_path / ".open").glob("*/*") if path.name != "lock"]
    assert len(markers) == len(list(tmp_path.rglob("*.mp4"))), (
        "a marker stays until its segment's end is in the journal"
    )
    refusing = False
    clock.advance(seconds=2)
    for packet in run[400:]:
        recorder.write(packet)
    recorder.close()
    assert_true(tmp_path, taken)
    assert sum(fact.packets for fact in closed(taken)) == 500
    starts = [fact.start_wall_ns for fact in taken if isinstance(fact, SegmentOpened)]
    assert starts == sorted(starts)
    assert not (tmp_path / ".open").exists() or not list((tmp_path / ".open").iterdir())


def test_a_disk_that_hangs_fills_the_queue_and_never_ingest(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip_b_frames: Clip
) -> None:
    node = node.model_copy(update={"segment_s": 600})
    release = threading.Event()

    def record(fact: Fact) -> None:
        assert release.wait(60)
        facts.append(fact)

    recorder = Recorder(tmp_path, node, record)
    run = list(packets(clip_b_frames, seconds=80))
    for packet in run[:1500]:
        recorder.write(packet)
    held = recorder.stats()["cam01/main"]
    assert 30 <= held["queue_s"] <= QUEUE_S + 1
    assert held["dropped"] > 0
    release.set()
    assert recorder.drain(30)
    assert recorder.stats()["cam01/main"]["queue_depth"] == 0
    for packet in run[1500:]:
        recorder.write(packet)
    recorder.close()
    assert_true(tmp_path, facts)
    (gap,) = [fact for fact in facts if isinstance(fact, GapClosed)]
    first, second = closed(facts)
    assert (gap.start_wall_ns, gap.end_wall_ns, gap.cause) == (first.end_wall_ns, second.start_wall_ns, "disk")
    after = recorder.stats()["cam01/main"]
    assert first.packets + second.packets + after["dropped"] + after["waiting"] == len(run)
    assert first.packets >= 30 * 25


def test_writing_after_the_end_is_counted_and_harmless(
    tmp_path: Path, node: Node, facts: list[Fact], packets: Packets, clip: Clip
) -> None:
    recorder = Recorder(tmp_path, node, facts.append)
    run = list(packets(clip, seconds=2))
    for packet in run[:25]:
        recorder.write(packet)
    recorder.close()
    recorder.close()
    for packet in run[25:]:
        recorder.write(packet)
    recorder.interrupted("cam01", MAIN, "link")
    assert recorder.stats()["cam01/main"]["dropped"] == 25
    assert sum(fact.packets for fact in closed(facts)) == 25
    assert recorder.totals()["alive"] == 0


def test_the_account_of_a_stream_that_is_taken_out_ends_there(
    tmp_path: Path, node: Node, facts: list[Fact], clock: SimulatedClock, packets: Packets, clip: Clip
) -> None:
    """Whatever comes after: no gap is told any more. Comes it back, what lies between is one planned gap; recorded and gaps are all of the time."""
    with closing(Recorder(tmp_path, node, facts.append, clock)) as recorder:
        recorder.expect("cam01", MAIN)
        for packet in packets(clip, seconds=10):
            recorder.write(packet)
        clock.advance(seconds=10)
        recorder.interrupted("cam01", MAIN, "link", "no route")
        assert recorder.drain(10)
        clock.advance(seconds=30)
        recorder.withdraw("cam01", MAIN, "taken out")
        assert recorder.drain(10)
        assert gaps(facts) == [(10, 40, "link")]
        for _ in range(3):
            clock.advance(seconds=60)
            assert recorder.drain(10)
            assert recorder.drain(10), "its thread has looked at the clock between the two"
        assert gaps(facts) == [(10, 40, "link")], "nothing is told of a stream that nobody wants"
        recorder.expect("cam01", MAIN)
        clock.advance(seconds=20)
        for packet in packets(clip, seconds=5, start_wall_ns=START_NS + 240 * S):
            recorder.write(packet)
    assert gaps(facts) == [(10, 40, "link"), (40, 240, "planned")]
    recorded = [((each.start_wall_ns - START_NS) // S, (each.end_wall_ns - START_NS) // S) for each in closed(facts)]
    assert (recorded[0][0], recorded[-1][1]) == (0, 245)
    assert sum(end - start for start, end in recorded) + 30 + 200 == 245
