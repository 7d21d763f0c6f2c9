"""Real servers that messages are sent to: HTTP and SMTP, well or ill."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from benchmarks.rig import free_port


@dataclass
class Request:
    """What was posted."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """Answers each POST with ``status``; 0: takes it and never answers."""

    status: int = 204
    headers: str = ""
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    on_request: Callable[[Request], None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/avisos"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Request(head[0].split(" ")[1], headers, body)
            self.requests.append(request)
            self.arrived.set()
            if self.on_request is not None:
                self.on_request(request)
            if self.status == 0:
                await reader.read()  # until the other end gives up
            else:
                writer.write(
                    f"HTTP/1.1 {self.status} x\r\n{self.headers}content-length: 0\r\nconnection: close\r\n\r\n".encode()
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def http_receiver(status: int = 204, headers: str = "") -> AsyncIterator[HttpReceiver]:
    """A server on this machine."""
    receiver = HttpReceiver(status, headers)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


class Mailbox:
    """What an SMTP server took; ``refusal``: what it says instead, e.g. ``550 no``; ``unknown``: addresses that it does not know."""

    def __init__(self, refusal: str = "", unknown: Collection[str] = ()) -> None:
        self.refusal, self.unknown = refusal, unknown
        self.envelopes: list[Envelope] = []
        self.port = free_port()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and form
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        self.envelopes.append(envelope)
        return "250 taken"


@asynccontextmanager
async def mailbox(refusal: str = "", unknown: Collection[str] = (), **options: Any) -> AsyncIterator[Mailbox]:
    """An SMTP server on this machine, in a thread of its own."""
    box = Mailbox(refusal, unknown)
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    await asyncio.to_thread(controller.start)
    try:
        yield box
    finally:
        await asyncio.to_thread(controller.stop)
