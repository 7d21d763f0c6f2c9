"""Reads back the files that ``nvr.recording.fmp4`` writes: which whole fragments they hold, and where.

Not a general MP4 parser: ``moov`` is walked box by box, but fragments must stand exactly as we write them, and the first that does
not, or that isn't there in full, ends the table. So a file that is being written, or that a crash cut off, reads as what is whole of it.
Only headers are read, and every length is checked against what encloses it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nvr.clock import NS_PER_S
from nvr.errors import SegmentCorrupt
from nvr.media import TIMESCALE_HZ, AudioCodec, AudioParameters, CodecParameters, StreamKind, VideoCodec
from nvr.recording import fmp4

_FIRST_READ_BYTES: Final = 4096
_MAX_INIT_BYTES: Final = 256 * 1024
_MAX_BOXES: Final = 64
_HEAD_READ_BYTES: Final = 1024
_MAX_SAMPLES: Final = 65_536
_MAX_FRAGMENTS: Final = 200_000
_KEY_BIT: Final = 0x0001_0000  # sample_is_non_sync_sample, inverted


@dataclass(frozen=True, slots=True)
class FragmentSpan:
    """One whole fragment.

    Attributes:
        offset_bytes: from the file's start to its first box (``prft``).
        size_bytes: all its boxes, those of the sound behind it included.
        start_dts: decode time of its first sample in 90 kHz ticks since the file's start.
        duration: ticks from there to the end of its last sample.
        wall_ns: UTC nanoseconds of its first picture.
        packets: how many samples.
        starts_with_keyframe: whether a decoder can begin here.
        audio_bytes: of the boxes of its sound, which come last; 0 where there is none.
    """

    offset_bytes: int
    size_bytes: int
    start_dts: int
    duration: int
    wall_ns: int
    packets: int
    starts_with_keyframe: bool
    audio_bytes: int = 0

    @property
    def end_wall_ns(self) -> int:
        """UTC nanoseconds at which its last picture ends."""
        return self.wall_ns + self.duration * NS_PER_S // TIMESCALE_HZ


@dataclass(frozen=True, slots=True)
class Fragments:
    """What is whole of a file. ``init_bytes`` is the size of ``ftyp`` and ``moov``; the rest is as written by ``init_segment``.

    ``groomed``: only its key frames are left.
    """

    init_bytes: int
    parameters: CodecParameters
    camera_id: str
    stream: StreamKind
    segment_id: str
    epoch_ns: int
    start_wall_ns: int
    fragments: tuple[FragmentSpan, ...]
    audio: AudioParameters | None = None
    groomed: bool = False

    @property
    def whole_bytes(self) -> int:
        """Where the last whole fragment ends; what follows is torn or still being written."""
        return self.fragments[-1].offset_bytes + self.fragments[-1].size_bytes if self.fragments else self.init_bytes

    @property
    def packets(self) -> int:
        """Samples in all whole fragments."""
        return sum(span.packets for span in self.fragments)

    @property
    def end_wall_ns(self) -> int:
        """UTC nanoseconds at which the last whole fragment ends."""
        return self.fragments[-1].end_wall_ns if self.fragments else self.start_wall_ns


def fragments_of(path: Path) -> Fragments:
    """The table of a file's whole fragments.

    Raises:
        SegmentCorrupt: the file has no whole init segment of ours.
        OSError: it can't be opened or read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return read_fragments(fd, str(path))
    finally:
        os.close(fd)


def read_fragments(fd: int, name: str) -> Fragments:
    """``fragments_of`` for a file that is open; ``name`` is how messages call it."""
    file_bytes = os.fstat(fd).st_size
    table = read_init(fd, name)
    spans: list[FragmentSpan] = []
    offset_bytes = table.init_bytes
    while offset_bytes < file_bytes and len(spans) < _MAX_FRAGMENTS:
        span = _fragment_at(fd, offset_bytes, file_bytes, table.start_wall_ns)
        if span is None:
            break
        if table.audio is not None:
            audio_bytes = _audio_size(fd, offset_bytes + span.size_bytes, file_bytes)
            span = replace(span, size_bytes=span.size_bytes + audio_bytes, audio_bytes=audio_bytes)
        spans.append(span)
        offset_bytes += span.size_bytes
    return replace(table, fragments=tuple(spans))


def read_init(fd: int, name: str) -> Fragments:
    """What the init segment alone says, without fragments: one read of 4 KiB where it is ours.

    Raises:
        SegmentCorrupt: the file has no whole init segment of ours.
        OSError: it can't be read.
    """
    head = os.pread(fd, _FIRST_READ_BYTES, 0)
    init_bytes = _init_size(head, name)
    if init_bytes > len(head):
        head = os.pread(fd, init_bytes, 0)
        if len(head) < init_bytes:
            raise SegmentCorrupt(f"{name}: its init segment is cut off")
    view = memoryview(head)[:init_bytes]
    try:
        parameters, audio = _parameters(view), _audio(view)
        camera_id, stream, segment_id, epoch_ns, start_wall_ns, groomed = _identity(view)
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise SegmentCorrupt(f"{name}: its init segment is not ours ({error})") from error
    return Fragments(
        init_bytes, parameters, camera_id, stream, segment_id, epoch_ns, start_wall_ns, (), audio, groomed=groomed
    )


def _init_size(head: bytes, name: str) -> int:
    try:
        ftyp_bytes, ftyp = fmp4.MDAT.unpack_from(head, 0)
        moov_bytes, moov = fmp4.MDAT.unpack_from(head, ftyp_bytes)
    except struct.error:
        raise SegmentCorrupt(f"{name}: its init segment is cut off") from None
    if ftyp != b"ftyp" or moov != b"moov" or not 8 <= moov_bytes <= _MAX_INIT_BYTES:
        raise SegmentCorrupt(f"{name}: does not begin with an init segment")
    return int(ftyp_bytes + moov_bytes)


def _fragment_at(fd: int, offset_bytes: int, file_bytes: int, near_wall_ns: int) -> FragmentSpan | None:
    head = os.pread(fd, _HEAD_READ_BYTES, offset_bytes)
    moof_at = fmp4.PRFT.size
    table_at = moof_at + fmp4.MOOF.size
    if len(head) < table_at:
        return None
    prft_bytes, prft, prft_flags, _, ntp, _ = fmp4.PRFT.unpack_from(head, 0)
    (
        moof_bytes, moof, _, mfhd, _, _, traf_bytes, traf, _, tfhd, tfhd_flags, _, _, tfdt, _, base_dts,
        trun_bytes, trun, trun_flags, count, data_offset,
    ) = fmp4.MOOF.unpack_from(head, moof_at)  # fmt: skip
    if (prft_bytes, prft, prft_flags) != (fmp4.PRFT.size, b"prft", fmp4.PRFT_FLAGS) or (
        (moof, mfhd, traf, tfhd, tfdt, trun) != (b"moof", b"mfhd", b"traf", b"tfhd", b"tfdt", b"trun")
    ):
        return None
    columns = 4 if trun_flags & fmp4.TRUN_CTS_FLAG else 3
    table_bytes = count * columns * 4
    if (
        not 0 < count <= _MAX_SAMPLES
        or trun_flags & ~fmp4.TRUN_CTS_FLAG != fmp4.TRUN_FLAGS
        or tfhd_flags != fmp4.TFHD_FLAGS
        or (moof_bytes, traf_bytes, trun_bytes)
        != (fmp4.MOOF.size + table_bytes, fmp4.MOOF.size - 24 + table_bytes, 20 + table_bytes)
        or data_offset != moof_bytes + 8
    ):
        return None
    mdat_at = table_at + table_bytes
    if len(head) < mdat_at + 8:
        head = os.pread(fd, mdat_at + 8, offset_bytes)
        if len(head) < mdat_at + 8:
            return None
    fields = struct.unpack_from(f">{count * columns}I", head, table_at)
    mdat_bytes, mdat = fmp4.MDAT.unpack_from(head, mdat_at)
    size_bytes = mdat_at + mdat_bytes
    if mdat != b"mdat" or mdat_bytes != 8 + sum(fields[1::columns]) or offset_bytes + size_bytes > file_bytes:
        return None
    return FragmentSpan(
        offset_bytes=offset_bytes,
        size_bytes=size_bytes,
        start_dts=base_dts,
        duration=sum(fields[0::columns]),
        wall_ns=fmp4.wall_from_ntp(ntp, near_wall_ns),
        packets=count,
        starts_with_keyframe=not fields[2] & _KEY_BIT,
    )


def _audio_size(fd: int, offset_bytes: int, file_bytes: int) -> int:
    """How long the boxes of sound are that begin here; 0 where none do, or not in full."""
    head = os.pread(fd, _HEAD_READ_BYTES, offset_bytes)
    if len(head) < fmp4.MOOF.size or head[4:8] != b"moof":
        return 0
    fields = fmp4.MOOF.unpack_from(head, 0)
    moof_bytes, track_id, trun_flags, count = fields[0], fields[11], fields[18], fields[19]
    if (
        track_id != fmp4.AUDIO_TRACK_ID
        or trun_flags != fmp4.TRUN_FLAGS
        or not 0 < count <= _MAX_SAMPLES
        or moof_bytes != fmp4.MOOF.size + count * 12
    ):
        return 0
    head = os.pread(fd, moof_bytes + 8, offset_bytes)
    if len(head) < moof_bytes + 8:
        return 0
    mdat_bytes, mdat = fmp4.MDAT.unpack_from(head, moof_bytes)
    sizes = struct.unpack_from(f">{count * 3}I", head, fmp4.MOOF.size)[1::3]
    whole = mdat == b"mdat" and mdat_bytes == 8 + sum(sizes) and offset_bytes + moof_bytes + mdat_bytes <= file_bytes
    return int(moof_bytes + mdat_bytes) if whole else 0


def holds_zeros(fd: int, span: FragmentSpan) -> bool:
    """Whether a sample of the fragment begins with an empty NAL unit: what a power cut leaves of blocks that were never written."""
    data = os.pread(fd, span.size_bytes, span.offset_bytes)
    columns, table_at = _sample_table(data)
    sizes = struct.unpack_from(f">{span.packets * columns}I", data, table_at)[1::columns]
    at = table_at + span.packets * columns * 4 + 8
    for size_bytes in sizes:
        if not any(data[at : at + 4]):
            return True
        at += size_bytes
    return False


def first_sample(fd: int, span: FragmentSpan) -> tuple[bytes, fmp4.Sample]:
    """A fragment's time stamp (``prft``, byte for byte) and its first sample.

    Raises:
        SegmentCorrupt: it is not there in full.
        OSError: it can't be read.
    """
    head = os.pread(fd, fmp4.PRFT.size + fmp4.MOOF.size + 16, span.offset_bytes)
    columns, table_at = _sample_table(head)
    fields = struct.unpack_from(f">{columns}I", head, table_at)
    data = os.pread(fd, fields[1], span.offset_bytes + table_at + span.packets * columns * 4 + 8)
    if len(data) != fields[1]:
        raise SegmentCorrupt("a fragment's first picture is not there in full")
    cts = (fields[3] ^ 1 << 31) - (1 << 31) if columns == 4 else 0
    return head[: fmp4.PRFT.size], fmp4.Sample(fields[0], cts, not fields[2] & _KEY_BIT, data)


def _sample_table(data: bytes) -> tuple[int, int]:
    """How many columns the table of a fragment's samples has, and where it begins."""
    trun_flags = fmp4.MOOF.unpack_from(data, fmp4.PRFT.size)[18]
    return 4 if trun_flags & fmp4.TRUN_CTS_FLAG else 3, fmp4.PRFT.size + fmp4.MOOF.size


def _children(view: memoryview, at: int = 0) -> Iterator[tuple[bytes, memoryview]]:
    for _ in range(_MAX_BOXES):
        if at == len(view):
            return
        size_bytes, kind = fmp4.MDAT.unpack_from(view, at)
        if not 8 <= size_bytes <= len(view) - at:
            raise ValueError(f"a box of {size_bytes} bytes")
        yield kind, view[at + 8 : at + size_bytes]
        at += size_bytes
    raise ValueError("too many boxes")


def _child(view: memoryview, kind: bytes, at: int = 0) -> memoryview:
    for found, body in _children(view, at):
        if found == kind:
            return body
    raise ValueError(f"it lacks {kind!r}")


_CODECS: Final = {
    b"avc1": (VideoCodec.H264, b"avcC"),
    b"hvc1": (VideoCodec.H265, b"hvcC"),
    b"mp4v": (VideoCodec.MJPEG, b"esds"),
}


def _parameters(view: memoryview) -> CodecParameters:
    body = _child(view, b"moov")
    for kind in (b"trak", b"mdia", b"minf", b"stbl"):
        body = _child(body, kind)
    entry, description = next(_children(_child(body, b"stsd"), 8))
    codec, configuration = _CODECS[entry]
    width_px, height_px = struct.unpack_from(">HH", description, 24)
    extradata = bytes(_child(description, configuration, 78))
    if codec is VideoCodec.MJPEG:
        if extradata != fmp4.esds(fmp4.JPEG_OBJECT):
            raise ValueError("another codec in mp4v")
        extradata = b""
    return CodecParameters(codec, extradata, width_px, height_px)


def _audio(view: memoryview) -> AudioParameters | None:
    tracks = [body for kind, body in _children(_child(view, b"moov")) if kind == b"trak"]
    if len(tracks) < 2:
        return None
    media = _child(tracks[1], b"mdia")
    (rate_hz,) = struct.unpack_from(">I", _child(media, b"mdhd"), 20)
    body = _child(_child(media, b"minf"), b"stbl")
    entry, description = next(_children(_child(body, b"stsd"), 8))
    codec = _AUDIO_CODECS[entry]
    (channels,) = struct.unpack_from(">H", description, 16)
    config = b""
    if codec is AudioCodec.AAC:
        described = bytes(_child(description, b"esds", 28))
        config = described[_ESDS_CONFIG_AT : _ESDS_CONFIG_AT + described[_ESDS_CONFIG_AT - 1]]
        if described != fmp4.esds(fmp4.AAC_OBJECT, config, stream_type=5):
            raise ValueError("its sound is described by another")
    return AudioParameters(codec, config, rate_hz, channels)


_AUDIO_CODECS: Final = {entry: codec for codec, entry in fmp4.AUDIO_ENTRIES.items()}
_ESDS_CONFIG_AT: Final = 26  # behind version, the heads of three descriptors and what stands between them


def _identity(view: memoryview) -> tuple[str, StreamKind, str, int, int, bool]:
    body = _child(_child(view, b"moov"), b"uuid")
    if body[:16] != fmp4.IDENTITY_UUID:
        raise ValueError("the uuid box is another's")
    version, start_wall_ns, epoch_ns, segment_id = fmp4.IDENTITY_HEAD.unpack_from(body, 16)
    if version not in {fmp4.AS_RECORDED, fmp4.GROOMED}:
        raise ValueError(f"identity version {version}")
    at = 16 + fmp4.IDENTITY_HEAD.size
    names = []
    for _ in range(2):
        length = body[at]
        names.append(bytes(body[at + 1 : at + 1 + length]).decode("ascii"))
        at += 1 + length
    return names[1], StreamKind(names[0]), segment_id.hex(), epoch_ns, start_wall_ns, version == fmp4.GROOMED
