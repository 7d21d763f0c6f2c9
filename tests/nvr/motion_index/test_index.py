"""Frames in, files on disk, answers out; held against a model that keeps every frame."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nvr.clock import NS_PER_S, SimulatedClock
from nvr.errors import StorageError
from nvr.motion_index.day_file import (
    DAY_S,
    day_start_s,
    days_of,
    encode_day,
    newest_row,
    read_day,
    rows_path,
    seal,
    sealed_path,
)
from nvr.motion_index.keeper import Keeper
from nvr.motion_index.rows import (
    GRID,
    LEVELS,
    MOVES,
    ROW,
    counts,
    least_evidence,
    level_of,
    looked_at,
    merged,
    pack_levels,
    region_bits,
    unpack_levels,
)
from nvr.motion_index.search import Query, search
from nvr.motion_index.seconds import LONGEST_STEP_S, Seconds
from nvr.motion_index.writer import IndexWriter

DAY = date(2026, 11, 2)
START_S = day_start_s(DAY)


def cells(*places: tuple[int, int], evidence: int = 60) -> NDArray[np.uint8]:
    grid = np.zeros(GRID, np.uint8)
    for row, column in places:
        grid[row, column] = evidence
    return grid


def rows_of(frames: Iterable[tuple[float, NDArray[np.uint8] | None]]) -> bytes:
    """Rows of frames at seconds after the start of ``DAY``, ended by a stretch that is not looked at."""
    seconds = Seconds()
    for at_s, moved in frames:
        seconds.add(START_S * NS_PER_S + round(at_s * NS_PER_S), moved)
    seconds.blind()
    return seconds.take()


def store(root: Path, data: bytes, camera_id: str = "cam01") -> None:
    writer = IndexWriter(root)
    writer.append(camera_id, data)
    writer.close()
    assert writer.lost == 0


def region(*places: tuple[int, int]) -> NDArray[np.bool_]:
    return cells(*places) > 0


WHOLE = np.ones(GRID, np.bool_)


def test_levels_are_kept_to_a_quarter_of_a_doubling() -> None:
    """Each evidence comes back as the highest level that it reaches, each cell in its place."""
    evidence = np.arange(576, dtype=np.uint16).reshape(GRID) % 101
    bits, levels = pack_levels(evidence.astype(np.uint8))
    back = unpack_levels(levels[None])[0]
    expected = np.array([sum(value >= level for level in LEVELS) for value in evidence.ravel()]).reshape(GRID)
    np.testing.assert_array_equal(back, expected)
    np.testing.assert_array_equal(np.unpackbits(bits).reshape(GRID), evidence > 0)
    assert LEVELS[level_of(MOVES) - 1] == MOVES
    assert [level_of(1), level_of(100)] == [1, len(LEVELS)]


def test_a_second_of_movement_and_the_quiet_before_it(tmp_path: Path) -> None:
    """Quiet seconds before, the share of its frames that moved, the union of their cells, and their most at once."""
    frames: list[tuple[float, NDArray[np.uint8] | None]] = [(t / 10, None) for t in range(100)]
    frames += [
        (10.0, cells((1, 1), (1, 2))),
        (10.2, cells((1, 2), (1, 3), (1, 4), evidence=30)),
        (10.4, None),
        (10.6, None),
    ]
    store(tmp_path, rows_of(frames))
    day = read_day(tmp_path, "cam01", DAY)
    assert day is not None
    (row,) = day.rows()
    assert (int(row["second"]) - START_S, int(row["quiet_s"])) == (10, 10)
    assert (int(row["moving"]), int(row["frames"]), int(row["peak_cells"])) == (128, 4, 3)
    moved = np.unpackbits(row["bits"]).reshape(GRID)
    np.testing.assert_array_equal(moved > 0, region((1, 1), (1, 2), (1, 3), (1, 4)))
    assert day.looked.nonzero()[0].tolist() == list(range(11))
    (newest,) = newest_row(tmp_path, "cam01", START_S + 80_000)
    assert newest == row
    evidence = least_evidence(row["levels"], row["bits"])
    np.testing.assert_array_equal(evidence > 0, moved > 0)
    with rows_path(tmp_path, "cam01", DAY).open("ab") as torn:
        torn.write(b"half a row")
    assert newest_row(tmp_path, "cam01", START_S)[0] == row
    assert len(newest_row(tmp_path, "cam01", START_S + 86_400)) == 0


def test_what_was_not_looked_at_is_not_quiet(tmp_path: Path) -> None:
    """A hole in the pictures, a background that is being learned and a clock that goes back leave seconds unknown; key frames alone do not."""
    seconds = Seconds()

    def add(*at_s: int) -> None:
        for each in at_s:
            seconds.add((START_S + each) * NS_PER_S, None)

    add(0, 10, 20)  # key frames of a long GOP
    add(20 + LONGEST_STEP_S + 1)
    add(34)
    seconds.blind()
    add(40, 41)
    add(5)  # the clock went back
    seconds.blind()
    store(tmp_path, seconds.take())
    day = read_day(tmp_path, "cam01", DAY)
    assert day is not None
    assert day.looked.nonzero()[0].tolist() == [*range(21), 33, 34, 40, 41]


def test_a_long_quiet_stretch_is_written_down_before_it_ends() -> None:
    """What a crash makes unknown is a minute."""
    seconds = Seconds()
    for at_s in range(150):
        seconds.add((START_S + at_s) * NS_PER_S, None)
    rows = np.frombuffer(seconds.take(), ROW)
    assert looked_at(rows, START_S, START_S + 150).nonzero()[0].tolist() == list(range(120))


def test_each_day_tells_of_its_own_seconds(tmp_path: Path) -> None:
    """A quiet stretch over midnight is split, and movement after it lies in the next day's file."""
    frames = [(DAY_S - 20 + t, None) for t in range(30)]
    store(tmp_path, rows_of([*frames, (DAY_S + 10, cells((0, 0)))]))
    assert [day.isoformat() for day in days_of(tmp_path, "cam01")] == ["2026-11-02", "2026-11-03"]
    first, second = (read_day(tmp_path, "cam01", day) for day in days_of(tmp_path, "cam01"))
    assert first is not None
    assert second is not None
    assert first.looked.nonzero()[0].tolist() == list(range(DAY_S - 20, DAY_S))
    assert second.looked.nonzero()[0].tolist() == list(range(11))
    for day in days_of(tmp_path, "cam01"):
        seal(tmp_path, "cam01", day)
    found = search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + 2 * DAY_S))
    assert (found.looked_s, [peak.peak_s - START_S for peak in found.peaks]) == (31, [DAY_S + 10])


frame_lists = st.lists(
    st.tuples(
        st.integers(0, 3 * 3600 * 2),
        st.lists(st.tuples(st.integers(0, 17), st.integers(0, 31)), max_size=6),
        st.sampled_from([12, 23, 60, 100]),
    ),
    max_size=60,
)


@given(frames=frame_lists, asked=st.tuples(st.integers(0, 4 * 3600), st.integers(1, 4 * 3600)), sealed=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_search_finds_what_a_model_of_every_frame_finds(
    tmp_path_factory: pytest.TempPathFactory,
    frames: list[tuple[int, list[tuple[int, int]], int]],
    asked: tuple[int, int],
    sealed: bool,
) -> None:
    """Minutes, peaks and how much was looked at; sealed or not."""
    root = tmp_path_factory.mktemp("index")
    frames = sorted(frames, key=lambda entry: entry[0])
    data = rows_of(
        (half / 2, cells(*places, evidence=evidence) if places else None) for half, places, evidence in frames
    )
    store(root, data)
    if sealed:
        seal(root, "cam01", DAY)
    wanted = region(*((row, column) for row in range(4, 12) for column in range(8, 24)))
    from_s, to_s = asked[0], asked[0] + asked[1]
    found = search(root, Query(["cam01"], wanted, START_S + from_s, START_S + to_s, most=10_000))

    per_second: dict[int, NDArray[np.bool_]] = {}
    for half, places, _ in frames:
        per_second.setdefault(half // 2, np.zeros(GRID, np.bool_))
        for place in places:
            per_second[half // 2][place] = True
    hits = {second: int((moved & wanted).sum()) for second, moved in per_second.items() if (moved & wanted).any()}
    inside = {second: count for second, count in hits.items() if from_s <= second < to_s}
    # Minutes are told whole: of the first and the last one also what lies just outside.
    minutes = {second // 60 for second in hits if from_s // 60 <= second // 60 < -(-to_s // 60)}
    assert found.minutes == len(minutes)
    assert found.examined
    told = {peak.peak_s - START_S: peak.cells for peak in found.peaks}
    assert told.items() <= inside.items()
    assert [peak.cells for peak in found.peaks] == sorted((peak.cells for peak in found.peaks), reverse=True)
    covered = {s for peak in found.peaks for s in range(peak.start_s - START_S, peak.end_s - START_S)}
    assert inside.keys() <= covered
    for peak in found.peaks:
        span = range(peak.start_s - START_S, peak.end_s - START_S)
        assert peak.cells == max(inside[second] for second in span if second in inside)
    assert set(per_second) & set(range(from_s, to_s)) <= set(np.flatnonzero(looked_of(root)))
    assert found.asked_s == to_s - from_s


def looked_of(root: Path) -> NDArray[np.bool_]:
    day = read_day(root, "cam01", DAY)
    return np.zeros(DAY_S, np.bool_) if day is None else day.looked


def test_fullest_first_and_at_least_so_many_cells(tmp_path: Path) -> None:
    """Over cameras and days; what has fewer cells at once than asked for is left out although a minute has them in sum."""
    store(
        tmp_path,
        rows_of([(5, cells((5, 5), (5, 6))), (30, cells((5, 5))), (3700, cells((5, 5), (5, 6), (6, 5), (9, 9)))]),
    )
    store(tmp_path, rows_of([(90, cells((5, 5))), (91, cells((5, 6))), (92, cells((6, 6)))]), "cam02")
    seal(tmp_path, "cam01", DAY)
    near = region(*((row, column) for row in range(5, 7) for column in range(5, 7)))
    asked = Query(["cam02", "cam01", "cam03"], near, START_S, START_S + DAY_S)
    found = search(tmp_path, asked)
    assert [(peak.camera_id, peak.peak_s - START_S, peak.cells) for peak in found.peaks] == [
        ("cam01", 3700, 3),
        ("cam01", 5, 2),
        ("cam02", 90, 1),
        ("cam01", 30, 1),
    ]
    assert found.hours == ((START_S, 2), (START_S + 3600, 1))
    assert found.peaks[0].box == (5 / 32, 5 / 18, 2 / 32, 2 / 18)
    two = search(tmp_path, Query(["cam01", "cam02"], near, START_S, START_S + DAY_S, least_cells=2))
    assert [(peak.camera_id, peak.cells) for peak in two.peaks] == [("cam01", 3), ("cam01", 2)]


def test_sealing_twice_or_killed_in_between_changes_nothing(tmp_path: Path) -> None:
    """The rows are still there after the sealed file is: what stands twice counts once. Late rows join what is sealed."""
    data = rows_of([(5, cells((5, 5))), (6, None), (7, cells((5, 6)))])
    store(tmp_path, data)
    assert seal(tmp_path, "cam01", DAY)
    once = sealed_path(tmp_path, "cam01", DAY).read_bytes()
    assert not rows_path(tmp_path, "cam01", DAY).exists()
    store(tmp_path, data)  # as if the removal had not come about
    both = read_day(tmp_path, "cam01", DAY)
    assert both is not None
    assert both.rows(levels=True).tobytes() == np.frombuffer(data, ROW).tobytes()[: len(both.rows()) * ROW.itemsize]
    assert seal(tmp_path, "cam01", DAY)
    assert sealed_path(tmp_path, "cam01", DAY).read_bytes() == once
    assert not seal(tmp_path, "cam01", DAY)
    store(tmp_path, rows_of([(90, cells((1, 1)))]))
    found = search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + DAY_S))
    assert sorted(peak.peak_s - START_S for peak in found.peaks) == [7, 90] or found.minutes == 2
    assert seal(tmp_path, "cam01", DAY)
    again = search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + DAY_S))
    assert again == found


def test_a_damaged_day_is_named_and_the_others_are_searched(tmp_path: Path) -> None:
    """Every byte of the head counts; of the rows' part each is found once it is read."""
    store(tmp_path, rows_of([(5, cells((5, 5)))]))
    store(tmp_path, rows_of([(5, cells((5, 5)))]), "cam02")
    for camera_id in ("cam01", "cam02"):
        seal(tmp_path, camera_id, DAY)
    path = sealed_path(tmp_path, "cam01", DAY)
    whole = path.read_bytes()
    for at in [0, 9, 40, 5000, 60_000, len(whole) - 200, len(whole) - 1]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        try:
            day = read_day(tmp_path, "cam01", DAY)
            assert day is not None
            day.rows(levels=True)
        except StorageError:
            pass
        else:
            pytest.fail(f"byte {at} is not held by a check")
    for length in (0, 7, 5000, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError):
            _ = [day.rows(levels=True) for day in [read_day(tmp_path, "cam01", DAY)] if day is not None]
    path.write_bytes(b"x" + whole[1:])
    found = search(tmp_path, Query(["cam01", "cam02"], WHOLE, START_S, START_S + DAY_S))
    assert found.damaged == ("cam01 2026-11-02",)
    assert [peak.camera_id for peak in found.peaks] == ["cam02"]


def test_a_damaged_day_that_is_taken_up_again_is_put_aside(tmp_path: Path) -> None:
    """Its new rows are sealed; the damaged file is kept for whoever wants to look."""
    store(tmp_path, rows_of([(5, cells((5, 5)))]))
    sealed_path(tmp_path, "cam01", DAY).write_bytes(b"nonsense")
    assert seal(tmp_path, "cam01", DAY)
    assert sealed_path(tmp_path, "cam01", DAY).with_suffix(".damaged").read_bytes() == b"nonsense"
    assert search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + DAY_S)).minutes == 1


def test_a_damaged_day_with_several_late_rows_is_put_aside(tmp_path: Path) -> None:
    """Damage in the rows' part, which is found only once they are read: no fault may end the process that seals."""
    store(tmp_path, rows_of([(5, cells((5, 5)))]))
    seal(tmp_path, "cam01", DAY)
    path = sealed_path(tmp_path, "cam01", DAY)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 0x40]))
    store(tmp_path, rows_of([(70, cells((5, 5))), (130, cells((5, 5)))]))
    assert seal(tmp_path, "cam01", DAY)
    assert path.with_suffix(".damaged").exists()
    assert search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + DAY_S)).minutes == 2


def test_a_day_that_can_not_be_read_now_is_not_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path, rows_of([(5, cells((5, 5)))]))
    seal(tmp_path, "cam01", DAY)
    store(tmp_path, rows_of([(70, cells((5, 5)))]))
    with monkeypatch.context() as patched:

        def refuse(*_: object) -> bytes:
            raise OSError(5, "Input/output error")

        patched.setattr("nvr.motion_index.day_file.os.pread", refuse)
        with pytest.raises(StorageError, match="can't be read"):
            seal(tmp_path, "cam01", DAY)
    assert rows_path(tmp_path, "cam01", DAY).exists()
    assert seal(tmp_path, "cam01", DAY)
    assert search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + DAY_S)).minutes == 2


def test_a_torn_row_is_cut_off_and_the_next_ones_are_whole(tmp_path: Path) -> None:
    """Killed, or out of space, in mid-row."""
    store(tmp_path, rows_of([(5, cells((5, 5)))]))
    with rows_path(tmp_path, "cam01", DAY).open("ab") as file:
        file.write(b"\xff" * 100)
    assert search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + DAY_S)).minutes == 1
    store(tmp_path, rows_of([(70, cells((5, 5)))]))
    found = search(tmp_path, Query(["cam01"], WHOLE, START_S, START_S + DAY_S))
    assert sorted(peak.peak_s - START_S for peak in found.peaks) == [5, 70]


def test_a_disk_that_refuses_is_counted_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And written to again when it can be."""
    root = tmp_path / "index"
    root.write_text("a file where the folder should be")
    writer = IndexWriter(root)
    with caplog.at_level(logging.ERROR):
        for at_s in (5, 70):
            writer.append("cam01", rows_of([(at_s, cells((5, 5)))]))
    refused = writer.lost
    assert (refused, writer.rows) == (2, 0)
    assert len(caplog.records) == 1
    root.unlink()
    writer.append("cam01", rows_of([(80, cells((5, 5)))]))
    writer.close()
    assert (writer.rows, writer.lost) == (1, refused)


def test_the_keeper_seals_what_is_over_and_drops_what_is_old(tmp_path: Path) -> None:
    """Not the present day, not a day that was written to just now, and nothing at all where the date is doubtful."""
    clock = SimulatedClock((START_S + 2 * DAY_S + 3600) * NS_PER_S)
    for offset in (-40, 0, 1, 2):
        store(tmp_path, rows_of([(offset * DAY_S + 5, cells((5, 5)))]))
    now_s = START_S + 2 * DAY_S + 3600
    for offset, age_s in ((-40, 90_000), (0, 90_000), (1, 30), (2, 90_000)):
        path = rows_path(tmp_path, "cam01", days_of(tmp_path, "cam01")[[-40, 0, 1, 2].index(offset)])
        os.utime(path, (now_s - age_s, now_s - age_s))
    doubtful = True
    keeper = Keeper(tmp_path, 30, clock, lambda: doubtful)
    keeper.step()
    names = sorted(path.name for path in (tmp_path / "cam01").iterdir())
    assert names == ["2026-09-23.rows", "2026-11-02.day", "2026-11-03.rows", "2026-11-04.rows"]
    doubtful = False
    keeper.step()
    assert "2026-09-23.rows" not in {path.name for path in (tmp_path / "cam01").iterdir()}
    Keeper(tmp_path / "none", 30, clock, lambda: False).step()


def test_rows_that_stand_twice_are_joined() -> None:
    """A worker that was restarted in mid-second: the union of the cells, the highest of the rest."""
    rows = np.frombuffer(
        rows_of([(5, cells((5, 5)))]) + rows_of([(3, cells((1, 1)))]) + rows_of([(5, cells((5, 6), (5, 7)))]), ROW
    )
    joined = merged([rows])
    assert (joined["second"] - START_S).tolist() == [3, 5]
    assert joined["peak_cells"].tolist() == [1, 2]
    assert counts(joined["bits"], region_bits(WHOLE)).tolist() == [1, 3]
    assert (unpack_levels(joined["levels"])[1] > 0).sum() == 3


def test_an_hour_whose_head_promises_too_much_fills_no_memory(tmp_path: Path) -> None:
    """A file that was made to hurt: a count of rows that its bytes can't hold is damage."""
    data = bytearray(encode_day(np.frombuffer(rows_of([(5, cells((5, 5)))]), ROW), START_S))
    path = sealed_path(tmp_path, "cam01", DAY)
    path.parent.mkdir()
    path.write_bytes(bytes(data[:16]) + (2**31).to_bytes(4, "little") + bytes(data[20:]))
    with pytest.raises(StorageError, match="damaged"):
        read_day(tmp_path, "cam01", DAY)
