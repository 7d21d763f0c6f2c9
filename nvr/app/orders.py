"""``nvr config`` speaks with a running node: an order is a file in the data folder, its answer another beside it.

Whoever may write there may do anything with the node anyhow; no port and no password are needed, and an order that nobody took up is plain to see.
One that was taken up bears another name, and a lock for as long as the control process works on it: minutes, where many cameras are asked first.
Whoever gave it waits for as long, and hears at once where that process ended over it.

::

    <id>.order     waits to be taken up
    <id>.taken     is being carried out while somebody has a lock (flock) on it
    <id>.answer    what came of it
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from nvr.clock import NS_PER_S
from nvr.disk import put_whole
from nvr.errors import NvrError
from nvr.observations import new_id

log = logging.getLogger(__name__)
_LOOK_S: Final = 0.3
_ASK_S: Final = 0.1
_TEXT_LINES: Final = 400
_ORDER_BYTES: Final = 65_536
_ORDER, _TAKEN, _ANSWER = ".order", ".taken", ".answer"


class Order(msgspec.Struct, frozen=True):
    """Put the file in force (``version`` 0), or return to a version. ``by`` is who asks, ``until_wall_ns`` when he has gone if nobody took it up."""

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
    """The folder, from both sides.

    Args:
        folder: where orders lie.
        now_wall_ns: the time, on the node's line: an order is no older for a machine's clock that was set.
    """

    def __init__(self, folder: Path, now_wall_ns: Callable[[], int]) -> None:
        self._folder = folder
        self._now_wall_ns = now_wall_ns

    async def follow(self, carry_out: Carry) -> None:
        """Carry out what comes, one after the other, until cancelled."""
        while True:
            for path in await asyncio.to_thread(self._waiting):
                await self._one(path, carry_out)
            await asyncio.sleep(_LOOK_S)

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_ORDER}")) if self._folder.is_dir() else []

    async def _one(self, path: Path, carry_out: Carry) -> None:
        lock = await asyncio.to_thread(self._take, path)
        if lock is None:
            return
        try:
            found = await _answer(await asyncio.to_thread(_content, lock), carry_out, self._now_wall_ns())
            if found is not None:
                await asyncio.to_thread(self._put, path.with_suffix(_ANSWER), found)
            path.with_suffix(_TAKEN).unlink(missing_ok=True)
        finally:
            os.close(lock)

    def _take(self, path: Path) -> int | None:
        """Take an order up: the descriptor that keeps its lock. None where it was taken back, or nothing can be made of it."""
        lock = None
        try:
            lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            # Before the new name: whoever sees that one sees the lock.
            fcntl.flock(lock, fcntl.LOCK_EX)
            path.rename(path.with_suffix(_TAKEN))
        except OSError as error:
            if lock is not None:
                os.close(lock)
            if not isinstance(error, FileNotFoundError):
                log.error("an order can't be read: %s", error)
                remedy = "run it as the user of the control room"
                self._put(path.with_suffix(_ANSWER), _refusal(f"the order can't be read ({error.strerror}): {remedy}"))
                with suppress(OSError):
                    path.unlink()
            return None
        return lock

    def give(
        self,
        by: str,
        *,
        version: int = 0,
        require_probe: bool = False,
        wait_s: float = 90.0,
        on_taken: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Have an order carried out, from another process.

        Args:
            by: who asks.
            version: to return to; 0: the file.
            require_probe: refuse where a new camera does not answer.
            wait_s: how long it may lie there until it is taken up; from then on it takes what it takes.
            on_taken: called once it was.

        Raises:
            NvrError: nobody took it up, or the control process ended over it.
        """
        until_s = time.monotonic() + wait_s
        path = self._folder / f"{new_id()}{_ORDER}"
        taken = path.with_suffix(_TAKEN)
        self._put(path, Order(by, self._now_wall_ns() + round(wait_s * NS_PER_S), version, require_probe))
        while path.exists():
            if time.monotonic() >= until_s:
                with suppress(FileNotFoundError):
                    path.unlink()
                    raise NvrError("the control room did not take it up", "look at its log, then try again")
            time.sleep(_ASK_S)
        on_taken()
        while _worked_on(taken):
            time.sleep(_ASK_S)
        taken.unlink(missing_ok=True)
        answer = path.with_suffix(_ANSWER)
        try:
            found = msgspec.json.decode(answer.read_bytes(), type=Answer)
        except FileNotFoundError:
            raise NvrError(
                "the control room ended meanwhile", "see `nvr config history` for whether it came in force"
            ) from None
        answer.unlink()
        return found

    def _put(self, path: Path, value: msgspec.Struct) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_whole(path, msgspec.json.encode(value), mode=0o600, sync=False)
        except OSError as error:
            raise NvrError(
                f"the folder {self._folder} can't be written ({error.strerror})",
                "run it as the user of the control room",
            ) from error


def _content(lock: int) -> bytes:
    return os.pread(lock, _ORDER_BYTES, 0)


def _worked_on(taken: Path) -> bool:
    """Whether somebody has the lock of an order that was taken up."""
    try:
        descriptor = os.open(taken, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


async def _answer(content: bytes, carry_out: Carry, now_wall_ns: int) -> Answer | None:
    try:
        order = msgspec.json.decode(content, type=Order)
    except msgspec.MsgspecError as error:
        log.error("an order can't be read: %s", error)
        return _refusal("the order can't be read: use the `nvr` of the program that runs")
    # Whoever gave an old one has been told that nobody took it up.
    if order.until_wall_ns < now_wall_ns:
        return None
    try:
        return await carry_out(order)
    except NvrError as error:
        return _refusal(str(error))


def _refusal(text: str) -> Answer:
    return Answer(done=False, lines=tuple(text.splitlines()[:_TEXT_LINES]))
