"""The journal: what was appended is read once, in order, whatever lies in the folder."""

from __future__ import annotations

import os
import resource
import signal
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nvr.journal
from nvr.clock import SimulatedClock
from nvr.errors import StorageError
from nvr.journal import JournalWriter, Position, forget_read, read_journal
from nvr.media import StreamKind
from nvr.observations import GapClosed


def gap(number: int, detail: str = "") -> GapClosed:
    return GapClosed(
        gap_id=f"{number:08d}",
        camera_id="cam01",
        stream=StreamKind.MAIN,
        start_wall_ns=number,
        end_wall_ns=number + 1,
        cause="link",
        detail=detail,
    )


def read_all(folder: Path, after: Position | None = None, limit: int = 1000) -> list[int]:
    """Numbers of the gaps after a position, in the reader's own batches."""
    position, found = after or Position(), []
    while batch := list(read_journal(folder, position, limit)):
        found += [int(fact.gap_id) for fact, _ in batch if isinstance(fact, GapClosed)]
        position = batch[-1][1]
    return found


def newest(folder: Path) -> Path:
    return max(folder.glob("*.journal"))


@contextmanager
def files_limited_to(size_bytes: int) -> Iterator[None]:
    """Writes beyond this fail with EFBIG half-way, as on a full disk, in this process alone."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_facts_come_back_in_order_over_restarts(tmp_path: Path) -> None:
    for start in (0, 3, 6):
        with JournalWriter(tmp_path) as writer:
            writer.append(gap(start), gap(start + 1))
            writer.append(gap(start + 2))
    assert read_all(tmp_path) == list(range(9))


def test_a_clock_that_steps_back_keeps_the_order(tmp_path: Path) -> None:
    clock = SimulatedClock()
    for number in range(3):
        with JournalWriter(tmp_path, clock) as writer:
            writer.append(gap(number))
        clock.step_wall(seconds=-3600)
    assert read_all(tmp_path) == [0, 1, 2]


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(b"deadbeef {torn", id="no line end"),
        pytest.param(b"deadbeef {}\n", id="wrong checksum"),
        pytest.param(b"\0" * 5000, id="zeros of a power cut"),
        pytest.param(b"\n\n \n", id="empty lines"),
        pytest.param(
            b"%08x %s\n" % (zlib.crc32(b'{"type":"of_the_future"}'), b'{"type":"of_the_future"}'), id="unknown"
        ),
        pytest.param(b"x" * 3_000_000 + b"\n", id="endless line"),
        pytest.param(b"\xff\xfe_1 \xff\n", id="not even text"),
    ],
)
def test_garbage_of_a_dead_writer_is_passed_over(tmp_path: Path, tail: bytes) -> None:
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(0))
    with newest(tmp_path).open("ab") as file:
        file.write(tail)
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(1))
    assert read_all(tmp_path) == [0, 1]


def test_a_damaged_line_does_not_hide_those_behind_it_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(0), gap(1), gap(2))
    path = newest(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert read_all(tmp_path) == [0, 2]
    assert "damaged" in caplog.text


def test_a_line_that_is_being_written_is_left_for_the_next_call(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(0), gap(1))
    path = newest(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    first = list(read_journal(tmp_path, Position()))
    assert len(first) == 1
    path.write_bytes(whole)
    assert read_all(tmp_path, first[-1][1]) == [1]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[int], set[int], set[int]]:
    """Sizes of appends, after which the writer starts anew, and after which it leaves a torn line."""
    turns = st.sets(st.integers(0, 11))
    return draw(st.lists(st.integers(1, 5), min_size=1, max_size=12)), draw(turns), draw(turns)


@given(
    history=histories(),
    limit=st.integers(1, 7),
    rotate_bytes=st.integers(100, 2000),
)
@settings(max_examples=40, deadline=None)
def test_every_fact_is_read_exactly_once(
    tmp_path_factory: pytest.TempPathFactory,
    history: tuple[list[int], set[int], set[int]],
    limit: int,
    rotate_bytes: int,
) -> None:
    """A reader that stores its position and dies at any time, beside a writer that rotates, dies and leaves torn tails."""
    batches, restarts, torn = history
    folder = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nvr.journal, "_ROTATE_BYTES", rotate_bytes)
        writer = JournalWriter(folder)
        number, position, found = 0, Position(), []
        for turn, size in enumerate(batches):
            writer.append(*(gap(number + i) for i in range(size)))
            number += size
            if turn in restarts:
                writer.close()
                if turn in torn:
                    with newest(folder).open("ab") as file:
                        file.write(b"00000000 {half a li")
                writer = JournalWriter(folder)
            for fact, stored in list(read_journal(folder, position, limit)):
                assert isinstance(fact, GapClosed)
                assert stored > position
                found.append(int(fact.gap_id))
                position = stored
            forget_read(folder, position)
        writer.close()
    assert found + read_all(folder, position, limit) == list(range(number))


def test_read_files_go_and_the_newest_stays(tmp_path: Path) -> None:
    for number in range(3):
        with JournalWriter(tmp_path) as writer:
            writer.append(gap(number))
    *_, (_, position) = read_journal(tmp_path, Position())
    forget_read(tmp_path, position)
    assert [path.name for path in tmp_path.glob("*.journal")] == [position.file]
    forget_read(tmp_path, Position("9" * 20 + ".journal", 0))
    assert len(list(tmp_path.glob("*.journal"))) == 1


def test_foreign_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.journal").write_text("mine")
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(0))
    forget_read(tmp_path, Position("9" * 20 + ".journal", 0))
    assert read_all(tmp_path) == [0]
    assert (tmp_path / "notes.journal").read_text() == "mine"


def test_there_may_be_no_folder_yet(tmp_path: Path) -> None:
    assert list(read_journal(tmp_path / "none", Position())) == []
    forget_read(tmp_path / "none", Position())


def test_a_refused_append_neither_shortens_the_file_nor_swallows_the_next(tmp_path: Path) -> None:
    """A reader may stand behind what was written before the disk refused: nothing may be put where it has been."""
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(0))
        path = newest(tmp_path)
        with files_limited_to(path.stat().st_size + 200), pytest.raises(OSError, match="File too large"):
            writer.append(gap(1, "a" * 20), gap(2, "b" * 200))
        size_bytes = path.stat().st_size
        seen = list(read_journal(tmp_path, Position()))
        assert [fact.gap_id for fact, _ in seen if isinstance(fact, GapClosed)] == ["00000000", "00000001"]
        writer.append(gap(1, "a"), gap(2, "b"))  # the caller tries again, with other lengths
        assert path.stat().st_size == size_bytes
        assert read_all(tmp_path, seen[-1][1]) == [1, 2]


def test_a_disk_that_takes_nothing_makes_no_files(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(0))
        with files_limited_to(newest(tmp_path).stat().st_size):
            for _ in range(5):
                with pytest.raises(OSError, match="File too large"):
                    writer.append(gap(1))
        assert len(list(tmp_path.glob("*.journal"))) == 1
        writer.append(gap(1))
    assert read_all(tmp_path) == [0, 1]


def test_a_rotation_that_fails_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old descriptor must neither be closed (its number goes to somebody's video file) nor the facts be refused."""
    monkeypatch.setattr(nvr.journal, "_ROTATE_BYTES", 1)
    with JournalWriter(tmp_path) as writer:
        writer.append(gap(0))
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        lowest = os.open(os.devnull, os.O_RDONLY)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
        try:
            writer.append(gap(1))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert len(list(tmp_path.glob("*.journal"))) == 1
        writer.append(gap(2))
        assert len(list(tmp_path.glob("*.journal"))) == 2
    assert read_all(tmp_path) == [0, 1, 2]


def test_threads_do_not_tear_each_others_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor close each other's file: each append here finds the file full."""
    monkeypatch.setattr(nvr.journal, "_ROTATE_BYTES", 1)
    with JournalWriter(tmp_path) as writer:

        def work(base: int) -> None:
            for i in range(15):
                writer.append(gap(base + i, "x" * 3000))

        threads = [threading.Thread(target=work, args=(base,)) for base in (0, 100, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(read_all(tmp_path)) == [base + i for base in (0, 100, 200) for i in range(15)]


def test_a_closed_journal_and_an_oversized_fact_are_refused(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path)
    with pytest.raises(StorageError, match="too large"):
        writer.append(gap(0), gap(1, "x" * 2_000_000))
    writer.append(gap(2))
    writer.close()
    with pytest.raises(StorageError, match="closed"):
        writer.append(gap(3))
    assert read_all(tmp_path) == [2]
