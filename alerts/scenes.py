"""When movement at one camera is the same scene as an alert at a camera near by. Pure.

A person who walks past several cameras should be one alert, two persons never. The time alone can't tell them apart in a busy street, so
the odds are reckoned: how likely it is that somebody who was seen at the first camera is seen at the second after just this time, against how
often something begins to move at the second anyway. Only where the first is at least ``ODDS`` times the second is the movement folded in: at
night, and in quiet places. What stays apart costs a second look; what is merged wrongly is an incident that nobody sees.

Movement in a zone of priority 1 always stands for itself.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from alerts.device_signals import is_device_zone
from alerts.records import Alert, AlertState
from nvr.clock import NS_PER_S
from nvr.config import Camera

TOGETHER_NS: Final = 120 * NS_PER_S
"""Later than this after the last movement nothing is folded into a neighbour's alert."""

RATE_SPAN_NS: Final = 3 * 3600 * NS_PER_S
"""How far back it is counted how often a zone's scenes begin."""

ODDS: Final = 70.0
"""Chosen on the labelled set (benchmarks/labelled_scenes.py): at most 1 % of distinct incidents merged, at every rate that it knows."""

SAME_SQUARE_S: Final = 30
"""Cameras this near look at one square: what both have shown as one scene stays one, though one of them is quiet for a minute."""

MOST_CAMERAS: Final = 8
_GOES_ON: Final = 0.5
"""Share of those seen at a camera who walk on to a neighbour at all; the neighbours share it evenly."""
_MEAN: Final = 0.9
"""From the last sight at one camera to the first at the next, as a share of the seconds on foot between their middles: the views have width."""
_SPREAD: Final = 0.22
_SPREAD_S: Final = 3.0

Walks = Mapping[str, Mapping[str, int]]
"""camera id → neighbour → seconds on foot."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A zone's part in an alert: from its first movement to the end of its newest, or its start while it goes on."""

    alert: Alert
    camera_id: str
    zone: str
    started_wall_ns: int
    last_wall_ns: int
    ongoing: bool


@dataclass(frozen=True, slots=True)
class Quiet:
    """How many scenes a zone began in a stretch of time before now, at most ``RATE_SPAN_NS``: shorter where the room is new."""

    scenes: int
    watched_ns: int

    @property
    def by_chance_per_s(self) -> float:
        """How often something new begins there. Half a scene is added: that none was seen doesn't prove that none comes."""
        return (self.scenes + 0.5) * NS_PER_S / max(NS_PER_S, min(self.watched_ns, RATE_SPAN_NS))


def walks(cameras: Iterable[Camera]) -> Walks:
    """The camera graph both ways, whichever side the configuration says it on."""
    graph: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for camera in cameras:
        for other, seconds in camera.neighbours.items():
            for one, two in ((camera.id, other), (other, camera.id)):
                graph[one][two] = min(seconds, graph[one].get(two, seconds))
    return MappingProxyType(graph)


def companion(
    source: tuple[str, str], start_wall_ns: int, *, near: Sequence[Sighting], graph: Walks, quiet: Quiet, priority: int
) -> Alert | None:
    """The alert of a neighbour that a movement belongs to.

    What a camera's device tells, a panic button or tampering, is nobody who walks: it belongs to no neighbour's alert, and nobody comes from it.

    Args:
        source: camera id and zone of the movement.
        near: what the neighbours saw, newest first.
        quiet: how often the movement's own zone shows anything.
        priority: of the movement's zone.
    """
    camera_id, zone = source
    if priority == 1 or is_device_zone(zone):
        return None
    best: tuple[float, Alert] | None = None
    for sighting in near:
        seconds = graph.get(sighting.camera_id, {}).get(camera_id)
        if seconds is None or is_device_zone(sighting.zone) or not _takes_more(sighting.alert, camera_id):
            continue
        gap_s = _gap_s(sighting, start_wall_ns)
        if gap_s is None:
            continue
        if seconds <= SAME_SQUARE_S and camera_id in {sighting.alert.camera_id, *sighting.alert.cameras}:
            return sighting.alert
        fan_out = max(2, len(graph[sighting.camera_id]))
        odds = _GOES_ON / fan_out * _density_per_s(gap_s, seconds) / quiet.by_chance_per_s
        if odds >= ODDS and (best is None or odds > best[0]):
            best = (odds, sighting.alert)
    return None if best is None else best[1]


def _takes_more(alert: Alert, camera_id: str) -> bool:
    """Whether an alert may get a movement of that camera: nobody has judged it, no shelf hides it, and it is not all over the city already."""
    cameras = {alert.camera_id, *alert.cameras, camera_id}
    return alert.state is not AlertState.CLOSED and not alert.shelved and len(cameras) <= MOST_CAMERAS


def _gap_s(sighting: Sighting, start_wall_ns: int) -> float | None:
    """Seconds from the last sight at the neighbour to the first here; None: not the same person, whoever he is."""
    if start_wall_ns < sighting.started_wall_ns:
        # Told late: the neighbour's came second. Whoever walks the other way is found when that movement is judged.
        return None
    if sighting.ongoing:
        return 0.0
    gap_ns = start_wall_ns - sighting.last_wall_ns
    return None if gap_ns > TOGETHER_NS else max(0.0, gap_ns / NS_PER_S)


def _density_per_s(gap_s: float, walk_s: int) -> float:
    """How likely a walker's gap is, per second: normal about ``_MEAN`` of the way. What lies below 0 counts as 0: the views overlap."""
    spread_s = _SPREAD * walk_s + _SPREAD_S
    distance = (gap_s - _MEAN * walk_s) / spread_s
    return math.exp(-0.5 * distance * distance) / (spread_s * math.sqrt(2 * math.pi))
