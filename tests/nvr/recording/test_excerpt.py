"""What is held of a file survives the rest of it: exactly, playable, sealed, and whenever the process is killed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.rebuild import rebuild
from nvr.app.trimmer import Trimmer
from nvr.catalogue import hold_rows, segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldState
from nvr.recording.boxes import FragmentSpan, fragments_of
from nvr.recording.excerpt import kept_runs
from nvr.recording.inventory import read_segment
from nvr.storage.hold_notes import HoldNote, HoldNotes
from tests.nvr.recording.shelf import START_NS, Clip, Killed, Packets, Shelf

S = 10**9


class TrimmedShelf(Shelf):
    """Past its retention: what is not held may go."""

    def trim(self) -> int:
        return Trimmer(self.catalogue, self.root, lambda _camera, _stream: 0).step(START_NS + 3600 * S)


@pytest.fixture
def shelf(tmp_path: Path, packets: Packets, clip: Clip) -> Iterator[TrimmedShelf]:
    made = TrimmedShelf(tmp_path, packets, clip)
    yield made
    made.catalogue.close()


def pictures(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_what_is_held_becomes_a_file_of_its_own(shelf: TrimmedShelf) -> None:
    shelf.hold(4.2, 6.1)
    freed = shelf.trim()
    (part,) = shelf.rows()
    assert (part.start_wall_ns, part.end_wall_ns) == (START_NS + 4 * S, START_NS + 7 * S), "whole fragments of 1 s"
    path = shelf.root / part.path
    assert freed == (shelf.row.size_bytes or 0) - path.stat().st_size > 0
    table = fragments_of(path)
    assert (table.segment_id, table.start_wall_ns, table.camera_id) == (part.segment_id, part.start_wall_ns, "cam01")
    assert [span.wall_ns for span in table.fragments] == [START_NS + second * S for second in (4, 5, 6)]
    source = [span for span in shelf.whole.fragments if span.wall_ns in {span.wall_ns for span in table.fragments}]
    assert [span.size_bytes for span in table.fragments] == [span.size_bytes for span in source], "not a byte changed"
    assert (pictures(path), part.packets) == (75, 75)
    assert not (shelf.root / shelf.row.path).exists()
    assert shelf.trim() == 0, "nothing is left to be cut"
    assert [each.segment_id for each in shelf.rows()] == [part.segment_id]
    shelf.sound()


def test_two_holds_in_one_file_and_one_that_begins_it(shelf: TrimmedShelf) -> None:
    shelf.hold(0, 0.5)
    shelf.hold(8, None, "h2")
    shelf.trim()
    assert [(row.start_wall_ns - START_NS) // S for row in shelf.rows()] == [0, 8]
    assert shelf.rows()[-1].end_wall_ns == shelf.row.end_wall_ns
    shelf.sound()


def test_all_of_it_held_stays_as_it_is(shelf: TrimmedShelf) -> None:
    shelf.hold(-5, 500)
    assert shelf.trim() == 0
    (row,) = shelf.rows()
    assert (row.segment_id, row.held, row.trimmed) == (shelf.row.segment_id, True, True)


def test_a_hold_that_ends_lets_the_rest_be_cut(shelf: TrimmedShelf) -> None:
    shelf.hold(-5, 500)
    shelf.hold(2, 3, "h2")
    shelf.trim()
    shelf.hold(-5, 500, state=HoldState.RELEASED)
    shelf.trim()
    assert [((row.start_wall_ns - START_NS) // S, row.held) for row in shelf.rows()] == [(2, True)]
    shelf.sound()


def test_damaged_evidence_is_marked_and_never_cut(shelf: TrimmedShelf) -> None:
    shelf.hold(4.2, 6.1)
    path = shelf.root / shelf.row.path
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    assert shelf.trim() == 0
    (row,) = shelf.rows()
    assert row.damaged_wall_ns is not None
    assert path.read_bytes() == data


STEPS = ("open", "pwrite", "fsync", "rename", "commit", "note", "unlink", "forget")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_held_is_lost(shelf: TrimmedShelf, step: str) -> None:
    """What is held has a whole, sealed file after every kill, and the next run leaves the same as one that was not killed."""
    shelf.hold(4.2, 6.1)
    places = {
        "open": "nvr.recording.successor.make_folder",
        "pwrite": "nvr.recording.successor.write_all",
        "fsync": "nvr.disk.synced",
        "rename": "nvr.disk.sync_folder",
        "commit": "nvr.catalogue.segments.replace_by_parts",
        "note": "nvr.app.trimmer.note_closed",
        "unlink": "nvr.app.trimmer.safe_join",
        "forget": "nvr.catalogue.segments.forget",
    }
    with patch(places[step], side_effect=Killed), pytest.raises(Killed):
        shelf.trim()
    held = [row for row in shelf.rows() if row.start_wall_ns <= START_NS + 5 * S < (row.end_wall_ns or 0)]
    assert len(held) == 1
    assert read_segment(shelf.root, held[0].path).sha256 == held[0].sha256
    shelf.trim()
    shelf.finish_deleting()
    assert [(row.start_wall_ns - START_NS) // S for row in shelf.rows()] == [4]
    assert [path.name for path in shelf.root.rglob("*.mp4")] == [Path(shelf.rows()[0].path).name]
    shelf.sound()


def test_the_part_and_its_hold_come_back_from_the_media_alone(shelf: TrimmedShelf) -> None:
    hold = shelf.hold(4.2, 6.1, authority="Oficio 33", expires_wall_ns=START_NS + 10**18)
    shelf.trim()
    HoldNotes(shelf.root).keep(
        [HoldNote(hold_id="h1", camera_id="cam01", from_wall_ns=hold.from_wall_ns, to_wall_ns=hold.to_wall_ns,
                  reason=hold.reason, authority=hold.authority, created_by="Ana", created_wall_ns=START_NS,
                  expires_wall_ns=hold.expires_wall_ns)]
    )  # fmt: skip
    before = shelf.rows()
    anew = Catalogue(f"sqlite:///{shelf.folder}/anew.sqlite", shelf.clock)
    try:
        rebuild(shelf.root, anew)
        with anew.read() as tx:
            found = segments.covering(tx, "cam01", shelf.row.stream, 0, 2**62)
            assert hold_rows.find(tx, "h1") == hold
        assert [(row.segment_id, row.sha256, row.held) for row in found] == [
            (row.segment_id, row.sha256, True) for row in before
        ]
    finally:
        anew.close()


@given(
    keys=st.lists(st.booleans(), min_size=1, max_size=20),
    ranges=st.lists(st.tuples(st.integers(-5, 25), st.integers(1, 10)), max_size=4),
)
def test_runs_hold_what_is_asked_from_a_key_frame_and_little_more(
    keys: list[bool], ranges: list[tuple[int, int]]
) -> None:
    spans = [
        FragmentSpan(index, 1, index * 90_000, 90_000, index * S, 1, key or index == 0)
        for index, key in enumerate(keys)
    ]
    wanted = [(start * S, (start + length) * S) for start, length in ranges]
    runs = kept_runs(spans, wanted)
    kept = {index for first, last in runs for index in range(first, last + 1)}
    asked = {index for index in range(len(spans)) if any(a < (index + 1) * S and b > index * S for a, b in wanted)}
    assert asked <= kept
    assert all(spans[first].starts_with_keyframe for first, _ in runs)
    assert all(last + 1 < after for (_, last), (after, _) in pairwise(runs))
    for first, last in runs:
        assert last in asked
        lead = next(index for index in range(first, last + 1) if index in asked)
        assert not any(spans[index].starts_with_keyframe for index in range(first + 1, lead + 1)), "no more than needed"
