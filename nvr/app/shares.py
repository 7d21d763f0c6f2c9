"""Who works for which camera; pure, so that every process comes to the same answer from the configuration alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from nvr.config import Camera, Config

CAMERAS_PER_WORKER = 64
"""One process pulls or analyses this many before a second one pays for its 60 to 120 MB (docs/measurements.md)."""


@dataclass(frozen=True, slots=True)
class Share:
    """A worker and its cameras."""

    worker: str
    cameras: tuple[Camera, ...]


def worker_count(configured: int, cameras: int, cores: int) -> int:
    """How many workers of a kind: as configured, but none without a camera; else one per 64 cameras, at most one per core; at least one."""
    wanted = configured or min(cores, -(-cameras // CAMERAS_PER_WORKER))
    return max(1, min(wanted, cameras))


def share_out(kind: str, cameras: Sequence[Camera], workers: int) -> tuple[Share, ...]:
    """Cameras dealt out in turn, so that neighbours on a trunk do not all hang on the same worker."""
    return tuple(Share(f"{kind}-{index}", tuple(cameras[index::workers])) for index in range(workers))


def ingest_shares(config: Config, cores: int | None = None) -> tuple[Share, ...]:
    """The ingest workers of a configuration."""
    cameras = config.enabled_cameras
    return share_out(
        "ingest", cameras, worker_count(config.node.ingest_workers, len(cameras), cores or os.cpu_count() or 1)
    )


def analytics_shares(config: Config, cores: int | None = None) -> tuple[Share, ...]:
    """The analytics workers of a configuration."""
    cameras = config.enabled_cameras
    return share_out(
        "analytics", cameras, worker_count(config.node.analytics_workers, len(cameras), cores or os.cpu_count() or 1)
    )


def onvif_share(config: Config) -> Share | None:
    """The worker that talks ONVIF to cameras; None where none has it. One is enough: it moves no pictures."""
    cameras = tuple(camera for camera in config.enabled_cameras if camera.onvif is not None)
    return Share("onvif-0", cameras) if cameras else None


def find_share(shares: Sequence[Share], worker: str) -> Share:
    """The share of a worker.

    Raises:
        KeyError: no such worker in this configuration.
    """
    for share in shares:
        if share.worker == worker:
            return share
    raise KeyError(worker)
