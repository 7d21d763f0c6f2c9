"""Holds are noted beside the recordings within a look of each change, and a look costs as much as changed, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nvr.app.hold_keeper import HoldKeeper, take_in
from nvr.catalogue import hold_rows, segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow, HoldState
from nvr.catalogue.segments import SegmentRow
from nvr.clock import SimulatedClock
from nvr.media import StreamKind
from nvr.storage.hold_notes import HoldNote, HoldNotes
from nvr.storage.layout import HOLDS_FILE
from nvr.storage.sealed_lines import append_line, read_lines


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: SimulatedClock) -> Iterator[Catalogue]:
    opened = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite", clock)
    yield opened
    opened.close()


def hold(number: int) -> HoldRow:
    return HoldRow(f"h{number:04d}", "cam01", number, number + 10, "N-2026-000001", "Ana", number)


def store(catalogue: Catalogue, *holds: HoldRow) -> None:
    with catalogue.write() as tx:
        for each in holds:
            hold_rows.store(tx, each)


def of_an_older_copy(catalogue: Catalogue, tmp_path: Path, clock: SimulatedClock) -> Catalogue:
    """A catalogue as it is now, for later: as a copy that is restored."""
    (file,) = tmp_path.glob("catalogue.sqlite")
    with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        now.backup(copy)
    return Catalogue(f"sqlite:///{tmp_path}/copy.sqlite", clock)


def found(catalogue: Catalogue, hold_id: str) -> HoldRow:
    with catalogue.read() as tx:
        row = hold_rows.find(tx, hold_id)
    assert row is not None
    return row


def test_a_restored_catalogue_learns_what_was_held_since_and_nothing_is_noted_over_it(
    catalogue: Catalogue, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Widened, prolonged, struck, released and placed since the copy; and the file that only the wider hold touches is held."""
    segment = SegmentRow("s1", "cam01", StreamKind.MAIN, 0, 3000, 4000, "1.mp4", "h264", 2, 2, 6000, 10, "ab")
    before = HoldRow(
        "h0001", "cam01", 1000, 2000, "lo pide Rosa Quispe", "Ana", 1, expires_wall_ns=5000, warned_wall_ns=7
    )
    open_, ended = replace(hold(2), to_wall_ns=None), hold(3)
    with catalogue.write() as tx:
        segments.closed(tx, segment)
    store(catalogue, before, open_, ended, hold(4))
    with closing(of_an_older_copy(catalogue, tmp_path, clock)) as restored:
        since = replace(before, from_wall_ns=500, to_wall_ns=9000, expires_wall_ns=None, reason="lo pide [tachado]")
        store(catalogue, since, replace(open_, to_wall_ns=77), hold(5))
        with catalogue.write() as tx:
            hold_rows.end(tx, replace(ended, state=HoldState.RELEASED))
        HoldKeeper(catalogue, tmp_path).keep()
        with restored.write() as tx:
            hold_rows.end(tx, replace(hold(4), state=HoldState.EXPIRED))
        keeper = HoldKeeper(restored, tmp_path)
        keeper.keep()
        assert found(restored, "h0001") == replace(since, warned_wall_ns=None)
        assert found(restored, "h0002").to_wall_ns == 77, "what follows it knew its end by then"
        assert found(restored, "h0003").holds, "who released it is known no longer"
        assert not found(restored, "h0004").holds
        assert found(restored, "h0005") == hold(5)
        with restored.read() as tx:
            row = segments.segment(tx, "s1")
        assert row is not None
        assert row.held
        notes = {note.hold_id: note for note in HoldNotes(tmp_path).read()}
        assert (notes["h0001"].from_wall_ns, notes["h0001"].to_wall_ns) == (500, 9000)
        assert (notes["h0001"].expires_wall_ns, notes["h0001"].reason) == (None, "lo pide [tachado]")
        assert [notes[f"h{number:04d}"].released for number in (3, 4, 5)] == [False, True, False]
        assert all(b"Rosa Quispe" not in line for line in read_lines(tmp_path / HOLDS_FILE))
        assert keeper.keep() == 0
        assert take_in(restored, tmp_path) == 0, "it may be repeated"


@pytest.mark.parametrize(("end_ns", "noted_ns"), [(20, 90), (90, 20)])
def test_of_two_known_ends_the_later_one_counts_whichever_is_newer(
    catalogue: Catalogue, tmp_path: Path, end_ns: int, noted_ns: int
) -> None:
    """Notes of programs before this one say no version."""
    store(catalogue, replace(hold(1), to_wall_ns=end_ns))
    HoldNotes(tmp_path).keep(
        [HoldNote(hold_id="h0001", camera_id="cam01", from_wall_ns=5, to_wall_ns=noted_ns, reason="N-2026-000001")]
    )
    HoldKeeper(catalogue, tmp_path).keep()
    assert (found(catalogue, "h0001").from_wall_ns, found(catalogue, "h0001").to_wall_ns) == (1, 90)


def test_an_end_that_became_known_while_the_disk_was_away_stays_known(catalogue: Catalogue, tmp_path: Path) -> None:
    """Otherwise all that the camera records from then on would be held, for ever."""
    store(catalogue, replace(hold(1), to_wall_ns=None))
    HoldKeeper(catalogue, tmp_path).keep()
    store(catalogue, replace(hold(1), to_wall_ns=50))
    HoldKeeper(catalogue, tmp_path).keep()
    assert found(catalogue, "h0001").to_wall_ns == 50
    assert [note.to_wall_ns for note in HoldNotes(tmp_path).read()] == [50]


def test_only_what_was_stored_since_is_read(catalogue: Catalogue, tmp_path: Path) -> None:
    """A year has thirty thousand of them, and something is committed every second."""
    store(catalogue, *map(hold, range(200)))
    keeper = HoldKeeper(catalogue, tmp_path)
    assert (keeper.keep(), keeper.read) == (200, 200)
    assert (keeper.keep(), keeper.read) == (0, 200)
    store(catalogue, replace(hold(7), to_wall_ns=99))
    with catalogue.write() as tx:
        hold_rows.end(tx, replace(hold(8), state=HoldState.RELEASED))
    assert (keeper.keep(), keeper.read) == (2, 202)
    noted = {note.hold_id: note for note in HoldNotes(tmp_path).read()}
    assert noted["h0007"].to_wall_ns == 99
    assert noted["h0008"].released


def test_what_another_process_stored_is_found_within_the_hour(
    catalogue: Catalogue, clock: SimulatedClock, tmp_path: Path
) -> None:
    keeper = HoldKeeper(catalogue, tmp_path)
    keeper.keep()
    other = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite", clock)
    store(other, hold(1))
    other.close()
    assert keeper.keep() == 0
    clock.advance(seconds=3600)
    assert keeper.keep() == 1


def test_a_disk_that_refuses_is_asked_again(catalogue: Catalogue, tmp_path: Path) -> None:
    keeper = HoldKeeper(catalogue, tmp_path)
    keeper.keep()
    store(catalogue, hold(1))
    (tmp_path / HOLDS_FILE).mkdir()
    assert keeper.keep() == 0
    (tmp_path / HOLDS_FILE).rmdir()
    assert keeper.keep() == 1


def test_struck_words_are_gone_from_the_notes_and_everything_else_stays(catalogue: Catalogue, tmp_path: Path) -> None:
    """Of that hold alone, and nothing that this program can't read."""
    store(catalogue, *(replace(hold(number), reason="lo pide Rosa Quispe") for number in range(3)))
    keeper = HoldKeeper(catalogue, tmp_path)
    keeper.keep()
    append_line(tmp_path / HOLDS_FILE, b'{"kind": "of a later version"}', sync=False)
    store(catalogue, replace(hold(1), reason="lo pide [tachado]", to_wall_ns=99))
    assert keeper.keep() == 1
    lines = list(read_lines(tmp_path / HOLDS_FILE))
    assert len(lines) == 4
    assert sum(b"Rosa Quispe" in line for line in lines) == 2
    assert any(b"of a later version" in line for line in lines)
    assert {note.hold_id: note.to_wall_ns for note in HoldNotes(tmp_path).read()} == {
        "h0000": 10, "h0001": 99, "h0002": 12,
    }  # fmt: skip
    assert keeper.keep() == 0
