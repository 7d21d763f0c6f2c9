"""Sends what waits in the outbox: each try once, beside the others, and stored before the next. See docs/design/delivery.md."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from alerts.outbox import UNKNOWN, Look, Outbox, Try
from nvr.catalogue.engine import Catalogue
from nvr.channels.letter import Receipt
from nvr.channels.sending import send
from nvr.clock import NS_PER_S, Clock
from nvr.config import Config, read_credentials
from nvr.errors import ChannelFailed, ConfigError, NvrError

log = logging.getLogger(__name__)
LOOK_S: Final = 0.25
"""While something waits; a board's word, and the end of a channel's time, are taken up within this."""
_IDLE_S: Final = 1.0
_PAUSE_S: Final = 0.1

Write = Callable[..., Coroutine[Any, Any, Any]]


class Deliverer:
    """``run`` it beside the console.

    Args:
        outbox: what waits.
        catalogue: in which it does; its commits wake the sender.
        config: in force; its channels are looked up at each try.
        credentials: the credentials file, read at each try, so that a new key counts at once.
        write: runs a function in the thread that writes the catalogue.
    """

    def __init__(self, outbox: Outbox, catalogue: Catalogue, config: Config, credentials: Path, write: Write) -> None:
        self._outbox, self._catalogue, self._config = outbox, catalogue, config
        self._clock: Clock = catalogue.clock
        self._credentials, self._write = credentials, write
        self._trying: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; tries that are under way end with it, and are made again at the next start."""
        loop = asyncio.get_running_loop()
        forget = self._catalogue.on_commit(lambda _seq: _call_soon(loop, self._wake.set))
        try:
            while True:
                self._wake.clear()
                waits = False
                try:
                    waits = await self._step()
                except NvrError as error:
                    log.error("messages stay where they are: %s", error)
                # In a flood of alerts each commit wakes us; a message has a tenth of a second.
                await asyncio.sleep(_PAUSE_S)
                try:
                    async with asyncio.timeout(LOOK_S if waits or self._trying else _IDLE_S):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            forget()
            for task in self._trying.values():
                task.cancel()

    async def _step(self) -> bool:
        found: Look = await self._write(self._outbox.look, self._clock.wall_ns(), frozenset(self._trying))
        for each in found.due:
            delivery_id = each.delivery.delivery_id
            self._trying[delivery_id] = asyncio.create_task(self._try(each), name=f"delivery {delivery_id}")
        return found.waits

    async def _try(self, due: Try) -> None:
        delivery = due.delivery
        try:
            try:
                receipt = await self._send(due)
            except ChannelFailed as fault:
                log.warning("%s did not take message %s: %s", delivery.channel, delivery.delivery_id, fault)
                await self._write(self._outbox.missed, delivery, fault, self._clock.wall_ns(), random.random())
            else:
                log.info("%s took message %s: %s", delivery.channel, delivery.delivery_id, receipt.words)
                if receipt.refused:
                    log.warning(
                        "%s took message %s, and not for %d of its recipients: `nvr channels test` says for whom",
                        delivery.channel, delivery.delivery_id, len(receipt.refused),
                    )  # fmt: skip
                await self._write(self._outbox.took, delivery, self._clock.wall_ns(), receipt.fault)
        except NvrError as error:
            # What became of the try is not stored: it is made again, under the same key.
            log.error("what became of message %s was not stored: %s", delivery.delivery_id, error)
        finally:
            self._trying.pop(delivery.delivery_id, None)
            self._wake.set()

    async def _send(self, due: Try) -> Receipt:
        channel = self._config.channel(due.delivery.channel)
        if channel is None:
            raise ChannelFailed(UNKNOWN, final=True)
        try:
            credentials = await asyncio.to_thread(read_credentials, self._credentials)
        except ConfigError as error:
            log.error("%s", error)
            raise ChannelFailed("el archivo de credenciales no se puede leer", final=True) from None
        try:
            return await send(
                channel,
                due.letter,
                due.delivery.delivery_id,
                credentials,
                self._clock.wall_ns(),
                due.timeout_ns / NS_PER_S,
            )
        except NvrError:
            raise
        except Exception as error:  # noqa: BLE001 - a library's fault must not end the others' delivery
            # Not its text: it may hold what it was given.
            log.error("%s failed in a way of its own: %s", channel.name, type(error).__name__)
            raise ChannelFailed("falló el programa que envía") from None


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    # The loop may have ended between the commit and now; nobody listens any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)
