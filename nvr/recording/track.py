"""What the writer thread knows of one stream, and the steps it takes on disk; every failure stays with its stream.

Order on disk, so that no fact speaks of what isn't there: marker, synced → file with init segment and first fragment, synced, its folder
synced → ``SegmentOpened`` → fragments, synced as ``Cadence`` says → last sync → ``SegmentClosed`` in the journal → marker removed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from nvr.clock import NS_PER_S, Clock
from nvr.disk import SyncFailed, make_folder, put_whole, sync_folder
from nvr.errors import DiskFull, GapCause, StorageError, StreamUnsupported
from nvr.media import StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed, SegmentOpened, derived_id, new_id
from nvr.recording.cadence import Cadence
from nvr.recording.coverage import UNNOTICED, Coverage, Gap, Standstill
from nvr.recording.markers import Markers
from nvr.recording.segment_file import SegmentFile, free_name
from nvr.recording.segmenter import FragmentReady
from nvr.storage.day_notes import note_closed
from nvr.storage.layout import COVERAGE_FILE, segment_path

RETRY_S: Final = 1.0
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Disk:
    """What the tracks of one recorder share.

    Attributes:
        root: the recordings folder.
        clock: for intervals.
        emit: takes a fact, and what to do once it is in the journal.
        markers: gives the run's markers; raises OSError where the disk refuses.
        require_room: raises DiskFull where the reserve would be touched.
        complain: takes an error, for the log, and the stream's name.
        cadence: how often files are synced.
        distrust: a sync failed: until the disk has passed a trial nothing more is written to it.
        away: whether another file system lies at the root than when last looked at: an empty mount point, say.
        leapt: how many nanoseconds between two wall times never were.
    """

    root: Path
    clock: Clock
    emit: Callable[[Fact, Callable[[], None] | None], None]
    markers: Callable[[], Markers]
    require_room: Callable[[], None]
    complain: Callable[[Exception, str], None]
    cadence: Cadence
    distrust: Callable[[], None]
    leapt: Callable[[int, int], int]
    away: Callable[[], bool]


class Track:
    """One stream on disk. Used by the writer thread alone; counters may be read from elsewhere."""

    def __init__(self, disk: Disk, camera_id: str, stream: StreamKind, standstill: Standstill | None) -> None:
        self._disk = disk
        self.camera_id = camera_id
        self.stream = stream
        self.name = f"{camera_id}/{stream}"
        self._coverage = Coverage(standstill)
        self._noted: Standstill | None = None
        self._file: SegmentFile | None = None
        self._opened: SegmentOpened | None = None
        self._due = True
        self._retry_at_ns: int | None = None
        self._synced_at_ns = 0
        self._sync_ns: deque[int] = deque(maxlen=64)
        self.bytes_written = 0
        self.packets_written = 0
        self.packets_dropped = 0
        self.segments = 0

    @property
    def failing(self) -> bool:
        """Whether the disk refuses this stream."""
        return self._retry_at_ns is not None

    def sync_p95_ms(self) -> float:
        """95th percentile of the last syncs, in milliseconds; 0 before the first."""
        times = sorted(self._sync_ns.copy())
        return times[len(times) * 95 // 100] / 1e6 if times else 0.0

    def take(self, ready: FragmentReady) -> None:
        """Put a fragment on disk, in a new segment where it begins one; or count it as dropped."""
        file = self._file
        if file is None or ready.starts_segment:
            if file is not None:
                self.finish(None)
            if not self._may_open(ready):
                self._drop(ready)
                return
        try:
            self._disk.require_room()
            if self._file is None:
                file = self._file = self._open(ready)
            elif file is not None:
                file.append(ready)
                if self._disk.cadence.due(self._synced_at_ns, self._disk.clock.monotonic_ns()):
                    self._sync(file)
            self._disk.cadence.wrote(self._disk.clock.monotonic_ns())
        except (OSError, StorageError, StreamUnsupported) as error:
            self._fail(error, ready)
            return
        self._coverage.recorded(ready.end_wall_ns)
        self._retry_at_ns = None
        self.packets_written += len(ready.samples)
        self.bytes_written += ready.size_bytes

    def _may_open(self, ready: FragmentReady) -> bool:
        if not ready.samples[0].is_keyframe:
            return False
        return self._retry_at_ns is None or self._disk.clock.monotonic_ns() >= self._retry_at_ns

    def _open(self, ready: FragmentReady) -> SegmentFile:
        root = self._disk.root
        path = free_name(root / segment_path(self.camera_id, self.stream, ready.wall_ns))
        opened = SegmentOpened(
            segment_id=new_id(max(0, ready.wall_ns)),
            camera_id=self.camera_id,
            stream=self.stream,
            epoch_ns=ready.epoch_ns,
            start_wall_ns=ready.wall_ns,
            path=str(path.relative_to(root)),
            codec=ready.parameters.codec.value,
            width_px=ready.parameters.width_px,
            height_px=ready.parameters.height_px,
        )
        markers = self._disk.markers()
        # Before the folder: where the disk has just gone there is no place for a marker, and no folder is made beneath it.
        markers.place(opened)
        try:
            make_folder(path.parent)
            file = SegmentFile.create(path, opened, ready)
            try:
                self._sync(file)
                sync_folder(path.parent)
            except OSError:
                file.abandon()
                path.unlink(missing_ok=True)
                raise
        except (OSError, StreamUnsupported):
            markers.remove(opened.segment_id)
            raise
        self._opened = opened
        self.segments += 1
        self._emit_gap(self._explained(self._coverage.resumed(ready.wall_ns)))
        self._disk.emit(opened, None)
        return file

    def _explained(self, gap: Gap | None) -> Gap | None:
        """A hole that nobody gave notice of may be time that never was."""
        if gap is None or gap.detail != UNNOTICED:
            return gap
        never_ns = self._disk.leapt(gap.start_wall_ns, gap.end_wall_ns)
        if never_ns * 2 < gap.end_wall_ns - gap.start_wall_ns:
            return gap
        return Gap(
            gap.start_wall_ns, gap.end_wall_ns, "software", f"the clock was put ahead by {never_ns / NS_PER_S:.1f} s"
        )

    def _sync(self, file: SegmentFile) -> None:
        self._synced_at_ns = began_ns = self._disk.clock.monotonic_ns()
        file.sync()
        took_ns = self._disk.clock.monotonic_ns() - began_ns
        self._sync_ns.append(took_ns)
        self._disk.cadence.synced(took_ns)

    def finish(self, end_wall_ns: int | None) -> None:
        """Close the open segment, if there is one, at ``end_wall_ns`` or at its last picture."""
        file, opened = self._file, self._opened
        self._file = self._opened = None
        if file is None or opened is None:
            return
        if end_wall_ns is not None:
            self._coverage.recorded(end_wall_ns)
        began_ns = self._disk.clock.monotonic_ns()
        try:
            sha256 = file.close()
        except OSError as error:
            # Its marker stays: the next start reads what the disk really has, and takes up what is whole of it.
            self._disk.complain(error, self.name)
            self._disk.distrust()
            return
        self._sync_ns.append(self._disk.clock.monotonic_ns() - began_ns)
        closed = SegmentClosed(
            segment_id=opened.segment_id,
            camera_id=self.camera_id,
            stream=self.stream,
            start_wall_ns=opened.start_wall_ns,
            end_wall_ns=max(opened.start_wall_ns, self._coverage.until_wall_ns or 0),
            path=opened.path,
            size_bytes=file.size_bytes,
            packets=file.packets,
            sha256=sha256,
        )
        note_closed(self._disk.root, closed)
        markers = self._disk.markers()
        self._disk.emit(closed, lambda: markers.remove(closed.segment_id))

    def end_file(self) -> bool:
        """Close the open segment, if there is one, at its last picture; whether there was."""
        was_open = self._file is not None
        self.finish(None)
        return was_open

    def _fail(self, error: OSError | StorageError | StreamUnsupported, ready: FragmentReady) -> None:
        self._disk.complain(error, self.name)
        if isinstance(error, SyncFailed):
            # Closing it now would sync again, successfully, and report a hash of bytes that may not be there.
            self._disk.distrust()
            if self._file is not None:
                self._file.abandon()
                self._file = self._opened = None
        if self._file is not None:
            try:
                self._file.cut()
            except OSError:
                # Half a fragment may stay: only recovery can close this one, its marker says so.
                self._file.abandon()
                self._file = self._opened = None
            self.finish(None)
        self._retry_at_ns = self._disk.clock.monotonic_ns() + round(RETRY_S * NS_PER_S)
        cause: GapCause = "camera" if isinstance(error, StreamUnsupported) else "disk"
        self.interrupted(ready.wall_ns, cause, _detail(error))
        self.packets_dropped += len(ready.samples)

    def _drop(self, ready: FragmentReady) -> None:
        if self._coverage.cause not in {"disk", "camera", "software"}:
            self.interrupted(ready.wall_ns, "disk", "waiting for the disk")
        self.packets_dropped += len(ready.samples)

    def abandon(self) -> None:
        """Let go of the open file after a fault of our own; recovery closes it."""
        if self._file is not None:
            self._file.abandon()
        self._file = self._opened = None
        self._retry_at_ns = self._disk.clock.monotonic_ns() + round(RETRY_S * NS_PER_S)
        if self._coverage.cause is None:
            self._coverage.interrupted(self._disk.clock.wall_ns(), "software", "a fault in the recorder")

    def interrupted(self, at_wall_ns: int, cause: GapCause, detail: str) -> None:
        """Nothing comes any more, or for another reason than before."""
        self._emit_gap(self._coverage.interrupted(at_wall_ns, cause, detail))
        self._note()

    def withdrawn(self, at_wall_ns: int, detail: str) -> None:
        """The stream is not to be recorded any more: its account ends here. Should it be expected again, what lies between is one planned gap."""
        self.interrupted(at_wall_ns, "planned", detail)
        self._due = False

    def retire(self) -> None:
        """Another recorder has the stream from now on: close what is open, and say nothing more of it."""
        self.finish(None)
        self._coverage = Coverage()
        self._retry_at_ns = None
        with suppress(OSError):
            (self._disk.root / self.camera_id / self.stream.value / COVERAGE_FILE).unlink(missing_ok=True)

    def stopped(self) -> Standstill | None:
        """Where and why it stands still; None while it is recorded. For any thread: at worst a moment old."""
        return self._coverage.standstill

    @property
    def until_wall_ns(self) -> int | None:
        """Where the recording ends so far; for any thread."""
        return self._coverage.until_wall_ns

    def expected(self, at_wall_ns: int) -> None:
        """This run is to record the stream, from ``at_wall_ns`` on."""
        self._due = True
        self._emit_gap(self._coverage.expected(at_wall_ns))
        self._note()

    def look(self, now_wall_ns: int) -> None:
        """Tell a gap that goes on as far as it is, so that what is missing is on record even where it never ends."""
        if not self._due:
            return
        self._emit_gap(self._coverage.ongoing(now_wall_ns))
        self._note()

    def _note(self) -> None:
        standstill = self._coverage.standstill
        if standstill is None or standstill == self._noted:
            return  # every attempt to connect says so again
        if self._disk.away():
            return  # the next run would not find it
        # For the next run, which otherwise could only say "software". A full disk may refuse: then it says that.
        folder = self._disk.root / self.camera_id / self.stream.value
        with suppress(OSError):
            make_folder(folder)  # synced: recordings come to lie in it
            put_whole(folder / COVERAGE_FILE, _encode(standstill), sync=False)
            self._noted = standstill

    def _emit_gap(self, gap: Gap | None) -> None:
        if gap is not None:
            fact = GapClosed(
                gap_id=derived_id(max(0, gap.start_wall_ns), self.name),
                camera_id=self.camera_id,
                stream=self.stream,
                start_wall_ns=gap.start_wall_ns,
                end_wall_ns=gap.end_wall_ns,
                cause=gap.cause,
                detail=gap.detail,
            )
            self._disk.emit(fact, None)


def _detail(error: OSError | StorageError | StreamUnsupported) -> str:
    if isinstance(error, DiskFull):
        return "disk full"
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno else type(error).__name__
    return error.message
