"""What becomes of a dispatch once it was sent: answered, called after, given to a unit or to another, closed with a result."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alerts import inputs, lifecycle, results, units
from alerts.acts import Acts
from alerts.dispatch_course import went_forward
from alerts.ledger import Ledger
from alerts.records import Actor, Dispatch, DispatchState
from alerts.results import Closing
from nvr.catalogue.texts import line
from nvr.errors import IllegalStep, InvalidInput


@dataclass(frozen=True, slots=True)
class VoiceCall:
    """A call to an agency that did not answer on its board: whom the operator spoke to, and what was read back to him."""

    answered: bool
    spoken_to: str = ""
    read_back: str = ""


class DispatchDesk(Acts):
    """The dispatches' part of ``alerts.desk.Desk``."""

    def advance(
        self, dispatch_id: str, actor: Actor, to: DispatchState, note: str = "", closing: Closing | None = None
    ) -> Dispatch:
        """Take a dispatch forward, and its unit with it; states may be skipped. Being there already is no fault.

        Raises:
            InvalidInput: it is to be closed without a result, or with one that lacks something.
        """
        text = inputs.note(note)
        if closing is not None and to is not DispatchState.CLOSED:
            raise InvalidInput("El resultado se dice al cerrar el despacho", "quítelo, o cierre el despacho")
        with self._act(actor) as (_, ledger, _person):
            before = ledger.dispatch(dispatch_id)
            dispatch = lifecycle.advance(before, to, ledger.wall_ns)
            if dispatch is before:
                return dispatch
            detail: dict[str, str] = {}
            if to is DispatchState.CLOSED:
                dispatch, detail = _ended(dispatch, results.closing(closing))
            return self._forward(ledger, dispatch, text, detail)

    def assign_unit(self, dispatch_id: str, actor: Actor, unit_id: str | None) -> Dispatch:
        """Send a unit to a dispatch, another instead of the one that it has, or none; all of them stay on the time line."""
        with self._act(actor) as (_, ledger, _person):
            dispatch = ledger.dispatch(dispatch_id)
            if dispatch.unit_id == unit_id:
                return dispatch
            if dispatch.state is DispatchState.CLOSED:
                raise IllegalStep("El despacho ya está cerrado")
            unit = None if unit_id is None else units.sent(ledger.unit(unit_id), dispatch, ledger.wall_ns)
            before = ledger.unit_at(dispatch_id)
            if before is not None:
                ledger.store_unit(units.withdrawn(before, ledger.wall_ns), "withdraw", dispatch_id=dispatch_id)
            name = "" if unit is None else unit.call_sign
            detail = {"instead_of": dispatch.unit_name} if dispatch.unit_name else {}
            kind = "dispatch_unit" if unit is not None else "dispatch_unit_withdrawn"
            dispatch = replace(dispatch, unit_id=unit_id, unit_name=name)
            ledger.store_dispatch(dispatch, kind=kind, detail=detail)
            ledger.audit("dispatch.unit", dispatch_id, agency=dispatch.agency, unit=name, **detail)
            if unit is not None:
                ledger.store_unit(unit, "send", dispatch_id=dispatch_id)
            ledger.publish_incident(dispatch.incident_id)
            return dispatch

    def call_back(self, dispatch_id: str, actor: Actor, call: VoiceCall) -> Dispatch:
        """Write down a call to an agency that has not said "recibido". Answered and read back, the dispatch is received; unanswered, it stays due.

        Raises:
            InvalidInput: it was answered, but by whom, or what was read back, is not said.
            IllegalStep: the dispatch is received already.
        """
        spoken_to, read_back = line(call.spoken_to, 120), inputs.note(call.read_back)
        if call.answered and not spoken_to:
            raise InvalidInput("Falta con quién habló", "escriba su nombre o cargo")
        if call.answered and not read_back:
            raise InvalidInput("Falta lo que le repitieron", "pida que repita el lugar y el hecho, y escríbalo")
        with self._act(actor) as (_, ledger, _person):
            dispatch = ledger.dispatch(dispatch_id)
            if dispatch.state is not DispatchState.SENT:
                word = lifecycle.DISPATCH_WORDS[dispatch.state]
                raise IllegalStep(f"El despacho ya está «{word}»: no hace falta llamar")
            said = {"spoken_to": spoken_to, "read_back": read_back}
            detail = {name: text for name, text in said.items() if text}
            if not call.answered:
                ledger.store_dispatch(dispatch, kind="dispatch_call_unanswered", detail=detail)
                ledger.audit("dispatch.call", dispatch_id, agency=dispatch.agency, answered="no")
                ledger.publish_incident(dispatch.incident_id)
                return dispatch
            dispatch = replace(dispatch, called_wall_ns=ledger.wall_ns)
            ledger.store_dispatch(dispatch, kind="dispatch_called", detail=detail)
            ledger.audit("dispatch.call", dispatch_id, agency=dispatch.agency, answered="yes")
            return self._forward(ledger, lifecycle.advance(dispatch, DispatchState.RECEIVED, ledger.wall_ns), "", {})

    def _forward(self, ledger: Ledger, dispatch: Dispatch, note: str, detail: dict[str, str]) -> Dispatch:
        """Store a dispatch that went forward, and its unit behind it."""
        dispatch = went_forward(ledger, dispatch, note, detail)
        unit = ledger.unit_at(dispatch.dispatch_id)
        after = None if unit is None else units.following(unit, dispatch, ledger.wall_ns)
        if after is not None and after != unit:
            ledger.store_unit(after)
        ledger.publish_incident(dispatch.incident_id)
        return dispatch


def _ended(dispatch: Dispatch, closing: Closing) -> tuple[Dispatch, dict[str, str]]:
    after = replace(
        dispatch,
        result=closing.result,
        receiver_name=closing.receiver_name,
        receiver_cip=closing.receiver_cip,
        receiver_station=closing.receiver_station,
    )
    said = {
        "result": closing.result.value,
        "receiver_name": closing.receiver_name,
        "receiver_cip": closing.receiver_cip,
        "receiver_station": closing.receiver_station,
    }
    return after, {name: text for name, text in said.items() if text}
