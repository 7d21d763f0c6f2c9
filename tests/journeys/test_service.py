"""`nvr run` as systemd runs it: it says when it is ready, feeds the watchdog, replaces a console that hangs, and ends cleanly on SIGTERM."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from benchmarks.rig import Started, free_port, listens, start, wait_for, write_config
from tests.confinement import missing

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


def test_ready_watchdog_and_a_clean_end(tmp_path: Path) -> None:
    """READY=1 once the console answers. A control process that hangs is replaced while the watchdog is fed: systemd could only restart everything,
    recording too. Exit code 0 and no process left at the end."""
    path = tmp_path / "cameras.yaml"
    console_port = free_port()
    write_config(path, cameras=2, fleet_port=free_port(), console_port=console_port, data=tmp_path / "data")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(40)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        started = start(["nvr.cli", "run", "--config", str(path)], tmp_path / "nvr.log", environment)
        tree = [psutil.Process(started.process.pid)]
        try:
            assert wait_for_message(manager, "READY=1")
            assert wait_for_message(manager, "WATCHDOG=1")
            tree += tree[0].children(recursive=True)
            hang, ingest = child(started, "nvr.app.control"), child(started, "nvr.app.ingest_worker")
            hang.send_signal(signal.SIGSTOP)
            assert wait_for_message(manager, "WATCHDOG=1", times=2)
            wait_for("the control process is replaced", lambda: not hang.is_running(), 30, started)
            wait_for("the console answers again", lambda: listens(console_port), 30, started)
            assert child(started, "nvr.app.ingest_worker") == ingest, "recording was restarted with it"
            assert wait_for_message(manager, "WATCHDOG=1")
        finally:
            empty(manager)  # its queue is short, and what does not fit is dropped
            code = started.stop()
        assert code == 0
        assert wait_for_message(manager, "STOPPING=1")
    assert not [process for process in tree if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_it_comes_up_under_the_units_own_system_call_filter(tmp_path: Path) -> None:
    """What README tells an admin to install: every process of a node gets by with the calls that the unit lets through."""
    if lacking := missing():
        pytest.skip(lacking)
    path, console_port = tmp_path / "cameras.yaml", free_port()
    write_config(path, cameras=2, fleet_port=free_port(), console_port=console_port, data=tmp_path / "data")
    started = start(["tests.confinement", "nvr.cli", "run", "--config", str(path)], tmp_path / "nvr.log")
    try:
        wait_for("the console answers", lambda: listens(console_port), 60, started)
        for module in ("nvr.app.control", "nvr.app.ingest_worker", "nvr.app.analytics_worker"):
            assert child(started, module).is_running()
    finally:
        code = started.stop()
    assert code == 0
    assert "starting it again" not in started.log.read_text(encoding="utf-8")


def child(started: Started, module: str) -> psutil.Process:
    """A process of a node."""
    return next(p for p in psutil.Process(started.process.pid).children() if module in p.cmdline())


def empty(manager: socket.socket) -> None:
    """Take out all that lies there."""
    wait_s = manager.gettimeout()
    manager.setblocking(False)  # MSG_DONTWAIT alone waits as long as the socket's own time-out
    with suppress(BlockingIOError):
        while manager.recv(4096):
            pass
    manager.settimeout(wait_s)


def wait_for_message(manager: socket.socket, text: str, times: int = 1) -> bool:
    """Whether so many datagrams with this text come, each within the socket's time-out."""
    while times:
        try:
            message = manager.recv(4096).decode()
        except TimeoutError:
            return False
        times -= text in message
    return True
