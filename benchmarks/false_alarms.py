"""How often the detector is fooled, and what it misses: generated sequences, one default for all, many seeds.

    python -m benchmarks.false_alarms [--seeds 20] [--first 0] [--quiet-hours 24]

Three tables: false alerts by adverse sequence, as an alert per camera-hour of such weather; false alerts of quiet cameras per day; and events found by
size, contrast and duration, over speeds and noise. An alert is what the default zone decides (sensitivity 0.5, 0.3 % of the picture, 0.6 s). A seed
changes the scene, the noise, and every place, speed, strength and period.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from analytics.event_score import Reporter
from analytics.motion import CELL_THRESHOLD, MotionDetector
from analytics.zones import zone_cells
from nvr.clock import NS_PER_S
from tests.analytics.adverse import SEQUENCES
from tests.analytics.scenes import FPS, SETTLED, WHOLE, Camera, Gray, figure_at, street

PER_HOUR: Final = 0.5
PER_DAY: Final = 1.0
_CONFIDENCE: Final = 0.95
AREAS: Final = (0.003, 0.006, 0.02)
CONTRASTS: Final = (10, 14, 18, 25, 40)
DURATIONS_S: Final = (1.0, 3.0)
SPEEDS: Final = (0.03, 0.1, 0.4)
"""Widths of the picture a second."""
NOISES: Final = (3.0, 8.0)


@dataclass(slots=True)
class Tally:
    """What a kind of sequence came to."""

    alerts: int = 0
    seconds: float = 0.0

    @property
    def per_hour(self) -> float:
        """Alerts per camera-hour."""
        return self.alerts / self.seconds * 3600 if self.seconds else 0.0

    def interval_per_hour(self) -> tuple[float, float]:
        """Between which rates the true one lies with 95 % confidence, as far as so many alerts tell: Garwood's exact interval of a Poisson count (1936)."""
        if not self.seconds:
            return 0.0, math.inf
        hours, tail = self.seconds / 3600, (1 - _CONFIDENCE) / 2
        low = _mean_where(lambda mean: _at_most(self.alerts - 1, mean), 1 - tail) if self.alerts else 0.0
        return low / hours, _mean_where(lambda mean: _at_most(self.alerts, mean), tail) / hours


def _at_most(count: int, mean: float) -> float:
    """The probability of at most so many events where ``mean`` are expected."""
    return math.fsum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count + 1))


def _mean_where(falling: Callable[[float], float], level: float) -> float:
    """Where a function of the mean that falls from 1 to 0 passes a level, by halving."""
    low, high = 0.0, 1.0
    while falling(high) > level:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > level else (low, middle)
    return high


def alerts(frames: Iterable[Gray]) -> tuple[list[float], int]:
    """When the default zone says that something moves, in seconds from the first frame, and how many frames there were."""
    detector = MotionDetector([zone_cells("all", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    reporter, count = Reporter(FPS), 0
    for count, frame in enumerate(frames, 1):
        sample = detector.update(frame, count * NS_PER_S // FPS)
        reporter.take(moving=sample.zone_moving[0], calibrating=sample.calibrating)
    return [report.decided_s for report in reporter.close()], count


def adverse(name: str, seeds: range) -> Tally:
    """One kind of weather with several seeds."""
    tally = Tally()
    for seed in seeds:
        decided_s, frames = alerts(SEQUENCES[name](seed))
        tally.alerts += len(decided_s)
        tally.seconds += frames / FPS
    return tally


def quiet(seed: int, hours: float) -> Iterator[Gray]:
    """A camera that sees nothing: noise of 2 to 10 levels, a lens that breathes, light that drifts by a tenth in ten minutes, a clock on screen."""
    rng = np.random.default_rng([seed, 90])
    scene, sigma = street(5000 + seed, 180, 320), rng.uniform(2, 10)
    camera, frames = Camera(float(sigma), seed), round(hours * 3600 * FPS)
    noise = [camera(np.full((180, 320), 128, np.float32)) for _ in range(97)]
    for i in range(frames):
        if i % 20 == 0:
            base = np.clip(scene * np.float32(1 + 0.1 * np.sin(i / FPS / 600 * 2 * np.pi)), 0, 255).astype(np.uint8)
        if i % FPS == 0:
            cv2.putText(
                base, f"{i // 36000:02d}:{i // 600 % 60:02d}:{i // 10 % 60:02d}", (4, 12), cv2.FONT_HERSHEY_PLAIN, 0.8,
                (255,), 1,
            )  # fmt: skip
        yield cv2.addWeighted(base, 1.0, noise[int(rng.integers(97))], 1.0, -128.0).astype(np.uint8, copy=False)


def event(seed: int, area: float, contrast: float, duration_s: float, *, speed: float, sigma: float) -> Iterator[Gray]:
    """Nothing for six seconds, somebody who walks for so long, nothing for two seconds."""
    rng = np.random.default_rng([seed, 91])
    scene, camera = street(6000 + seed), Camera(sigma, seed)
    level, way = contrast * rng.choice((-1, 1)), int(rng.choice((-1, 1)))
    moving = round(duration_s * FPS)
    travelled = speed * duration_s
    x, y = rng.uniform(0.08, 0.92 - min(0.8, travelled)), rng.uniform(0.25, 0.75)
    for i in range(2 * SETTLED + moving + 20):
        k = i - 2 * SETTLED
        if not 0 <= k < moving:
            yield camera(scene)
            continue
        ahead = min(0.84, travelled) * k / moving
        yield camera(figure_at(scene, x + ahead if way > 0 else 1 - x - ahead, y, area, level))


def found(seeds: range, area: float, contrast: float, duration_s: float) -> tuple[int, int]:
    """How many of such events were found, of how many, over all speeds and noises."""
    hits = total = 0
    for seed in seeds:
        for speed in SPEEDS:
            for sigma in NOISES:
                decided_s, _ = alerts(event(seed, area, contrast, duration_s, speed=speed, sigma=sigma))
                total += 1
                hits += any(2 * SETTLED / FPS <= at_s <= 2 * SETTLED / FPS + duration_s + 1 for at_s in decided_s)
    return hits, total


def main() -> None:
    """Print the tables of docs/measurements.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many of each sequence")
    parser.add_argument("--first", type=int, default=0, help="the first seed; from 1000 on nothing was tried on")
    parser.add_argument("--quiet-hours", type=float, default=24.0, help="camera time without anything")
    parser.add_argument("--event-seeds", type=int, default=4)
    options = parser.parse_args()
    out = sys.stdout.write
    seeds = range(options.first, options.first + options.seeds)
    out("| sequence | camera time, min | false alerts | per camera-hour | asked |\n|---|---|---|---|---|\n")
    total = Tally()
    for name in SEQUENCES:
        tally = adverse(name, seeds)
        total.alerts, total.seconds = total.alerts + tally.alerts, total.seconds + tally.seconds
        out(f"| {name} | {tally.seconds / 60:.0f} | {tally.alerts} | {tally.per_hour:.1f} | {PER_HOUR} |\n")
        sys.stdout.flush()
    low, high = total.interval_per_hour()
    rate = f"{total.per_hour:.2f} (95 %: {low:.2f} to {high:.2f})"
    out(f"| **all** | {total.seconds / 60:.0f} | {total.alerts} | {rate} | {PER_HOUR} |\n\n")
    decided_s, frames = alerts(quiet(options.first, options.quiet_hours))
    days = frames / FPS / 86400
    out(f"Quiet: {len(decided_s)} false alerts in {days:.2f} camera-days (asked: at most {PER_DAY} a day).\n\n")
    event_seeds = range(options.first, options.first + options.event_seeds)
    out(
        f"| of the picture, for | {' | '.join(f'{each} levels' for each in CONTRASTS)} |\n|---{'|---' * len(CONTRASTS)}|\n"
    )
    for area in AREAS:
        for duration_s in DURATIONS_S:
            cells = []
            for contrast in CONTRASTS:
                hits, of = found(event_seeds, area, contrast, duration_s)
                cells.append(f"{hits} of {of}")
            out(f"| {area:.1%}, {duration_s:g} s | {' | '.join(cells)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
