"""The rules of all of a camera's zones, frame by frame: things followed, rules asked, observations begun and ended.

What costs anything happens only where something moves, or a thing is still known; a quiet frame costs a comparison or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.blobs import blobs
from analytics.hysteresis import MAX_DURATION_S, QUIET_S, Decision
from analytics.motion import MotionDetector
from analytics.rule_state import CrowdState, Ground, LineState, LoiteringState, Measure, Verdict
from analytics.standing import Standing, meets
from analytics.static_change import Change, StaticChanges
from analytics.tracker import Track, Tracker
from analytics.zones import GRID_COLUMNS, GRID_ROWS, ZoneCells
from nvr.clock import NS_PER_S
from nvr.config import Zone

_QUIET_NS: Final = round(QUIET_S * NS_PER_S)
_LONGEST_NS: Final = round(MAX_DURATION_S * NS_PER_S)
_PATIENCE_S: Final = 5.0
_ABSORB_AFTER: Final = 3  # times the longest that any rule asks for
_MOVING_MOST: Final = 0.35
_VISITED_LEAST: Final = 0.5
_SQUARE: Final = np.ones((3, 3), np.uint8)
_NEVER_NS: Final = -(1 << 62)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a rule holds about in one frame.

    Attributes:
        since_ns: media time since when.
        cells: (18, 32) bool, where.
        measures: against which limits.
        score: share of the zone's cells, 0 to 1.
    """

    since_ns: int
    cells: NDArray[np.bool_]
    measures: tuple[Measure, ...]
    score: float


class Latch:
    """One rule's observation: open from the frame in which it first holds, until it has not held for 3 s, or for 120 s. Pure."""

    def __init__(self) -> None:
        self._open = False
        self._start_wall_ns = self._opened_ns = self._held_ns = self._held_wall_ns = 0
        self._score = 0.0

    @property
    def open(self) -> bool:
        """Whether an observation is open."""
        return self._open

    def update(self, at_ns: int, wall_ns: int, seen: Seen | None) -> Decision | None:
        """Take up a frame: ``seen`` where the rule holds."""
        if seen is not None:
            self._held_ns, self._held_wall_ns = at_ns, wall_ns
            if not self._open:
                self._open, self._opened_ns, self._score = True, at_ns, seen.score
                self._start_wall_ns = wall_ns - (at_ns - seen.since_ns)
                return Decision("started", self._start_wall_ns, wall_ns, seen.score)
            self._score = max(self._score, seen.score)
        if self._open and (at_ns - self._held_ns >= _QUIET_NS or at_ns - self._opened_ns >= _LONGEST_NS):
            return self.close()
        return None

    def close(self) -> Decision | None:
        """End what is open."""
        if not self._open:
            return None
        self._open = False
        return Decision("ended", self._start_wall_ns, self._held_wall_ns, self._score)


@dataclass(slots=True)
class Rule:
    """A rule of a zone, as alerts name it: ``line_a_b``, ``line_b_a``, ``loitering``, ``crowd``, ``left``, ``taken``."""

    zone: Zone
    cells: ZoneCells
    name: str
    latch: Latch = field(default_factory=Latch)


@dataclass(frozen=True, slots=True, eq=False)
class RuleDecision:
    """An observation of a rule began (``seen`` says of what) or ended."""

    rule: Rule
    decision: Decision
    seen: Seen | None


@dataclass(slots=True)
class _ZoneStates:
    zone: Zone
    ground: Ground
    size: int
    line: LineState | None
    loitering: LoiteringState | None
    crowd: CrowdState | None
    rules: dict[str, Rule]


class ZoneRules:
    """One camera's rules. Not thread-safe.

    Args:
        zones: those of the configuration with their cells; those without rules are passed over.
        ignored: (90, 160) bool, where nothing is looked at.
    """

    def __init__(self, zones: Sequence[tuple[Zone, ZoneCells]], ignored: NDArray[np.bool_] | None = None) -> None:
        self._zones = [_states(zone, cells) for zone, cells in zones if zone.rules]
        self.rules = [rule for each in self._zones for rule in each.rules.values()]
        patience_s = [LoiteringState.patience_s(each.zone.loitering) for each in self._zones if each.zone.loitering]
        self._tracker = Tracker(max([_PATIENCE_S, *patience_s]))
        after_s = [rule.after_s for each in self._zones for rule in (each.zone.left, each.zone.taken) if rule]
        longest_ns = round(_ABSORB_AFTER * max(after_s) * NS_PER_S) if after_s else 0
        self._static = StaticChanges(longest_ns, ignored) if after_s else None
        self._standing = Standing(round(max(after_s, default=0.0) * NS_PER_S))
        self._asks_when = any(each.zone.crowd and each.zone.crowd.share is not None for each in self._zones)
        self._moved_ns = np.full((GRID_ROWS, GRID_COLUMNS), _NEVER_NS, np.int64)
        self._open = False
        self._at_ns: int | None = None

    @property
    def pending(self) -> bool:
        """Whether things are followed that moved in the newest frame: the next frames matter."""
        return any(track.now for track in self._tracker.tracks)

    @property
    def tracks(self) -> Sequence[Track]:
        """The things that are followed, for people."""
        return self._tracker.tracks

    def update(
        self, at_ns: int, wall_ns: int, detector: MotionDetector, shut: Mapping[str, bool]
    ) -> list[RuleDecision]:
        """Take up the frame that the detector has just looked at, and was not calibrating in.

        Args:
            at_ns: media time.
            wall_ns: of the frame.
            detector: after its ``update``.
            shut: zones by name whose schedule does not hold.
        """
        moved = detector.moved if self._zones else None
        static = self._static
        if moved is None and self._tracker.idle and not self._open and (static is None or not static.due(at_ns)):
            return []
        seen: dict[tuple[str, str], Seen] = {}
        # Whoever stands is known by little movements, which are usual there by and by: what is usual counts for him.
        moving = None if static is None else detector.moving
        if moved is not None or not self._tracker.idle or self._open:
            if moved is not None and self._asks_when:
                self._moved_ns[moved > 0] = at_ns
            tracks = self._tracker.update(at_ns, [] if moved is None else blobs(moved))
            if moving is not None:
                self._standing.update(at_ns, tracks, self._tracker.stopped, moving)
            for states in self._zones:
                for name, verdict in _ask(states, at_ns, tracks, self._moved_ns):
                    seen[states.zone.name, name] = _seen(states, verdict)
        if static is not None and moving is not None:
            static.note(moving)
            if static.due(at_ns):
                self._look_at_changes(static, at_ns, detector, seen, shut)
        return list(self._decide(at_ns, wall_ns, seen, shut))

    def restart(self) -> list[RuleDecision]:
        """Frames are missing, or the light changed at once: end what is open, and follow nothing from before."""
        self._tracker.clear()
        for states in self._zones:
            for state in (states.line, states.loitering, states.crowd):
                if state is not None:
                    state.clear()
        if self._static is not None:
            self._static.restart()
            self._standing.clear()
        self._moved_ns.fill(_NEVER_NS)
        ended = [(rule, rule.latch.close()) for rule in self.rules]
        self._open = False
        return [RuleDecision(rule, decision, None) for rule, decision in ended if decision is not None]

    def _look_at_changes(
        self,
        static: StaticChanges,
        at_ns: int,
        detector: MotionDetector,
        seen: dict[tuple[str, str], Seen],
        shut: Mapping[str, bool],
    ) -> None:
        picture = detector.background.picture
        standing = self._standing
        found = static.look(at_ns, picture, standing.visited(at_ns))
        # The legs of one who stands keep still when he turns, and are a change of their own.
        somebody = _beside(
            [each.cells for each in found if each.moving > _MOVING_MOST or standing.stands(at_ns, each.cells)]
        )
        for change in found:
            if change.visited < _VISITED_LEAST or bool((somebody & change.cells).any()):
                continue
            if any(track.walked and meets(change.cells, track) for track in self._tracker.tracks):
                continue
            told = False
            for states in self._zones:
                rule = states.rules.get(change.kind)
                limits = getattr(states.zone, change.kind)
                if rule is None or not _holds(change, at_ns, rule.cells, limits.after_s, limits.max_area):
                    continue
                told |= not shut.get(states.zone.name, False)
                measures = (
                    Measure("lasted_s", round((at_ns - change.since_ns) / NS_PER_S, 1), limits.after_s),
                    Measure("area", round(change.share, 4), limits.max_area),
                    Measure("moving", round(change.moving, 2), _MOVING_MOST),
                    Measure("visited", round(change.visited, 2), _VISITED_LEAST),
                    Measure("edge_now", change.edge_now, change.edge_before),
                )
                seen[states.zone.name, change.kind] = Seen(
                    change.since_ns, change.cells, measures, min(1.0, float(change.cells.sum()) / states.size)
                )
            if told:
                static.absorb(change, picture)

    def _decide(
        self, at_ns: int, wall_ns: int, seen: Mapping[tuple[str, str], Seen], shut: Mapping[str, bool]
    ) -> Iterator[RuleDecision]:
        self._open = False
        for rule in self.rules:
            now = None if shut.get(rule.zone.name, False) else seen.get((rule.zone.name, rule.name))
            decision = rule.latch.update(at_ns, wall_ns, now)
            self._open |= rule.latch.open
            if decision is not None:
                yield RuleDecision(rule, decision, now)


def tall_enough(detector: MotionDetector, ground: Ground, cells: ZoneCells) -> bool:
    """Whether anything that moves in a zone, after the detector's ``update``, is as tall as its place asks for."""
    found = blobs(detector.evidence * (detector.moving & cells.inside))
    return any(ground.tall_enough(blob.height, blob.foot_y) for blob in found)


def _states(zone: Zone, cells: ZoneCells) -> _ZoneStates:
    ground = Ground(cells.inside, zone.min_height)
    return _ZoneStates(
        zone=zone,
        ground=ground,
        size=max(1, int(cells.inside.sum())),
        line=None if zone.line is None else LineState(zone.line, ground),
        loitering=None if zone.loitering is None else LoiteringState(zone.loitering, ground),
        crowd=None if zone.crowd is None else CrowdState(zone.crowd, ground, cells.inside),
        rules={name: Rule(zone, cells, name) for name in zone.rule_names},
    )


def _ask(
    states: _ZoneStates, at_ns: int, tracks: Sequence[Track], moved_ns: NDArray[np.int64]
) -> Iterator[tuple[str, Verdict]]:
    if states.line is not None:
        yield from states.line.update(at_ns, tracks).items()
    if states.loitering is not None and (found := states.loitering.update(at_ns, tracks)) is not None:
        yield "loitering", found
    if states.crowd is not None and (found := states.crowd.update(at_ns, tracks, moved_ns)) is not None:
        yield "crowd", found


def _seen(states: _ZoneStates, verdict: Verdict) -> Seen:
    cells = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
    for track in verdict.tracks:
        left, top, right, bottom = track.blob.box
        cells[top:bottom, left:right] = True
    return Seen(verdict.since_ns, cells, verdict.measures, min(1.0, float(cells.sum()) / states.size))


def _beside(parts: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """The cells of all parts and their neighbours."""
    cells = np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8)
    for part in parts:
        cells |= part
    return cv2.dilate(cells, _SQUARE).view(np.bool_) if parts else cells.view(np.bool_)


def _holds(change: Change, at_ns: int, cells: ZoneCells, after_s: float, max_area: float) -> bool:
    inside = int(np.count_nonzero(change.cells & cells.inside))
    return (
        2 * inside >= int(np.count_nonzero(change.cells))
        and at_ns - change.since_ns >= after_s * NS_PER_S
        and change.share <= max_area
        and change.moving <= _MOVING_MOST
    )
