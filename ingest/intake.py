"""From RTP packets to ``nvr.media.Packet``: depacketiser, times and epochs of one connection, and what is counted on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingest.access_unit import AccessUnitBuilder, UnitSink
from ingest.h264 import H264Depacketizer
from ingest.h265 import H265Depacketizer
from ingest.mjpeg import JpegDepacketizer
from ingest.parameters import StreamParameters
from ingest.rtp import RtpReceiver, sender_report_wall_ns
from ingest.sdp import VideoDescription
from ingest.timestamps import Timeline
from nvr.clock import NS_PER_S, Clock
from nvr.errors import StreamMalformed
from nvr.media import Packet, StreamKind, VideoCodec

MAX_EPOCHS: Final = 8
EPOCH_WINDOW_S: Final = 60
"""A camera that begins more epochs than ``MAX_EPOCHS`` in this time inside a connection is cut off: each costs a file on disk."""

PacketSink = Callable[[Packet], None]


@dataclass(slots=True)
class StreamCounters:
    """What a stream did in this worker's run, over all its connections; and how large its newest pictures are (0: none came yet)."""

    packets: int = 0
    bytes: int = 0
    keyframes: int = 0
    before_keyframe: int = 0
    damaged: int = 0
    lost: int = 0
    late: int = 0
    malformed: int = 0
    restarts: int = 0
    reordered: int = 0
    received_bytes: int = 0
    last_packet_wall_ns: int = 0
    camera_clock_offset_ns: int = 0
    width_px: int = 0
    height_px: int = 0


_DEPACKETIZERS: Final[dict[VideoCodec, Callable[[UnitSink], AccessUnitBuilder]]] = {
    VideoCodec.H264: H264Depacketizer,
    VideoCodec.H265: H265Depacketizer,
    VideoCodec.MJPEG: JpegDepacketizer,
}


class StreamIntake:
    """Takes the RTP of one connection and hands out packets. Everything happens inside ``rtp``; nothing is queued.

    Attributes:
        last_unit_ns: monotonic time of the last whole picture, delivered or not; the stall watch looks at it.
    """

    def __init__(
        self,
        camera_id: str,
        stream: StreamKind,
        description: VideoDescription,
        *,
        timeline: Timeline,
        counters: StreamCounters,
        clock: Clock,
        sink: PacketSink,
        on_first: Callable[[], None],
    ) -> None:
        self._camera_id = camera_id
        self._stream = stream
        self._timeline = timeline
        self._counters = counters
        self._clock = clock
        self._sink = sink
        self._on_first = on_first
        self._parameters: StreamParameters | None = None
        self._offered: StreamParameters | None = None
        self._epoch_ns = -1
        self._epochs_at_ns: deque[int] = deque(maxlen=MAX_EPOCHS)
        self.last_unit_ns = clock.monotonic_ns()
        self._depacketizer = _DEPACKETIZERS[description.codec](self._unit)
        for nal in description.parameter_sets:
            self._depacketizer.offer(nal)
        self._receiver = RtpReceiver(self._depacketizer, description.payload_type, timeline.rebase)
        self.rtp = self._receiver.packet
        self.keep = self._depacketizer.keep

    @property
    def idle(self) -> bool:
        """Whether no view into the receive buffer is held."""
        return self._depacketizer.idle

    def rtcp(self, view: memoryview, start: int, stop: int) -> None:
        """Take up a compound RTCP packet: how far the camera's clock is from ours."""
        camera_ns = sender_report_wall_ns(view, start, stop)
        if camera_ns is not None:
            self._counters.camera_clock_offset_ns = camera_ns - self._clock.wall_ns()

    def settle(self) -> None:
        """Add this connection's losses to the stream's counters. Call it now and then, and at the end."""
        receiver, depacketizer, counters = self._receiver, self._depacketizer, self._counters
        counters.lost += receiver.lost
        counters.late += receiver.late
        counters.malformed += receiver.malformed
        counters.restarts += receiver.restarts
        counters.damaged += depacketizer.damaged_units
        receiver.lost = receiver.late = receiver.malformed = receiver.restarts = depacketizer.damaged_units = 0

    def _unit(self, data: bytes, rtp_timestamp: int, is_keyframe: bool) -> None:  # noqa: FBT001 - a UnitSink
        clock, counters = self._clock, self._counters
        monotonic_ns = clock.monotonic_ns()
        self.last_unit_ns = monotonic_ns
        if is_keyframe:
            offered = self._depacketizer.parameters
            if offered is not self._offered and offered is not None:
                self._offered = offered
                if self._parameters is None or offered != self._parameters:
                    self._parameters = offered
                    self._timeline.renew()
                counters.width_px, counters.height_px = offered.codec.width_px, offered.codec.height_px
        parameters = self._parameters
        if parameters is None:
            counters.before_keyframe += 1
            return
        stamp = self._timeline.stamp(
            rtp_timestamp,
            is_keyframe=is_keyframe,
            wall_ns=clock.wall_ns(),
            monotonic_ns=monotonic_ns,
            reorder_frames=parameters.reorder_frames,
        )
        if stamp is None:
            counters.before_keyframe += 1
            return
        if stamp.epoch_ns != self._epoch_ns:
            if self._epoch_ns < 0:
                self._on_first()
            self._epoch_ns = stamp.epoch_ns
            self._count_epoch(monotonic_ns)
        packet = Packet(
            self._camera_id,
            self._stream,
            stamp.epoch_ns,
            counters.packets,
            stamp.pts,
            stamp.dts,
            is_keyframe,
            stamp.wall_ns,
            parameters.codec,
            data,
        )
        counters.packets += 1
        counters.bytes += len(data)
        counters.keyframes += is_keyframe
        counters.last_packet_wall_ns = stamp.wall_ns
        self._sink(packet)

    def _count_epoch(self, monotonic_ns: int) -> None:
        epochs = self._epochs_at_ns
        if len(epochs) == MAX_EPOCHS and monotonic_ns - epochs[0] < EPOCH_WINDOW_S * NS_PER_S:
            raise StreamMalformed(
                f"the camera started anew {MAX_EPOCHS} times within {EPOCH_WINDOW_S} s",
                "restart the camera, or update its firmware",
            )
        epochs.append(monotonic_ns)
