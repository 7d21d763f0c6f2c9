"""What the workers last said of themselves: newest wins, and rates are the difference of two reports. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from nvr.clock import NS_PER_S
from nvr.observations import WorkerStatus

_MAX_WORKERS: Final = 256


@dataclass(frozen=True, slots=True)
class StreamRates:
    """What arrives of a stream: frames and kilobits a second; picture size where the worker tells it, else 0; whether the camera
    is only looked at now and then because of what it did."""

    fps: float = 0.0
    kbps: float = 0.0
    width_px: int = 0
    height_px: int = 0
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """A worker's newest report.

    Attributes:
        status: as it was sent.
        cpu_cores: cores it used between its last two reports, 0 before the second.
        rates: ``camera_id/stream`` → what arrived between its last two reports.
    """

    status: WorkerStatus
    cpu_cores: float
    rates: dict[str, StreamRates]


@dataclass(slots=True)
class HealthBoard:
    """Newest report per worker."""

    workers: dict[str, WorkerHealth] = field(default_factory=dict)

    def report(self, status: WorkerStatus) -> None:
        """Take a report up. One that is older than what is known is passed over."""
        before = self.workers.get(status.worker)
        if before is None and len(self.workers) >= _MAX_WORKERS:
            return
        if before is not None and status.wall_ns <= before.status.wall_ns and status.pid == before.status.pid:
            return
        same_run = before is not None and before.status.pid == status.pid
        self.workers[status.worker] = _health(status, before.status if before and same_run else None)

    def statuses(self) -> list[WorkerStatus]:
        """What each worker last said."""
        return [health.status for health in self.workers.values()]

    def stream(self, camera_id: str, stream: str) -> StreamRates:
        """What arrives of a stream as its ingest worker sees it; zeros where none reports it."""
        key = f"{camera_id}/{stream}"
        # Analytics workers report the same streams, counting decoded frames: the one that counts bytes is the ingest worker.
        candidates = [health.rates[key] for health in self.workers.values() if key in health.rates]
        return max(candidates, key=lambda rates: (rates.kbps, rates.fps), default=StreamRates())


def _health(status: WorkerStatus, before: WorkerStatus | None) -> WorkerHealth:
    elapsed_s = 1.0 if before is None else max((status.wall_ns - before.wall_ns) / NS_PER_S, 0.001)
    rates: dict[str, StreamRates] = {}
    for key, counters in status.cameras.items():
        # Without an earlier report there is no difference to take: counters run since the worker's start.
        old = counters if before is None else before.cameras.get(key, counters)
        packets = max(0.0, counters.get("packets", 0.0) - old.get("packets", 0.0))
        total_bytes = max(0.0, counters.get("bytes", 0.0) - old.get("bytes", 0.0))
        rates[key] = StreamRates(
            fps=counters.get("fps", packets / elapsed_s),
            kbps=total_bytes * 8 / 1000 / elapsed_s,
            width_px=int(counters.get("width_px", 0)),
            height_px=int(counters.get("height_px", 0)),
            quarantined=counters.get("quarantined", 0) > 0,
        )
    cpu_s = 0.0 if before is None else max(0.0, status.cpu_s - before.cpu_s)
    return WorkerHealth(status, cpu_s / elapsed_s, rates)
