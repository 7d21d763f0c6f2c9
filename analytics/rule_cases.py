"""The cases that rules of zones are measured with (``nvr evaluate --rules``): for each rule what it must report, and what looks like it and is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from analytics.event_score import Span
from analytics.rule_sequences import Expected, RuleSequence, car, person, thing, tree

_MIDDLE: Final = {"name": "Vereda", "polygon": [[0.2, 0.3], [0.8, 0.3], [0.8, 0.95], [0.2, 0.95]]}


def _line(**more: Any) -> dict[str, Any]:
    return {"name": "Vereda", "line": {"points": [[0.1, 0.6], [0.9, 0.6]], **more}}


def cases() -> Iterator[RuleSequence]:
    """All of them."""
    yield from line_cases()
    yield from loitering_cases()
    yield from crowd_cases()
    yield from static_cases()
    yield from size_cases()


def line_cases() -> Iterator[RuleSequence]:
    """Across the line, and everything that stays on one side of it."""
    line = _line()
    down = ((1, 0.4, 0.35), (8, 0.55, 0.95))
    up = ((1, 0.7, 0.97), (8, 0.6, 0.4))
    yield RuleSequence("line: across, towards B", line, 12, (person(down),), (Expected("line_a_b", Span(2, 8)),))
    yield RuleSequence("line: across, towards A", line, 12, (person(up),), (Expected("line_b_a", Span(1, 8)),))
    yield RuleSequence("line: one way only, the other is walked", _line(direction="a_to_b"), 12, (person(up),))
    yield RuleSequence("line: along it, beyond", line, 16, (person(((1, 0.05, 0.7), (14, 0.95, 0.7))),))
    yield RuleSequence("line: along it, before", line, 16, (person(((1, 0.95, 0.53), (14, 0.05, 0.53))),))
    back = ((1, 0.5, 0.3), (5, 0.5, 0.54), (7, 0.52, 0.54), (11, 0.5, 0.3))
    yield RuleSequence("line: up to it and back", line, 14, (person(back),))
    beside = {"name": "Vereda", "line": {"points": [[0.3, 0.6], [0.6, 0.6]]}}
    yield RuleSequence("line: past its end", beside, 12, (person(((1, 0.75, 0.35), (8, 0.75, 0.95))),))
    fast = ((1, 0.5, 0.2), (2.2, 0.5, 0.99))
    yield RuleSequence("line: a car at speed", line, 8, (car(fast, size=0.12),), (Expected("line_a_b", Span(1, 3)),))
    two = (person(((1, 0.45, 0.35), (8, 0.45, 0.95))), person(((1, 0.56, 0.95), (8, 0.56, 0.35)), level=-45, phase=2))
    both = (Expected("line_a_b", Span(2, 8)), Expected("line_b_a", Span(2, 8)))
    yield RuleSequence("line: two at once, opposite ways", line, 12, two, both)
    meet = (
        person(((1, 0.1, 0.5), (11, 0.9, 0.5))),
        person(((1, 0.9, 0.72), (11, 0.1, 0.72)), level=-45, phase=2),
    )
    yield RuleSequence("line: two pass each other on either side", line, 14, meet)
    yield RuleSequence("line: leaves in gusts upon it", line, 40, (tree(0.5, 0.6, 0.25, 4),))
    yield RuleSequence("line: the light changes", line, 20, (), light=lambda at_s: 45 if at_s > 6 else 0)
    yield RuleSequence("line: clouds", line, 40, (), light=lambda at_s: 25 * min(1, max(0, (at_s % 16 - 4) / 3)))


def loitering_cases() -> Iterator[RuleSequence]:
    """Fifteen seconds in the zone."""
    zone = _MIDDLE | {"loitering": {"after_s": 15}}
    stand = ((1, 0.0, 0.7), (6, 0.45, 0.7), (28, 0.45, 0.7), (34, 1.0, 0.7))
    yield RuleSequence("loitering: stands for 22 s", zone, 38, (person(stand),), (Expected("loitering", Span(17, 32)),))
    pace = ((1, 0.0, 0.7), (4, 0.3, 0.7), (10, 0.7, 0.7), (16, 0.3, 0.7), (22, 0.7, 0.7), (26, 1.0, 0.7))
    yield RuleSequence("loitering: paces to and fro", zone, 30, (person(pace),), (Expected("loitering", Span(17, 25)),))
    near = ((1, 0.0, 0.85), (6, 0.5, 0.85), (40, 0.5, 0.85), (46, 1.0, 0.85))
    talk = (person(near), person(((3, 1.0, 0.8), (9, 0.62, 0.8), (39, 0.62, 0.8), (45, 1.0, 0.8)), level=-45, phase=1))
    yield RuleSequence("loitering: two stand and talk", zone, 50, talk, (Expected("loitering", Span(17, 46)),))
    yield RuleSequence("loitering: passes", zone, 14, (person(((1, 0.0, 0.7), (11, 1.0, 0.7))),))
    outside = ((1, 0.0, 0.7), (3, 0.1, 0.7), (28, 0.1, 0.7), (30, 0.0, 0.7))
    yield RuleSequence("loitering: stands outside", zone, 34, (person(outside),))
    row = tuple(person(((1 + 7 * i, 0.0, 0.7), (8 + 7 * i, 1.0, 0.7)), phase=i) for i in range(4))
    yield RuleSequence("loitering: four pass one after the other", zone, 36, row)
    parked = ((1, -0.1, 0.8), (5, 0.5, 0.8), (60, 0.5, 0.8))
    yield RuleSequence("loitering: a car parks", zone, 60, (car(parked),))
    yield RuleSequence("loitering: leaves in gusts", zone, 60, (tree(0.5, 0.6, 0.3, 5),))
    yield RuleSequence("loitering: the light changes", zone, 40, (), light=lambda at_s: -40 if at_s > 6 else 0)


def crowd_cases() -> Iterator[RuleSequence]:
    """Four in the zone for five seconds."""
    zone = _MIDDLE | {"crowd": {"count": 4, "after_s": 5}}
    spots = ((0.28, 0.6), (0.42, 0.75), (0.55, 0.62), (0.7, 0.78), (0.64, 0.45))
    many = tuple(
        person(((1 + i, 0.0 if i % 2 else 1.0, y), (6 + i, x, y), (24, x, y), (30, 1.0, y)), level=60 if i % 2 else -45, phase=i)
        for i, (x, y) in enumerate(spots)
    )  # fmt: skip
    yield RuleSequence("crowd: five gather", zone, 34, many, (Expected("crowd", Span(10, 28)),))
    yield RuleSequence("crowd: two stand", zone, 34, many[:2])
    row = tuple(person(((1 + 5 * i, 0.0, 0.7), (8 + 5 * i, 1.0, 0.7)), phase=i) for i in range(6))
    yield RuleSequence("crowd: six pass one after the other", zone, 38, row)
    yield RuleSequence("crowd: leaves in gusts", zone, 40, (tree(0.35, 0.6, 0.25, 6), tree(0.65, 0.6, 0.25, 7)))
    full = _MIDDLE | {"crowd": {"share": 0.25, "after_s": 5}}
    yield RuleSequence("crowd by share: five gather near", full, 34, tuple(
        person(((1, 0.0, 0.92), (5, 0.25 + 0.12 * i, 0.92), (26, 0.3 + 0.11 * i, 0.92), (30, 1.0, 0.92)), phase=i) for i in range(5)
    ), (Expected("crowd", Span(8, 30)),))  # fmt: skip
    yield RuleSequence("crowd by share: two stand", full, 34, many[:2])


def static_cases() -> Iterator[RuleSequence]:
    """A bag is there, or gone, for twenty seconds."""
    left, taken = _MIDDLE | {"left": {"after_s": 20}}, _MIDDLE | {"taken": {"after_s": 20}}
    both = _MIDDLE | {"left": {"after_s": 20}, "taken": {"after_s": 20}}
    walk = ((1, 0.0, 0.7), (6, 0.45, 0.7), (8, 0.45, 0.7), (14, 1.0, 0.7))
    bag = thing((0.48, 0.71), (0.05, 0.09), -50, 7)
    there = (Expected("left", Span(25, 60)),)
    yield RuleSequence("left: a bag is put down", both, 50, (bag, person(walk)), there)
    pale = thing((0.48, 0.71), (0.05, 0.09), 45, 7)
    yield RuleSequence("left: a pale bag", both, 50, (pale, person(walk)), there)
    passing = tuple(person(((12 + 6 * i, 0.0, 0.75), (19 + 6 * i, 1.0, 0.75)), phase=i) for i in range(5))
    yield RuleSequence("left: people pass before it", both, 60, (bag, person(walk), *passing), there)
    stand = ((1, 0.0, 0.7), (6, 0.45, 0.7), (60, 0.45, 0.7), (66, 1.0, 0.7))
    yield RuleSequence("left: somebody stands for 54 s", both, 75, (person(stand),))
    yield RuleSequence("left: somebody stands while others pass", both, 75, (person(stand), *passing))
    lingers = ((1, 0.0, 0.7), (6, 0.45, 0.7), (30, 0.45, 0.7), (36, 1.0, 0.7))
    yield RuleSequence(
        "left: a bag is put down, and waited by", both, 80, (bag, person(lingers)), (Expected("left", Span(40, 80)),)
    )
    yield RuleSequence("left: a patch of light, nobody near", both, 50, (thing((0.48, 0.71), (0.05, 0.09), 45, 7),))
    yield RuleSequence("left: a car parks", both, 60, (car(((1, -0.1, 0.8), (5, 0.5, 0.8), (60, 0.5, 0.8)), size=0.3),))
    yield RuleSequence("left: picked up again after 8 s", both, 50, (
        thing((0.48, 0.71), (0.05, 0.09), -50, 7, 15), person(((1, 0.0, 0.7), (6, 0.45, 0.7), (16, 0.45, 0.7), (22, 1.0, 0.7))),
    ))  # fmt: skip
    yield RuleSequence("left: the light changes", both, 60, (), light=lambda at_s: 45 if at_s > 6 else 0)
    yield RuleSequence("left: clouds", both, 80, (), light=lambda at_s: 25 * min(1, max(0, (at_s % 40 - 8) / 4)))
    yield RuleSequence("left: leaves in gusts", both, 60, (tree(0.5, 0.6, 0.25, 8),))
    yield RuleSequence("left: a bag outside the zone", left, 50, (thing((0.1, 0.7), (0.05, 0.09), -50, 7), person(((1, 0.0, 0.7), (6, 0.08, 0.7), (8, 0.08, 0.7), (14, 0.0, 0.7)))))  # fmt: skip
    stood = thing((0.55, 0.7), (0.05, 0.1), -50, -1e9, 8)
    fetch = ((1, 0.0, 0.72), (7, 0.52, 0.72), (9, 0.52, 0.72), (15, 1.0, 0.72))
    gone = (Expected("taken", Span(26, 60)),)
    yield RuleSequence("taken: a bag that stood there", both, 50, (stood, person(fetch)), gone)
    pale_stood = thing((0.55, 0.7), (0.05, 0.1), 50, -1e9, 8)
    yield RuleSequence("taken: a pale bag", taken, 50, (pale_stood, person(fetch)), gone)
    yield RuleSequence("taken: only left is asked for", left, 50, (stood, person(fetch)))


def size_cases() -> Iterator[RuleSequence]:
    """Small things near, small people far."""
    zone = _line() | {"min_height": {"top": 0.035, "bottom": 0.25}}
    down = ((1, 0.4, 0.45), (8, 0.55, 0.8))
    yield RuleSequence(
        "min height: somebody far crosses", zone, 12, (person(down),), (Expected("line_a_b", Span(2, 8)),)
    )
    yield RuleSequence("min height: a dog near crosses", zone, 12, (person(down, scale=0.35),))
