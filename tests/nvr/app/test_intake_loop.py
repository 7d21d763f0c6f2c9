"""The control process's ear: every journal is read, and one that can't be keeps no other waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from nvr.app.intake_loop import IntakeLoop
from nvr.catalogue import camera_states
from nvr.clock import SimulatedClock
from nvr.journal import JournalWriter
from nvr.media import StreamKind
from nvr.observations import CameraStateChanged, new_id
from tests.console_web.room import open_room

NOW_NS = 1_790_000_000 * 10**9
YEAR_NS = 365 * 86_400 * 10**9


async def test_a_journal_that_can_not_be_read_keeps_no_other_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, and tried again: once its disk is back, its facts come too."""
    journals = tmp_path / "journal"
    broken = journals / "analytics-0"  # the first in the order of reading
    with JournalWriter(broken) as journal:
        journal.append(state("cam02"))
    (file,) = broken.iterdir()
    hidden = file.rename(broken / "elsewhere")
    file.mkdir()
    with open_room(tmp_path, tmp_path / "run", SimulatedClock()) as room:

        async def write(work: Callable[[], int]) -> int:
            return await asyncio.to_thread(work)

        async def known(camera_id: str) -> None:
            async with asyncio.timeout(10):
                while True:
                    with room.catalogue.read() as tx:
                        if camera_states.find(tx, camera_id, StreamKind.MAIN) is not None:
                            return
                    await asyncio.sleep(0.01)

        async def said() -> None:
            async with asyncio.timeout(10):
                while True:
                    if any(each.levelno == logging.ERROR and "facts wait" in each.message for each in caplog.records):
                        return
                    await asyncio.sleep(0.01)

        loop = IntakeLoop(journals, room.intake, write)
        running = asyncio.create_task(loop.run())
        try:
            with JournalWriter(journals / "ingest-0") as journal:
                journal.append(state("cam01"))
                loop.wake()
                await known("cam01")
            assert not running.done()
            await said()
            file.rmdir()
            hidden.rename(file)
            await known("cam02")
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_a_new_journal_under_an_old_position_is_read_whatever_its_names(tmp_path: Path) -> None:
    """A catalogue that was put back beside a new data folder, on a machine whose clock is behind at its first start: no fact is deleted unread."""
    journal = tmp_path / "journal" / "ingest-0"
    with open_room(tmp_path, tmp_path / "run", SimulatedClock()) as room:

        def known(camera_id: str) -> bool:
            with room.catalogue.read() as tx:
                return camera_states.find(tx, camera_id, StreamKind.MAIN) is not None

        async def started() -> None:
            """A control process takes up what lies there."""
            idle = asyncio.Event()

            async def write(work: Callable[[], int]) -> int:
                count = work()
                if not count:
                    idle.set()
                return count

            running = asyncio.create_task(IntakeLoop(journal.parent, room.intake, write).run())
            try:
                async with asyncio.timeout(10):
                    await idle.wait()
            finally:
                running.cancel()
                await asyncio.wait([running])

        with JournalWriter(journal, SimulatedClock(wall_ns=NOW_NS)) as old:
            old.append(state("cam01"))
        await started()
        assert known("cam01")
        journal.rename(tmp_path / "gone")
        journal.mkdir()
        await started()  # before the worker has written anything
        with JournalWriter(journal, SimulatedClock(wall_ns=NOW_NS - YEAR_NS)) as behind:
            behind.append(state("cam02"))
            await started()
            assert known("cam02")
            (name,) = (file.name for file in journal.iterdir())
            assert room.intake.position("ingest-0").file == name, "the next start takes nothing up again"
            behind.append(state("cam03"))
        with JournalWriter(journal, SimulatedClock(wall_ns=NOW_NS + 3600 * 10**9)) as right:
            right.append(state("cam01"))
            await started()
        assert known("cam03")
        assert room.intake.position("ingest-0").file > name


async def test_what_comes_in_a_flood_shares_batches_and_what_comes_alone_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch is a commit that people's acts wait for; so the second begins a while after the first, with all that came meanwhile."""
    apart_s, batches = 0.4, list[tuple[float, int]]()
    monkeypatch.setattr("nvr.app.intake_loop._APART_S", apart_s)
    with open_room(tmp_path, tmp_path / "run", SimulatedClock()) as room:
        loop = asyncio.get_running_loop()
        taken = asyncio.Event()

        async def write(work: Callable[[], int]) -> int:
            count = await asyncio.to_thread(work)
            if count:
                batches.append((loop.time(), count))
                taken.set()
            return count

        ear = IntakeLoop(tmp_path / "journal", room.intake, write)
        with JournalWriter(tmp_path / "journal" / "ingest-0") as journal:
            running = asyncio.create_task(ear.run())
            try:
                for number in range(10):
                    journal.append(state("cam01"))
                    ear.wake()
                    if number == 0:
                        async with asyncio.timeout(10):
                            await taken.wait()
                    await asyncio.sleep(apart_s / 100)
                async with asyncio.timeout(10):
                    while sum(count for _, count in batches) < 10:
                        taken.clear()
                        await taken.wait()
            finally:
                running.cancel()
                await asyncio.wait([running])
    assert batches[0][1] == 1
    assert len(batches) <= 4
    assert all(later[0] - earlier[0] >= apart_s / 2 for earlier, later in pairwise(batches))


def state(camera_id: str) -> CameraStateChanged:
    """A camera came online."""
    return CameraStateChanged(
        observation_id=new_id(1),
        camera_id=camera_id,
        stream=StreamKind.MAIN,
        state="online",
        wall_ns=SimulatedClock().wall_ns(),
        cause="",
        detail="",
    )
