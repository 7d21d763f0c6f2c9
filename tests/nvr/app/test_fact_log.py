"""Facts of several threads reach the journal, in order, whatever the disk does."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from benchmarks.rig import wait_for
from nvr.app.fact_log import FactLog
from nvr.journal import Position, read_journal
from nvr.media import StreamKind
from nvr.observations import CameraStateChanged, Fact


def change(number: int) -> CameraStateChanged:
    """A fact that can be told from others."""
    return CameraStateChanged(
        observation_id=f"{number:032x}", camera_id="cam01", stream=StreamKind.MAIN, state="online", wall_ns=number
    )


def stored(folder: Path) -> list[Fact]:
    """All facts of a journal."""
    return [fact for fact, _ in read_journal(folder, Position(), limit=100_000)]


async def test_recorded_and_reported_facts_arrive_and_wake_the_reader(tmp_path: Path) -> None:
    """A fact from another thread and one from the loop are both there, and each append wakes in the loop's thread."""
    woken: list[int] = []
    log = FactLog(tmp_path, lambda: woken.append(threading.get_ident()), asyncio.get_running_loop())
    writer = asyncio.create_task(log.run())
    await asyncio.to_thread(log.record, change(1))
    log.report(change(2))
    await asyncio.to_thread(wait_for, "len(woken) >= 2", lambda: len(woken) >= 2, 5)
    writer.cancel()
    log.close()
    # A cancelled append is repeated at the end: facts are known by their ids, so one that stands twice counts once.
    assert list(dict.fromkeys(stored(tmp_path))) == [change(1), change(2)]
    assert set(woken) == {threading.get_ident()}, "the bus's socket belongs to the loop's thread"


async def test_what_is_queued_at_the_end_is_written(tmp_path: Path) -> None:
    """Closing writes what the loop had no time to write."""
    log = FactLog(tmp_path, lambda: None, asyncio.get_running_loop())
    for number in range(5):
        log.report(change(number))
    log.close()
    assert stored(tmp_path) == [change(number) for number in range(5)]


async def test_the_queue_is_bounded_and_counts(tmp_path: Path) -> None:
    """A disk that never answers costs the oldest facts, counted, and not the process's memory."""
    log = FactLog(tmp_path, lambda: None, asyncio.get_running_loop())
    for number in range(1003):
        log.report(change(number))
    assert log.dropped == 3
    log.close()
    assert stored(tmp_path)[0] == change(3)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_fact_that_the_disk_refused_is_offered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ENOSPC on the journal: it is said, nothing is lost, and the fact is written once there is room."""
    monkeypatch.setattr("nvr.app.fact_log._RETRY_S", 0.01)
    log = FactLog(tmp_path, lambda: None, asyncio.get_running_loop())
    journal_fd = log._journal._fd
    good_fd, full_fd = os.dup(journal_fd), os.open("/dev/full", os.O_WRONLY)
    os.dup2(full_fd, journal_fd)
    writer = asyncio.create_task(log.run())
    log.report(change(1))
    refusal = "the journal takes no facts (No space left on device)"
    await asyncio.to_thread(wait_for, "refusal in caplog.text", lambda: refusal in caplog.text, 5)
    os.dup2(good_fd, journal_fd)
    await asyncio.to_thread(wait_for, "stored(tmp_path) == [change(1)]", lambda: stored(tmp_path) == [change(1)], 5)
    writer.cancel()
    log.close()
    for descriptor in (good_fd, full_fd):
        os.close(descriptor)
    assert caplog.text.count(refusal) == 1, "a full disk must not fill the log, too"
