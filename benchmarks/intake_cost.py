"""What taking up a movement costs the control process: statements and CPU, by how many come in one batch.

    python -m benchmarks.intake_cost [URL]      # part of make bench-alerts

While the one writer takes up movements, people's acts wait; and the milliseconds are the process's own, so that other programs' load shows little in
them. URL: an empty database; without it SQLite in a temporary folder.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, event

from alerts.intake import Intake
from benchmarks.alerts_cost import CAMERAS, ZONES, config
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_MS, NS_PER_S, SystemClock
from nvr.journal import Position
from nvr.observations import Fact, MotionObserved, new_id

MOVEMENTS: Final = 1500
BATCHES: Final = (1, 4, 50)
_APART_NS: Final = 12 * NS_PER_MS
"""5,000 in a minute."""


def movements(worker: str) -> list[tuple[Fact, Position]]:
    """Of a flood: one zone of one camera after the other."""
    begun_ns = time.time_ns() - 60 * NS_PER_S
    found: list[tuple[Fact, Position]] = []
    for number in range(MOVEMENTS):
        now_ns = begun_ns + number * _APART_NS
        camera, zone = number % CAMERAS, number // CAMERAS % ZONES
        fact = MotionObserved(
            observation_id=new_id(now_ns), camera_id=f"cam{camera:03d}", zone=f"zona {worker} {zone}", phase="ended",
            start_wall_ns=now_ns - NS_PER_S, decided_wall_ns=now_ns, score=0.2, cells="0" * 144,
            box=(0.1, 0.1, 0.2, 0.2),
        )  # fmt: skip
        found.append((fact, Position("1.journal", number + 1)))
    return found


def measure(catalogue: Catalogue, batch: int) -> tuple[float, float, float]:
    """Statements, CPU ms and ms of each movement."""
    intake, asked = Intake(catalogue, config(8080), catalogue.clock), 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    worker = f"analytics-{batch}"
    facts = movements(worker)
    intake.take_up("warm", [(facts[0][0], Position("1.journal", 1))])
    event.listen(Engine, "before_cursor_execute", count)
    cpu, began = time.process_time(), time.perf_counter()
    for start in range(0, MOVEMENTS, batch):
        intake.take_up(worker, facts[start : start + batch])
    cpu, took = time.process_time() - cpu, time.perf_counter() - began
    event.remove(Engine, "before_cursor_execute", count)
    if intake.refused:
        raise RuntimeError("a movement was refused")
    return asked / MOVEMENTS, 1000 * cpu / MOVEMENTS, 1000 * took / MOVEMENTS


def main() -> None:
    """Print the table of docs/measurements.md."""
    print("| movements in a batch | statements each | CPU ms each | ms each |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(name) / 'catalogue.sqlite3'}"
        catalogue = Catalogue(url, SystemClock())
        for batch in BATCHES:
            statements, cpu_ms, took_ms = measure(catalogue, batch)
            print(f"| {batch} | {statements:.1f} | {cpu_ms:.2f} | {took_ms:.2f} |", flush=True)
        catalogue.close()


if __name__ == "__main__":
    main()
