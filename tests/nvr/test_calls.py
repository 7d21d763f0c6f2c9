"""Questions from the control process to a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
import zmq.asyncio

from nvr.bus import endpoint
from nvr.calls import Answerer, CallClient, CallServer, call_name
from nvr.errors import BusError, Conflict, NvrError


class Ask(msgspec.Struct):
    text: str


async def echo(body: bytes) -> Ask:
    asked = msgspec.json.decode(body, type=Ask)
    if asked.text == "conflict":
        raise Conflict("la tiene Ana", "espere")
    if asked.text == "fault":
        raise ZeroDivisionError
    if asked.text == "slow":
        await asyncio.sleep(5)
    return Ask(asked.text.upper())


@asynccontextmanager
async def serving(folder: Path, answer: Answerer = echo) -> AsyncIterator[None]:
    task = asyncio.create_task(CallServer(folder, "w", answer).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[CallClient]:
    client = CallClient(folder, "w")
    task = asyncio.create_task(client.run())
    try:
        yield client
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def ask(client: CallClient, text: str, timeout_s: float = 10.0) -> str:
    answer: Ask = await client.ask(Ask(text), Ask, timeout_s)
    return answer.text


async def first(client: CallClient) -> None:
    """The connection comes about on its own time."""
    async with asyncio.timeout(10):
        while True:
            with suppress(BusError):
                assert await ask(client, "x", 1.0) == "X"
                return
            await asyncio.sleep(0.01)


async def test_answers_find_their_questions(tmp_path: Path) -> None:
    """A hundred at once, a slow one among them."""
    async with serving(tmp_path), asking(tmp_path) as client:
        await first(client)
        slow = asyncio.create_task(ask(client, "slow", 0.2))
        answers = await asyncio.gather(*(ask(client, f"q{index}") for index in range(100)))
        assert answers == [f"Q{index}" for index in range(100)]
        with pytest.raises(BusError):
            await slow


async def test_errors_cross_as_what_they_are(tmp_path: Path) -> None:
    """With message and remedy; a fault of the worker's own without a word of it."""
    async with serving(tmp_path), asking(tmp_path) as client:
        await first(client)
        with pytest.raises(Conflict) as caught:
            await ask(client, "conflict")
        assert (caught.value.message, caught.value.remedy) == ("la tiene Ana", "espere")
        with pytest.raises(NvrError) as failed:
            await ask(client, "fault")
        assert "ZeroDivision" not in str(failed.value)
        assert await ask(client, "after") == "AFTER"


async def test_what_was_asked_of_a_dead_worker_is_not_done_by_its_successor(tmp_path: Path) -> None:
    """A movement ordered a minute ago must not begin now."""
    heard: list[bytes] = []

    async def note(body: bytes) -> Ask:
        heard.append(body)
        return await echo(body)

    async with asking(tmp_path) as client:
        async with serving(tmp_path, note):
            await first(client)
        before = len(heard)
        for _ in range(3):
            with pytest.raises(BusError):
                await ask(client, "move", 0.3)
        async with serving(tmp_path, note):
            await first(client)
        assert b"move" not in b"".join(heard[before:])


async def test_noise_on_the_socket_disturbs_nobody(tmp_path: Path) -> None:
    """Frames that are none of ours."""
    async with serving(tmp_path), asking(tmp_path) as client:
        await first(client)
        noise = zmq.asyncio.Context.instance().socket(zmq.DEALER)
        noise.setsockopt(zmq.LINGER, 0)
        noise.connect(endpoint(tmp_path, call_name("w")))
        for frame in (b"", b"{}", b"[1]", b"[1, {}]", b"\xff" * 100):
            await noise.send(frame)
        assert await ask(client, "still") == "STILL"
        noise.close()
