"""Bad input is one line that says what to do; the rest goes on."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from benchmarks.rig import CAMERAS_YAML, free_port, listens, start, wait_for, write_config
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.catalogue.engine import Catalogue

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The `nvr` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "nvr.cli", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def assert_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2 and a single line with all these words; no traceback."""
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


def test_a_missing_file(tmp_path: Path) -> None:
    """The path that was given, and the option to mend it with."""
    assert_one_line(run("run", "--config", str(tmp_path / "nada.yaml")), "nada.yaml", "--config")


def test_a_malformed_file_names_line_and_column(tmp_path: Path) -> None:
    """YAML that does not parse."""
    path = tmp_path / "cameras.yaml"
    path.write_text("version: 1\ncameras:\n  - id: cam01\n   number: 1\n", encoding="utf-8")
    assert_one_line(run("run", "--config", str(path)), "cameras.yaml:4:", "YAML")


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    """Two faults in two cameras: two lines, each with its place."""
    document = yaml.safe_load(CAMERAS_YAML.read_text(encoding="utf-8"))
    document["cameras"][0]["main"] = {"url": "http://10.0.0.1/"}
    document["cameras"][5]["nombre"] = "x"
    path = tmp_path / "cameras.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = run("check-config", "--config", str(path))
    assert done.returncode == 2
    assert "cameras.0.main.url" in done.stderr
    assert "cameras.5.nombre" in done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    """Somebody else listens where the console should."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        path = tmp_path / "cameras.yaml"
        write_config(path, cameras=1, fleet_port=1, console_port=port, data=tmp_path / "data")
        assert_one_line(run("run", "--config", str(path)), f"port {port}", "in use", "node.port")


def test_credentials_that_others_may_read(tmp_path: Path) -> None:
    """The credentials file must be its owner's alone; its content is not quoted."""
    path = tmp_path / "cameras.yaml"
    write_config(path, cameras=3, fleet_port=1, console_port=free_port(), data=tmp_path / "data")
    (tmp_path / "data").mkdir()
    credentials = tmp_path / "data" / "credentials.yaml"
    credentials.write_text("flota: {user: nvr, password: secreto-canario}\n", encoding="utf-8")
    credentials.chmod(0o644)
    done = run("run", "--config", str(path))
    assert_one_line(done, "chmod 600")
    assert "canario" not in done.stderr


def test_an_unreachable_camera_stops_nothing(tmp_path: Path) -> None:
    """Nobody answers at the cameras' addresses: the console comes up all the same and says which camera is away and what to check."""
    path = tmp_path / "cameras.yaml"
    console_port = free_port()
    write_config(path, cameras=2, fleet_port=free_port(), console_port=console_port, data=tmp_path / "data")
    started = start(["nvr.cli", "run", "--config", str(path)], tmp_path / "nvr.log")
    try:
        wait_for("the console answers", lambda: listens(console_port), 60, started)
        wait_for("the log names the camera", lambda: "cam01/main: " in (tmp_path / "nvr.log").read_text(), 20, started)
        line = next(line for line in (tmp_path / "nvr.log").read_text().splitlines() if "cam01/main: " in line)
        assert "check power, cable and address" in line
    finally:
        assert started.stop() == 0
    text = (tmp_path / "nvr.log").read_text()
    assert "Traceback" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_pauses_recording_and_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The data folder lies on a disk below its reserve: one line says that recording waits for room; the console is there."""
    tmp_path = tmp_path_factory.mktemp("full")  # a test's own folder has too long a name for sockets in it
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this sandbox does not let tests mount a tmpfs")
    path = tmp_path / "cameras.yaml"
    console_port, fleet_port = free_port(), free_port()
    write_config(path, cameras=1, fleet_port=fleet_port, console_port=console_port, data=disk / "data")
    fleet = start(
        [
            "ingest.simulator",
            "--small",
            "--config",
            str(path),
            "--cache",
            str(tmp_path / "clips"),
            "--port",
            str(fleet_port),
        ],
        tmp_path / "fleet.log",
    )
    started = None
    try:
        wait_for("the fleet listens", lambda: listens(fleet_port), 60, fleet)
        started = start(["nvr.cli", "run", "--config", str(path)], tmp_path / "nvr.log")
        wait_for("the console answers", lambda: listens(console_port), 60, started)
        wait_for(
            "the log says that the disk is full", lambda: "room" in (tmp_path / "nvr.log").read_text(), 30, started
        )
        assert listens(console_port)
    finally:
        if started is not None:
            started.stop()
        fleet.stop()
        subprocess.run(["umount", str(disk)], check=False)


def prepared(tmp_path: Path) -> tuple[Path, Path]:
    """A configuration of one camera, and its catalogue's file, made and closed."""
    path = tmp_path / "cameras.yaml"
    write_config(path, cameras=1, fleet_port=1, console_port=free_port(), data=tmp_path / "data")
    folders = Folders.of(load(path, None))
    folders.create()
    Catalogue(f"sqlite:///{folders.data / 'catalogue.sqlite'}").close()
    return path, folders.data / "catalogue.sqlite"


def garbage(file: Path) -> None:
    """It is something else altogether."""
    file.write_bytes(b"not a database at all" * 500)


def half_garbage(file: Path) -> None:
    """Its head is whole; pages in its middle are not, as a dying disk leaves them."""
    data = bytearray(file.read_bytes())
    data[4096 : len(data) // 2] = os.urandom(len(data) // 2 - 4096)
    file.write_bytes(data)


def cut(file: Path) -> None:
    """A copy that was not finished."""
    os.truncate(file, file.stat().st_size // 3)


def newer(file: Path) -> None:
    """A later version of this program was here."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("INSERT INTO schema_version (version, applied_wall_ns) VALUES (99, 1)")
        database.commit()


def stranger(file: Path) -> None:
    """Another program's database."""
    file.unlink()
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE theirs (x)")
        database.commit()


def folder(file: Path) -> None:
    """A folder of that name."""
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (garbage, ("corrupt", "restore")),
        (half_garbage, ("corrupt", "restore")),
        (cut, ("corrupt", "restore")),
        (newer, ("step 99", "newer version")),
        (stranger, ("not ours", "node.database")),
        (folder, ("can't be opened", "check path")),
    ],
)
def test_a_catalogue_that_can_not_be_used(tmp_path: Path, harm: Callable[[Path], None], words: tuple[str, ...]) -> None:
    """One line with the remedy, and the file is left as it was: it may be somebody's evidence."""
    path, file = prepared(tmp_path)
    harm(file)
    before = file.read_bytes() if file.is_file() else b""
    assert_one_line(run("run", "--config", str(path)), *words)
    assert (file.read_bytes() if file.is_file() else b"") == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write what is read-only")
def test_a_read_only_catalogue(tmp_path: Path) -> None:
    """Restored by somebody else, say."""
    path, file = prepared(tmp_path)
    file.chmod(0o400)
    assert_one_line(run("run", "--config", str(path)), "can't be opened", "check path, owner")


@pytest.mark.parametrize("text", ["- flota\n", "flota: {user: nvr\n", "flota: {user: nvr, pass: canario}\n", "\x00"])
def test_malformed_credentials(tmp_path: Path, text: str) -> None:
    """The file, the place and the shape that is wanted; nothing of what stands there."""
    path, file = prepared(tmp_path)
    credentials = file.with_name("credentials.yaml")
    credentials.touch(mode=0o600)
    credentials.write_text(text, encoding="utf-8")
    done = run("run", "--config", str(path))
    assert_one_line(done, "credentials.yaml:")
    assert "canario" not in done.stderr


def test_two_control_rooms_in_one_folder(tmp_path: Path) -> None:
    """The second one says so at once and touches nothing."""
    path, _ = prepared(tmp_path)
    descriptor = Folders.of(load(path, None)).lock()
    try:
        assert_one_line(run("run", "--config", str(path)), "already runs", "--data")
    finally:
        os.close(descriptor)
