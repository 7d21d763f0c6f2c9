"""H.265 parameter sets (ITU-T H.265 sections 7.3.2.1 to 7.3.2.3 and 7.3.3) and ``hvcC``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ingest.bits import MAX_PARAMETER_SET_BYTES, BitReader, unescape
from ingest.parameters import MAX_REORDER_FRAMES, StreamParameters, checked_size
from nvr.errors import StreamMalformed
from nvr.media import CodecParameters, VideoCodec

NAL_VPS: Final = 32
NAL_SPS: Final = 33
NAL_PPS: Final = 34

_PROFILE_BYTES: Final = 12  # general_profile_space .. general_level_idc
_NUMBER_LIMITS: Final = {NAL_VPS: 15, NAL_SPS: 15, NAL_PPS: 63}


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What we need of an SPS. ``profile`` holds the 12 bytes of the general profile, tier and level as they stand."""

    sps_id: int
    width_px: int
    height_px: int
    chroma_format: int
    luma_depth_bits: int
    chroma_depth_bits: int
    temporal_layers: int
    temporal_nested: bool
    profile: bytes
    reorder_frames: int


def parse_sps(nal: bytes) -> SequenceParameters:
    """Read a sequence parameter set NAL unit, its two header bytes included.

    Raises:
        StreamMalformed: cut short, or with absurd values.
    """
    payload = unescape(nal[2:])
    if len(payload) < 1 + _PROFILE_BYTES:
        raise StreamMalformed("a sequence parameter set is cut short", "restart the camera")
    reader = BitReader(payload)
    reader.skip(4)
    sub_layers = reader.bits(3)
    if sub_layers > 6:
        raise StreamMalformed("a parameter set claims more than 7 temporal layers", "restart the camera")
    nested = reader.flag()
    reader.skip(_PROFILE_BYTES * 8)
    _skip_sub_layer_profiles(reader, sub_layers)
    sps_id = _bounded(reader.ue(), 15, "parameter set number")
    chroma_format = _bounded(reader.ue(), 3, "chroma format")
    separate_planes = chroma_format == 3 and reader.flag()
    width_px = _bounded(reader.ue(), 65535, "width")
    height_px = _bounded(reader.ue(), 65535, "height")
    if reader.flag():
        left, right, top, bottom = (_bounded(reader.ue(), 65535, "cropping") for _ in range(4))
        halved_x = chroma_format in (1, 2) and not separate_planes
        halved_y = chroma_format == 1 and not separate_planes
        width_px -= (left + right) * (2 if halved_x else 1)
        height_px -= (top + bottom) * (2 if halved_y else 1)
    checked_size(width_px, height_px)
    luma_depth = 8 + _bounded(reader.ue(), 8, "bit depth")
    chroma_depth = 8 + _bounded(reader.ue(), 8, "bit depth")
    _bounded(reader.ue(), 12, "picture order length")
    every_layer = reader.flag()
    reorder = 0
    for _ in range(sub_layers + 1 if every_layer else 1):
        reader.ue()
        reorder = _bounded(reader.ue(), MAX_REORDER_FRAMES, "number of reordered pictures")
        reader.ue()
    return SequenceParameters(
        sps_id=sps_id,
        width_px=width_px,
        height_px=height_px,
        chroma_format=chroma_format,
        luma_depth_bits=luma_depth,
        chroma_depth_bits=chroma_depth,
        temporal_layers=sub_layers + 1,
        temporal_nested=nested,
        profile=payload[1 : 1 + _PROFILE_BYTES],
        reorder_frames=reorder,
    )


def _bounded(value: int, highest: int, what: str) -> int:
    if value > highest:
        raise StreamMalformed(f"a parameter set gives {value} as {what}", "restart the camera, or update its firmware")
    return value


def _skip_sub_layer_profiles(reader: BitReader, sub_layers: int) -> None:
    """The rest of ``profile_tier_level`` (section 7.3.3)."""
    if not sub_layers:
        return
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    reader.skip(2 * (8 - sub_layers))
    for profile_present, level_present in present:
        reader.skip((88 if profile_present else 0) + (8 if level_present else 0))


def hvcc(sps: SequenceParameters, sets: dict[int, list[bytes]]) -> bytes:
    """The body of ``hvcC`` (ISO/IEC 14496-15 section 8.3.3.1) for 4-byte lengths; ``sets`` maps NAL types to NAL units."""
    body = bytearray((1,))
    body += sps.profile
    body += bytes(
        (
            0xF0,  # min_spatial_segmentation_idc 0: not told
            0x00,
            0xFC,  # parallelismType 0: not told
            0xFC | sps.chroma_format,
            0xF8 | (sps.luma_depth_bits - 8),
            0xF8 | (sps.chroma_depth_bits - 8),
            0x00,  # avgFrameRate 0: not told
            0x00,
            sps.temporal_layers << 3 | sps.temporal_nested << 2 | 3,
            len(sets),
        )
    )
    for kind, nals in sets.items():
        body.append(0x80 | kind)
        body += len(nals).to_bytes(2)
        for nal in nals:
            body += len(nal).to_bytes(2) + nal
    return bytes(body)


class H265ParameterSets:
    """VPS, SPS and PPS by number, newest wins. At most 16, 16 and 64 of them, each at most 4096 bytes."""

    __slots__ = ("_active_sps", "_built", "_sets")

    def __init__(self) -> None:
        self._sets: dict[int, dict[int, bytes]] = {NAL_VPS: {}, NAL_SPS: {}, NAL_PPS: {}}
        self._active_sps: SequenceParameters | None = None
        self._built: StreamParameters | None = None

    def offer(self, nal: bytes) -> None:
        """See ``ParameterSets``."""
        kind = nal[0] >> 1 & 63
        known = self._sets[kind]
        if nal in known.values():
            return
        if len(nal) > MAX_PARAMETER_SET_BYTES:
            raise StreamMalformed(f"a parameter set has {len(nal)} bytes", "the camera is faulty or hostile")
        if kind == NAL_SPS:
            sps = parse_sps(nal)
            self._active_sps = sps
            number = sps.sps_id
        elif kind == NAL_VPS:
            number = BitReader(nal[2:]).bits(4)
        else:
            number = _bounded(BitReader(unescape(nal[2:])).ue(), _NUMBER_LIMITS[NAL_PPS], "parameter set number")
        known[number] = nal
        self._built = None

    def parameters(self) -> StreamParameters | None:
        """See ``ParameterSets``."""
        active = self._active_sps
        if self._built is None and active is not None and all(self._sets.values()):
            sets = {kind: list(known.values()) for kind, known in self._sets.items()}
            codec = CodecParameters(VideoCodec.H265, hvcc(active, sets), active.width_px, active.height_px)
            self._built = StreamParameters(codec, active.reorder_frames)
        return self._built
