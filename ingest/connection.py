"""The TCP connection to a camera: RTSP answers and interleaved RTP (RFC 2326 section 10.12) out of one receive buffer.

This is where the CPU time goes: some 360 RTP packets a second and camera. Bytes are received into one buffer per connection, packets
are looked at in place, and a view of each payload goes to the depacketiser; there is no object per packet beyond that view.
"""

from __future__ import annotations

import asyncio
import logging
import mmap
from collections.abc import Callable
from struct import Struct
from typing import Final, Protocol, cast

from ingest.rtsp import MAX_HEAD_BYTES, Head, Response, format_refusal, parse_head
from nvr.errors import CameraUnreachable, SourceError, StreamMalformed

log = logging.getLogger(__name__)

RECEIVE_BUFFER_BYTES: Final = 256 * 1024
_LARGEST_MESSAGE_BYTES: Final = MAX_HEAD_BYTES + 64 * 1024 + 8
_OPENING_BYTES: Final = 1024 * 1024
_MAX_WAITING_ANSWERS: Final = 8
_MAX_UNSENT_BYTES: Final = 64 * 1024
_FRAME: Final = Struct(">BBH").unpack_from
_DOLLAR: Final = 0x24


class Receiver(Protocol):
    """Who takes interleaved packets. Views are valid until the next call of ``keep``, or until the call ends while ``idle``."""

    def interleaved(self, channel: int, view: memoryview, start: int, stop: int) -> None:
        """A packet of a channel: ``view[start:stop]``."""
        ...

    def keep(self) -> None:
        """The buffer is about to be overwritten."""
        ...

    @property
    def idle(self) -> bool:
        """Whether no view is held."""
        ...


class RtspConnection(asyncio.BufferedProtocol):
    """Client side of a connection. ``closed`` ends with the reason: a ``SourceError``, or a result when we closed it.

    Attributes:
        received_bytes: all that came.
        messages: RTSP messages that came.
        frames: interleaved frames that came.
        allowance_bytes: beyond so many received the connection ends. Small until a stream is asked for: nothing but answers may come before.
    """

    def __init__(self, receiver: Receiver, loop: asyncio.AbstractEventLoop) -> None:
        self._receiver = receiver
        # Anonymous pages are taken from the machine when first written, and most streams never need the whole buffer.
        self._pages = mmap.mmap(-1, RECEIVE_BUFFER_BYTES)
        self._view = memoryview(self._pages)
        self._begin = 0
        self._end = 0
        self._rtp_channel = -1
        self._on_rtp: Callable[[memoryview, int, int], None] | None = None
        self._answers: dict[int, asyncio.Future[Response]] = {}
        self._transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[None] = loop.create_future()
        self.received_bytes = 0
        self.messages = 0
        self.frames = 0
        self.allowance_bytes = _OPENING_BYTES

    def route(self, rtp_channel: int, on_rtp: Callable[[memoryview, int, int], None]) -> None:
        """Hand frames of one channel straight to ``on_rtp``: the fast path."""
        self._rtp_channel = rtp_channel
        self._on_rtp = on_rtp

    @property
    def answering(self) -> bool:
        """Whether the beginning of something has come whose end has not."""
        return self._end > self._begin

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # create_connection makes no other; uvloop's is not a subclass, though.
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the protocol's signature
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self.received_bytes += nbytes
        self._end += nbytes
        if self.closed.done():
            self._end = 0
            return
        if self.received_bytes > self.allowance_bytes:
            self.fail(StreamMalformed("the camera sends what nobody asked for", "the camera is faulty or hostile"))
            return
        try:
            self._parse()
        except SourceError as error:
            self.fail(error)
            return
        if self._begin == self._end and self._receiver.idle:
            self._begin = self._end = 0
        elif RECEIVE_BUFFER_BYTES - self._end < _LARGEST_MESSAGE_BYTES:
            self._receiver.keep()
            rest = bytes(self._view[self._begin : self._end])
            self._view[: len(rest)] = rest
            self._begin, self._end = 0, len(rest)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None or isinstance(exc, OSError):
            error: SourceError = CameraUnreachable("the camera closed the connection", "it is retried")
        else:
            # The event loop closes a connection whose protocol raised: a fault of ours, or of whoever takes the packets.
            log.error("taking up what a camera sent failed", exc_info=exc)
            error = SourceError("internal error", "see the log, and report it")
        error.__cause__ = exc
        self.fail(error)

    def fail(self, error: SourceError | None) -> None:
        """End the connection, for this reason; None where we want it."""
        if not self.closed.done():
            if error is None:
                self.closed.set_result(None)
            else:
                self.closed.set_exception(error)
                self.closed.exception()  # nobody may be waiting, and that is not worth a warning
        for answer in self._answers.values():
            if not answer.done():
                answer.cancel()
        self._answers.clear()
        if self._transport is not None:
            self._transport.abort()

    def send(self, request: bytes) -> None:
        """Send and expect nothing.

        Raises:
            StreamMalformed: the camera takes nothing any more.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > _MAX_UNSENT_BYTES:
            raise StreamMalformed("the camera does not read what we send", "restart the camera")
        transport.write(request)

    def ask(self, cseq: int, request: bytes) -> asyncio.Future[Response]:
        """Send a request; the answer of that CSeq. The future is cancelled when the connection ends: ``closed`` then says why."""
        answer: asyncio.Future[Response] = self.closed.get_loop().create_future()
        if self.closed.done():
            answer.cancel()
            return answer
        if len(self._answers) >= _MAX_WAITING_ANSWERS:
            raise StreamMalformed("the camera leaves our requests unanswered", "restart the camera")
        self._answers[cseq] = answer
        self.send(request)
        return answer

    def forget(self, cseq: int) -> None:
        """Nobody waits for this answer any more."""
        self._answers.pop(cseq, None)

    def _parse(self) -> None:
        view, end, position = self._view, self._end, self._begin
        rtp_channel, on_rtp = self._rtp_channel, self._on_rtp
        frames = 0
        try:
            while end - position >= 4:
                magic, channel, size = _FRAME(view, position)
                if magic == _DOLLAR:
                    start = position + 4
                    stop = start + size
                    if stop > end:
                        break
                    position = stop
                    frames += 1
                    if channel == rtp_channel and on_rtp is not None:
                        on_rtp(view, start, stop)
                    else:
                        self._receiver.interleaved(channel, view, start, stop)
                    continue
                stop = self._message(position, end)
                if stop < 0:
                    break
                position = stop
        finally:
            self._begin = position
            self.frames += frames

    def _message(self, position: int, end: int) -> int:
        """Take up the RTSP message at ``position``; where it ends, or -1 while it is not whole."""
        if not 0x41 <= self._view[position] <= 0x5A:
            if self._view[position] in b"\r\n":
                return position + 1  # section 4.1 lets empty lines stand before a message
            raise StreamMalformed(
                "the camera sends what is neither RTSP nor RTP", "check host and port in cameras.yaml"
            )
        head_end = self._pages.find(b"\r\n\r\n", position, end)
        if head_end < 0:
            if end - position > MAX_HEAD_BYTES:
                raise StreamMalformed("the camera's headers do not end", "the camera is faulty or hostile")
            return -1
        head = parse_head(bytes(self._view[position:head_end]))
        stop = head_end + 4 + head.body_bytes()
        if stop > end:
            return -1
        self.messages += 1
        if head.status:
            self._answer(head, bytes(self._view[head_end + 4 : stop]))
        else:
            self.send(format_refusal(head))
        return stop

    def _answer(self, head: Head, body: bytes) -> None:
        answer = self._answers.pop(head.cseq, None)
        if answer is not None and not answer.done():
            answer.set_result(Response(head, body))
