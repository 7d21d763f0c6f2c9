"""``nvr config`` speaks with a running node: an order is a file in the data folder, its answer another beside it.

Whoever may write there may do anything with the node anyhow; no port and no password are needed, and an order that nobody took up is plain to see.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from nvr.disk import put_whole
from nvr.errors import NvrError
from nvr.observations import new_id

log = logging.getLogger(__name__)
_LOOK_S: Final = 0.3
_TEXT_LINES: Final = 400


class Order(msgspec.Struct, frozen=True):
    """Put the file in force (``version`` 0), or return to a version. ``by`` is who asks, ``until_wall_ns`` when he has gone."""

    by: str
    until_wall_ns: int
    version: int = 0
    require_probe: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What came of it, in lines for a terminal."""

    done: bool
    lines: tuple[str, ...]


Carry = Callable[[Order], Awaitable[Answer]]


class Orders:
    """The folder, from both sides."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def follow(self, carry_out: Carry) -> None:
        """Carry out what comes, one after the other, until cancelled."""
        while True:
            for path in await asyncio.to_thread(self._waiting):
                await self._one(path, carry_out)
            await asyncio.sleep(_LOOK_S)

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob("*.order")) if self._folder.is_dir() else []

    def _take(self, path: Path) -> Order | None:
        try:
            order = msgspec.json.decode(path.read_bytes(), type=Order)
            path.unlink()
        except (OSError, msgspec.MsgspecError) as error:
            log.error("an order can't be read: %s", error)
            with suppress(OSError):
                path.unlink()
            return None
        # Whoever gave an old one has been told that nobody took it up.
        return order if order.until_wall_ns >= time.time_ns() else None

    async def _one(self, path: Path, carry_out: Carry) -> None:
        order = await asyncio.to_thread(self._take, path)
        if order is None:
            return
        try:
            answer = await carry_out(order)
        except NvrError as error:
            answer = Answer(done=False, lines=tuple(str(error).splitlines()[:_TEXT_LINES]))
        await asyncio.to_thread(self._put, path.with_suffix(".answer"), answer)

    def give(self, by: str, *, version: int = 0, require_probe: bool = False, wait_s: float = 90.0) -> Answer:
        """Have an order carried out, from another process.

        Raises:
            NvrError: nobody took it up.
        """
        until_s = time.monotonic() + wait_s
        order = Order(by, time.time_ns() + round(wait_s * 1e9), version, require_probe)
        path = self._folder / f"{new_id()}.order"
        self._put(path, order)
        answer = path.with_suffix(".answer")
        while time.monotonic() < until_s:
            if answer.exists():
                found = msgspec.json.decode(answer.read_bytes(), type=Answer)
                answer.unlink()
                return found
            time.sleep(0.1)
        path.unlink(missing_ok=True)
        raise NvrError("the control room did not answer", "look at its log, then try again")

    def _put(self, path: Path, value: msgspec.Struct) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_whole(path, msgspec.json.encode(value), mode=0o600, sync=False)
        except OSError as error:
            raise NvrError(
                f"the folder {self._folder} can't be written ({error.strerror})",
                "run it as the user of the control room",
            ) from error
