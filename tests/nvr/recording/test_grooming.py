"""Of an old recording only its key frames stay: as they were, playable, sealed, and whenever the process is killed either all of it or those."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.groomer import Groomer
from nvr.app.rebuild import rebuild
from nvr.app.trimmer import Trimmer
from nvr.catalogue.coverage import knowledge
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldState
from nvr.catalogue.segments import SegmentRow
from nvr.config import Config
from nvr.media import StreamKind
from nvr.recording.boxes import FragmentSpan, first_sample, fragments_of
from nvr.recording.grooming import groom, groomed_id, stretched
from nvr.recording.inventory import read_segment
from tests.nvr.recording.shelf import START_NS, Clip, Killed, Packets, Shelf, rows_of

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


class GroomedShelf(Shelf):
    """46 days and an hour old."""

    def __init__(self, folder: Path, packets: Packets, clip: Clip) -> None:
        super().__init__(folder, packets, clip)
        self.clock.step_wall(seconds=46 * 86_400 + 3600)
        self.doubted = False

    def groomer(self) -> Groomer:
        return Groomer(self.catalogue, CONFIG, self.root, self.clock, doubtful=lambda: self.doubted)

    def groom(self) -> int:
        """Until nothing is due; how many files."""
        groomer = self.groomer()
        while groomer.step():
            pass
        return groomer.groomed


@pytest.fixture
def shelf(tmp_path: Path, packets: Packets, clip: Clip) -> Iterator[GroomedShelf]:
    made = GroomedShelf(tmp_path, packets, clip)
    yield made
    made.catalogue.close()


def test_key_frames_stay_as_they_were_and_reach_to_the_next(shelf: GroomedShelf) -> None:
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
    with_key = [span for span in shelf.whole.fragments if span.starts_with_keyframe]
    with path.open("rb") as new:
        for before, after in zip(with_key, table.fragments, strict=True):
            assert (before.start_dts, before.wall_ns) == (after.start_dts, after.wall_ns), "time stamps are untouched"
            stamp, sample = first_sample(new.fileno(), after)
            assert stamp in shelf.data
            assert sample.data in shelf.data[before.offset_bytes : before.offset_bytes + before.size_bytes]
            assert sample.is_keyframe
    assert row.size_bytes == path.stat().st_size < (shelf.row.size_bytes or 0) / 2
    assert not (shelf.root / shelf.row.path).exists()
    shelf.sound()
    assert shelf.groom() == 0, "nothing is left to be groomed"


def test_a_player_shows_each_key_frame_at_its_time(shelf: GroomedShelf) -> None:
    shelf.groom()
    with av.open(str(shelf.root / shelf.rows()[0].path)) as container:
        frames = [(frame.time, frame.key_frame) for frame in container.decode(video=0)]
    first = frames[0][0]
    assert first is not None
    assert [(round((time or 0) - first, 3), key) for time, key in frames] == [(float(n), True) for n in range(10)]


def test_the_account_says_that_only_key_frames_are_left(shelf: GroomedShelf) -> None:
    shelf.groom()
    with shelf.catalogue.read() as tx:
        known = knowledge(tx, "cam01", StreamKind.MAIN, START_NS, START_NS + 10 * S)
    assert [(file.groomed, file.start_wall_ns, file.end_wall_ns) for file in known.files] == [
        (True, shelf.row.start_wall_ns, shelf.row.end_wall_ns)
    ]


def test_what_is_held_is_never_groomed_until_it_is_let_go(shelf: GroomedShelf) -> None:
    shelf.hold(4.2, 6.1)
    assert shelf.groom() == 0
    assert (shelf.root / shelf.row.path).read_bytes() == shelf.data
    shelf.hold(4.2, 6.1, state=HoldState.RELEASED)
    assert shelf.groom() == 1
    shelf.sound()


def test_a_hold_placed_meanwhile_keeps_all_of_it(shelf: GroomedShelf) -> None:
    def late(root: Path, row: SegmentRow) -> SegmentRow | None:
        made = groom(root, row)
        shelf.hold(4.2, 6.1)
        return made

    with patch("nvr.app.groomer.groom", late):
        assert shelf.groom() == 0
    assert [(row.segment_id, row.held) for row in shelf.rows()] == [(shelf.row.segment_id, True)]
    assert [path.read_bytes() for path in shelf.root.rglob("*.mp4")] == [shelf.data]
    shelf.sound()


def test_key_frames_that_are_held_later_are_cut_out_as_what_they_are(shelf: GroomedShelf) -> None:
    shelf.groom()
    shelf.hold(4.2, 6.1)
    Trimmer(shelf.catalogue, shelf.root, lambda _camera, _stream: 0).step(shelf.clock.wall_ns())
    (row,) = shelf.rows()
    table = fragments_of(shelf.root / row.path)
    assert (row.groomed, table.groomed, row.packets) == (True, True, 3)
    shelf.sound()


def test_younger_doubtful_and_damaged_ones_stay(shelf: GroomedShelf) -> None:
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
    "open": "nvr.recording.successor.make_folder",
    "pwrite": "nvr.recording.successor.write_all",
    "fsync": "nvr.disk.synced",
    "rename": "nvr.disk.sync_folder",
    "commit": "nvr.catalogue.segments.replace_groomed",
    "note": "nvr.app.groomer.note_closed",
    "unlink": "nvr.app.groomer.safe_join",
    "forget": "nvr.catalogue.segments.forget",
}


@pytest.mark.parametrize("step", PLACES)
def test_killed_at_any_step_either_all_or_the_key_frames_are_left(shelf: GroomedShelf, step: str) -> None:
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


def test_the_catalogue_made_anew_from_every_byte_knows_what_was_groomed(shelf: GroomedShelf) -> None:
    shelf.groom()
    anew = Catalogue(f"sqlite:///{shelf.folder}/anew.sqlite", shelf.clock)
    try:
        rebuild(shelf.root, anew, trust_notes=False)
        assert [(row.segment_id, row.sha256, row.groomed, row.packets) for row in rows_of(anew)] == [
            (row.segment_id, row.sha256, True, 10) for row in shelf.rows()
        ]
    finally:
        anew.close()


def test_it_rests_as_long_as_its_share_of_the_disk_asks_for(shelf: GroomedShelf) -> None:
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
