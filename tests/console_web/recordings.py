"""Recorded minutes for tests: our own fragments on disk, known to the catalogue as the recorder reports them."""

from __future__ import annotations

import hashlib

from nvr.clock import NS_PER_S
from nvr.media import CodecParameters, StreamKind, VideoCodec
from nvr.observations import SegmentClosed, SegmentOpened, new_id
from nvr.recording.fmp4 import Sample, fragment, init_segment
from nvr.storage.layout import segment_path
from tests.console_web.room import Room

PARAMETERS = CodecParameters(VideoCodec.H264, bytes.fromhex("0164001fffe1000467640000010000"), 640, 360)


def minute(room: Room, camera_id: str, start_ns: int, *, seconds: int = 60, whole: bool = True) -> str:
    """A segment of one-second fragments, each a key frame; its id. Not ``whole``: still being written."""
    segment_id = new_id(start_ns)
    relative = segment_path(camera_id, StreamKind.MAIN, start_ns)
    path = room.services.recordings / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [
        init_segment(PARAMETERS, start_wall_ns=start_ns, camera_id=camera_id, segment_id=segment_id, epoch_ns=start_ns)
    ]
    for i in range(seconds):
        sample = Sample(90_000, 0, True, b"\0\0\0\x04" + i.to_bytes(4))
        parts += fragment(i + 1, i * 90_000, [sample], wall_ns=start_ns + i * NS_PER_S)
    data = b"".join(parts)
    path.write_bytes(data)
    if whole:
        room.take_up(
            SegmentClosed(
                segment_id=segment_id,
                camera_id=camera_id,
                stream=StreamKind.MAIN,
                start_wall_ns=start_ns,
                end_wall_ns=start_ns + seconds * NS_PER_S,
                path=str(relative),
                size_bytes=len(data),
                packets=seconds,
                sha256=hashlib.sha256(data).hexdigest(),
            )
        )
    else:
        room.take_up(
            SegmentOpened(
                segment_id=segment_id,
                camera_id=camera_id,
                stream=StreamKind.MAIN,
                epoch_ns=start_ns,
                start_wall_ns=start_ns,
                path=str(relative),
                codec="h264",
                width_px=640,
                height_px=360,
            )
        )
    return segment_id
