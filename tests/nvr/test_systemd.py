"""sd_notify(3) over real datagram sockets."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr.systemd import notify, watchdog_interval_s


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A service manager's end, and the address as NOTIFY_SOCKET spells it."""
    name = f"nvr-{secrets.token_hex(8)}"
    address, spelt = (f"\0{name}", f"@{name}") if request.param == "abstract" else (str(tmp_path / "n"),) * 2
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.settimeout(5)
        yield receiver, spelt


def test_a_state_arrives_as_one_datagram(manager: tuple[socket.socket, str]) -> None:
    """Several assignments in one message, in UTF-8."""
    receiver, address = manager
    assert notify("WATCHDOG=1\nSTATUS=84 cámaras", {"NOTIFY_SOCKET": address})
    assert receiver.recv(4096) == "WATCHDOG=1\nSTATUS=84 cámaras".encode()


@pytest.mark.parametrize(
    "address", ["", "/nonexistent/notify", "@nobody-listens-here", "/" + "x" * 200, "vsock:2:1234", "@" * 200]
)
def test_nobody_there_is_no_error(address: str) -> None:
    """The service is none the worse for it."""
    assert not notify("READY=1", {"NOTIFY_SOCKET": address})


def test_no_variable_is_no_manager() -> None:
    """As from a terminal."""
    assert not notify("READY=1", {})


def test_a_manager_that_does_not_read_holds_nobody_up(manager: tuple[socket.socket, str]) -> None:
    """Its queue is short: a blocking datagram would stop the event loop, and the watchdog would then kill a healthy service."""
    _, address = manager
    started_s = time.monotonic()
    sent = 0
    while notify("WATCHDOG=1", {"NOTIFY_SOCKET": address}):
        sent += 1
        assert sent < 100_000
    assert time.monotonic() - started_s < 10


@pytest.mark.parametrize(
    ("environment", "interval_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": ""}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"}, None),
        ({"WATCHDOG_USEC": "1"}, 5e-7),
        ({}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": ""}, None),
        ({"WATCHDOG_USEC": "18446744073709551615"}, None),
    ],
)
def test_the_watchdogs_interval(environment: dict[str, str], interval_s: float | None) -> None:
    """Half of what is waited for; USEC_INFINITY, another process's watchdog and nonsense are none."""
    assert watchdog_interval_s(environment) == interval_s
