"""Keeps child processes alive: started by exec (never fork), restarted with back-off, ended with their parent.

A child's standard input is a pipe that its parent holds open: when the parent dies, however it dies, the pipe ends and the child
stops (``stop_with_parent``). So a control room that was killed with -9 leaves nobody behind to write into its folders.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nvr.clock import NS_PER_S, Clock, SystemClock

log = logging.getLogger(__name__)
_STOP_GRACE_S = 10.0
_STEADY_S = 30.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next start; pure. Doubles from ``first_s`` to ``most_s``, back to ``first_s`` after a steady run."""

    first_s: float = 0.2
    most_s: float = 10.0
    next_s: float = 0.0

    def after_run(self, ran_s: float) -> tuple[float, Backoff]:
        """The wait after a run of ``ran_s``, and the state to keep."""
        wait_s = self.first_s if ran_s >= _STEADY_S or self.next_s == 0 else self.next_s
        return wait_s, Backoff(self.first_s, self.most_s, min(self.most_s, wait_s * 2))


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """A child: its name in messages, and the module and arguments that Python runs. No secrets: arguments are public."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()


@dataclass(slots=True)
class ChildState:
    """What the supervisor knows of a child now."""

    pid: int = 0
    starts: int = 0
    last_exit: int | None = None


async def supervise(
    spec: ChildSpec, state: ChildState, on_change: Callable[[], None], clock: Clock | None = None
) -> None:
    """Keep a child running until cancelled; then end it: SIGTERM, and SIGKILL after a grace of 10 s."""
    clock = clock or SystemClock()
    backoff = Backoff()
    while True:
        started_ns = clock.monotonic_ns()
        process = await _start(spec)
        state.pid, state.starts = process.pid, state.starts + 1
        on_change()
        try:
            state.last_exit = await process.wait()
        finally:
            if process.returncode is None:
                await asyncio.shield(_end(process))
            state.pid = 0
        wait_s, backoff = backoff.after_run((clock.monotonic_ns() - started_ns) / NS_PER_S)
        log.error("%s ended with %s; starting it again in %.1f s", spec.name, _exit_text(state.last_exit), wait_s)
        on_change()
        await asyncio.sleep(wait_s)


async def _start(spec: ChildSpec) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", spec.module, *spec.arguments, stdin=asyncio.subprocess.PIPE, start_new_session=True
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_GRACE_S)
    except TimeoutError:
        log.warning("process %d did not end within %.0f s of SIGTERM: killing it", process.pid, _STOP_GRACE_S)
        process.kill()
        await process.wait()


def _exit_text(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def stop_with_parent(stop: Callable[[], None]) -> None:
    """Call ``stop`` (from a thread) once the parent has gone. For children of ``supervise``; a terminal or no stdin counts as no parent."""
    if sys.stdin is None or sys.stdin.isatty():
        return
    descriptor = sys.stdin.fileno()

    def watch() -> None:
        while True:
            try:
                if not os.read(descriptor, 64):
                    break
            except OSError:
                break
        stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def stop_on_signals(signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT)) -> threading.Event:
    """An event that is set by SIGTERM, SIGINT or the parent's end; for workers that run a plain loop."""
    stop = threading.Event()
    for number in signals:
        signal.signal(number, lambda *_: stop.set())
    stop_with_parent(stop.set)
    return stop
