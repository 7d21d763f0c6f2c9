"""Hand-overs as the screens get them, each as its reader may see it. Pure."""

from __future__ import annotations

from alerts.handover import Handover, Item, ItemKind
from console_web import room_schemas
from console_web.access import Action, Subject, reaches
from console_web.milliseconds import ms, ms_or_none
from console_web.targets import point


def handover_out(handover: Handover, subject: Subject) -> room_schemas.HandoverOut:
    """A hand-over for somebody: of what concerns none of his cameras that it is there, and no hold's reason unless he may see holds."""
    return room_schemas.HandoverOut(
        handover_id=handover.handover_id,
        shift=handover.shift,
        to_shift=handover.to_shift,
        state=handover.state,
        created_wall_ms=ms(handover.created_wall_ns),
        created_by=handover.created_by,
        items=[_item(number, item, subject) for number, item in enumerate(handover.items)],
        signed_by_id=handover.signed_by_id,
        signed_by=handover.signed_by,
        signed_wall_ms=ms_or_none(handover.signed_wall_ns),
        accepted_by=handover.accepted_by,
        accepted_wall_ms=ms_or_none(handover.accepted_wall_ns),
    )


def _item(number: int, item: Item, subject: Subject) -> room_schemas.HandoverItemOut:
    shown = reaches(subject, point(item))
    return room_schemas.HandoverItemOut(
        # Ids of items are made of those of cameras and incidents.
        item_id=item.item_id if shown else f"hidden-{number}",
        kind=item.kind,
        ref=item.ref if shown else "",
        text=_text(item, subject) if shown else "",
        accepted_by=item.accepted_by,
        accepted_wall_ms=ms_or_none(item.accepted_wall_ns),
        remark=item.remark if shown else "",
        hidden=not shown,
    )


def _text(item: Item, subject: Subject) -> str:
    if item.kind is not ItemKind.HOLD:
        return item.text
    if subject.may(Action.SEE_HOLDS):
        return f"{item.text} · {item.reason}" if item.reason else item.text
    # One that was stored before items said of which cameras they are has the reason in its text.
    return item.text if item.cameras else ""
