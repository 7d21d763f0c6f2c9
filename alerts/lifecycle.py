"""The life cycles of alerts, dispatches and incidents: which step is legal from which state. Pure: record in, record out.

An illegal step raises ``IllegalStep``, one that somebody else's ownership forbids ``Conflict``; both in Spanish, for the operator.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from alerts.incident_states import IncidentStep, must_allow
from alerts.records import (
    Actor,
    Alert,
    AlertOutcome,
    AlertState,
    Dispatch,
    DispatchState,
    Incident,
    IncidentState,
)
from nvr.errors import Conflict, IllegalStep


class AlertStep(StrEnum):
    """What can be done with an alert."""

    TAKE = "take"
    RELEASE = "release"
    CLOSE = "close"


ALERT_STEPS: Final[dict[tuple[AlertState, AlertStep], AlertState]] = {
    (AlertState.NEW, AlertStep.TAKE): AlertState.TAKEN,
    (AlertState.TAKEN, AlertStep.RELEASE): AlertState.NEW,
    (AlertState.TAKEN, AlertStep.CLOSE): AlertState.CLOSED,
    # Only for who may act on anybody's alerts: a supervisor who clears the queue, and the system when a camera returns.
    (AlertState.NEW, AlertStep.CLOSE): AlertState.CLOSED,
}
"""Every legal step of an alert; what is not here is illegal."""

DISPATCH_ORDER: Final = (
    DispatchState.SENT,
    DispatchState.RECEIVED,
    DispatchState.EN_ROUTE,
    DispatchState.ON_SCENE,
    DispatchState.CLOSED,
)
"""A dispatch goes forward only. It may skip: a patrol round the corner is on scene before anybody pressed "recibido". A skipped state keeps no
time, since none was observed; the time line shows what was pressed and when."""

DISPATCH_WORDS: Final = {
    DispatchState.SENT: "enviado",
    DispatchState.RECEIVED: "recibido",
    DispatchState.EN_ROUTE: "en camino",
    DispatchState.ON_SCENE: "en el lugar",
    DispatchState.CLOSED: "cerrado",
}

_ALREADY_CLOSED: Final = "La alerta ya está cerrada"


def next_state(state: AlertState, step: AlertStep) -> AlertState:
    """Where a step leads.

    Raises:
        IllegalStep: nowhere.
    """
    try:
        return ALERT_STEPS[state, step]
    except KeyError:
        if state is AlertState.CLOSED:
            raise IllegalStep(_ALREADY_CLOSED) from None
        if state is AlertState.TAKEN:
            raise IllegalStep("La alerta ya está tomada") from None
        raise IllegalStep("Nadie ha tomado la alerta todavía") from None


def take(alert: Alert, actor: Actor, wall_ns: int) -> Alert:
    """The alert, taken. Who has it already gets it unchanged: his screen may not have heard the first answer."""
    if alert.state is AlertState.TAKEN:
        if alert.owner_id == actor.user_id:
            return alert
        raise Conflict(_has_it(alert))
    state = next_state(alert.state, AlertStep.TAKE)
    return replace(_attended(alert), state=state, owner_id=actor.user_id, owner_name=actor.name, taken_wall_ns=wall_ns)


def release(alert: Alert, actor: Actor, wall_ns: int, *, any_owner: bool = False) -> Alert:
    """The alert, back in the queue, with nothing left of its owner: it waits anew."""
    state = next_state(alert.state, AlertStep.RELEASE)
    _must_own(alert, actor, any_owner=any_owner)
    return replace(
        alert,
        state=state,
        owner_id=None,
        owner_name=None,
        taken_wall_ns=None,
        waiting_wall_ns=wall_ns,
        offered=(),
        escalation=0,
    )


def close_alert(alert: Alert, actor: Actor, outcome: AlertOutcome, wall_ns: int, *, any_owner: bool = False) -> Alert:
    """The alert, closed. Its owner stays on record; who closes an alert that nobody took becomes none."""
    if alert.state is AlertState.CLOSED and alert.outcome is outcome and alert.owner_id == actor.user_id:
        return alert
    state = next_state(alert.state, AlertStep.CLOSE)
    if alert.state is AlertState.NEW and not any_owner:
        raise IllegalStep("Tome la alerta antes de cerrarla")
    _must_own(alert, actor, any_owner=any_owner)
    if outcome is AlertOutcome.INCIDENT and alert.incident_id is None:
        raise IllegalStep("La alerta no tiene incidente: despache, o ciérrela con otro resultado")
    if outcome is not AlertOutcome.INCIDENT and alert.incident_id is not None:
        raise IllegalStep("La alerta ya dio lugar a un incidente: ciérrela como incidente")
    return replace(_attended(alert), state=state, outcome=outcome, closed_wall_ns=wall_ns)


def for_dispatch(alert: Alert, actor: Actor, wall_ns: int, *, any_owner: bool = False) -> Alert:
    """The alert, fit for sending somebody: taken by the actor, or by anybody where he may act on any.

    A supervisor who sends from the queue takes the alert by it, so that the case has an owner.
    """
    if alert.state is AlertState.CLOSED:
        raise IllegalStep(_ALREADY_CLOSED)
    if alert.state is AlertState.NEW:
        if not any_owner:
            raise IllegalStep("Tome la alerta antes de despachar")
        return take(alert, actor, wall_ns)
    _must_own(alert, actor, any_owner=any_owner)
    return alert


def advance(dispatch: Dispatch, to: DispatchState, wall_ns: int) -> Dispatch:
    """The dispatch, taken forward. Being there already changes nothing: two screens may press the same button."""
    if dispatch.state is to:
        return dispatch
    if DISPATCH_ORDER.index(to) < DISPATCH_ORDER.index(dispatch.state):
        raise IllegalStep(
            f"El despacho ya está «{DISPATCH_WORDS[dispatch.state]}»: no puede volver a «{DISPATCH_WORDS[to]}»"
        )
    return replace(dispatch, state=to, times={**dispatch.times, to: wall_ns})


def close_incident(incident: Incident, wall_ns: int) -> Incident:
    """The incident, closed."""
    must_allow(incident, IncidentStep.CLOSE)
    waiting = sum(dispatch.state is not DispatchState.CLOSED for dispatch in incident.dispatches)
    if waiting:
        what = "queda 1 despacho abierto" if waiting == 1 else f"quedan {waiting} despachos abiertos"
        raise IllegalStep(f"El incidente {incident.number} no se puede cerrar: {what}")
    return replace(incident, state=IncidentState.CLOSED, closed_wall_ns=wall_ns)


def _attended(alert: Alert) -> Alert:
    """The alert, before nobody any more and on no shelf: somebody has it."""
    return replace(
        alert, shelved=False, escalation=0, offer_user_id=None, offer_user_name=None, offer_until_wall_ns=None
    )


def _must_own(alert: Alert, actor: Actor, *, any_owner: bool) -> None:
    if not any_owner and alert.owner_id != actor.user_id:
        raise Conflict(_has_it(alert))


def _has_it(alert: Alert) -> str:
    return f"La alerta la tiene {alert.owner_name}"
