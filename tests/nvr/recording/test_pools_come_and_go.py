"""A disk is added, and one is taken out, while everything is recorded: no hole, nothing lost, and a disk that is not fit is refused before it is used."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from nvr.app.pool_trial import newcomers, trial, try_all
from nvr.catalogue.segments import pool_of
from nvr.config import Node, Pool
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed
from nvr.recording import pooled
from nvr.recording.inventory import read_segment
from nvr.recording.pooled import PooledRecorder, recover_all
from nvr.recording.recorder import Recorder
from nvr.storage.pools import META, retired, take_into_use
from tests import waiting

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000_000_000_000
S = 10**9
MAIN = StreamKind.MAIN
CAMERAS = [f"cam{number:02d}" for number in range(1, 9)]


@dataclass
class Room:
    """A recorder over the pools that are configured now, and what it is fed."""

    folder: Path
    feeds: dict[str, Iterator[Packet]]
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recordings = self.folder / "recordings"
        self.recordings.mkdir()
        self.before = set(threading.enumerate())
        self.recorder = PooledRecorder(
            take_into_use(self.recordings, self.node()), Node(segment_s=5, reserve_mb=16), self.facts.append
        )

    def node(self, *names: str) -> Node:
        return Node(reserve_mb=16, pools=tuple(self.pool(name) for name in names))

    def pool(self, name: str) -> Pool:
        return Pool(name=name, path=self.folder / name, reserve_mb=16)

    def configure(self, *names: str) -> None:
        """As the ingest worker takes up a configuration with these pools."""
        places = take_into_use(self.recordings, self.node(*names))
        self.recorder.follow(places, self.recorder.open_pools(places))

    def play(self, seconds: int) -> None:
        for _ in range(seconds):
            for _ in range(25):
                for feed in self.feeds.values():
                    self.recorder.write(next(feed))
            assert self.recorder.drain(30)

    def homes(self) -> set[str]:
        return {pool.place.name for pool in self.recorder._home.values()}

    def closed_a(self) -> bool:
        """Whether nothing holds pool a any more."""
        mine = set(threading.enumerate()) - self.before
        return not any(thread.name in {"pool-a", "closing-a"} for thread in mine)

    def closed(self) -> list[SegmentClosed]:
        return [fact for fact in self.facts if isinstance(fact, SegmentClosed)]


@pytest.fixture
def room(tmp_path: Path, packets: Packets, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Looks at its pools all the time, and trusts a new one at once."""
    monkeypatch.setattr(pooled, "LOOK_NS", S // 100)
    monkeypatch.setattr(pooled, "STEADY_NS", 0)
    feeds = {each: packets(clip, each, seconds=90, start_wall_ns=START_NS) for each in CAMERAS}
    made = Room(tmp_path, feeds)
    yield made
    made.recorder.close()


until = partial(waiting.until, timeout_s=30)


def test_disks_come_and_go_without_a_hole(room: Room) -> None:
    room.play(3)
    assert room.homes() == {""}
    for name in ("a", "b"):
        (room.folder / name).mkdir()
    room.configure("a")
    room.play(3)
    assert room.homes() == {"a"}, "a pool goes before the data folder"
    room.configure("a", "b")
    room.play(3)
    assert room.homes() == {"a", "b"}
    kept = [fact for fact in room.closed() if pool_of(fact.path) == "a"]
    room.configure("b")
    room.play(3)
    assert room.homes() == {"b"}
    until(room.closed_a)
    written = {path: path.stat().st_mtime_ns for path in (room.folder / "a").rglob("*")}
    totals = room.recorder.totals()
    assert (totals["alive"], totals["pools_missing"], totals["facts_waiting"]) == (1, 0, 0)
    room.play(3)
    assert {path: path.stat().st_mtime_ns for path in (room.folder / "a").rglob("*")} == written, "read only"
    room.recorder.close()
    assert [fact for fact in room.facts if isinstance(fact, GapClosed)] == []
    assert sum(stats["packets_written"] for stats in room.recorder.stats().values()) == 15 * 25 * len(CAMERAS)
    for fact in room.closed():
        assert read_segment(room.recordings, fact.path, fact).sha256 == fact.sha256
    for camera_id in CAMERAS:
        spans = sorted((f.start_wall_ns, f.end_wall_ns) for f in room.closed() if f.camera_id == camera_id)
        assert spans[0][0] == START_NS
        assert spans[-1][1] == START_NS + 15 * S
        assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert kept, "what lies on the disk that went stays readable"
    (left,) = retired(room.recordings, take_into_use(room.recordings, room.node("b")))
    assert (left.name, left.present()) == ("a", True), "and goes when it is due"


def test_a_disk_that_goes_waits_for_no_camera_that_is_away(room: Room) -> None:
    for name in ("a", "b"):
        (room.folder / name).mkdir()
    room.configure("a")
    room.play(3)
    for camera_id in CAMERAS:
        room.recorder.interrupted(camera_id, MAIN, "link", "the line is down")
    room.recorder.drain(30)
    room.configure("b")
    room.recorder._look()  # else with the next packet of anybody
    assert room.homes() == {"b"}
    until(room.closed_a)
    room.recorder.drain(30)
    standing = [room.recorder._home[each, MAIN].recorder.stopped(each, MAIN) for each in CAMERAS]
    assert {(each.until_wall_ns, each.cause) for each in standing if each} == {(START_NS + 3 * S, "link")}
    assert len([each for each in standing if each]) == len(CAMERAS)


@pytest.mark.parametrize(("withdrawn", "cause"), [(True, "planned"), (False, "link")])
def test_why_a_stream_stands_still_goes_along_though_the_disk_is_slow(
    tmp_path: Path, clip: Clip, packets: Packets, *, withdrawn: bool, cause: str
) -> None:
    """It is let go while the word of why no more comes still waits behind its last fragments: else the hole would be nobody's."""
    gate = threading.Event()

    def record(_: Fact) -> None:
        gate.wait(30)

    recorder = Recorder(tmp_path, Node(segment_s=5, reserve_mb=16), record)
    for packet in itertools.islice(packets(clip, "cam01", seconds=3, start_wall_ns=START_NS), 75):
        recorder.write(packet)
    if withdrawn:
        recorder.withdraw("cam01", MAIN, "taken out")
    else:
        recorder.interrupted("cam01", MAIN, "link", "taken out")
    left = recorder.let_go("cam01", MAIN)
    gate.set()
    recorder.close()
    assert left is not None
    assert (left.until_wall_ns, left.cause, left.detail) == (START_NS + 3 * S, cause, "taken out")


def test_a_camera_that_was_taken_out_keeps_no_disk_and_comes_back_on_another(room: Room) -> None:
    for name in ("a", "b"):
        (room.folder / name).mkdir()
    room.configure("a")
    room.play(3)
    gone = CAMERAS[0]
    feed = room.feeds.pop(gone)
    room.recorder.withdraw(gone, MAIN, "taken out of the configuration")
    room.configure("b")
    room.play(3)
    until(room.closed_a)
    for _ in range(3 * 25):
        next(feed)
    room.recorder.expect(gone, MAIN)
    room.feeds[gone] = feed
    room.play(3)
    room.recorder.close()
    spans = sorted((f.start_wall_ns, f.end_wall_ns, pool_of(f.path)) for f in room.closed() if f.camera_id == gone)
    assert spans == [(START_NS, START_NS + 3 * S, "a"), (START_NS + 6 * S, START_NS + 9 * S, "b")]
    gaps = [fact for fact in room.facts if isinstance(fact, GapClosed) and fact.camera_id == gone]
    assert {fact.cause for fact in gaps} == {"planned"}


def test_a_change_of_mind_leaves_one_recorder_a_disk(room: Room) -> None:
    (room.folder / "a").mkdir()
    room.configure("a")
    room.play(2)
    places = take_into_use(room.recordings, room.node("a"))
    room.configure()
    opened = room.recorder.open_pools(places)
    assert opened == [], "it is still there"
    room.play(2)  # now it has gone
    assert room.homes() == {""}
    room.recorder.follow(places, opened)
    room.play(2)
    assert room.homes() == {"a"}
    room.configure()
    room.configure("a")
    room.play(2)
    assert [pool.place.name for pool in room.recorder._pools] == ["", "a"]
    assert room.homes() == {"a"}
    room.recorder.close()
    assert [fact for fact in room.facts if isinstance(fact, GapClosed)] == []


def test_a_disk_that_comes_back_has_its_torn_files_ended(room: Room) -> None:
    (room.folder / "a").mkdir()
    room.configure("a")
    room.play(2)
    for pool in room.recorder._pools:  # the process is gone: its locks with it
        if (markers := pool.recorder._writer._markers) is not None:
            os.close(markers._lock_fd)
            markers._lock_fd = -1
    facts: list[Fact] = []
    recover_all(take_into_use(room.recordings, room.node("a"))[1:], facts.append)
    found = [fact for fact in facts if isinstance(fact, SegmentClosed)]
    assert [(fact.recovered, pool_of(fact.path)) for fact in found] == [(True, "a")] * len(CAMERAS)


def test_only_what_is_new_is_tried(tmp_path: Path) -> None:
    old, new = Pool(name="a", path=tmp_path / "a"), Pool(name="b", path=tmp_path / "b")
    moved, wider = Pool(name="a", path=tmp_path / "c"), Pool(name="a", path=tmp_path / "a", reserve_mb=999)
    assert newcomers([old], [old, new]) == [new]
    assert newcomers([old, new], [new]) == []
    assert newcomers([old], [moved]) == [moved]
    assert newcomers([old], [wider]) == []


def test_what_is_not_fit_is_refused_with_the_reason(tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    pools = {name: Pool(name=name, path=tmp_path / name, reserve_mb=16) for name in ("a", "b", "c", "d", "e")}
    for name in ("a", "b", "c", "e"):
        pools[name].path.mkdir()
    assert trial(recordings, pools["a"]).fault == ""
    assert list(pools["a"].path.iterdir()) == [], "a trial leaves nothing"
    take_into_use(recordings, Node(pools=(pools["a"],)))
    (pools["b"].path / META).write_bytes((pools["a"].path / META).read_bytes())
    (pools["c"].path / "films").mkdir()
    assert "another pool's" in trial(recordings, pools["b"]).fault
    assert "not empty (films)" in trial(recordings, pools["c"]).fault
    assert "no such folder" in trial(recordings, pools["d"]).fault
    assert trial(recordings, pools["e"].model_copy(update={"reserve_mb": 2**30})).fault.startswith("no more than")
    assert trial(recordings, pools["a"]).fault == "", "its own disk"
    (pools["a"].path / META).unlink()
    assert "not marked as a pool" in trial(recordings, pools["a"]).fault, "an empty mount point"


def test_a_disk_that_hangs_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    monkeypatch.setattr("nvr.app.pool_trial.try_out", lambda _folder: answer.wait(30))
    (tmp_path / "recordings").mkdir()
    (tmp_path / "a").mkdir()

    async def tried() -> str:
        (found,) = await try_all(tmp_path / "recordings", [Pool(name="a", path=tmp_path / "a", reserve_mb=16)], 0.1)
        answer.set()
        return found.fault

    assert asyncio.run(tried()) == "the disk does not answer within 0.1 s"


@pytest.fixture
def ext4(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own on a loop device."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    image, mount = tmp_path / "image", tmp_path / "disk"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(96 * 2**20)
    for words in (["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], ["mount", "-o", "loop", str(image), str(mount)]):
        done = subprocess.run(words, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"{words[0]} does not work here: {done.stderr.decode().strip()}")
    yield mount
    subprocess.run(["umount", "-l", mount], check=False)


def test_a_real_disk_is_tried_full_read_only_and_gone(ext4: Path, tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    pool = Pool(name="d", path=ext4, reserve_mb=16)
    assert trial(recordings, pool).fault == "", "lost+found is no stranger"
    take_into_use(recordings, Node(pools=(pool,)))
    (ext4 / "cam01").write_bytes(bytes(70 * 2**20))
    assert trial(recordings, pool).fault != ""
    (ext4 / "cam01").unlink()
    assert trial(recordings, pool).fault == ""
    subprocess.run(["mount", "-o", "remount,ro", ext4], check=True)
    assert "Read-only" in trial(recordings, pool).fault
    subprocess.run(["umount", ext4], check=True)
    assert "not marked as a pool" in trial(recordings, pool).fault, "never the empty mount point"
