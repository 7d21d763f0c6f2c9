"""A camera at work: picks GOPs, stamps their frames and hands them to whoever watches, main and sub on one time line."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ingest.simulator.clip_files import Clip
from ingest.simulator.clips import ClipKind
from ingest.simulator.playlist import GopChoice, Playlist
from ingest.simulator.rtcp import sender_report
from ingest.simulator.rtp import PreparedFrame, parameter_sets, prepare
from ingest.simulator.truth import MovementWatch
from ingest.simulator.viewers import Viewer
from nvr.clock import NS_PER_S
from nvr.media import TIMESCALE_HZ, StreamKind

REPORT_INTERVAL_NS: Final = 5 * NS_PER_S
_MAX_LAG_NS: Final = 2 * NS_PER_S


@dataclass(frozen=True, slots=True)
class PreparedStream:
    """One stream of a scene, ready to be sent: ``gops[clip][gop][frame]``."""

    fps: int
    sps: bytes
    pps: bytes
    gops: Mapping[ClipKind, tuple[tuple[PreparedFrame, ...], ...]]


def prepare_streams(clips: Mapping[ClipKind, Clip], gop_s: int) -> dict[StreamKind, PreparedStream]:
    """Packetise a scene's clips. Cameras that show the same scene share the result.

    Raises:
        ValueError: the clips of a stream can't be chained, because their parameter sets differ.
    """
    streams = {}
    for stream in StreamKind:
        fps = clips[ClipKind.QUIET].truth.streams[stream].fps
        gop_frames = fps * gop_s
        sets = {parameter_sets(clip.access_units[stream][0]) for clip in clips.values()}
        if len(sets) != 1:
            raise ValueError("the clips of a stream differ in their parameter sets")
        sps, pps = sets.pop()
        gops = {}
        for kind, clip in clips.items():
            frames = [prepare(unit) for unit in clip.access_units[stream]]
            gops[kind] = tuple(tuple(frames[start : start + gop_frames]) for start in range(0, len(frames), gop_frames))
        streams[stream] = PreparedStream(fps, sps, pps, gops)
    return streams


class Feed:
    """One stream of one camera: the numbering of its packets and its viewers.

    All viewers get the same numbers and the same bytes, so that a second one costs a write and nothing else. A viewer begins with a key frame.
    """

    def __init__(self, name: str, source: PreparedStream, seed: str) -> None:
        numbers = random.Random(seed)
        self.source = source
        self.ticks_per_frame = TIMESCALE_HZ // source.fps
        self.viewers: list[Viewer] = []
        self._name = name
        self._ssrc = numbers.getrandbits(32)
        self._sequence = numbers.getrandbits(16)
        self._packets = 0
        self._payload_bytes = 0
        self._next_report_ns = 0
        self.gop: tuple[PreparedFrame, ...] = ()
        self.gop_timestamp = numbers.getrandbits(32)

    def next_keyframe(self, sent_frames: int, gop_ticks: int) -> tuple[int, int]:
        """(sequence number, timestamp) of the key frame that a new viewer begins with, for RTP-Info (RFC 2326 section 12.33)."""
        if not self.gop:
            return self._sequence & 0xFFFF, self.gop_timestamp & 0xFFFF_FFFF
        left = sum(len(frame.offsets) for frame in self.gop[sent_frames:])
        return (self._sequence + left) & 0xFFFF, (self.gop_timestamp + gop_ticks) & 0xFFFF_FFFF

    def send(self, index: int, wall_ns: int, now_ns: int) -> None:
        """Send frame ``index`` of the current GOP, captured at ``wall_ns``."""
        frame = self.gop[index]
        timestamp = self.gop_timestamp + index * self.ticks_per_frame
        if self.viewers:
            self._deliver(frame, timestamp, wall_ns, now_ns)
        self._sequence = self._sequence + len(frame.offsets) & 0xFFFF
        self._packets += len(frame.offsets)
        self._payload_bytes += frame.payload_bytes

    def _deliver(self, frame: PreparedFrame, timestamp: int, wall_ns: int, now_ns: int) -> None:
        report = None
        data = None
        due = now_ns >= self._next_report_ns
        if due:
            self._next_report_ns = now_ns + REPORT_INTERVAL_NS
        for viewer in self.viewers:
            beginner = not viewer.started
            if beginner and not frame.keyframe:
                continue
            viewer.started = True
            if due or beginner:
                # The first report goes before the first picture, so that a recorder can date it.
                report = report or sender_report(
                    ssrc=self._ssrc,
                    wall_ns=wall_ns,
                    timestamp=timestamp,
                    packets=self._packets,
                    payload_bytes=self._payload_bytes,
                    name=self._name,
                )
                viewer.send_report(report)
            data = data or frame.stamp(self._sequence, timestamp, self._ssrc)
            viewer.send_frame(data, frame.offsets)


class CameraPlayer:
    """One camera's time line. ``due_ns`` says when ``play`` wants to be called; both are on the monotonic clock."""

    def __init__(
        self,
        camera_id: str,
        *,
        clips: Mapping[ClipKind, Clip],
        streams: Mapping[StreamKind, PreparedStream],
        gop_s: int,
        playlist: Playlist,
        watch: MovementWatch,
        start_ns: int,
        seed: str,
    ) -> None:
        self.camera_id = camera_id
        self.playlist = playlist
        self.watch = watch
        self.feeds = {
            stream: Feed(f"{camera_id}-{stream}", source, f"{seed}/{camera_id}/{stream}")
            for stream, source in streams.items()
        }
        self.choice = GopChoice(ClipKind.QUIET, 0)
        self.events_begun = 0
        self._clips = clips
        self._gop_s = gop_s
        self._steps = _steps({stream: source.fps for stream, source in streams.items()}, gop_s)
        self._gop_start_ns = start_ns
        self._step = 0

    @property
    def due_ns(self) -> int:
        """When the next frame is due."""
        return self._gop_start_ns + self._steps[self._step][0]

    def play(self, until_ns: int, now_ns: int, wall_ns: int) -> None:
        """Send everything that is due up to ``until_ns``. ``wall_ns`` is the UTC time of ``now_ns``."""
        while self.due_ns <= until_ns:
            offset_ns, frames = self._steps[self._step]
            if self._step == 0:
                self._begin_gop(now_ns, wall_ns)
            captured_ns = wall_ns - now_ns + self._gop_start_ns + offset_ns
            for stream, index in frames:
                feed = self.feeds[stream]
                feed.send(index, captured_ns, now_ns)
                if self.watch.moving:
                    self.watch.frame_sent(stream, self.choice.index * len(feed.gop) + index, wall_ns)
            self._step += 1
            if self._step == len(self._steps):
                self._step = 0
                self._gop_start_ns += self._gop_s * NS_PER_S

    def next_keyframe(self, stream: StreamKind) -> tuple[int, int]:
        """(sequence number, timestamp) that a viewer who comes now begins with."""
        offset_ns = self._steps[self._step][0]
        feed = self.feeds[stream]
        sent = -(-offset_ns * feed.source.fps // NS_PER_S) if self._step else len(feed.gop)
        return feed.next_keyframe(sent, self._gop_s * TIMESCALE_HZ)

    def _begin_gop(self, now_ns: int, wall_ns: int) -> None:
        # After a stall (a suspended machine) frames are skipped, as a camera would, not sent in one heap: the timestamps jump with the clock.
        skipped = max(0, (now_ns - self._gop_start_ns - _MAX_LAG_NS) // (self._gop_s * NS_PER_S) + 1)
        self._gop_start_ns += skipped * self._gop_s * NS_PER_S
        self.choice = self.playlist.next_gop()
        for feed in self.feeds.values():
            if feed.gop:
                feed.gop_timestamp += (1 + skipped) * self._gop_s * TIMESCALE_HZ
            feed.gop = feed.source.gops[self.choice.clip][self.choice.index]
        if self.choice.index == 0:
            self.events_begun += self.choice.clip is ClipKind.EVENT
            due_wall_ns = wall_ns - now_ns + self._gop_start_ns
            self.watch.clip_begins(self._clips[self.choice.clip].truth, due_wall_ns)


def _steps(fps: Mapping[StreamKind, int], gop_s: int) -> tuple[tuple[int, tuple[tuple[StreamKind, int], ...]], ...]:
    """The instants of a GOP: (offset in ns, the frames that are due then)."""
    by_offset: dict[int, list[tuple[StreamKind, int]]] = {}
    for stream, rate in fps.items():
        for index in range(rate * gop_s):
            by_offset.setdefault(index * NS_PER_S // rate, []).append((stream, index))
    return tuple((offset, tuple(frames)) for offset, frames in sorted(by_offset.items()))
