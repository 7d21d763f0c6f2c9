"""RTP over UDP: a pair of ports per stream (RFC 3550 section 11), connected to the camera so that nobody else can speak into them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import mmap
import secrets
import socket
from collections.abc import Callable
from typing import Final

from ingest.connection import RECEIVE_BUFFER_BYTES, Receiver
from ingest.reorder import ReorderBuffer
from ingest.rtp import empty_receiver_report
from nvr.clock import Clock
from nvr.errors import CameraUnreachable, SourceError

_LARGEST_DATAGRAM_BYTES: Final = 65536
_DATAGRAMS_PER_WAKE: Final = 256
_KERNEL_BUFFER_BYTES: Final = 1024 * 1024
_PAIR_ATTEMPTS: Final = 64
_RTCP_CHANNEL: Final = 1


class UdpPorts:
    """Receives RTP on an even port and RTCP on the next one; both chosen by the system.

    Attributes:
        rtp_port: the even port; RTCP is on ``rtp_port + 1``.
        received_bytes: all that came.
        frames: datagrams that came.
    """

    def __init__(self, host: str, receiver: Receiver, clock: Clock, fail: Callable[[SourceError], None]) -> None:
        """Bind the ports.

        Args:
            host: numeric address of the camera.
            receiver: takes RTCP as channel 1, and is told when views become invalid.
            clock: for how long packets wait for those before them.
            fail: called when the stream broke a bound.

        Raises:
            CameraUnreachable: no pair of ports is free.
        """
        self._host = host
        self._receiver = receiver
        self._clock = clock
        self._fail = fail
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._rtp, self._rtcp = self._bind_pair()
        self.rtp_port: int = self._rtp.getsockname()[1]
        self._reorder: ReorderBuffer | None = None
        self._view = memoryview(mmap.mmap(-1, RECEIVE_BUFFER_BYTES))
        self._end = 0
        self._ssrc = secrets.randbits(32)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.received_bytes = 0
        self.frames = 0

    @property
    def reordered(self) -> int:
        """Packets that came before their place."""
        return self._reorder.reordered if self._reorder is not None else 0

    def _bind_pair(self) -> tuple[socket.socket, socket.socket]:
        for _ in range(_PAIR_ATTEMPTS):
            first = socket.socket(self._family, socket.SOCK_DGRAM)
            second = socket.socket(self._family, socket.SOCK_DGRAM)
            try:
                first.bind(("", 0))
                port: int = first.getsockname()[1]
                if port % 2 == 0:
                    second.bind(("", port + 1))
                    for opened in (first, second):
                        opened.settimeout(0)
                    first.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER_BYTES)
                    return first, second
            except (OSError, OverflowError):
                pass
            first.close()
            second.close()
        raise CameraUnreachable("no pair of UDP ports is free", "use transport: tcp")

    def start(self, server_ports: tuple[int, int], on_rtp: Callable[[memoryview, int, int], None]) -> None:
        """Listen to the camera's ports only, and open the way through firewalls.

        Raises:
            CameraUnreachable: no route.
        """
        self._reorder = ReorderBuffer(on_rtp)
        try:
            self._rtp.connect((self._host, server_ports[0]))
            self._rtcp.connect((self._host, server_ports[1]))
        except OSError as error:
            raise CameraUnreachable(
                f"no route for UDP ({errno.errorcode.get(error.errno or 0)})", "use transport: tcp"
            ) from error
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._rtp, self._readable)
        self._loop.add_reader(self._rtcp, self._report_readable)
        self.report()

    def report(self) -> None:
        """Send a sign of life to both ports."""
        with contextlib.suppress(OSError):
            self._rtcp.send(empty_receiver_report(self._ssrc))
        with contextlib.suppress(OSError):
            self._rtp.send(empty_receiver_report(self._ssrc))

    def _readable(self) -> None:
        reorder = self._reorder
        assert reorder is not None  # noqa: S101 - set before the reader is added
        receive = self._rtp.recv_into
        view = self._view
        now_ns = self._clock.monotonic_ns()
        try:
            for _ in range(_DATAGRAMS_PER_WAKE):
                begin = self._end
                size = receive(view[begin : begin + _LARGEST_DATAGRAM_BYTES])
                stop = begin + size
                self.received_bytes += size
                self.frames += 1
                reorder.packet(view, begin, stop, now_ns)
                if self._receiver.idle:
                    self._end = 0
                elif RECEIVE_BUFFER_BYTES - stop < _LARGEST_DATAGRAM_BYTES:
                    self._receiver.keep()
                    self._end = 0
                else:
                    self._end = stop
        except (BlockingIOError, ConnectionRefusedError):
            # Nothing more; or the camera's kernel said that nobody listens, which RTSP tells better.
            return
        except OSError as error:
            self._fail(CameraUnreachable(f"receiving failed ({errno.errorcode.get(error.errno or 0)})"))
        except SourceError as error:
            self._fail(error)

    def _report_readable(self) -> None:
        with contextlib.suppress(OSError):
            report = self._rtcp.recv(2048)
            self._receiver.interleaved(_RTCP_CHANNEL, memoryview(report), 0, len(report))

    def close(self) -> None:
        """Stop and release the ports."""
        for opened in (self._rtp, self._rtcp):
            if self._loop is not None and opened.fileno() >= 0:
                self._loop.remove_reader(opened)
            opened.close()
