"""What the motion index costs to write and to search: ``python -m benchmarks.motion_index_cost``.

Writes 42 cameras' 45 days, busy by day and quiet by night, each day different, and searches regions of several sizes. The peer is the obvious way: one
row a second in SQLite with the cells as a blob, looked up by camera and time and tested in Python, over one camera's day.
"""

from __future__ import annotations

import argparse
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nvr.motion_index.day_file import DAY_S, day_start_s, encode_day, read_day, rows_path, sealed_path
from nvr.motion_index.rows import GRID, ROW, Rows, pack_levels
from nvr.motion_index.search import Query, search
from nvr.motion_index.seconds import Seconds

FIRST = date(2026, 10, 1)
RUNS = 5


def street_day(seed: int) -> Rows:
    """A day of a street: passers-by of 4 to 40 cells on 8 paths, one a minute by night, ten by day."""
    rng = np.random.default_rng(seed)
    moving: dict[int, NDArray[np.uint8]] = {}
    for hour in range(24):
        for _ in range(int(rng.poisson(60 if hour < 6 else 600))):
            start, path = hour * 3600 + int(rng.integers(0, 3590)), int(rng.integers(0, 8))
            height, width, pace = int(rng.integers(1, 5)), int(rng.integers(2, 9)), int(rng.integers(2, 8))
            for step in range(8):
                column = step * pace
                if column >= GRID[1]:
                    break
                grid = moving.setdefault(start + step, np.zeros(GRID, np.uint8))
                part = grid[path * 2 : path * 2 + height, column : column + width]
                np.maximum(part, rng.integers(12, 100, part.shape, np.uint8), out=part)
    rows = np.zeros(len(moving), ROW)
    before = -1
    for row, second in zip(rows, sorted(moving), strict=True):
        row["second"], row["quiet_s"] = second, second - before - 1
        row["moving"], row["frames"] = rng.integers(60, 256), 10
        row["bits"], row["levels"] = pack_levels(moving[second])
        row["peak_cells"] = max(1, int(np.count_nonzero(moving[second])) // 2)
        before = second
    return rows


def median_ms(work: Callable[[], object], runs: int = RUNS) -> tuple[float, float]:
    """Medians of some runs: elapsed, and of the processor."""
    elapsed, busy = [], []
    for _ in range(runs):
        started_s, started_cpu_s = time.perf_counter(), time.process_time()
        work()
        elapsed.append((time.perf_counter() - started_s) * 1000)
        busy.append((time.process_time() - started_cpu_s) * 1000)
    return statistics.median(elapsed), statistics.median(busy)


def region(rows: slice, columns: slice) -> NDArray[np.bool_]:
    """A rectangle of cells."""
    cells = np.zeros(GRID, np.bool_)
    cells[rows, columns] = True
    return cells


def frame_cost() -> tuple[float, float]:
    """Microseconds a frame for a quiet and for a moving one, at 10 frames a second."""
    grid = np.zeros(GRID, np.uint8)
    grid[8:12, 10:14] = 60
    costs = []
    for moved in (None, grid):
        seconds = Seconds()
        started_s = time.perf_counter()
        for number in range(50_000):
            seconds.add(number * 100_000_000, moved)
        costs.append((time.perf_counter() - started_s) / 50_000 * 1e6)
    return costs[0], costs[1]


def peer(folder: Path, rows: Rows, cells: NDArray[np.bool_]) -> tuple[float, float]:
    """Milliseconds for a camera's day in SQLite."""
    wanted = int.from_bytes(np.packbits(cells).tobytes())
    with closing(sqlite3.connect(folder / "peer.sqlite")) as database:
        database.execute(
            "CREATE TABLE moved (camera TEXT, second INTEGER, cells BLOB, PRIMARY KEY (camera, second)) WITHOUT ROWID"
        )
        database.executemany(
            "INSERT INTO moved VALUES ('cam01', ?, ?)", ((int(row["second"]), row["bits"].tobytes()) for row in rows)
        )
        database.commit()

        def look() -> int:
            found = database.execute("SELECT second, cells FROM moved WHERE camera = 'cam01'")
            return sum((int.from_bytes(blob) & wanted) != 0 for _, blob in found)

        return median_ms(look)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=42)
    parser.add_argument("--days", type=int, default=45)
    asked = parser.parse_args()
    quiet_us, moving_us = frame_cost()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = [street_day(seed) for seed in range(6)]
        size_bytes = 0
        cameras = [f"cam{number:02d}" for number in range(1, asked.cameras + 1)]
        for offset in range(asked.days):
            day = FIRST + timedelta(days=offset)
            start_s = day_start_s(day)
            encoded = []
            for kind in kinds:
                rows = kind.copy()
                rows["second"] += start_s
                encoded.append(encode_day(rows, start_s))
            for number, camera_id in enumerate(cameras):
                path = sealed_path(folder, camera_id, day)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(encoded[(number + offset) % len(kinds)])
                size_bytes += path.stat().st_size
        live = kinds[0].copy()
        last = FIRST + timedelta(days=asked.days)
        live["second"] += day_start_s(last)
        rows_path(folder, "cam01", last).write_bytes(live.tobytes())
        first_s, day_s = day_start_s(FIRST), day_start_s(last)
        door = region(slice(8, 12), slice(10, 14))
        print(
            f"{asked.cameras} cameras x {asked.days} days: {size_bytes / 1e6:.0f} MB, {size_bytes / asked.cameras / asked.days / 1e3:.0f} kB a camera and day; "
            f"{len(kinds[0])} seconds with movement a day"
        )
        print(f"a frame: quiet {quiet_us:.2f} µs, moving {moving_us:.2f} µs")
        print()
        print("| search | ms | CPU ms |")
        print("|---|---|---|")
        whole = read_day(folder, "cam01", FIRST)
        peer_ms = (0.0, 0.0) if whole is None else peer(folder, whole.rows(), door)
        cases = [
            ("a camera's day, door of 4x4 cells", Query(["cam01"], door, first_s, first_s + DAY_S)),
            ("the same, a day that is not sealed yet", Query(["cam01"], door, day_s, day_s + DAY_S)),
            (
                "a camera's day, whole picture",
                Query(["cam01"], region(slice(None), slice(None)), first_s, first_s + DAY_S),
            ),
            ("a camera, all days, door", Query(["cam01"], door, first_s, day_s)),
            ("all cameras, all days, door", Query(cameras, door, first_s, day_s)),
            ("all cameras, all days, whole picture", Query(cameras, region(slice(None), slice(None)), first_s, day_s)),
        ]
        for label, query in cases:
            elapsed, busy = median_ms(lambda query=query: search(folder, query))  # type: ignore[misc]
            print(f"| {label} | {elapsed:.1f} | {busy:.1f} |")
        print(f"| peer: a camera's day in SQLite, door | {peer_ms[0]:.1f} | {peer_ms[1]:.1f} |")
    print()
    print(f"{platform.machine()}, Python {platform.python_version()}, {RUNS} runs each, files in the page cache")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
