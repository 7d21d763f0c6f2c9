"""The units that agencies have in the street: who they are, where they stand, which one to send."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from alerts.units import Described
from console_web import bodies, targets, unit_schemas
from console_web.access import Action
from console_web.console import Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.milliseconds import ns
from console_web.problems import not_found

router = guarded_router()


@router.get("/api/units")
@requires(Action.SEE_UNITS)
async def units(who: Caller, parts: Parts) -> unit_schemas.UnitsOut:
    """Those in use; a dispatcher gets his agency's."""

    def read() -> unit_schemas.UnitsOut:
        seq, found = parts.services.desk.units(who.subject.only_agency)
        return unit_schemas.UnitsOut(seq=seq, items=[parts.shapes.unit(each) for each in found])

    return await parts.services.threads.read(read)


@router.get("/api/nearest-units")
@requires(Action.SEE_UNITS)
async def suggested(
    who: Caller, parts: Parts, agency: bodies.AgencyCode, camera_id: Annotated[str, Query(min_length=1, max_length=32)]
) -> unit_schemas.SuggestedUnitsOut:
    """Free units of an agency, the best first, for what a camera shows."""
    if not parts.sees(who, camera_id, frozenset({agency})):
        raise not_found()
    found = await parts.services.threads.read(parts.services.desk.suggested_units, agency, camera_id)
    return unit_schemas.SuggestedUnitsOut(
        items=[
            unit_schemas.SuggestedUnitOut(
                unit_id=each.unit.unit_id,
                call_sign=each.unit.call_sign,
                kind=each.unit.kind,
                crew=each.unit.crew,
                sector=each.unit.sector,
                reason=each.reason,
                metres=each.metres,
            )
            for each in found
        ]
    )


@router.post("/api/units", status_code=201)
@requires(Action.MANAGE_UNITS, targets.agency_in_body)
async def create(body: bodies.UnitIn, who: Caller, parts: Parts) -> unit_schemas.UnitOut:
    """A new unit."""
    desk = parts.services.desk
    return parts.shapes.unit(await parts.services.threads.write(desk.create_unit, who.actor, body.agency, _words(body)))


@router.post("/api/units/{unit_id}")
@requires(Action.MANAGE_UNITS, targets.unit)
async def change(unit_id: str, body: bodies.UnitWordsIn, who: Caller, parts: Parts) -> unit_schemas.UnitOut:
    """Crew, plate, sector, call sign: said anew."""
    desk = parts.services.desk
    return parts.shapes.unit(await parts.services.threads.write(desk.change_unit, unit_id, who.actor, _words(body)))


@router.post("/api/units/{unit_id}/retire")
@requires(Action.MANAGE_UNITS, targets.unit)
async def retire(unit_id: str, who: Caller, parts: Parts) -> unit_schemas.UnitOut:
    """Take it out of use."""
    return parts.shapes.unit(await parts.services.threads.write(parts.services.desk.retire_unit, unit_id, who.actor))


@router.post("/api/units/{unit_id}/state")
@requires(Action.WORK_UNITS, targets.unit)
async def state(unit_id: str, body: bodies.UnitStateIn, who: Caller, parts: Parts) -> unit_schemas.UnitOut:
    """What it says of itself, on its board or by radio."""
    desk = parts.services.desk
    return parts.shapes.unit(
        await parts.services.threads.write(desk.set_unit_state, unit_id, who.actor, body.to, body.note)
    )


@router.post("/api/units/{unit_id}/position")
@requires(Action.WORK_UNITS, targets.unit)
async def position(unit_id: str, body: bodies.UnitPlaceIn, who: Caller, parts: Parts) -> unit_schemas.UnitOut:
    """Where it is."""
    desk, at = parts.services.desk, (body.latitude, body.longitude)
    return parts.shapes.unit(
        await parts.services.threads.write(desk.place_unit, unit_id, who.actor, at, ns(body.wall_ms))
    )


def _words(body: bodies.UnitWordsIn) -> Described:
    return Described(body.call_sign, body.kind, body.plate, body.crew, body.sector)
