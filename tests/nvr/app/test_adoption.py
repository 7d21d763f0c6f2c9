"""Putting versions in force: at a start, by a change, and when the process is killed between any two steps of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from nvr.app.adoption import Decision, adopt_at_start, data_folder, former_cameras, put_in_force, write_back
from nvr.app.in_force import FOLDER, present, read_in_force
from nvr.clock import NS_PER_S
from nvr.config.former import FormerCamera
from nvr.config.loader import parse_config
from nvr.config.versions import VersionStore, digest
from nvr.errors import ConfigError, Conflict
from nvr.spanish import spanish_line
from nvr.steady_clock import SteadyClock, ThisMachine, now_on_line

ONE = 'cameras:\n  - {id: cam1, name: Uno, main: {url: "rtsp://h/1"}}\n'
TWO = ONE + '  - {id: cam2, name: Dos, main: {url: "rtsp://h/2"}}\n'

_DOOMED = """
import os, signal, sys
from pathlib import Path
from nvr.app.adoption import Decision, put_in_force
from nvr.app.in_force import FOLDER, read_in_force
from nvr.config.loader import parse_config
from nvr.config.versions import VersionStore, digest
path, data, fatal = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
left = fatal
def hook(event, arguments):
    global left
    if event in {"open", "os.rename"} and str(data) in str(arguments[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
store = VersionStore(data / FOLDER)
before = read_in_force(store, data)
text = path.read_text()
sys.addaudithook(hook)
put_in_force(store, before, Decision(text, parse_config(text, "x"), path, digest(text), "file", "me"))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "cameras.yaml"
    file.write_text(ONE, encoding="utf-8")
    return file


def test_a_first_start_puts_the_file_in_force_and_a_second_leaves_it(path: Path, tmp_path: Path) -> None:
    """And a file that changed in between is the next version."""
    data = tmp_path / "data"
    first = adopt_at_start(path, data).in_force
    assert first.record is not None
    assert first.record.version == 1
    again = adopt_at_start(path, data).in_force
    assert again.record is not None
    assert again.record.version == 1
    path.write_text(TWO, encoding="utf-8")
    third = adopt_at_start(path, data).in_force
    assert third.record is not None
    assert (third.record.version, third.record.node_version) == (2, 2)
    assert [record.summary for record in VersionStore(data / FOLDER).history()] == ["added cam2", "the first version"]


def test_a_start_with_a_faulty_file_goes_on_with_what_was_in_force(path: Path, tmp_path: Path) -> None:
    """With its faults said; without anything that was ever in force they are all there is."""
    data = tmp_path / "data"
    path.write_text("cameras: 3\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        data_folder(path, data)
    path.write_text(ONE, encoding="utf-8")
    adopt_at_start(path, data)
    path.write_text("cameras: [", encoding="utf-8")
    assert data_folder(path, data) == data
    adopted = adopt_at_start(path, data)
    assert adopted.faults
    assert [camera.id for camera in adopted.in_force.config.cameras] == ["cam1"]


def test_a_camera_that_goes_is_known_until_it_comes_back(path: Path, tmp_path: Path) -> None:
    """So that its recordings can be found; it is neither pulled nor part of what the file is compared with."""
    data, store = tmp_path / "data", VersionStore(tmp_path / "data" / FOLDER)
    path.write_text(TWO, encoding="utf-8")
    before, began_ns = adopt_at_start(path, data).in_force, time.time_ns()
    put_in_force(store, before, Decision(ONE, parse_config(ONE, "x"), path, digest(ONE), "file", "me"))
    now = read_in_force(store, data)
    assert now is not None
    gone = now.config.camera("cam2")
    assert isinstance(gone, FormerCamera)
    assert not gone.enabled
    assert [camera.id for camera in present(now.config)] == ["cam1"]
    (gone,) = former_cameras(now.config)
    assert began_ns <= gone.removed_wall_ns <= time.time_ns(), "its account ends at this moment"
    put_in_force(store, now, Decision(TWO, parse_config(TWO, "x"), path, digest(TWO), "file", "me"))
    back = read_in_force(store, data)
    assert back is not None
    assert len(back.config.enabled_cameras) == 2
    assert not any(isinstance(camera, FormerCamera) for camera in back.config.cameras)


class Ahead(ThisMachine):
    """Whose clock is an hour ahead of the node's line by now, which was begun before."""

    def wall_ns(self) -> int:
        return time.time_ns() - 3600 * NS_PER_S


def test_a_version_is_of_the_nodes_time_and_not_the_machines(path: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    SteadyClock(data, Ahead(), thread=False).close()
    adopt_at_start(path, data)
    version = VersionStore(data / FOLDER).record(1)
    assert version is not None
    assert version.wall_ns == pytest.approx(now_on_line(data), abs=60 * NS_PER_S)
    assert time.time_ns() - version.wall_ns > 3000 * NS_PER_S


def test_the_node_section_counts_from_the_next_start_on(path: Path, tmp_path: Path) -> None:
    """A process that starts again meanwhile works with the port that the others know."""
    data, store = tmp_path / "data", VersionStore(tmp_path / "data" / FOLDER)
    before = adopt_at_start(path, data).in_force
    text = "node: {port: 9999}\n" + ONE
    put_in_force(store, before, Decision(text, parse_config(text, "x"), path, digest(text), "file", "me"))
    now = read_in_force(store, data)
    assert now is not None
    assert now.config.node.port == 8080
    path.write_text(text, encoding="utf-8")
    assert adopt_at_start(path, data).in_force.config.node.port == 9999


def test_two_who_decide_at_once_don_t_overwrite_each_other(path: Path, tmp_path: Path) -> None:
    """The second is told."""
    store = VersionStore(tmp_path / "data" / FOLDER)
    before = adopt_at_start(path, tmp_path / "data").in_force
    decision = Decision(TWO, parse_config(TWO, "x"), path, digest(TWO), "file", "me")
    put_in_force(store, before, decision)
    with pytest.raises(Conflict):
        put_in_force(store, before, decision)


def test_a_way_back_survives_a_start_whatever_the_file_says(path: Path, tmp_path: Path) -> None:
    """The file is written where it said what was in force; unfinished work in it stays, and is not taken up."""
    data, store = tmp_path / "data", VersionStore(tmp_path / "data" / FOLDER)
    adopt_at_start(path, data)
    path.write_text(TWO, encoding="utf-8")
    before = adopt_at_start(path, data).in_force
    decision = Decision(ONE, parse_config(ONE, "x"), path, digest(TWO), "rollback", "me", 1)
    put_in_force(store, before, decision)
    started = adopt_at_start(path, data).in_force
    assert started.record is not None
    assert started.record.version == 3
    assert len(started.config.enabled_cameras) == 1
    assert not write_back(store, path, digest(ONE), ONE), "it says something else: it is left alone"
    assert path.read_text(encoding="utf-8") == TWO
    assert write_back(store, path, digest(TWO), ONE)
    assert path.read_text(encoding="utf-8") == ONE


def test_a_kill_between_any_two_steps_leaves_one_version_or_the_other(path: Path, tmp_path: Path) -> None:
    """Killed at every opening and every renaming of a file, until it lives: what is in force is whole, and the next decision goes through."""
    for fatal in range(1, 60):
        data = tmp_path / f"data{fatal}"
        path.write_text(ONE, encoding="utf-8")
        before = adopt_at_start(path, data).in_force
        path.write_text(TWO, encoding="utf-8")
        done = subprocess.run([sys.executable, "-c", _DOOMED, str(path), str(data), str(fatal)], check=False)
        store = VersionStore(data / FOLDER)
        now = read_in_force(store, data)
        assert now is not None
        assert now.record is not None
        ids = [camera.id for camera in now.config.cameras]
        assert (now.record.version, ids) in [(1, ["cam1"]), (2, ["cam1", "cam2"])]
        assert len(store.history()) == now.record.version
        if done.returncode == 0:
            assert fatal > 8, "it was never killed"
            assert now.record.version == 2
            return
        assert done.returncode == -signal.SIGKILL
        if now.record.version == 1:
            put_in_force(store, before, Decision(TWO, parse_config(TWO, "x"), path, digest(TWO), "file", "me"))
            after = read_in_force(store, data)
            assert after is not None
            assert len(after.config.cameras) == 2
    pytest.fail("it was killed sixty times")


def test_pools_count_at_once_and_the_rest_of_the_node_from_the_next_start_on(path: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    started = adopt_at_start(path, data).in_force
    text = ONE + "node: {port: 9999, pools: [{name: d1, path: /mnt/d1}]}\n"
    store = VersionStore(data / FOLDER)
    put_in_force(store, started, Decision(text, parse_config(text, "x"), path, digest(text), "file", "me"))
    found = read_in_force(store, data)
    assert found is not None
    assert [pool.name for pool in found.config.node.pools] == ["d1"]
    assert (found.config.node.port, found.config.node.data) == (started.config.node.port, data)
    # What is taken out again is out, whatever the node started with.
    put_in_force(store, found, Decision(ONE, parse_config(ONE, "x"), path, digest(ONE), "file", "me"))
    found = read_in_force(store, data)
    assert found is not None
    assert found.config.node.pools == ()


def test_a_start_with_the_file_at_another_place_forgets_no_camera(path: Path, tmp_path: Path) -> None:
    """As after a move to /etc/nvr: what a camera of earlier times recorded stays found, for as long as it was to be kept."""
    data, store = tmp_path / "data", VersionStore(tmp_path / "data" / FOLDER)
    kept_long = TWO + '  - {id: cam3, name: Tres, main: {url: "rtsp://h/3"}, retention: {days: 60}}\n'
    path.write_text(kept_long, encoding="utf-8")
    adopt_at_start(path, data)
    path.write_text(TWO, encoding="utf-8")
    (gone,) = former_cameras(adopt_at_start(path, data).in_force.config)
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(ONE, encoding="utf-8")
    moved = adopt_at_start(elsewhere, data).in_force
    assert {camera.id: camera.retention.days for camera in former_cameras(moved.config)} == {"cam2": None, "cam3": 60}
    assert moved.config.camera("cam3") == gone, "taken out when it was, not when the file moved"
    assert [record.summary for record in store.history()] == ["removed cam2", "removed cam3", "the first version"]
    assert moved.record is not None
    assert moved.record.path == str(elsewhere)


def test_a_start_forgets_no_camera_of_a_version_that_is_not_understood_any_more(path: Path, tmp_path: Path) -> None:
    """A newer program may ask for more than the one that put a version in force: what it still understands of each camera stays."""
    data, store = tmp_path / "data", VersionStore(tmp_path / "data" / FOLDER)
    path.write_text(TWO, encoding="utf-8")
    adopt_at_start(path, data)
    path.write_text(ONE, encoding="utf-8")
    adopt_at_start(path, data)
    # As an older program would have written them: a field that is none any more, in the text and in a camera of earlier times.
    older = ONE + (
        '  - {id: cam3, name: Tres, main: {url: "rtsp://h/3", wavelet: 7}, sepia: true, retention: {days: 60}, zones: [{name: 3}]}\n'
        "  - {id: cam4, name: Cuatro}\n  - 5\nsepia: all\n"
    )
    (data / FOLDER / "000002.yaml").write_text(older, encoding="utf-8")
    record = store.current()
    assert record is not None
    store.swing(msgspec.structs.replace(record, former=tuple({**plain, "sepia": True} for plain in record.former)))
    path.write_text(ONE + "# changed\n", encoding="utf-8")
    started = adopt_at_start(path, data).in_force
    found = {camera.id: camera for camera in former_cameras(started.config)}
    assert set(found) == {"cam2", "cam3", "cam4"}
    assert found["cam3"].retention.days == 60
    assert found["cam3"].main.url == "rtsp://h/3"
    assert found["cam2"].removed_wall_ns > 0
    newest = store.history()[0]
    assert newest.summary == "removed cam3, cam4"
    (warning,) = newest.warnings
    assert spanish_line(warning) == "la versión 2 ya no se entiende: solo se compararon sus cámaras"
