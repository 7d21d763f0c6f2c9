"""Decides where fragments and segments begin and end; pure, one instance per stream.

- A segment begins with a key frame; what comes before the first one is counted and let go.
- A segment ends at the first key frame once it is ``segment_s`` long. The first is shorter by a share that depends on the stream's name,
  so that cameras that came up together don't all open files in the same second.
- It also ends where the packets no longer belong together: a new epoch, new codec parameters, decode time that runs backwards or
  jumps by more than ``HOLE_TICKS``.
- A fragment ends before a key frame, and before the packet with which it would last longer than ``fragment_ms``.
- A packet's duration is known when the next one comes; the last of a segment is given that of the one before.
"""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.media import TIMESCALE_HZ, CodecParameters, Packet, StreamKind, VideoCodec
from nvr.recording.fmp4 import Sample

HOLE_TICKS: Final = 2 * TIMESCALE_HZ
"""Silence inside an epoch after which the recording is cut, so that it shows as a gap and not as a still picture. Two seconds of pictures
that never came leave nothing to decode before the next key frame either."""
MAX_FRAGMENT_SAMPLES: Final = 512
MAX_FRAGMENT_BYTES: Final = 32 * 1024 * 1024
MAX_SEGMENT_BYTES: Final = 1 << 30
_USUAL_DURATION: Final = TIMESCALE_HZ // 25
_CONTIGUOUS_NS: Final = NS_PER_S


class FragmentReady(msgspec.Struct, frozen=True, gc=False):
    """Samples that belong into one fragment.

    Attributes:
        starts_segment: begins a new segment; then the first sample is a key frame.
        epoch_ns, parameters: those of all its packets.
        base_dts: decode time of the first sample in ticks of the epoch.
        duration: of all samples, in ticks.
        wall_ns: UTC nanoseconds of the first picture; ``end_wall_ns`` of the last one's end.
        size_bytes: of all samples' data.
    """

    starts_segment: bool
    epoch_ns: int
    parameters: CodecParameters
    base_dts: int
    duration: int
    wall_ns: int
    end_wall_ns: int
    size_bytes: int
    samples: list[Sample]


class SegmentEnd(msgspec.Struct, frozen=True, gc=False):
    """No more fragments in this segment. Where the next one follows without a hole, ``end_wall_ns`` is exactly its start."""

    end_wall_ns: int


Step = FragmentReady | SegmentEnd


class Segmenter:
    """The state of one stream between packets.

    Args:
        segment_s: length after which the next key frame begins a new segment.
        fragment_ms: longest fragment.
    """

    def __init__(self, camera_id: str, stream: StreamKind, *, segment_s: float, fragment_ms: int) -> None:
        self._segment_ticks = round(segment_s * TIMESCALE_HZ)
        self._fragment_ticks = fragment_ms * TIMESCALE_HZ // 1000
        share = zlib.crc32(f"{camera_id}/{stream}".encode()) % 1000 / 1000
        self._first_ticks = round(self._segment_ticks * (0.25 + 0.75 * share))
        self.waiting = 0
        """Packets let go because no key frame had come."""
        self._last: Packet | None = None
        self._last_duration = 0
        self._epoch_ns = 0
        self._parameters = CodecParameters(VideoCodec.H264, b"", 0, 0)
        self._samples: list[Sample] = []
        self._starts_segment = True
        self._due_dts = 0
        self._base_dts = 0
        self._base_wall_ns = 0
        self._fragment_bytes = 0
        self._segment_bytes = 0

    def push(self, packet: Packet) -> tuple[Step, ...]:
        """Take a packet; what is to be done because of it, in order. Mostly nothing."""
        last = self._last
        if last is None:
            if packet.is_keyframe:
                self._begin(packet, packet.dts + self._first_ticks)
            else:
                self.waiting += 1
            return ()
        duration = packet.dts - last.dts
        if (
            packet.epoch_ns != last.epoch_ns
            or not 0 <= duration <= HOLE_TICKS
            or (packet.parameters is not last.parameters and packet.parameters != last.parameters)
        ):
            steps = self.interrupt()
            return steps + self.push(packet)
        self._take(last, duration)
        self._last = packet
        if packet.is_keyframe:
            ready = self._flush(packet.wall_ns)
            if packet.dts < self._due_dts and self._segment_bytes < MAX_SEGMENT_BYTES:
                self._rebase(packet)
                return (ready,)
            due_dts = max(self._due_dts, packet.dts - self._segment_ticks) + self._segment_ticks
            end_wall_ns = last.wall_ns + _ns(duration)
            if abs(packet.wall_ns - end_wall_ns) <= _CONTIGUOUS_NS and packet.wall_ns > ready.wall_ns:
                end_wall_ns = packet.wall_ns
            self._begin(packet, due_dts)
            return ready, SegmentEnd(end_wall_ns)
        if (
            packet.dts + duration - self._base_dts > self._fragment_ticks
            or len(self._samples) >= MAX_FRAGMENT_SAMPLES
            or self._fragment_bytes + len(packet.data) > MAX_FRAGMENT_BYTES
        ):
            ready = self._flush(packet.wall_ns)
            self._rebase(packet)
            return (ready,)
        return ()

    def interrupt(self) -> tuple[Step, ...]:
        """End the segment at its last packet; the next one begins with a key frame."""
        last = self._last
        if last is None:
            return ()
        self._take(last, self._last_duration or _USUAL_DURATION)
        self._last = None
        ready = self._flush(0)
        return ready, SegmentEnd(ready.end_wall_ns)

    def discard(self) -> int:
        """Forget what was gathered and wait for a key frame; how many packets that were."""
        count = len(self._samples) + (self._last is not None)
        self._last = None
        self._samples = []
        return count

    def _begin(self, packet: Packet, due_dts: int) -> None:
        self._last = packet
        self._last_duration = 0
        self._epoch_ns = packet.epoch_ns
        self._parameters = packet.parameters
        self._starts_segment = True
        self._due_dts = due_dts
        self._segment_bytes = 0
        self._rebase(packet)

    def _rebase(self, packet: Packet) -> None:
        self._samples = []
        self._base_dts = packet.dts
        self._base_wall_ns = packet.wall_ns
        self._fragment_bytes = 0

    def _take(self, packet: Packet, duration: int) -> None:
        self._samples.append(Sample(duration, packet.pts - packet.dts, packet.is_keyframe, packet.data))
        self._fragment_bytes += len(packet.data)
        self._last_duration = duration

    def _flush(self, next_wall_ns: int) -> FragmentReady:
        samples = self._samples
        duration = sum(sample.duration for sample in samples)
        end_wall_ns = self._base_wall_ns + _ns(duration)
        # Jitter of the wall clock must not add up over a long segment; a step of it must not stretch the fragment.
        if abs(next_wall_ns - end_wall_ns) <= 100 * NS_PER_MS and next_wall_ns > self._base_wall_ns:
            end_wall_ns = next_wall_ns
        ready = FragmentReady(
            self._starts_segment,
            self._epoch_ns,
            self._parameters,
            self._base_dts,
            duration,
            self._base_wall_ns,
            end_wall_ns,
            self._fragment_bytes,
            samples,
        )
        self._segment_bytes += self._fragment_bytes
        self._starts_segment = False
        return ready


def _ns(ticks: int) -> int:
    return ticks * NS_PER_S // TIMESCALE_HZ
