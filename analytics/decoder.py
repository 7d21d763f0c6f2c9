"""Packets to luma planes: libavcodec through PyAV, one context per run of a stream, nothing copied.

Deblocking is left out by default (``skip_loop_filter``): the 4x4 means that the detector looks at hardly change, and a fifth to a quarter of
the decoding time is saved (docs/design/motion.md). A damaged stream never raises: it is counted, and decoding goes on at the next key frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import av
import av.error
import numpy as np
from av.codec.context import CodecContext, Flags
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from nvr.media import TIMESCALE_HZ, CodecParameters, Packet, VideoCodec

MAX_PIXELS: Final = 4096 * 2304
"""Larger pictures are refused by libavcodec before it allocates: a hostile stream can't fill the memory."""

_NAMES: Final = {VideoCodec.H264: "h264", VideoCodec.H265: "hevc", VideoCodec.MJPEG: "mjpeg"}
_EIGHT_BIT_LUMA: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"}
)
_HELD: Final = 32  # packets whose frames may still come out of a reordering decoder


@dataclass(frozen=True, slots=True)
class DecoderSettings:
    """How to decode.

    Attributes:
        skip_loop_filter: leave out deblocking (H.264 section 8.7): cheaper, slightly blocky, drifting until the next key frame.
    """

    skip_loop_filter: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture.

    Attributes:
        luma: (H, W) uint8, read-only, rows contiguous, row stride as the decoder has it; a view on the decoder's buffer, which it keeps alive.
        wall_ns: of the packet.
        media_ns: pts in nanoseconds since the epoch began; orders and measures.
        is_keyframe: whether the packet was one.
        picture: PyAV's frame, for ``colour``.
    """

    luma: NDArray[np.uint8]
    wall_ns: int
    media_ns: int
    is_keyframe: bool
    picture: VideoFrame = field(repr=False)

    def colour(self) -> NDArray[np.uint8]:
        """The picture as (H, W, 3) uint8 in the order blue, green, red; converts, so some milliseconds: for snapshots only."""
        return self.picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


@dataclass(slots=True)
class DecoderCounters:
    """What a decoder did; only ever grows."""

    frames: int = 0
    errors: int = 0
    skipped: int = 0  # packets passed over while waiting for a key frame
    restarts: int = 0


class Decoder:
    """One stream's decoder. A new epoch or new parameters begin a new context by themselves."""

    def __init__(self, settings: DecoderSettings | None = None) -> None:
        self._settings = settings or DecoderSettings()
        self._context: VideoCodecContext | None = None
        self._epoch_ns: int | None = None
        self._parameters: CodecParameters | None = None
        self._wait_for_keyframe = True
        self._times: dict[int, tuple[int, bool]] = {}
        self._drained: Packet | None = None  # the key frame after which the context was emptied
        self._shown_pts: int | None = None
        self.counters = DecoderCounters()

    def decode(self, packet: Packet, *, at_once: bool = False) -> Iterator[Frame]:
        """The pictures that this packet completes, mostly one; none while waiting for a key frame. Never raises on bad data.

        Args:
            packet: the next one of the stream.
            at_once: a key frame's picture is wanted now, though the stream reorders (B-frames) and the decoder would hold it back for the next
                packets, which may never be fed. Where it did hold it back, going on after the key frame decodes that a second time.
        """
        if packet.epoch_ns != self._epoch_ns or packet.parameters != self._parameters:
            self._context = self._drained = None
            self._epoch_ns, self._parameters = packet.epoch_ns, packet.parameters
            self._wait_for_keyframe = True
            self.counters.restarts += 1
        if self._wait_for_keyframe and not packet.is_keyframe:
            self.counters.skipped += 1
            return
        if not packet.data:
            self._fail()  # libavcodec would take it as the end of the stream
            return
        try:
            if self._context is None:
                self._context = _open(packet.parameters, self._settings)
            data = av.Packet(packet.data)
            data.pts, data.dts = packet.pts, packet.dts
            self._times[packet.pts] = (packet.wall_ns, packet.is_keyframe)
            self._wait_for_keyframe = False
            pictures = self._pictures(self._context, data, packet, at_once=at_once)
        except (av.error.FFmpegError, ValueError, MemoryError, OverflowError):
            self._fail()
            return
        for picture in pictures:
            if self._drained is None and picture.pts == self._shown_pts:
                self._shown_pts = None  # the key frame that was decoded a second time
                continue
            frame = self._frame(picture, packet)
            if frame is None:
                self._fail()
                return
            self.counters.frames += 1
            yield frame
        while len(self._times) > _HELD:
            del self._times[next(iter(self._times))]

    def _pictures(
        self, context: VideoCodecContext, data: av.Packet[Stream], packet: Packet, *, at_once: bool
    ) -> list[VideoFrame]:
        drained, self._drained = self._drained, None
        if drained is not None and not packet.is_keyframe:
            again = av.Packet(drained.data)
            again.pts, again.dts = drained.pts, drained.dts
            return [picture for each in (again, data) for picture in context.decode(each)]
        pictures = context.decode(data)
        if at_once and packet.is_keyframe and not pictures:
            pictures = context.decode(None)
            context.flush_buffers()
            self._drained, self._shown_pts = packet, packet.pts
        return pictures

    def _frame(self, picture: VideoFrame, packet: Packet) -> Frame | None:
        pts = packet.pts if picture.pts is None else picture.pts
        wall_ns, is_keyframe = self._times.pop(pts, (packet.wall_ns, packet.is_keyframe))
        if picture.is_corrupt or picture.format.name not in _EIGHT_BIT_LUMA:
            return None
        plane = picture.planes[0]
        if plane.line_size < picture.width:
            return None
        luma: NDArray[np.uint8] = np.ndarray(
            (picture.height, picture.width),
            np.uint8,
            buffer=plane,  # type: ignore[arg-type]  # PyAV's planes have the buffer protocol, its stubs do not say so
            strides=(plane.line_size, 1),
        )
        luma.flags.writeable = False
        return Frame(luma, wall_ns, pts * 1_000_000_000 // TIMESCALE_HZ, is_keyframe, picture)

    def skip(self) -> None:
        """Packets were left out on purpose: what follows can only be decoded from the next key frame on."""
        if self._context is not None and not self._wait_for_keyframe:
            self._context.flush_buffers()  # pictures held back for reordering would come out late, beside the next key frame
        self._wait_for_keyframe = True
        self._drained = None

    def _fail(self) -> None:
        # What the context holds may be poisoned; a new one costs less than a millisecond and stands at a key frame anyway.
        self._context = None
        self._times.clear()
        self._wait_for_keyframe = True
        self._drained = None
        self.counters.errors += 1


def _open(parameters: CodecParameters, settings: DecoderSettings) -> VideoCodecContext:
    context = CodecContext.create(_NAMES[parameters.codec], "r")
    if not isinstance(context, VideoCodecContext):
        raise TypeError(f"{parameters.codec} is no video codec")
    context.extradata = parameters.extradata
    context.thread_count = 1  # threads of one decoder would each hold a frame back
    context.flags |= Flags.low_delay
    context.options = {
        "max_pixels": str(MAX_PIXELS),
        "skip_loop_filter": "all" if settings.skip_loop_filter else "default",
    }
    return context
