"""Several disks: where recordings go, and that a disk that dies, hangs, vanishes or is another one costs nothing on the others."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from nvr.app.expiry import Expiry
from nvr.app.fsck import Check, Level
from nvr.app.places import Places
from nvr.app.rebuild import rebuild
from nvr.app.shelf import Shelf
from nvr.app.trimmer import Trimmer
from nvr.catalogue import hold_rows, segments, stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.segments import SegmentRow, pool_of
from nvr.clock import SimulatedClock
from nvr.config import Config, Node, Pool
from nvr.errors import StorageError
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed, SegmentOpened
from nvr.proof.account import GapSpan, Span, account
from nvr.recording import pooled
from nvr.recording.inventory import read_segment
from nvr.recording.pooled import PooledRecorder, last_stops, recover_all
from nvr.recording.segment_file import SegmentFile
from nvr.storage.janitor import Janitor, Janitors, SweepReport
from nvr.storage.layout import safe_join
from nvr.storage.pools import META, PoolPlace, take_into_use
from tests import waiting
from tests.nvr.app.stocked_pools import ShortSpace

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000_000_000_000
S = 10**9
MAIN = StreamKind.MAIN


@dataclass
class Disks:
    """A data folder and two pools."""

    folder: Path
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recordings = self.folder / "recordings"
        self.recordings.mkdir()
        for name in ("a", "b"):
            (self.folder / name).mkdir()

    @property
    def pools(self) -> tuple[Pool, ...]:
        return tuple(Pool(name=name, path=self.folder / name, reserve_mb=16) for name in ("a", "b"))

    def config(self) -> Config:
        camera = {"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}
        return Config.model_validate({"node": Node(reserve_mb=16, pools=self.pools), "cameras": [camera]})

    def places(self) -> tuple[PoolPlace, ...]:
        return take_into_use(self.recordings, Node(reserve_mb=16, pools=tuple(self.pools)))

    def recorder(self) -> PooledRecorder:
        places = self.places()
        recover_all(places, self.facts.append)
        return PooledRecorder(
            places, Node(segment_s=5, reserve_mb=16), self.facts.append, standstills=last_stops(places)
        )

    def closed(self) -> list[SegmentClosed]:
        return [fact for fact in self.facts if isinstance(fact, SegmentClosed)]


@pytest.fixture
def disks(tmp_path: Path) -> Disks:
    return Disks(tmp_path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the pools all the time, and gives up at once."""
    monkeypatch.setattr(pooled, "LOOK_NS", S // 100)
    monkeypatch.setattr(pooled, "GIVE_UP_NS", 0)


until = partial(waiting.until, timeout_s=30)


def play(recorder: PooledRecorder, feeds: dict[str, Iterator[Packet]], seconds: int) -> None:
    for _ in range(seconds):
        for _ in range(25):
            for feed in feeds.values():
                recorder.write(next(feed))
        assert recorder.drain(30)  # the disk keeps up, as in real time


CAMERAS = [f"cam{number:02d}" for number in range(1, 17)]


def test_streams_are_shared_out_and_the_data_folder_is_left_alone(disks: Disks, packets: Packets, clip: Clip) -> None:
    recorder = disks.recorder()
    for camera_id in CAMERAS:
        recorder.expect(camera_id, MAIN)
        for packet in packets(clip, camera_id, seconds=3, start_wall_ns=START_NS):
            recorder.write(packet)
    recorder.close()
    home = {fact.camera_id: pool_of(fact.path) for fact in disks.closed()}
    assert {(fact.camera_id, pool_of(fact.path)) for fact in disks.closed()} == set(home.items())
    used = list(home.values())
    assert len(used) == len(CAMERAS)
    assert set(used) == {"a", "b"}
    assert 3 <= used.count("a") <= 13
    for fact in disks.closed():
        assert read_segment(disks.recordings, fact.path, fact).sha256 == fact.sha256
        assert safe_join(disks.recordings, fact.path).is_relative_to(disks.folder / pool_of(fact.path))
    again = disks.recorder()
    for camera_id in CAMERAS:
        again._settle((camera_id, MAIN))
    assert {key[0]: pool.place.name for key, pool in again._home.items()} == {
        fact.camera_id: pool_of(fact.path) for fact in disks.closed()
    }, "a start changes nothing"
    again.close()


@pytest.mark.usefixtures("quick")
def test_a_disk_that_dies_loses_its_streams_to_the_other_and_every_second_is_accounted_for(
    disks: Disks, packets: Packets, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F7: EIO on one disk, the other streams lose nothing."""
    recorder = disks.recorder()
    real = SegmentFile.append
    dead: set[str] = set()

    def append(self: SegmentFile, ready: object) -> None:
        if any(str(self.path).startswith(folder) for folder in dead):
            raise OSError(5, "Input/output error")
        real(self, ready)  # type: ignore[arg-type]

    monkeypatch.setattr(SegmentFile, "append", append)
    feeds = {camera_id: packets(clip, camera_id, seconds=60, start_wall_ns=START_NS) for camera_id in CAMERAS[:6]}

    play(recorder, feeds, 5)
    home = {key[0]: pool.place.name for key, pool in recorder._home.items()}
    assert set(home.values()) == {"a", "b"}
    dead.add(str(disks.folder / "a"))
    play(recorder, feeds, 2)
    recorder._look()
    play(recorder, feeds, 5)
    assert {pool.place.name for pool in recorder._home.values()} == {"b"}
    assert recorder.moves == sum(name == "a" for name in home.values())
    dead.clear()
    recorder.close()
    end_ns = START_NS + 12 * S
    for camera_id, was in home.items():
        recorded = [Span(f.start_wall_ns, f.end_wall_ns) for f in disks.closed() if f.camera_id == camera_id]
        gaps = [
            GapSpan(f.start_wall_ns, f.end_wall_ns, f.cause)
            for f in disks.facts
            if isinstance(f, GapClosed) and f.camera_id == camera_id
        ]
        made = account(START_NS, end_ns, recorded=recorded, gaps=gaps)
        assert made.unexplained_ns == 0, camera_id
        assert made.recorded_ns + made.gap_ns == 12 * S
        if was == "b":
            assert made.gap_ns == 0, "a stream on the sound disk lost something"
        else:
            assert 0 < made.by_cause_ns()["disk"] <= 4 * S


@pytest.mark.usefixtures("quick")
def test_a_pool_that_comes_back_takes_its_streams_back_without_a_hole(
    disks: Disks, packets: Packets, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled, "STEADY_NS", 0)
    (disks.folder / "b").rename(disks.folder / "b.away")
    recorder = disks.recorder()
    feeds = {camera_id: packets(clip, camera_id, seconds=60, start_wall_ns=START_NS) for camera_id in CAMERAS[:6]}
    play(recorder, feeds, 4)
    assert {pool.place.name for pool in recorder._home.values()} == {"a"}
    recorder.close()
    # The disk is mounted, and the next start, or the next look, takes it into use.
    (disks.folder / "b.away").rename(disks.folder / "b")
    recorder = disks.recorder()
    assert recorder.totals()["pools_missing"] == 0
    (disks.folder / "b" / META).rename(disks.folder / "meta.away")
    until(lambda: recorder.totals()["pools_missing"] == 1)
    play(recorder, feeds, 4)
    assert {pool.place.name for pool in recorder._home.values()} == {"a"}
    (disks.folder / "meta.away").rename(disks.folder / "b" / META)
    until(lambda: recorder.totals()["pools_missing"] == 0)
    play(recorder, feeds, 8)
    assert {pool.place.name for pool in recorder._home.values()} == {"a", "b"}
    recorder.close()
    gaps = [f for f in disks.facts if isinstance(f, GapClosed) and f.cause not in {"software", "planned"}]
    assert gaps == [], "a move to a pool that is well leaves no hole"


def test_nothing_is_written_where_the_disk_is_not_the_pools_own(disks: Disks, packets: Packets, clip: Clip) -> None:
    """F6: an empty mount point, and somebody else's disk."""
    disks.places()
    (disks.folder / "a").rename(disks.folder / "a.away")
    (disks.folder / "a").mkdir()
    (disks.folder / "b" / META).write_text('{"pool": "0123456789abcdef", "name": "b"}')
    recorder = disks.recorder()
    for packet in packets(clip, "cam01", seconds=3, start_wall_ns=START_NS):
        recorder.write(packet)
    recorder.close()
    assert list((disks.folder / "a").iterdir()) == []
    assert [path.name for path in (disks.folder / "b").iterdir()] == [META]
    assert [pool_of(fact.path) for fact in disks.closed()] == [""], "in the reserve: the data folder"


def test_two_pools_never_share_a_disk_and_a_full_folder_is_refused(
    disks: Disks, caplog: pytest.LogCaptureFixture
) -> None:
    disks.places()
    (disks.folder / "c").mkdir()
    (disks.folder / "c" / META).write_text((disks.folder / "a" / META).read_text())
    (disks.folder / "d").mkdir()
    (disks.folder / "d" / "films").mkdir()
    more = [Pool(name=name, path=disks.folder / name) for name in ("c", "d")]
    places = take_into_use(disks.recordings, Node(pools=tuple(more)))
    assert [place.present() for place in places] == [True, False, False]
    assert "another pool's" in caplog.text
    assert "not empty (films)" in caplog.text


@pytest.fixture
def stocked(disks: Disks, packets: Packets, clip: Clip) -> Iterator[tuple[Disks, Catalogue]]:
    recorder = disks.recorder()
    for camera_id in CAMERAS[:6]:
        for packet in packets(clip, camera_id, seconds=8, start_wall_ns=START_NS):
            recorder.write(packet)
    recorder.close()
    clock = SimulatedClock()
    clock.advance(seconds=3600)
    catalogue = Catalogue(f"sqlite:///{disks.folder}/catalogue.sqlite", clock)
    rebuild(disks.recordings, catalogue)
    yield disks, catalogue
    catalogue.close()


def rows(catalogue: Catalogue) -> list[SegmentRow]:
    with catalogue.read() as tx:
        return [row for stream in stocktaking.streams(tx) for row in stocktaking.of_stream(tx, *stream)]


def test_fsck_and_rebuild_see_every_pool(stocked: tuple[Disks, Catalogue]) -> None:
    disks, catalogue = stocked
    assert {(row.path, row.sha256) for row in rows(catalogue)} == {(f.path, f.sha256) for f in disks.closed()}
    check = Check(disks.recordings, disks.folder / "journal", catalogue)
    assert check.run(Level.HASH, repair=False).sound
    (disks.folder / "a").rename(disks.folder / "a.away")
    with pytest.raises(StorageError, match="pool a is missing"):
        check.run(Level.PRESENCE, repair=True)
    assert len(rows(catalogue)) == len(disks.closed()), "nothing was forgotten"


def test_the_janitor_forgets_nothing_of_a_disk_that_is_away(stocked: tuple[Disks, Catalogue]) -> None:
    disks, catalogue = stocked

    def janitors() -> Janitors:
        return Janitors(
            disks.places,
            lambda place: Janitor(
                disks.recordings, Shelf(catalogue, pool=place.name), place.space,
                retention_ns=0, headroom_bytes=0, clock=catalogue.clock,
            ),
        )  # fmt: skip

    (disks.folder / "a").rename(disks.folder / "a.away")
    janitors().sweep()
    left = rows(catalogue)
    assert left
    assert {pool_of(row.path) for row in left} == {"a"}
    (disks.folder / "a.away").rename(disks.folder / "a")
    janitors().sweep()
    assert rows(catalogue) == []
    assert list(disks.folder.rglob("[0-9]*.mp4")) == []


@pytest.mark.parametrize(
    ("short", "cut"),
    [("a", {"a"}), ("b", {"b"}), ("", set()), ("a b", {"a", "b"})],
    ids=["one", "the other", "the data folder", "both"],
)
def test_a_disk_that_is_short_costs_what_is_held_on_it_alone(
    stocked: tuple[Disks, Catalogue], short: str, cut: set[str]
) -> None:
    """Held files are cut before their term only where all else on their own disk is gone; the data folder is no place of recordings."""
    disks, catalogue = stocked
    lacking = dict.fromkeys(short.split() or [""], 10**15)
    with catalogue.write() as tx:
        for row in rows(catalogue):
            held = HoldRow(
                row.segment_id, row.camera_id, START_NS + 2 * S, START_NS + 3 * S, "Oficio 12", "Ana", START_NS
            )
            hold_rows.store(tx, held)
    before = {row.segment_id: row for row in rows(catalogue)}
    places = Places(disks.recordings, disks.config())
    expiry = Expiry(
        Janitors(
            places.every,
            lambda place: Janitor(
                disks.recordings, Shelf(catalogue, pool=place.name), ShortSpace(place, lacking),
                retention_ns=10**16, headroom_bytes=0, clock=catalogue.clock, pool=place.name,
            ),
        ),
        disks.folder / "doubt",
        None,
        catalogue.clock,
        trimmer=Trimmer(catalogue, disks.recordings, lambda *_: 10**16, places.present),
        spared=places.spared,
    )  # fmt: skip
    expiry.step()
    after = {row.segment_id for row in rows(catalogue)}
    assert {pool_of(row.path) for row in before.values() if row.held and row.segment_id not in after} == cut
    assert {pool_of(row.path) for row in before.values() if row.segment_id not in after} == cut
    with catalogue.read() as tx:
        trimmed = tx.connection.exec_driver_sql("SELECT detail FROM audit WHERE action = 'segment.trim'").all()
    assert all('"reason":"pressed"' in str(detail).replace(" ", "") for (detail,) in trimmed)
    assert bool(trimmed) is bool(cut)
    for camera in {row.camera_id for row in before.values() if row.segment_id not in after}:
        files = [row for row in rows(catalogue) if row.camera_id == camera]
        with catalogue.read() as tx:
            gaps = segments.gaps(tx, camera, START_NS, START_NS + 7 * S)
        assert {gap.cause for gap in gaps} == {"disk"}
        made = account(
            START_NS,
            START_NS + 7 * S,
            recorded=[Span(row.start_wall_ns, row.end_wall_ns or 0) for row in files],
            gaps=[GapSpan(gap.start_wall_ns, gap.end_wall_ns, gap.cause) for gap in gaps],
        )
        assert made.unexplained_ns == 0, "what was cut away is accounted for"


def test_what_is_held_is_not_cut_while_more_may_go_in_the_next_sweep(stocked: tuple[Disks, Catalogue]) -> None:
    disks, catalogue = stocked

    def sweep(per_camera: int) -> SweepReport:
        place = disks.places()[1]
        return Janitor(
            disks.recordings, Shelf(catalogue, pool=place.name), ShortSpace(place, {"a": 10**15}),
            retention_ns=10**16, headroom_bytes=0, clock=catalogue.clock, pool=place.name, per_camera=per_camera,
        ).sweep()  # fmt: skip

    streams = Counter((row.camera_id, pool_of(row.path)) for row in rows(catalogue))
    most = max(count for (_, pool), count in streams.items() if pool == "a")
    assert most > 1
    told = [sweep(1).short for _ in range(most + 1)]
    assert told == [frozenset()] * most + [frozenset({"a"})]


def test_what_a_kill_left_in_a_pool_is_taken_up(disks: Disks, packets: Packets, clip: Clip) -> None:
    recorder = disks.recorder()
    for packet in packets(clip, "cam01", seconds=4, start_wall_ns=START_NS):
        recorder.write(packet)
    recorder.drain(30)
    (opened,) = (fact for fact in disks.facts if isinstance(fact, SegmentOpened))
    # The process is gone: its lock with it.
    for pool in recorder._pools:
        markers = pool.recorder._writer._markers
        if markers is not None:
            os.close(markers._lock_fd)
            markers._lock_fd = -1
    before = len(disks.facts)
    recover_all(disks.places(), disks.facts.append)
    standstills = last_stops(disks.places())
    closed = [fact for fact in disks.facts[before:] if isinstance(fact, SegmentClosed)]
    assert [(fact.segment_id, fact.path, fact.recovered) for fact in closed] == [(opened.segment_id, opened.path, True)]
    assert standstills["cam01", MAIN].until_wall_ns == closed[0].end_wall_ns


def test_a_path_leads_out_of_no_pool(disks: Disks) -> None:
    disks.places()
    (disks.folder / "a" / "cam01").symlink_to("/etc")
    for path in ("@a/cam01/passwd", "@a/../b/x", "@a", "@c/../../x"):
        with pytest.raises(StorageError):
            safe_join(disks.recordings, path)
    assert (pool_of("@a/cam01/main/x.mp4"), pool_of("cam01/main/x.mp4")) == ("a", "")
