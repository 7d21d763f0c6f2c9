"""The hand-over of a shift, as an object: what the outgoing side leaves, signed, and the incoming side accepts item by item. Pure.

```
draft ──sign──▶ signed ──accept each item──▶ accepted        reopen: signed ▶ draft, while nothing of it is accepted
```

A signed hand-over is never changed; what is missing is said in an item's remark. One person can't hand over to himself, nor can somebody who by the roster goes
with him accept it. It is filed under the shift that leaves: one that is prepared minutes after the change is still of the shift before (``due``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from alerts.records import Actor
from alerts.shifts import CLOSING_NS, Shift
from nvr.errors import Conflict, IllegalStep, InvalidInput, NotFound

MOST_OPEN: Final = 300
"""Open things in one hand-over; what is beyond is one more item that says how many they are."""
MOST_ORDERS: Final = 100
_MORE_ID: Final = "more"


class HandoverState(StrEnum):
    """See the module."""

    DRAFT = "draft"
    SIGNED = "signed"
    ACCEPTED = "accepted"


class ItemKind(StrEnum):
    """What is handed over."""

    INCIDENT = "incident"
    ALERT = "alert"
    CAMERA = "camera"
    HOLD = "hold"
    ORDER = "order"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the next shift must know.

    Attributes:
        ref: the id of the incident, alert, camera or hold; empty for an order and for what found no room.
        cameras: ids of those that it concerns, its own first; whoever sees none of them is shown that there is something, and not what. Empty for an order, and in
            hand-overs of before 2026-11-28.
        reason: why a hold was placed, for who may see holds.
        written_by: who wrote an order; empty for what the catalogue says, and in hand-overs of before 2026-11-28.
    """

    item_id: str
    kind: ItemKind
    ref: str
    text: str
    accepted_by: str | None = None
    accepted_wall_ns: int | None = None
    remark: str = ""
    cameras: tuple[str, ...] = ()
    reason: str = ""
    written_by: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """What one shift leaves to the next. ``shift`` and ``to_shift`` are keys as in ``alerts.shifts.Shift``."""

    handover_id: str
    shift: str
    to_shift: str
    state: HandoverState
    created_wall_ns: int
    created_by: str
    items: tuple[Item, ...] = ()
    signed_by_id: str | None = None
    signed_by: str | None = None
    signed_wall_ns: int | None = None
    accepted_by: str | None = None
    accepted_wall_ns: int | None = None

    @property
    def open_items(self) -> int:
        """How many nobody has accepted."""
        return sum(item.accepted_wall_ns is None for item in self.items)


def left_by(handover: Handover, shift: Shift) -> bool:
    """Whether it is what a shift left: signed in its last half hour or since. What was signed before that was filed under the wrong shift, minutes late, or early."""
    return handover.signed_wall_ns is not None and handover.signed_wall_ns >= shift.to_wall_ns - CLOSING_NS


def due(now_wall_ns: int, shift: Shift, before: Shift, of_before: Handover | None) -> Shift:
    """The shift whose hand-over is prepared at a moment: the one that is, or the one before while that has signed none.

    That is due for half an hour after the change; a draft of it until the shift that followed is nearly over itself.

    Args:
        now_wall_ns: the moment.
        shift: the shift that is.
        before: the one before it.
        of_before: the newest hand-over of that.
    """
    if of_before is not None and of_before.state is HandoverState.DRAFT:
        return shift if shift.closing(now_wall_ns) else before
    missing = of_before is None or not left_by(of_before, before)
    return before if missing and now_wall_ns - shift.from_wall_ns < CLOSING_NS else shift


def with_order(handover: Handover, item_id: str, text: str, written_by: str) -> Handover:
    """The draft with a standing order or note more."""
    _must_be(handover, HandoverState.DRAFT)
    if sum(item.kind is ItemKind.ORDER for item in handover.items) >= MOST_ORDERS:
        raise InvalidInput(f"La entrega ya tiene {MOST_ORDERS} órdenes", "junte varias en una")
    return replace(handover, items=(*handover.items, Item(item_id, ItemKind.ORDER, "", text, written_by=written_by)))


def without(handover: Handover, item_id: str) -> Handover:
    """The draft without an order; what stands in the catalogue can't be left out."""
    _must_be(handover, HandoverState.DRAFT)
    if _item(handover, item_id).kind is not ItemKind.ORDER:
        raise IllegalStep("Solo se quitan órdenes y notas: lo demás está pendiente y se entrega")
    return replace(handover, items=tuple(item for item in handover.items if item.item_id != item_id))


def brought_up_to_date(handover: Handover, found: Iterable[Item]) -> Handover:
    """The draft with what is open now, and the orders that were written in it. What finds no room is the last of what is open, as a number."""
    _must_be(handover, HandoverState.DRAFT)
    orders = [item for item in handover.items if item.kind is ItemKind.ORDER]
    shown = list(found)
    if len(shown) > MOST_OPEN:
        left = len(shown) - MOST_OPEN
        text = f"al menos {left} más, que no caben aquí: revise las listas"
        shown = [*shown[:MOST_OPEN], Item(_MORE_ID, ItemKind.MORE, "", text)]
    return replace(handover, items=(*shown, *orders))


def sign(handover: Handover, actor: Actor, wall_ns: int) -> Handover:
    """The hand-over, signed by the outgoing side. One with nothing in it is signed too: that nothing is open is a statement."""
    _must_be(handover, HandoverState.DRAFT)
    return replace(
        handover,
        state=HandoverState.SIGNED,
        signed_by_id=actor.user_id,
        signed_by=actor.name,
        signed_wall_ns=wall_ns,
    )


def reopen(handover: Handover, actor: Actor) -> Handover:
    """The hand-over, a draft again, by who signed it and before anything of it was accepted."""
    _must_be(handover, HandoverState.SIGNED)
    if handover.signed_by_id != actor.user_id:
        raise Conflict(f"La entrega la firmó {handover.signed_by}", "pídale que la reabra")
    if handover.open_items < len(handover.items):
        raise IllegalStep("El turno entrante ya aceptó una parte: agregue lo que falta como observación")
    return replace(handover, state=HandoverState.DRAFT, signed_by_id=None, signed_by=None, signed_wall_ns=None)


def accept(  # noqa: PLR0917 - the form, field by field
    handover: Handover, item_id: str, actor: Actor, remark: str, wall_ns: int, going: Collection[str] = ()
) -> Handover:
    """The hand-over with one item accepted by the incoming side; accepted as a whole with the last. Again: no change.

    ``going``: ids of those who, by the roster, work in the shift that ends and not in the one that begins.
    """
    _must_be(handover, HandoverState.SIGNED)
    _must_be_incoming(handover, actor, going)
    item = _item(handover, item_id)
    if item.accepted_wall_ns is not None:
        return handover
    done = replace(item, accepted_by=actor.name, accepted_wall_ns=wall_ns, remark=remark)
    items = tuple(done if each.item_id == item_id else each for each in handover.items)
    now = replace(handover, items=items)
    return _accepted(now, actor, wall_ns) if not now.open_items else now


def accept_empty(handover: Handover, actor: Actor, wall_ns: int, going: Collection[str] = ()) -> Handover:
    """A hand-over without items, accepted. ``going``: as in ``accept``."""
    _must_be(handover, HandoverState.SIGNED)
    _must_be_incoming(handover, actor, going)
    if handover.items:
        raise IllegalStep("Acepte cada punto de la entrega")
    return _accepted(handover, actor, wall_ns)


def _accepted(handover: Handover, actor: Actor, wall_ns: int) -> Handover:
    return replace(handover, state=HandoverState.ACCEPTED, accepted_by=actor.name, accepted_wall_ns=wall_ns)


def _item(handover: Handover, item_id: str) -> Item:
    found = next((item for item in handover.items if item.item_id == item_id), None)
    if found is None:
        raise NotFound("No existe ese punto de la entrega")
    return found


def _must_be(handover: Handover, state: HandoverState) -> None:
    if handover.state is not state:
        words = {
            HandoverState.DRAFT: "todavía no está firmada",
            HandoverState.SIGNED: "ya está firmada",
            HandoverState.ACCEPTED: "ya fue aceptada",
        }
        raise IllegalStep(f"La entrega {words[handover.state]}")


def _must_be_incoming(handover: Handover, actor: Actor, going: Collection[str]) -> None:
    if handover.signed_by_id == actor.user_id:
        raise Conflict("Quien entrega el turno no puede recibirlo", "lo acepta alguien del turno entrante")
    if actor.user_id in going:
        remedy = "lo acepta alguien del turno entrante; si cambió de turno, que el supervisor corrija el rol"
        raise Conflict("Según el rol de turnos, usted es del turno que entrega", remedy)
