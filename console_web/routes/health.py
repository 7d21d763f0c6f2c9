"""How the machine and its workers are: for people, for Prometheus, and for the watchdog."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from fastapi import Response
from fastapi.responses import PlainTextResponse

from console_web import schemas
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.guard import Caller, Openness, guarded_router, public, requires
from console_web.metrics import Sample, exposition
from nvr.catalogue import changes, stocktaking
from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.steady_clock import SteadyClock

router = guarded_router()


@router.get("/api/health")
@requires(Action.SEE_HEALTH)
async def health(who: Caller, parts: Parts) -> schemas.HealthOut:
    """Workers, the streams within reach, disk and catalogue."""
    return await parts.services.threads.files(_health, parts, who)


def _health(parts: Console, who: Identity) -> schemas.HealthOut:
    services = parts.services
    now_ns = services.clock.wall_ns()
    states = parts.stream_states()
    return schemas.HealthOut(
        workers=[
            schemas.WorkerOut(
                worker=name,
                pid=known.status.pid,
                age_ms=max(0, now_ns - known.status.wall_ns) // NS_PER_MS,
                cpu_cores=round(known.cpu_cores, 3),
                rss_bytes=known.status.rss_bytes,
                counters=known.status.counters,
            )
            for name, known in sorted(services.live.board.workers.items())
        ],
        cameras=[
            schemas.CameraHealthOut(camera_id=camera.id, streams=parts.shapes.streams(camera, states))
            for camera in sorted(services.config.cameras, key=lambda camera: camera.number)
            if parts.sees(who, camera.id)
        ],
        disk=_disk(parts),
        catalogue=_catalogue(parts),
        clock=_clock(parts),
    )


def _disk(parts: Console) -> schemas.DiskOut:
    reserve_bytes = parts.services.config.node.reserve_mb * 1024 * 1024
    try:
        usage = shutil.disk_usage(parts.services.recordings)
    except OSError:
        # The folder is gone, or its disk: no room at all is what that means.
        return schemas.DiskOut(free_bytes=0, total_bytes=0, reserve_bytes=reserve_bytes)
    return schemas.DiskOut(free_bytes=usage.free, total_bytes=usage.total, reserve_bytes=reserve_bytes)


def _clock(parts: Console) -> schemas.ClockOut | None:
    clock = parts.services.clock
    if not isinstance(clock, SteadyClock):
        return None
    return schemas.ClockOut(error_s=round(clock.line.error_ns / NS_PER_S, 3), doubt=clock.line.doubt)


def _catalogue(parts: Console) -> dict[str, Any]:
    catalogue = parts.services.catalogue
    with catalogue.read() as tx:
        seq = changes.last_seq(tx)
        damaged = stocktaking.damaged(tx)
    size_bytes = catalogue.file.stat().st_size if catalogue.file is not None and catalogue.file.exists() else 0
    return {
        "kind": "sqlite" if catalogue.is_sqlite else "postgresql",
        "last_seq": seq,
        "size_bytes": size_bytes,
        "damaged_segments": damaged,
    }


@router.get("/metrics", response_class=PlainTextResponse)
@requires(Action.SEE_METRICS, openness=Openness.LOOPBACK)
async def metrics(parts: Parts) -> Response:
    """All counters. From this machine, or for an admin."""
    threads = parts.services.threads
    samples = [
        *_samples(parts),
        *await threads.files(_disk_samples, parts),
        *await threads.read(_stored_samples, parts),
    ]
    return PlainTextResponse(exposition(samples), media_type="text/plain; version=0.0.4; charset=utf-8")


def _samples(parts: Console) -> Iterator[Sample]:
    live, feed = parts.services.live, parts.feed
    yield Sample("events_clients", feed.clients)
    yield Sample("events_offered_total", feed.sent)
    yield Sample("events_resets_total", feed.resets)
    yield Sample("live_streams", len(live.channels))
    yield Sample("live_viewers", sum(len(channel.viewers) for channel in live.channels.values()))
    yield Sample("live_viewer_dropped_total", live.dropped)
    yield Sample("live_bus_dropped_total", live.bus_dropped)
    yield Sample("live_bus_malformed_total", live.malformed)
    yield Sample("login_throttle_forgotten_total", parts.sessions.throttle.forgotten + parts.sessions.sources.forgotten)
    machine = _clock(parts)
    if machine is not None:
        yield Sample("clock_error_seconds", machine.error_s)
        yield Sample("clock_doubtful", float(bool(machine.doubt)))
    now_ns = parts.services.clock.wall_ns()
    for name, known in sorted(live.board.workers.items()):
        labels = {"worker": name}
        yield Sample("worker_age_seconds", max(0, now_ns - known.status.wall_ns) / NS_PER_S, labels)
        yield Sample("worker_cpu_seconds_total", known.status.cpu_s, labels)
        yield Sample("worker_resident_bytes", known.status.rss_bytes, labels)
        for counter, value in known.status.counters.items():
            yield Sample(f"worker_{counter}", value, labels)
        for key, counters in known.status.cameras.items():
            camera_id, _, stream = key.partition("/")
            for counter, value in counters.items():
                yield Sample(f"stream_{counter}", value, {"camera": camera_id, "stream": stream} | labels)


def _disk_samples(parts: Console) -> list[Sample]:
    disk = _disk(parts)
    return [Sample("disk_free_bytes", disk.free_bytes), Sample("disk_total_bytes", disk.total_bytes)]


def _stored_samples(parts: Console) -> list[Sample]:
    """What the catalogue is asked for."""
    return [Sample("segments_damaged", _catalogue(parts)["damaged_segments"]), *_channel_samples(parts)]


def _channel_samples(parts: Console) -> Iterator[Sample]:
    if parts.services.outbox is None:
        return
    for each in parts.services.outbox.channels():
        labels = {"channel": each.name, "kind": each.kind}
        yield Sample("channel_waiting", each.waiting, labels)
        yield Sample("channel_failing", float(each.state.failing_since_wall_ns is not None), labels)
        if each.state.delivered_wall_ns is not None:
            yield Sample("channel_delivered_timestamp_seconds", each.state.delivered_wall_ns / NS_PER_S, labels)


@router.get("/healthz", response_class=PlainTextResponse)
@public
async def healthz(parts: Parts) -> Response:
    """``ok`` while the event loop turns and the catalogue answers; the watchdog restarts us otherwise."""
    await parts.services.threads.read(_catalogue, parts)
    return PlainTextResponse("ok")
