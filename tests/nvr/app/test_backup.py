"""F22: a copy that was taken while the room ran comes back whole on a clean machine, and the audit's chain goes on."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from nvr.app import audit_check
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
from nvr.storage.layout import HOLDS_FILE

CAMERA = 'cameras:\n  - {id: cam1, name: Uno, main: {url: "rtsp://127.0.0.1:9/1"}}\n'


class Room:
    """A data folder with something of everything."""

    def __init__(self, folder: Path) -> None:
        self.path, self.copy = folder / "cameras.yaml", folder / "copy"
        self.path.write_text(CAMERA, encoding="utf-8")
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
