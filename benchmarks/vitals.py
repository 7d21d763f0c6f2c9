"""Memory, descriptors and threads of a node's processes as they go on, and how much they grew: one look says nothing where a process breathes."""

from __future__ import annotations

import csv
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Vitals:
    """One process at one time.

    Attributes:
        at_s: monotonic.
        rss_mb: resident memory.
        descriptors: open ones.
        threads: of the process.
    """

    at_s: float
    pid: int
    rss_mb: float
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Growth:
    """How a process changed from its first looks to its last, in medians.

    Attributes:
        share: of memory: 0.05 is 5 % more.
        mb_per_hour: slope of a line through all looks, by least squares.
        restarted: it was another process at the end than at the beginning.
    """

    rss_mb: tuple[float, float]
    share: float
    mb_per_hour: float
    descriptors: tuple[float, float]
    threads: tuple[float, float]
    restarted: bool


def growth(looks: Sequence[Vitals], edge_s: float) -> Growth:
    """Of one process's looks, in order of time: those of the first ``edge_s`` beside those of the last.

    Whoever measures sees to it that both edges are times of rest: a stream that is away has no socket and no buffer.

    Raises:
        ValueError: fewer than two looks, or the edges meet.
    """
    if len(looks) < 2 or looks[-1].at_s - looks[0].at_s < 2 * edge_s:
        raise ValueError("the edges leave nothing between them; measure for longer")
    first = [look for look in looks if look.at_s - looks[0].at_s <= edge_s]
    last = [look for look in looks if looks[-1].at_s - look.at_s <= edge_s]

    def both(name: str) -> tuple[float, float]:
        return (
            statistics.median(getattr(look, name) for look in first),
            statistics.median(getattr(look, name) for look in last),
        )

    rss_mb = both("rss_mb")
    slope = statistics.linear_regression([look.at_s for look in looks], [look.rss_mb for look in looks]).slope
    return Growth(
        rss_mb,
        rss_mb[1] / rss_mb[0] - 1,
        slope * 3600,
        both("descriptors"),
        both("threads"),
        len({look.pid for look in looks}) > 1,
    )


def look(root_pid: int) -> Iterator[tuple[str, Vitals]]:
    """Every process of a node now, by the name that `nvr run` gives it."""
    root = psutil.Process(root_pid)
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            words = process.cmdline()
            name = (
                words[words.index("--worker") + 1]
                if "--worker" in words
                else "control"
                if "nvr.app.control" in words
                else "supervisor"
            )
            memory = process.memory_info().rss / 1e6
            yield name, Vitals(time.monotonic(), process.pid, memory, process.num_fds(), process.num_threads())


class VitalsSeries:
    """Looks at a node every ``period_s`` from ``begin`` to ``end``, in a thread of its own."""

    def __init__(self, root_pid: int, period_s: float = 5.0) -> None:
        self._root_pid = root_pid
        self._period_s = period_s
        self._looks: dict[str, list[Vitals]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vitals")

    def begin(self) -> None:
        """Look from now on."""
        self._thread.start()

    def end(self) -> Mapping[str, Sequence[Vitals]]:
        """Look no more; all looks by process."""
        self._stop.set()
        self._thread.join()
        return self._looks

    def _run(self) -> None:
        while True:
            for name, vitals in look(self._root_pid):
                self._looks.setdefault(name, []).append(vitals)
            if self._stop.wait(self._period_s):
                return


def write_series(path: Path, series: Mapping[str, Sequence[Vitals]]) -> None:
    """As CSV: process, seconds since the first look, memory in MB, descriptors, threads."""
    began_s = min((looks[0].at_s for looks in series.values() if looks), default=0.0)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("process", "at_s", "rss_mb", "descriptors", "threads"))
        for name, looks in series.items():
            for each in looks:
                rows.writerow(
                    (name, f"{each.at_s - began_s:.1f}", f"{each.rss_mb:.2f}", each.descriptors, each.threads)
                )
