"""Puts the payloads of RTP packets together to access units: what H.264 (RFC 6184) and H.265 (RFC 7798) have in common.

The receive buffer is not copied packet by packet: an open access unit is a list of views into it, joined once when the unit is
whole. ``keep`` turns the views into bytes when the buffer is about to be used again, which happens for large units only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ingest.parameters import ParameterSets, StreamParameters
from nvr.errors import StreamMalformed

MAX_UNIT_BYTES: Final = 8 * 1024 * 1024
"""Largest access unit taken: four times the key frame of an 8K camera."""

MAX_UNIT_PIECES: Final = 20_000
"""Bounds the objects that a camera which sends one byte per packet can make us hold."""

UnitSink = Callable[[bytes, int, bool], None]
"""Called with (NAL units with 4-byte lengths, RTP timestamp, whether it is a key frame)."""

_NO_TIMESTAMP: Final = -1


class AccessUnitBuilder:
    """Base of the depacketisers. A codec's class appends pieces; this one decides where units begin, end and are whole.

    A unit ends with the marker bit, or where the timestamp changes (cameras forget the marker). It is whole when nothing was lost
    inside it and its first slice is the picture's first (``first_mb_in_slice`` 0, one bit in both codecs): so a loss between two units
    costs none, and what is not whole is dropped and counted, never handed on.
    """

    __slots__ = (
        "_broken",
        "_emitted_timestamp",
        "_fragment_at",
        "_fragment_bytes",
        "_is_keyframe",
        "_kept",
        "_marker_ends_unit",
        "_on_unit",
        "_picture_seen",
        "_pieces",
        "_sets",
        "_timestamp",
        "_unit_bytes",
        "damaged_units",
    )

    def __init__(self, on_unit: UnitSink, sets: ParameterSets) -> None:
        self._on_unit = on_unit
        self._sets = sets
        self._marker_ends_unit = True
        self._emitted_timestamp = _NO_TIMESTAMP
        self.damaged_units = 0
        self._pieces: list[bytes | memoryview] = []
        self._clear()

    def _clear(self) -> None:
        self._pieces.clear()
        self._kept = 0
        self._unit_bytes = 0
        self._timestamp = _NO_TIMESTAMP
        self._fragment_at = -1
        self._fragment_bytes = 0
        self._broken = False
        self._picture_seen = False
        self._is_keyframe = False

    @property
    def parameters(self) -> StreamParameters | None:
        """Decoder configuration as of the last unit; None while parameter sets are missing."""
        return self._sets.parameters()

    def offer(self, nal: bytes) -> None:
        """Take up a parameter set from outside the stream: from SDP."""
        self._sets.offer(nal)

    @property
    def idle(self) -> bool:
        """Whether no view into the receive buffer is held."""
        return not self._pieces

    def keep(self) -> None:
        """Copy what is still a view into the receive buffer: it is about to be overwritten."""
        pieces = self._pieces
        for index in range(self._kept, len(pieces)):
            piece = pieces[index]
            if type(piece) is memoryview:
                pieces[index] = bytes(piece)
        self._kept = len(pieces)

    def abandon(self) -> None:
        """Drop the open unit: the source started anew."""
        if self._picture_seen or self._broken:
            self.damaged_units += 1
        self._clear()
        self._emitted_timestamp = _NO_TIMESTAMP

    def payload(  # noqa: PLR0917 - once per RTP packet, where keywords cost
        self, view: memoryview, start: int, stop: int, timestamp: int, marker: int, lost: int
    ) -> None:
        """Take up the RTP payload ``view[start:stop]``.

        Args:
            view: receive buffer of unsigned bytes; must stay as it is until ``keep`` or until ``idle``.
            start: first byte of the payload.
            stop: first byte after it.
            timestamp: RTP timestamp, 0..2**32-1.
            marker: non-zero on the last packet of a picture.
            lost: how many packets are missing just before this one.

        Raises:
            StreamMalformed: a bound was passed.
            StreamUnsupported: a packetisation that we do not take.
        """
        raise NotImplementedError

    def _begin(self, timestamp: int, lost: int) -> None:
        """A packet with another timestamp came: end the open unit, and start one."""
        if self._timestamp >= 0:
            # No marker came. With a loss in between it may have lacked its tail.
            self._broken |= lost > 0
            self._finish()
        if timestamp == self._emitted_timestamp and not lost and self._marker_ends_unit:
            # More of a picture that its marker had ended: this camera sets it on every slice or NAL unit. From now on only the
            # timestamp ends a unit, which costs one frame of delay. This picture is lost: its rest begins in the middle.
            self._marker_ends_unit = False
        self._timestamp = timestamp

    def _add_bytes(self, count: int) -> None:
        self._unit_bytes += count
        if self._unit_bytes > MAX_UNIT_BYTES or len(self._pieces) > MAX_UNIT_PIECES:
            raise StreamMalformed(
                f"a picture has more than {MAX_UNIT_BYTES >> 20} MiB or {MAX_UNIT_PIECES} pieces",
                "lower the bit rate in the camera",
            )

    def _open_fragment(self, header: bytes) -> None:
        """Start a fragmented NAL unit; its length is put in front when it is known."""
        if self._fragment_at >= 0:
            # The end of the one before never came although nothing was lost.
            self._broken = True
        self._fragment_at = len(self._pieces)
        self._fragment_bytes = len(header)
        self._pieces.append(header)

    def _close_fragment(self) -> bytes:
        """End it; returns its header bytes."""
        header = bytes(self._pieces[self._fragment_at])
        self._pieces[self._fragment_at] = self._fragment_bytes.to_bytes(4) + header
        self._fragment_at = -1
        return header

    def _fragment(self, index: int) -> bytes:
        """The NAL unit that starts at piece ``index``, without its length."""
        return b"".join(self._pieces[index:])[4:]

    def _end_of_packet(self, marker: int) -> None:
        if marker and (self._picture_seen or self._broken) and self._marker_ends_unit:
            self._finish()

    def _finish(self) -> None:
        if self._picture_seen and not self._broken and self._fragment_at < 0:
            data = b"".join(self._pieces)
            timestamp, is_keyframe = self._timestamp, self._is_keyframe
            self._clear()
            self._emitted_timestamp = timestamp
            self._on_unit(data, timestamp, is_keyframe)
            return
        if self._picture_seen or self._broken:
            self.damaged_units += 1
        self._emitted_timestamp = self._timestamp
        self._clear()
