"""What a stream's parameter sets say, whichever the codec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from nvr.errors import StreamMalformed
from nvr.media import CodecParameters

MAX_SIDE_PX: Final = 8192
MAX_PICTURE_PX: Final = 8192 * 4608
"""8K is taken, a 65535x65535 that would make a decoder ask for gigabytes is not."""

MAX_REORDER_FRAMES: Final = 16


@dataclass(frozen=True, slots=True)
class StreamParameters:
    """Decoder configuration and how far pictures travel out of order.

    Attributes:
        codec: what goes into every ``Packet``.
        reorder_frames: pictures that may precede another in decoding and follow it in output, 0..16; None where the stream
            does not say.
    """

    codec: CodecParameters
    reorder_frames: int | None


class ParameterSets(Protocol):
    """Collects a stream's parameter sets, from SDP and from the stream itself."""

    def offer(self, nal: bytes) -> None:
        """Take up one parameter set NAL unit, header included.

        Raises:
            StreamMalformed: not readable, or absurd.
        """
        ...

    def parameters(self) -> StreamParameters | None:
        """The decoder configuration: the same object until a set changes; None while some are missing.

        Raises:
            StreamMalformed: together they make no sense.
        """
        ...


def checked_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height, if a camera can have them.

    Raises:
        StreamMalformed: they are absurd.
    """
    if not (
        16 <= width_px <= MAX_SIDE_PX and 16 <= height_px <= MAX_SIDE_PX and width_px * height_px <= MAX_PICTURE_PX
    ):
        raise StreamMalformed(
            f"the stream claims pictures of {width_px}x{height_px}", "set a size of at most 8192x4608 in the camera"
        )
    return width_px, height_px
