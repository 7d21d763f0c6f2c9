"""The recorder's thread: takes steps from a queue and puts them on disk, whatever the disk does."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from nvr.clock import NS_PER_S, Clock
from nvr.errors import DiskFull, GapCause, NvrError, StorageError
from nvr.media import StreamKind
from nvr.observations import Fact
from nvr.recording.cadence import Cadence
from nvr.recording.coverage import Standstill
from nvr.recording.markers import Markers
from nvr.recording.segment_file import try_out
from nvr.recording.segmenter import FragmentReady, SegmentEnd
from nvr.recording.track import RETRY_S, Disk, Track

_log = logging.getLogger(__name__)
_TICK_S: Final = 0.5
_LOG_INTERVAL_NS: Final = 60 * NS_PER_S
_LOOK_NS: Final = 20 * NS_PER_S
"""How often a gap that goes on is told: so much of its cause is not known after a crash."""
_QUARANTINE_NS: Final = 60 * NS_PER_S
_MAX_FACTS: Final = 10_000
_MAX_LOG_KINDS: Final = 64


class Room(Protocol):
    """Says whether the disk has room; ``nvr.storage.space.FreeSpace`` does."""

    def has_room(self) -> bool:
        """Whether more than the reserve is free; False where that can't be known."""
        ...


class Interruption:
    """Nothing comes any more from a stream."""

    __slots__ = ("at_wall_ns", "cause", "detail")

    def __init__(self, at_wall_ns: int, cause: GapCause, detail: str) -> None:
        self.at_wall_ns = at_wall_ns
        self.cause = cause
        self.detail = detail


class Expectation:
    """A stream is to be recorded from now on."""

    __slots__ = ("at_wall_ns",)

    def __init__(self, at_wall_ns: int) -> None:
        self.at_wall_ns = at_wall_ns


class Withdrawal:
    """A stream is not to be recorded any more."""

    __slots__ = ("at_wall_ns", "detail")

    def __init__(self, at_wall_ns: int, detail: str) -> None:
        self.at_wall_ns = at_wall_ns
        self.detail = detail


class LetGo:
    """Another recorder has the stream from now on."""

    __slots__ = ()


class Overflow:
    """The queue of a stream was full: nothing more of its segment comes."""

    __slots__ = ("at_wall_ns",)

    def __init__(self, at_wall_ns: int) -> None:
        self.at_wall_ns = at_wall_ns


Step = FragmentReady | SegmentEnd | Interruption | Expectation | Withdrawal | LetGo | Overflow
Command = tuple[Track, Step, Callable[[FragmentReady], None]]


class Writer:
    """Owns the thread, the tracks and the facts that the journal has not taken yet."""

    def __init__(  # noqa: PLR0917 - put together in one place
        self,
        root: Path,
        record: Callable[[Fact], None],
        clock: Clock,
        room: Room,
        leapt: Callable[[int, int], int],
        present: Callable[[], bool] | None = None,
    ) -> None:
        self._root = root
        self._present = present
        self._record = record
        self._clock = clock
        self._room = room
        self._has_room = True
        self._probe_at_ns = clock.monotonic_ns()
        self._markers: Markers | None = None
        self._facts: deque[tuple[Fact, Callable[[], None] | None]] = deque()
        self._record_at_ns = 0
        self._complaints: dict[str, int] = {}
        self._tracks: list[Track] = []
        self._look_at_ns = clock.monotonic_ns() + _LOOK_NS
        self.facts_dropped = 0
        self.faults = 0
        self.syncs_failed = 0
        self._device: int | None = None
        self._elsewhere = self._moved()  # what is there at first is taken as it is
        self._trial_at_ns: int | None = None
        # Unbounded as a type; Recorder bounds what each stream may have in it.
        self._queue: queue.SimpleQueue[Command | threading.Event | None] = queue.SimpleQueue()
        self._cadence = Cadence(clock.monotonic_ns())
        self._disk = Disk(
            root=root,
            clock=clock,
            emit=self._emit,
            markers=self._take_markers,
            require_room=self._require_room,
            complain=self._complain,
            cadence=self._cadence,
            distrust=self._distrust,
            leapt=leapt,
            away=self._is_away,
        )
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def track(self, camera_id: str, stream: StreamKind, standstill: Standstill | None) -> Track:
        """A new stream."""
        track = Track(self._disk, camera_id, stream, standstill)
        self._tracks.append(track)
        return track

    def put(self, command: Command) -> None:
        """Hand a step over; never blocks."""
        self._queue.put(command)

    def mark(self) -> threading.Event:
        """An event that is set once all that was put before is done."""
        event = threading.Event()
        self._queue.put(event)
        return event

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def trusted(self) -> bool:
        """Whether the disk has kept what it took, or has passed its trial since."""
        return self._trial_at_ns is None

    @property
    def every_fragment(self) -> bool:
        """Whether the disk bears a sync for every fragment."""
        return self._cadence.every_fragment

    @property
    def facts_waiting(self) -> int:
        """Facts that the journal has not taken yet."""
        return len(self._facts)

    def stop(self, timeout_s: float) -> bool:
        """Do what is queued, then end; False where the disk holds the thread longer than that."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            try:
                if not self._step():
                    return
            except Exception:  # noqa: BLE001 - the supervision loop of this thread: a fault in one stream must not end the others
                self.faults += 1
                _log.exception("a fault in the recorder; the other streams go on")

    def _look(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if now_ns < self._look_at_ns:
            return
        self._look_at_ns = now_ns + _LOOK_NS
        wall_ns = self._clock.wall_ns()
        for track in tuple(self._tracks):
            track.look(wall_ns)

    def _step(self) -> bool:
        self._look()
        try:
            command = self._queue.get(timeout=_TICK_S)
        except queue.Empty:
            self._flush_facts()
            return True
        if command is None:
            self._record_at_ns = 0
            self._flush_facts()
            if self._markers is not None:
                self._markers.close()
            return False
        if isinstance(command, threading.Event):
            self._flush_facts()
            command.set()
            return True
        track, step, done = command
        try:
            _take(track, step)
        except BaseException:
            track.abandon()
            raise
        finally:
            if isinstance(step, FragmentReady):
                done(step)
            self._flush_facts()
        return True

    def _distrust(self) -> None:
        self.syncs_failed += 1
        self._trial_at_ns = self._clock.monotonic_ns() + _QUARANTINE_NS

    def _require_trust(self, now_ns: int) -> None:
        if self._trial_at_ns is None:
            return
        if now_ns >= self._trial_at_ns:
            try:
                try_out(self._root)
            except OSError as error:
                self._complain(error, "trial")
            else:
                _log.warning("%s has passed its trial: recording goes on in new files", self._root)
                self._trial_at_ns = None
                return
            self._trial_at_ns = now_ns + _QUARANTINE_NS
        raise StorageError(
            f"the disk of {self._root} lost what it had taken: nothing is written to it until it has passed a trial",
            "look at the kernel's log and the disk's own; replace it",
        )

    def _require_room(self) -> None:
        now_ns = self._clock.monotonic_ns()
        self._require_trust(now_ns)
        if now_ns >= self._probe_at_ns:
            self._probe_at_ns = now_ns + NS_PER_S
            if not self._has_room and self._present is None:
                with suppress(OSError):  # the folder itself may be what is missing
                    self._root.mkdir(parents=True, exist_ok=True)
            self._has_room = self._room.has_room()
            was_away, was_on = self._elsewhere, self._device
            self._elsewhere = self._moved()
            if not self._elsewhere and (was_away or was_on not in {None, self._device}):
                self._begin_anew()
        if self._elsewhere:
            raise StorageError(
                f"the disk that was at {self._root} is gone: what lies there now is another file system",
                "mount it again"
                if self._present is not None
                else "mount it again, or start again to record where it is now",
            )
        if not self._has_room:
            raise DiskFull(
                f"less than the reserve is free under {self._root}",
                "free space, lower node.retention_days or node.reserve_mb, or add a disk",
            )

    def _moved(self) -> bool:
        """Whether the folder is on another file system than at first: a mount that vanished would have us fill the disk beneath it. Where the disk is known
        by an id, that alone says so: it may come back as another device, or be a copy of it.
        """
        if self._present is not None and not self._present():
            return True
        try:
            device = self._root.stat().st_dev
        except OSError:
            return False  # nothing there at all is told by the next write
        if self._device is None or self._present is not None:
            self._device = device
        return device != self._device

    def _is_away(self) -> bool:
        """Whether another file system lies there than at the last look, or has come to lie there since: for whoever leaves notes there between two looks."""
        if self._elsewhere:
            return True
        if self._present is not None:
            return not self._present()
        try:
            return self._device is not None and self._root.stat().st_dev != self._device
        except OSError:
            return False  # nothing there at all is told by the next write

    def _begin_anew(self) -> None:
        """The disk is there again: what is open was begun on it before it went, or on what it was a copy of, and so were the notes of what is open.

        Raises:
            StorageError: something was open; it has been ended, and what comes next begins new files.
        """
        ended = [track.name for track in self._tracks if track.end_file()]
        if self._markers is not None:
            self._markers.close()
            self._markers = None
        if ended:
            raise StorageError(f"the disk at {self._root} was mounted anew: recording goes on in new files")

    def _take_markers(self) -> Markers:
        if self._markers is None:
            self._markers = Markers(self._root)
        return self._markers

    def _emit(self, fact: Fact, then: Callable[[], None] | None) -> None:
        if len(self._facts) >= _MAX_FACTS:
            # Segments are found again by their markers at the next start; a gap is not.
            self.facts_dropped += 1
            return
        self._facts.append((fact, then))
        self._flush_facts()

    def _flush_facts(self) -> None:
        if not self._facts or self._clock.monotonic_ns() < self._record_at_ns:
            return
        while self._facts:
            fact, then = self._facts[0]
            try:
                self._record(fact)
            except (OSError, NvrError) as error:
                self._record_at_ns = self._clock.monotonic_ns() + round(RETRY_S * NS_PER_S)
                self._complain(error, "journal")
                return
            self._facts.popleft()
            if then is not None:
                then()

    def _complain(self, error: Exception, name: str) -> None:
        """One line a minute for each kind of error, whichever stream meets it first."""
        kind = f"{type(error).__name__}/{getattr(error, 'errno', '')}"
        now_ns = self._clock.monotonic_ns()
        last_ns = self._complaints.get(kind)
        if last_ns is not None and now_ns - last_ns < _LOG_INTERVAL_NS:
            return
        if len(self._complaints) >= _MAX_LOG_KINDS:
            self._complaints.clear()
        self._complaints[kind] = now_ns
        _log.error("%s: can't be written, tried again every second: %s", name, error)


def _take(track: Track, step: Step) -> None:
    match step:
        case FragmentReady():
            track.take(step)
        case SegmentEnd():
            track.finish(step.end_wall_ns)
        case Interruption():
            track.interrupted(step.at_wall_ns, step.cause, step.detail)
        case Expectation():
            track.expected(step.at_wall_ns)
        case Withdrawal():
            track.withdrawn(step.at_wall_ns, step.detail)
        case LetGo():
            track.retire()
        case Overflow():
            track.finish(None)
            track.interrupted(step.at_wall_ns, "disk", "the disk is too slow")
