"""uvicorn's HTTP connection with the bounds that it lacks: how long a head may be, how slowly it may come, how many may wait.

httptools gathers a header of any length before it says a word of it (uvicorn's own limit is for h11 alone), and a connection that never sends a
request is never closed. Both cost memory and descriptors, and need no log-in.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections import Counter
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from console_web.headers import MAX_BODY_BYTES

MAX_HEAD_BYTES: Final = 32 * 1024
MAX_CONNECTIONS: Final = 4000
MAX_CONNECTIONS_OF_ADDRESS: Final = 512
"""A reverse proxy counts as one address, and holds a few hundred at most."""

LOCAL: Final = frozenset({"127.0.0.1", "::1"})
"""Exempt: the watchdog must always get in."""

HEAD_S: Final = 10.0
BODY_S: Final = 30.0
_TOO_LONG: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """One HTTP/1.1 connection, until it becomes a WebSocket."""

    waiting: ClassVar[Counter[str]] = Counter()
    """HTTP connections by address, of the whole process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: TimerHandle | None = None
        self._in_head = True
        self._received_bytes = 0
        self._counted = ""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own, narrower than asyncio's
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        self._counted = address
        self.waiting[address] += 1
        if address not in LOCAL and (
            self.waiting[address] > MAX_CONNECTIONS_OF_ADDRESS or self.waiting.total() > MAX_CONNECTIONS
        ):
            transport.abort()
            return
        self._within(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._leave()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        # What comes after the end of a request and before the next (line ends) counts as a head too.
        if self._deadline is None and self._in_head:
            self._within(HEAD_S)
        self._received_bytes += len(data)
        super().data_received(data)
        limit_bytes = MAX_HEAD_BYTES if self._in_head else MAX_BODY_BYTES + 2 * MAX_HEAD_BYTES
        if self._received_bytes > limit_bytes and not self.transport.is_closing():
            # Beyond the body's own limit it is trailers, or framing without end.
            if self._in_head and not self._answering():
                self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head, self._received_bytes = True, 0
        self._within(HEAD_S)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._received_bytes = False, 0
        self._within(BODY_S)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._cancel()
        self._in_head, self._received_bytes = True, 0
        super().on_message_complete()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = (
            self.cycle
        )  # None before the first request, whatever uvicorn's annotation says
        return cycle is not None and not cycle.response_complete

    def _within(self, seconds: float) -> None:
        self._cancel()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.abort()

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _leave(self) -> None:
        self._cancel()
        if self._counted:
            self.waiting[self._counted] -= 1
            if self.waiting[self._counted] <= 0:
                del self.waiting[self._counted]
            self._counted = ""
