"""The procedure of an incident: the steps that its type asks for, and how far they are ticked. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.occurrences import ProcedureStep, occurrence_type
from alerts.records import Incident, StepState, TickedStep
from nvr.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class StepOfIncident:
    """A step that the incident's type asks for, and how it was ticked; None: not yet."""

    asked: ProcedureStep
    ticked: TickedStep | None


def procedure_of(incident: Incident) -> tuple[StepOfIncident, ...]:
    """The steps of the incident's type in their order. Ticks of steps that another type asked for stay on record, and are not shown."""
    kind = occurrence_type(incident.type_code)
    ticked = {each.step: each for each in incident.steps}
    return () if kind is None else tuple(StepOfIncident(step, ticked.get(step.code)) for step in kind.procedure)


def pending(incident: Incident) -> tuple[ProcedureStep, ...]:
    """Required steps that nobody ticked."""
    return tuple(each.asked for each in procedure_of(incident) if each.asked.required and each.ticked is None)


def asked_step(incident: Incident, code: str) -> ProcedureStep:
    """The step of that code.

    Raises:
        InvalidInput: the incident's type asks for no such step.
    """
    for each in procedure_of(incident):
        if each.asked.code == code:
            return each.asked
    raise InvalidInput("El procedimiento de este tipo no tiene ese paso", "vuelva a abrir el incidente")


def must_say_why(state: StepState | None, reason: str) -> None:
    """Refuse "no corresponde" without a reason.

    Raises:
        InvalidInput: it is missing.
    """
    if state is StepState.NOT_APPLICABLE and not reason:
        raise InvalidInput("Falta el motivo", "escriba por qué no corresponde")
