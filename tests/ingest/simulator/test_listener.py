"""Servers that end while somebody connects."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from contextlib import suppress

import pytest

from ingest.simulator.listener import stop_accepting
from tests.ingest.onvif.devices import scripted, serving, simulated


@pytest.mark.parametrize("turns", range(5))
async def test_whoever_connects_while_a_server_ends_is_hung_up_on(turns: int) -> None:
    """In whichever turn of the loop it ends: nothing is left to the collector."""
    met: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: met.append(writer), "127.0.0.1", 0)
    with (
        socket.create_connection(server.sockets[0].getsockname()) as client,
        warnings.catch_warnings(record=True) as left,
    ):
        warnings.simplefilter("always")
        for _ in range(turns):
            await asyncio.sleep(0)
        await stop_accepting(server)
        server.close()
        for writer in met:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)
        gc.collect()
        client.settimeout(10)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
    assert [str(warning.message) for warning in left] == []


@pytest.mark.parametrize("turns", range(5))
async def test_a_device_that_ends_forgets_nobody(turns: int) -> None:
    """The simulated one and the scripted one."""
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        async with serving(simulated()) as (_, endpoint):
            first = socket.create_connection((str(endpoint.host), endpoint.port))
            for _ in range(turns):
                await asyncio.sleep(0)
        async with scripted(lambda reader, _: _until_gone(reader)) as endpoint:
            second = socket.create_connection((str(endpoint.host), endpoint.port))
            for _ in range(turns):
                await asyncio.sleep(0)
        first.close()
        second.close()
        gc.collect()
    assert [str(warning.message) for warning in left] == []


async def _until_gone(reader: asyncio.StreamReader) -> None:
    await reader.read()
