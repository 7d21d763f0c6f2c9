"""What movement costs: processor time per frame, medians, as ratios beside MOG2 at 320x180 in the same run, by number of cameras, and with decoding.

``python benchmarks/motion_cost.py [--media DIR]``; the folder of real clips is ``$NVR_MEDIA`` or ``../shared/media``. Without it, generated noise.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from analytics.background import Workspace
from analytics.baselines import Ours
from analytics.decoder import Decoder, DecoderSettings
from analytics.motion import CELL_THRESHOLD, MotionDetector
from analytics.reduction import Reduction
from analytics.zones import zone_cells
from benchmarks.footage import Gray, clip_frames, encode, scaled
from nvr.media import Packet, StreamKind

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
ROUNDS = 3
FRAMES = 400
"""Of a clip: where it begins anew is a jump that costs a detector more than any walker, so that it must not come often."""
FULL_FRAMES = 200
SUB_STREAMS_PER_S = 42 * 10
FLEETS = (1, 8, 32, 64, 128)
TURNS = 40
STILL = "the empty road, still"
NOISE_LEVELS = 3.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians over the rounds, in microseconds."""

    name: str
    us: float


def median_us(
    work: Callable[[Gray], object],
    frames: Sequence[Gray],
    middle: Callable[[Sequence[int]], float] = statistics.median,
) -> float:
    """The median over rounds of the median (or what ``middle`` says) over frames; each call sees another frame, as on site."""
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for frame in frames:
            np.add.reduce(frame, axis=None)  # in the processor's cache, as after decoding
            started_ns = time.thread_time_ns()
            work(frame)
            times.append(time.thread_time_ns() - started_ns)
        rounds.append(middle(times))
    return statistics.median(rounds) / 1000


def still(frame: Gray) -> list[Gray]:
    """A scene in which nothing moves but a sensor's noise."""
    rng = np.random.default_rng(0)
    return [rng.normal(frame, NOISE_LEVELS).clip(0, 255).astype(np.uint8) for _ in range(120)]


def detector() -> Callable[[Gray], object]:
    """Ours, all in: reduction, model, grid, one zone."""
    motion = MotionDetector([zone_cells("all", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    return lambda frame: motion.update(frame, 0)


def fleet_us(cameras: int, frames: Sequence[Gray]) -> float:
    """The median over turns of the mean per frame, all cameras in turn in one thread as in the worker, each at its own place of the clip."""
    workspace = Workspace()
    zones = [zone_cells("all", WHOLE, 0.5, 0.003, CELL_THRESHOLD)]
    detectors = [MotionDetector(zones, workspace=workspace) for _ in range(cameras)]
    turns = []
    for turn in range(2 * TURNS):
        started_ns = time.thread_time_ns()
        for index, motion in enumerate(detectors):
            motion.update(frames[(turn + 7 * index) % len(frames)], turn)
        turns.append((time.thread_time_ns() - started_ns) / cameras / 1000)
    return statistics.median(turns[TURNS:])  # the first ones learn the background


def subtractor(kind: str) -> Callable[[Gray], object]:
    """OpenCV's, on pictures reduced beforehand; only the subtractor itself is timed, to be generous to it."""
    model = {"MOG2": cv2.createBackgroundSubtractorMOG2, "KNN": cv2.createBackgroundSubtractorKNN}[kind](
        detectShadows=False
    )
    return model.apply


def decoding_us(packets: Sequence[Packet], *, skip_loop_filter: bool, detect: bool) -> float:
    """Mean processor time per frame over a whole clip, median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        decoder = Decoder(DecoderSettings(skip_loop_filter=skip_loop_filter))
        work = detector()
        started_s = time.process_time()
        count = 0
        for packet in packets:
            for frame in decoder.decode(packet):
                count += 1
                if detect:
                    work(frame.luma)
        rounds.append((time.process_time() - started_s) / max(1, count) * 1e6)
    return statistics.median(rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    default = Path(os.environ.get("NVR_MEDIA", Path(__file__).parents[2] / "shared" / "media"))
    parser.add_argument("--media", type=Path, default=default)
    media: Path = parser.parse_args().media
    cv2.setNumThreads(1)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, OpenCV {cv2.__version__}\n")
    print("| clip | work | µs a frame | of MOG2 at 320x180 |")
    print("|---|---|---|---|")
    for name, clip in (
        ("walkway", "pets_vtest_h264.mp4"),
        ("empty road", "intel_car_detection.mp4"),
        (STILL, "intel_car_detection.mp4"),
    ):
        frames = clip_frames(media, clip, FRAMES)
        if name == STILL:
            frames = still(frames[0])
        small, sub, full = scaled(frames, 320, 180), scaled(frames, 640, 360), scaled(frames[:FULL_FRAMES], 1920, 1080)
        base_us = median_us(subtractor("MOG2"), small)
        timings = [
            Timing("MOG2 at 320x180", base_us),
            Timing("KNN at 320x180", median_us(subtractor("KNN"), small)),
            Timing(
                "area resize of 640x360 to 160x90", median_us(lambda f: cv2.resize(f, (160, 90), interpolation=3), sub)
            ),
            Timing("our reduction of 640x360", median_us(Reduction(360, 640), sub)),
            Timing("our reduction of 1920x1080", median_us(Reduction(1080, 1920), full)),
            Timing("**ours, all in, 640x360**", median_us(detector(), sub)),
            Timing("**ours, all in, 1920x1080**", median_us(detector(), full)),
            Timing("ours, all in, 640x360, mean", median_us(detector(), sub, statistics.fmean)),
            Timing("ours, all in, 1920x1080, mean", median_us(detector(), full, statistics.fmean)),
            Timing("**ours, 640x360 at 25 frames a second, mean**", median_us(Ours(25).cells, sub, statistics.fmean)),
            Timing("**ours, 1920x1080 at 25, mean**", median_us(Ours(25).cells, full, statistics.fmean)),
        ]
        for timing in timings:
            print(f"| {name} | {timing.name} | {timing.us:.0f} | {timing.us / base_us:.3f} |")
    print(
        "\n| cameras of 640x360 in one thread | quiet, µs a frame | walkway, µs a frame | cores at 10 frames a second, quiet / walkway |"
    )
    print("|---|---|---|---|")
    walkway = scaled(clip_frames(media, "pets_vtest_h264.mp4", 100), 640, 360)
    quiet = scaled(clip_frames(media, "intel_car_detection.mp4", 60), 640, 360)
    for cameras in FLEETS:
        quiet_us, busy_us = fleet_us(cameras, quiet), fleet_us(cameras, walkway)
        cores = [us * cameras * 10 / 1e6 for us in (quiet_us, busy_us)]
        print(f"| {cameras} | {quiet_us:.0f} | {busy_us:.0f} | {cores[0]:.3f} / {cores[1]:.3f} |")
    print("\n| 640x360 at 10 frames a second | µs a frame | cores for 42 cameras |")
    print("|---|---|---|")
    sub = scaled(clip_frames(media, "intel_car_detection.mp4", 300), 640, 360)
    packets = encode(sub, fps=10, gop_frames=20, stream=StreamKind.SUB, options={"crf": "26", "tune": "zerolatency"})
    for skip, detect, what in (
        (False, False, "decode, deblocked"),
        (True, False, "decode, not deblocked"),
        (True, True, "decode, not deblocked, and detect"),
    ):
        us = decoding_us(packets, skip_loop_filter=skip, detect=detect)
        print(f"| {what} | {us:.0f} | {us * SUB_STREAMS_PER_S / 1e6:.3f} |")


if __name__ == "__main__":
    main()
