"""A recordings folder that is a disk of its own: recording goes on while it is away, and on it again once it is mounted, without a start."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from nvr.app.fsck import Check, Level
from nvr.app.places import Places
from nvr.catalogue import segments
from nvr.catalogue.segments import SegmentRow, pool_of
from nvr.config import Config, Node
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed
from nvr.recording import pooled, writer
from nvr.recording.inventory import read_segment
from nvr.recording.pooled import PooledRecorder, PoolRoom, last_stops, recover_all
from nvr.recording.recorder import Recorder
from nvr.storage import home_disk
from nvr.storage.pools import MEANWHILE, take_into_use
from tests import waiting
from tests.nvr.storage.mounted import Mounted, mounted_room

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
S = 10**9
START_NS = 1_790_000_000 * S
MAIN = StreamKind.MAIN
NODE = Node(segment_s=5, reserve_mb=16, headroom_mb=16)
CONFIG = Config.model_validate(
    {"node": NODE, "cameras": [{"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}]}
)
until = partial(waiting.until, timeout_s=30)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mounted]:
    monkeypatch.setattr(pooled, "LOOK_NS", S // 100)
    monkeypatch.setattr(pooled, "GIVE_UP_NS", 0)
    monkeypatch.setattr(pooled, "STEADY_NS", 0)
    for made in mounted_room(tmp_path):
        home_disk.remember(made.recordings)
        yield made


def start(room: Mounted, facts: list[Fact]) -> PooledRecorder:
    places = take_into_use(room.recordings, NODE)
    recover_all(places, facts.append)
    return PooledRecorder(places, NODE, facts.append, standstills=last_stops(places))


def play(recorder: PooledRecorder | Recorder, feed: Iterator[Packet], seconds: int) -> None:
    for _ in range(seconds):
        for _ in range(25):
            recorder.write(next(feed))
        assert recorder.drain(30)


def closed(facts: list[Fact]) -> list[SegmentClosed]:
    return [fact for fact in facts if isinstance(fact, SegmentClosed)]


def well(recorder: PooledRecorder, name: str, *, wanted: bool) -> Callable[[], bool]:
    (pool,) = (each for each in recorder._pools if each.place.name == name)
    return lambda: pool.watch.well is wanted


def take_up(room: Mounted, facts: list[Fact]) -> None:
    with room.catalogue.write() as tx:
        for fact in closed(facts):
            row = SegmentRow(
                fact.segment_id, fact.camera_id, fact.stream, 0, fact.start_wall_ns, fact.end_wall_ns,
                fact.path, "h264", 320, 180, fact.size_bytes, fact.packets, fact.sha256,
            )  # fmt: skip
            segments.closed(tx, row)


def test_started_without_its_disk_it_records_where_mounting_hides_nothing(
    room: Mounted, packets: Packets, clip: Clip
) -> None:
    feed, facts = packets(clip, seconds=60, start_wall_ns=START_NS), list[Fact]()
    recorder = start(room, facts)
    play(recorder, feed, 6)
    recorder.close()
    room.unmount()
    home_disk.remember(room.recordings)
    recorder = start(room, facts)
    places = Places(room.recordings, CONFIG)
    assert [(each.name, each.present()) for each in places.every()] == [("", False), (MEANWHILE, True)]
    play(recorder, feed, 6)
    meanwhile = [fact for fact in closed(facts) if pool_of(fact.path) == MEANWHILE]
    assert meanwhile
    for fact in meanwhile:
        assert read_segment(room.recordings, fact.path, fact).sha256 == fact.sha256, "seen while the disk is away"
    assert not (room.recordings / "cam01").exists(), "nothing lies beneath"
    room.remount()
    until(well(recorder, "", wanted=True))
    assert [(each.name, each.present()) for each in places.every()] == [("", True), (MEANWHILE, True)]
    play(recorder, feed, 8)
    assert {pool.place.name for pool in recorder._home.values()} == {""}
    recorder.close()
    assert pool_of(closed(facts)[-1].path) == ""
    gaps = [f for f in facts if isinstance(f, GapClosed) and f.cause not in {"software", "planned"}]
    assert gaps == [], "back on its disk at a key frame, without a hole"
    take_up(room, facts)
    report = Check(room.recordings, room.folder / "journal", room.catalogue).run(Level.HASH, repair=True)
    assert report.findings == [], report
    assert all(room.rows().values())


def test_a_disk_that_goes_while_it_records_costs_seconds(room: Mounted, packets: Packets, clip: Clip) -> None:
    feed, facts = packets(clip, seconds=60, start_wall_ns=START_NS), list[Fact]()
    recorder = start(room, facts)
    play(recorder, feed, 3)
    room.unmount()
    until(well(recorder, "", wanted=False))
    play(recorder, feed, 6)
    assert {pool.place.name for pool in recorder._home.values()} == {MEANWHILE}
    assert not (room.recordings / "cam01").exists(), "nothing lies beneath"
    room.remount()
    until(well(recorder, "", wanted=True))
    play(recorder, feed, 6)
    assert {pool.place.name for pool in recorder._home.values()} == {""}
    recorder.close()
    for fact in closed(facts):
        assert read_segment(room.recordings, fact.path, fact).sha256 == fact.sha256
    lost_ns = sum(f.end_wall_ns - f.start_wall_ns for f in facts if isinstance(f, GapClosed) and f.cause == "disk")
    assert lost_ns <= 3 * S


def test_nothing_is_made_beneath_before_it_is_noticed_that_the_disk_went(
    room: Mounted, packets: Packets, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever begins a file between two looks at the disk finds no place for its marker there, and leaves no folder either."""
    monkeypatch.setattr(pooled, "LOOK_NS", 3600 * S)
    monkeypatch.setattr(writer, "NS_PER_S", 3600 * S)
    feed, facts = packets(clip, seconds=60, start_wall_ns=START_NS), list[Fact]()
    recorder = start(room, facts)
    play(recorder, feed, 3)
    room.unmount()
    play(recorder, feed, 8)
    assert list(room.recordings.rglob("*")) == []
    room.remount()
    recorder.close()


def test_a_disk_that_comes_back_as_another_device_gets_new_files(room: Mounted, packets: Packets, clip: Clip) -> None:
    """A USB enclosure that was plugged out, or a copy of the disk: too quick for anybody to have seen that it was away."""
    feed, facts = packets(clip, seconds=600, start_wall_ns=START_NS), list[Fact]()
    home = take_into_use(room.recordings, NODE)[0]
    recorder = Recorder(room.recordings, NODE, facts.append, room=PoolRoom(home), present=home.present)
    play(recorder, feed, 3)
    mark = (room.recordings / home_disk.MARK).read_bytes()
    copy = room.folder / "copy"
    copy.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(copy)], check=True)
    (copy / home_disk.MARK).write_bytes(mark)
    subprocess.run(["mount", "--move", str(copy), str(room.recordings)], check=True)

    def there() -> bool:
        play(recorder, feed, 1)
        return bool(list((room.recordings / "cam01").rglob("*.mp4")))

    until(there)
    play(recorder, feed, 6)
    recorder.close()
    here = [fact for fact in closed(facts) if (room.recordings / fact.path).exists()]
    assert len(here) == len(list((room.recordings / "cam01").rglob("*.mp4"))), "no half of a file on either"
    for fact in here:
        assert read_segment(room.recordings, fact.path, fact).sha256 == fact.sha256


@pytest.fixture
def unmarked(tmp_path: Path) -> Iterator[Mounted]:
    yield from mounted_room(tmp_path)


def test_another_file_system_at_a_folder_that_was_never_marked_is_refused(
    unmarked: Mounted, packets: Packets, clip: Clip
) -> None:
    (home,) = take_into_use(unmarked.recordings, NODE)
    assert not home.known
    feed, facts = packets(clip, seconds=600, start_wall_ns=START_NS), list[Fact]()
    recorder = PooledRecorder([home], NODE, facts.append)
    play(recorder, feed, 3)
    unmarked.unmount()

    def refused() -> bool:
        play(recorder, feed, 1)
        return recorder.stats()["cam01/main"]["failing"] > 0

    until(refused)
    recorder.close()
    assert list(unmarked.recordings.rglob("*.mp4")) == []
