"""A real recorder and a real control process on a machine whose clock is set: nothing overlaps, nothing is deleted, every second is accounted for.

The machine itself can't have its clock set under whoever else works on it, and libfaketime 0.9.10 makes ``clock_nanosleep`` fail in Python 3.11. So a
module that Python imports by itself puts an offset from a file into ``time.time`` and ``time.time_ns``, which is all that our processes read.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from benchmarks.rig import ROOT, free_port, wait_for
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.catalogue.coverage import FileSpan
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.proof.account import Account
from nvr.proof.reading import StreamProof, stream_proof
from nvr.steady_clock import now_on_line

DAY_S = 86_400
_SHIFT = """
import os, time
_real = time.time_ns
def _shifted():
    with open(os.environ["CLOCK_OFFSET_FILE"]) as file:
        return _real() + int(float(file.read() or 0) * 1e9)
time.time_ns = _shifted
time.time = lambda: _shifted() / 1e9
"""


class Machine:
    """A recorder and a control process on one camera, and the clock that they see."""

    def __init__(self, folder: Path, camera_port: int) -> None:
        self._folder, self._config = folder, folder / "cameras.yaml"
        camera = {"id": "cam01", "number": 1, "name": "x", "main": {"url": f"rtsp://127.0.0.1:{camera_port}/live"}}
        node = {
            "data": str(folder / "data"),
            "port": free_port(),
            "segment_s": 5,
            "shortage_accepted": "what a test records is nobody's evidence",
        }
        self._config.write_text(yaml.safe_dump({"node": node, "cameras": [camera]}), encoding="utf-8")
        self.config = load(self._config, None)
        self.folders = Folders.of(self.config)
        self.folders.create()
        (folder / "sitecustomize.py").write_text(_SHIFT, encoding="utf-8")
        self.set(0)
        self.catalogue = Catalogue(self.folders.database_url(self.config))

    def set(self, ahead_s: float) -> None:
        """Set its clock so far ahead of the true time."""
        fresh = self._folder / "offset.new"
        fresh.write_text(str(ahead_s), encoding="ascii")
        fresh.replace(self._folder / "offset")

    @contextmanager
    def running(self, *modules: str) -> Iterator[None]:
        """Processes of ours, until the end of the block; then they are told to end, and do."""
        environment = {
            **os.environ,
            "PYTHONPATH": f"{self._folder}{os.pathsep}{ROOT}",
            "CLOCK_OFFSET_FILE": str(self._folder / "offset"),
        }
        words = ["--config", str(self._config), "--data", str(self.folders.data)]
        started = []
        with (self._folder / "log").open("ab") as log, ExitStack() as stack:
            for module in modules:
                worker = ["--worker", "ingest-0"] if "ingest" in module else []
                started.append(
                    subprocess.Popen(
                        [sys.executable, "-m", module, *words, *worker],
                        env=environment,
                        cwd=self._folder,
                        stdin=subprocess.DEVNULL,
                        stderr=log,
                    )
                )
                stack.callback(started[-1].kill)
            yield
            for process in started:
                process.send_signal(signal.SIGTERM)
            assert [process.wait(30) for process in started] == [0] * len(started)

    def proof(self) -> StreamProof:
        """All that is known of the camera."""
        now_ns = now_on_line(self.folders.data)
        with self.catalogue.read() as tx:
            return stream_proof(
                tx, self.folders.recordings, self.config.cameras[0], (0, now_ns + 400 * DAY_S * NS_PER_S), now_ns
            )

    def closed(self) -> list[FileSpan]:
        """The files that are whole."""
        return [each for each in self.proof().files if each.end_wall_ns is not None]

    def account(self) -> Account:
        return self.proof().account

    def wait_for_more(self, seconds: float = 2.0) -> None:
        """Until so much more is on disk."""
        before_ns = self.account().recorded_ns
        wait_for(
            f"{seconds} s more are recorded",
            lambda: self.account().recorded_ns >= before_ns + seconds * NS_PER_S,
            60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ingest.lone_camera", "127.0.0.1"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as camera:
        try:
            assert camera.stdout is not None
            made = Machine(tmp_path, int(camera.stdout.readline()))
            yield made
            made.catalogue.close()
        finally:
            camera.kill()


@pytest.mark.timeout(180)
def test_whatever_the_clock_is_set_to_nothing_overlaps_and_nothing_goes(machine: Machine) -> None:
    """An hour ahead, an hour back, to 1970 while it runs; a start in 1970; and a janitor that starts sixty days ahead."""
    began_ns = time.time_ns()
    to_1970_s = -began_ns / NS_PER_S + 600
    ingest, control = "nvr.app.ingest_worker", "nvr.app.control"
    with machine.running(ingest, control):
        machine.wait_for_more()
        for ahead_s in (3600, -3600, to_1970_s):
            machine.set(ahead_s)
            machine.wait_for_more()
    with ExitStack() as recording:
        recording.enter_context(machine.running(ingest))
        with machine.running(control):
            machine.wait_for_more()
        machine.set(60 * DAY_S)
        with machine.running(control):
            machine.wait_for_more()
            recording.close()
            wait_for(
                "the last file is known to be closed", lambda: len(machine.closed()) == len(machine.proof().files), 30
            )
    proof, ended_ns, files = machine.proof(), time.time_ns(), machine.closed()
    for before, after in pairwise(files):
        assert before.end_wall_ns is not None
        assert before.end_wall_ns <= after.start_wall_ns
    assert began_ns <= files[0].start_wall_ns, "the line began at the true time, and goes on"
    assert (files[-1].end_wall_ns or 0) <= ended_ns + 5 * NS_PER_S
    on_disk = {str(path.relative_to(machine.folders.recordings)) for path in machine.folders.recordings.rglob("*.mp4")}
    assert on_disk == {each.path for each in files}, "nothing was deleted, and nothing lies there unknown"
    made = proof.account
    assert made.unexplained_ns == 0
    assert made.recorded_ns + made.gap_ns + sum(span.length_ns for span in made.pending) == made.due_ns
    gaps = [gap for gap in made.gaps if not gap.ongoing and gap.start_wall_ns > files[0].start_wall_ns]
    assert {gap.cause for gap in gaps} <= {"planned", "software"}, gaps
    assert len({gap.end_wall_ns for gap in gaps}) <= 2, "the one restart of the recorder"
