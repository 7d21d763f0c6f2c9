"""A control room with its real catalogue and desk, without cameras: facts are handed to the intake as workers would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nvr.clock import SimulatedClock
from tests.console_web.room import Room, open_room


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that stands still until told."""
    return SimulatedClock()


@pytest.fixture
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: Unix sockets take a hundred bytes."""
    return tmp_path_factory.mktemp("r")


@pytest.fixture
def bare_room(tmp_path: Path, run_folder: Path, clock: SimulatedClock) -> Iterator[Room]:
    """A room whose application has not begun its life."""
    with open_room(tmp_path, run_folder, clock) as made:
        yield made


@pytest.fixture
async def room(bare_room: Room) -> AsyncIterator[Room]:
    """A room whose event feed and live hub run; HTTP goes through ASGI, without sockets."""
    async with bare_room.app.router.lifespan_context(bare_room.app):
        yield bare_room
