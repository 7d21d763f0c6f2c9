"""Sweeps on real files, cut off at any step."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nvr.clock import SimulatedClock
from nvr.disk import SyncFailed, sync_folder
from nvr.errors import StorageError
from nvr.media import StreamKind
from nvr.storage.janitor import DeletionReason, Janitor
from nvr.storage.layout import segment_path
from nvr.storage.retention import SegmentRef
from nvr.storage.space import FreeSpace

DAY_NS = 86_400 * 10**9


class Killed(Exception):
    """The process ends here."""


class Index:
    """A catalogue in memory; ``kill_before`` names the call in which the process dies."""

    def __init__(self, refs: Sequence[SegmentRef]) -> None:
        self.rows = {ref.segment_id: ref for ref in refs}
        self.marked: dict[str, DeletionReason] = {}
        self.kill_before = ""
        self.excess: dict[str, int] = {}

    def _enter(self, name: str) -> None:
        if self.kill_before == name:
            raise Killed

    def candidates(self, per_camera: int) -> Sequence[SegmentRef]:
        self._enter("candidates")
        return [ref for ref in self.rows.values() if ref.segment_id not in self.marked]

    def excess_bytes(self) -> Mapping[str, int]:
        return self.excess

    def mark_deleting(self, segment_ids: Collection[str], reason: DeletionReason) -> Collection[str]:
        self._enter("mark_deleting")
        done = [one for one in segment_ids if not self.rows[one].held]
        self.marked.update(dict.fromkeys(done, reason))
        return done

    def deleting(self) -> Sequence[SegmentRef]:
        return [self.rows[one] for one in self.marked]

    def forget(self, segment_ids: Collection[str]) -> None:
        self._enter("forget")
        for one in segment_ids:
            del self.rows[one], self.marked[one]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def refs(tmp_path: Path, clock: SimulatedClock) -> list[SegmentRef]:
    """Ten segments on disk, one a day, the oldest nine days ago; the third is held."""
    made = []
    for age_days in range(10):
        start_ns = clock.wall_ns() - (10 - age_days) * DAY_NS
        path = segment_path("cam01", StreamKind.MAIN, start_ns)
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(b"x" * 1000)
        made.append(
            SegmentRef(
                segment_id=str(age_days),
                camera_id="cam01",
                stream=StreamKind.MAIN,
                start_wall_ns=start_ns,
                end_wall_ns=start_ns + 60 * 10**9,
                size_bytes=1000,
                path=str(path),
                held=age_days == 2,
            )
        )
    return made


def janitor(root: Path, index: Index, clock: SimulatedClock, *, days: float = 5.5, short_bytes: int = -1) -> Janitor:
    """With ``short_bytes`` the disk pretends to lack that many: its reserve is set just above what is free."""
    space = FreeSpace(root, 0)
    if short_bytes >= 0:
        free_bytes = space.free_bytes()
        space = FreeSpace(root, 0)
        space.free_bytes = lambda: free_bytes  # type: ignore[method-assign]  # other processes use the same disk
        space.reserve_bytes = free_bytes + short_bytes
    return Janitor(root, index, space, retention_ns=round(days * DAY_NS), headroom_bytes=0, clock=clock)


def on_disk(root: Path) -> int:
    return len(list(root.rglob("*.mp4")))


def test_what_is_older_than_the_retention_goes_and_the_rest_stays(
    tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock
) -> None:
    index = Index(refs)
    report = janitor(tmp_path, index, clock).sweep()
    assert (report.expired, report.pressed, report.freed_bytes, report.undeletable) == (4, 0, 4000, 0)
    assert sorted(index.rows) == ["2", "5", "6", "7", "8", "9"]
    assert index.marked == {}
    assert on_disk(tmp_path) == 6
    assert not (tmp_path / refs[0].path).parent.exists(), "the empty day's folder stays behind"


@pytest.mark.parametrize("step", ["mark_deleting", "forget"])
def test_a_sweep_that_is_cut_off_is_finished_by_the_next(
    tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock, step: str
) -> None:
    index = Index(refs)
    index.kill_before = step
    with pytest.raises(Killed):
        janitor(tmp_path, index, clock).sweep()
    for segment_id, ref in index.rows.items():
        assert (tmp_path / ref.path).exists() or segment_id in index.marked, (
            "a row points to nothing and doesn't say so"
        )
    index.kill_before = ""
    janitor(tmp_path, index, clock).sweep()
    assert sorted(index.rows) == ["2", "5", "6", "7", "8", "9"]
    assert on_disk(tmp_path) == 6


def test_space_is_taken_from_the_oldest_and_reported(
    tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index(refs)
    report = janitor(tmp_path, index, clock, days=45, short_bytes=2500).sweep()
    assert (report.expired, report.pressed, report.shortfall_bytes) == (0, 3, 0)
    assert sorted(index.rows) == ["2", "4", "5", "6", "7", "8", "9"]
    assert "younger than the retention" in caplog.text


def test_a_hold_that_came_in_between_wins(tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock) -> None:
    class Late(Index):
        def candidates(self, per_camera: int) -> Sequence[SegmentRef]:
            seen = super().candidates(per_camera)
            self.rows["0"] = replace(self.rows["0"], held=True)
            return seen

    report = janitor(tmp_path, Late(refs), clock).sweep()
    assert report.expired == 3
    assert (tmp_path / refs[0].path).exists()


def test_a_file_that_refuses_stays_marked_and_the_others_go(
    tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock
) -> None:
    path = tmp_path / refs[0].path
    path.unlink()
    path.mkdir()
    index = Index([*refs[:5], replace(refs[4], segment_id="evil", path="../outside.mp4")])
    (tmp_path.parent / "outside.mp4").write_text("mine")
    report = janitor(tmp_path, index, clock).sweep()
    assert (report.expired, report.undeletable) == (5, 2)
    assert sorted(index.marked) == ["0", "evil"]
    assert (tmp_path.parent / "outside.mp4").exists()
    path.rmdir()
    janitor(tmp_path, index, clock).sweep()
    assert sorted(index.marked) == ["evil"]


@pytest.mark.parametrize("jump_days", [60, -60, 365 * 80])
def test_a_jump_of_the_clock_deletes_nothing_until_somebody_looked(
    tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock, jump_days: int
) -> None:
    index = Index(refs)
    sweeper = janitor(tmp_path, index, clock, days=45)
    assert sweeper.sweep().clock_trusted
    clock.step_wall(seconds=jump_days * 86_400)
    for _ in range(3):
        report = sweeper.sweep()
        assert (report.expired, report.clock_trusted) == (0, False)
        clock.advance(seconds=60)
    assert on_disk(tmp_path) == 10
    sweeper.trust_clock()
    assert sweeper.sweep().expired == (9 if jump_days > 0 else 0)


def test_months_of_small_corrections_are_no_jump(tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock) -> None:
    sweeper = janitor(tmp_path, Index(refs), clock, days=4000)
    for _ in range(100):
        clock.advance(seconds=86_400)
        clock.step_wall(seconds=60)
        assert sweeper.sweep().clock_trusted


def test_a_disk_that_does_not_answer_is_not_emptied(tmp_path: Path, clock: SimulatedClock) -> None:
    gone = FreeSpace(tmp_path / "gone", 10**9)
    assert not gone.has_room()
    with pytest.raises(StorageError):
        gone.shortfall_bytes()
    index = Index([])
    report = Janitor(tmp_path, index, gone, retention_ns=DAY_NS, headroom_bytes=0, clock=clock).sweep()
    assert report.pressed == 0


def test_free_space_knows_its_reserve(tmp_path: Path) -> None:
    free_bytes = shutil.disk_usage(tmp_path).free
    assert FreeSpace(tmp_path, 0).has_room()
    assert not FreeSpace(tmp_path, free_bytes * 2).has_room()
    assert FreeSpace(tmp_path, free_bytes * 2).shortfall_bytes(10**9) > free_bytes // 2
    assert FreeSpace(tmp_path, 0).shortfall_bytes() == 0


def test_all_that_expired_goes_in_one_sweep_however_many(tmp_path: Path, clock: SimulatedClock) -> None:
    """It asks for few of each camera at first; a catalogue gives no more than it was asked for."""

    class Strict(Index):
        def candidates(self, per_camera: int) -> Sequence[SegmentRef]:
            asked.append(per_camera)
            return [*super().candidates(per_camera)][:per_camera]

    asked: list[int] = []
    made = []
    for number in range(130):
        start_ns = clock.wall_ns() - 9 * DAY_NS + number * 60 * 10**9
        path = segment_path("cam01", StreamKind.MAIN, start_ns)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
        made.append(
            SegmentRef(
                segment_id=f"{number:04}",
                camera_id="cam01",
                stream=StreamKind.MAIN,
                start_wall_ns=start_ns,
                end_wall_ns=start_ns + 60 * 10**9,
                size_bytes=1,
                path=str(path),
            )
        )
    index = Strict(made)
    assert janitor(tmp_path, index, clock).sweep().expired == 130
    assert janitor(tmp_path, index, clock).sweep().expired == 0
    assert asked[0] == asked[-1] < 130 <= asked[-2]
    assert on_disk(tmp_path) == 0


@pytest.mark.parametrize("refused", [False, True])
def test_rows_are_forgotten_once_their_folders_are_synced(
    tmp_path: Path, refs: list[SegmentRef], clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    """A power cut could bring a file back; its row is needed then to delete it again."""
    index, synced = Index(refs), list[Path]()
    forget = index.forget

    def sync(folder: Path) -> None:
        sync_folder(folder)
        synced.append(folder)
        if refused:
            raise SyncFailed(5, "Input/output error")

    def forgetting(segment_ids: Collection[str]) -> None:
        for one in segment_ids:
            assert {(tmp_path / index.rows[one].path).parent, (tmp_path / index.rows[one].path).parents[1]} & set(
                synced
            )
        forget(segment_ids)

    monkeypatch.setattr("nvr.storage.janitor.sync_folder", sync)
    monkeypatch.setattr(index, "forget", forgetting)
    report = janitor(tmp_path, index, clock).sweep()
    assert report.expired > 0
    assert bool(index.marked) is refused, "marked still: the next sweep looks again"
