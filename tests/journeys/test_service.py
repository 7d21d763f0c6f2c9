"""`nvr run` as systemd runs it: it says when it is ready, feeds the watchdog only while the console answers, and ends cleanly on SIGTERM."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.rig import Started, free_port, start, write_config

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


def test_ready_watchdog_and_a_clean_end(tmp_path: Path) -> None:
    """READY=1 once the console answers; no WATCHDOG=1 while the control process hangs; exit code 0 and no process left at the end."""
    path = tmp_path / "cameras.yaml"
    write_config(path, cameras=2, fleet_port=free_port(), console_port=free_port(), data=tmp_path / "data")
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
            hang = control(started)
            hang.send_signal(signal.SIGSTOP)
            # One that was on its way may still come; then there must be silence for longer than systemd waits.
            silence_from = time.monotonic()
            assert not hears_after(manager, silence_from + 1.5, until=silence_from + 5)
            hang.send_signal(signal.SIGCONT)
            assert wait_for_message(manager, "WATCHDOG=1")
        finally:
            code = started.stop()
        assert code == 0
        assert wait_for_message(manager, "STOPPING=1")
    assert not [process for process in tree if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def control(started: Started) -> psutil.Process:
    """The control process of a node."""
    return next(p for p in psutil.Process(started.process.pid).children() if "nvr.app.control" in p.cmdline())


def wait_for_message(manager: socket.socket, text: str) -> bool:
    """Whether a datagram with this text comes within the socket's time-out."""
    while True:
        try:
            message = manager.recv(4096).decode()
        except TimeoutError:
            return False
        if text in message:
            return True


def hears_after(manager: socket.socket, moment_s: float, *, until: float) -> bool:
    """Whether a watchdog message arrives between two moments of the monotonic clock."""
    while (left_s := until - time.monotonic()) > 0:
        manager.settimeout(left_s)
        try:
            message = manager.recv(4096).decode()
        except TimeoutError:
            break
        finally:
            manager.settimeout(40)
        if "WATCHDOG=1" in message and time.monotonic() > moment_s:
            return True
    return False
