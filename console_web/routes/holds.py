"""Holds: what is kept as evidence, by whom and until when; place one, prolong it, ask for its release, and decide on what another one asked."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Final, Literal

from fastapi import Query

from alerts.holds import Budget, Page
from console_web import bodies, storage_schemas, targets
from console_web.access import Action
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.milliseconds import ms, ms_or_none, ns
from console_web.problems import not_found
from nvr.catalogue.hold_rows import HoldRow
from nvr.proof.held import HeldSum, held_proof, held_sums
from nvr.spanish import spanish_line

router = guarded_router()
_PATIENCE_S: Final = 3.0
_MOST_LACKS: Final = 1000


@router.get("/api/holds")
@requires(Action.SEE_HOLDS)
async def holds(
    who: Caller,
    parts: Parts,
    state: Annotated[Literal["holding", "ended"], Query()] = "holding",
    before: Annotated[str | None, Query(max_length=64)] = None,
) -> storage_schemas.HoldsOut:
    """Those within reach that hold, or those that no longer do, newest first; ``before`` a hold's id for the page after it. And what all of them weigh."""

    def read() -> tuple[Page, Budget]:
        desk = parts.services.holds
        return desk.listing(ended=state == "ended", cameras=who.subject.cameras, before=before), desk.budget()

    services = parts.services
    page, budget = await services.threads.read(read)
    sums: dict[str, HeldSum] = {}
    # A disk that hangs, or stretches of months, keep nobody from the list: what they lack is told where it is asked for.
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            holding = [hold for hold, _ in page.holds if hold.holds]
            sums = await services.threads.files(
                held_sums, services.catalogue, services.recordings, services.config, holding, services.clock.wall_ns()
            )
    return storage_schemas.HoldsOut(
        items=[_shaped(parts, hold, size_bytes, sums.get(hold.hold_id)) for hold, size_bytes in page.holds],
        count=page.count,
        more=page.more,
        held_bytes=budget.held_bytes,
        budget_bytes=budget.budget_bytes,
        warning_days=parts.services.config.node.holds.warning_days,
    )


@router.get("/api/holds/{hold_id}/coverage")
@requires(Action.SEE_HOLDS, targets.hold)
async def coverage(hold_id: str, parts: Parts) -> storage_schemas.HoldCoverageOut:
    """Which parts of a held stretch were not recorded, and why; of an ended hold as it is now."""

    hold = await parts.services.threads.read(parts.services.holds.hold, hold_id)
    services = parts.services
    proof = await services.threads.files(
        held_proof, services.catalogue, services.recordings, services.config, hold, services.clock.wall_ns()
    )
    if proof is None:
        raise not_found()
    return storage_schemas.HoldCoverageOut(
        hold_id=hold_id,
        from_wall_ms=ms(hold.from_wall_ns),
        to_wall_ms=ms(proof.to_wall_ns),
        recorded_ms=ms(proof.recorded_ns),
        missing_ms=ms(proof.missing_ns),
        count=len(proof.lacks),
        lacks=[
            storage_schemas.HoldLackOut(
                from_wall_ms=ms(each.start_wall_ns),
                to_wall_ms=ms(each.end_wall_ns),
                lack=each.lack,
                cause=each.cause,
                detail=spanish_line(each.detail),
                ongoing=each.ongoing,
            )
            for each in proof.lacks[:_MOST_LACKS]
        ],
    )


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


def _shaped(parts: Console, hold: HoldRow, size_bytes: int, lacking: HeldSum | None = None) -> storage_schemas.HoldOut:
    camera = parts.services.config.camera(hold.camera_id)
    if lacking is not None and lacking.to_wall_ns <= hold.from_wall_ns:
        lacking = None  # all of it is still to come
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
        missing_ms=None if lacking is None else ms(lacking.missing_ns),
        impaired_ms=None if lacking is None else ms(lacking.impaired_ns),
    )
