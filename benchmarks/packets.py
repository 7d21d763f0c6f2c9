"""Packets for benchmarks of the recorder, from a clip that was encoded before. Imports no encoder: a process that is started a thousand times has it."""

from __future__ import annotations

from nvr.clock import NS_PER_S
from nvr.media import CodecParameters, Packet, StreamKind

FPS = 25
TICKS = 90_000 // FPS
START_NS = 1_790_000_000 * NS_PER_S
Clip = tuple[CodecParameters, list[tuple[bool, bytes]]]
"""Parameters, then (is_keyframe, data) of each packet."""


def packet(clip: Clip, camera: int, seq: int) -> Packet:
    """The ``seq``-th packet of a camera that shows the clip again and again from ``START_NS`` on."""
    parameters, content = clip
    is_keyframe, data = content[seq % len(content)]
    dts = seq * TICKS
    return Packet(
        camera_id=f"cam{camera:02d}",
        stream=StreamKind.MAIN,
        epoch_ns=START_NS,
        seq=seq,
        pts=dts,
        dts=dts,
        is_keyframe=is_keyframe,
        wall_ns=START_NS + dts * NS_PER_S // 90_000,
        parameters=parameters,
        data=data,
    )
