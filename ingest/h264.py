"""H.264 over RTP (RFC 6184): single NAL unit packets, STAP-A and FU-A, which is packetisation mode 0 and 1."""

from __future__ import annotations

from typing import Final

from ingest.access_unit import MAX_UNIT_BYTES, MAX_UNIT_PIECES, AccessUnitBuilder, UnitSink
from ingest.h264_parameters import NAL_PPS, NAL_SPS, H264ParameterSets
from nvr.errors import StreamUnsupported

_STAP_A: Final = 24
_FU_A: Final = 28
_IDR: Final = 5
_PICTURE: Final = frozenset((1, 2, 5))  # slices, and data partition A: they begin with first_mb_in_slice
_PARAMETER_SETS: Final = frozenset((NAL_SPS, NAL_PPS))
_LENGTH: Final = tuple(size.to_bytes(4) for size in range(2048))
"""Length prefixes of NAL units that fit one packet."""


class H264Depacketizer(AccessUnitBuilder):
    """RTP payloads to access units."""

    __slots__ = ()

    def __init__(self, on_unit: UnitSink, sets: H264ParameterSets | None = None) -> None:
        super().__init__(on_unit, sets if sets is not None else H264ParameterSets())

    def payload(  # noqa: PLR0917 - see there
        self, view: memoryview, start: int, stop: int, timestamp: int, marker: int, lost: int
    ) -> None:
        """See ``AccessUnitBuilder.payload``."""
        if timestamp != self._timestamp:
            self._begin(timestamp, lost)
        elif lost:
            self._broken = True
        kind = view[start] & 31
        if kind == _FU_A:
            if self._fragment_at >= 0 and stop - start > 2 and not view[start + 1] & 0xC0:
                # The middle of a NAL unit: nine packets of ten.
                size = stop - start - 2
                self._pieces.append(view[start + 2 : stop])
                self._fragment_bytes += size
                self._unit_bytes += size
                if self._unit_bytes > MAX_UNIT_BYTES or len(self._pieces) > MAX_UNIT_PIECES:
                    self._add_bytes(0)
            else:
                self._take_fragment(view, start, stop)
        elif kind == _STAP_A:
            self._aggregate(view, start + 1, stop)
        elif 0 < kind < _STAP_A:
            self._nal(view, start, stop)
        elif kind:
            raise StreamUnsupported(
                f"the camera sends H.264 in RTP packets of type {kind}", "set packetization-mode 1 in the camera"
            )
        if marker:
            self._end_of_packet(marker)

    def _take_fragment(self, view: memoryview, start: int, stop: int) -> None:
        size = stop - start - 2
        if size <= 0:
            self._broken = True
            return
        fragment_header = view[start + 1]
        if fragment_header & 0x80:
            kind = fragment_header & 31
            self._open_fragment(bytes((view[start] & 0xE0 | kind,)))
            if kind in _PICTURE:
                self._note_picture(kind, view[start + 2])
        if self._fragment_at < 0:
            # Its beginning was lost.
            self._broken = True
            return
        self._pieces.append(view[start + 2 : stop])
        self._fragment_bytes += size
        self._add_bytes(size)
        if fragment_header & 0x40:
            index = self._fragment_at
            if self._close_fragment()[0] & 31 in _PARAMETER_SETS and not self._broken:
                self._sets.offer(self._fragment(index))

    def _note_picture(self, kind: int, first_byte: int) -> None:
        if not self._picture_seen:
            self._picture_seen = True
            if not first_byte & 0x80:  # first_mb_in_slice is not 0: the picture's beginning was lost
                self._broken = True
        if kind == _IDR:
            self._is_keyframe = True

    def _nal(self, view: memoryview, start: int, stop: int) -> None:
        size = stop - start
        kind = view[start] & 31
        if kind in _PICTURE:
            self._note_picture(kind, view[start + 1] if size > 1 else 0)
        elif kind in _PARAMETER_SETS:
            self._sets.offer(bytes(view[start:stop]))
        self._pieces.append(_LENGTH[size] if size < 2048 else size.to_bytes(4))
        self._pieces.append(view[start:stop])
        self._add_bytes(size + 4)

    def _aggregate(self, view: memoryview, position: int, stop: int) -> None:
        while position + 2 < stop:
            size = view[position] << 8 | view[position + 1]
            position += 2
            if not size or position + size > stop:
                self._broken = True
                return
            self._nal(view, position, position + size)
            position += size
