"""How many workers there are, and what a worker's share is; which camera is whose is dealt in ``nvr.app.in_force``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nvr.config import Camera, Config

CAMERAS_PER_WORKER = 64
"""One process pulls or analyses this many before a second one pays for its 60 to 120 MB (docs/measurements.md)."""

ONVIF_WORKER: Final = "onvif-0"
"""Whoever listens to workers listens to this one too, whether it runs now or not: the first camera that speaks ONVIF may come any day."""


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
    return Share(ONVIF_WORKER, cameras) if cameras else None


def analytics_budget_cores(config: Config, workers: int, cores: int | None = None) -> float:
    """What each of so many analytics workers may take, in cores: the same for all, since cameras are dealt out in turn."""
    whole = config.node.analytics_budget_cores or max(0.5, (cores or os.cpu_count() or 1) / 2)
    return whole / max(1, workers)


def find_share(shares: Sequence[Share], worker: str) -> Share:
    """The share of a worker.

    Raises:
        KeyError: no such worker in this configuration.
    """
    for share in shares:
        if share.worker == worker:
            return share
    raise KeyError(worker)
