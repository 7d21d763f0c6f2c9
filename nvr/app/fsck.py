"""``nvr fsck``: holds the catalogue against the recordings, and puts right what can be without touching media.

Runs beside a control room at work. What is on its way (segments being written, facts that wait in a journal, deletions under way) is no fault:
a suspect is looked at again, in the order in which a segment travels (marker, journal, catalogue), before it is called a finding.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from nvr.catalogue import audit, positions, segments, stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import SegmentRow
from nvr.errors import SegmentCorrupt
from nvr.journal import read_journal, resumed
from nvr.media import StreamKind
from nvr.observations import SegmentClosed, SegmentOpened
from nvr.recording.grooming import groomed_id
from nvr.recording.inventory import DayFolder, days_of, folders_of, read_segment, streams_of
from nvr.recording.markers import open_segments
from nvr.recording.recovery import sha256_of
from nvr.storage.day_notes import read_notes
from nvr.storage.hold_notes import Held, HoldNotes

_MAX_WAITING: Final = 1_000_000
_MAX_PRINTED: Final = 1000


class Level(StrEnum):
    """How closely to look; each does what the one before does."""

    PRESENCE = "presence"
    SIZE = "size"
    HASH = "hash"


class Fault(StrEnum):
    """What may be wrong."""

    MISSING = "missing"
    ORPHAN = "orphan"
    UNREADABLE = "unreadable"
    UNFINISHED = "unfinished"
    SIZE = "size"
    HASH = "hash"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``repaired``: it was put right; a damaged file is not, it is marked."""

    fault: Fault
    path: str
    detail: str
    repaired: bool = False


@dataclass(slots=True)
class Report:
    """What was looked at and found. ``open``: being written or on their way. ``set_aside``: kept by recovery for a person to look at."""

    files: int = 0
    rows: int = 0
    open: int = 0
    hashed_bytes: int = 0
    set_aside: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is left to be put right."""
        return all(finding.repaired for finding in self.findings)

    def lines(self) -> Iterator[str]:
        """The report in plain text."""
        for finding in self.findings[:_MAX_PRINTED]:
            yield f"{finding.fault:<10} {finding.path}  {finding.detail}{'  (repaired)' if finding.repaired else ''}"
        if len(self.findings) > _MAX_PRINTED:
            yield f"… and {len(self.findings) - _MAX_PRINTED} more"
        for path in self.set_aside:
            yield f"set aside  {path}  could not be read after a crash: look at it, then delete it"
        counts = {fault: sum(finding.fault is fault for finding in self.findings) for fault in Fault}
        told = ", ".join(f"{number} {fault}" for fault, number in counts.items() if number) or "no faults"
        yield (
            f"{self.files} files, {self.rows} rows, {self.open} open, {self.hashed_bytes / 1e6:.0f} MB hashed: {told}"
        )


class Check:
    """One run over a recordings folder and its catalogue."""

    def __init__(self, recordings: Path, journals: Path, catalogue: Catalogue) -> None:
        self._root = recordings
        self._journals = journals
        self._catalogue = catalogue
        self._held = Held(HoldNotes(recordings).read())

    def run(self, level: Level, *, repair: bool, say: Callable[[int, int], None] = lambda _done, _all: None) -> Report:
        """Look at every stream on disk or on record.

        Args:
            say: is told how many streams of how many are done.

        Raises:
            CatalogueError: the catalogue doesn't answer.
            OSError: the recordings folder can't be read.
            StorageError: a disk is missing, or goes meanwhile.
        """
        report = Report()
        with self._catalogue.read() as tx:
            known = set(stocktaking.streams(tx))
        every = sorted(known | set(streams_of(self._root)))
        for done, (camera_id, stream) in enumerate(every, 1):
            self._stream(camera_id, stream, level, report, repair=repair)
            say(done, len(every))
        return report

    def _stream(self, camera_id: str, stream: StreamKind, level: Level, report: Report, *, repair: bool) -> None:
        with self._catalogue.read() as tx:
            rows = {row.path: row for row in stocktaking.of_stream(tx, camera_id, stream)}
        files: dict[str, tuple[int, DayFolder]] = {}
        for day in days_of(self._root, camera_id, stream):
            files.update((path, (size_bytes, day)) for path, size_bytes in day.files().items())
            report.set_aside += day.set_aside()
        report.files += len(files)
        report.rows += len(rows)
        orphans = [path for path in files if path not in rows]
        unfinished = [row for row in rows.values() if row.end_wall_ns is None]
        missing = [row for row in rows.values() if row.path not in files and row.end_wall_ns is not None]
        whole = [row for row in rows.values() if row.path in files and row.end_wall_ns is not None]
        if orphans or unfinished or missing:
            waiting = self._under_way()
            report.open += sum(path in waiting for path in {*orphans, *(row.path for row in unfinished)})
            for row in missing:
                self._missing(row, waiting, report, repair=repair)
            succeeding = {groomed_id(row) for row in whole}
            for path in sorted({*orphans, *(row.path for row in unfinished)} - waiting):
                self._take_in(path, files.get(path), rows.get(path), report, succeeding=succeeding, repair=repair)
        if level is not Level.PRESENCE:
            for row in whole:
                self._content(row, files[row.path][0], level, report, repair=repair)

    def _under_way(self) -> set[str]:
        """Paths of segments that are being written, or whose facts the catalogue has not taken up yet."""
        paths = set(open_segments(self._root).values())
        if not self._journals.is_dir():
            return paths
        for folder in sorted(path for path in self._journals.iterdir() if path.is_dir()):
            with self._catalogue.read() as tx:
                position = positions.find(tx, folder.name)
            for fact, _ in read_journal(folder, resumed(folder, position), _MAX_WAITING):
                if isinstance(fact, SegmentOpened | SegmentClosed):
                    paths.add(fact.path)
        return paths

    def _now(self, row: SegmentRow) -> SegmentRow | None:
        """The row as it is now, unless it is being deleted."""
        with self._catalogue.read() as tx:
            return segments.segment(tx, row.segment_id)

    def _missing(self, row: SegmentRow, waiting: set[str], report: Report, *, repair: bool) -> None:
        if row.path in waiting or (self._root / row.path).exists() or self._now(row) is None:
            return
        folders_of(self._root)  # refuses where a disk went while we looked
        if repair:
            wall_ns = self._catalogue.clock.wall_ns()
            with self._catalogue.write() as tx:
                stocktaking.lost(tx, row, wall_ns)
                audit.append(
                    tx,
                    wall_ns=wall_ns,
                    actor="sistema",
                    terminal="fsck",
                    address="",
                    action="segment.lost",
                    object=row.segment_id,
                    detail={"path": row.path, "held": str(row.held), "sha256": row.sha256 or ""},
                )
        told = "a row without its file" + (", under a hold" if row.held else "")
        report.findings.append(Finding(Fault.MISSING, row.path, told, repair))

    def _take_in(
        self,
        path: str,
        file: tuple[int, DayFolder] | None,
        row: SegmentRow | None,
        report: Report,
        *,
        succeeding: set[str],
        repair: bool,
    ) -> None:
        """A file without a row, or a row that nobody is writing any more and that was never closed.

        ``succeeding``: ids of what grooming makes of the files that are on record.
        """
        if row is not None and ((now := self._now(row)) is None or now.end_wall_ns is not None):
            return
        if file is None:
            if row is not None and not (self._root / path).exists():
                self._missing(row, set(), report, repair=repair)
            return
        day = file[1]
        try:
            found = read_segment(self._root, path, read_notes(day.path).get(path.rpartition("/")[2]))
        except FileNotFoundError:
            return  # deleted meanwhile
        except (OSError, SegmentCorrupt) as error:
            report.findings.append(Finding(Fault.UNREADABLE, path, str(error)))
            return
        # Grooming was cut off, or is about to take this one up: the file with all pictures stands.
        grooming = found.segment_id in succeeding
        report.open += grooming
        with self._catalogue.read() as tx:
            other = stocktaking.find(tx, found.segment_id)
        if grooming or (other is not None and other.path == path and other.end_wall_ns is not None):
            return  # taken up meanwhile, or being deleted
        if other is not None and other.path != path:
            report.findings.append(Finding(Fault.ORPHAN, path, f"a copy of {other.path}"))
            return
        if repair:
            self._store(found)
        fault = Fault.ORPHAN if row is None else Fault.UNFINISHED
        told = "a file without a row" if row is None else "a row that was never closed"
        report.findings.append(Finding(fault, path, told, repair))

    def _store(self, found: SegmentRow) -> None:
        end_wall_ns = found.end_wall_ns or found.start_wall_ns
        with self._catalogue.write() as tx:
            segments.closed(tx, found)
            if stocktaking.is_held(tx, found) or self._held(found.camera_id, found.start_wall_ns, end_wall_ns):
                segments.hold_one(tx, found.segment_id)

    def _content(self, row: SegmentRow, size_bytes: int, level: Level, report: Report, *, repair: bool) -> None:
        fault, told = None, ""
        if size_bytes != row.size_bytes:
            fault, told = Fault.SIZE, f"{size_bytes} bytes instead of {row.size_bytes}"
        elif level is Level.HASH:
            try:
                sha256 = file_sha256(self._root / row.path)
            except OSError as error:
                fault, told = Fault.HASH, f"can't be read: {error.strerror}"
            else:
                report.hashed_bytes += size_bytes
                if sha256 != row.sha256:
                    fault, told = Fault.HASH, "its content was changed since it was closed"
        if fault is None or self._now(row) is None:
            return
        if repair:
            with self._catalogue.write() as tx:
                stocktaking.mark_damaged(tx, row.segment_id, self._catalogue.clock.wall_ns())
        report.findings.append(Finding(fault, row.path, told + (", now marked as damaged" if repair else "")))


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal.

    Raises:
        OSError: it can't be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return sha256_of(fd)
    finally:
        os.close(fd)
