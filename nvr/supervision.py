"""Keeps child processes alive: started by exec (never fork), restarted with back-off, ended with their parent.

A child's standard input is a pipe that its parent holds open: when the parent dies, however it dies, the pipe ends and the child
stops (``stop_with_parent``). So a control room that was killed with -9 leaves nobody behind to write into its folders.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from nvr.clock import NS_PER_S, Clock, SystemClock

log = logging.getLogger(__name__)
_STOP_GRACE_S = 10.0
_STEADY_S = 30.0
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}
"""Of children, unless whoever started us says otherwise. glibc gives threads up to eight arenas a core (mallopt(3)), and what is free in one is of no use to
the others: with a dozen threads the control process kept 18 MB free, and took more with each burst."""


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


@dataclass(slots=True)
class Patience:
    """When a child that runs but says nothing is given up; pure.

    Each time without an answer since the last one doubles the wait, up to ``most_s``: a start that takes long (a large catalogue on a slow disk)
    must come to its end some time.
    """

    first_s: float
    most_s: float = 320.0
    _pid: int = 0
    _since_s: float = 0.0
    _wait_s: float = 0.0
    _answered: bool = False

    def exhausted(self, pid: int, *, answered: bool, now_s: float) -> bool:
        """Whether the child of that pid (0: none runs) has been silent for too long, in monotonic time.

        Counts from the first question that it left unanswered, not from its last answer: who is asked seldom may have answered long ago and be
        silent since just now.
        """
        if answered:
            self._wait_s = self.first_s
        asked_first = not answered and self._answered
        self._answered = answered
        if answered or asked_first or pid != self._pid or pid == 0:
            self._pid, self._since_s = pid, now_s
            return False
        wait_s = self._wait_s or self.first_s
        if now_s - self._since_s < wait_s:
            return False
        self._since_s, self._wait_s = now_s, min(self.most_s, wait_s * 2)
        return True


async def supervise(
    spec: ChildSpec,
    state: ChildState,
    on_change: Callable[[], None],
    clock: Clock | None = None,
    *,
    grace_s: float = _STOP_GRACE_S,
) -> None:
    """Keep a child running until cancelled; then end it: SIGTERM, and after ``grace_s`` SIGKILL to it and to whatever it has started.

    A child that can't be started (no memory, no descriptors) is one that ended at once: tried again, later and later.
    """
    clock = clock or SystemClock()
    backoff = Backoff()
    while True:
        started_ns = clock.monotonic_ns()
        try:
            process = await _start(spec)
        except OSError as error:
            ended = f"can't be started ({error.strerror or error})"
        else:
            state.pid, state.starts = process.pid, state.starts + 1
            on_change()
            try:
                state.last_exit = await process.wait()
            finally:
                if process.returncode is None:
                    await asyncio.shield(_end(process, grace_s))
                state.pid = 0
            ended = f"ended with {_exit_text(state.last_exit)}"
        wait_s, backoff = backoff.after_run((clock.monotonic_ns() - started_ns) / NS_PER_S)
        log.error("%s %s; starting it again in %.1f s", spec.name, ended, wait_s)
        on_change()
        await asyncio.sleep(wait_s)


async def _start(spec: ChildSpec) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        spec.module,
        *spec.arguments,
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,
        env=_ENVIRONMENT | os.environ,
    )


async def _end(process: asyncio.subprocess.Process, grace_s: float) -> None:
    with suppress(ProcessLookupError):  # it ended by itself meanwhile
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), grace_s)
    except TimeoutError:
        log.warning("process %d did not end within %.0f s of SIGTERM: killing it", process.pid, grace_s)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it leads its own group: started in a new session
        await process.wait()


def _exit_text(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:  # a real-time signal has no name here
            return f"signal {-code}"
    return f"exit code {code}"


def stop_with_parent(stop: Callable[[], None]) -> None:
    """Call ``stop`` (from a thread) once the parent has gone. For children of ``supervise``: only a pipe as standard input counts as a
    parent; a terminal, a file or /dev/null, as under systemd or in a pipeline's first place, does not end."""
    parent = _parent_pipe()
    if parent is not None:
        threading.Thread(target=_await_end, args=((parent,), stop), name="parent-watch", daemon=True).start()


def stop_event() -> asyncio.Event:
    """``stop_on_signals`` for processes that run an event loop; call it inside the loop, in the main thread."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def parent_gone() -> None:
        loop.call_soon_threadsafe(stop.set)

    stop_with_parent(parent_gone)
    return stop


def stop_on_signals(signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT)) -> threading.Event:
    """An event that is set by SIGTERM, SIGINT or the parent's end; for workers that run a plain loop. Call it from the main thread."""
    stop = threading.Event()
    # Python runs a handler in the main thread between any two instructions, also while that thread holds the event's own lock inside wait()
    # or is_set(): setting the event there would wait for ever. A byte in a pipe takes no lock; a thread reads it.
    waking, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def on_signal(*_: object) -> None:
        with suppress(BlockingIOError):  # full of earlier signals
            os.write(wake, b"\0")

    for number in signals:
        signal.signal(number, on_signal)
    parent = _parent_pipe()
    watched = (waking,) if parent is None else (waking, parent)
    threading.Thread(target=_await_end, args=(watched, stop.set, waking), name="stop-watch", daemon=True).start()
    return stop


def _parent_pipe() -> int | None:
    """Standard input where a parent holds its other end (a pipe, or a socket pair, as asyncio makes them)."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return None
    return 0 if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else None


def _await_end(descriptors: Sequence[int], stop: Callable[[], None], signalled: int | None = None) -> None:
    """Call ``stop`` when one of the descriptors ends, or when a byte comes from the one that signals write to."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            try:
                data = os.read(descriptor, 64)
            except OSError:
                data = b""
            if not data or descriptor == signalled:
                stop()
                return
