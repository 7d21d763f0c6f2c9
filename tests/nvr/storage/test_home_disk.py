"""A recordings folder that is a disk of its own: while that is unmounted nothing of what lies on it is forgotten, or marked as lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.desk import Desk
from alerts.records import AlertState
from alerts.storage_alarms import DATA_ZONE
from nvr.app.data_disk import STEADY_STEPS, DataDiskWatch
from nvr.app.fsck import Check, Level
from nvr.app.hold_keeper import HoldKeeper
from nvr.app.places import Places
from nvr.app.rebuild import rebuild
from nvr.catalogue import hold_rows
from nvr.catalogue.hold_rows import HoldRow
from nvr.config import Config
from nvr.errors import StorageError
from nvr.recording.pooled import PoolRoom
from nvr.storage import home_disk
from nvr.storage.hold_notes import HoldNotes
from tests.nvr.app.stocked_pools import StockedPools
from tests.nvr.storage.mounted import Mounted, mounted_room

DAY_S = 86_400
CONFIG = Config.model_validate(
    {
        "node": {"reserve_mb": 16, "headroom_mb": 16},
        "cameras": [{"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}],
    }
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mounted]:
    yield from mounted_room(tmp_path)


def test_what_expires_while_the_disk_is_away_goes_once_it_is_back(room: Mounted) -> None:
    room.put("", "cam01", age_s=50 * DAY_S, count=3)
    young = room.put("", "cam01", age_s=DAY_S, count=3)
    home_disk.remember(room.recordings)
    everything = set(room.rows())
    room.unmount()
    home_disk.remember(room.recordings)  # a start
    room.short[""] = 10**9  # and the small disk beneath is full
    for _ in range(3):
        report = room.janitors().sweep()
        assert (report.expired, report.pressed) == (0, 0)
    assert set(room.rows()) == everything
    room.short.clear()
    room.remount()
    assert room.janitors().sweep().expired == 3
    assert room.rows() == dict.fromkeys(young, True)
    assert len(list(room.recordings.rglob("*.mp4"))) == 3


def test_a_disk_that_goes_in_the_middle_of_a_sweep(room: Mounted, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is marked by then is finished when it is back, and nothing is forgotten."""
    room.put("", "cam01", age_s=50 * DAY_S, count=3)
    home_disk.remember(room.recordings)
    real = type(room.catalogue).write
    with monkeypatch.context() as patched:

        def write(catalogue: object) -> object:
            patched.undo()
            room.unmount()
            return real(room.catalogue)

        patched.setattr(type(room.catalogue), "write", write)
        room.janitors().sweep()
    assert len(room.rows()) == 3
    room.remount()
    room.janitors().sweep()
    assert room.rows() == {}
    assert list(room.recordings.rglob("*.mp4")) == []


def test_checks_refuse_and_recording_goes_on(room: Mounted) -> None:
    room.put("", "cam01", age_s=DAY_S, count=2)
    home_disk.remember(room.recordings)
    room.unmount()
    check = Check(room.recordings, room.folder / "journal", room.catalogue)
    with pytest.raises(StorageError, match="disk of the recordings is missing"):
        check.run(Level.PRESENCE, repair=True)
    with pytest.raises(StorageError, match="disk of the recordings is missing"):
        rebuild(room.recordings, room.catalogue)
    assert len(room.rows()) == 2
    home, meanwhile = Places(room.recordings, CONFIG).every()
    assert not home.present()
    assert not Places(room.recordings, CONFIG).present("cam01/main/2026-11-22/1.mp4"), "neither scrub, groom nor cut"
    assert not PoolRoom(home).has_room(), "the disk would hide it, mounted again"
    assert PoolRoom(meanwhile).has_room(), "somewhere the pictures must go"


def test_it_is_told_until_it_is_back(room: Mounted) -> None:
    home_disk.remember(room.recordings)
    watch = DataDiskWatch(room.catalogue, CONFIG, room.recordings, room.clock)
    desk = Desk(room.catalogue, CONFIG, room.clock)
    assert not watch.step()
    room.unmount()
    assert watch.step()
    (alert,) = (each for each in desk.alerts(list(AlertState), 100)[1] if each.zone == DATA_ZONE)
    assert (alert.priority, alert.state) == (1, AlertState.NEW)
    room.remount()
    for _ in range(STEADY_STEPS):
        watch.step()
    (alert,) = (each for each in desk.alerts(list(AlertState), 100)[1] if each.zone == DATA_ZONE)
    assert alert.state is AlertState.CLOSED


def test_holds_of_meanwhile_are_noted_on_the_disk_itself(room: Mounted) -> None:
    home_disk.remember(room.recordings)
    keeper = HoldKeeper(room.catalogue, room.recordings)
    keeper.keep()
    room.unmount()
    with room.catalogue.write() as tx:
        hold_rows.store(tx, HoldRow("h1", "cam01", 1, 2, "Oficio 12", "Ana", 3))
    assert keeper.keep() == 0
    assert list(room.recordings.iterdir()) == []
    room.remount()
    assert keeper.keep() == 1
    assert [note.hold_id for note in HoldNotes(room.recordings).read()] == ["h1"]


def test_a_start_that_was_killed_between_the_two_marks_goes_on(room: Mounted) -> None:
    home_disk.remember(room.recordings)
    register = home_disk.register_of(room.recordings)
    known = register.read_bytes()
    register.unlink()
    assert home_disk.is_there(room.recordings)
    home_disk.remember(room.recordings)
    assert register.read_bytes() == known


def test_another_disk_is_not_taken_for_it_until_somebody_says_so(room: Mounted) -> None:
    home_disk.remember(room.recordings)
    room.unmount()
    room.mount()
    home_disk.remember(room.recordings)
    assert not home_disk.is_there(room.recordings)
    home_disk.register_of(room.recordings).unlink()
    home_disk.remember(room.recordings)
    assert home_disk.is_there(room.recordings)
    assert (room.recordings / home_disk.MARK).exists()


def test_moved_to_the_data_disk_it_is_known(room: Mounted) -> None:
    home_disk.remember(room.recordings)
    mark = (room.recordings / home_disk.MARK).read_bytes()
    room.unmount()
    (room.recordings / home_disk.MARK).write_bytes(mark)  # rsync -a
    home_disk.remember(room.recordings)
    assert home_disk.is_there(room.recordings)


def test_a_folder_on_the_data_disk_is_not_marked(tmp_path: Path) -> None:
    plain = StockedPools(tmp_path, ())
    plain.put("", "cam01", age_s=50 * DAY_S, count=2)
    home_disk.remember(plain.recordings)
    assert not (plain.recordings / home_disk.MARK).exists()
    assert not home_disk.register_of(plain.recordings).exists()
    next(plain.recordings.rglob("*.mp4")).unlink()  # somebody else deleted it
    assert plain.janitors().sweep().expired == 2
    assert plain.rows() == {}
    plain.catalogue.close()


def test_a_disk_that_can_not_be_marked_is_recorded_into_all_the_same(
    room: Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(room.recordings)], check=True)
    home_disk.remember(room.recordings)
    assert "can't be marked" in caplog.text
    assert home_disk.is_there(room.recordings)
