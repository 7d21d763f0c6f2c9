"""Clips: what is rendered and encoded once. Every clip is a row of closed GOPs that begin with an IDR picture, and all clips of a stream share
one SPS and PPS, so that any GOP may follow any other on the RTP time line (ITU-T H.264 7.4.1.2.4: IDR pictures of neighbouring GOPs
are never adjacent, so their idr_pic_id is free).

The quantiser is constant: with rate control, the first key frame of a clip would differ in sharpness from the last of the clip before it,
which is movement to whoever compares pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

import av

from ingest.simulator.backdrop import SceneKind
from ingest.simulator.scene import Scene
from nvr.media import StreamKind

GENERATOR_VERSION: Final = 1
"""Part of the cache's key: raise it with every change that alters pictures or bitstreams."""


class ClipKind(StrEnum):
    """Nuisance only, or movement that enters and leaves."""

    QUIET = "quiet"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class StreamShape:
    """How a stream is made.

    Attributes:
        width_px: even.
        height_px: a multiple of 4.
        fps: pictures a second; divides 90,000.
        qp: x264's constant quantiser, 0..51.
        rain_qp: the same where it rains, which costs bits everywhere.
        preset: x264's preset.
    """

    width_px: int
    height_px: int
    fps: int
    qp: int
    rain_qp: int
    preset: str


@dataclass(frozen=True, slots=True)
class FleetShape:
    """How all clips of a fleet are made. GOPs of main and sub begin at the same instants."""

    main: StreamShape
    sub: StreamShape
    gop_s: int
    quiet_gops: int
    event_gops: int

    def stream(self, stream: StreamKind) -> StreamShape:
        """The shape of one of the two streams."""
        return self.main if stream is StreamKind.MAIN else self.sub

    def gops(self, clip: ClipKind) -> int:
        """How many GOPs a clip has."""
        return self.quiet_gops if clip is ClipKind.QUIET else self.event_gops

    def duration_s(self, clip: ClipKind) -> int:
        """How long a clip lasts."""
        return self.gops(clip) * self.gop_s


FULL_SHAPE: Final = FleetShape(
    main=StreamShape(1920, 1080, 25, qp=18, rain_qp=22, preset="superfast"),
    sub=StreamShape(640, 360, 10, qp=16, rain_qp=21, preset="veryfast"),
    gop_s=2,
    quiet_gops=4,
    event_gops=5,
)
"""What the control room is built for: 1080p25 to record, 360p10 to analyse."""

SMALL_SHAPE: Final = FleetShape(
    main=StreamShape(640, 360, 10, qp=24, rain_qp=28, preset="ultrafast"),
    sub=StreamShape(320, 180, 5, qp=22, rain_qp=28, preset="ultrafast"),
    gop_s=1,
    quiet_gops=2,
    event_gops=4,
)
"""For tests: a camera's clips are rendered and encoded in a fraction of a second."""


def render_clip(scene: Scene, shape: StreamShape, *, frames: int, gop_frames: int) -> Iterator[bytes]:
    """Render and encode: one access unit in Annex B format (ITU-T H.264 annex B) per picture, each GOP with SPS and PPS in front."""
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height = shape.width_px, shape.height_px
    encoder.pix_fmt = "yuv420p"
    encoder.framerate = Fraction(shape.fps)
    encoder.time_base = Fraction(1, shape.fps)
    encoder.thread_count = 1  # the pool's processes are the parallelism
    encoder.gop_size = gop_frames
    encoder.max_b_frames = 0
    qp = shape.rain_qp if scene.kind is SceneKind.RAIN else shape.qp
    settings = {
        "qp": qp,
        "keyint": gop_frames,
        "min-keyint": gop_frames,
        "scenecut": 0,
        "bframes": 0,
        "open-gop": 0,
        "stitchable": 1,
        "sliced-threads": 0,
        "slices": 1,
        "repeat-headers": 1,
        "annexb": 1,
        "rc-lookahead": 0,
        "colorprim": "bt709",
        "transfer": "bt709",
        "colormatrix": "bt709",
    }
    encoder.options = {
        "preset": shape.preset,
        "x264-params": ":".join(f"{key}={value}" for key, value in settings.items()),
    }
    for index in range(frames):
        picture = scene.render(index / shape.fps, (shape.width_px, shape.height_px))
        frame = av.VideoFrame.from_ndarray(picture.buffer, format="yuv420p")
        frame.pts = index
        for packet in encoder.encode(frame):
            yield bytes(packet)
    for packet in encoder.encode(None):
        yield bytes(packet)
