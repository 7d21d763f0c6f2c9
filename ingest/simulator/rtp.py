"""H.264 access units as RTP packets (RFC 3550 section 5.1, RFC 6184 sections 5.6 to 5.8), prepared once and stamped on every sending.

A prepared frame is one run of bytes in the framing of RTSP's interleaved mode (RFC 2326 section 10.12): per packet ``$``, channel 0, a 16-bit length, then
the packet. Sequence number, timestamp and SSRC are the only bytes that differ between two sendings and stand side by side.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

PAYLOAD_TYPE: Final = 96
"""The first dynamic payload type (RFC 3551 section 6)."""

MAX_PAYLOAD_BYTES: Final = 1400
"""Fits an Ethernet frame of 1500 bytes with IP, UDP and RTP headers and room for a tunnel's."""

PREFIX_BYTES: Final = 4
HEADER_BYTES: Final = 12

_SPS, _PPS, _SEI, _AUD = 7, 8, 6, 9
_STAP_A, _FU_A = 24, 28
_PREFIX_AND_HEADER = struct.Struct(">cBHBBHII")
_STAMP = struct.Struct(">HII")
_STAMP_OFFSET = PREFIX_BYTES + 2
_VERSION_2 = 0x80
_MARKER = 0x80


@dataclass(frozen=True, slots=True)
class PreparedFrame:
    """A picture's packets.

    Attributes:
        blob: all packets in interleaved framing, with zeros for sequence number, timestamp and SSRC.
        offsets: where each packet's ``$`` stands in the blob.
        keyframe: an IDR picture with its parameter sets.
    """

    blob: bytes
    offsets: tuple[int, ...]
    keyframe: bool

    @property
    def payload_bytes(self) -> int:
        """Bytes that count as sender's octets (RFC 3550 section 6.4.1): no headers."""
        return len(self.blob) - len(self.offsets) * (PREFIX_BYTES + HEADER_BYTES)

    def stamp(self, sequence: int, timestamp: int, ssrc: int) -> bytearray:
        """The blob ready to be sent; ``sequence`` is the first packet's, and all three wrap.

        A loop over ``pack_into``: for the eight packets of a common frame it takes a third of the time of numpy's fancy indexing
        (benchmarks/simulator_cost.py measures both).
        """
        data = bytearray(self.blob)
        timestamp &= 0xFFFF_FFFF
        pack_into = _STAMP.pack_into
        for offset in self.offsets:
            pack_into(data, offset + _STAMP_OFFSET, sequence & 0xFFFF, timestamp, ssrc)
            sequence += 1
        return data


def split_nal_units(access_unit: bytes) -> list[bytes]:
    """The NAL units of an access unit in Annex B format, without start codes (ITU-T H.264 B.1.1)."""
    units = []
    start = access_unit.find(b"\0\0\1")
    while start >= 0:
        start += 3
        following = access_unit.find(b"\0\0\1", start)
        # Zero bytes before a start code belong to it, not to the NAL unit (which never ends in a zero byte).
        unit = access_unit[start : following if following >= 0 else len(access_unit)].rstrip(b"\0")
        if unit:
            units.append(unit)
        start = following
    return units


def parameter_sets(access_unit: bytes) -> tuple[bytes, bytes]:
    """SPS and PPS of a key frame.

    Raises:
        ValueError: it has none.
    """
    by_type = {unit[0] & 0x1F: unit for unit in split_nal_units(access_unit)}
    if _SPS not in by_type or _PPS not in by_type:
        raise ValueError("the access unit has no parameter sets")
    return by_type[_SPS], by_type[_PPS]


def packetise(access_unit: bytes, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> list[bytes]:
    """RTP payloads: SPS and PPS together as STAP-A, small NAL units as they are, large ones as FU-A (RFC 6184 sections 5.7.1, 5.6, 5.8).

    Access unit delimiters and SEI (the encoder's advertisement of its settings) are left out.
    """
    payloads: list[bytes] = []
    sets: list[bytes] = []
    for unit in split_nal_units(access_unit):
        kind = unit[0] & 0x1F
        if kind in {_SEI, _AUD}:
            continue
        if kind in {_SPS, _PPS}:
            sets.append(unit)
            continue
        payloads += _fragments(unit, max_payload_bytes)
    if sets:
        payloads.insert(0, _aggregate(sets))
    return payloads


def prepare(access_unit: bytes, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> PreparedFrame:
    """Everything about an access unit's packets that does not depend on when they are sent."""
    payloads = packetise(access_unit, max_payload_bytes)
    parts: list[bytes] = []
    offsets: list[int] = []
    position = 0
    for index, payload in enumerate(payloads):
        marker = _MARKER if index == len(payloads) - 1 else 0
        length = HEADER_BYTES + len(payload)
        parts.append(_PREFIX_AND_HEADER.pack(b"$", 0, length, _VERSION_2, marker | PAYLOAD_TYPE, 0, 0, 0))
        parts.append(payload)
        offsets.append(position)
        position += PREFIX_BYTES + length
    keyframe = any(unit[0] & 0x1F == _SPS for unit in split_nal_units(access_unit[:256]))
    return PreparedFrame(b"".join(parts), tuple(offsets), keyframe)


def _aggregate(units: list[bytes]) -> bytes:
    importance = max(unit[0] & 0x60 for unit in units)
    return bytes([importance | _STAP_A]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def _fragments(unit: bytes, max_payload_bytes: int) -> list[bytes]:
    if len(unit) <= max_payload_bytes:
        return [unit]
    indicator = unit[0] & 0xE0 | _FU_A
    kind = unit[0] & 0x1F
    room = max_payload_bytes - 2
    pieces = [unit[start : start + room] for start in range(1, len(unit), room)]
    last = len(pieces) - 1
    return [
        bytes([indicator, (0x80 if index == 0 else 0) | (0x40 if index == last else 0) | kind]) + piece
        for index, piece in enumerate(pieces)
    ]
