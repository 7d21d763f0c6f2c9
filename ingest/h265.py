"""H.265 over RTP (RFC 7798): single NAL unit packets, aggregation packets and fragmentation units, without DONL fields."""

from __future__ import annotations

from typing import Final

from ingest.access_unit import AccessUnitBuilder, UnitSink
from ingest.h265_parameters import NAL_PPS, NAL_VPS, H265ParameterSets
from nvr.errors import StreamUnsupported

_AGGREGATION: Final = 48
_FRAGMENTATION: Final = 49
_LAST_SLICE_TYPE: Final = 31  # 0..31 are slices (table 7-1)
_IRAP: Final = range(16, 24)


class H265Depacketizer(AccessUnitBuilder):
    """RTP payloads to access units."""

    __slots__ = ()

    def __init__(self, on_unit: UnitSink, sets: H265ParameterSets | None = None) -> None:
        super().__init__(on_unit, sets if sets is not None else H265ParameterSets())

    def payload(  # noqa: PLR0917 - see there
        self, view: memoryview, start: int, stop: int, timestamp: int, marker: int, lost: int
    ) -> None:
        """See ``AccessUnitBuilder.payload``."""
        if timestamp != self._timestamp:
            self._begin(timestamp, lost)
        elif lost:
            self._broken = True
        if stop - start < 3:
            # Two header bytes and nothing: no NAL unit of H.265 is that short.
            self._broken = True
            return
        kind = view[start] >> 1 & 63
        if kind == _FRAGMENTATION:
            self._take_fragment(view, start, stop)
        elif kind == _AGGREGATION:
            self._aggregate(view, start + 2, stop)
        elif kind < _AGGREGATION:
            self._nal(view, start, stop)
        else:
            raise StreamUnsupported(
                f"the camera sends H.265 in RTP packets of type {kind}",
                "switch PACI and interleaving off in the camera",
            )
        if marker:
            self._end_of_packet(marker)

    def _take_fragment(self, view: memoryview, start: int, stop: int) -> None:
        if stop - start < 4:
            self._broken = True
            return
        fragment_header = view[start + 2]
        if fragment_header & 0x80:
            kind = fragment_header & 63
            self._open_fragment(bytes((view[start] & 0x81 | kind << 1, view[start + 1])))
            if kind <= _LAST_SLICE_TYPE:
                self._note_picture(kind, view[start + 3])
        if self._fragment_at < 0:
            self._broken = True
            return
        size = stop - start - 3
        self._pieces.append(view[start + 3 : stop])
        self._fragment_bytes += size
        self._add_bytes(size)
        if fragment_header & 0x40:
            index = self._fragment_at
            if NAL_VPS <= self._close_fragment()[0] >> 1 & 63 <= NAL_PPS and not self._broken:
                self._sets.offer(self._fragment(index))

    def _note_picture(self, kind: int, first_byte: int) -> None:
        if not self._picture_seen:
            self._picture_seen = True
            if not first_byte & 0x80:  # first_slice_segment_in_pic_flag is 0: the picture's beginning was lost
                self._broken = True
        if kind in _IRAP:
            self._is_keyframe = True

    def _nal(self, view: memoryview, start: int, stop: int) -> None:
        size = stop - start
        kind = view[start] >> 1 & 63
        if kind <= _LAST_SLICE_TYPE:
            self._note_picture(kind, view[start + 2])
        elif NAL_VPS <= kind <= NAL_PPS:
            self._sets.offer(bytes(view[start:stop]))
        self._pieces.append(size.to_bytes(4))
        self._pieces.append(view[start:stop])
        self._add_bytes(size + 4)

    def _aggregate(self, view: memoryview, position: int, stop: int) -> None:
        while position + 2 < stop:
            size = view[position] << 8 | view[position + 1]
            position += 2
            if size < 3 or position + size > stop:
                self._broken = True
                return
            self._nal(view, position, position + size)
            position += size
