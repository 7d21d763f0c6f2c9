"""Talks to systemd's service manager (sd_notify(3)): a datagram to the socket that ``NOTIFY_SOCKET`` names; nothing where there is none."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


def notify(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send e.g. ``READY=1``, ``WATCHDOG=1`` or ``STATUS=…``; whether somebody was there to hear it."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace, see unix(7)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.connect(address)
            channel.sendall(state.encode())
        except OSError:
            # The manager went away or its queue is full: the service itself is none the worse for it.
            return False
    return True


def watchdog_interval_s(environment: Mapping[str, str] = os.environ) -> float | None:
    """How often to say ``WATCHDOG=1``: half of what systemd waits for; None where no watchdog is set."""
    try:
        wait_us = int(environment.get("WATCHDOG_USEC", "0"))
    except ValueError:
        return None
    return wait_us / 2_000_000 if wait_us > 0 else None
