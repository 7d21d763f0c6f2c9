"""What the rules of zones report on generated sequences with ground truth (``analytics.rule_cases``), and what they cost beside the detector.

An expected report is found where its rule reported within its span, a second's grace at either end; what is reported and not expected then is false.
``nvr evaluate --rules`` prints the table.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.motion import CELL_THRESHOLD, MotionDetector
from analytics.rule_cases import cases
from analytics.rule_sequences import FPS, SETTLED_S, Expected, RuleSequence
from analytics.zone_rules import ZoneRules
from analytics.zones import zone_cells
from nvr.clock import NS_PER_S
from nvr.config import Zone

ROWS: Final = 180
"""Height of the pictures."""
_GRACE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """A rule's report: seconds of the sequence, without the time in which backgrounds settle, in which it was decided."""

    rule: str
    at_s: float


@dataclass(frozen=True, slots=True)
class RuleScore:
    """One sequence at one seed, or several summed up.

    Attributes:
        name: of the sequence.
        found: for each expected report that came, the seconds from the span's begin to it.
        missed: the rules whose expected reports did not come.
        false: the rules that reported what was not expected.
        detector_us: a frame, median.
        rules_us: likewise.
    """

    name: str
    found: tuple[float, ...]
    missed: tuple[str, ...]
    false: tuple[str, ...]
    detector_us: float
    rules_us: float


def play(sequence: RuleSequence, seed: int, rows: int = ROWS) -> RuleScore:
    """Look at every frame; the rules' and the detector's time apart.

    Args:
        sequence: to draw.
        seed: of its noise and street.
        rows: height of the pictures, in pixels.
    """
    zone = Zone.model_validate(sequence.zone)
    cells = zone_cells(zone.name, zone.polygon, zone.sensitivity, zone.min_area, CELL_THRESHOLD)
    detector, rules = MotionDetector([cells]), ZoneRules([(zone, cells)])
    told: list[Told] = []
    took: list[tuple[int, int]] = []
    for index, luma in enumerate(sequence.frames(seed, rows)):
        at_ns = index * NS_PER_S // FPS
        began_ns = time.perf_counter_ns()
        sample = detector.update(luma, at_ns)
        seen_ns = time.perf_counter_ns()
        decisions = rules.restart() if sample.calibrating else rules.update(at_ns, at_ns, detector, {})
        took.append((seen_ns - began_ns, time.perf_counter_ns() - seen_ns))
        at_s = index / FPS - SETTLED_S
        told += [Told(each.rule.name, at_s) for each in decisions if each.decision.kind == "started"]
    found, missed, false = compare(sequence.expected, told)
    detector_us, rules_us = (statistics.median(each) / 1000 for each in zip(*took, strict=True))
    return RuleScore(sequence.name, found, missed, false, detector_us, rules_us)


def compare(
    expected: Sequence[Expected], told: Sequence[Told]
) -> tuple[tuple[float, ...], tuple[str, ...], tuple[str, ...]]:
    """The delays in seconds of what was found, the rules that were missed, the rules that reported falsely."""

    def meets(each: Expected, report: Told) -> bool:
        begin_s, end_s = each.span.start_s - _GRACE_S, each.span.end_s + _GRACE_S
        return each.rule == report.rule and begin_s <= report.at_s <= end_s

    found, missed = list[float](), list[str]()
    for each in expected:
        hits = [report.at_s for report in told if meets(each, report)]
        if hits:
            found.append(max(0.0, min(hits) - each.span.start_s))
        else:
            missed.append(each.rule)
    false = tuple(report.rule for report in told if not any(meets(each, report) for each in expected))
    return tuple(found), tuple(missed), false


def score_rules(seeds: int) -> Iterator[RuleScore]:
    """All cases, each at seeds 1, 2, … summed up."""
    for sequence in cases():
        yield summed(sequence.name, [play(sequence, seed) for seed in range(1, seeds + 1)])


def summed(name: str, scores: Sequence[RuleScore]) -> RuleScore:
    """Several as one; times are the medians of theirs.

    Raises:
        statistics.StatisticsError: there is none.
    """
    return RuleScore(
        name,
        tuple(delay_s for each in scores for delay_s in each.found),
        tuple(rule for each in scores for rule in each.missed),
        tuple(rule for each in scores for rule in each.false),
        statistics.median(each.detector_us for each in scores),
        statistics.median(each.rules_us for each in scores),
    )


def by_kind(scores: Iterable[RuleScore]) -> list[RuleScore]:
    """Summed up by what a sequence's name begins with, which is what it is about."""
    kinds: dict[str, list[RuleScore]] = {}
    for score in scores:
        kinds.setdefault(score.name.partition(":")[0], []).append(score)
    return [summed(f"**{kind}**", of_kind) for kind, of_kind in kinds.items()]


RULES_HEAD: Final = (
    "| sequence | found | missed | false | which | delay s | µs of the detector | of the rules |\n"
    "|---|---|---|---|---|---|---|---|"
)


def rule_row(score: RuleScore) -> str:
    """A Markdown row."""
    delay = f"{statistics.median(score.found):.1f}" if score.found else ""
    wrong = [f"no {rule}" for rule in sorted(set(score.missed))] + sorted(set(score.false))
    return (
        f"| {score.name} | {len(score.found)} | {len(score.missed)} | {len(score.false)} | {', '.join(wrong)} | {delay} "
        f"| {score.detector_us:.0f} | {score.rules_us:.1f} |"
    )
