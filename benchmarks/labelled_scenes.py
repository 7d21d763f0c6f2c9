"""Which movements of several cameras belong to one scene: a labelled set, and how well ``alerts.scenes`` tells them apart.

    python -m benchmarks.labelled_scenes

The set is made by a seed, and each movement knows whose it is. A room of 42 cameras stands on a street grid with walking seconds between them, as
in the configuration; people appear, stay in a view, walk on to a neighbour at their own pace, or leave. Besides there are the cases that are
hard by hand: two people who pass each other, a fight at each end of a street, a pursuit, one who waits for long. Three rates: a quiet night, an evening, a fair.

Judged as in the desk itself: intake's own rules (zone, then neighbours) over the same movements, without a database.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from alerts import rules, scenes
from alerts.records import Alert
from alerts.scenes import RATE_SPAN_NS, Quiet, Sighting, Walks
from nvr.clock import NS_PER_S
from nvr.observations import MotionObserved

COLUMNS, ROWS = 7, 6
HOURS: Final = 8
RATES: Final = {"quiet night": 2.0, "evening": 20.0, "fair": 120.0}
"""People an hour in the whole room; the last is one every 30 s, far above what can be presented (A1)."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A movement, and whose it is."""

    person: int
    camera_id: str
    start_s: float
    end_s: float


@dataclass(slots=True)
class Verdict:
    """What came of the set. ``merged`` counts people that share an alert with somebody else's scene."""

    people: int
    alerts: int
    merged: int
    several: int
    whole: int

    @property
    def merged_share(self) -> float:
        """Of all distinct incidents, those that were merged into another's alert."""
        return self.merged / max(1, self.people)


@dataclass(slots=True)
class _Known:
    alert: Alert
    people: set[int]
    seen: dict[str, Sighting] = field(default_factory=dict)


def grid(dice: random.Random) -> Walks:
    """Cameras at the crossings of a street grid, 25 to 110 seconds on foot apart; some pairs look at one square, 5 to 12 seconds."""
    graph: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in range(ROWS):
        for column in range(COLUMNS):
            for right, down in ((1, 0), (0, 1)):
                if column + right < COLUMNS and row + down < ROWS and dice.random() < 0.8:
                    seconds = dice.randint(5, 12) if dice.random() < 0.1 else dice.randint(25, 110)
                    one, two = _name(column, row), _name(column + right, row + down)
                    graph[one][two] = graph[two][one] = seconds
    return graph


def people(dice: random.Random, graph: Walks, per_hour: float) -> list[Labelled]:
    """Walks of independent people over ``HOURS``, in the order in which the movements begin."""
    moves: list[Labelled] = []
    now_s, person = 0.0, 0
    cameras = [_name(column, row) for row in range(ROWS) for column in range(COLUMNS)]
    while (now_s := now_s + dice.expovariate(per_hour / 3600)) < HOURS * 3600:
        person += 1
        camera_id, at_s, came_from = dice.choice(cameras), now_s, ""
        pace = min(2.5, max(0.6, dice.gauss(1.0, 0.2)))
        while True:
            stay_s = dice.uniform(4, 15)
            moves.append(Labelled(person, camera_id, at_s, at_s + stay_s))
            onward = [each for each in graph.get(camera_id, {}) if each != came_from]
            if not onward or dice.random() < 0.5:
                break
            came_from, camera_id = camera_id, dice.choice(onward)
            # The walk is from the middle of one view to the middle of the next; what is seen of it is not walked again.
            at_s += stay_s + max(0.5, graph[came_from][camera_id] / pace - stay_s / 2 - dice.uniform(0, 5))
    return sorted(moves, key=lambda move: move.start_s)


def by_hand(graph: Walks) -> Iterator[tuple[str, list[Labelled]]]:
    """Cases that are hard, each by itself after a quiet evening, with a name."""
    one, two, seconds = next(
        (a, b, seconds) for a in sorted(graph) for b, seconds in sorted(graph[a].items()) if seconds > 40
    )
    yield "two pass each other", [
        Labelled(1, one, 0, 8), Labelled(2, two, 1, 9), Labelled(1, two, seconds, seconds + 8),
        Labelled(2, one, seconds + 1, seconds + 9),
    ]  # fmt: skip
    yield "a fight at each end of a street at once", [Labelled(1, one, 0, 90), Labelled(2, two, 5, 95)]
    yield "a fight here, ten seconds later a theft there", [Labelled(1, one, 0, 20), Labelled(2, two, 10, 20)]
    yield "the same place two minutes later", [Labelled(1, one, 0, 8), Labelled(2, two, 8 + 125, 140)]
    yield (
        "a pursuit at three times a walker's pace",
        [Labelled(1, one, 0, 4), Labelled(1, two, seconds / 3, seconds / 3 + 4)],
    )


def judge(moves: Sequence[Labelled], graph: Walks, *, watched_s: float = 3 * 3600.0) -> Verdict:
    """Take movements up as the desk does."""
    known: list[_Known] = []
    begun: defaultdict[str, list[float]] = defaultdict(list)
    for number, move in enumerate(moves):
        fact = _fact(number, move)
        recent = [each for each in known if each.alert.last_wall_ns >= fact.start_wall_ns - 2 * scenes.TOGETHER_NS]
        own = [each.seen[move.camera_id] for each in reversed(recent) if move.camera_id in each.seen]
        home = rules.home(fact.start_wall_ns, own, 2)
        if home is None:
            near = [
                sighting for each in reversed(recent) for camera_id, sighting in each.seen.items()
                if move.camera_id in graph.get(camera_id, {})
            ]  # fmt: skip
            since_s = move.start_s - RATE_SPAN_NS / NS_PER_S
            count = sum(at_s >= since_s for at_s in begun[move.camera_id])
            quiet = Quiet(count, round((watched_s + move.start_s) * NS_PER_S))
            home = scenes.companion(
                (move.camera_id, fact.zone), fact.start_wall_ns, near=_as_of(near, fact.start_wall_ns), graph=graph, quiet=quiet,
                priority=2,
            )  # fmt: skip
        entry = next((each for each in known if home is not None and each.alert.alert_id == home.alert_id), None)
        if entry is None:
            alert = rules.opened(fact, alert_id=f"a{number}", priority=2, wall_ns=fact.start_wall_ns)
            entry = _Known(alert, set())
            known.append(entry)
        else:
            entry.alert = rules.folded(entry.alert, fact, priority=2)
        entry.people.add(move.person)
        before = entry.seen.get(move.camera_id)
        if before is None:
            begun[move.camera_id].append(move.start_s)
        first_ns = fact.start_wall_ns if before is None else before.started_wall_ns
        entry.seen[move.camera_id] = Sighting(
            entry.alert, move.camera_id, "calle", first_ns, round(move.end_s * NS_PER_S), ongoing=False
        )
        entry.seen = {camera_id: replace(each, alert=entry.alert) for camera_id, each in entry.seen.items()}
    return _verdict(moves, known)


def _verdict(moves: Sequence[Labelled], known: Sequence[_Known]) -> Verdict:
    cameras: defaultdict[int, set[str]] = defaultdict(set)
    for move in moves:
        cameras[move.person].add(move.camera_id)
    homes: defaultdict[int, int] = defaultdict(int)
    merged: set[int] = set()
    for each in known:
        # What one camera's own zone folds within a minute is A4's first half: the same camera, class and zone are one scene by definition.
        if len(each.people) > 1 and len(each.seen) > 1:
            merged |= set(sorted(each.people)[1:])
        for person in each.people:
            homes[person] += 1
    several = [person for person, seen in cameras.items() if len(seen) > 1]
    whole = sum(homes[person] == 1 for person in several)
    return Verdict(len(cameras), len(known), len(merged), len(several), whole)


def _as_of(near: Sequence[Sighting], now_ns: int) -> list[Sighting]:
    """What the desk knows then: a movement whose end is still to come goes on."""
    return [
        replace(each, ongoing=True, last_wall_ns=each.started_wall_ns) if each.last_wall_ns > now_ns else each
        for each in near
    ]


def _fact(number: int, move: Labelled) -> MotionObserved:
    return MotionObserved(
        observation_id=f"m{number}", camera_id=move.camera_id, zone="calle", phase="ended",
        start_wall_ns=round(move.start_s * NS_PER_S), decided_wall_ns=round(move.end_s * NS_PER_S), score=0.2,
        cells="0" * 144, box=(0.1, 0.1, 0.2, 0.2),
    )  # fmt: skip


def _name(column: int, row: int) -> str:
    return f"cam{row * COLUMNS + column + 1:02d}"


def main() -> None:
    """Print the table of docs/measurements.md."""
    out = sys.stdout.write
    graph = grid(random.Random(42))
    out(
        "| rate | people (distinct incidents) | movements | alerts | merged wrongly | of those seen by several cameras: one alert |\n"
    )
    out("|---|---|---|---|---|---|\n")
    for name, per_hour in RATES.items():
        sums = Verdict(0, 0, 0, 0, 0)
        movements = 0
        for seed in range(20):
            moves = people(random.Random(seed), graph, per_hour)
            found = judge(moves, graph)
            movements += len(moves)
            sums = Verdict(
                sums.people + found.people, sums.alerts + found.alerts, sums.merged + found.merged,
                sums.several + found.several, sums.whole + found.whole,
            )  # fmt: skip
        whole = f"{sums.whole / max(1, sums.several):.0%} of {sums.several}"
        out(
            f"| {name} ({per_hour:g}/h) | {sums.people} | {movements} | {sums.alerts} | {sums.merged} ({sums.merged_share:.2%}) | {whole} |\n"
        )
    for name, moves in by_hand(graph):
        found = judge(moves, graph)
        out(f"{name}: {found.people} people, {found.alerts} alerts, {found.merged} merged wrongly\n")


if __name__ == "__main__":
    main()
