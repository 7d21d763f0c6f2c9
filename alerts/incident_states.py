"""What may be done with an incident in which state, and by whom. Pure: a table, and words for what it refuses."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from alerts.records import Incident, IncidentLink, IncidentState
from nvr.errors import IllegalStep, InvalidInput


class IncidentStep(StrEnum):
    """What can be done with an incident."""

    DISPATCH = "dispatch"
    TICK = "tick"
    CLOSE = "close"
    NOTE = "note"
    CALL = "call"
    AMEND = "amend"
    CAMERA = "camera"
    PERSON = "person"
    LINK = "link"


class Whose(StrEnum):
    """Who may take a step."""

    DESK = "desk"
    SUPERVISOR = "supervisor"


INCIDENT_STEPS: Final[dict[tuple[IncidentState, IncidentStep], Whose]] = {
    **{(IncidentState.OPEN, step): Whose.DESK for step in IncidentStep},
    # What is learnt later belongs to the case.
    (IncidentState.CLOSED, IncidentStep.NOTE): Whose.DESK,
    (IncidentState.CLOSED, IncidentStep.CALL): Whose.DESK,
    # What a closed case says is changed by a supervisor alone, who says why.
    (IncidentState.CLOSED, IncidentStep.AMEND): Whose.SUPERVISOR,
    (IncidentState.CLOSED, IncidentStep.CAMERA): Whose.SUPERVISOR,
    (IncidentState.CLOSED, IncidentStep.PERSON): Whose.SUPERVISOR,
    (IncidentState.CLOSED, IncidentStep.LINK): Whose.SUPERVISOR,
}
"""Every legal step; what is not here is illegal."""

_INSTEAD: Final = {
    IncidentStep.DISPATCH: "abra otro incidente si el hecho se repite",
    IncidentStep.TICK: "escriba una nota sobre lo que faltó",
}


def must_allow(incident: Incident, step: IncidentStep, *, senior: bool = False) -> None:
    """Refuse a step that is illegal now.

    Args:
        incident: as it is.
        step: what is asked for.
        senior: whether a supervisor asks.

    Raises:
        IllegalStep: the state forbids it, or it is a supervisor's.
    """
    whose = INCIDENT_STEPS.get((incident.state, step))
    if whose is None:
        raise IllegalStep(f"El incidente {incident.number} ya está cerrado", _INSTEAD.get(step, ""))
    if whose is Whose.SUPERVISOR and not senior:
        raise IllegalStep(
            f"El incidente {incident.number} ya está cerrado: solo un supervisor lo corrige", "pídaselo, con el motivo"
        )


def must_have_reason(incident: Incident, reason: str, *, always: bool) -> None:
    """Refuse what nobody says why he does: ``always``, or because the incident is closed.

    Raises:
        InvalidInput: the reason is missing.
    """
    if not reason and (always or incident.state is IncidentState.CLOSED):
        raise InvalidInput("Falta el motivo", "escriba por qué se corrige")


def as_duplicate(incident: Incident, of: Incident | None) -> IncidentLink | None:
    """The link from an incident to the one that it repeats; None: to none any more.

    A link leads from the one that is not gone on with to the one that is, never on from there: whoever follows it is there.

    Raises:
        IllegalStep: it would lead to itself, in a circle or along a chain.
    """
    if of is None:
        return None
    if of.incident_id == incident.incident_id:
        raise IllegalStep("Un incidente no es duplicado de sí mismo", "elija el otro")
    if of.duplicate_of is not None:
        raise IllegalStep(f"El incidente {of.number} es a su vez duplicado de {of.duplicate_of.number}", "elija ese")
    if incident.duplicates:
        others = ", ".join(each.number for each in incident.duplicates)
        raise IllegalStep(f"Otros son duplicados de este incidente: {others}", "enlácelos antes con el otro")
    return IncidentLink(of.incident_id, of.number)
