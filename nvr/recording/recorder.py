"""The recorder: packets in, segments on disk and facts out. See docs/design/recording.md.

``write`` is called from one thread (the ingest loop), never blocks and never raises. Whole fragments go by a queue, bounded per stream, to a
thread that writes. Policy of the queue: LOSSLESS until a stream has ``QUEUE_S`` or ``QUEUE_BYTES`` in it, then that stream's packets are
dropped, counted and reported as a gap with the cause ``disk``, until the queue has drained to half.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from nvr.clock import Clock, SystemClock
from nvr.config import Node
from nvr.errors import GapCause
from nvr.media import TIMESCALE_HZ, AudioPacket, Packet, StreamKind
from nvr.observations import Fact
from nvr.recording.coverage import Standstill
from nvr.recording.segmenter import FragmentReady, Segmenter
from nvr.recording.writer import Expectation, Interruption, LetGo, Overflow, Room, Withdrawal, Writer
from nvr.storage.space import FreeSpace

_log = logging.getLogger(__name__)
QUEUE_S: Final = 40
"""Media time that may wait for the disk, per stream."""
QUEUE_BYTES: Final = 128 * 1024 * 1024
"""The same in bytes: 30 s at 35 Mbit/s."""
_STOP_TIMEOUT_S: Final = 30.0
_HANGING: Final = 0.1
_COUNTING: Final = frozenset({"bytes_written", "packets_written", "dropped", "sound_dropped", "waiting", "segments"})

StreamKey = tuple[str, StreamKind]


class _Stream:
    """What ingest's side knows of a stream. ``put_*`` are counted by ingest's thread and ``done_*`` by the writer's, so neither needs a lock."""

    __slots__ = (
        "done_bytes",
        "done_fragments",
        "done_ticks",
        "dropped",
        "overflowing",
        "put_bytes",
        "put_fragments",
        "put_ticks",
        "put_until_ns",
        "said",
        "segmenter",
        "track",
    )

    def __init__(self, segmenter: Segmenter, writer: Writer, key: StreamKey, standstill: Standstill | None) -> None:
        self.segmenter = segmenter
        self.track = writer.track(*key, standstill)
        self.put_bytes = self.put_fragments = self.put_ticks = 0
        self.done_bytes = self.done_fragments = self.done_ticks = 0
        self.dropped = 0
        self.overflowing = False
        self.put_until_ns: int | None = None
        self.said: Standstill | None = None
        """Why no more comes, where that may still wait for the disk behind what was handed over before."""

    def put(self, ready: FragmentReady) -> None:
        """A fragment is handed over."""
        self.put_bytes += ready.size_bytes
        self.put_ticks += ready.duration
        self.put_fragments += 1
        self.put_until_ns, self.said = ready.end_wall_ns, None

    def say(self, cause: GapCause, detail: str) -> None:
        """No more comes, and why; where nothing was handed over the track knows better where that began."""
        if self.put_until_ns is not None:
            self.said = Standstill(self.put_until_ns, cause, detail)

    def done(self, ready: FragmentReady) -> None:
        self.done_bytes += ready.size_bytes
        self.done_ticks += ready.duration
        self.done_fragments += 1

    def load(self) -> float:
        """How full its queue is, 0 to 1."""
        return max(
            (self.put_ticks - self.done_ticks) / (QUEUE_S * TIMESCALE_HZ),
            (self.put_bytes - self.done_bytes) / QUEUE_BYTES,
        )


class Recorder:
    """Records any number of streams into one folder.

    Args:
        root: the recordings folder; made if it is missing.
        node: takes ``segment_s``, ``fragment_ms`` and ``reserve_mb`` from here.
        record: puts a fact into the journal and returns once it is synced; called from the recorder's thread. An ``OSError`` or
            ``NvrError`` from it means "not taken": the fact is offered again every second, in order.
        clock: for tests.
        standstills: what ``nvr.recording.recovery.recover`` returned: where each stream stopped, and why.
        present: whether the folder's own disk is there, for one that is known by more than its place; then the folder is never made.
        leapt: how many nanoseconds between two wall times never were, because the clock was put ahead between them.
        room: says whether there is room; by default the free space above the reserve.
    """

    def __init__(
        self,
        root: Path,
        node: Node,
        record: Callable[[Fact], None],
        clock: Clock | None = None,
        *,
        standstills: Mapping[StreamKey, Standstill] | None = None,
        room: Room | None = None,
        leapt: Callable[[int, int], int] = lambda _start, _end: 0,
        present: Callable[[], bool] | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._segment_s = node.segment_s
        self._fragment_ms = node.fragment_ms
        self._standstills = dict(standstills or {})
        self._streams: dict[StreamKey, _Stream] = {}
        self._withdrawn: set[StreamKey] = set()
        self._closed = False
        self._past: dict[str, list[_Stream]] = {}
        try:
            if present is None:
                root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            # Recording tries again by itself; live view and analytics must come up all the same.
            _log.error("the recordings folder %s can't be made: %s", root, error.strerror)
        self._writer = Writer(
            root, record, self._clock, room or FreeSpace(root, node.reserve_mb * 1024 * 1024), leapt, present
        )

    def write(self, packet: Packet) -> None:
        """Record a packet. Never blocks, never raises."""
        key = (packet.camera_id, packet.stream)
        stream = self._streams.get(key) or self._stream(key)
        if stream.overflowing or self._closed:
            if self._closed or stream.load() > 0.5:
                stream.dropped += 1
                return
            stream.overflowing = False
        for step in stream.segmenter.push(packet):
            if isinstance(step, FragmentReady):
                if stream.load() >= 1:
                    self._overflow(stream, step)
                    return
                stream.put(step)
            self._writer.put((stream.track, step, stream.done))

    def write_audio(self, packet: AudioPacket) -> None:
        """Record a packet of sound beside the pictures of its time; lost where none come. Never blocks, never raises."""
        stream = self._streams.get((packet.camera_id, packet.stream))
        if stream is not None and not stream.overflowing and not self._closed:
            stream.segmenter.push_audio(packet)

    def _overflow(self, stream: _Stream, step: FragmentReady) -> None:
        stream.overflowing = True
        stream.dropped += len(step.samples) + stream.segmenter.discard()
        self._writer.put((stream.track, Overflow(step.wall_ns), stream.done))

    def _stream(self, key: StreamKey) -> _Stream:
        segmenter = Segmenter(*key, segment_s=self._segment_s, fragment_ms=self._fragment_ms)
        stream = self._streams[key] = _Stream(segmenter, self._writer, key, self._standstills.pop(key, None))
        return stream

    def expect(self, camera_id: str, stream: StreamKind) -> None:
        """This stream is to be recorded from now on: what is missing of it from here is a gap, even if nothing is ever heard of it."""
        key = (camera_id, stream)
        if not self._closed and (key not in self._streams or key in self._withdrawn):
            self._withdrawn.discard(key)
            entry = self._streams.get(key) or self._stream(key)
            entry.said = None
            self._writer.put((entry.track, Expectation(self._clock.wall_ns()), entry.done))

    def interrupted(self, camera_id: str, stream: StreamKind, cause: GapCause, detail: str = "") -> None:
        """A session went offline: close the open segment at its last packet, and remember the reason for the gap.

        Call it again when the reason changes; the gap is then split there.
        """
        if self._closed:
            return
        entry = self._streams.get((camera_id, stream)) or self._stream((camera_id, stream))
        self._end(entry, cause, detail)

    def withdraw(self, camera_id: str, stream: StreamKind, detail: str) -> None:
        """This stream is not to be recorded any more: its account ends now, until somebody expects it again."""
        entry = self._streams.get((camera_id, stream))
        if self._closed or entry is None:
            return
        self._withdrawn.add((camera_id, stream))
        self._flush(entry)
        entry.say("planned", detail)
        self._writer.put((entry.track, Withdrawal(self._clock.wall_ns(), detail), entry.done))

    def _end(self, stream: _Stream, cause: GapCause, detail: str) -> None:
        self._flush(stream)
        stream.say(cause, detail)
        self._writer.put((stream.track, Interruption(self._clock.wall_ns(), cause, detail), stream.done))

    def _flush(self, stream: _Stream) -> None:
        """Hand over what is being gathered, and end the segment."""
        for step in stream.segmenter.interrupt():
            if isinstance(step, FragmentReady):
                stream.put(step)
            self._writer.put((stream.track, step, stream.done))

    def adopt(self, camera_id: str, stream: StreamKind, standstill: Standstill | None) -> None:
        """Record a stream from now on that another recorder had; ``standstill``: where it stopped there, None where it goes on without a hole."""
        if standstill is not None:
            self._standstills[camera_id, stream] = standstill

    def let_go(self, camera_id: str, stream: StreamKind) -> Standstill | None:
        """Another recorder has the stream from now on; where and why it stopped here, None where it is recorded up to its last packet."""
        entry = self._streams.pop((camera_id, stream), None)
        if entry is None:
            return self._standstills.pop((camera_id, stream), None)
        left = entry.track.stopped() or entry.said
        until_ns = entry.track.until_wall_ns
        if left is None and until_ns is not None and (entry.overflowing or entry.load() > _HANGING):
            left = Standstill(until_ns, "disk", "the disk hangs")
        self._flush(entry)
        self._writer.put((entry.track, LetGo(), entry.done))
        # Its last fragment is still on its way: what it counts is asked for later, not now.
        self._past.setdefault(entry.track.name, []).append(entry)
        return left

    def stopped(self, camera_id: str, stream: StreamKind) -> Standstill | None:
        """Where and why a stream stands still here; None while it is recorded, or where nobody has said."""
        entry = self._streams.get((camera_id, stream))
        return self._standstills.get((camera_id, stream)) if entry is None else entry.track.stopped()

    def drain(self, timeout_s: float) -> bool:
        """Wait until all fragments handed over so far are on disk and their facts offered; False after ``timeout_s``."""
        return self._writer.mark().wait(timeout_s)

    def stats(self) -> dict[str, dict[str, float]]:
        """Counters by ``camera_id/stream``: bytes_written, packets_written, queue_depth (fragments), queue_s (media seconds), dropped
        (packets), sound_dropped (packets), waiting (packets before the first key frame), segments, failing (0 or 1), load (how full the queue is,
        0 to 1), fsync_p95_ms. Of a stream that was let go only what counts up.
        """
        found: dict[str, dict[str, float]] = {}
        for name, entries in self._past.items():
            past = found[name] = dict.fromkeys(_COUNTING, 0.0)
            for counters in map(_counters, entries):
                for each in _COUNTING:
                    past[each] += counters[each]
        for stream in self._streams.values():
            past = found.get(stream.track.name, {})
            found[stream.track.name] = {name: value + past.get(name, 0) for name, value in _counters(stream).items()}
        return found

    def totals(self) -> dict[str, float]:
        """Counters of the recorder: facts_waiting, facts_dropped, faults, syncs_failed, alive (0 or 1), trusted (0 or 1), quick (0 or 1: every
        fragment is synced)."""
        writer = self._writer
        return {
            "facts_waiting": writer.facts_waiting,
            "facts_dropped": writer.facts_dropped,
            "faults": writer.faults,
            "syncs_failed": writer.syncs_failed,
            "alive": float(writer.alive),
            "trusted": float(writer.trusted),
            "quick": float(writer.every_fragment),
        }

    def close(self) -> None:
        """Close all segments, report them and end. What comes after is dropped; the time until the next start is a planned gap."""
        if self._closed:
            return
        for stream in self._streams.values():
            self._end(stream, "planned", "the recorder was stopped")
        self._closed = True
        if not self._writer.stop(_STOP_TIMEOUT_S):
            _log.error("the disk did not take the last fragments within %.0f s", _STOP_TIMEOUT_S)


def _counters(stream: _Stream) -> dict[str, float]:
    return {
        "bytes_written": stream.track.bytes_written,
        "packets_written": stream.track.packets_written,
        "queue_depth": stream.put_fragments - stream.done_fragments,
        "queue_s": (stream.put_ticks - stream.done_ticks) / TIMESCALE_HZ,
        "dropped": stream.dropped + stream.track.packets_dropped,
        "sound_dropped": stream.segmenter.sound_dropped,
        "waiting": stream.segmenter.waiting,
        "segments": stream.track.segments,
        "failing": float(stream.track.failing or stream.overflowing),
        "load": stream.load(),
        "fsync_p95_ms": stream.track.sync_p95_ms(),
    }
