"""What rules of zones would have said, as far as the motion index can tell: who stays, at the most, and a crowd by its share of the zone. Pure.

The index holds all cells that moved in a second as one picture. Whatever moves on leaves no gap, so what touches from one second to the next may be one
thing, and what doesn't is another: a stay is hardly overlooked for that, but those who pass each other closely may be taken for one who stays. Who
crossed a line and which way, how many there were, and what was left or taken can't be told from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.blobs import Blob, blobs
from analytics.hysteresis import Decision
from analytics.motion import CELL_THRESHOLD
from analytics.rule_state import OUTSIDE_NS, THERE_NS, CrowdState, Ground, LoiteringState
from analytics.tracker import WALKED, leaves, touch
from analytics.zone_rules import Latch, Seen
from analytics.zones import GRID_COLUMNS, GRID_ROWS, zone_cells
from nvr.clock import NS_PER_S
from nvr.config import Zone
from nvr.config.zones import Crowd, Loitering
from nvr.motion_index.rows import Rows, least_evidence

TOLD: Final = ("loitering", "crowd")
"""Rules that a replay can tell, a crowd by its share."""
_NEVER_NS: Final = -(1 << 62)
_LEFT_NS: Final = NS_PER_S
_NO_CELLS: Final = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)

Evidence = NDArray[np.uint8]
"""(18, 32), 0 where nothing moved in a second."""


def told_rules(zone: Zone) -> tuple[str, ...]:
    """Those of a zone's rules that a replay can tell; a crowd by number or share is told by its share alone."""
    by_number = zone.crowd is not None and zone.crowd.share is None
    return tuple(name for name in zone.rule_names if name in TOLD and not (name == "crowd" and by_number))


def replay_rules(
    rows: Rows, zone: Zone, masked: NDArray[np.bool_], active: Callable[[int], bool]
) -> Iterator[tuple[str, Decision]]:
    """The observations of a zone's rules, each as it ended, by rule and time.

    Args:
        rows: as for ``analytics.tune.replay``.
        zone: with its rules.
        masked: (18, 32) bool, cells that are not looked at.
        active: whether the zone is on at a moment, UTC nanoseconds.
    """
    inside = zone_cells(zone.name, zone.polygon, zone.sensitivity, zone.min_area, CELL_THRESHOLD).inside
    ground = Ground(inside, zone.min_height)
    rules: dict[str, _Rule] = {}
    if zone.loitering is not None:
        rules["loitering"] = _Stays(zone.loitering, ground, max(1, int(inside.sum())))
    if zone.crowd is not None and "crowd" in told_rules(zone):
        rules["crowd"] = _Share(zone.crowd, ground, inside)
    for name, rule in rules.items():
        for decision in _decisions(rows, masked, active, rule):
            if decision.kind == "ended":
                yield name, decision


class _Rule(Protocol):
    @property
    def idle(self) -> bool:
        """Whether a quiet second would change nothing."""
        ...

    def clear(self) -> None:
        """Seconds are missing."""
        ...

    def update(self, at_ns: int, moved: Evidence | None) -> tuple[int, float] | None:
        """Take up a second by its middle; since when the rule holds and in which share of the zone, None where it does not."""
        ...


def _decisions(rows: Rows, masked: NDArray[np.bool_], active: Callable[[int], bool], rule: _Rule) -> Iterator[Decision]:
    latch, heard_s = Latch(), 0

    def tick(second: int, moved: Evidence | None) -> Decision | None:
        at_ns = second * NS_PER_S + NS_PER_S // 2
        holds = rule.update(at_ns, moved)
        seen = None if holds is None or not active(at_ns) else Seen(holds[0], _NO_CELLS, (), holds[1])
        return latch.update(at_ns, at_ns, seen)

    for row in rows:
        second = int(row["second"])
        quiet_from = second - int(row["quiet_s"])
        if quiet_from > heard_s:
            rule.clear()
            yield from filter(None, [latch.close()])
        for quiet in range(quiet_from, second):
            if rule.idle and not latch.open:
                break
            yield from filter(None, [tick(quiet, None)])
        if row["moving"]:
            evidence = np.where(masked, np.uint8(0), least_evidence(row["levels"], row["bits"]))
            yield from filter(None, [tick(second, evidence)])
        heard_s = second + bool(row["moving"])
    yield from filter(None, [latch.close()])


@dataclass(slots=True)
class _Thing:
    """Something that may be one and the same since ``since_ns``, in the zone."""

    blob: Blob
    born: Blob
    since_ns: int
    inside_ns: int
    seen_ns: int
    walked: bool
    leaves: bool = False
    decided: bool = False


class _Stays:
    """``LoiteringState`` of things that are only known second by second."""

    def __init__(self, rule: Loitering, ground: Ground, size: int) -> None:
        self._size = size
        self._limit_ns = round(rule.after_s * NS_PER_S)
        self._patience_ns = round(LoiteringState.patience_s(rule) * NS_PER_S)
        self._ground = ground
        self._things: list[_Thing] = []

    @property
    def idle(self) -> bool:
        return not self._things

    def clear(self) -> None:
        self._things.clear()

    def update(self, at_ns: int, moved: Evidence | None) -> tuple[int, float] | None:
        found = [] if moved is None or not moved.any() else blobs(moved)
        now = [thing for blob in found if (thing := self._goes_on(at_ns, blob)) is not None]
        resting = [
            thing
            for thing in self._things
            if not any(touch(thing.blob, blob) for blob in found)
            and at_ns - thing.seen_ns <= (_LEFT_NS if thing.leaves else self._patience_ns)
        ]
        self._things = now + resting
        staying = [each for each in self._things if each.decided and at_ns - each.seen_ns <= THERE_NS]
        if not staying:
            return None
        cells = sum(each.blob.width * (each.blob.box[3] - each.blob.box[1]) for each in staying)
        return min(each.since_ns for each in staying), min(1.0, cells / self._size)

    def _goes_on(self, at_ns: int, blob: Blob) -> _Thing | None:
        """What a blob is: of all that it touches the one that came first; None where it has left the zone, or never was in it."""
        before = min(
            (each for each in self._things if touch(each.blob, blob)), key=lambda each: each.since_ns, default=None
        )
        counts = self._ground.holds(blob.foot_x, blob.foot_y) and self._ground.tall_enough(blob.height, blob.foot_y)
        if before is None:
            return _Thing(blob, blob, at_ns, at_ns, at_ns, walked=False) if counts else None
        if not counts and at_ns - before.inside_ns > OUTSIDE_NS:
            return None
        away = ((blob.x - before.born.x) ** 2 + (blob.y - before.born.y) ** 2) ** 0.5
        walked = before.walked or away >= WALKED
        return _Thing(
            blob=blob,
            born=before.born,
            since_ns=before.since_ns,
            inside_ns=at_ns if counts else before.inside_ns,
            seen_ns=at_ns,
            walked=walked,
            leaves=leaves(blob, blob.x - before.blob.x, blob.y - before.blob.y),
            decided=before.decided or (walked and at_ns - before.since_ns >= self._limit_ns),
        )


class _Share:
    """``CrowdState`` by share, asked once a second."""

    def __init__(self, rule: Crowd, ground: Ground, inside: NDArray[np.bool_]) -> None:
        self._state = CrowdState(rule.model_copy(update={"count": None}), ground, inside)
        self._moved_ns = np.full((GRID_ROWS, GRID_COLUMNS), _NEVER_NS, np.int64)
        self._newest_ns = _NEVER_NS
        self.idle = True

    def clear(self) -> None:
        self._state.clear()
        self._moved_ns.fill(_NEVER_NS)
        self.idle = True

    def update(self, at_ns: int, moved: Evidence | None) -> tuple[int, float] | None:
        if moved is not None:
            # A second counts as its middle; the one two seconds ago is over.
            self._moved_ns[moved > 0] = at_ns - 1
            self._newest_ns = at_ns
        self.idle = at_ns - self._newest_ns > THERE_NS
        verdict = self._state.update(at_ns, (), self._moved_ns)
        return None if verdict is None else (verdict.since_ns, verdict.measures[-1].value)
