"""Decides where fragments and segments begin and end; pure, one instance per stream.

- A segment begins with a key frame; what comes before the first one is counted and let go.
- A segment ends at the first key frame once it is ``segment_s`` long. The first is shorter by a share that depends on the stream's name,
  so that cameras that came up together don't all open files in the same second.
- It also ends where the packets no longer belong together: a new epoch, new codec parameters, decode time that runs backwards or
  jumps by more than ``HOLE_TICKS``.
- A fragment ends before a key frame, and before the packet with which it would last longer than ``fragment_ms``; the first of a run is shorter, so
  that something lies on disk soon after a start.
- Sound goes with the fragment in whose time it was heard. Sound that begins, or changes its configuration, inside a segment begins a new one at
  the next key frame; sound that ends does nothing.
- A packet's duration is known when the next one comes; the last of a segment is given that of the one before.
"""

from __future__ import annotations

import zlib
from collections import deque
from typing import Final

import msgspec

from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.media import TIMESCALE_HZ, AudioPacket, AudioParameters, CodecParameters, Packet, StreamKind, VideoCodec
from nvr.recording.fmp4 import Sample

HOLE_TICKS: Final = 2 * TIMESCALE_HZ
"""Silence inside an epoch after which the recording is cut, so that it shows as a gap and not as a still picture. Two seconds of pictures
that never came leave nothing to decode before the next key frame either."""
FIRST_FRAGMENT_MS: Final = 200
MAX_FRAGMENT_SAMPLES: Final = 512
MAX_FRAGMENT_BYTES: Final = 32 * 1024 * 1024
MAX_SEGMENT_BYTES: Final = 1 << 30
MAX_SOUND_BYTES: Final = 1024 * 1024
MAX_SOUND_PACKETS: Final = 2000
LATE_SOUND_NS: Final = 200 * NS_PER_MS
"""Sound may come so long after the picture with which a new segment began; it then stands at that segment's beginning."""
_USUAL_DURATION: Final = TIMESCALE_HZ // 25
_CONTIGUOUS_NS: Final = NS_PER_S


class AudioRun(msgspec.Struct, frozen=True, gc=False):
    """Sound of one configuration that belongs beside a fragment's pictures, in order."""

    parameters: AudioParameters
    packets: list[AudioPacket]


class FragmentReady(msgspec.Struct, frozen=True, gc=False):
    """Samples that belong into one fragment.

    Attributes:
        starts_segment: begins a new segment; then the first sample is a key frame.
        epoch_ns, parameters: those of all its packets.
        base_dts: decode time of the first sample in ticks of the epoch.
        duration: of all samples, in ticks.
        wall_ns: UTC nanoseconds of the first picture; ``end_wall_ns`` of the last one's end.
        size_bytes: of all samples' data, sound included.
        audio: the sound that was heard meanwhile, where there is any; that of a segment's first fragment decides whether its file has a track for it.
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
    audio: AudioRun | None = None


class SegmentEnd(msgspec.Struct, frozen=True, gc=False):
    """No more fragments in this segment. Where the next one follows without a hole, ``end_wall_ns`` is exactly its start."""

    end_wall_ns: int


Step = FragmentReady | SegmentEnd


class PendingSound:
    """Sound that waits for the pictures of its time. What comes while its segment has no track for it asks for a new segment."""

    def __init__(self) -> None:
        self._waiting: deque[AudioPacket] = deque()
        self._waiting_bytes = 0
        self._track: AudioParameters | None = None
        self.wants_cut = False
        self.dropped = 0

    def push(self, packet: AudioPacket) -> None:
        """The newest; the oldest go where too much waits, because no picture comes."""
        self._waiting.append(packet)
        self._waiting_bytes += len(packet.data)
        while self._waiting_bytes > MAX_SOUND_BYTES or len(self._waiting) > MAX_SOUND_PACKETS:
            self._drop()

    def _drop(self) -> None:
        self._waiting_bytes -= len(self._waiting.popleft().data)
        self.dropped += 1

    def take(self, from_wall_ns: int, to_wall_ns: int | None, *, starts_segment: bool) -> AudioRun | None:
        """What was heard before ``to_wall_ns`` (None: all), and fits the segment's track.

        Args:
            from_wall_ns: of the fragment; what is older by more than ``LATE_SOUND_NS`` is let go where a segment begins.
            starts_segment: the track is what comes now.
        """
        if starts_segment:
            self._track, self.wants_cut = None, False
            while self._waiting and self._waiting[0].wall_ns < from_wall_ns - LATE_SOUND_NS:
                self._drop()
        taken: list[AudioPacket] = []
        while self._waiting and (to_wall_ns is None or self._waiting[0].wall_ns < to_wall_ns):
            packet = self._waiting[0]
            if self._track is None and starts_segment:
                self._track = packet.parameters
            if packet.parameters is not self._track and packet.parameters != self._track:
                self.wants_cut = True
                break
            self._waiting_bytes -= len(packet.data)
            taken.append(self._waiting.popleft())
        return AudioRun(self._track, taken) if taken and self._track is not None else None


class Segmenter:
    """The state of one stream between packets.

    Args:
        segment_s: length after which the next key frame begins a new segment.
        fragment_ms: longest fragment; the first one is no longer than ``FIRST_FRAGMENT_MS``.
    """

    def __init__(self, camera_id: str, stream: StreamKind, *, segment_s: float, fragment_ms: int) -> None:
        self._segment_ticks = round(segment_s * TIMESCALE_HZ)
        self._usual_ticks = fragment_ms * TIMESCALE_HZ // 1000
        self._fragment_ticks = min(fragment_ms, FIRST_FRAGMENT_MS) * TIMESCALE_HZ // 1000
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
        self._sound = PendingSound()

    def push_audio(self, packet: AudioPacket) -> None:
        """Take a packet of sound; it goes to disk with the pictures of its time."""
        self._sound.push(packet)

    @property
    def sound_dropped(self) -> int:
        """Packets of sound that no picture came for."""
        return self._sound.dropped

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
            if packet.dts < self._due_dts and self._segment_bytes < MAX_SEGMENT_BYTES and not self._sound.wants_cut:
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
        ready = self._flush(0, last=True)
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

    def _flush(self, next_wall_ns: int, *, last: bool = False) -> FragmentReady:
        samples = self._samples
        duration = sum(sample.duration for sample in samples)
        end_wall_ns = self._base_wall_ns + _ns(duration)
        # Jitter of the wall clock must not add up over a long segment; a step of it must not stretch the fragment.
        if abs(next_wall_ns - end_wall_ns) <= 100 * NS_PER_MS and next_wall_ns > self._base_wall_ns:
            end_wall_ns = next_wall_ns
        audio = self._sound.take(self._base_wall_ns, None if last else end_wall_ns, starts_segment=self._starts_segment)
        if audio is not None:
            self._fragment_bytes += sum(len(packet.data) for packet in audio.packets)
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
            audio,
        )
        self._segment_bytes += self._fragment_bytes
        self._starts_segment = False
        self._fragment_ticks = self._usual_ticks
        return ready


def _ns(ticks: int) -> int:
    return ticks * NS_PER_S // TIMESCALE_HZ
