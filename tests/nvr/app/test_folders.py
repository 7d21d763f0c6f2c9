"""The data folder: private, held by one control room, and unusable ones end in one line that says what to do."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nvr.app.folders import Folders
from nvr.config.loader import parse_config
from nvr.errors import BusError, DiskFull, NvrError, StorageError

ROOT = Path(__file__).parents[3]
CONFIG = "node: {data: %s}\ncameras: [{id: a, number: 1, name: x, main: {url: 'rtsp://h/1'}}]\n"


def one_line(error: NvrError) -> str:
    assert "\n" not in str(error)
    assert error.remedy
    return str(error)


@contextmanager
def process_that(data: Path, action: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that takes the folder (``lock``) or works in it (``enter``) and keeps it until it is told to end."""
    code = f"import sys; from pathlib import Path; from nvr.app.folders import Folders; d = Folders(Path(sys.argv[1])).{action}(); print('held', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def test_folders_are_private(tmp_path: Path) -> None:
    """Recordings are personal data: nobody but their owner reads them, whatever the umask."""
    before = os.umask(0)
    try:
        folders = Folders(tmp_path / "a" / "data")
        folders.create()
    finally:
        os.umask(before)
    for folder in (folders.data, folders.recordings, folders.snapshots, folders.run, folders.data / "journal"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folders.create()
    assert sorted(path.name for path in folders.data.iterdir()) == [
        "journal",
        "motion-index",
        "recordings",
        "run",
        "snapshots",
    ]
    assert list(folders.recordings.iterdir()) == []


def test_places_follow_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the working directory, credentials to the data folder; absolute ones as they are."""
    monkeypatch.chdir(tmp_path)
    config = parse_config(CONFIG % "there", "c")
    folders = Folders.of(config)
    assert folders.data == tmp_path.resolve() / "there"
    assert folders.credentials(config) == folders.data / "credentials.yaml"
    assert folders.database_url(config) == f"sqlite:///{folders.data}/catalogue.sqlite"
    assert folders.journal("ingest-0") == folders.data / "journal" / "ingest-0"
    elsewhere = parse_config(
        CONFIG % "x, credentials_file: /etc/nvr/c.yaml, database: 'postgresql+psycopg://u@h/d'", "c"
    )
    assert Folders.of(elsewhere).credentials(elsewhere) == Path("/etc/nvr/c.yaml")
    assert Folders.of(elsewhere).database_url(elsewhere) == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize("part", ["", "recordings", "run", "journal"])
def test_a_file_in_the_way_is_said_in_one_line(tmp_path: Path, part: str) -> None:
    """At the top or further in."""
    folders = Folders(tmp_path / "data")
    (tmp_path / "data" / part).parent.mkdir(exist_ok=True)
    (tmp_path / "data" / part).touch()
    with pytest.raises(StorageError) as caught:
        folders.create()
    assert "can't be used (File exists)" in one_line(caught.value)
    assert "--data" in caught.value.remedy


@pytest.mark.parametrize("place", ["/proc/nvr-data", "/dev/null/data"])
def test_places_where_nothing_can_be_made_are_said_in_one_line(place: str) -> None:
    """Also for root, whom permissions do not stop."""
    with pytest.raises(StorageError) as caught:
        Folders(Path(place)).create()
    assert "can't be used" in one_line(caught.value)


def test_links_in_a_circle_are_said_in_one_line(tmp_path: Path) -> None:
    """Path.resolve raises RuntimeError of them."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    folders = Folders.of(parse_config(CONFIG % (tmp_path / "loop"), "c"))
    with pytest.raises(StorageError) as caught:
        folders.create()
    assert "can't be used" in one_line(caught.value)


@pytest.mark.parametrize("part", ["", "recordings", "snapshots"])
def test_a_folder_that_can_not_be_written_is_found_before_the_first_segment(part: str) -> None:
    """Made by an earlier run, now another user's or read-only. Permissions do not stop root: there, the process becomes nobody first."""
    nobody = 65534
    code = (
        "import os, sys; from pathlib import Path; from nvr.app.folders import Folders; from nvr.errors import StorageError\n"
        f"if os.geteuid() == 0: os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})\n"
        "try: Folders(Path(sys.argv[1])).create()\n"
        "except StorageError as error: print(error)"
    )
    # Not tmp_path: pytest's folders are closed to other users.
    with tempfile.TemporaryDirectory() as top:
        folders = Folders(Path(top) / "data")
        folders.create()
        if os.geteuid() == 0:
            for path in (Path(top), folders.data, *folders.data.iterdir()):
                os.chown(path, nobody, nobody)
        (folders.data / part).chmod(0o500)
        result = subprocess.run(
            [sys.executable, "-c", code, str(folders.data)], check=False, capture_output=True, text=True, cwd=ROOT
        )
        assert "can't be used (Permission denied)" in result.stdout, result.stderr
        (folders.data / part).chmod(0o700)


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """The kind of the error tells the recorder from a wrong path."""
    error = Folders(tmp_path)._unusable(OSError(28, "No space left on device"))
    assert isinstance(error, DiskFull)
    assert "full" in one_line(error)


def test_a_second_control_room_is_refused_at_once(tmp_path: Path) -> None:
    """By another process; and the folder is free again the moment that process is killed."""
    folders = Folders(tmp_path)
    folders.create()
    with process_that(tmp_path, "lock") as holder:
        with pytest.raises(StorageError) as caught:
            folders.lock()
        assert "already runs" in one_line(caught.value)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        os.close(folders.lock())
    first = folders.lock()
    with pytest.raises(StorageError):
        folders.lock()
    os.close(first)
    os.close(folders.lock())


def test_workers_of_a_killed_control_room_are_waited_for(tmp_path: Path) -> None:
    """They still write their last segments; who takes those up at once reads half of them. The wait has an end."""
    folders = Folders(tmp_path)
    folders.create()
    with process_that(tmp_path, "enter") as worker:
        with pytest.raises(StorageError) as caught:
            folders.lock(wait_s=0.2)
        assert "killed still run" in one_line(caught.value)
        assert worker.stdin is not None
        worker.stdin.close()  # now it ends
        os.close(folders.lock(wait_s=30))
        assert worker.wait() == 0


def test_workers_enter_side_by_side_while_their_control_room_runs(tmp_path: Path) -> None:
    """The supervisor's hold is not in its own children's way."""
    folders = Folders(tmp_path)
    folders.create()
    held = folders.lock()
    with process_that(tmp_path, "enter"), process_that(tmp_path, "enter"):
        os.close(folders.enter())
    os.close(held)


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """Whoever may write into the folder must not make us create files elsewhere."""
    folders = Folders(tmp_path / "data")
    folders.create()
    (folders.run / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError) as caught:
        folders.lock()
    assert "can't be used" in one_line(caught.value)
    assert not (tmp_path / "elsewhere").exists()


def test_a_path_too_long_for_sockets_is_told_before_anything_is_made(tmp_path: Path) -> None:
    data = tmp_path / ("long-" * 20)
    with pytest.raises(BusError, match="too long for a Unix socket") as found:
        Folders(data).create()
    assert "node.data" in one_line(found.value)
    assert not data.exists()
