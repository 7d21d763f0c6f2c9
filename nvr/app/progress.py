"""What `nvr run` and `make run` say while they start: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """The start-up display. ``say`` prints a line, ``bar`` moves a bar, ``ready`` prints the console's address once.

    On a terminal the bars are live; elsewhere each tenth of a bar is a line, so that a log shows how far it came.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr, highlight=False, emoji=False)
        self._bars: Bars | None = None
        if self._console.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bars = Bars(*columns, console=self._console, transient=True)
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, int] = {}
        self._address = ""
        self._complete = False

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def say(self, text: str) -> None:
        """A line that stays, never broken: a log without a terminal has no width, and passwords and addresses are copied from it."""
        self._console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)

    def bar(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total``; the bar goes away when it is full."""
        if self._bars is None:
            tenth = 10 * done // max(total, 1)
            if tenth > self._said.get(what, -1):
                self._said[what] = tenth
                self.say(f"{what}: {done} of {total}")
            return
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total, visible=done < total)

    def streams(self, online: int, streams: int, analysed: int, cameras: int) -> None:
        """How many streams arrive and how many cameras are looked at; said once when all are there."""
        self.bar("Streams that arrive", online, streams)
        self.bar("Cameras analysed", analysed, cameras)
        if online >= streams and analysed >= cameras and self._address and not self._complete:
            self._complete = True
            self.say(f"All {cameras} cameras are recorded and analysed.")

    def ready(self, address: str) -> None:
        """The console answers."""
        self._address = address
        self.say(f"The control room's console: {address}")
