"""Children for test_supervision: real processes with one habit each. Run as ``python -m supervised HABIT FOLDER [TAG]``.

Each writes its process id into ``FOLDER/<TAG>.<starts>`` once it is ready, so that a test can wait for a file instead of a time.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from nvr.supervision import ChildSpec, ChildState, stop_on_signals, stop_with_parent, supervise


def report(folder: Path, tag: str) -> None:
    """Say that this process is ready: a file that appears whole."""
    starts = len(list(folder.glob(f"{tag}.*[0-9]")))
    part = folder / f".{tag}.{os.getpid()}"
    part.write_text(str(os.getpid()))
    part.rename(folder / f"{tag}.{starts}")


def orderly(folder: Path, tag: str) -> None:
    """Ends as workers do: on SIGTERM or with its parent, and says so in a file."""
    stop = stop_on_signals()
    report(folder, tag)
    stop.wait()
    (folder / f"{tag}.stopped").touch()


def orderly_with_callback(folder: Path, tag: str) -> None:
    """The same by ``stop_with_parent``, as an event loop uses it."""
    ended = threading.Event()
    stop_with_parent(ended.set)
    report(folder, tag)
    ended.wait()
    (folder / f"{tag}.stopped").touch()


def stubborn(folder: Path, tag: str) -> None:
    """Does not listen to SIGTERM, and has a child of its own that does not either."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if tag == "stubborn":
        subprocess.Popen([sys.executable, "-m", "supervised", "stubborn", str(folder), "grandchild"])
    report(folder, tag)
    threading.Event().wait()


def busy(folder: Path, tag: str) -> None:
    """Gets SIGTERM at the worst instruction: inside its stop event's own code, which a loop that asks the event often runs half of the time."""
    stop = stop_on_signals()
    report(folder, tag)
    with stop._cond:  # type: ignore[attr-defined]
        # The handler runs in this thread before kill returns; an event that it set would want the lock that this thread holds.
        os.kill(os.getpid(), signal.SIGTERM)
    stop.wait()
    (folder / f"{tag}.stopped").touch()


def ending(folder: Path, tag: str) -> None:
    """Ends at once with code 3."""
    report(folder, tag)
    sys.exit(3)


def parent(folder: Path, tag: str) -> None:
    """A supervisor with two orderly children."""

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for habit in ("orderly", "orderly_with_callback"):
                spec = ChildSpec(habit, "supervised", (habit, str(folder), habit))
                group.create_task(supervise(spec, ChildState(), lambda: None))
            report(folder, tag)

    asyncio.run(run())


def main() -> None:
    """Do as the first argument says."""
    habit, folder = sys.argv[1], Path(sys.argv[2])
    tag = sys.argv[3] if len(sys.argv) > 3 else habit
    habits = {f.__name__: f for f in (orderly, orderly_with_callback, stubborn, busy, ending, parent)}
    # Whatever goes wrong in a test, nothing stays behind on the machine.
    deadline = threading.Timer(90, os._exit, (9,))
    deadline.daemon = True
    deadline.start()
    habits[habit](folder, tag)


if __name__ == "__main__":
    main()
