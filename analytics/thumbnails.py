"""Still pictures out of recordings, in a process of its own: ``python -m analytics.thumbnails``.

What cameras sent is decoded neither where recordings are written nor where the console answers. This process reads requests from its standard input, a
line of JSON each, answers each on its standard output with four bytes of length and a JPEG (length 0: there is no picture), and ends by itself once
nobody has asked for a minute, or when its parent closes the pipe.
"""

from __future__ import annotations

import io
import os
import resource
import select
import sys
from pathlib import Path
from typing import Final

import av
import av.error
import cv2
import msgspec
import numpy as np
from av.video.frame import VideoFrame

IDLE_S: Final = 60.0
MOST_FRAMES: Final = 300
"""Decoded for one picture: twelve seconds at 25 frames a second, the longest distance between key frames that is made up for."""
JPEG_QUALITY: Final = 75
_MAX_PIXELS: Final = 8192 * 4608
_MOST_BYTES: Final = 256 * 1024 * 1024
_MEMORY_BYTES: Final = 3 * 1024**3


class Wanted(msgspec.Struct, frozen=True):
    """A request.

    Attributes:
        path: of a recorded file.
        init_bytes: how long its beginning is, before the first fragment.
        from_byte: where the fragment with the key frame begins that the picture builds on; ``to_byte``: where the picture's own fragment ends.
        offset_ms: of the picture, in milliseconds since the file's first one.
        width_px: of the answer; never larger than the recording.
    """

    path: str
    init_bytes: int
    from_byte: int
    to_byte: int
    offset_ms: int
    width_px: int


def picture(wanted: Wanted) -> bytes:
    """The picture that stood there at that time, as JPEG; empty where it can't be had. Never raises on what a file holds."""
    try:
        frame = _frame(_part(wanted), wanted.offset_ms / 1000)
        if frame is None:
            return b""
        width = max(2, min(wanted.width_px, frame.width))
        height = max(2, round(frame.height * width / frame.width))
        shown = frame.reformat(width=width, height=height, format="bgr24").to_ndarray()
        done, data = cv2.imencode(".jpg", np.asarray(shown, np.uint8), (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    except (av.error.FFmpegError, cv2.error, OSError, ValueError, MemoryError, ZeroDivisionError):
        return b""
    return data.tobytes() if done else b""


def _part(wanted: Wanted) -> io.BytesIO:
    """The file as if it had only those fragments: nothing else of it need be read, and no index."""
    length = wanted.to_byte - wanted.from_byte
    if not (0 < wanted.init_bytes <= wanted.from_byte and 0 < length <= _MOST_BYTES):
        raise ValueError("no such part")
    with Path(wanted.path).open("rb") as file:
        start = file.read(wanted.init_bytes)
        file.seek(wanted.from_byte)
        return io.BytesIO(start + file.read(length))


def _frame(part: io.BytesIO, offset_s: float) -> VideoFrame | None:
    """The last picture at or before a time; the first one where all are later."""
    with av.open(part, "r", format="mp4") as container:
        if not container.streams.video:
            return None
        track = container.streams.video[0]
        context = track.codec_context
        context.thread_count = 1
        context.options = {"max_pixels": str(_MAX_PIXELS), "skip_loop_filter": "all"}
        found: VideoFrame | None = None
        for number, frame in enumerate(container.decode(track)):
            if found is not None and frame.time > offset_s:
                break
            found = frame
            if number >= MOST_FRAMES:
                break
        return found


def main() -> int:
    """Answer requests until nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    os.nice(10)
    cv2.setNumThreads(1)
    decode = msgspec.json.Decoder(Wanted).decode
    answers = sys.stdout.buffer
    while select.select([sys.stdin], [], [], IDLE_S)[0]:
        line = sys.stdin.buffer.readline()  # the parent asks one thing at a time: nothing stays behind in the buffer
        if not line:
            break
        data = picture(decode(line))
        answers.write(len(data).to_bytes(4) + data)
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
