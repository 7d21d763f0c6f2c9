"""Writes RTP as a camera does, independently of the code under test (RFC 3550, 6184, 7798), and small H.264 and H.265 streams."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np

PAYLOAD_TYPE = 96


@dataclass(frozen=True)
class Clip:
    """An encoded clip: decoder configuration as libavcodec writes it into MP4, and its pictures as lists of NAL units."""

    extradata: bytes
    parameter_sets: list[bytes]
    pictures: list[list[bytes]]
    pts: list[int]
    reorder_frames: int


def nal_units(data: bytes) -> list[bytes]:
    """Split at 4-byte lengths."""
    found = []
    while data:
        size = int.from_bytes(data[:4])
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found


def _annex_b(data: bytes) -> list[bytes]:
    return [nal.rstrip(b"\0") for nal in data.replace(b"\0\0\1", b"\0\0\0\1").split(b"\0\0\0\1") if nal.rstrip(b"\0")]


@cache
def encoded_clip(
    codec: str = "libx264", width_px: int = 128, height_px: int = 96, frames: int = 30, b_frames: int = 0, gop: int = 10
) -> Clip:
    """Noise, encoded by libx264 or libx265; pts in units of 3600 ticks of 90 kHz."""
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width_px, height_px, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.gop_size, context.max_b_frames = gop, b_frames
    tuning = f"keyint={gop}:scenecut=0:bframes={b_frames}:b-adapt=0:b-pyramid=" + (
        "none" if codec == "libx264" else "0"
    )
    if codec == "libx264":
        context.options = {"preset": "ultrafast", "x264-params": tuning}
    else:
        context.options = {"preset": "ultrafast", "x265-params": f"log-level=none:open-gop=0:{tuning}"}
    rng = np.random.default_rng(5)
    packets = []
    for index in range(frames):
        frame = av.VideoFrame.from_ndarray(
            rng.integers(0, 255, (height_px * 3 // 2, width_px), dtype=np.uint8), "yuv420p"
        )
        frame.pts = index
        packets += context.encode(frame)
    packets += context.encode(None)
    pictures = [_annex_b(bytes(packet)) for packet in packets]
    wanted = (7, 8) if codec == "libx264" else (32, 33, 34)
    shift, mask = (0, 31) if codec == "libx264" else (1, 63)
    sets = [nal for nal in pictures[0] if nal[0] >> shift & mask in wanted]
    pts = [(packet.pts or 0) * 3600 for packet in packets]
    return Clip(b"", sets, pictures, pts, b_frames)


def payloads(nals: list[bytes], limit: int = 1400, codec: str = "h264", *, aggregate: bool = False) -> list[bytes]:
    """RTP payloads of one picture: fragmentation units where a NAL unit is longer than ``limit``, else single ones or aggregates."""
    header = 1 if codec == "h264" else 2
    out: list[bytes] = []
    small: list[bytes] = []

    def flush() -> None:
        if len(small) == 1:
            out.append(small[0])
        elif small:
            body = b"".join(len(nal).to_bytes(2) + nal for nal in small)
            out.append((b"\x78" if codec == "h264" else b"\x60\x01") + body)
        small.clear()

    for nal in nals:
        if len(nal) <= limit:
            if not aggregate:
                flush()
            small.append(nal)
            continue
        flush()
        step = max(1, limit - header - 1)
        pieces = [nal[i : i + step] for i in range(header, len(nal), step)]
        for index, piece in enumerate(pieces):
            edge = (0x80 if index == 0 else 0) | (0x40 if index == len(pieces) - 1 else 0)
            if codec == "h264":
                prefix = bytes((nal[0] & 0xE0 | 28, edge | nal[0] & 31))
            else:
                prefix = bytes((nal[0] & 0x81 | 49 << 1, nal[1], edge | nal[0] >> 1 & 63))
            out.append(prefix + piece)
    flush()
    return out


def rtp(
    payload: bytes,
    sequence: int,
    timestamp: int,
    *,
    marker: bool = False,
    ssrc: int = 0x1234,
    payload_type: int = PAYLOAD_TYPE,
) -> bytes:
    """An RTP packet with the plain header."""
    kind = payload_type | (0x80 if marker else 0)
    return struct.pack(">BBHII", 0x80, kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def stream_packets(
    pictures: list[list[bytes]],
    *,
    first_sequence: int = 0,
    first_timestamp: int = 0,
    timestamps: list[int] | None = None,
    limit: int = 1400,
    codec: str = "h264",
    aggregate: bool = False,
    ssrc: int = 0x1234,
) -> list[list[bytes]]:
    """RTP packets of each picture, numbered on from ``first_sequence``."""
    sequence = first_sequence
    out = []
    for index, nals in enumerate(pictures):
        ticks = first_timestamp + (timestamps[index] if timestamps is not None else index * 3600)
        parts = payloads(nals, limit, codec, aggregate=aggregate)
        out.append(
            [
                rtp(payload, sequence + number, ticks, marker=number == len(parts) - 1, ssrc=ssrc)
                for number, payload in enumerate(parts)
            ]
        )
        sequence += len(parts)
    return out


def interleaved(packet: bytes, channel: int = 0) -> bytes:
    """An RTP packet inside the RTSP connection (RFC 2326 section 10.12)."""
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet


def with_lengths(nals: list[bytes]) -> bytes:
    """NAL units as ``Packet.data`` holds them."""
    return b"".join(len(nal).to_bytes(4) + nal for nal in nals)
