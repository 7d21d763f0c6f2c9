"""Listens to what one camera notices by itself, for as long as it is asked to: subscribes, pulls, and comes back after every loss."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ingest.onvif.link import Link
from ingest.onvif.signal_memory import REPEATED_WITHIN_NS, SignalMemory
from ingest.onvif.signals import PullPoint
from nvr.clock import NS_PER_S, Clock
from nvr.config import Camera, Credential
from nvr.errors import DeviceRefused, SourceError
from nvr.observations import DeviceSignalled

_log = logging.getLogger(__name__)
_RENEW_NS: Final = 20 * NS_PER_S
_REFUSED_S: Final = 60.0
_GOODBYE_S: Final = 0.5
_LEAST_PULL_S: Final = 0.2
"""A camera that answers at once with nothing, against the standard, is asked five times a second and no more."""


class Ear:
    """One camera's, with a connection of its own: a pull waits for seconds, and a steering hand must not.

    Args:
        report: takes each fact, on the event loop.
        on_state: told "" while it listens, else why it can't.
    """

    def __init__(
        self,
        camera: Camera,
        credential: Credential | None,
        clock: Clock,
        report: Callable[[DeviceSignalled], None],
        on_state: Callable[[str], None],
    ) -> None:
        self._camera_id = camera.id
        self._clock = clock
        self._report = report
        self._on_state = on_state
        self._link = Link(camera, credential, clock)
        self._memory = SignalMemory(camera.id)
        self._point: PullPoint | None = None
        self.signals = 0

    @property
    def passed_over(self) -> int:
        """Signals that were more than can be real."""
        return self._memory.passed_over

    async def run(self) -> None:
        """Listen until cancelled."""
        said = ""
        try:
            while True:
                try:
                    await self._listen()
                except SourceError as error:
                    self._on_state(error.message)
                    if error.message != said:
                        _log.info("camera %s tells no events: %s", self._camera_id, error)
                    said = error.message
                    left_s = (self._link.retry_ns - self._clock.monotonic_ns()) / NS_PER_S
                    await asyncio.sleep(_REFUSED_S if isinstance(error, DeviceRefused) else max(1.0, left_s))
        finally:
            for fact in self._memory.end_all(self._clock.wall_ns()):
                self._report(fact)
            if (point := self._point) is not None:
                # The pull is broken off, and the place in the camera freed: they have few.
                self._link.interrupt()
                with suppress(SourceError, TimeoutError, RuntimeError):
                    async with asyncio.timeout(_GOODBYE_S):
                        await self._link.run(point.close)
            self._link.close()

    async def _listen(self) -> None:
        point = await self._link.do(PullPoint)
        self._point = point
        self._on_state("")
        subscribed_ns = renewed_ns = self._clock.monotonic_ns()
        repeated = False
        while True:
            asked_ns = self._clock.monotonic_ns()
            for signal in await self._link.do(lambda _: point.pull()):
                self.signals += 1
                for fact in self._memory.take(signal, self._clock.wall_ns(), self._clock.monotonic_ns()):
                    self._report(fact)
            if not repeated and self._clock.monotonic_ns() - subscribed_ns >= REPEATED_WITHIN_NS:
                repeated = True
                for fact in self._memory.end_unheard(subscribed_ns):
                    self._report(fact)
            if asked_ns - renewed_ns > _RENEW_NS:
                await self._link.do(lambda _: point.renew())
                renewed_ns = asked_ns
            waited_s = (self._clock.monotonic_ns() - asked_ns) / NS_PER_S
            await asyncio.sleep(max(0.0, _LEAST_PULL_S - waited_s))
