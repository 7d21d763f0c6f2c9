"""F22: a copy that was taken while the room ran comes back whole on a clean machine, and the audit's chain goes on."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from nvr.app import audit_check, backup
from nvr.app.adoption import adopt_at_start
from nvr.app.audit_check import AuditAnchor
from nvr.app.backup import MANIFEST, make, restore
from nvr.app.folders import Folders
from nvr.app.in_force import FOLDER
from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.cli import main
from nvr.config.versions import VersionStore
from nvr.errors import StorageError
from nvr.storage import home_disk
from nvr.storage.layout import HOLDS_FILE

CAMERA = 'cameras:\n  - {id: cam1, name: Uno, main: {url: "rtsp://127.0.0.1:9/1"}}\n'


class Room:
    """A data folder with something of everything."""

    def __init__(self, folder: Path, node: str = "") -> None:
        self.path, self.copy = folder / "cameras.yaml", folder / "copy"
        self.path.write_text(f"{node}{CAMERA}", encoding="utf-8")
        self.folders = Folders.at(folder / "data")
        self.folders.create()
        self.config = adopt_at_start(self.path, self.folders.data).in_force.config
        self.catalogue = Catalogue(self.folders.database_url(self.config))
        self.write(50)
        AuditAnchor(self.folders.audit_heads).write(self.catalogue)
        (self.folders.recordings / HOLDS_FILE).write_bytes(b"held")
        credentials = self.folders.credentials(self.config)
        credentials.write_text("anillo: {user: u, password: p}", encoding="utf-8")
        credentials.chmod(0o600)

    def write(self, count: int, catalogue: Catalogue | None = None) -> None:
        with (catalogue or self.catalogue).write() as tx:
            for _ in range(count):
                audit.append(
                    tx,
                    wall_ns=time.time_ns(),
                    actor="ana",
                    terminal="",
                    address="",
                    action="alert.take",
                    object="a1",
                    detail={},
                )

    def make(self) -> None:
        make(self.folders, self.config, self.path, self.copy)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_copy_of_a_room_at_work_comes_back_and_the_audit_goes_on(room: Room, tmp_path: Path) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            room.write(1)

    working = threading.Thread(target=work)
    working.start()
    began_s = time.monotonic()
    try:
        room.make()
    finally:
        stop.set()
        working.join()
    new = Folders.at(tmp_path / "new")
    assert main(["backup", "restore", str(room.copy), "--data", str(new.data)]) == 0
    sys.stdout.write(f"copied and put back in {time.monotonic() - began_s:.2f} s (asked: 30 min)\n")
    for path in new.data.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    for name in ("credentials.yaml", f"recordings/{HOLDS_FILE}", "audit-head.log"):
        assert (new.data / name).read_bytes() == (room.folders.data / name).read_bytes()
    assert (new.data / "cameras.yaml").read_text(encoding="utf-8") == CAMERA
    assert VersionStore(new.data / FOLDER).history() == VersionStore(room.folders.data / FOLDER).history()
    catalogue = Catalogue(new.database_url(room.config))
    before = audit_check.check(catalogue, new.audit_heads)
    assert (before.fault, before.copies) == ("", 1)
    assert before.records >= 50
    room.write(5, catalogue)
    after = audit_check.check(catalogue, new.audit_heads)
    assert (after.fault, after.records) == ("", before.records + 5)
    catalogue.close()
    room.catalogue.close()


def test_what_is_not_whole_or_not_what_it_was_is_refused(room: Room, tmp_path: Path) -> None:
    room.catalogue.close()
    room.make()
    with pytest.raises(StorageError, match="not empty"):
        room.make()
    with closing(sqlite3.connect(room.copy / "catalogue.sqlite")) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS audit_delete")
        connection.execute("CREATE TABLE strange (id INTEGER)")
    with pytest.raises(StorageError, match="not what was copied"):
        restore(room.copy, tmp_path / "new")
    assert not (tmp_path / "new").exists(), "nothing was written"
    (room.copy / MANIFEST).unlink()
    with pytest.raises(StorageError, match="can't be put back"):
        restore(room.copy, tmp_path / "new")


def test_nothing_that_is_there_is_written_over(room: Room) -> None:
    room.catalogue.close()
    room.make()
    with pytest.raises(StorageError, match="there already"):
        restore(room.copy, room.folders.data)


def restored(room: Room, data: Path, *more: str) -> int:
    return main(["backup", "restore", str(room.copy), "--data", str(data), *more])


@pytest.mark.parametrize("linked", [False, True], ids=["mounted", "linked"])
def test_recordings_that_are_back_first_keep_what_lies_beside_them(room: Room, tmp_path: Path, linked: bool) -> None:
    """As the page says: the disks, then the copy. What was held after the copy is held still."""
    room.catalogue.close()
    room.make()
    new, disk = Folders.at(tmp_path / "new"), tmp_path / "disk"
    new.data.mkdir(mode=0o700)
    if linked:
        disk.mkdir()
        new.recordings.symlink_to(disk)
    new.recordings.mkdir(exist_ok=True)
    (new.recordings / HOLDS_FILE).write_bytes(b"held, and more since")
    assert restored(room, new.data) == 0
    assert (new.recordings / HOLDS_FILE).read_bytes() == b"held, and more since"
    assert (new.data / "catalogue.sqlite").exists()


def test_a_disk_that_is_not_mounted_yet_is_not_taken_for_an_empty_one(room: Room, tmp_path: Path) -> None:
    """Else `nvr fsck --repair` would make a gap of every recording."""
    home_disk.register_of(room.folders.recordings).write_text('{"disk": "8f3a"}', encoding="utf-8")
    room.catalogue.close()
    room.make()
    new = Folders.at(tmp_path / "new")
    assert restored(room, new.data) == 0
    assert not home_disk.is_there(new.recordings)
    (new.recordings / home_disk.MARK).write_text('{"disk": "8f3a"}', encoding="utf-8")
    assert home_disk.is_there(new.recordings)


def test_recordings_that_lead_to_a_disk_that_is_away_are_refused(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room.catalogue.close()
    room.make()
    new = tmp_path / "new"
    new.mkdir()
    (new / "recordings").symlink_to(tmp_path / "away")
    assert restored(room, new) != 0
    assert "mount that disk first" in capsys.readouterr().err
    assert not (tmp_path / "away").exists()
    assert [path.name for path in new.iterdir()] == ["recordings"]


def test_what_lay_outside_of_the_data_folder_comes_back_where_it_lay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A catalogue in the wrong place would be none: the next start would make an empty one, and new first passwords."""
    database, credentials = tmp_path / "db" / "x.sqlite", tmp_path / "etc" / "credentials.yaml"
    for path in (database, credentials):
        path.parent.mkdir()
    node = f"node: {{database: 'sqlite:///{database}', credentials_file: {credentials}}}\n"
    room = Room(tmp_path, node)
    room.catalogue.close()
    room.make()
    new = tmp_path / "new"
    for folder in (database.parent, credentials.parent):
        folder.rename(tmp_path / f"old-{folder.name}")  # the machine is another one
    assert restored(room, new) != 0
    said = capsys.readouterr().err
    assert str(database) in said
    assert "--outside" in said
    assert not new.exists()
    assert restored(room, new, "--outside") == 0
    assert credentials.read_text(encoding="utf-8") == "anillo: {user: u, password: p}"
    catalogue = Catalogue(Folders.at(new).database_url(adopt_at_start(new / "cameras.yaml", new).in_force.config))
    try:
        assert catalogue.file == database
        assert audit_check.check(catalogue, Folders.at(new).audit_heads).records >= 50
    finally:
        catalogue.close()
    assert [path.name for path in new.glob("*.sqlite")] == []


@pytest.mark.parametrize("place", ["outside", "inside"])
def test_what_a_killed_catalogue_left_beside_its_file_is_not_written_into_the_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """Put aside was the file alone: SQLite would take the other's write-ahead log for the copy's own."""
    new = tmp_path / "new"
    database = tmp_path / "x.sqlite" if place == "outside" else new / "catalogue.sqlite"
    room = Room(tmp_path, f"node: {{database: 'sqlite:///{database}'}}\n" if place == "outside" else "")
    room.make()
    room.write(300)
    at_work = room.catalogue.file
    assert at_work is not None
    log = at_work.with_name(f"{at_work.name}-wal").read_bytes()
    room.catalogue.close()
    if place == "outside":
        assert restored(room, new, "--outside") != 0
        assert "move it away, and what lies beside it" in capsys.readouterr().err
        database.rename(tmp_path / "old.sqlite")
    new.mkdir(exist_ok=True)
    left = database.with_name(f"{database.name}-wal")
    left.write_bytes(log)  # as a killed process or a power cut leaves it
    assert restored(room, new, "--outside") != 0
    said = capsys.readouterr().err
    assert str(left) in said
    assert "then restore again" in said
    assert not database.exists(), "nothing was written"
    left.rename(tmp_path / "old.sqlite-wal")
    assert restored(room, new, "--outside") == 0
    with closing(sqlite3.connect(database)) as connection:
        records = connection.execute("SELECT count(*) FROM audit WHERE action = 'alert.take'").fetchone()
    assert records == (50,)


def test_a_catalogue_that_the_configuration_looks_for_elsewhere_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path means another file in another folder."""
    monkeypatch.chdir(tmp_path)
    room = Room(tmp_path, "node: {database: 'sqlite:///data/x.sqlite'}\n")
    room.catalogue.close()
    room.make()
    assert restored(room, tmp_path / "new") == 1
    assert "change node.database" in capsys.readouterr().err


def test_one_that_was_cut_off_is_begun_again(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room.catalogue.close()
    room.make()
    new = tmp_path / "new"
    done: list[Path] = []
    with monkeypatch.context() as patched:
        real = backup._copy

        def copy(source: Path, target: Path) -> str:
            if len(done) == 3:
                raise KeyboardInterrupt
            done.append(target)
            return real(source, target)

        patched.setattr(backup, "_copy", copy)
        with pytest.raises(KeyboardInterrupt):
            restore(room.copy, new)
    assert restored(room, new) == 0
    assert {path.relative_to(new) for path in new.rglob("*") if path.is_file()} >= {
        Path(name) for name in ("catalogue.sqlite", "cameras.yaml", "credentials.yaml", "audit-head.log")
    }
