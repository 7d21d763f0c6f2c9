"""The desk under fire: twelve terminals race for 1,000 alerts, and a process is killed 200 times at a random statement of a random act.

    python -m benchmarks.desk_torture [--kills 200]      # make torture-desk

The same programs as the tests' own samples (tests/alerts/test_races.py, test_killed.py), in their full number, on SQLite. Ends with 1 and a line where something
acknowledged is gone, an alert has two owners, or a record and its change differ.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from alerts.intake import Intake
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.journal import Position
from tests.alerts import test_killed, test_races
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import config, started

RACE = 1000
BATCH = 20


def race(folder: Path) -> str:
    """Twelve threads, 1,000 alerts, all of them wanted by all."""
    catalogue = Catalogue(f"sqlite:///{folder}/race.sqlite3")
    began = time.monotonic()
    owners = test_races.race(catalogue, RACE)
    catalogue.close()
    twice = sum(count > 1 for count in owners.values())
    if twice or len(owners) != RACE:
        raise AssertionError(f"{twice} alerts have two owners, {RACE - len(owners)} none")
    return f"race: {RACE} alerts, 12 terminals, 0 with two owners, 0 without one, {time.monotonic() - began:.0f} s"


def kills(folder: Path, rounds: int) -> str:
    """A new process each time, which works at the desk until it kills itself; every 20 rounds a new catalogue, so that lists hold all of it."""
    dice = random.Random(1)
    done: Counter[str] = Counter()
    began = time.monotonic()
    for first in range(0, rounds, BATCH):
        url = f"sqlite:///{folder}/killed{first}.sqlite3"
        catalogue = Catalogue(url)
        facts = [(started(f"m{n}", n * 200, camera_id=f"cam0{1 + n % 4}"), Position("1", 1)) for n in range(200)]
        Intake(catalogue, config(), SimulatedClock()).take_up("w0", facts)
        acknowledged: list[list[str]] = []
        for seed in range(first, min(rounds, first + BATCH)):
            acknowledged += test_killed.killed_desk(url, folder, seed, dice.randrange(30, 700))
            assert_consistent(catalogue)
        test_killed.all_there(catalogue, acknowledged)
        catalogue.close()
        done += Counter(each[0] for each in acknowledged)
    kinds = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
    return f"kill -9: {rounds} times, {done.total()} acknowledged steps ({kinds}), 0 lost, {time.monotonic() - began:.0f} s"


def main() -> int:
    """Print a line for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        try:
            for line in (race(Path(name)), kills(Path(name), arguments.kills)):
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
        except AssertionError as error:
            sys.stdout.write(f"FAILED: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
