"""RTCP sender reports (RFC 3550 section 6.4.1): the map from RTP time to wall time, by which a recorder dates what it gets."""

from __future__ import annotations

import struct
from typing import Final

from nvr.clock import NS_PER_S

NTP_EPOCH_OFFSET_S: Final = 2_208_988_800
"""Seconds from 1900-01-01 to 1970-01-01 (RFC 5905 section 6)."""

_SR, _SDES, _CNAME = 200, 202, 1


def sender_report(*, ssrc: int, wall_ns: int, timestamp: int, packets: int, payload_bytes: int, name: str) -> bytes:
    """A compound packet: sender report and, as RFC 3550 section 6.1 demands, a source description with the canonical name.

    Args:
        ssrc: of the stream.
        wall_ns: UTC time of the instant that both clocks are given for.
        timestamp: RTP timestamp of that same instant, wraps.
        packets: sent so far, wraps.
        payload_bytes: sent so far without headers, wraps.
        name: CNAME, at most 255 bytes.
    """
    seconds, rest_ns = divmod(wall_ns, NS_PER_S)
    fraction = (rest_ns << 32) // NS_PER_S
    report = struct.pack(
        ">BBHIIIIII",
        0x80,
        _SR,
        6,
        ssrc,
        (seconds + NTP_EPOCH_OFFSET_S) & 0xFFFF_FFFF,
        fraction,
        timestamp & 0xFFFF_FFFF,
        packets & 0xFFFF_FFFF,
        payload_bytes & 0xFFFF_FFFF,
    )
    text = name.encode()
    chunk = struct.pack(">IBB", ssrc, _CNAME, len(text)) + text
    # The item list ends with a zero byte and is filled up to a 32-bit boundary (section 6.5).
    chunk += b"\0" * (4 - len(chunk) % 4)
    return report + struct.pack(">BBH", 0x81, _SDES, len(chunk) // 4) + chunk
