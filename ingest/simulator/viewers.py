"""Who receives a stream: over the RTSP connection itself, or over UDP. A viewer never makes the others wait."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

from ingest.simulator.rtp import PREFIX_BYTES

MAX_BUFFER_BYTES: Final = 8 * 1024 * 1024
"""What may wait for a slow TCP client before it is disconnected: some thirty seconds of a main stream."""

_BURST_PACKETS: Final = 24
_BURST_PAUSE_S: Final = 0.002
_MAX_WAITING_PACKETS: Final = 1024


@dataclass(slots=True)
class DeliveryCounts:
    """What the fleet has sent and lost, all viewers together."""

    packets: int = 0
    bytes: int = 0
    dropped_packets: int = 0
    slow_disconnects: int = 0


class Viewer(Protocol):
    """One client's subscription to one stream."""

    started: bool
    """Whether it got its first key frame."""

    def send_frame(self, data: bytearray, offsets: tuple[int, ...]) -> None:
        """Send a stamped frame (``PreparedFrame.stamp``). The data is shared with other viewers and must not be changed."""
        ...

    def send_report(self, data: bytes) -> None:
        """Send an RTCP packet."""
        ...


class InterleavedViewer:
    """RTP on the RTSP connection (RFC 2326 section 10.12)."""

    def __init__(self, transport: asyncio.Transport, channel: int, report_channel: int, counts: DeliveryCounts) -> None:
        self.started = False
        self._transport = transport
        self._channel = channel
        self._report_prefix = bytes([0x24, report_channel])
        self._counts = counts

    def send_frame(self, data: bytearray, offsets: tuple[int, ...]) -> None:
        if self._channel:
            data = bytearray(data)
            for offset in offsets:
                data[offset + 1] = self._channel
        if self._write(data):
            self._counts.packets += len(offsets)
            self._counts.bytes += len(data)

    def send_report(self, data: bytes) -> None:
        self._write(self._report_prefix + len(data).to_bytes(2, "big") + data)

    def _write(self, data: bytes | bytearray) -> bool:
        if self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() > MAX_BUFFER_BYTES:
            # A half-sent frame can't be taken back from a TCP stream: the only honest way to drop is to hang up.
            self._counts.slow_disconnects += 1
            self._transport.abort()
            return False
        self._transport.write(data)
        return True


class DatagramViewer:
    """RTP and RTCP as datagrams (RFC 3550 section 11).

    Key frames leave in bursts with pauses, as a camera's 100 Mb/s link would space them: a receiver with the default socket buffer of Linux
    (212,992 bytes, some ninety packets of this size with their bookkeeping) would lose the tail of a key frame sent at once.
    """

    def __init__(
        self,
        sockets: tuple[socket.socket, socket.socket],
        host: str,
        ports: tuple[int, int],
        loop: asyncio.AbstractEventLoop,
        counts: DeliveryCounts,
    ) -> None:
        self.started = False
        self._rtp, self._rtcp = sockets
        self._address = (host, ports[0])
        self.report_address = (host, ports[1])
        self._loop = loop
        self._counts = counts
        self._waiting: deque[memoryview] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def send_frame(self, data: bytearray, offsets: tuple[int, ...]) -> None:
        if len(self._waiting) + len(offsets) > _MAX_WAITING_PACKETS:
            self._counts.dropped_packets += len(offsets)
            return
        view = memoryview(data)
        ends = (*offsets[1:], len(data))
        self._waiting.extend(view[start + PREFIX_BYTES : end] for start, end in zip(offsets, ends, strict=True))
        if self._timer is None:
            self._burst()

    def send_report(self, data: bytes) -> None:
        self._send(self._rtcp, data, self.report_address)

    def close(self) -> None:
        """Forget what has not been sent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting.clear()

    def _burst(self) -> None:
        self._timer = None
        waiting = self._waiting
        for _ in range(min(_BURST_PACKETS, len(waiting))):
            self._send(self._rtp, waiting.popleft(), self._address)
        if waiting:
            self._timer = self._loop.call_later(_BURST_PAUSE_S, self._burst)

    def _send(self, outlet: socket.socket, data: bytes | memoryview, address: tuple[str, int]) -> None:
        try:
            outlet.sendto(data, address)
        except OSError:
            # Full buffer, or nobody listens there any more: for UDP both mean that this packet is lost.
            self._counts.dropped_packets += 1
            return
        self._counts.packets += 1
        self._counts.bytes += len(data)
