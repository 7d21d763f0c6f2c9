"""Of an old recording only its key frames stay: as they were, playable, sealed, and whenever the process is killed either all of it or those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.fsck import Check, Level
from nvr.app.groomer import Groomer
from nvr.app.rebuild import rebuild
from nvr.app.trimmer import Trimmer
from nvr.catalogue import hold_rows, segments
from nvr.catalogue.coverage import knowledge
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow, HoldState
from nvr.catalogue.segments import SegmentRow
from nvr.clock import SimulatedClock
from nvr.config import Config, Node
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, SegmentClosed
from nvr.recording.boxes import FragmentSpan, first_sample, fragments_of
from nvr.recording.grooming import groom, groomed_id, stretched
from nvr.recording.inventory import read_segment
from nvr.recording.recorder import Recorder

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000_000_000_000
S = 10**9
DAY = 86_400 * S
CONFIG = Config.model_validate(
    {
        "node": {"retention_days": 60},
        "cameras": [
            {
                "id": "cam01",
                "number": 1,
                "name": "Uno",
                "main": {"url": "rtsp://127.0.0.1/1"},
                "retention": {"keyframes_after_days": 46},
            }
        ],
    }
)


class Killed(BaseException):
    """The process ends here."""


class Shelf:
    """One segment of ten seconds, a key frame in each, 46 days and an hour old."""

    def __init__(self, folder: Path, packets: Packets, clip: Clip) -> None:
        self.root = folder / "recordings"
        self.folder = folder
        self.clock = SimulatedClock(START_NS + 46 * DAY + 3600 * S)
        self.catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite", self.clock)
        facts: list[Fact] = []
        recorder = Recorder(self.root, Node(segment_s=20, reserve_mb=16), facts.append)
        for packet in packets(clip, "cam01", seconds=10, start_wall_ns=START_NS):
            recorder.write(packet)
        recorder.close()
        (closed,) = (fact for fact in facts if isinstance(fact, SegmentClosed))
        self.row = read_segment(self.root, closed.path, closed)
        with self.catalogue.write() as tx:
            segments.closed(tx, self.row)
        self.data = (self.root / self.row.path).read_bytes()
        self.whole = fragments_of(self.root / self.row.path)
        self.doubted = False

    def groomer(self) -> Groomer:
        return Groomer(self.catalogue, CONFIG, self.root, self.clock, doubtful=lambda: self.doubted)

    def groom(self) -> int:
        """Until nothing is due; how many files."""
        groomer = self.groomer()
        while groomer.step():
            pass
        return groomer.groomed

    def hold(self, from_s: float, to_s: float, state: HoldState = HoldState.ACTIVE) -> None:
        made = HoldRow(
            "h1", "cam01", START_NS + round(from_s * S), START_NS + round(to_s * S), "Oficio 12", "Ana", START_NS,
            state=state,
        )  # fmt: skip
        with self.catalogue.write() as tx:
            (hold_rows.store if made.holds else hold_rows.end)(tx, made)

    def rows(self) -> list[SegmentRow]:
        return rows_of(self.catalogue)

    def finish_deleting(self) -> None:
        """As the janitor finishes what was cut off."""
        with self.catalogue.write() as tx:
            for row in segments.deleting(tx):
                (self.root / row.path).unlink(missing_ok=True)
                segments.forget(tx, [row.segment_id])

    def sound(self) -> None:
        report = Check(self.root, self.folder / "journal", self.catalogue).run(Level.HASH, repair=False)
        assert report.sound, list(report.lines())


def rows_of(catalogue: Catalogue) -> list[SegmentRow]:
    with catalogue.read() as tx:
        return segments.covering(tx, "cam01", StreamKind.MAIN, 0, 2**62)


@pytest.fixture
def shelf(tmp_path: Path, packets: Packets, clip: Clip) -> Iterator[Shelf]:
    made = Shelf(tmp_path, packets, clip)
    yield made
    made.catalogue.close()


def test_key_frames_stay_as_they_were_and_reach_to_the_next(shelf: Shelf) -> None:
    assert shelf.groom() == 1
    (row,) = shelf.rows()
    assert (row.groomed, row.packets, row.start_wall_ns, row.end_wall_ns) == (
        True,
        10,
        shelf.row.start_wall_ns,
        shelf.row.end_wall_ns,
    )
    path = shelf.root / row.path
    table = fragments_of(path)
    assert (table.groomed, table.segment_id, table.camera_id) == (True, row.segment_id, "cam01")
    assert table.parameters == shelf.whole.parameters
    assert table.end_wall_ns == shelf.whole.end_wall_ns
    assert [span.wall_ns for span in table.fragments] == [START_NS + second * S for second in range(10)]
    with path.open("rb") as new:
        for before, after in zip(shelf.whole.fragments, table.fragments, strict=True):
            assert (before.start_dts, before.wall_ns) == (after.start_dts, after.wall_ns), "time stamps are untouched"
            stamp, sample = first_sample(new.fileno(), after)
            assert stamp in shelf.data
            assert sample.data in shelf.data[before.offset_bytes : before.offset_bytes + before.size_bytes]
            assert sample.is_keyframe
    assert row.size_bytes == path.stat().st_size < (shelf.row.size_bytes or 0) / 2
    assert not (shelf.root / shelf.row.path).exists()
    shelf.sound()
    assert shelf.groom() == 0, "nothing is left to be groomed"


def test_a_player_shows_each_key_frame_at_its_time(shelf: Shelf) -> None:
    shelf.groom()
    with av.open(str(shelf.root / shelf.rows()[0].path)) as container:
        frames = [(frame.time, frame.key_frame) for frame in container.decode(video=0)]
    first = frames[0][0]
    assert first is not None
    assert [(round((time or 0) - first, 3), key) for time, key in frames] == [(float(n), True) for n in range(10)]


def test_the_account_says_that_only_key_frames_are_left(shelf: Shelf) -> None:
    shelf.groom()
    with shelf.catalogue.read() as tx:
        known = knowledge(tx, "cam01", StreamKind.MAIN, START_NS, START_NS + 10 * S)
    assert [(file.groomed, file.start_wall_ns, file.end_wall_ns) for file in known.files] == [
        (True, shelf.row.start_wall_ns, shelf.row.end_wall_ns)
    ]


def test_what_is_held_is_never_groomed_until_it_is_let_go(shelf: Shelf) -> None:
    shelf.hold(4.2, 6.1)
    assert shelf.groom() == 0
    assert (shelf.root / shelf.row.path).read_bytes() == shelf.data
    shelf.hold(4.2, 6.1, HoldState.RELEASED)
    assert shelf.groom() == 1
    shelf.sound()


def test_a_hold_placed_meanwhile_keeps_all_of_it(shelf: Shelf) -> None:
    def late(root: Path, row: SegmentRow) -> SegmentRow | None:
        made = groom(root, row)
        shelf.hold(4.2, 6.1)
        return made

    with patch("nvr.app.groomer.groom", late):
        assert shelf.groom() == 0
    assert [(row.segment_id, row.held) for row in shelf.rows()] == [(shelf.row.segment_id, True)]
    assert [path.read_bytes() for path in shelf.root.rglob("*.mp4")] == [shelf.data]
    shelf.sound()


def test_key_frames_that_are_held_later_are_cut_out_as_what_they_are(shelf: Shelf) -> None:
    shelf.groom()
    shelf.hold(4.2, 6.1)
    Trimmer(shelf.catalogue, shelf.root, lambda _camera, _stream: 0).step(shelf.clock.wall_ns())
    (row,) = shelf.rows()
    table = fragments_of(shelf.root / row.path)
    assert (row.groomed, table.groomed, row.packets) == (True, True, 3)
    shelf.sound()


def test_younger_doubtful_and_damaged_ones_stay(shelf: Shelf) -> None:
    shelf.doubted = True
    assert shelf.groom() == 0
    shelf.doubted = False
    shelf.clock.step_wall(seconds=-2 * 3600)
    assert shelf.groom() == 0
    shelf.clock.step_wall(seconds=2 * 3600)
    path = shelf.root / shelf.row.path
    spoilt = bytearray(shelf.data)
    spoilt[-100] ^= 1
    path.write_bytes(spoilt)
    assert shelf.groom() == 0
    (row,) = shelf.rows()
    assert row.damaged_wall_ns is not None
    assert path.read_bytes() == spoilt, "no new seal on damaged pictures"


PLACES = {
    "open": "nvr.recording.successor.make_folders",
    "pwrite": "nvr.recording.successor.write_all",
    "fsync": "nvr.recording.successor.synced",
    "rename": "nvr.recording.successor.sync_folder",
    "commit": "nvr.catalogue.segments.replace_groomed",
    "note": "nvr.app.groomer.note_closed",
    "unlink": "nvr.app.groomer.safe_join",
    "forget": "nvr.catalogue.segments.forget",
}


@pytest.mark.parametrize("step", PLACES)
def test_killed_at_any_step_either_all_or_the_key_frames_are_left(shelf: Shelf, step: str) -> None:
    with patch(PLACES[step], side_effect=Killed), pytest.raises(Killed):
        shelf.groom()
    (row,) = shelf.rows()
    assert row.segment_id in {shelf.row.segment_id, groomed_id(shelf.row)}
    assert read_segment(shelf.root, row.path).sha256 == row.sha256
    shelf.sound()
    assert [row.segment_id for row in shelf.rows()] == [row.segment_id]
    anew = Catalogue(f"sqlite:///{shelf.folder}/anew.sqlite", shelf.clock)
    try:
        rebuild(shelf.root, anew)
        (found,) = rows_of(anew)
        assert found.segment_id in {shelf.row.segment_id, groomed_id(shelf.row)}
        assert found.groomed == (found.segment_id != shelf.row.segment_id)
    finally:
        anew.close()
    shelf.groom()
    shelf.finish_deleting()
    (row,) = shelf.rows()
    assert row.groomed
    assert [path.name for path in shelf.root.rglob("*.mp4")] == [Path(row.path).name]
    shelf.sound()


def test_the_catalogue_made_anew_from_every_byte_knows_what_was_groomed(shelf: Shelf) -> None:
    shelf.groom()
    anew = Catalogue(f"sqlite:///{shelf.folder}/anew.sqlite", shelf.clock)
    try:
        rebuild(shelf.root, anew, trust_notes=False)
        assert [(row.segment_id, row.sha256, row.groomed, row.packets) for row in rows_of(anew)] == [
            (row.segment_id, row.sha256, True, 10) for row in shelf.rows()
        ]
    finally:
        anew.close()


def test_it_rests_as_long_as_its_share_of_the_disk_asks_for(shelf: Shelf) -> None:
    """A clock that stands: all of the time is rest."""
    rest_s = shelf.groomer().step()
    moved = (shelf.row.size_bytes or 0) + (shelf.rows()[0].size_bytes or 0)
    assert rest_s == pytest.approx(moved / (40 * 1024 * 1024))


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 180_000)), min_size=1, max_size=30))
def test_durations_reach_from_key_frame_to_key_frame_and_to_the_end(parts: list[tuple[bool, int]]) -> None:
    spans, dts = [], 0
    for index, (key, ticks) in enumerate(parts):
        spans.append(FragmentSpan(index, 1, dts, ticks, index * S, 1, key or index == 0))
        dts += ticks
    kept = stretched(spans)
    assert [span for span, _ in kept] == [span for span in spans if span.starts_with_keyframe]
    assert sum(ticks for _, ticks in kept) == dts
    at = 0
    for span, ticks in kept:
        assert span.start_dts == at
        at += ticks
