"""Waiting for what another task, thread or process brings about without telling us: there is no event to await, that is the point."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import pytest

_POLL_S: Final = 0.005


def until(condition: Callable[[], bool], what: str = "a condition", *, timeout_s: float) -> None:
    """Wait in a thread; fails the test where it did not come about in time."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= end_s:
            pytest.fail(f"waited {timeout_s} s in vain for: {what}")
        time.sleep(_POLL_S)


async def until_async(condition: Callable[[], bool], *, timeout_s: float) -> None:
    """Likewise in a task.

    Raises:
        TimeoutError: it did not come about in time.
    """
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(_POLL_S)
