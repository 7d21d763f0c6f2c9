"""Motion JPEG over RTP (RFC 2435): each frame becomes a whole JPEG file again. Every one of them is a key frame."""

from __future__ import annotations

from typing import Final

from ingest.access_unit import AccessUnitBuilder, UnitSink
from ingest.jpeg_tables import END_OF_IMAGE, jpeg_header, tables_of_quality
from ingest.parameters import StreamParameters, checked_size
from nvr.errors import StreamUnsupported
from nvr.media import CodecParameters, VideoCodec

_HEADER_BYTES: Final = 8
_RESTARTS: Final = range(64, 128)
_DYNAMIC_Q: Final = 128
_EACH_FRAME_Q: Final = 255
_MAX_KEPT_TABLES: Final = 8


class _Shape:
    """In the place of parameter sets: a JPEG brings its own, only its size is told beforehand."""

    def __init__(self) -> None:
        self._parameters: StreamParameters | None = None

    def offer(self, nal: bytes) -> None:
        """There are none."""

    def parameters(self) -> StreamParameters | None:
        """The size of the newest frame."""
        return self._parameters

    def size(self, width_px: int, height_px: int) -> None:
        """A frame of this size begins.

        Raises:
            StreamMalformed: absurd.
        """
        known = self._parameters
        if known is None or (known.codec.width_px, known.codec.height_px) != (width_px, height_px):
            checked_size(width_px, height_px)
            self._parameters = StreamParameters(CodecParameters(VideoCodec.MJPEG, b"", width_px, height_px), 0)


class JpegDepacketizer(AccessUnitBuilder):
    """RTP payloads to JPEG files."""

    __slots__ = ("_scan_bytes", "_shape", "_tables")

    def __init__(self, on_unit: UnitSink) -> None:
        self._shape = _Shape()
        self._scan_bytes = 0
        self._tables: dict[int, tuple[bytes, int]] = {}
        super().__init__(on_unit, self._shape)

    def payload(  # noqa: PLR0917 - see there
        self, view: memoryview, start: int, stop: int, timestamp: int, marker: int, lost: int
    ) -> None:
        """See ``AccessUnitBuilder.payload``."""
        if timestamp != self._timestamp:
            self._begin(timestamp, lost)
        elif lost:
            self._broken = True
        if stop - start <= _HEADER_BYTES:
            self._broken = True
        else:
            self._take(view, start, stop)
        if marker:
            self._end_of_packet(marker)

    def _take(self, view: memoryview, start: int, stop: int) -> None:
        offset = int.from_bytes(view[start + 1 : start + 4])
        kind, quality = view[start + 4], view[start + 5]
        width_px, height_px = view[start + 6] * 8, view[start + 7] * 8
        at = start + _HEADER_BYTES
        restart_interval = 0
        if kind in _RESTARTS:
            restart_interval = view[at] << 8 | view[at + 1] if at + 4 <= stop else 0
            at += 4
        if not offset:
            at = self._open_frame(view, at, stop, (kind & 63, quality, width_px, height_px, restart_interval))
        elif not self._picture_seen or offset != self._scan_bytes:
            self._broken = True  # its beginning was lost, or the camera can't count
        if at >= stop:
            self._broken = True
            return
        size = stop - at
        self._pieces.append(view[at:stop])
        self._scan_bytes = offset + size
        self._add_bytes(size)

    def _open_frame(self, view: memoryview, at: int, stop: int, head: tuple[int, int, int, int, int]) -> int:
        """Put the file's header in front; where the scan begins in the packet."""
        kind, quality, width_px, height_px, restart_interval = head
        if kind > 1:
            raise StreamUnsupported(
                f"the camera sends JPEG of type {kind} in RTP", "set the stream to 4:2:0 or 4:2:2, or to H.264"
            )
        if not width_px or not height_px:
            raise StreamUnsupported(
                "the camera sends JPEG of more than 2040 px in RTP", "set a size of at most 2040x2040, or H.264"
            )
        if self._picture_seen:
            self._broken = True  # two beginnings in one frame
        self._shape.size(width_px, height_px)
        tables, wide = b"", 0
        if quality < _DYNAMIC_Q:
            try:
                tables = tables_of_quality(quality)
            except ValueError:
                self._broken = True
                return at
        else:
            if at + 4 > stop:
                self._broken = True
                return at
            wide, size = view[at + 1], view[at + 2] << 8 | view[at + 3]
            at += 4
            if size:
                tables = bytes(view[at : at + size])
                at += size
                if quality != _EACH_FRAME_Q and len(self._tables) < _MAX_KEPT_TABLES:
                    self._tables[quality] = tables, wide
            else:
                tables, wide = self._tables.get(quality, (b"", 0))
            if at > stop or len(tables) not in {64, 128, 192, 256}:
                self._broken = True
                return at
        header = jpeg_header(kind, width_px, height_px, restart_interval, tables, wide)
        self._picture_seen = True
        self._is_keyframe = True
        self._pieces.append(header)
        self._add_bytes(len(header))
        return at

    def _finish(self) -> None:
        if self._picture_seen and not self._broken:
            tail = b"".join(bytes(piece[-2:]) for piece in self._pieces[-2:])[-2:]
            if tail != END_OF_IMAGE:
                self._pieces.append(END_OF_IMAGE)
        super()._finish()
