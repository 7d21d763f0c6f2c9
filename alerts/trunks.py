"""Which cameras share a fault: those on one trunk (ring section, switch) or all of them, that go away within seconds. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nvr.clock import NS_PER_S
from nvr.config import Camera
from nvr.source_name import source_name, split_source

SYSTEM_ZONE: Final = "sistema"
GROUP_ZONE: Final = "sistema: "
"""Zone of a common alert: this and the trunk's name."""
CLOCK_ZONE: Final = f"{GROUP_ZONE}reloj del servidor"
"""Zone of the alert that the machine's clock can't be believed."""
ANALYSIS_ZONE: Final = f"{GROUP_ZONE}análisis reducido"
"""Zone of the alert that analysis has less processor time than its cameras need."""
NETWORK: Final = "la red"
TOGETHER_NS: Final = 15 * NS_PER_S
"""A switch that restarts takes its cameras away within this: they are noticed within 5 s, a broken connection at once."""
_LEAST_OF_TRUNK: Final = 3
_LEAST_OF_ALL: Final = 5
_SHARE_PERCENT: Final = 60


@dataclass(frozen=True, slots=True)
class Outage:
    """A camera of which a stream is down, or a picture of no use (``rule`` says what is wrong with it), since when, and why."""

    camera_id: str
    since_wall_ns: int
    cause: str
    detail: str
    rule: str = ""
    snapshot: str = ""

    @property
    def zone(self) -> str:
        """What its alert bears as its zone."""
        return source_name(SYSTEM_ZONE, self.rule)


@dataclass(frozen=True, slots=True)
class Group:
    """Cameras that hang on one thing.

    Attributes:
        name: the trunk, or ``la red``.
        anchor: the camera under which the group's alerts are filed: the first of them on the radio.
        least: fewer than this are no common fault.
        together_ns: so far apart they may fail.
        rule: what is wrong with their pictures; "" where they are away.
    """

    name: str
    anchor: str
    camera_ids: frozenset[str]
    least: int
    together_ns: int = TOGETHER_NS
    rule: str = ""

    @property
    def zone(self) -> str:
        """What its alerts bear as their zone."""
        return source_name(f"{GROUP_ZONE}{self.name}", self.rule)

    def enough(self, count: int) -> bool:
        """Whether so many cameras away are a fault of what they share."""
        return count >= self.least and count * 100 >= _SHARE_PERCENT * len(self.camera_ids)


@dataclass(frozen=True, slots=True)
class Fault:
    """Members of a group that went away together, in the order in which they did."""

    group: Group
    members: tuple[Outage, ...]

    @property
    def since_wall_ns(self) -> int:
        """When the first of them went."""
        return self.members[0].since_wall_ns


def is_system_zone(zone: str) -> bool:
    """Whether a zone's name is one of ours."""
    return split_source(zone)[0] == SYSTEM_ZONE or zone.startswith(GROUP_ZONE)


def groups_of(cameras: Iterable[Camera]) -> tuple[Group, ...]:
    """The whole network, then each trunk."""
    by_number = sorted(cameras, key=lambda camera: camera.number)
    trunks: defaultdict[str, list[str]] = defaultdict(list)
    for camera in by_number:
        if camera.trunk:
            trunks[camera.trunk].append(camera.id)
    everything = [camera.id for camera in by_number]
    network = [Group(NETWORK, everything[0], frozenset(everything), _LEAST_OF_ALL)] if everything else []
    return (*network, *(Group(name, ids[0], frozenset(ids), _LEAST_OF_TRUNK) for name, ids in sorted(trunks.items())))


def common_faults(outages: Iterable[Outage], groups: Sequence[Group]) -> list[Fault]:
    """The common faults among outages: of each group the most that went within its span; a camera counts in the first group that has it."""
    rest = sorted(outages, key=lambda outage: (outage.since_wall_ns, outage.camera_id))
    found: list[Fault] = []
    for group in groups:
        members = _most_within([each for each in rest if each.camera_id in group.camera_ids], group.together_ns)
        if group.enough(len(members)):
            found.append(Fault(group, tuple(members)))
            rest = [each for each in rest if each not in members]
    return found


def _most_within(outages: Sequence[Outage], span_ns: int) -> Sequence[Outage]:
    """The longest run of outages, by time, that began within a span; the earliest of equals."""
    best: Sequence[Outage] = ()
    first = 0
    for last, outage in enumerate(outages):
        while outage.since_wall_ns - outages[first].since_wall_ns > span_ns:
            first += 1
        if last + 1 - first > len(best):
            best = outages[first : last + 1]
    return best
