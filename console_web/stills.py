"""Asks ``analytics.thumbnails``, a process of its own, for still pictures out of recordings; starts it when somebody asks, and anew where it failed."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)
_TIMEOUT_S: Final = 8.0
_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_WAITING: Final = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies; fields as in ``analytics.thumbnails.Wanted``."""

    path: Path
    init_bytes: int
    from_byte: int
    to_byte: int
    offset_ms: int


class Stills:
    """One picture at a time; whoever asks while too many wait is told that there is none."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def picture(self, place: Place, width_px: int) -> bytes | None:
        """The picture at a place of a recorded file as JPEG, or None where it can't be had."""
        if self._waiting >= _MOST_WAITING:
            return None
        self._waiting += 1
        try:
            async with self._turn:
                return await self._ask(place, width_px)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _ask(self, place: Place, width_px: int) -> bytes | None:
        request = json.dumps(asdict(place) | {"path": str(place.path), "width_px": width_px}).encode() + b"\n"
        # It may have ended by itself, for want of questions, in the very moment in which one was asked.
        for _ in range(2):
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    return await self._exchange(request) or None
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._end()
            except (TimeoutError, OSError) as error:
                _log.warning("no still picture of %s: %s", place.path.name, str(error) or "it took too long")
                await self._end()
                return None
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for the next one's
                raise
        return None

    async def _exchange(self, request: bytes) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "analytics.thumbnails",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        if process.stdin is None or process.stdout is None:
            raise ConnectionError("no pipes")
        process.stdin.write(request)
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(4))
        if length > _MOST_BYTES:
            raise ConnectionError("nonsense from the decoder")
        return await process.stdout.readexactly(length)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
