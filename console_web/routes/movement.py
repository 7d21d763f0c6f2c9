"""Where something moved: searching the motion index, stills of what was found, and why an alert was raised."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Final

from fastapi import Query, Response
from pydantic import TypeAdapter, ValidationError

from analytics.explained import Explanation
from console_web import bodies, schemas, targets
from console_web.access import Action
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.milliseconds import ns
from console_web.moments import place_at
from console_web.problems import invalid, not_found
from nvr.catalogue import segments
from nvr.clock import NS_PER_S
from nvr.errors import StorageError
from nvr.media import StreamKind
from nvr.storage.layout import safe_join

router = guarded_router()

Ms = Annotated[int, Query(ge=0, le=253_402_300_799_000)]
StillWidth = Annotated[int, Query(ge=160, le=1280)]
_LONGEST_S: Final = 800 * 86_400
_SEARCH_S: Final = 15.0
_STILL_PX: Final = 480
_WHY: Final = ".why.json"
_EXPLANATION: Final = TypeAdapter(Explanation)


@router.post("/api/movement/search")
@requires(Action.PLAY_RECORDINGS)
async def search(body: bodies.MovementSearchIn, who: Caller, parts: Parts) -> schemas.MovementFoundOut:
    """Where something moved in a part of the picture: fullest first. Nothing is decoded."""
    from_s, to_s = body.from_wall_ms // 1000, -(-body.to_wall_ms // 1000)
    if not 0 < to_s - from_s <= _LONGEST_S:
        raise invalid("El tramo debe durar entre 1 s y 800 días.")
    root = parts.services.motion_index
    if root is None:
        raise not_found()
    visible = [camera.id for camera in parts.services.config.cameras if parts.sees(who, camera.id)]
    asked = visible if body.camera_ids is None else list(dict.fromkeys(body.camera_ids))
    if not set(asked) <= set(visible):
        raise not_found()
    detail = {"from_ms": str(body.from_wall_ms), "to_ms": str(body.to_wall_ms), "cells": body.cells}
    await parts.note_look(who, "movement.search", ",".join(asked) if body.camera_ids else "*", detail)
    async with parts.searching:
        return await parts.services.threads.files(_search, parts, root, asked, body)


def _search(
    parts: Console, root: Path, camera_ids: list[str], body: bodies.MovementSearchIn
) -> schemas.MovementFoundOut:
    # Here and not above: numpy stays out of memory until somebody searches.
    from nvr.motion_index.rows import cells_of  # noqa: PLC0415
    from nvr.motion_index.search import Query as Wanted  # noqa: PLC0415
    from nvr.motion_index.search import search as look_up  # noqa: PLC0415

    until_s = time.monotonic() + _SEARCH_S
    from_s, to_s = body.from_wall_ms // 1000, -(-body.to_wall_ms // 1000)
    wanted = Wanted(camera_ids, cells_of(body.cells), from_s, to_s, least_cells=body.least_cells, most=body.limit)
    found = look_up(root, wanted, lambda: time.monotonic() > until_s)
    with parts.services.catalogue.read() as tx:
        recorded = [
            bool(
                segments.covering(
                    tx, each.camera_id, StreamKind.MAIN, each.peak_s * NS_PER_S, (each.peak_s + 1) * NS_PER_S
                )
            )
            for each in found.peaks
        ]
    return schemas.MovementFoundOut(
        peaks=[
            schemas.PeakOut(
                camera_id=each.camera_id,
                from_wall_ms=each.start_s * 1000,
                to_wall_ms=each.end_s * 1000,
                peak_wall_ms=each.peak_s * 1000,
                cells=each.cells,
                box=each.box,
                recorded=there,
            )
            for each, there in zip(found.peaks, recorded, strict=True)
        ],
        hours=[schemas.HourOut(from_wall_ms=hour_s * 1000, minutes=minutes) for hour_s, minutes in found.hours],
        minutes=found.minutes,
        complete=found.examined and time.monotonic() <= until_s,
        looked_s=found.looked_s,
        asked_s=found.asked_s,
        damaged=list(found.damaged),
    )


@router.get("/api/cameras/{camera_id}/still", response_class=Response)
@requires(Action.PLAY_RECORDINGS, targets.camera)
async def still(camera_id: str, at_ms: Ms, who: Caller, parts: Parts, width_px: StillWidth = _STILL_PX) -> Response:
    """A picture of what was recorded at a time, a small one unless asked."""
    at_ns = ns(at_ms)
    # A page of results asks for dozens: the audit names the hour, not each.
    await parts.note_look(who, "recording.still", camera_id, {"hour_ms": str(at_ms - at_ms % 3_600_000)})
    place = await parts.services.threads.files(place_at, parts.services, camera_id, at_ns)
    if place is None:
        raise not_found()
    data = await parts.stills.picture(place, width_px)
    if data is None:
        raise not_found()
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/api/alerts/{alert_id}/explanation")
@requires(Action.SEE_ALERTS, targets.alert)
async def explanation(alert_id: str, parts: Parts) -> Explanation:
    """Why it was raised: what the detector saw, and what the zone asks for."""
    found = await parts.services.threads.read(parts.services.desk.alert, alert_id)
    return await parts.services.threads.files(_explanation, parts, found.snapshot)


def _explanation(parts: Console, snapshot: str) -> Explanation:
    if not snapshot.endswith(".jpg"):
        raise not_found()
    try:
        path = safe_join(parts.services.snapshots, snapshot.removesuffix(".jpg") + _WHY)
        return _EXPLANATION.validate_json(path.read_bytes(), extra="forbid")
    except (OSError, StorageError, ValidationError):
        raise not_found() from None
