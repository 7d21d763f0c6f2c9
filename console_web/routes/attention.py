"""The attention base and the crime map's data, as files, of incidents within reach."""

from __future__ import annotations

from datetime import date

from fastapi import Response

from alerts.records import Incident
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.days import Day, stretch
from console_web.guard import Caller, guarded_router, requires
from nvr.proof.attention import attention_csv, attention_xlsx, crime_map

router = guarded_router()


@router.get("/api/attention.csv", response_class=Response)
@requires(Action.SEE_ATTENTION)
async def base(first: Day, last: Day, who: Caller, parts: Parts) -> Response:
    """The attention base from the first day to the last, both whole, in the order of opening."""
    found = await parts.services.threads.read(_incidents, parts, who, first, last)
    origins = await parts.services.threads.read(parts.services.desk.call_origins, found)
    data = await parts.services.threads.read(attention_csv, found, parts.services.config, origins)
    return await _download(parts, who, (first, last), data, ("csv", "text/csv; charset=utf-8"))


@router.get("/api/attention.xlsx", response_class=Response)
@requires(Action.SEE_ATTENTION)
async def workbook(first: Day, last: Day, who: Caller, parts: Parts) -> Response:
    """The same rows as a workbook."""
    found = await parts.services.threads.read(_incidents, parts, who, first, last)
    origins = await parts.services.threads.read(parts.services.desk.call_origins, found)
    data = await parts.services.threads.read(attention_xlsx, found, parts.services.config, origins)
    kind = ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    return await _download(parts, who, (first, last), data, kind)


@router.get("/api/attention.geojson", response_class=Response)
@requires(Action.SEE_ATTENTION)
async def points(first: Day, last: Day, who: Caller, parts: Parts) -> Response:
    """The same incidents as points, where their cameras have a location."""
    found = await parts.services.threads.read(_incidents, parts, who, first, last)
    data = await parts.services.threads.read(crime_map, found, parts.services.config)
    return await _download(parts, who, (first, last), data, ("geojson", "application/geo+json"))


def _incidents(parts: Console, who: Identity, first: date, last: date) -> list[Incident]:
    found = parts.services.desk.incidents_between(*stretch(first, last, parts.services.config.timezone))
    return [
        each
        for each in found
        if parts.sees(who, each.camera_id, frozenset(dispatch.agency for dispatch in each.dispatches))
    ]


async def _download(
    parts: Console, who: Identity, days: tuple[date, date], data: bytes, kind: tuple[str, str]
) -> Response:
    ending, media_type = kind
    name = f"{days[0].isoformat()}_{days[1].isoformat()}"
    await parts.note_look(who, "attention.export", name, {"kind": ending})
    headers = {
        "Content-Disposition": f'attachment; filename="atenciones-{name}.{ending}"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=media_type, headers=headers)
