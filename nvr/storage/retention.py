"""What has to go; pure. The oldest go first for age, and for space those of the camera that has most.

Fairness: under space pressure the camera whose deletable recordings last longest in sum gives its oldest segment, again and again. So a camera
with a high bit rate, or one that was away for weeks and has little, is not emptied for the others' sake, and all horizons approach each other.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from nvr.media import StreamKind


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A closed segment, as the planner sees it. ``held``: a legal hold covers it, it is never deleted. ``path``: in the recordings folder."""

    segment_id: str
    camera_id: str
    stream: StreamKind
    start_wall_ns: int
    end_wall_ns: int
    size_bytes: int
    path: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """What to delete, each list oldest first within a camera.

    Attributes:
        expired: older than the retention.
        pressed: younger, but the space is needed; whoever executes this reports it (it may break the lawful minimum).
        shortfall_bytes: what is still lacking after all that, because the rest is held or there is no more.
    """

    expired: tuple[SegmentRef, ...]
    pressed: tuple[SegmentRef, ...]
    shortfall_bytes: int
    over_quota: tuple[SegmentRef, ...] = ()
    """The oldest of cameras that take more than they may."""


def plan_deletions(
    segments: Iterable[SegmentRef],
    *,
    now_wall_ns: int,
    retention_ns: int,
    needed_bytes: int,
    clock_trusted: bool = True,
    kept_ns: Callable[[str, StreamKind], int] | None = None,
    excess_bytes: Mapping[str, int] | None = None,
) -> DeletionPlan:
    """Decide.

    Args:
        segments: closed ones; for fair sharing all of them, or at least each camera's oldest ones.
        now_wall_ns: UTC now.
        retention_ns: how long a segment is kept after its end,
        kept_ns: unless this says otherwise for its camera and stream.
        excess_bytes: by camera, how much it takes beyond its quota.
        needed_bytes: space to be freed, 0 where there is enough; what expires counts towards it.
        clock_trusted: False where the wall clock has jumped: then nothing expires, a wrong date must not empty the disk.
    """
    deletable = sorted((s for s in segments if not s.held), key=attrgetter("start_wall_ns", "segment_id"))

    def horizon_wall_ns(segment: SegmentRef) -> int:
        return now_wall_ns - (retention_ns if kept_ns is None else kept_ns(segment.camera_id, segment.stream))

    expired = [s for s in deletable if clock_trusted and s.end_wall_ns <= horizon_wall_ns(s)]
    gone = {s.segment_id for s in expired}
    over = dict(excess_bytes or {})
    for segment in expired:
        over[segment.camera_id] = over.get(segment.camera_id, 0) - segment.size_bytes
    over_quota: list[SegmentRef] = []
    for segment in deletable:
        if over.get(segment.camera_id, 0) > 0 and segment.segment_id not in gone:
            over[segment.camera_id] -= segment.size_bytes
            over_quota.append(segment)
            gone.add(segment.segment_id)
    freed_bytes = sum(s.size_bytes for s in (*expired, *over_quota))
    by_camera: dict[str, list[SegmentRef]] = defaultdict(list)
    for segment in reversed(deletable):
        if segment.segment_id not in gone:
            by_camera[segment.camera_id].append(segment)  # the oldest last, to pop
    heap = [(-sum(map(_length_ns, own)), own[-1].start_wall_ns, camera_id) for camera_id, own in by_camera.items()]
    heapq.heapify(heap)
    pressed: list[SegmentRef] = []
    while heap and freed_bytes < needed_bytes:
        remaining_ns, _, camera_id = heapq.heappop(heap)
        own = by_camera[camera_id]
        segment = own.pop()
        pressed.append(segment)
        freed_bytes += segment.size_bytes
        if own:
            heapq.heappush(heap, (remaining_ns + _length_ns(segment), own[-1].start_wall_ns, camera_id))
    return DeletionPlan(tuple(expired), tuple(pressed), max(0, needed_bytes - freed_bytes), tuple(over_quota))


def _length_ns(segment: SegmentRef) -> int:
    return max(0, segment.end_wall_ns - segment.start_wall_ns)
