"""How long the room takes, how often it is called for nothing, and when and where things happen: for screens and as a sheet."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from fastapi import Response

from alerts.figures import FEW, By, Figures, Share, figures, rows
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.days import Day, stretch
from console_web.figure_schemas import FigureOut, FiguresOut, PlaceOut, ShareOut
from console_web.guard import Caller, guarded_router, requires
from nvr.clock import NS_PER_MS
from nvr.config import Config
from nvr.proof.figures_sheet import false_alerts_csv, figures_csv, hours_csv
from nvr.proof.names import agency_name, camera_name, type_name

router = guarded_router()


@router.get("/api/figures")
@requires(Action.SEE_FIGURES)
async def shown(first: Day, last: Day, who: Caller, parts: Parts) -> FiguresOut:
    """From the first day to the last, both whole, of the cameras within reach."""
    found = await parts.services.threads.read(_figures, parts, who, first, last)
    return _shaped(found, parts.services.config)


@router.get("/api/figures.csv", response_class=Response)
@requires(Action.SEE_FIGURES)
async def sheet(
    first: Day, last: Day, who: Caller, parts: Parts, table: Literal["times", "false", "hours"] = "times"
) -> Response:
    """One of the tables as CSV: the times, false alerts by camera and hour, or incidents by hour and place."""
    found = await parts.services.threads.read(_figures, parts, who, first, last)
    name = f"{first.isoformat()}_{last.isoformat()}"
    await parts.note_look(who, "figures.export", name, {"table": table})
    ending = {"times": "", "false": "-falsas", "hours": "-horas"}[table]
    headers = {"Content-Disposition": f'attachment; filename="cifras-{name}{ending}.csv"', "Cache-Control": "no-store"}
    write = {"times": figures_csv, "false": false_alerts_csv, "hours": hours_csv}[table]
    data = write(found, lambda by, key: _name(by, key, parts.services.config))
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


def _figures(parts: Console, who: Identity, first: date, last: date) -> Figures:
    config, desk = parts.services.config, parts.services.desk
    from_wall_ns, to_wall_ns = stretch(first, last, config.timezone)
    sees = cache(lambda camera_id, agencies: parts.sees(who, camera_id, agencies))
    return figures(
        [each for each in desk.alert_times_between(from_wall_ns, to_wall_ns) if sees(each.camera_id, frozenset())],
        [
            each
            for each in desk.incidents_between(from_wall_ns, to_wall_ns)
            if sees(each.camera_id, frozenset(dispatch.agency for dispatch in each.dispatches))
        ],
        sectors={camera.id: camera.sector for camera in config.cameras if camera.sector},
        hours=config.shifts,
        timezone=config.timezone,
    )


def _name(by: By, key: str, config: Config) -> str:
    """What a group is called; "" for all, and for cameras of no sector."""
    match by:
        case By.CAMERA:
            return camera_name(key, config)
        case By.TYPE:
            return type_name(key)
        case By.AGENCY:
            return agency_name(key, config)
        case _:
            return key


def _shaped(found: Figures, config: Config) -> FiguresOut:
    def ms(time_ns: int | None) -> int | None:
        return None if time_ns is None else time_ns // NS_PER_MS

    def share(key: str, name: str, of: Share) -> ShareOut:
        return ShareOut(key=key, name=name, closed=of.closed, false=of.false)

    return FiguresOut(
        few=FEW,
        times=[
            FigureOut(
                by=by,
                key=key,
                name=_name(by, key, config),
                step=step,
                count=len(figure.times_ns),
                missing=figure.missing,
                unknown=figure.unknown,
                p50_ms=ms(figure.percentile_ns(0.5)),
                p90_ms=ms(figure.percentile_ns(0.9)),
                p95_ms=ms(figure.percentile_ns(0.95)),
                in_time=figure.in_time,
                limited=figure.limited,
            )
            for by, key, step, figure in rows(found)
        ],
        false_by_camera=[
            share(camera_id, camera_name(camera_id, config), of)
            for camera_id, of in sorted(found.false_by_camera.items(), key=lambda item: (-item[1].false, item[0]))
        ],
        false_by_hour=[share(str(hour), f"{hour:02d}", of) for hour, of in enumerate(found.false_by_hour)],
        incidents=found.incidents,
        places=[
            PlaceOut(camera_id=camera_id, name=camera_name(camera_id, config), hours=hours)
            for camera_id, hours in sorted(found.places.items(), key=lambda item: (-sum(item[1]), item[0]))
        ],
    )
