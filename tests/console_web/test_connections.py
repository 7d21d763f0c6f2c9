"""What comes before a request is one: endless heads, slow ones, silent connections, bodies that never end. No log-in is needed to send them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from console_web import connections
from console_web.connections import MAX_HEAD_BYTES, BoundedHttp
from tests.console_web.room import Room, until


@asynccontextmanager
async def line_to(room: Room) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection to the server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", room.config.node.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answered_and_closed(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the server closes; a reset closes too."""
    got = b""
    try:
        async with asyncio.timeout(10):
            while chunk := await reader.read(65536):
                got += chunk
    except ConnectionError:
        pass
    return got


async def healthy(room: Room) -> bool:
    """Whether somebody else is served."""
    async with httpx.AsyncClient() as other:
        return (await other.get(f"{room.origin}/healthz")).text == "ok"


def endless_header() -> bytes:
    return b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: "


def endless_headers() -> bytes:
    return b"GET / HTTP/1.1\r\nHost: x\r\n"


def endless_path() -> bytes:
    return b"GET /"


def endless_trailers() -> bytes:
    return b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"


@pytest.mark.parametrize("beginning", [endless_header, endless_headers, endless_path, endless_trailers])
async def test_a_head_without_end_is_cut_off(bare_room: Room, beginning: Callable[[], bytes]) -> None:
    """The parser would gather it for ever, in the memory of the process that everybody needs."""
    more = (
        b"X-A: " + b"a" * 1000 + b"\r\n"
        if "headers" in beginning.__name__ or "trailers" in beginning.__name__
        else b"a" * 1000
    )
    async with bare_room.served(), line_to(bare_room) as (reader, writer):
        sent_bytes = 0
        writer.write(beginning())
        try:
            while sent_bytes < 64 * 1024 * 1024 and not reader.at_eof():
                writer.write(more * 16)
                sent_bytes += len(more) * 16
                await writer.drain()
        except ConnectionError:
            pass
        got = await answered_and_closed(reader)
        assert sent_bytes < 32 * 1024 * 1024, "the server went on reading"
        assert got == b"" or got.split(b" ")[1] in {b"431", b"403"}
        assert await healthy(bare_room)


async def test_a_head_at_the_limit_passes(bare_room: Room) -> None:
    """Cookies of neighbours on the same host make heads of some kilobytes."""
    async with bare_room.served(), httpx.AsyncClient() as client:
        for _ in range(3):  # on one connection: the count begins anew with each request
            answer = await client.get(f"{bare_room.origin}/healthz", headers={"X-Long": "a" * (MAX_HEAD_BYTES - 2000)})
            assert answer.status_code == 200


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /healthz HTTP/1.1\r\nHost:", b"\r\n", b"POST /api/login HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"],
)
async def test_who_says_nothing_or_half_is_closed(
    bare_room: Room, said: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A silent connection, half a head, line ends between requests, half a body."""
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    monkeypatch.setattr(connections, "BODY_S", 0.2)
    async with bare_room.served(), line_to(bare_room) as (reader, writer):
        writer.write(said)
        await answered_and_closed(reader)
        await until(lambda: not BoundedHttp.waiting)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_trickle_does_not_push_the_end_away(bare_room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slowloris: a byte now and then."""
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    async with bare_room.served(), line_to(bare_room) as (reader, writer):
        closed = asyncio.create_task(answered_and_closed(reader))
        for letter in b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 200:
            if closed.done() or writer.transport.is_closing():
                break
            writer.write(bytes([letter]))
            await asyncio.wait([closed], timeout=0.02)
        assert closed.done() or writer.transport.is_closing()
        await closed


async def test_the_second_request_of_a_connection_has_time_of_its_own(
    bare_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is on a request, not on a connection: a player keeps one open for hours."""
    monkeypatch.setattr(connections, "HEAD_S", 1.0)
    async with bare_room.served(), httpx.AsyncClient() as client:
        first = await client.get(f"{bare_room.origin}/healthz")
        await asyncio.sleep(1.2)  # longer than the bound
        second = await client.get(f"{bare_room.origin}/healthz")
        assert (first.status_code, second.status_code) == (200, 200)
        assert BoundedHttp.waiting.total() == 1, "it was another connection"


async def test_one_address_does_not_hold_all_connections(bare_room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its share an address is refused at once, and what it closes is free again."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS_OF_ADDRESS", 2)
    monkeypatch.setattr(connections, "LOCAL", frozenset[str]())
    async with bare_room.served():
        async with line_to(bare_room) as (_, _), line_to(bare_room) as (_, _):
            await until(lambda: BoundedHttp.waiting["127.0.0.1"] == 2)
            async with line_to(bare_room) as (third, _):
                assert await answered_and_closed(third) == b""
        await until(lambda: not BoundedHttp.waiting)
        assert await healthy(bare_room)
