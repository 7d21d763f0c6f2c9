"""Holds are noted beside the recordings within a look of each change, and a look costs as much as changed, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nvr.app.hold_keeper import HoldKeeper
from nvr.catalogue import hold_rows
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow, HoldState
from nvr.clock import SimulatedClock
from nvr.storage.hold_notes import HoldNotes
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
