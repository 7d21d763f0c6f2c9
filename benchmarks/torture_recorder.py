"""The recorder that ``benchmarks.torture`` kills. A module of its own: only what a recorder needs is loaded before it records again.

python -m benchmarks.torture_recorder FOLDER CLIP SHIFT_NS STREAMS SPEED
"""

from __future__ import annotations

import pickle
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.packets import FPS, Clip, packet
from nvr.config import Node
from nvr.journal import JournalWriter
from nvr.observations import Fact, GapClosed, SegmentClosed, SegmentOpened
from nvr.recording.recorder import Recorder
from nvr.recording.recovery import recover, where_stopped


def record_until_killed(data: Path, clip_file: Path, shift_ns: int, streams: int, speed: float) -> None:
    """Record, faster than real time. Prints ``loaded``, ``recovered`` and ``up`` once its modules are there, what was left is finished (meanwhile, as
    an ingest worker does it) and every stream has a file, ``ack <id>`` for facts that are safe, ``given <seq>``."""
    print("loaded", flush=True)
    clip: Clip = pickle.loads(clip_file.read_bytes())  # noqa: S301 - written by our parent
    journal = JournalWriter(data / "journal")
    standstills = where_stopped(data / "recordings")
    up: set[str] = set()
    spoken: list[bool] = []

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def finish_what_was_left() -> None:
        recover(data / "recordings", journal.append)
        say("recovered")

    threading.Thread(target=finish_what_was_left, daemon=True).start()

    def record(fact: Fact) -> None:
        journal.append(fact)
        match fact:
            case SegmentOpened():
                say(f"ack opened/{fact.segment_id}")
                up.add(fact.camera_id)
                if len(up) == streams and not spoken:
                    spoken.append(True)
                    say("up")
            case SegmentClosed():
                say(f"ack closed/{fact.segment_id}")
            case GapClosed():
                say(f"ack gap/{fact.gap_id}")
            case _:
                pass

    recorder = Recorder(data / "recordings", Node(segment_s=5, reserve_mb=16), record, standstills=standstills)
    began_s = time.monotonic()
    for seq in range(10**9):
        for number in range(streams):
            one = packet(clip, number, seq)
            wall_ns = one.wall_ns - one.epoch_ns + shift_ns
            recorder.write(replace(one, wall_ns=wall_ns, epoch_ns=shift_ns))
        say(f"given {seq}")
        time.sleep(max(0.0, began_s + (seq + 1) / FPS / speed - time.monotonic()))


if __name__ == "__main__":
    folder, clip, shift, count, times = sys.argv[1:]
    record_until_killed(Path(folder), Path(clip), int(shift), int(count), float(times))
