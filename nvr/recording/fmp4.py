"""Writes fragmented MP4 (ISO/IEC 14496-12) on plain bytes: the same functions serve the recorder and live view.

A file or live stream is one init segment (``ftyp`` ``moov``) and then fragments (``[prft] moof mdat``). There is one video track on
the 90 kHz clock; where sound is recorded a second track on its own, whose ``moof mdat`` follow those of the pictures of its time. What no standard box holds stands in a ``uuid`` box at the end of ``moov``, see docs/design/recording.md::

    usertype          16 bytes  IDENTITY_UUID
    version           u8        1; 2 in a file of which only the key frames are left
    start_wall_ns     u64       UTC nanoseconds of the first picture
    epoch_ns          u64       epoch of the packets
    segment_id        16 bytes  zeros in a live stream
    stream            u8 length, ASCII
    camera_id         u8 length, ASCII

Every recorded fragment carries its wall time in a ``prft`` box (14496-12 section 8.16.5), so that a clock that drifts or steps inside
a file stays visible, and a file that lost its tail still knows its end.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import msgspec

from nvr.clock import NS_PER_S
from nvr.errors import StreamUnsupported
from nvr.media import TIMESCALE_HZ, AudioCodec, AudioParameters, CodecParameters, StreamKind, VideoCodec

IDENTITY_UUID: Final = bytes.fromhex("5b1e6ad0c0de4e56b2a17ca8a6a3ca01")
IDENTITY_HEAD: Final = struct.Struct(">BQQ16s")
AS_RECORDED: Final = 1
GROOMED: Final = 2
"""Versions of the identity: the fields are the same, the second says that only the key frames are left."""
TRACK_ID: Final = 1
AUDIO_TRACK_ID: Final = 2
NTP_OFFSET_S: Final = 2_208_988_800
"""Seconds from 1900 (NTP, RFC 5905) to 1970."""

KEY_SAMPLE_FLAGS: Final = 0x0200_0000  # sample_depends_on = 2: on no other
DELTA_SAMPLE_FLAGS: Final = 0x0101_0000  # sample_depends_on = 1, sample_is_non_sync_sample
TRUN_FLAGS: Final = 0x0100_0701  # version 1 (signed offsets); data offset, duration, size and flags of every sample
TRUN_CTS_FLAG: Final = 0x800
TFHD_FLAGS: Final = 0x02_0000  # default-base-is-moof

PRFT: Final = struct.Struct(">I4sIIQQ")
"""size, type, version 1 and flags 24 (time of capture), track, NTP time stamp, media time."""
MOOF: Final = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIIi")
"""moof, mfhd, traf, tfhd, tfdt and trun up to the first sample, in the one order that we write."""
MDAT: Final = struct.Struct(">I4s")

PRFT_FLAGS: Final = 0x0100_0018
_MAC_EPOCH_OFFSET_S: Final = 2_082_844_800  # 1904 to 1970, for mvhd
_MAX_SIDE_PX: Final = 0xFFFF
_UNITY_MATRIX: Final = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One access unit in a fragment.

    Attributes:
        duration: ticks of 90 kHz until the next sample's decode time, 0 to 2**32-1.
        cts: presentation minus decode time in ticks, signed 32 bit.
        is_keyframe: a sync sample.
        data: NAL units, each with a 4-byte length in front; at least one byte.
    """

    duration: int
    cts: int
    is_keyframe: bool
    data: bytes


def fragment(
    sequence_number: int, base_dts: int, samples: Sequence[Sample], *, wall_ns: int | None = None
) -> list[bytes]:
    """One fragment: its boxes up to the payload, then the samples' own bytes objects (nothing is copied; ``writev`` or join them).

    Args:
        sequence_number: counts from 1 within a file or live stream, 0 to 2**32-1.
        base_dts: decode time of the first sample in ticks since the file's or live stream's start, >= 0.
        samples: at least one; all sizes together below 4 GiB.
        wall_ns: UTC nanoseconds of the first sample's picture, written as ``prft``; None leaves that box out.
    """
    fields: list[int] = []
    payload: list[bytes] = [b""]
    total_bytes = 0
    with_cts = any(sample.cts for sample in samples)
    for sample in samples:
        data = sample.data
        size_bytes = len(data)
        total_bytes += size_bytes
        payload.append(data)
        flags = KEY_SAMPLE_FLAGS if sample.is_keyframe else DELTA_SAMPLE_FLAGS
        if with_cts:
            fields += (sample.duration, size_bytes, flags, sample.cts & 0xFFFF_FFFF)
        else:
            fields += (sample.duration, size_bytes, flags)
    table_bytes = len(fields) * 4
    moof_bytes = MOOF.size + table_bytes
    head = MOOF.pack(
        moof_bytes, b"moof",
        16, b"mfhd", 0, sequence_number,
        moof_bytes - 24, b"traf",
        16, b"tfhd", TFHD_FLAGS, TRACK_ID,
        20, b"tfdt", 0x0100_0000, base_dts,
        20 + table_bytes, b"trun", TRUN_FLAGS | TRUN_CTS_FLAG if with_cts else TRUN_FLAGS, len(samples), moof_bytes + 8,
    )  # fmt: skip
    head += struct.pack(f">{len(fields)}I", *fields) + MDAT.pack(total_bytes + 8, b"mdat")
    if wall_ns is not None:
        media_time = max(0, base_dts + samples[0].cts)
        head = PRFT.pack(PRFT.size, b"prft", PRFT_FLAGS, TRACK_ID, ntp_from_wall(wall_ns), media_time) + head
    payload[0] = head
    return payload


def audio_fragment(sequence_number: int, base_time: int, samples: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """Sound: one ``moof`` and ``mdat`` of the second track, whose form is that of ``fragment``.

    Args:
        base_time: of the first sample in ticks of the sound's own clock since the file's start, >= 0.
        samples: (duration in ticks, data), at least one.
    """
    table_bytes = len(samples) * 12
    moof_bytes = MOOF.size + table_bytes
    head = MOOF.pack(
        moof_bytes, b"moof",
        16, b"mfhd", 0, sequence_number,
        moof_bytes - 24, b"traf",
        16, b"tfhd", TFHD_FLAGS, AUDIO_TRACK_ID,
        20, b"tfdt", 0x0100_0000, base_time,
        20 + table_bytes, b"trun", TRUN_FLAGS, len(samples), moof_bytes + 8,
    )  # fmt: skip
    head += b"".join(struct.pack(">III", duration, len(data), KEY_SAMPLE_FLAGS) for duration, data in samples)
    head += MDAT.pack(sum(len(data) for _, data in samples) + 8, b"mdat")
    return [head, *(data for _, data in samples)]


def ntp_from_wall(wall_ns: int) -> int:
    """UTC nanoseconds as 64-bit NTP time stamp (RFC 5905 section 6), era dropped."""
    whole_s, rest_ns = divmod(wall_ns, NS_PER_S)
    return ((whole_s + NTP_OFFSET_S) & 0xFFFF_FFFF) << 32 | (rest_ns << 32) // NS_PER_S


def wall_from_ntp(ntp: int, near_wall_ns: int) -> int:
    """The UTC nanoseconds of an NTP time stamp, in the era that lies nearest to ``near_wall_ns`` (eras change in 2036)."""
    wall_ns = (((ntp >> 32) - NTP_OFFSET_S) * NS_PER_S) + (((ntp & 0xFFFF_FFFF) * NS_PER_S + (1 << 31)) >> 32)
    era_ns = NS_PER_S << 32
    return wall_ns + round((near_wall_ns - wall_ns) / era_ns) * era_ns


def init_segment(
    parameters: CodecParameters,
    *,
    start_wall_ns: int,
    camera_id: str,
    stream: StreamKind = StreamKind.MAIN,
    segment_id: str = "",
    epoch_ns: int = 0,
    audio: AudioParameters | None = None,
    groomed: bool = False,
) -> bytes:
    """``ftyp`` and ``moov``: everything a player needs before the first fragment.

    Args:
        start_wall_ns: UTC nanoseconds of the picture at decode time 0, >= 0.
        segment_id: 32 hexadecimal digits, or "" in a live stream.
        audio: the second track, where there is one.
        groomed: only key frames follow.

    Raises:
        StreamUnsupported: the parameters can't stand in an MP4 file.
    """
    width_px, height_px = parameters.width_px, parameters.height_px
    if not (0 < width_px <= _MAX_SIDE_PX and 0 < height_px <= _MAX_SIDE_PX):
        raise StreamUnsupported(f"a picture of {width_px}x{height_px} can't stand in an MP4 file")
    entry, configuration = _ENTRIES[parameters.codec]
    check_configuration(parameters)
    described = esds(JPEG_OBJECT) if parameters.codec is VideoCodec.MJPEG else parameters.extradata
    created_s = start_wall_ns // NS_PER_S + _MAC_EPOCH_OFFSET_S
    sample_entry = _box(
        entry,
        struct.pack(">6xH16xHHIII H32sHh", 1, width_px, height_px, 0x480000, 0x480000, 0, 1, b"", 0x18, -1),
        _box(configuration, described),
    )
    track = _track(
        TRACK_ID,
        created_s,
        TIMESCALE_HZ,
        handler=b"vide",
        media_header=_box(b"vmhd", struct.pack(">IHHHH", 1, 0, 0, 0, 0)),
        sample_entry=sample_entry,
        size_px=(width_px, height_px),
    )
    tracks = [track]
    extends = [_box(b"trex", struct.pack(">IIIIII", 0, TRACK_ID, 1, 0, 0, 0))]
    if audio is not None:
        tracks.append(audio_track(audio, created_s))
        extends.append(_box(b"trex", struct.pack(">IIIIII", 0, AUDIO_TRACK_ID, 1, 0, 0, 0)))
    movie_header = struct.pack(
        ">IQQIQIH10x36s24xI",
        0x0100_0000,
        created_s,
        created_s,
        TIMESCALE_HZ,
        0,
        0x10000,
        0x100,
        _UNITY_MATRIX,
        1 + len(tracks),
    )
    identity = IDENTITY_HEAD.pack(
        GROOMED if groomed else AS_RECORDED, start_wall_ns, epoch_ns, bytes.fromhex(segment_id or "00" * 16)
    )
    names = b"".join(bytes((len(name),)) + name for name in (stream.value.encode(), camera_id.encode("ascii")))
    return _box(b"ftyp", b"iso6", bytes(4), b"iso6", b"mp41") + _box(
        b"moov",
        _box(b"mvhd", movie_header),
        *tracks,
        _box(b"mvex", *extends),
        _box(b"uuid", IDENTITY_UUID, identity, names),
    )


def _track(
    track_id: int,
    created_s: int,
    rate_hz: int,
    *,
    handler: bytes,
    media_header: bytes,
    sample_entry: bytes,
    size_px: tuple[int, int] = (0, 0),
) -> bytes:
    sample_table = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">II", 0, 1), sample_entry),
        *(_box(kind, bytes(8)) for kind in (b"stts", b"stsc", b"stco")),
        _box(b"stsz", bytes(12)),
    )
    name = b"video\0" if handler == b"vide" else b"sound\0"
    media = _box(
        b"mdia",
        _box(b"mdhd", struct.pack(">IQQIQHH", 0x0100_0000, created_s, created_s, rate_hz, 0, 0x55C4, 0)),
        _box(b"hdlr", struct.pack(">II4s12x", 0, 0, handler), name),
        _box(
            b"minf",
            media_header,
            _box(b"dinf", _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", struct.pack(">I", 1)))),
            sample_table,
        ),
    )
    volume = 0x100 if handler == b"soun" else 0
    header = struct.pack(
        ">IQQIIQ8xhhhH36sII",
        0x0100_0007, created_s, created_s, track_id, 0, 0, 0, 0, volume, 0, _UNITY_MATRIX, size_px[0] << 16, size_px[1] << 16,
    )  # fmt: skip
    return _box(b"trak", _box(b"tkhd", header), media)


AUDIO_ENTRIES: Final = {AudioCodec.AAC: b"mp4a", AudioCodec.PCMU: b"ulaw", AudioCodec.PCMA: b"alaw"}
"""Sample entries: 14496-14 section 5.6, and QuickTime's for G.711, which libavformat reads in MP4 too."""

AAC_OBJECT: Final = 0x40


def audio_track(audio: AudioParameters, created_s: int) -> bytes:
    """The ``trak`` of sound."""
    specific = b""
    if audio.codec is AudioCodec.AAC:
        specific = _box(b"esds", esds(AAC_OBJECT, audio.config, stream_type=5))
    entry = _box(
        AUDIO_ENTRIES[audio.codec],
        struct.pack(">6xH8xHHHHI", 1, audio.channels, 16, 0, 0, (audio.rate_hz & 0xFFFF) << 16),
        specific,
    )
    return _track(
        AUDIO_TRACK_ID,
        created_s,
        audio.rate_hz,
        handler=b"soun",
        media_header=_box(b"smhd", bytes(8)),
        sample_entry=entry,
    )


_ENTRIES: Final = {
    VideoCodec.H264: (b"avc1", b"avcC"),
    VideoCodec.H265: (b"hvc1", b"hvcC"),
    VideoCodec.MJPEG: (b"mp4v", b"esds"),
}
_SHORTEST_CONFIGURATION_BYTES: Final = {VideoCodec.H264: 7, VideoCodec.H265: 23}
JPEG_OBJECT: Final = 0x6C
"""objectTypeIndication of ISO/IEC 10918-1 (14496-1 table 5): what libavformat writes for Motion JPEG in MP4, and reads."""


def esds(object_type: int, specific: bytes = b"", *, stream_type: int = 4) -> bytes:
    """The body of an ``esds`` box (ISO/IEC 14496-1 section 7.2.6.5, 14496-14 section 5.6).

    Args:
        object_type: objectTypeIndication.
        specific: DecoderSpecificInfo, or b"" without.
        stream_type: 4 visual, 5 audio.
    """
    decoder = bytes((object_type, stream_type << 2 | 1)) + bytes(11)
    if specific:
        decoder += _descriptor(5, specific)
    return bytes(4) + _descriptor(3, bytes(3) + _descriptor(4, decoder) + _descriptor(6, b"\x02"))


def _descriptor(tag: int, body: bytes) -> bytes:
    if len(body) > 127:
        raise ValueError("a descriptor of more than 127 bytes")
    return bytes((tag, len(body))) + body


def check_configuration(parameters: CodecParameters) -> None:
    """Refuse what is no decoder configuration record.

    Raises:
        StreamUnsupported: too short, or not version 1.
    """
    extradata = parameters.extradata
    if parameters.codec is VideoCodec.MJPEG:
        return
    if len(extradata) < _SHORTEST_CONFIGURATION_BYTES[parameters.codec] or extradata[0] != 1:
        raise StreamUnsupported(f"the decoder configuration is no version 1 record ({len(extradata)} bytes)")


def codec_string(parameters: CodecParameters) -> str:
    """What MSE and HLS call the codec (RFC 6381): ``avc1.64001f``, ``mp4v.6C``, or ``hvc1.1.6.L93.B0`` by ISO/IEC 14496-15 annex E.

    Raises:
        StreamUnsupported: the parameters hold no decoder configuration record.
    """
    check_configuration(parameters)
    if parameters.codec is VideoCodec.MJPEG:
        return f"mp4v.{JPEG_OBJECT:X}"
    data = parameters.extradata
    if parameters.codec is VideoCodec.H264:
        return f"avc1.{data[1:4].hex()}"
    space = ("", "A", "B", "C")[data[1] >> 6]
    tier = "H" if data[1] & 0x20 else "L"
    compatibility = int(f"{int.from_bytes(data[2:6]):032b}"[::-1], 2)
    constraints = "".join(f".{byte:X}" for byte in data[6:12].rstrip(b"\0"))
    return f"hvc1.{space}{data[1] & 0x1F}.{compatibility:X}.{tier}{data[12]}{constraints}"


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body
