"""The fleet's two UDP sockets: an even port for RTP and the odd one above it for RTCP (RFC 3550 section 11), for all cameras."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from nvr.errors import SourceError

_ATTEMPTS: Final = 100
_SEND_BUFFER_BYTES: Final = 1 << 20


class DatagramPair:
    """Bound on creation, to ports that the system chooses."""

    def __init__(self, host: str) -> None:
        self.sockets = _bind_pair(host)
        self.ports: tuple[int, int] = (self.sockets[0].getsockname()[1], self.sockets[1].getsockname()[1])
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, loop: asyncio.AbstractEventLoop, heard: Callable[[tuple[str, int]], None]) -> None:
        """Tell ``heard`` the sender of every receiver report."""
        self._loop = loop
        reports = self.sockets[1]

        def receive() -> None:
            try:
                _, address = reports.recvfrom(2048)
            except OSError:
                return  # an ICMP error of an earlier sending surfaces here; the receiver is gone, which its silence will show
            heard((address[0], address[1]))

        loop.add_reader(reports, receive)

    def close(self) -> None:
        """Give the ports back."""
        if self._loop is not None:
            self._loop.remove_reader(self.sockets[1])
        for outlet in self.sockets:
            outlet.close()


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(_ATTEMPTS):
        first = socket.socket(family, socket.SOCK_DGRAM)
        second = socket.socket(family, socket.SOCK_DGRAM)
        try:
            first.bind((host, 0))
            port = first.getsockname()[1]
            second.bind((host, port + 1 if port % 2 == 0 else port - 1))
        except (OSError, OverflowError):
            first.close()
            second.close()
            continue
        for outlet in (first, second):
            outlet.settimeout(0)
            outlet.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        return (first, second) if port % 2 == 0 else (second, first)
    raise SourceError("no pair of free UDP ports for the simulated cameras", "free some UDP ports")
