"""Kills a recorder with -9 at random moments, again and again on the same folder, and holds it to its promises after each time.

The recorder runs in a process of its own, many streams at once, faster than real time; this process reads from a pipe what it has handed over
and what it was told is safe. After each kill, with what the next start recovered: files whose SHA-256 is not the one reported (promise: none),
what each stream lost (2 s at most), how long until the next process has a file on disk for every stream (5 s), facts that were acknowledged
and are not in the journal (none), files without a row and rows without a file (none), time that is neither recorded nor explained (none).

    python -m benchmarks.torture --rounds 1000
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from benchmarks.packets import START_NS, TICKS
from benchmarks.recording_cost import encode
from nvr.app.fsck import file_sha256
from nvr.clock import NS_PER_S
from nvr.errors import SegmentCorrupt
from nvr.journal import JournalWriter, Position, read_journal
from nvr.observations import GapClosed, SegmentClosed, SegmentOpened
from nvr.recording.boxes import fragments_of
from nvr.recording.coverage import UNEXPLAINED_NS
from nvr.recording.markers import open_segments
from nvr.recording.recovery import recover

ROUND_NS = 3600 * NS_PER_S
"""A round's pictures begin an hour of their own clock after the last round's."""
MAX_LOST_S = 2.0
FRAGMENT_S = 1.0
MAX_BACK_S = 5.0


@dataclass(slots=True)
class Tally:
    """What was promised and what came of it."""

    acknowledged: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    closed: dict[str, SegmentClosed] = field(default_factory=dict)
    opened: dict[str, SegmentOpened] = field(default_factory=dict)
    gaps: dict[str, GapClosed] = field(default_factory=dict)
    lost_s: list[float] = field(default_factory=list)
    loaded_s: list[float] = field(default_factory=list)
    recovered_s: list[float] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    position: Position = field(default_factory=Position)

    def read(self, data: Path) -> None:
        """Take up what the journal has got since; check each file once, when it is first said to be whole."""
        for fact, position in read_journal(data / "journal", self.position, 10**9):
            self.position = position
            match fact:
                case SegmentOpened():
                    self.facts.add(f"opened/{fact.segment_id}")
                    self.opened[fact.segment_id] = fact
                case SegmentClosed():
                    self.facts.add(f"closed/{fact.segment_id}")
                    if fact.segment_id not in self.closed:
                        self._check(data / "recordings" / fact.path, fact)
                    self.closed[fact.segment_id] = fact
                case GapClosed():
                    self.facts.add(f"gap/{fact.gap_id}")
                    self.gaps[fact.gap_id] = fact
                case _:
                    pass

    def _check(self, path: Path, fact: SegmentClosed) -> None:
        if fact.packets == 0:
            self.faults["rows whose file was dropped but is there"] += path.exists()
            return
        try:
            table = fragments_of(path)
            sound = (file_sha256(path), path.stat().st_size) == (fact.sha256, fact.size_bytes)
            self.faults["corrupt files"] += not sound or table.whole_bytes != fact.size_bytes
        except OSError:
            self.faults["rows without a file"] += 1

    def account(self, data: Path) -> None:
        """Rows against files, and time against time, of all that is not being written."""
        recordings = data / "recordings"
        self.faults["acknowledged facts that are gone"] += len(self.acknowledged - self.facts)
        under_way = set(open_segments(recordings).values())
        rows = {fact.path for fact in self.closed.values() if fact.packets}
        files = {str(path.relative_to(recordings)) for path in recordings.rglob("*.mp4")}
        self.faults["files without a row"] += len(files - rows - under_way)
        self.faults["rows without a file"] += len(rows - files)
        spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for closed in self.closed.values():
            if closed.packets:
                spans[closed.camera_id].append((closed.start_wall_ns, closed.end_wall_ns))
        for gap in self.gaps.values():
            spans[gap.camera_id].append((gap.start_wall_ns, gap.end_wall_ns))
        for of_camera in spans.values():
            of_camera.sort()
            self.faults["times not accounted for"] += sum(
                abs(after[0] - before[1]) > UNEXPLAINED_NS for before, after in pairwise(of_camera)
            )


def one_round(place: tuple[Path, Path], shift_ns: int, options: argparse.Namespace, tally: Tally, run_s: float) -> None:
    """Let it record into the first of the two paths for a while, kill it, and see what it lost."""
    data, clip_file = place
    words = [str(data), str(clip_file), str(shift_ns), str(options.streams), str(options.speed)]
    began_s = time.monotonic()
    given = -1
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.torture_recorder", *words], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None  # noqa: S101 - asked for
        kill_at_s = float("inf")
        for line in child.stdout:
            if not line.endswith("\n"):
                break
            kind, _, rest = line.strip().partition(" ")
            if kind == "loaded":
                tally.loaded_s.append(time.monotonic() - began_s)
            elif kind == "recovered":
                tally.recovered_s.append(time.monotonic() - began_s)
            elif kind == "up":
                tally.back_s.append(time.monotonic() - began_s)
                kill_at_s = time.monotonic() + run_s
            elif kind == "ack":
                tally.acknowledged.add(rest)
            else:
                given = int(rest)
            if time.monotonic() >= kill_at_s:
                child.kill()
                kill_at_s = float("inf")
    until = _whole_until(data, shift_ns)
    handed_ns = shift_ns + (given + 1) * TICKS * NS_PER_S // 90_000
    for camera in range(options.streams):
        tally.lost_s.append((handed_ns - until.get(f"cam{camera:02d}", shift_ns)) / NS_PER_S)


def _whole_until(data: Path, since_ns: int) -> dict[str, int]:
    """Where the last whole fragment of each camera ends, as it lies on disk."""
    found: dict[str, int] = {}
    for path in (data / "recordings").rglob("*.mp4"):
        if int(path.stem) >= since_ns:
            try:
                table = fragments_of(path)
            except SegmentCorrupt:
                continue  # killed while its first bytes were written: it holds nothing yet, and the next start removes it
            found[table.camera_id] = max(found.get(table.camera_id, 0), table.end_wall_ns)
    return found


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def spread(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and most."""
    return {
        "median": round(percentile(values, 0.5), 2),
        "p99": round(percentile(values, 0.99), 2),
        "most": round(max(values), 2),
    }


def at_camera_speed(lost_s: float, speed: float) -> float:
    """What would have been lost of a camera: the fragment being gathered is a second of pictures at any speed; the rest waited for the disk,
    whose seconds hold more pictures the faster they come.
    """
    return min(lost_s, FRAGMENT_S) + max(0.0, lost_s - FRAGMENT_S) / speed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--speed", type=float, default=8.0, help="seconds of pictures in a second")
    parser.add_argument("--longest-s", type=float, default=1.5, help="a round ends within this after its start")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where to write; default: the temporary folder")
    options = parser.parse_args()
    rng, tally = random.Random(options.seed), Tally()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        data = Path(folder)
        clip_file = data / "clip.pickle"
        clip_file.write_bytes(pickle.dumps(encode(200_000)))
        for number in range(options.rounds):
            run_s = rng.uniform(0.0, options.longest_s)
            one_round((data, clip_file), START_NS + number * ROUND_NS, options, tally, run_s)
            tally.read(data)
            tally.account(data)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{number + 1} of {options.rounds} ")
        with JournalWriter(data / "journal") as journal:
            recover(data / "recordings", journal.append)
        tally.read(data)
        tally.account(data)
        left_open = len(open_segments(data / "recordings"))
    lost_s = [at_camera_speed(value, options.speed) for value in tally.lost_s]
    print(
        json.dumps(
            {
                "rounds": options.rounds,
                "streams": options.streams,
                "seconds of pictures in a second": options.speed,
                "segments": len(tally.closed),
                "acknowledged facts": len(tally.acknowledged),
                "lost per stream, s of pictures": spread(tally.lost_s),
                "the same at the speed of a camera, s": spread(lost_s),
                "its modules loaded, s after its start": spread(tally.loaded_s),
                "what was left open recovered, s": spread(tally.recovered_s),
                "every stream on disk again, s": spread(tally.back_s),
                "faults": dict(tally.faults) | {"left open": left_open},
            },
            indent=2,
        )
    )
    kept = not any(tally.faults.values()) and not left_open and max(lost_s) <= MAX_LOST_S
    return 0 if kept and percentile(tally.back_s, 0.99) <= MAX_BACK_S else 1


if __name__ == "__main__":
    sys.exit(main())
