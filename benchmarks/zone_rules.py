"""What the rules of zones report on generated sequences with ground truth, and what they cost beside the detector: ``python -m benchmarks.zone_rules``."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from analytics.motion import CELL_THRESHOLD, MotionDetector
from analytics.zone_rules import ZoneRules
from analytics.zones import zone_cells
from benchmarks.rule_cases import cases
from benchmarks.rule_sequences import FPS, RuleSequence
from nvr.clock import NS_PER_S
from nvr.config import Zone


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sequence at one seed: ``told`` are the rules that reported, in order; times in microseconds a frame, median."""

    name: str
    told: tuple[str, ...]
    right: bool
    detector_us: float
    rules_us: float


def play(sequence: RuleSequence, seed: int, rows: int) -> Outcome:
    """Look at every frame; the rules' and the detector's time apart."""
    zone = Zone.model_validate(sequence.zone)
    cells = zone_cells(zone.name, zone.polygon, zone.sensitivity, zone.min_area, CELL_THRESHOLD)
    detector, rules = MotionDetector([cells]), ZoneRules([(zone, cells)])
    told: list[str] = []
    took: list[tuple[int, int]] = []
    for index, luma in enumerate(sequence.frames(seed, rows)):
        at_ns = index * NS_PER_S // FPS
        began_ns = time.perf_counter_ns()
        sample = detector.update(luma, at_ns)
        seen_ns = time.perf_counter_ns()
        decisions = rules.restart() if sample.calibrating else rules.update(at_ns, at_ns, detector, {})
        took.append((seen_ns - began_ns, time.perf_counter_ns() - seen_ns))
        told += [each.rule.name for each in decisions if each.decision.kind == "started"]
    right = set(told) == {each.rule for each in sequence.expected}
    detector_us, rules_us = (statistics.median(each) / 1000 for each in zip(*took, strict=True))
    return Outcome(sequence.name, tuple(told), right, detector_us, rules_us)


def outcomes(seeds: int, rows: int) -> Iterator[list[Outcome]]:
    """All cases, each at seeds 1, 2, …"""
    for sequence in cases():
        yield [play(sequence, seed, rows) for seed in range(1, seeds + 1)]


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=180, help="height of the pictures")
    options = parser.parse_args()
    print("| sequence | right | reported where wrong | detector us | rules us |\n|---|---|---|---|---|")
    found = []
    for seeds in outcomes(options.seeds, options.rows):
        found += seeds
        wrong = "; ".join(", ".join(each.told) or "nothing" for each in seeds if not each.right)
        times = (
            statistics.median(each.detector_us for each in seeds),
            statistics.median(each.rules_us for each in seeds),
        )
        print(
            f"| {seeds[0].name} | {sum(each.right for each in seeds)} of {len(seeds)} | {wrong} | {times[0]:.0f} | {times[1]:.1f} |"
        )
    print(f"\n{sum(each.right for each in found)} of {len(found)} right")


if __name__ == "__main__":
    main()
