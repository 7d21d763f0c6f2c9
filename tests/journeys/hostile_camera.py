"""Cameras that mean harm, each a TCP server in a thread: what they send never ends, or leads somewhere else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import repeat

_BLOCK = b"a" * 65_000


def endless_header(_port: int) -> Iterator[bytes]:
    """A header line that never ends."""
    yield b"RTSP/1.0 200 OK\r\nX-Long: "
    yield from repeat(_BLOCK)


def endless_headers(_port: int) -> Iterator[bytes]:
    """Header lines without end."""
    yield b"RTSP/1.0 200 OK\r\n"
    yield from repeat(b"X-A: b\r\n" * 8000)


def huge_description(_port: int) -> Iterator[bytes]:
    """A session description of a gigabyte."""
    yield b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: 1000000000\r\n\r\nv=0\r\n"
    yield from repeat(_BLOCK)


def flood_of_frames(_port: int) -> Iterator[bytes]:
    """Interleaved data that nobody asked for, at full speed."""
    yield from repeat(b"$\x00\xfd\xe8" + _BLOCK)


def password_for_ever(_port: int) -> Iterator[bytes]:
    """Another challenge after each answer, without credentials being enough."""
    for number in range(1000):
        yield (
            b'RTSP/1.0 401 Unauthorized\r\nCSeq: %d\r\nWWW-Authenticate: Digest realm="x", nonce="%d", stale=true\r\n\r\n'
            % (
                number,
                number,
            )
        )


def elsewhere(console_port: int) -> Iterator[bytes]:
    """Sends us to our own console."""
    for number in range(1, 5):
        yield b"RTSP/1.0 302 Moved\r\nCSeq: %d\r\nLocation: rtsp://127.0.0.1:%d/metrics\r\n\r\n" % (
            number,
            console_port,
        )


def silence(_port: int) -> Iterator[bytes]:
    """Takes the connection and says nothing."""
    return iter(())


KINDS: tuple[Callable[[int], Iterator[bytes]], ...] = (
    endless_header,
    endless_headers,
    huge_description,
    flood_of_frames,
    password_for_ever,
    elsewhere,
    silence,
)


@dataclass(slots=True)
class HostileCamera:
    """One of them. ``heard`` is the first that was said to it."""

    kind: Callable[[int], Iterator[bytes]]
    console_port: int
    listener: socket.socket
    sent_bytes: int = 0
    connections: int = 0
    heard: bytearray = field(default_factory=bytearray)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Until the listener is closed."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._harm, args=(connection,), daemon=True).start()

    def _harm(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(30)
            self.heard += connection.recv(4096)
            for block in self.kind(self.console_port):
                connection.sendall(block)
                self.sent_bytes += len(block)
            while connection.recv(4096):
                pass


@contextmanager
def hostile_cameras(console_port: int) -> Iterator[list[HostileCamera]]:
    """One of each kind, listening on loopback."""
    made = []
    for kind in KINDS:
        camera = HostileCamera(kind, console_port, socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=camera.serve, daemon=True).start()
        made.append(camera)
    try:
        yield made
    finally:
        for camera in made:
            with suppress(OSError):
                camera.listener.shutdown(socket.SHUT_RDWR)
            camera.listener.close()
