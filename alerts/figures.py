"""How long each step takes, and how often alerts are false: what a chief of the room looks at. Pure: times in, figures out.

A percentile is by nearest rank (Hyndman and Fan 1996, definition 1): the least time that so large a share of all did not exceed, always one that was
really measured. A step that was not taken counts as missing; one that a clock which stepped makes negative counts as unknown. Neither is dropped in silence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from alerts.records import AlertOutcome, DispatchState, Incident
from alerts.shifts import Hours, shift_at
from nvr.clock import NS_PER_S

HOURS: Final = 24
FEW: Final = 20
"""Below so many a share or percentile says little."""


class Step(StrEnum):
    """What is timed, in the order in which it happens."""

    QUEUED = "queued"  # from the first moving frame until it is in the queue
    SEEN = "seen"  # from there until its card is on an operator's screen
    TAKEN = "taken"  # from being in the queue until an operator takes it: the longest, where it waited more than once
    DISPATCHED = "dispatched"  # from there until somebody is sent
    RECEIVED = "received"  # from there until "recibido"
    ARRIVED = "arrived"  # from sending until "en el lugar"
    CLOSED = "closed"  # from opening the incident until it is closed


class By(StrEnum):
    """What the times are told apart by."""

    ALL = "all"
    SHIFT = "shift"
    TYPE = "type"
    SECTOR = "sector"
    CAMERA = "camera"
    AGENCY = "agency"


TAKEN_WITHIN_S: Final[Mapping[int, int]] = {1: 15, 2: 60, 3: 300}
"""By priority (A7 of the alarm metrics): nine in ten of priority 1."""
_WITHIN_S: Final[Mapping[Step, int]] = {Step.DISPATCHED: 60, Step.RECEIVED: 60}
"""A9 and A10, nine in ten."""


TAKEN: Final = "alert_taken"
UNSHELVED: Final = "alert_unshelved"
TURNS: Final = (TAKEN, "alert_released", UNSHELVED)
"""Entries of a time line between which an alert waits, or does not."""


@dataclass(frozen=True, slots=True)
class AlertTimes:
    """What figures need of an alert. ``seen_wall_ns`` None: no page said that it shows it; ``incident_id`` None: none came of it.

    ``turns`` is empty where it waited once, from being stored until it was taken; else when it was taken, given back or came off the shelf, in that order, by the
    kinds of its time line (``TURNS``).
    """

    camera_id: str
    priority: int
    started_wall_ns: int
    created_wall_ns: int
    seen_wall_ns: int | None
    taken_wall_ns: int | None
    outcome: AlertOutcome | None
    incident_id: str | None
    turns: Sequence[tuple[str, int]] = ()

    @property
    def queued_wall_ns(self) -> int:
        """When it first stood in the queue: what lies on a shelf does not."""
        first = next(iter(self.turns), None)
        return first[1] if first is not None and first[0] == UNSHELVED else self.created_wall_ns

    def wait(self) -> tuple[int, int | None]:
        """From when until when it waited for somebody to take it, the longest of its waits; until None: nobody took it, or not again."""
        if not self.turns:
            return self.created_wall_ns, self.taken_wall_ns
        waits: list[tuple[int, int]] = []
        since_ns: int | None = self.created_wall_ns
        for kind, wall_ns in self.turns:
            if kind != TAKEN:
                since_ns = wall_ns
            elif since_ns is not None:
                waits.append((since_ns, wall_ns))
                since_ns = None
        if since_ns is not None:
            return since_ns, None
        # One that a clock made negative spoils the answer: it may have been the longest.
        shortest = min(waits, key=_length_ns)
        return shortest if _length_ns(shortest) < 0 else max(waits, key=_length_ns)


def _length_ns(wait: tuple[int, int]) -> int:
    return wait[1] - wait[0]


@dataclass(slots=True)
class Figure:
    """A step's times in one group.

    Attributes:
        times_ns: sorted.
        missing: how often the step was not taken.
        unknown: how often a clock that stepped spoilt it.
        in_time, limited: how many of those that have a limit kept it.
    """

    times_ns: list[int] = field(default_factory=list)
    missing: int = 0
    unknown: int = 0
    in_time: int = 0
    limited: int = 0

    def add(self, from_ns: int | None, to_ns: int | None, within_s: int | None) -> None:
        """Take up one: from when until when, and within what it ought to have been."""
        if from_ns is None or to_ns is None:
            self.missing += 1
        elif to_ns < from_ns:
            self.unknown += 1
        else:
            self.times_ns.append(to_ns - from_ns)
        if within_s is not None and from_ns is not None and (to_ns is None or to_ns >= from_ns):
            self.limited += 1
            self.in_time += to_ns is not None and to_ns - from_ns <= within_s * NS_PER_S

    def merge(self, other: Figure) -> None:
        """Take up all that another one has."""
        self.times_ns += other.times_ns
        self.missing += other.missing
        self.unknown += other.unknown
        self.in_time += other.in_time
        self.limited += other.limited

    def percentile_ns(self, share: float) -> int | None:
        """By nearest rank; None where nothing was measured. ``times_ns`` must be sorted."""
        return self.times_ns[max(0, ceil(share * len(self.times_ns)) - 1)] if self.times_ns else None


@dataclass(slots=True)
class Share:
    """How many of a group's closed alerts were false."""

    closed: int = 0
    false: int = 0


@dataclass(slots=True)
class Figures:
    """Of a stretch of time.

    Attributes:
        times: by group, its key and step.
        false_by_camera, false_by_hour: of movement; hours are of the site's clock, 0 to 23.
        incidents: [weekday, 0 is Monday][hour].
        places: camera id → incidents by hour.
    """

    times: dict[tuple[By, str, Step], Figure] = field(default_factory=lambda: defaultdict(Figure))
    false_by_camera: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    false_by_hour: list[Share] = field(default_factory=lambda: [Share() for _ in range(HOURS)])
    incidents: list[list[int]] = field(default_factory=lambda: [[0] * HOURS for _ in range(7)])
    places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * HOURS))


class ShiftNames:
    """The names of shifts by time, each reckoned once. Not thread-safe."""

    def __init__(self, hours: Sequence[Hours], timezone: str) -> None:
        self._hours, self._timezone = hours, timezone
        self._begins: list[int] = []
        self._known: list[tuple[int, str]] = []

    def at(self, wall_ns: int) -> str:
        """Of the shift of a moment."""
        index = bisect_right(self._begins, wall_ns) - 1
        if index >= 0 and wall_ns < self._known[index][0]:
            return self._known[index][1]
        shift = shift_at(wall_ns, self._hours, self._timezone)
        place = bisect_right(self._begins, shift.from_wall_ns)
        self._begins.insert(place, shift.from_wall_ns)
        self._known.insert(place, (shift.to_wall_ns, shift.name))
        return shift.name


def figures(
    alerts: Sequence[AlertTimes],
    incidents: Sequence[Incident],
    *,
    sectors: Mapping[str, str],
    hours: Sequence[Hours],
    timezone: str,
) -> Figures:
    """All figures of what happened.

    Args:
        alerts: of movement, in any order.
        incidents: with their dispatches.
        sectors: camera id → sector, where it has one.
        hours: the room's shifts.
        timezone: of the site, for hours and weekdays.
    """
    found, shifts, zone = Figures(), ShiftNames(hours, timezone), ZoneInfo(timezone)
    taken: dict[str, int] = {}
    # A month has a hundred thousand alerts and a hundred pairs of camera and shift: each is counted there once, and the pairs then go into their groups.
    pairs: dict[tuple[str, str], tuple[Figure, Figure, Figure]] = defaultdict(lambda: (Figure(), Figure(), Figure()))
    for alert in alerts:
        if alert.incident_id is not None and alert.taken_wall_ns is not None:
            first = taken.get(alert.incident_id, alert.taken_wall_ns)
            taken[alert.incident_id] = min(first, alert.taken_wall_ns)
        queued, seen, took = pairs[alert.camera_id, shifts.at(alert.created_wall_ns)]
        queued_ns, seen_ns = alert.queued_wall_ns, alert.seen_wall_ns
        if seen_ns is not None and alert.created_wall_ns <= seen_ns < queued_ns:
            seen_ns = queued_ns  # on the shelf already
        queued.add(alert.started_wall_ns, queued_ns, None)
        seen.add(queued_ns, seen_ns, None)
        took.add(*alert.wait(), TAKEN_WITHIN_S.get(alert.priority))
        if alert.outcome is not None:
            hour = datetime.fromtimestamp(alert.created_wall_ns // NS_PER_S, zone).hour
            for share in (found.false_by_camera[alert.camera_id], found.false_by_hour[hour]):
                share.closed += 1
                share.false += alert.outcome is AlertOutcome.FALSE_ALARM
    for (camera_id, shift), (queued, seen, took) in pairs.items():
        for by, key in _groups(camera_id, sectors, shift):
            found.times[by, key, Step.QUEUED].merge(queued)
            found.times[by, key, Step.SEEN].merge(seen)
            found.times[by, key, Step.TAKEN].merge(took)
    for incident in incidents:
        _add_incident(found, incident, taken.get(incident.incident_id, incident.created_wall_ns), sectors, shifts)
        at = datetime.fromtimestamp(incident.occurred_wall_ns // NS_PER_S, zone)
        found.incidents[at.weekday()][at.hour] += 1
        found.places[incident.camera_id][at.hour] += 1
    for figure in found.times.values():
        figure.times_ns.sort()
    return found


def _add_incident(
    found: Figures, incident: Incident, taken_ns: int, sectors: Mapping[str, str], shifts: ShiftNames
) -> None:
    groups = _groups(incident.camera_id, sectors, shifts.at(incident.created_wall_ns))
    groups.append((By.TYPE, incident.type_code))
    for by, key in groups:
        found.times[by, key, Step.CLOSED].add(incident.created_wall_ns, incident.closed_wall_ns, None)
    first = min((each.created_wall_ns for each in incident.dispatches), default=None)
    for dispatch in incident.dispatches:
        arrived_ns = dispatch.times.get(DispatchState.ON_SCENE)
        received_ns = dispatch.times.get(DispatchState.RECEIVED)
        for by, key in [*groups, (By.AGENCY, dispatch.agency)]:
            if dispatch.created_wall_ns == first:
                found.times[by, key, Step.DISPATCHED].add(taken_ns, first, _WITHIN_S[Step.DISPATCHED])
            found.times[by, key, Step.RECEIVED].add(dispatch.created_wall_ns, received_ns, _WITHIN_S[Step.RECEIVED])
            found.times[by, key, Step.ARRIVED].add(dispatch.created_wall_ns, arrived_ns, None)


def _groups(camera_id: str, sectors: Mapping[str, str], shift: str) -> list[tuple[By, str]]:
    return [(By.ALL, ""), (By.SHIFT, shift), (By.SECTOR, sectors.get(camera_id, "")), (By.CAMERA, camera_id)]


def rows(found: Figures) -> Iterator[tuple[By, str, Step, Figure]]:
    """The times in an order for people: by group, key and step."""
    groups, steps = list(By), list(Step)
    for by, key, step in sorted(found.times, key=lambda at: (groups.index(at[0]), at[1], steps.index(at[2]))):
        yield by, key, step, found.times[by, key, step]
