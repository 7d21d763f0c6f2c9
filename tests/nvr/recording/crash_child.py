"""Records a few streams until it is killed. Prints what it may be held to: segments whose fact is in the journal, and how far each stream was
handed over."""

from __future__ import annotations

import pickle
import sys
import threading
from pathlib import Path

from nvr.config import Node
from nvr.journal import JournalWriter
from nvr.media import Packet, StreamKind
from nvr.observations import Fact, SegmentClosed
from nvr.recording.recorder import Recorder
from nvr.recording.recovery import recover, where_stopped

TICKS = 3600
STEP_FRAMES = 10


def main(data: Path, clip_file: Path, start_wall_ns: int) -> None:
    parameters, clip = pickle.loads(clip_file.read_bytes())  # noqa: S301 - written by the test beside it
    journal = JournalWriter(data / "journal")
    standstills = where_stopped(data / "recordings")
    threading.Thread(target=recover, args=(data / "recordings", journal.append), daemon=True).start()

    def record(fact: Fact) -> None:
        journal.append(fact)
        if isinstance(fact, SegmentClosed):
            sys.stdout.write(f"closed {fact.path} {fact.size_bytes} {fact.sha256}\n")
            sys.stdout.flush()

    node = Node(segment_s=5, fragment_ms=1000)
    recorder = Recorder(data / "recordings", node, record, standstills=standstills)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for seq in range(10_000_000):
        for number in range(3):
            cts, _, is_keyframe, payload = clip[(seq + number) % len(clip)]
            dts = seq * TICKS
            recorder.write(
                Packet(
                    camera_id=f"cam{number}",
                    stream=StreamKind.MAIN,
                    epoch_ns=start_wall_ns,
                    seq=seq,
                    pts=dts + cts,
                    dts=dts,
                    is_keyframe=is_keyframe,
                    wall_ns=start_wall_ns + dts * 1_000_000_000 // 90_000,
                    parameters=parameters,
                    data=payload,
                )
            )
        if seq % STEP_FRAMES == 0:
            recorder.drain(60)  # in real time the disk keeps up; here many seconds pass in one
            sys.stdout.write(f"given {seq}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
