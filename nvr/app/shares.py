"""How many workers there are, and what a worker's share is; which camera is whose is dealt in ``nvr.app.in_force``."""

from __future__ import annotations

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
