"""What a camera sends, as plain values: no library's objects, so that nothing here can be changed by a muxer.

Timestamps follow RFC 3550 / RFC 6184 for video: a 90 kHz clock (``TIMESCALE_HZ``), unwrapped to 64 bit by
``ingest.timestamps``. ``wall_ns`` is the server's UTC time of the frame, see docs/design/time.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TIMESCALE_HZ: Final = 90_000
"""Ticks a second of every video pts and dts (RFC 6184 section 5.1: H.264 always uses 90 kHz)."""

CAMERA_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
"""What a camera id may look like: it becomes a folder name, a bus topic and part of a URL."""


class StreamKind(StrEnum):
    """Which of a camera's streams: the one that is recorded, or the small one that is analysed."""

    MAIN = "main"
    SUB = "sub"


class VideoCodec(StrEnum):
    """Codecs that ingest takes apart and the recorder writes."""

    H264 = "h264"
    H265 = "h265"
    MJPEG = "mjpeg"


@dataclass(frozen=True, slots=True)
class CodecParameters:
    """What a decoder needs before the first packet.

    Attributes:
        codec: which codec.
        extradata: the body of ``avcC`` (ISO/IEC 14496-15 section 5.3.3.1) or ``hvcC`` (section 8.3.3.1), as it stands
            in the MP4 sample entry; libavcodec takes the same bytes as ``extradata``. Empty for Motion JPEG.
        width_px: coded picture width after cropping.
        height_px: coded picture height after cropping.
    """

    codec: VideoCodec
    extradata: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Packet:
    """One access unit: everything of one picture.

    Attributes:
        camera_id: which camera.
        stream: main or sub.
        epoch_ns: wall_ns at which this run began. A new connection, or new codec parameters, is a new epoch; pts and dts
            are only comparable inside one.
        seq: counts the packets of this stream of this worker's run from 0; a hole means packets were dropped on the way.
        pts: presentation time in 90 kHz ticks since the epoch began.
        dts: decode time likewise; non-decreasing inside an epoch.
        is_keyframe: decodable by itself (IDR, an H.265 IRAP, any JPEG).
        wall_ns: server's UTC time of the picture.
        parameters: decoder configuration; the same object for the whole epoch.
        data: the NAL units, each with a 4-byte big-endian length in front (ISO/IEC 14496-15), parameter sets and SEI kept as
            the camera sent them; of Motion JPEG a whole JPEG file.
    """

    camera_id: str
    stream: StreamKind
    epoch_ns: int
    seq: int
    pts: int
    dts: int
    is_keyframe: bool
    wall_ns: int
    parameters: CodecParameters
    data: bytes


class AudioCodec(StrEnum):
    """Sound that ingest takes and the recorder writes."""

    AAC = "aac"
    PCMU = "pcmu"
    PCMA = "pcma"


@dataclass(frozen=True, slots=True)
class AudioParameters:
    """What a decoder of sound needs before the first frame.

    Attributes:
        codec: which codec.
        config: AAC's AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1); empty for G.711.
        rate_hz: samples a second, and ticks of its clock.
        channels: 1 or more.
        frame_samples: samples of a frame of AAC, 1024 or 960; of G.711 each packet has its own.
    """

    codec: AudioCodec
    config: bytes
    rate_hz: int
    channels: int
    frame_samples: int = 1024


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """A frame of AAC, or the bytes of one RTP packet of G.711.

    Attributes:
        wall_ns: UTC on the server's time line of its first sample.
        samples: how many samples of each channel.
        parameters: the same object for a whole connection.
    """

    camera_id: str
    stream: StreamKind
    wall_ns: int
    samples: int
    parameters: AudioParameters
    data: bytes
