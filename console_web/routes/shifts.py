"""The room and its shifts: who is there, who is to be there, and what one shift hands to the next."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from alerts.room import Duty
from alerts.shifts import Shift
from console_web import bodies, room_schemas, targets
from console_web.access import Action
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.handover_shapes import handover_out
from console_web.milliseconds import ms, ms_or_none, ns
from nvr.catalogue.rows import Row

router = guarded_router()
_MOST: int = 100
Day = Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Millis = Annotated[int, Query(ge=0, le=253_402_300_799_000)]


@router.get("/api/room")
@requires(Action.SEE_ROOM)
async def room(parts: Parts) -> room_schemas.RoomAsOfOut:
    """Who is at the desk and whose cameras are which."""
    seq, found = await parts.services.threads.read(parts.services.desk.room)
    return room_schemas.RoomAsOfOut(seq=seq, room=parts.shapes.room(found))


@router.get("/api/roster")
@requires(Action.SEE_ROOM)
async def roster(parts: Parts, day: Day) -> room_schemas.RosterDayOut:
    """Who is to work in the shifts that begin on a day."""

    def read() -> room_schemas.RosterDayOut:
        return _roster_day(parts, day)

    return await parts.services.threads.read(read)


@router.post("/api/roster")
@requires(Action.PLAN_SHIFTS)
async def set_roster(body: bodies.RosterIn, who: Caller, parts: Parts) -> room_schemas.RosterDayOut:
    """Write who is to work in one of them."""
    entries = [(each.user_id, Duty(each.post, each.level, each.chief)) for each in body.entries]
    await parts.services.threads.write(parts.services.desk.set_roster, body.day, body.shift, entries, who.actor)

    def read() -> room_schemas.RosterDayOut:
        return _roster_day(parts, body.day)

    return await parts.services.threads.read(read)


@router.get("/api/duties")
@requires(Action.SEE_ROOM)
async def duties(parts: Parts, from_ms: Millis, to_ms: Millis) -> room_schemas.DutiesOut:
    """Who was at which terminal in a stretch of time."""
    rows = await parts.services.threads.read(parts.services.desk.duties, ns(from_ms), ns(to_ms))
    return room_schemas.DutiesOut(
        items=[
            room_schemas.DutyOut(
                user_id=row["user_id"],
                user_name=row["user_name"],
                terminal=row["terminal"],
                shift=row["shift"],
                from_wall_ms=ms(row["from_wall_ns"]),
                to_wall_ms=ms_or_none(row["to_wall_ns"]),
            )
            for row in rows
        ]
    )


@router.get("/api/handovers")
@requires(Action.SEE_ROOM)
async def handovers(
    who: Caller, parts: Parts, limit: Annotated[int, Query(ge=1, le=_MOST)] = 10
) -> room_schemas.HandoversOut:
    """Hand-overs, newest first."""
    seq, found = await parts.services.threads.read(parts.services.desk.handovers, limit)
    return room_schemas.HandoversOut(seq=seq, items=[handover_out(each, who.subject) for each in found])


@router.post("/api/handovers")
@requires(Action.HAND_OVER)
async def begin(who: Caller, parts: Parts) -> room_schemas.HandoverOut:
    """The draft of the hand-over that is due, with what is open now."""
    done = await parts.services.threads.write(parts.services.desk.begin_handover, who.actor)
    return handover_out(done, who.subject)


@router.get("/api/handovers/{handover_id}")
@requires(Action.SEE_ROOM, targets.handover)
async def handover(handover_id: str, who: Caller, parts: Parts) -> room_schemas.HandoverOut:
    """One."""
    found = await parts.services.threads.read(parts.services.desk.handover, handover_id)
    return handover_out(found, who.subject)


@router.post("/api/handovers/{handover_id}/orders")
@requires(Action.HAND_OVER, targets.handover)
async def add_order(handover_id: str, body: bodies.NoteIn, who: Caller, parts: Parts) -> room_schemas.HandoverOut:
    """Write a standing order or a note into the draft."""
    done = await parts.services.threads.write(parts.services.desk.add_order, handover_id, body.text, who.actor)
    return handover_out(done, who.subject)


@router.post("/api/handovers/{handover_id}/orders/{item_id}/drop")
@requires(Action.HAND_OVER, targets.handover)
async def drop_order(handover_id: str, item_id: str, who: Caller, parts: Parts) -> room_schemas.HandoverOut:
    """Take it out again."""
    done = await parts.services.threads.write(parts.services.desk.drop_order, handover_id, item_id, who.actor)
    return handover_out(done, who.subject)


@router.post("/api/handovers/{handover_id}/sign")
@requires(Action.HAND_OVER, targets.handover)
async def sign(handover_id: str, who: Caller, parts: Parts) -> room_schemas.HandoverOut:
    """The outgoing side signs what is open at this moment."""
    done = await parts.services.threads.write(parts.services.desk.sign_handover, handover_id, who.actor)
    return handover_out(done, who.subject)


@router.post("/api/handovers/{handover_id}/reopen")
@requires(Action.HAND_OVER, targets.handover)
async def reopen(handover_id: str, who: Caller, parts: Parts) -> room_schemas.HandoverOut:
    """Who signed takes it back, before anything of it was accepted."""
    done = await parts.services.threads.write(parts.services.desk.reopen_handover, handover_id, who.actor)
    return handover_out(done, who.subject)


@router.post("/api/handovers/{handover_id}/items/{item_id}/accept")
@requires(Action.HAND_OVER, targets.handover_item)
async def accept(
    handover_id: str, item_id: str, body: bodies.RemarkIn, who: Caller, parts: Parts
) -> room_schemas.HandoverOut:
    """The incoming side accepts one thing."""
    done = await parts.services.threads.write(
        parts.services.desk.accept_item, handover_id, item_id, body.remark, who.actor
    )
    return handover_out(done, who.subject)


@router.post("/api/handovers/{handover_id}/accept")
@requires(Action.HAND_OVER, targets.handover)
async def accept_empty(handover_id: str, who: Caller, parts: Parts) -> room_schemas.HandoverOut:
    """The incoming side accepts that nothing is open."""
    done = await parts.services.threads.write(parts.services.desk.accept_empty, handover_id, who.actor)
    return handover_out(done, who.subject)


def _roster_day(parts: Console, day: str) -> room_schemas.RosterDayOut:
    desk = parts.services.desk
    return room_schemas.RosterDayOut(
        rosters=[
            room_schemas.RosterOut(shift=_shift(shift), entries=_entries(rows)) for shift, rows in desk.rosters(day)
        ],
        people=desk.plannable(),
        now=_shift(desk.shift()),
    )


def _shift(shift: Shift) -> room_schemas.ShiftOut:
    return room_schemas.ShiftOut(
        key=shift.key,
        day=shift.day,
        name=shift.name,
        from_wall_ms=ms(shift.from_wall_ns),
        to_wall_ms=ms(shift.to_wall_ns),
    )


def _entries(rows: list[Row]) -> list[room_schemas.RosterEntryOut]:
    return [
        room_schemas.RosterEntryOut(
            user_id=row["user_id"],
            user_name=row["user_name"],
            post=row["post"],
            level=row["level"],
            chief=bool(row["chief"]),
        )
        for row in rows
    ]
