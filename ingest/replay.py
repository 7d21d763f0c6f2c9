"""A file as a camera: the packets of an MP4, in real time or faster. For tests, and for looking at old footage with new settings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import av.error

from ingest.intake import PacketSink
from nvr.clock import NS_PER_S, Clock
from nvr.errors import StreamMalformed, StreamUnsupported
from nvr.media import TIMESCALE_HZ, CodecParameters, Packet, StreamKind, VideoCodec

_CODECS: Final = {"h264": VideoCodec.H264, "hevc": VideoCodec.H265}
_LENGTH_SIZE_AT: Final = {VideoCodec.H264: 4, VideoCodec.H265: 21}


@dataclass(frozen=True, slots=True)
class FilePicture:
    """One access unit of a file. ``pts`` and ``dts`` are in 90 kHz ticks; the first dts is 0."""

    pts: int
    dts: int
    is_keyframe: bool
    data: bytes


def read_parameters(path: Path) -> CodecParameters:
    """The decoder configuration of a file's video.

    Raises:
        StreamMalformed: not readable.
        StreamUnsupported: not H.264 or H.265 with 4-byte lengths, which is what MP4 holds.
    """
    with _opened(path) as container:
        return _parameters(container)


def read_pictures(path: Path) -> Iterator[FilePicture]:
    """The access units of a file's video, in decode order; errors as ``read_parameters``."""
    with _opened(path) as container:
        _parameters(container)
        first_dts: int | None = None
        try:
            for packet in container.demux(container.streams.video[0]):
                if not packet.size or packet.dts is None or packet.pts is None:
                    continue
                ticks = packet.time_base * TIMESCALE_HZ
                dts = round(packet.dts * ticks)
                first_dts = dts if first_dts is None else first_dts
                yield FilePicture(
                    round(packet.pts * ticks) - first_dts, dts - first_dts, packet.is_keyframe, bytes(packet)
                )
        except av.error.FFmpegError as error:
            raise StreamMalformed(f"{path.name} can't be read on ({error.strerror})") from error


async def replay(
    path: Path,
    camera_id: str,
    stream: StreamKind,
    *,
    clock: Clock,
    sink: PacketSink,
    speed: float = 1.0,
    rounds: int = 1,
) -> None:
    """Hand the packets of a file to ``sink`` as if a camera sent them: one epoch, ``wall_ns`` from now on.

    Args:
        path: an MP4 with H.264 or H.265.
        camera_id: what the packets say.
        stream: likewise.
        clock: gives the wall time of the first packet, and the pace.
        sink: takes the packets.
        speed: 1.0 is real time; ``inf`` is as fast as it goes. The packets' times are those of real time in any case.
        rounds: how many times the file is played, one round following the other without a break.

    Raises:
        StreamMalformed: not readable.
        StreamUnsupported: another codec.
    """
    parameters = read_parameters(path)
    epoch_ns = clock.wall_ns()
    began_ns = clock.monotonic_ns()
    seq = offset = 0
    for _ in range(rounds):
        end = frame = 0
        for picture in read_pictures(path):
            frame = picture.dts - end or frame
            end = picture.dts
            dts_ns = (offset + picture.dts) * NS_PER_S // TIMESCALE_HZ
            ahead_s = dts_ns / NS_PER_S / speed - (clock.monotonic_ns() - began_ns) / NS_PER_S
            await asyncio.sleep(max(0.0, ahead_s))
            pts = offset + picture.pts
            sink(
                Packet(
                    camera_id=camera_id,
                    stream=stream,
                    epoch_ns=epoch_ns,
                    seq=seq,
                    pts=pts,
                    dts=offset + picture.dts,
                    is_keyframe=picture.is_keyframe,
                    wall_ns=epoch_ns + pts * NS_PER_S // TIMESCALE_HZ,
                    parameters=parameters,
                    data=picture.data,
                )
            )
            seq += 1
        offset += end + frame


def _opened(path: Path) -> av.container.InputContainer:
    try:
        return av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise StreamMalformed(f"{path.name} can't be opened ({error.strerror})", "name an MP4 file") from error


def _parameters(container: av.container.InputContainer) -> CodecParameters:
    if not container.streams.video:
        raise StreamUnsupported("the file holds no video", "name an MP4 file with H.264 or H.265")
    context = container.streams.video[0].codec_context
    codec = _CODECS.get(context.name)
    extradata = bytes(context.extradata or b"")
    if codec is None or len(extradata) < 23 - 15 * (codec is VideoCodec.H264) or extradata[0] != 1:
        raise StreamUnsupported(
            f"the file holds {context.name} that is not packed as in MP4", "convert it to MP4 with H.264 or H.265"
        )
    if extradata[_LENGTH_SIZE_AT[codec]] & 3 != 3:
        raise StreamUnsupported("the file's NAL units have short lengths", "convert it with ffmpeg -c copy")
    return CodecParameters(codec, extradata, context.width, context.height)
