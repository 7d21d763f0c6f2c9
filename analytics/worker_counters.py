"""What an analytics worker's status says of each camera, and of its memory."""

from __future__ import annotations

import os
from pathlib import Path

from analytics.pipeline import CameraPipeline


def camera_counters(pipeline: CameraPipeline, *, fps: float, dropped: int) -> dict[str, float]:
    """One camera's.

    Args:
        pipeline: of the camera.
        fps: frames a second that were looked at lately.
        dropped: packets that were given up because the worker was behind.
    """
    decoded, counted, sample = pipeline.decoder.counters, pipeline.counters, pipeline.last_sample
    return {
        "packets": counted.packets,
        "frames": decoded.frames,
        "fps": fps,
        "decode_errors": decoded.errors,
        "skipped": decoded.skipped,
        "unwanted": counted.unwanted,
        "thinned": pipeline.schedule.thinned,
        "dropped": dropped,
        "observations": counted.observations,
        "moving": float(pipeline.moving),
        "calibrations": counted.calibrations,
        "held_back": counted.held_back,
        "picture_looks": pipeline.picture.looks,
        "picture_ill": float(bool(pipeline.picture.health.condition)),
        "snapshots_failed": counted.snapshots_failed,
        "score": 0.0 if sample is None else sample.score,
        "calibrating": 1.0 if sample is None else float(sample.calibrating),
        "last_frame_wall_ns": 0 if sample is None else sample.wall_ns,
    }


def rss_bytes() -> int:
    """This process's resident memory."""
    # proc(5): the second field of statm is the resident set, in pages.
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
