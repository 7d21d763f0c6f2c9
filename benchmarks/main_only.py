"""Cameras without a sub-stream: what share of the events longer than a GOP is found, how late, and what 42 of them cost.

``python -m benchmarks.main_only [--media DIR] [--quick]``. Recall and delay are measured at 640x360 (the detector works on 160x90 whatever the
size), on a real road's own cars, on people drawn into that real road, and on a generated street; the processor time on 1920x1080 at 25 frames a
second. The packets go through the same pipeline that the analytics worker runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from analytics.event_score import Span
from analytics.pipeline import CameraPipeline
from benchmarks.footage import EPOCH_NS, Gray, Mover, clip_frames, encode, generated_street, staged
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Camera
from nvr.media import Packet
from nvr.observations import MotionObserved

FPS = 25
CAMERAS = 42
SMALL = (640, 360)
LARGE = (1920, 1080)
LATE_S = 0.5
GRACE_S = 1.0
PASSAGES_S = ((4.4, 8.6), (14.4, 19.2), (25.1, 28.6))
"""The cars of the real road, read off its frames: from the whole front in the picture to the last of it."""
QUIET_S = (10.4, 13.0)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a camera encodes."""

    name: str
    gop_s: float
    options: dict[str, str] = field(default_factory=lambda: {"crf": "27"})
    x264: str = ":bframes=0"
    codec: str = "libx264"


SETTINGS = (
    Setting("VBR, GOP 1 s", 1),
    Setting("VBR, GOP 2 s", 2),
    Setting("VBR, GOP 4 s", 4),
    Setting("VBR, GOP 10 s", 10),
    Setting("CBR, GOP 2 s", 2, {}, ":bframes=0:bitrate={kbps}:vbv-maxrate={kbps}:vbv-bufsize={kbps}"),
    Setting("CBR starved, GOP 4 s", 4, {}, ":bframes=0:bitrate={low}:vbv-maxrate={low}:vbv-bufsize={low}"),
    Setting("smart, GOP 12 s", 12, {"crf": "33"}, ":bframes=0:rc-lookahead=0:qpmax=45:aq-mode=3"),
    Setting("B-frames, GOP 2 s", 2, {"crf": "27"}, ":bframes=2:b-adapt=0"),
    Setting("H.265, GOP 4 s", 4, {"crf": "28", "preset": "ultrafast"}, "", "libx265"),
)


def packets_of(frames: Iterable[Gray], setting: Setting, size: tuple[int, int]) -> list[Packet]:
    """Encoded as the setting says; its bit rates are for the picture's size."""
    share = size[0] * size[1] / (1920 * 1080)
    x264 = setting.x264.format(kbps=round(3000 * share**0.75), low=round(1000 * share**0.75))
    return encode(
        frames,
        fps=FPS,
        gop_frames=round(setting.gop_s * FPS),
        codec=setting.codec,
        options=setting.options,
        x264=x264,
    )


@dataclass(slots=True)
class Outcome:
    """What one run found."""

    events: int = 0
    found: int = 0
    late: int = 0
    false: int = 0
    delays_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    video_s: float = 0.0
    frames: int = 0

    def add(self, other: Outcome) -> None:
        """Sum up."""
        self.events += other.events
        self.found += other.found
        self.late += other.late
        self.false += other.false
        self.delays_s += other.delays_s
        self.cpu_s += other.cpu_s
        self.video_s += other.video_s
        self.frames += other.frames


def watch(packets: Sequence[Packet], folder: Path) -> tuple[list[MotionObserved], Outcome]:
    """Through the pipeline of a camera without a sub-stream."""
    found: list[MotionObserved] = []
    camera = Camera.model_validate(
        {"id": "cam01", "number": 1, "name": "Banco de pruebas", "main": {"url": "rtsp://192.0.2.1/main"}}
    )
    clock = SimulatedClock()
    pipeline = CameraPipeline(camera, clock, found.append, folder)
    started_s = time.process_time()
    for packet in packets:
        pipeline.push(packet)
    pipeline.close()
    cpu_s = time.process_time() - started_s
    return found, Outcome(cpu_s=cpu_s, video_s=len(packets) / FPS, frames=pipeline.decoder.counters.frames)


def judge(packets: Sequence[Packet], events: Sequence[Span], gop_s: float, folder: Path) -> Outcome:
    """Events longer than a GOP beside what was reported."""
    reported, outcome = watch(packets, folder)
    spans: dict[str, tuple[float, float, float]] = {}
    for fact in reported:
        start_s, decided_s = ((at - EPOCH_NS) / NS_PER_S for at in (fact.start_wall_ns, fact.decided_wall_ns))
        before = spans.get(fact.observation_id)
        spans[fact.observation_id] = (start_s, decided_s if before is None else before[1], decided_s)
    for event in events:
        if event.end_s - event.start_s <= gop_s:
            continue
        outcome.events += 1
        hits = [decided for start, decided, end in spans.values() if start <= event.end_s and end >= event.start_s]
        if hits:
            outcome.found += 1
            delay_s = max(0.0, min(hits) - event.start_s)
            outcome.delays_s.append(delay_s)
            outcome.late += delay_s > gop_s + LATE_S
    for start, _, end in spans.values():
        outcome.false += not any(start <= event.end_s + GRACE_S and end >= event.start_s - GRACE_S for event in events)
    return outcome


def passages(media: Path, gop_s: float, phase: int) -> tuple[list[Gray], list[Span]]:
    """The real road, slowed until its shortest passage outlasts a GOP, begun ``phase`` frames later in the group."""
    frames = clip_frames(media, "intel_car_detection.mp4", 377, SMALL)
    slow = max(1, -(-int(10 * gop_s + 1) // 34))
    repeat = 2 * slow  # 12.5 frames a second
    lead = [frames[i % 40] for i in range(3 * FPS + phase)]
    played = [frame for frame in frames for _ in range(repeat)]
    offset_s = len(lead) / FPS
    events = [Span(offset_s + start * slow, offset_s + end * slow) for start, end in PASSAGES_S]
    return lead + played, events


def walkers(gop_s: float, count: int, seed: int) -> tuple[list[Mover], int]:
    """``count`` people, each in the picture for 1.1 to 1.8 GOPs (at least 1.2 s), 4 to 8 s apart, and how many frames that takes."""
    rng = np.random.default_rng(seed)
    movers: list[Mover] = []
    at = 6 * FPS
    for _ in range(count):
        lasts = round(max(1.2, gop_s * rng.uniform(1.1, 1.8)) * FPS)
        level = rng.uniform(28, 70) * rng.choice([-1, 1])
        movers.append(Mover(at, at + lasts, rng.uniform(0.004, 0.02), float(level), rng.uniform(0.45, 0.95)))
        at += lasts + round(rng.uniform(4, 8) * FPS)
    return movers, at


def recall(setting: Setting, media: Path, folder: Path, *, quick: bool) -> dict[str, Outcome]:
    """All sources under one setting."""
    results: dict[str, Outcome] = {}
    real = (media / "intel_car_detection.mp4").exists()
    if real:
        sums = Outcome()
        step = max(1, round(setting.gop_s * FPS / (3 if quick else 6)))
        for phase in range(0, round(setting.gop_s * FPS), step):
            frames, events = passages(media, setting.gop_s, phase)
            sums.add(judge(packets_of(frames, setting, SMALL), events, setting.gop_s, folder))
        results["real cars"] = sums
    people = max(4, round((60 if quick else 200) / (6 + 1.5 * setting.gop_s)))
    sources: dict[str, list[Gray]] = {"street": generated_street(*SMALL, seed=3, sigma=4)}
    if real:
        frames = clip_frames(media, "intel_car_detection.mp4", 170, SMALL)
        sources["people on the real road"] = frames[round(QUIET_S[0] * 12.5) : round(QUIET_S[1] * 12.5)]
    for name, background in sources.items():
        movers, count = walkers(setting.gop_s, people, seed=round(setting.gop_s) + len(name))
        events = [Span(mover.first / FPS, mover.last / FPS) for mover in movers]
        packets = packets_of(staged(background, movers, count), setting, SMALL)
        results[name] = judge(packets, events, setting.gop_s, folder)
    return results


def quiet_cost(setting: Setting, background: Sequence[Gray], folder: Path, *, quick: bool) -> tuple[float, float, int]:
    """Cores that 42 cameras of 1920x1080 take on which nothing moves, in the steady state; frames decoded per camera and second; observations."""
    seconds = max(12, 2 * round(setting.gop_s)) if quick else max(24, 3 * round(setting.gop_s))
    packets = packets_of(staged(background, (), seconds * FPS), setting, LARGE)
    lead = [packet for packet in packets if packet.pts < 90_000 * max(4, setting.gop_s)]
    costs: list[float] = []
    for _ in range(3):
        found, whole = watch(packets, folder)
        _, begin = watch(lead, folder)
        costs.append((whole.cpu_s - begin.cpu_s) / (whole.video_s - begin.video_s))
    rate = (whole.frames - begin.frames) / (whole.video_s - begin.video_s)
    return CAMERAS * statistics.median(costs), rate, sum(fact.phase == "started" for fact in found)


def costs(setting: Setting, media: Path, folder: Path, *, quick: bool) -> str:
    """Table cells: a generated street, then a real road without cars, whose pole a draught shakes by up to two pixels."""
    cells = []
    real = (media / "intel_car_detection.mp4").exists()
    frames = clip_frames(media, "intel_car_detection.mp4", 170, LARGE) if real else []
    for background in (
        generated_street(*LARGE, seed=3, sigma=3),
        frames[round(QUIET_S[0] * 12.5) : round(QUIET_S[1] * 12.5)],
    ):
        if background:
            cores, rate, found = quiet_cost(setting, background, folder, quick=quick)
            cells.append(f"**{cores:.2f}** at {rate:.1f} frames/s" + (f", {found} false" if found else ""))
        else:
            cells.append("")
    return " | ".join(cells)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    default = Path(os.environ.get("NVR_MEDIA", Path(__file__).parents[2] / "shared" / "media"))
    parser.add_argument("--media", type=Path, default=default)
    parser.add_argument("--quick", action="store_true", help="a third of the events, half of the seconds")
    parser.add_argument("--only", help="settings whose name holds this text")
    parser.add_argument("--no-cost", action="store_true", help="recall and delay only")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, OpenCV {cv2.__version__}\n")
    print(
        "| encoding | source | events > GOP | found | later than GOP + 0.5 s | delay p50 / max s | false | 42 cameras 1080p, street: cores | shaken road: cores |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    total = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        for setting in SETTINGS:
            if options.only and options.only not in setting.name:
                continue
            cores = " | " if options.no_cost else costs(setting, options.media, Path(folder), quick=options.quick)
            for source, result in recall(setting, options.media, Path(folder), quick=options.quick).items():
                delays = sorted(result.delays_s) or [0.0]
                print(
                    f"| {setting.name} | {source} | {result.events} | {result.found} | {result.late} "
                    f"| {statistics.median(delays):.2f} / {delays[-1]:.2f} | {result.false} | {cores} |",
                    flush=True,
                )
                cores = " | "
                total.add(result)
    print(
        f"\nFound {total.found} of {total.events} ({100 * total.found / max(1, total.events):.1f} %), {total.late} late, {total.false} false."
    )


if __name__ == "__main__":
    main()
