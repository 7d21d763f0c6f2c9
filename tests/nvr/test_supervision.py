"""Supervision of real processes: killed ones come back, back-off is bounded, nobody outlives the parent, nobody ignores the end."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.supervision import Backoff, ChildSpec, ChildState, Patience, supervise
from tests import waiting

HERE = Path(__file__).parent
pytestmark = pytest.mark.usefixtures("_module_path")


@pytest.fixture
def _module_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children find the module ``supervised`` and the packages under test."""
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{HERE.parents[1]}")


until = partial(waiting.until_async, timeout_s=30)


def alive(pid: int) -> bool:
    """Whether a process runs (one that nobody has waited for yet does not)."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pid_in(path: Path) -> int:
    return int(path.read_text())


@asynccontextmanager
async def supervised(
    folder: Path, habit: str, grace_s: float = 20
) -> AsyncIterator[tuple[ChildState, asyncio.Task[None], Callable[[str], Awaitable[int]]]]:
    """A supervised child; ``ready(name)`` waits for a child's file and gives its pid."""
    state = ChildState()
    changed = asyncio.Event()
    task = asyncio.create_task(
        supervise(ChildSpec(habit, "supervised", (habit, str(folder))), state, changed.set, grace_s=grace_s)
    )

    async def ready(name: str) -> int:
        await until((folder / name).exists)
        return pid_in(folder / name)

    try:
        yield state, task, ready
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_killed_child_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """kill -9: another process, counted, with the cause in the log."""
    async with supervised(tmp_path, "orderly") as (state, task, ready):
        first = await ready("orderly.0")
        assert (state.pid, state.starts, state.last_exit) == (first, 1, None)
        os.kill(first, signal.SIGKILL)
        second = await ready("orderly.1")
        assert second != first
        assert (state.pid, state.starts, state.last_exit) == (second, 2, -signal.SIGKILL)
        assert not task.done()
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR] == [
        "orderly ended with SIGKILL; starting it again in 0.2 s"
    ]


@pytest.mark.parametrize(("given", "has"), [(None, "2"), ("7", "7")])
async def test_a_child_has_few_arenas_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, has: str
) -> None:
    if given is None:
        monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    else:
        monkeypatch.setenv("MALLOC_ARENA_MAX", given)
    async with supervised(tmp_path, "orderly") as (_, _, ready):
        assert psutil.Process(await ready("orderly.0")).environ()["MALLOC_ARENA_MAX"] == has


async def test_cancelling_ends_the_child_in_order(tmp_path: Path) -> None:
    """SIGTERM comes first: the child had the time to close its files, and is gone when supervise returns."""
    async with supervised(tmp_path, "orderly") as (state, _, ready):
        pid = await ready("orderly.0")
    assert (tmp_path / "orderly.stopped").exists()
    assert not alive(pid)
    assert state.pid == 0


async def test_a_child_that_ignores_sigterm_is_killed_with_its_own_children(tmp_path: Path) -> None:
    """After the grace, and not before; a grandchild would keep ports and files."""
    async with supervised(tmp_path, "stubborn", grace_s=0.5) as (_, task, ready):
        pid, grandchild = await ready("stubborn.0"), await ready("grandchild.0")
        loop = asyncio.get_running_loop()
        cancelled_s = loop.time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert loop.time() - cancelled_s >= 0.5
        assert not alive(pid)
        await until(lambda: not alive(grandchild))


async def test_a_signal_inside_the_stop_events_own_code_is_no_deadlock(tmp_path: Path) -> None:
    """A handler that sets a threading.Event waits for ever there, and the worker is killed with its segment open."""
    async with supervised(tmp_path, "busy") as (_, _, ready):
        await ready("busy.0")
        await until((tmp_path / "busy.stopped").exists, timeout_s=15)


async def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """kill -9 of the supervisor: both kinds of children notice and end in order, by themselves."""
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "supervised", "parent", str(tmp_path), stdin=subprocess.DEVNULL
    )
    names = ("orderly", "orderly_with_callback")
    try:
        await until(lambda: all((tmp_path / f"{name}.0").exists() for name in names))
        pids = [pid_in(tmp_path / f"{name}.0") for name in names]
        assert all(alive(pid) for pid in pids)
    finally:
        supervisor.kill()
        await supervisor.wait()
    await until(lambda: not any(alive(pid) for pid in pids))
    assert all((tmp_path / f"{name}.stopped").exists() for name in names)


@pytest.mark.parametrize("habit", ["orderly", "orderly_with_callback"])
async def test_no_pipe_is_no_parent(tmp_path: Path, habit: str) -> None:
    """Under systemd, cron or `< /dev/null` a worker runs on: end of file on standard input means something only where a parent holds it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "supervised", habit, str(tmp_path), stdin=subprocess.DEVNULL
    )
    try:
        await until((tmp_path / f"{habit}.0").exists)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.wait(), 0.3)
        assert not (tmp_path / f"{habit}.stopped").exists()
    finally:
        process.kill()
        await process.wait()


async def test_a_child_that_ends_at_once_is_started_later_and_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The waits in the log double."""
    async with supervised(tmp_path, "ending") as (state, _, ready):
        await ready("ending.2")
        assert state.last_exit == 3
    waits = [r.getMessage().rsplit(" in ", 1)[1] for r in caplog.records if "ended with exit code 3" in r.getMessage()]
    assert waits[:2] == ["0.2 s", "0.4 s"]


async def test_a_child_that_can_not_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An interpreter that is being replaced by an upgrade, or no descriptor left: the others are not torn down with it."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    async with supervised(tmp_path, "orderly") as (state, task, ready):
        await until(lambda: "can't be started" in caplog.text)
        assert os.strerror(errno.ENOENT) in caplog.text
        assert state.starts == 0
        (tmp_path / "python").symlink_to(Path(sys.prefix) / "bin" / "python")
        await ready("orderly.0")
        assert not task.done()


@given(st.lists(st.floats(0, 29.9), min_size=1, max_size=12))
def test_backoff_doubles_to_its_bound_while_runs_are_short(runs_s: list[float]) -> None:
    """0.2, 0.4 … 10: never shorter than the last, never beyond the bound."""
    backoff, waits = Backoff(), []
    for ran_s in runs_s:
        wait_s, backoff = backoff.after_run(ran_s)
        waits.append(wait_s)
    assert waits == [min(10.0, 0.2 * 2**n) for n in range(len(runs_s))]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_a_steady_run_brings_backoff_to_its_beginning(runs_s: list[float]) -> None:
    """Whatever came before: after 30 s of work the next fault is a new one."""
    backoff = Backoff()
    for ran_s in runs_s:
        wait_s, backoff = backoff.after_run(ran_s)
        assert 0.2 <= wait_s <= 10
        if ran_s >= 30:
            assert wait_s == 0.2


def test_a_silent_child_is_given_up_once_and_its_successor_has_longer() -> None:
    """Counted from its start or its first silence; an answer makes patience short again."""
    patience = Patience(20.0)
    assert not patience.exhausted(7, answered=False, now_s=100.0)
    assert not patience.exhausted(7, answered=False, now_s=119.9)
    assert patience.exhausted(7, answered=False, now_s=120.0)
    assert not patience.exhausted(7, answered=False, now_s=120.5), "killed twice"
    assert not patience.exhausted(0, answered=False, now_s=121.0)
    assert not patience.exhausted(8, answered=False, now_s=122.0)
    assert not patience.exhausted(8, answered=False, now_s=161.9), "a slow start is cut off again and again"
    assert patience.exhausted(8, answered=False, now_s=162.0)
    assert not patience.exhausted(9, answered=True, now_s=200.0)
    assert not patience.exhausted(9, answered=False, now_s=210.0)
    assert not patience.exhausted(9, answered=False, now_s=229.9), "the time before it was asked counted as silence"
    assert patience.exhausted(9, answered=False, now_s=230.0)


def test_patience_has_an_end() -> None:
    """However often it was in vain."""
    patience = Patience(20.0)
    now_s = 0.0
    given_up: list[float] = []
    while len(given_up) < 8:
        if patience.exhausted(7, answered=False, now_s=now_s):
            given_up.append(now_s)
        now_s += 1.0
    assert [later - earlier for earlier, later in pairwise(given_up)] == [40, 80, 160, 320, 320, 320, 320]
