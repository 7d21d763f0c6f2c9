"""Measures the catalogue at its full size: 45 days of 42 cameras, a minute a segment.

``covering`` over it, the janitor's questions for each camera's oldest and one camera's weight, and, with ``--rebuild``, how long ``nvr catalogue rebuild`` takes for as many
files as a terabyte has (small ones: their payloads are not read where notes were kept).

    python -m benchmarks.catalogue_cost --rebuild
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from benchmarks.packets import START_NS, TICKS
from benchmarks.recording_cost import encode
from nvr.app.rebuild import rebuild
from nvr.catalogue import segments, weights
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.media import StreamKind
from nvr.observations import SegmentClosed, new_id
from nvr.recording.fmp4 import Sample, fragment, init_segment
from nvr.storage.layout import NOTES_FILE, segment_path

MINUTE_NS = 60 * NS_PER_S
TERABYTE_FILES = 10**12 // (2_000_000 // 8 * 60)
"""At 2 Mbit/s and a minute each."""
_COLUMNS = (
    "segment_id, camera_id, stream, epoch_ns, start_wall_ns, end_wall_ns, path, codec, width_px, height_px, size_bytes, packets, sha256, "
    "recovered, held, deleting"
)


def rows(cameras: int, minutes: int) -> Iterator[tuple[object, ...]]:
    """As intake stores them: minute after minute, all cameras."""
    for minute in range(minutes):
        for camera in range(cameras):
            start_ns = START_NS + minute * MINUTE_NS + camera * MINUTE_NS // cameras
            name = f"cam{camera:02d}"
            yield (
                new_id(start_ns), name, "main", START_NS, start_ns, start_ns + MINUTE_NS,
                str(segment_path(name, StreamKind.MAIN, start_ns)), "h264", 1920, 1080, 15_000_000, 1500, "0" * 64, 0, 0, 0,
            )  # fmt: skip


def timed_ms(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    took = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        work()
        took.append((time.perf_counter() - began_s) * 1e3)
    took.sort()
    return {"median ms": round(took[rounds // 2], 2), "p95 ms": round(took[int(rounds * 0.95)], 2)}


def measure_reading(folder: Path, cameras: int, days: int) -> dict[str, object]:
    """The questions that are asked all the time, on a catalogue of full size."""
    path = folder / "catalogue.sqlite"
    catalogue = Catalogue(f"sqlite:///{path}")
    minutes = days * 1440
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        marks = ",".join("?" * 16)
        raw.executemany(f"INSERT INTO segments ({_COLUMNS}) VALUES ({marks})", rows(cameras, minutes))  # noqa: S608 - ours
        raw.commit()
    rng = random.Random(3)

    def covering(hours: float) -> None:
        at_ns = START_NS + rng.randrange(minutes) * MINUTE_NS
        with catalogue.read() as tx:
            segments.covering(
                tx, f"cam{rng.randrange(cameras):02d}", StreamKind.MAIN, at_ns, at_ns + round(hours * 60 * MINUTE_NS)
            )

    def oldest(per_camera: int) -> None:
        with catalogue.read() as tx:
            segments.oldest_of_each(tx, per_camera)

    def weigh() -> None:
        with catalogue.read() as tx:
            camera_id = f"cam{rng.randrange(cameras):02d}"
            weights.oldest_bytes(tx, camera_id, weights.deletable_bytes(tx, camera_id) // 1000)

    found: dict[str, object] = {
        "rows": cameras * minutes,
        "file MB": path.stat().st_size // 10**6,
        "covering 1 min": timed_ms(lambda: covering(1 / 60), 400),
        "covering 1 h": timed_ms(lambda: covering(1), 400),
        "covering 24 h": timed_ms(lambda: covering(24), 60),
        "oldest 20 of each camera": timed_ms(lambda: oldest(20), 40),
        "oldest 500 of each camera": timed_ms(lambda: oldest(500), 8),
        "weigh one camera": timed_ms(weigh, 20),
    }
    catalogue.close()
    return found


def make_files(root: Path, count: int, fragments: int) -> None:
    """Small segments with real boxes, and the notes of their closing."""
    parameters, clip = encode(200_000)
    payload = clip[0][1][:200]
    encode_note = msgspec.json.Encoder().encode
    per_camera = -(-count // 42)
    made = 0
    for camera in range(42):
        name = f"cam{camera:02d}"
        for index in range(min(per_camera, count - made)):
            start_ns = START_NS + index * MINUTE_NS
            relative = segment_path(name, StreamKind.MAIN, start_ns)
            path = root / relative
            segment_id = new_id(start_ns)
            if index % 1440 == 0 or not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
            parts = [init_segment(parameters, start_wall_ns=start_ns, camera_id=name, segment_id=segment_id)]
            for number in range(fragments):
                wall_ns = start_ns + number * NS_PER_S
                sample = Sample(25 * TICKS, 0, is_keyframe=True, data=payload)
                parts += fragment(number + 1, number * 90_000, [sample], wall_ns=wall_ns)
            data = b"".join(parts)
            path.write_bytes(data)
            note = encode_note(
                SegmentClosed(
                    segment_id=segment_id,
                    camera_id=name,
                    stream=StreamKind.MAIN,
                    start_wall_ns=start_ns,
                    end_wall_ns=start_ns + fragments * NS_PER_S,
                    path=str(relative),
                    size_bytes=len(data),
                    packets=fragments,
                    sha256="0" * 64,
                )
            )
            with (path.parent / NOTES_FILE).open("ab") as notes:
                notes.write(f"{zlib.crc32(note):08x} ".encode() + note + b"\n")
            made += 1


def measure_rebuild(folder: Path, count: int, fragments: int) -> dict[str, object]:
    """From files alone to a catalogue that knows them all."""
    root = folder / "recordings"
    make_files(root, count, fragments)
    found: dict[str, object] = {"files": count, "fragments in each": fragments}
    for name, trust_notes in (("with notes", True), ("without, small payloads read", False)):
        path = folder / f"{name.split(',')[0].replace(' ', '-')}.sqlite"
        with closing(Catalogue(f"sqlite:///{path}")) as catalogue:
            before = resource.getrusage(resource.RUSAGE_SELF)
            began_s = time.monotonic()
            done = rebuild(root, catalogue, trust_notes=trust_notes)
            took_s = time.monotonic() - began_s
            after = resource.getrusage(resource.RUSAGE_SELF)
        if done.added != count:
            raise SystemExit(f"{done.added} of {count} came back")
        found[name] = {
            "s": round(took_s, 1),
            "cpu s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
            "files/s": round(count / took_s),
            "recovered": done.added,
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cameras", type=int, default=42)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--files", type=int, default=TERABYTE_FILES)
    parser.add_argument("--fragments", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=None, help="where to write; default: the temporary folder")
    arguments = parser.parse_args()
    result: dict[str, object] = {"load": [round(value, 1) for value in os.getloadavg()]}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        result["reading"] = measure_reading(Path(folder), arguments.cameras, arguments.days)
    if arguments.rebuild:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            result["rebuild"] = measure_rebuild(Path(folder), arguments.files, arguments.fragments)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
