"""Talks to systemd's service manager (sd_notify(3)): a datagram to the socket that ``NOTIFY_SOCKET`` names; nothing where there is none."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Final

_SEND_TIMEOUT_S: Final = 0.2
_NEVER_US: Final = 2**64 - 1
"""USEC_INFINITY."""


def notify(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send e.g. ``READY=1``, ``WATCHDOG=1`` or ``STATUS=…``; whether somebody was there to hear it."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace, see unix(7)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        # A datagram waits where the receiver's queue is full, and the caller is an event loop: better one message lost.
        channel.settimeout(_SEND_TIMEOUT_S)
        try:
            channel.connect(address)
            channel.sendall(state.encode())
        except OSError:
            # The manager went away or its queue is full: the service itself is none the worse for it.
            return False
    return True


def watchdog_interval_s(environment: Mapping[str, str] = os.environ) -> float | None:
    """How often to say ``WATCHDOG=1``: half of what systemd waits for; None where no watchdog is set, or it is another process's
    (sd_watchdog_enabled(3): ``WATCHDOG_PID``)."""
    try:
        wait_us = int(environment.get("WATCHDOG_USEC", "0"))
        pid = int(environment.get("WATCHDOG_PID") or os.getpid())
    except ValueError:
        return None
    return wait_us / 2_000_000 if 0 < wait_us < _NEVER_US and pid == os.getpid() else None
