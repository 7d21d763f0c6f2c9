"""Deletes what retention and space demand. A row is marked first, then the file goes, then the row: whenever this process is killed, the
next sweep finishes the job, and no row ever points to a file that was deleted on purpose without saying so.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from nvr.clock import NS_PER_S, Clock, SystemClock
from nvr.disk import sync_folder
from nvr.errors import StorageError
from nvr.media import StreamKind
from nvr.storage.layout import NOTES_FILE, safe_join
from nvr.storage.pools import PoolPlace
from nvr.storage.retention import DeletionPlan, SegmentRef, plan_deletions
from nvr.storage.space import FreeSpace

_log = logging.getLogger(__name__)
_FEW: Final = 20
_CLOCK_JUMP_NS: Final = 3600 * NS_PER_S
DeletionReason = Literal["expired", "quota", "pressed"]


class SegmentIndex(Protocol):
    """The catalogue's side. All calls come from the thread that calls ``sweep``."""

    def candidates(self, per_camera: int) -> Sequence[SegmentRef]:
        """Of each stream the oldest closed segments that are not marked as deleting, up to that many; ``held`` says what is under a hold."""
        ...

    def excess_bytes(self) -> Mapping[str, int]:
        """By camera, how much of what it takes beyond its quota must go from here: what lies elsewhere may be older. The same all through a sweep."""
        ...

    def mark_deleting(self, segment_ids: Collection[str], reason: DeletionReason) -> Collection[str]:
        """Mark them, durably, and return those that were marked: one that got a hold meanwhile is refused here, in one transaction."""
        ...

    def deleting(self) -> Sequence[SegmentRef]:
        """All that are marked, from this sweep or one that was cut off."""
        ...

    def forget(self, segment_ids: Collection[str]) -> None:
        """Their files are gone: drop the rows."""
        ...


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep did.

    Attributes:
        undeletable: counts files that refused; they stay marked.
        shortfall_bytes: see ``DeletionPlan``.
        short: the pools in which everything that may go has gone, and space is lacking still.
    """

    expired: int
    pressed: int
    freed_bytes: int
    undeletable: int
    shortfall_bytes: int
    clock_trusted: bool
    over_quota: int = 0
    short: frozenset[str] = frozenset()


class Janitor:
    """Call ``sweep`` now and then (each minute, say; it blocks) from one thread.

    Args:
        root: the recordings folder.
        index: the catalogue.
        space: probe with the recorder's reserve.
        retention_ns: how long segments are kept.
        headroom_bytes: kept free above the reserve, so that recording never meets it: what all cameras write in some minutes.
        per_camera: most segments of a stream that one sweep looks at.
        kept_ns: where it differs by camera and stream.
        pool: what the report calls this place; "" is the recordings folder itself.
        present: whether the disk is there on which its files lie.
    """

    def __init__(
        self,
        root: Path,
        index: SegmentIndex,
        space: FreeSpace,
        *,
        retention_ns: int,
        headroom_bytes: int,
        per_camera: int = 500,
        clock: Clock | None = None,
        kept_ns: Callable[[str, StreamKind], int] | None = None,
        pool: str = "",
        present: Callable[[], bool] = lambda: True,
    ) -> None:
        self._pool = pool
        self._present = present
        self._root = root
        self._index = index
        self._space = space
        self._retention_ns = retention_ns
        self._headroom_bytes = headroom_bytes
        self._per_camera = per_camera
        self._kept_ns = kept_ns
        self._clock = clock or SystemClock()
        self._offset_ns = self._clock.wall_ns() - self._clock.monotonic_ns()
        self._clock_trusted = True

    def sweep(self) -> SweepReport:
        """Finish what was cut off, then plan and delete.

        Raises:
            CatalogueError: the index does not answer.
        """
        freed_bytes, undeletable = self._execute(self._index.deleting())
        now_wall_ns = self._clock.wall_ns()
        self._watch_clock(now_wall_ns)
        try:
            needed_bytes = self._space.shortfall_bytes(self._headroom_bytes)
        except StorageError as error:
            # Deleting doesn't mend a disk that doesn't answer.
            _log.error("%s", error)
            needed_bytes = 0
        plan, exhausted = self._plan(now_wall_ns, needed_bytes)
        counts: dict[DeletionReason, int] = {}
        reasons: tuple[tuple[DeletionReason, tuple[SegmentRef, ...]], ...] = (
            ("expired", plan.expired),
            ("quota", plan.over_quota),
            ("pressed", plan.pressed),
        )
        for reason, refs in reasons:
            marked = set(self._index.mark_deleting([ref.segment_id for ref in refs], reason)) if refs else set()
            counts[reason] = len(marked)
            more_bytes, more_undeletable = self._execute([ref for ref in refs if ref.segment_id in marked])
            freed_bytes += more_bytes
            undeletable += more_undeletable
        if counts["pressed"]:
            _log.warning(
                "%d segments younger than the retention were deleted because the disk is full", counts["pressed"]
            )
        return SweepReport(
            expired=counts["expired"],
            pressed=counts["pressed"],
            freed_bytes=freed_bytes,
            undeletable=undeletable,
            shortfall_bytes=plan.shortfall_bytes,
            clock_trusted=self._clock_trusted,
            over_quota=counts["quota"],
            short=frozenset({self._pool} if exhausted and plan.shortfall_bytes else ()),
        )

    def _plan(self, now_wall_ns: int, needed_bytes: int) -> tuple[DeletionPlan, bool]:
        """What to delete, and whether every stream was looked at as far as it goes; else the next sweep has more to give."""
        # Each minute some segment of each camera goes: only where that is not enough are the next ones asked for.
        per_camera = min(_FEW, self._per_camera)
        excess_bytes = self._index.excess_bytes()
        while True:
            candidates = self._index.candidates(per_camera)
            plan = plan_deletions(
                candidates,
                now_wall_ns=now_wall_ns,
                retention_ns=self._retention_ns,
                needed_bytes=needed_bytes,
                clock_trusted=self._clock_trusted,
                kept_ns=self._kept_ns,
                excess_bytes=excess_bytes,
            )
            taken = Counter((ref.camera_id, ref.stream) for ref in (*plan.expired, *plan.over_quota, *plan.pressed))
            exhausted = max(taken.values(), default=0) < per_camera
            if per_camera >= self._per_camera or exhausted:
                return plan, exhausted
            per_camera = min(per_camera * 5, self._per_camera)

    def trust_clock(self) -> None:
        """An admin has looked at the clock: it is right now."""
        self._offset_ns = self._clock.wall_ns() - self._clock.monotonic_ns()
        self._clock_trusted = True

    def distrust_clock(self) -> None:
        """The date may be wrong: nothing expires until ``trust_clock``."""
        self._clock_trusted = False

    def _watch_clock(self, now_wall_ns: int) -> None:
        offset_ns = now_wall_ns - self._clock.monotonic_ns()
        if self._clock_trusted and abs(offset_ns - self._offset_ns) > _CLOCK_JUMP_NS:
            self._clock_trusted = False
            _log.error("the wall clock jumped by more than an hour: nothing expires until somebody has looked at it")
        elif self._clock_trusted:
            self._offset_ns = offset_ns  # small corrections by NTP add up over months

    def _execute(self, refs: Sequence[SegmentRef]) -> tuple[int, int]:
        gone: dict[str, Path] = {}  # and the folder that each lay in
        freed_bytes = 0
        for ref in refs:
            try:
                path = safe_join(self._root, ref.path)
                path.unlink()
            except FileNotFoundError:
                # A sweep that was cut off was here; or the disk went since this one began.
                if not self._present():
                    break
            except (OSError, StorageError) as error:
                _log.error("segment %s can't be deleted: %s", ref.segment_id, error)
                continue
            gone[ref.segment_id] = path.parent
            freed_bytes += ref.size_bytes
            self._tidy(path.parent, ref)
        # Once for each folder, behind all of them: the first has the file system write what the others wait for too.
        kept = {folder for folder in set(gone.values()) if not _synced(folder)}
        forgotten = [segment_id for segment_id, folder in gone.items() if folder not in kept]
        if forgotten:
            self._index.forget(forgotten)
        return freed_bytes, len(refs) - len(forgotten)

    def _tidy(self, day_folder: Path, ref: SegmentRef) -> None:
        # A young folder is left alone: the recorder may be about to put a file into it.
        if ref.end_wall_ns < self._clock.wall_ns() - 2 * 86_400 * NS_PER_S:
            with suppress(OSError):
                if {entry.name for entry in day_folder.iterdir()} <= {NOTES_FILE}:
                    (day_folder / NOTES_FILE).unlink(missing_ok=True)
                    day_folder.rmdir()


def _synced(folder: Path) -> bool:
    """Whether what was unlinked there stays unlinked through a power cut; else its rows are needed to delete it again."""
    try:
        try:
            sync_folder(folder)
        except FileNotFoundError:
            sync_folder(folder.parent)  # it was the last of its day
    except OSError as error:
        _log.error(
            "what was deleted in %s may come back with a power cut, the next sweep looks again: %s", folder, error
        )
        return False
    return True


class Janitors:
    """One janitor for each pool; those whose disk is missing are passed over: nothing there can be deleted, and nothing must be forgotten."""

    def __init__(
        self,
        places: Callable[[], Sequence[PoolPlace]],
        make: Callable[[PoolPlace], Janitor],
        begin: Callable[[], None] = lambda: None,
    ) -> None:
        """``places`` says where recordings lie now, those that are no longer recorded into among them; ``begin`` is called before each sweep."""
        self._places = places
        self._make = make
        self._begin = begin
        self._known: dict[PoolPlace, Janitor] = {}
        self._distrusted = False

    def _now(self) -> dict[PoolPlace, Janitor]:
        for place in (places := self._places()):
            if place not in self._known:
                self._known[place] = self._make(place)
                if self._distrusted:
                    self._known[place].distrust_clock()
        self._known = {place: self._known[place] for place in places}
        return self._known

    def sweep(self) -> SweepReport:
        """Sweep every pool that is there.

        Raises:
            CatalogueError: the index does not answer.
        """
        self._begin()
        reports = [janitor.sweep() for place, janitor in self._now().items() if place.present()]
        return SweepReport(
            expired=sum(report.expired for report in reports),
            pressed=sum(report.pressed for report in reports),
            freed_bytes=sum(report.freed_bytes for report in reports),
            undeletable=sum(report.undeletable for report in reports),
            shortfall_bytes=sum(report.shortfall_bytes for report in reports),
            clock_trusted=all(report.clock_trusted for report in reports),
            over_quota=sum(report.over_quota for report in reports),
            short=frozenset().union(*(report.short for report in reports)),
        )

    def trust_clock(self) -> None:
        """See ``Janitor``."""
        self._distrusted = False
        for janitor in self._known.values():
            janitor.trust_clock()

    def distrust_clock(self) -> None:
        """See ``Janitor``."""
        self._distrusted = True
        for janitor in self._known.values():
            janitor.distrust_clock()
