"""Holds: what is kept as evidence, by whom and until when; place one, prolong it, ask for its release, and decide on what another one asked."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query

from console_web import bodies, storage_schemas, targets
from console_web.access import Action
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.milliseconds import ms, ms_or_none, ns
from console_web.problems import not_found
from nvr.catalogue.hold_rows import HoldRow

router = guarded_router()


@router.get("/api/holds")
@requires(Action.SEE_HOLDS)
async def holds(
    who: Caller, parts: Parts, state: Annotated[Literal["holding", "ended"], Query()] = "holding"
) -> storage_schemas.HoldsOut:
    """Those within reach that hold, or those that no longer do, newest first; and what all of them weigh."""

    def read() -> storage_schemas.HoldsOut:
        desk = parts.services.holds
        budget = desk.budget()
        return storage_schemas.HoldsOut(
            items=[
                _shaped(parts, hold, size_bytes)
                for hold, size_bytes in desk.listing(ended=state == "ended")
                if parts.sees(who, hold.camera_id)
            ],
            held_bytes=budget.held_bytes,
            budget_bytes=budget.budget_bytes,
            warning_days=parts.services.config.node.holds.warning_days,
        )

    return await parts.services.threads.read(read)


@router.post("/api/holds", status_code=201)
@requires(Action.PLACE_HOLD)
async def place(body: bodies.HoldIn, who: Caller, parts: Parts) -> list[storage_schemas.HoldOut]:
    """Hold a stretch of one or more cameras; all of them must be within reach."""
    if not all(parts.sees(who, camera_id) for camera_id in body.camera_ids):
        raise not_found()
    made = await parts.services.threads.write(
        parts.services.holds.place,
        body.camera_ids,
        (ns(body.from_wall_ms), ns(body.to_wall_ms)),
        body.reason,
        body.authority,
        None if body.expires_wall_ms is None else ns(body.expires_wall_ms),
        who.actor,
    )
    return [_shaped(parts, hold, 0) for hold in made]


@router.post("/api/holds/{hold_id}/prolong")
@requires(Action.PLACE_HOLD, targets.hold)
async def prolong(hold_id: str, body: bodies.HoldProlongIn, who: Caller, parts: Parts) -> storage_schemas.HoldOut:
    """Let it end later, or never by itself."""
    expires_ns = None if body.expires_wall_ms is None else ns(body.expires_wall_ms)
    done = await parts.services.threads.write(parts.services.holds.prolong, hold_id, expires_ns, who.actor)
    return _shaped(parts, done, 0)


@router.post("/api/holds/{hold_id}/ask-release")
@requires(Action.PLACE_HOLD, targets.hold)
async def ask_release(hold_id: str, body: bodies.NoteIn, who: Caller, parts: Parts) -> storage_schemas.HoldOut:
    """Ask that it be released: another person decides."""
    done = await parts.services.threads.write(parts.services.holds.ask_release, hold_id, body.text, who.actor)
    return _shaped(parts, done, 0)


@router.post("/api/holds/{hold_id}/release")
@requires(Action.DECIDE_RELEASE, targets.hold)
async def release(hold_id: str, body: bodies.HoldDecisionIn, who: Caller, parts: Parts) -> storage_schemas.HoldOut:
    """Approve what another person asked for, or keep the hold."""
    done = await parts.services.threads.write(
        parts.services.holds.decide_release, hold_id, who.actor, approve=body.approve
    )
    return _shaped(parts, done, 0)


def _shaped(parts: Console, hold: HoldRow, size_bytes: int) -> storage_schemas.HoldOut:
    camera = parts.services.config.camera(hold.camera_id)
    return storage_schemas.HoldOut(
        hold_id=hold.hold_id,
        camera_id=hold.camera_id,
        camera_number=0 if camera is None else camera.number,
        place=hold.camera_id if camera is None else camera.name,
        from_wall_ms=ms(hold.from_wall_ns),
        to_wall_ms=ms_or_none(hold.to_wall_ns),
        state=hold.state,
        incident_id=hold.incident_id,
        reason=hold.reason,
        authority=hold.authority,
        created_by=hold.created_by,
        created_wall_ms=ms(hold.created_wall_ns),
        expires_wall_ms=ms_or_none(hold.expires_wall_ns),
        warned_wall_ms=ms_or_none(hold.warned_wall_ns),
        asked_by=hold.asked_by,
        asked_by_id=hold.asked_by_id,
        asked_wall_ms=ms_or_none(hold.asked_wall_ns),
        asked_reason=hold.asked_reason,
        ended_by=hold.ended_by,
        ended_wall_ms=ms_or_none(hold.ended_wall_ns),
        size_bytes=size_bytes,
    )
