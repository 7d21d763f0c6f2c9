"""Cuts the power of a recorder's disk at random moments, and holds what is left to the promises.

The recorder writes to an ext4 on a loop device whose backing file lies on a btrfs. At a random moment the backing file is cloned (``FICLONE``, at one instant): the clone is what
the block device had been given by then, in the middle of whatever the kernel was writing. What the kernel still had in memory is not in it, as after a power cut; writes
that a disk's own cache would have lost are (``tests/nvr/recording/test_power_cut.py`` loses those too, in any order, simulated). Each clone is mounted, so that ext4 replays its journal,
and taken up as a start does. Needs root, loop devices, and btrfs-progs.

    python -m benchmarks.power_cut --cuts 200
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.packets import FPS, START_NS, Clip
from benchmarks.torture import FRAGMENT_S, percentile, spread
from nvr.app.fsck import file_sha256
from nvr.clock import NS_PER_S
from nvr.journal import JournalWriter, Position, read_journal
from nvr.observations import GapClosed, SegmentClosed, SegmentOpened
from nvr.recording.boxes import fragments_of
from nvr.recording.markers import open_segments
from nvr.recording.recovery import recover

FICLONE: Final = 0x40049409
"""ioctl_ficlone(2)."""
TAIL_P95_S: Final = 2.0
TAIL_MOST_S: Final = 5.0
_OUTER_BYTES: Final = 2 * 2**30
_INNER_BYTES: Final = 512 * 2**20


class CannotCut(Exception):
    """What is missing on this machine."""


def _run(*words: str | Path) -> None:
    try:
        done = subprocess.run([str(word) for word in words], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise CannotCut(f"{words[0]} is not installed") from error
    if done.returncode:
        raise CannotCut(f"{' '.join(map(str, words))}: {done.stderr.decode(errors='replace').strip()}")


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """A file system in a file.

    Raises:
        CannotCut: it can't be mounted here.
    """
    folder.mkdir(exist_ok=True)
    _run("mount", "-o", "loop", image, folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


@dataclass(slots=True)
class Recording:
    """The recorder that is cut off, and what it has said so far."""

    process: subprocess.Popen[str]
    acknowledged: set[str] = field(default_factory=set)
    given: int = -1
    up: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def listen(self) -> None:
        """Until its end."""
        assert self.process.stdout is not None  # noqa: S101 - asked for
        for line in self.process.stdout:
            kind, _, rest = line.strip().partition(" ")
            with self.lock:
                if kind == "ack":
                    self.acknowledged.add(rest)
                elif kind == "given":
                    self.given = int(rest)
            if kind == "up":
                self.up.set()


@dataclass(slots=True)
class Findings:
    """Of all cuts."""

    lost_s: list[float] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    segments: int = 0
    facts: int = 0

    def look(self, disk: Path, acknowledged: set[str], given: int, streams: int) -> None:
        """At what a cut left, once a start has taken it up."""
        recordings = disk / "recordings"
        with JournalWriter(disk / "journal") as journal:
            recover(recordings, journal.append)
        known: set[str] = set()
        rows: dict[str, SegmentClosed] = {}
        for fact, _ in read_journal(disk / "journal", Position(), 10**9):
            match fact:
                case SegmentOpened():
                    known.add(f"opened/{fact.segment_id}")
                case SegmentClosed():
                    known.add(f"closed/{fact.segment_id}")
                    rows[fact.segment_id] = fact
                case GapClosed():
                    known.add(f"gap/{fact.gap_id}")
                case _:
                    pass
        self.facts += len(acknowledged)
        self.segments += len(rows)
        self.faults["acknowledged facts that are gone"] += len(acknowledged - known)
        self.faults["left open"] += len(open_segments(recordings))
        until: dict[str, int] = {}
        kept = {fact.path: fact for fact in rows.values() if fact.packets}
        files = {str(path.relative_to(recordings)) for path in recordings.rglob("*.mp4")}
        self.faults["files without a row"] += len(files - kept.keys())
        self.faults["rows without a file"] += len(kept.keys() - files)
        for path in files & kept.keys():
            fact = kept[path]
            table = fragments_of(recordings / path)
            whole = (file_sha256(recordings / path), table.whole_bytes) == (fact.sha256, fact.size_bytes)
            self.faults["corrupt files"] += not whole
            until[fact.camera_id] = max(until.get(fact.camera_id, 0), table.end_wall_ns)
        handed_ns = START_NS + (given + 1) * NS_PER_S // FPS
        for camera in range(streams):
            self.lost_s.append(max(0.0, (handed_ns - until.get(f"cam{camera:02d}", START_NS)) / NS_PER_S))


def cut(cuts: int, *, clip: Clip, streams: int, longest_s: float, seed: int, folder: Path) -> Findings:
    """Record, clone ``cuts`` times, look at each clone.

    Raises:
        CannotCut: the machine lacks something.
    """
    if os.geteuid() != 0:
        raise CannotCut("only root may mount a file system")
    findings, rng = Findings(), random.Random(seed)
    with ExitStack() as stack:
        outer_image = folder / "outer"
        with outer_image.open("wb") as file:
            file.truncate(_OUTER_BYTES)
        _run("mkfs.btrfs", "-q", outer_image)
        outer = stack.enter_context(mounted(outer_image, folder / "btrfs"))
        image = outer / "disk"
        with image.open("wb") as file:
            file.truncate(_INNER_BYTES)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", image)
        disk = stack.enter_context(mounted(image, folder / "disk"))
        clip_file = folder / "clip.pickle"
        clip_file.write_bytes(pickle.dumps(clip))
        words = [str(disk), str(clip_file), str(START_NS), str(streams), "1"]
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.torture_recorder", *words], stdout=subprocess.PIPE, text=True
            )
        )
        recording = Recording(process)
        ear = threading.Thread(target=recording.listen, daemon=True)
        ear.start()
        stack.callback(ear.join)
        stack.callback(process.kill)
        if not recording.up.wait(60):
            raise CannotCut("the recorder did not come up within 60 s")
        for number in range(cuts):
            time.sleep(rng.uniform(0, longest_s))
            with recording.lock:
                acknowledged = set(recording.acknowledged)
            left = outer / f"cut{number}"
            with image.open("rb") as source, left.open("wb") as target:
                fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
            with recording.lock:
                given = recording.given
            with mounted(left, folder / "left") as found:
                findings.look(found, acknowledged, given, streams)
            left.unlink()
    return findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--longest-s", type=float, default=0.4, help="between two cuts")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing stays mounted
    from benchmarks.recording_cost import encode  # noqa: PLC0415 - brings an encoder, which the test does not need

    folder = Path(tempfile.mkdtemp(prefix="nvr-cut-"))
    try:
        findings = cut(
            options.cuts,
            clip=encode(400_000),
            streams=options.streams,
            longest_s=options.longest_s,
            seed=options.seed,
            folder=folder,
        )
    except CannotCut as error:
        sys.exit(str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(
        json.dumps(
            {
                "cuts": options.cuts,
                "segments looked at": findings.segments,
                "acknowledged facts looked for": findings.facts,
                "faults": dict(findings.faults),
                "lost per stream, s": spread(findings.lost_s),
                "p95": round(percentile(findings.lost_s, 0.95), 2),
                "of which a fragment being gathered": f"up to {FRAGMENT_S} s",
            },
            indent=2,
        )
    )
    kept = not any(findings.faults.values()) and percentile(findings.lost_s, 0.95) <= TAIL_P95_S
    return 0 if kept and max(findings.lost_s) <= TAIL_MOST_S else 1


if __name__ == "__main__":
    sys.exit(main())
