"""After a crash: nothing acknowledged is lost, nothing corrupt stays, and recovery itself may be killed."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import msgspec
import pytest

from nvr.config import Node
from nvr.journal import Position, read_journal
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed, SegmentOpened
from nvr.recording.boxes import fragments_of
from nvr.recording.recorder import Recorder
from nvr.recording.recovery import recover, where_stopped

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000_000_000_000
S = 10**9
MAIN = StreamKind.MAIN
CHILD = Path(__file__).with_name("crash_child.py")
ROUNDS = 24


class Killed(Exception):
    """The process ends here."""


def check_file(path: Path, fact: SegmentClosed) -> None:
    data = path.read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (fact.size_bytes, fact.sha256)
    table = fragments_of(path)
    assert table.whole_bytes == len(data)
    assert (table.packets, table.end_wall_ns) == (fact.packets, fact.end_wall_ns)


@pytest.fixture
def crashed(tmp_path: Path, packets: Packets, clip: Clip) -> Path:
    """A recordings folder as a killed recorder leaves it: one closed segment at least, and one open with 5 fragments."""
    live, dead = tmp_path / "live", tmp_path / "dead"
    recorder = Recorder(live, Node(segment_s=600), lambda _: None)
    for packet in packets(clip, seconds=6):
        recorder.write(packet)
    assert recorder.drain(10)
    shutil.copytree(live, dead)
    recorder.close()
    return dead


def only(folder: Path) -> Path:
    (path,) = folder.rglob("*.mp4")
    return path


def test_what_is_whole_is_closed(crashed: Path) -> None:
    facts: list[Fact] = []
    recover(crashed, facts.append)
    standstills = where_stopped(crashed)
    opened, closed = facts
    assert isinstance(opened, SegmentOpened)
    assert isinstance(closed, SegmentClosed)
    assert closed.recovered
    assert (closed.packets, closed.end_wall_ns) == (125, START_NS + 5 * S)
    assert closed.segment_id == opened.segment_id == fragments_of(only(crashed)).segment_id
    check_file(crashed / closed.path, closed)
    assert {key: (s.until_wall_ns, s.cause) for key, s in standstills.items()} == {
        ("cam01", MAIN): (START_NS + 5 * S, "software")
    }


def test_a_second_start_finds_nothing_to_do(crashed: Path) -> None:
    facts: list[Fact] = []
    before = where_stopped(crashed)
    recover(crashed, facts.append)
    facts.clear()
    recover(crashed, facts.append)
    assert facts == []
    assert where_stopped(crashed) == before, "the same before and after"


def test_a_start_that_dies_in_recovery_is_made_good_by_the_next(crashed: Path) -> None:
    taken: list[Fact] = []

    def record(fact: Fact) -> None:
        if len(taken) == 1:
            raise Killed
        taken.append(fact)

    with pytest.raises(Killed):
        recover(crashed, record)
    facts: list[Fact] = []
    recover(crashed, facts.append)
    assert [type(fact) for fact in facts] == [SegmentOpened, SegmentClosed]
    assert facts[0] == taken[0]


def test_a_journal_that_refuses_keeps_nobody_from_starting(crashed: Path) -> None:
    def refuse(fact: Fact) -> None:
        raise OSError(28, "No space left on device")

    recover(crashed, refuse)
    assert {s.cause for s in where_stopped(crashed).values()} == {"software"}
    facts: list[Fact] = []
    recover(crashed, facts.append)
    assert [type(fact) for fact in facts] == [SegmentOpened, SegmentClosed]


def test_any_torn_tail_is_cut_off(crashed: Path, tmp_path: Path) -> None:
    path = only(crashed)
    data = path.read_bytes()
    table = fragments_of(path)
    ends = [span.offset_bytes + span.size_bytes for span in table.fragments]
    rng = random.Random(3)
    for turn, cut in enumerate([*ends, *(end + 1 for end in ends[:-1]), *rng.sample(range(ends[0], len(data)), 12)]):
        root = tmp_path / f"cut{turn}"
        shutil.copytree(crashed, root)
        copy = root / path.relative_to(crashed)
        copy.write_bytes(data[:cut])
        facts: list[Fact] = []
        recover(root, facts.append)
        closed = facts[-1]
        assert isinstance(closed, SegmentClosed)
        whole = sum(end <= cut for end in ends)
        assert closed.size_bytes == ends[whole - 1]
        assert closed.end_wall_ns == table.fragments[whole - 1].end_wall_ns
        check_file(copy, closed)
        with av.open(str(copy), "r") as container:
            assert sum(1 for _ in container.decode(video=0)) == sum(span.packets for span in table.fragments[:whole])


def test_blocks_that_a_power_cut_left_empty_are_cut_off(crashed: Path) -> None:
    """The size was written, the data was not."""
    path = only(crashed)
    last = fragments_of(path).fragments[-1]
    with path.open("r+b") as file:
        file.seek(last.offset_bytes + last.size_bytes // 2)
        file.write(bytes(last.size_bytes - last.size_bytes // 2))
    facts: list[Fact] = []
    before = where_stopped(crashed)
    recover(crashed, facts.append)
    closed = facts[-1]
    assert isinstance(closed, SegmentClosed)
    assert closed.end_wall_ns == START_NS + 4 * S
    assert before == where_stopped(crashed)
    assert before["cam01", MAIN].until_wall_ns == closed.end_wall_ns, "known before the file was cut"
    check_file(path, closed)


@pytest.mark.parametrize("size_bytes", [0, 100, 800])
def test_a_file_without_a_whole_fragment_goes_and_its_row_may_go(crashed: Path, size_bytes: int) -> None:
    path = only(crashed)
    os.truncate(path, size_bytes)
    facts: list[Fact] = []
    recover(crashed, facts.append)
    (closed,) = facts
    assert isinstance(closed, SegmentClosed)
    assert (closed.packets, closed.size_bytes, closed.end_wall_ns) == (0, 0, closed.start_wall_ns)
    assert not path.exists()


def test_much_data_that_cannot_be_read_is_kept_for_a_person(crashed: Path) -> None:
    path = only(crashed)
    with path.open("r+b") as file:
        file.write(b"\xff" * 100)
    facts: list[Fact] = []
    recover(crashed, facts.append)
    assert [fact.packets for fact in facts if isinstance(fact, SegmentClosed)] == [0]
    assert not path.exists()
    assert path.with_name(f"{path.name}.damaged").exists()


def test_markers_are_not_trusted(crashed: Path, tmp_path: Path) -> None:
    """Neither a torn one nor one that points elsewhere does harm, nor stops the others."""
    victim = tmp_path / "precious.mp4"
    victim.write_text("mine")
    (marker,) = [path for path in (crashed / ".open").glob("*/*") if path.name != "lock"]
    opened = msgspec.json.decode(marker.read_bytes(), type=SegmentOpened)
    marker.with_name("0-torn").write_bytes(b'{"type":"segm')
    marker.with_name("1-evil").write_bytes(msgspec.json.encode(msgspec.structs.replace(opened, path="../precious.mp4")))
    marker.with_name("2-notes").write_bytes(msgspec.json.encode(msgspec.structs.replace(opened, path=str(victim))))
    facts: list[Fact] = []
    recover(crashed, facts.append)
    assert victim.read_text() == "mine"
    assert [fact.path for fact in facts if isinstance(fact, SegmentClosed)] == [opened.path]


def test_a_living_recorder_is_left_alone(tmp_path: Path, packets: Packets, clip: Clip) -> None:
    """Another worker starts while this one records into the same folder."""
    facts: list[Fact] = []
    recorder = Recorder(tmp_path, Node(segment_s=600), facts.append)
    run = list(packets(clip, seconds=6))
    for packet in run[:100]:
        recorder.write(packet)
    assert recorder.drain(10)
    others: list[Fact] = []
    recover(tmp_path, others.append)
    assert others == []
    for packet in run[100:]:
        recorder.write(packet)
    recorder.close()
    closed = facts[-1]
    assert isinstance(closed, SegmentClosed)
    assert closed.packets == 150
    check_file(tmp_path / closed.path, closed)


def test_a_link_that_was_down_before_the_crash_stays_the_cause(tmp_path: Path, packets: Packets, clip: Clip) -> None:
    live, dead = tmp_path / "live", tmp_path / "dead"
    recorder = Recorder(live, Node(segment_s=600), lambda _: None)
    for packet in packets(clip, "cam01", seconds=3):
        recorder.write(packet)
    for packet in packets(clip, "cam02", seconds=3):
        recorder.write(packet)
    recorder.interrupted("cam01", MAIN, "link", "no route")
    assert recorder.drain(10)
    shutil.copytree(live, dead)
    recorder.close()
    recover(dead, lambda _: None)
    standstills = where_stopped(dead)
    assert {key[0]: (s.until_wall_ns, s.cause) for key, s in standstills.items()} == {
        "cam01": (START_NS + 3 * S, "link"),
        "cam02": (START_NS + 2 * S, "software"),
    }


def test_no_recordings_yet(tmp_path: Path) -> None:
    recover(tmp_path / "none", lambda _: None)
    assert where_stopped(tmp_path / "none") == {}


def test_kill_9_at_any_moment(tmp_path: Path, clip_file: Path) -> None:
    """Again and again on the same folder: nothing acknowledged is lost, at most 2 s per stream are, no file is corrupt."""
    rng = random.Random(11)
    recordings = tmp_path / "recordings"
    acknowledged: dict[str, tuple[int, str]] = {}
    lost_s: list[float] = []
    expected_gaps = 0
    for turn in range(ROUNDS):
        start_wall_ns = START_NS + turn * 3600 * S
        given = _record_and_kill(
            [str(tmp_path), str(clip_file), str(start_wall_ns)], rng.randint(5, 60), rng.random() * 0.02, acknowledged
        )
        standstills = where_stopped(recordings)
        for number in range(3):
            stop = standstills[f"cam{number}", MAIN]
            # Packets before a stream's first key frame are not lost: nothing can show them.
            if given * 3600 > 2 * 90_000:
                lost_s.append((start_wall_ns + given * 40_000_000 - stop.until_wall_ns) / S)
                expected_gaps += turn < ROUNDS - 1
    recover(recordings, lambda _: None)
    assert len(lost_s) > ROUNDS
    assert max(lost_s) <= 2.0
    for name, (size_bytes, sha256) in acknowledged.items():
        data = (recordings / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (size_bytes, sha256)
    facts = [fact for fact, _ in read_journal(tmp_path / "journal", Position(), limit=10**9)]
    by_path = {fact.path: fact for fact in facts if isinstance(fact, SegmentClosed)}
    assert {fact.path for fact in facts if isinstance(fact, SegmentOpened)} <= set(by_path) | {
        str(path.relative_to(recordings)) for path in recordings.rglob("*.mp4")
    }
    for path in recordings.rglob("*.mp4"):
        table = fragments_of(path)
        assert table.whole_bytes == path.stat().st_size, "a file was left torn"
        known = by_path.get(str(path.relative_to(recordings)))
        if known is not None and known.packets:
            check_file(path, known)
    gaps = [fact for fact in facts if isinstance(fact, GapClosed)]
    assert all(gap.cause == "software" for gap in gaps)
    assert len(gaps) >= expected_gaps
    assert not list((recordings / ".open").glob("[!.]*"))


def _record_and_kill(arguments: list[str], lines: int, delay_s: float, acknowledged: dict[str, tuple[int, str]]) -> int:
    """Let the child record until it has said so many lines and a moment more; the last frame number that it gave."""
    given = -1
    with subprocess.Popen([sys.executable, CHILD, *arguments], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "ready\n"
            for count, line in enumerate(child.stdout, 1):
                if count == lines:
                    time.sleep(delay_s)  # not to wait for something: to be killed in the middle of something
                    child.kill()
                kind, *rest = line.split()
                if not line.endswith("\n"):
                    break
                if kind == "given":
                    given = int(rest[0])
                else:
                    acknowledged[rest[0]] = (int(rest[1]), rest[2])
        finally:
            child.kill()
    assert child.returncode == -9
    return given
