"""H.264 sequence and picture parameter sets (ITU-T H.264 sections 7.3.2.1, 7.3.2.2 and E.1) and ``avcC``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ingest.bits import BitReader, unescape
from ingest.parameters import MAX_REORDER_FRAMES, StreamParameters, checked_size
from nvr.errors import StreamMalformed
from nvr.media import CodecParameters, VideoCodec

NAL_SPS: Final = 7
NAL_PPS: Final = 8

_CHROMA_PROFILES: Final = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
_PROFILES_WITHOUT_B: Final = frozenset({66})
_EXTENDED_SAR: Final = 255


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What we need of an SPS. ``reorder_frames`` is None where it does not say."""

    sps_id: int
    width_px: int
    height_px: int
    chroma_format: int
    luma_depth_bits: int
    chroma_depth_bits: int
    reorder_frames: int | None


def parse_sps(nal: bytes) -> SequenceParameters:
    """Read a sequence parameter set NAL unit, header included.

    Raises:
        StreamMalformed: cut short, or with absurd values.
    """
    if len(nal) < 5:
        raise StreamMalformed("a sequence parameter set is cut short", "restart the camera")
    reader = BitReader(unescape(nal[1:]))
    profile = reader.bits(8)
    reader.skip(16)  # constraint flags and level
    sps_id = _bounded(reader.ue(), 31, "parameter set number")
    chroma_format, luma_depth, chroma_depth, separate_planes = 1, 8, 8, False
    if profile in _CHROMA_PROFILES:
        chroma_format = _bounded(reader.ue(), 3, "chroma format")
        separate_planes = chroma_format == 3 and reader.flag()
        luma_depth = 8 + _bounded(reader.ue(), 6, "bit depth")
        chroma_depth = 8 + _bounded(reader.ue(), 6, "bit depth")
        reader.skip(1)
        if reader.flag():
            _skip_scaling_lists(reader, 12 if chroma_format == 3 else 8)
    _bounded(reader.ue(), 12, "frame number length")
    order_type = _bounded(reader.ue(), 2, "picture order type")
    if order_type == 0:
        _bounded(reader.ue(), 12, "picture order length")
    elif order_type == 1:
        reader.skip(1)
        reader.se()
        reader.se()
        for _ in range(_bounded(reader.ue(), 255, "picture order cycle")):
            reader.se()
    _bounded(reader.ue(), 16, "number of reference frames")
    reader.skip(1)
    width_mbs = _bounded(reader.ue(), 4095, "width") + 1
    height_units = _bounded(reader.ue(), 4095, "height") + 1
    frame_mbs_only = reader.flag()
    if not frame_mbs_only:
        reader.skip(1)
    reader.skip(1)
    width_px = width_mbs * 16
    height_px = height_units * 16 * (1 if frame_mbs_only else 2)
    if reader.flag():
        left, right, top, bottom = (_bounded(reader.ue(), 65535, "cropping") for _ in range(4))
        planar = chroma_format == 0 or separate_planes
        crop_x = 1 if planar or chroma_format == 3 else 2
        crop_y = (2 if not planar and chroma_format == 1 else 1) * (1 if frame_mbs_only else 2)
        width_px -= (left + right) * crop_x
        height_px -= (top + bottom) * crop_y
    checked_size(width_px, height_px)
    reorder = 0 if profile in _PROFILES_WITHOUT_B or order_type == 2 else None
    if reader.flag():
        declared = _reorder_frames(reader)
        reorder = declared if declared is not None else reorder
    return SequenceParameters(sps_id, width_px, height_px, chroma_format, luma_depth, chroma_depth, reorder)


def _bounded(value: int, highest: int, what: str) -> int:
    if value > highest:
        raise StreamMalformed(f"a parameter set gives {value} as {what}", "restart the camera, or update its firmware")
    return value


def _skip_scaling_lists(reader: BitReader, count: int) -> None:
    for index in range(count):
        if not reader.flag():
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + reader.se()) % 256
            last = following or last


def _reorder_frames(reader: BitReader) -> int | None:
    """``max_num_reorder_frames`` of the VUI (section E.1.1), or None where it is absent.

    Many cameras write a VUI that ends early: what is cut short there is treated as absent, for nothing else depends on it.
    """
    try:
        if reader.flag() and reader.bits(8) == _EXTENDED_SAR:
            reader.skip(32)
        if reader.flag():
            reader.skip(1)
        if reader.flag():
            reader.skip(4)
            if reader.flag():
                reader.skip(24)
        if reader.flag():
            reader.ue()
            reader.ue()
        if reader.flag():
            reader.skip(65)
        scheduled = False
        for _ in range(2):
            if reader.flag():
                _skip_hrd(reader)
                scheduled = True
        if scheduled:
            reader.skip(1)
        reader.skip(1)
        if not reader.flag():
            return None
        reader.skip(1)
        for _ in range(4):
            reader.ue()
        declared = reader.ue()
    except StreamMalformed:
        return None
    return declared if declared <= MAX_REORDER_FRAMES else None


def _skip_hrd(reader: BitReader) -> None:
    schedules = reader.ue() + 1
    if schedules > 32:
        raise StreamMalformed("a parameter set lists too many schedules")
    reader.skip(8)
    for _ in range(schedules):
        reader.ue()
        reader.ue()
        reader.skip(1)
    reader.skip(20)


def pps_ids(nal: bytes) -> tuple[int, int]:
    """Number of a picture parameter set, 0..255, and of the sequence parameter set it belongs to, 0..31.

    Raises:
        StreamMalformed: cut short or out of range.
    """
    reader = BitReader(unescape(nal[1:]))
    return _bounded(reader.ue(), 255, "parameter set number"), _bounded(reader.ue(), 31, "parameter set number")


def avcc(sps: SequenceParameters, sps_nals: list[bytes], pps_nals: list[bytes]) -> bytes:
    """The body of ``avcC`` (ISO/IEC 14496-15 section 5.3.3.1) for 4-byte lengths; ``sps`` describes ``sps_nals[0]``."""
    first = sps_nals[0]
    body = bytearray((1, first[1], first[2], first[3], 0xFF, 0xE0 | len(sps_nals)))
    for nal in sps_nals:
        body += len(nal).to_bytes(2) + nal
    body.append(len(pps_nals))
    for nal in pps_nals:
        body += len(nal).to_bytes(2) + nal
    if first[1] not in (66, 77, 88):
        body += bytes(
            (0xFC | sps.chroma_format, 0xF8 | (sps.luma_depth_bits - 8), 0xF8 | (sps.chroma_depth_bits - 8), 0)
        )
    return bytes(body)


class H264ParameterSets:
    """SPS and PPS by number, newest wins. At most 31 and 255 of them, each at most 4096 bytes."""

    __slots__ = ("_active_sps", "_built", "_pps", "_sps")

    def __init__(self) -> None:
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, bytes] = {}
        self._active_sps: SequenceParameters | None = None
        self._built: StreamParameters | None = None

    def offer(self, nal: bytes) -> None:
        """See ``ParameterSets``."""
        if nal[0] & 31 == NAL_SPS:
            if nal in self._sps.values():
                return
            sps = parse_sps(nal)
            if len(self._sps) >= 31 and sps.sps_id not in self._sps:
                raise StreamMalformed("the stream holds more than 31 sequence parameter sets", "restart the camera")
            previous = self._active_sps
            if previous is not None and (previous.width_px, previous.height_px) != (sps.width_px, sps.height_px):
                # Another picture size: nothing of before is still meant.
                self._sps.clear()
            self._sps[sps.sps_id] = nal
            self._active_sps = sps
        else:
            if nal in self._pps.values():
                return
            number, _ = pps_ids(nal)
            if len(self._pps) >= 255 and number not in self._pps:
                raise StreamMalformed("the stream holds more than 255 picture parameter sets", "restart the camera")
            self._pps[number] = nal
        self._built = None

    def parameters(self) -> StreamParameters | None:
        """See ``ParameterSets``."""
        active = self._active_sps
        if self._built is None and active is not None and self._pps:
            others = [nal for number, nal in self._sps.items() if number != active.sps_id]
            extradata = avcc(active, [self._sps[active.sps_id], *others], list(self._pps.values()))
            codec = CodecParameters(VideoCodec.H264, extradata, active.width_px, active.height_px)
            self._built = StreamParameters(codec, active.reorder_frames)
        return self._built
