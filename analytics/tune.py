"""What zones would have said with other settings: the motion index replayed through the same zones, hysteresis and, as far as it tells, rules. Pure.

The index holds one picture of cells a second, so this is close, not exact: how many cells moved at once is bounded by what the second's fullest frame had,
and when in the second something moved is guessed from its neighbours. Evidence below what the camera's own zones asked for was not looked at closely;
a keener setting therefore finds at least what is said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.hysteresis import Decision, Hysteresis, HysteresisSettings
from analytics.motion import CELL_THRESHOLD
from analytics.rule_replay import replay_rules
from analytics.zones import cell_weights, zone_cells
from nvr.clock import NS_PER_S
from nvr.config import Camera, Config, Zone
from nvr.config.schedules import Hours
from nvr.motion_index.rows import Rows, level_of, unpack_levels
from nvr.source_name import source_name

_QUIET_FRAMES: Final = 4
"""Quiet seconds that are told one by one; by then every observation is over."""
_SQUARE: Final = np.ones((3, 3), np.uint8)
_FRAMES_MOST: Final = 30


@dataclass(frozen=True, slots=True)
class Replayed:
    """An observation as the zone would have made it; UTC nanoseconds, ``end_wall_ns`` of its last moving frame.

    ``zone`` is what an alert would be about (``nvr.source_name``): the zone, or its rule.
    """

    zone: str
    start_wall_ns: int
    end_wall_ns: int
    score: float


def replay(rows: Rows, camera: Camera, config: Config | None = None) -> list[Replayed]:
    """The observations of all of a camera's zones, by their start.

    Args:
        rows: with their levels, in order; what lies between them unexplained was not looked at.
        camera: with the zones and masks to try; of their rules those that the index can tell (``analytics.rule_replay``). For plain movement the index
            does not say how tall a thing was.
        config: whose schedules the zones name; without it they are always on.
    """
    levels = unpack_levels(rows["levels"])
    weights = np.zeros(levels.shape[1:], np.float32)
    for polygon in camera.masks:
        weights += cell_weights(polygon)
    masked = weights > 0.5
    levels[:, masked] = 0
    hours = None if config is None else Hours(config.schedules, config.timezone)
    found: list[Replayed] = []
    for zone in camera.zones:

        def on(wall_ns: int, schedule: str | None = zone.schedule) -> bool:
            return hours is None or schedule is None or hours.active(schedule, wall_ns)

        if zone.alerts_on_movement:
            found += [each for each in _replay_zone(rows, levels, zone) if on(each.start_wall_ns)]
        found += [
            Replayed(source_name(zone.name, rule), each.start_wall_ns, each.decided_wall_ns, each.score)
            for rule, each in replay_rules(rows, zone, masked, on)
        ]
    return sorted(found, key=lambda each: (each.start_wall_ns, each.zone))


def _replay_zone(rows: Rows, levels: NDArray[np.uint8], zone: Zone) -> list[Replayed]:
    cells = zone_cells(zone.name, zone.polygon, zone.sensitivity, zone.min_area, CELL_THRESHOLD)
    level, possible = level_of(int(cells.threshold.min())), level_of(int(cells.possible.min()))
    size = max(1, int(cells.inside.sum()))
    hysteresis = Hysteresis(HysteresisSettings.for_zone(zone.min_duration_s))
    found: list[Replayed] = []

    def take(decision: Decision | None) -> None:
        if decision is not None and decision.kind == "ended":
            found.append(Replayed(zone.name, decision.start_wall_ns, decision.decided_wall_ns, decision.score))

    moved = np.zeros(len(rows), np.intp)
    sure = ((levels >= level) & cells.inside).any(axis=(1, 2))
    for index in np.flatnonzero(sure & (rows["moving"] > 0)).tolist():
        # A second's union holds the whole way that something went: no more moved at once than in its fullest frame.
        largest = _largest(levels[index], cells.inside, level, possible)
        moved[index] = min(largest, int(rows["peak_cells"][index]))
    heard_s = 0
    for index, row in enumerate(rows):
        second, quiet_s, moving = int(row["second"]), int(row["quiet_s"]), int(row["moving"])
        if second - quiet_s > heard_s:
            take(hysteresis.restart())  # not looked at in between
        # Those that end an observation, and the last one: a frame stands for the time since the one before.
        for at_s in sorted({*range(second - quiet_s, min(second, second - quiet_s + _QUIET_FRAMES)), second - 1}):
            if at_s < second - quiet_s:
                continue
            take(hysteresis.update(at_s * NS_PER_S, at_s * NS_PER_S, moving=False, score=0.0))
        if moving:
            enough = int(moved[index]) >= cells.needed_cells
            for at_ns, moves in _frames(rows, index):
                take(hysteresis.update(at_ns, at_ns, moving=moves and enough, score=int(moved[index]) / size))
        heard_s = second + (moving > 0)
    take(hysteresis.restart())
    return found


def _frames(rows: Rows, index: int) -> Iterator[tuple[int, bool]]:
    """The frames of a second as they may have been: those that moved together, next to the movement of the second before or after."""
    row = rows[index]
    second = int(row["second"])
    count = max(2, min(_FRAMES_MOST, int(row["frames"])))
    moving = max(1, round(count * int(row["moving"]) / 255))
    before = index > 0 and int(rows["second"][index - 1]) == second - 1 and int(rows["moving"][index - 1]) > 0
    after = (
        index + 1 < len(rows) and int(rows["second"][index + 1]) == second + 1 and int(rows["quiet_s"][index + 1]) == 0
    )
    first = 0 if before else count - moving if after else (count - moving) // 2
    for number in range(count):
        yield second * NS_PER_S + number * NS_PER_S // count, first <= number < first + moving


def _largest(levels: NDArray[np.uint8], inside: NDArray[np.bool_], level: int, possible: int) -> int:
    """Cells of the largest part that moves in a zone, as ``MotionDetector`` joins them."""
    joined = cv2.dilate(((levels >= level) & inside).astype(np.uint8), _SQUARE)
    joined *= (levels >= possible) & inside
    parts, labels = cv2.connectedComponents(joined, connectivity=8)
    return 0 if parts < 2 else int(np.bincount(labels.ravel())[1:].max())


def folded(observations: Sequence[Replayed], within_ns: int) -> list[Replayed]:
    """As the desk shows them: of one zone, what begins within ``within_ns`` of the last one's end belongs to it."""
    alerts: list[Replayed] = []
    newest: dict[str, int] = {}
    for each in observations:
        known = newest.get(each.zone)
        if known is not None and each.start_wall_ns - alerts[known].end_wall_ns <= within_ns:
            before = alerts[known]
            alerts[known] = Replayed(
                each.zone,
                before.start_wall_ns,
                max(before.end_wall_ns, each.end_wall_ns),
                max(before.score, each.score),
            )
        else:
            newest[each.zone] = len(alerts)
            alerts.append(each)
    return alerts
