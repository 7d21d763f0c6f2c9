"""What people gather in an incident: its words anew, further cameras, ticked steps, further calls, and the incident that it repeats."""

from __future__ import annotations

import json
from collections.abc import Sequence

from alerts import amendments, inputs, procedures
from alerts.acts import Acts
from alerts.amendments import Amendment, IncidentVersion
from alerts.calls import Call
from alerts.incident_states import IncidentStep, as_duplicate, must_allow, must_have_reason
from alerts.ledger import Ledger
from alerts.records import Actor, FurtherCamera, Incident, IncidentLink, StepState
from alerts.rows import row_of, version_in
from alerts.window import beside
from nvr.catalogue import case_rows, incident_rows, opening_rows
from nvr.catalogue.engine import Transaction
from nvr.errors import Conflict, IllegalStep, NotFound

_MOST_CAMERAS = 24
_MOST_CALLS = 100
_MOST_VERSIONS = 200
_WHOLE_GRAPH_S = 86_400


class CaseDesk(Acts):
    """The case's part of ``alerts.desk.Desk``. ``senior``: a supervisor asks, who may correct what is closed."""

    def amend_incident(
        self,
        incident_id: str,
        actor: Actor,
        base_version: int,
        words: Amendment,
        reason: str,
        *,
        senior: bool = False,
    ) -> Incident:
        """Say something of an incident anew: the next version. What changes nothing makes none.

        Raises:
            Conflict: somebody else has amended ``base_version`` since; the message says who, and what.
            IllegalStep: it is closed, and no supervisor asks.
            InvalidInput: a value that is none, or no reason where one is needed.
        """
        why = inputs.note(reason)
        with self._act(actor) as (tx, ledger, person):
            before = ledger.incident(incident_id)
            must_allow(before, IncidentStep.AMEND, senior=senior)
            known = _versions(tx, incident_id)
            after = amendments.amended(before, amendments.cleaned(words, ledger.wall_ns), base_version, why, known)
            if after is before:
                return before
            if len(known) >= _MOST_VERSIONS:
                raise Conflict(f"El incidente ya tiene {_MOST_VERSIONS} versiones", "escriba una nota")
            case_rows.store_version(tx, row_of(amendments.version_of(after, person, why, ledger.wall_ns)))
            ledger.store_incident(after)
            detail = {"version": str(after.version), "changed": amendments.told(before, after)}
            ledger.incident_entry(incident_id, "incident_amended", _with_reason(detail, why))
            ledger.audit("incident.amend", incident_id, number=before.number, version=str(after.version))
            if after.occurred_wall_ns != before.occurred_wall_ns:
                ledger.hold(incident_id)
            ledger.publish_dispatches(after)
            return ledger.publish_incident(incident_id)

    def versions(self, incident_id: str) -> list[IncidentVersion]:
        """All that was said of an incident, oldest first. Raises NotFound."""
        with self._catalogue.read() as tx:
            found = _versions(tx, incident_id)
        if not found:
            raise NotFound("No existe ese incidente")
        return found

    def add_camera(
        self, incident_id: str, actor: Actor, camera_id: str, reason: str, *, senior: bool = False
    ) -> Incident:
        """Count a further camera to an incident: its recording is held like the first one's. One that it has already changes nothing."""
        why, camera = inputs.note(reason), inputs.camera(self._config, camera_id)
        with self._act(actor) as (_, ledger, person):
            incident = ledger.incident(incident_id)
            if camera.id in incident.camera_ids:
                return incident
            must_allow(incident, IncidentStep.CAMERA, senior=senior)
            must_have_reason(incident, why, always=True)
            if len(incident.camera_ids) >= _MOST_CAMERAS:
                raise Conflict(f"El incidente ya tiene {_MOST_CAMERAS} cámaras", "quite una que no haga falta")
            ledger.add_camera(incident_id, FurtherCamera(camera.id, why, person.name, ledger.wall_ns))
            ledger.incident_entry(incident_id, "camera_added", _with_reason({"camera_id": camera.id}, why))
            ledger.audit("incident.camera_add", incident_id, number=incident.number, camera_id=camera.id)
            ledger.hold(incident_id)
            return ledger.publish_incident(incident_id)

    def remove_camera(
        self, incident_id: str, actor: Actor, camera_id: str, reason: str, *, senior: bool = False
    ) -> Incident:
        """Take a further camera off an incident. What is held of it stays held: letting go of that takes two persons."""
        why = inputs.note(reason)
        with self._act(actor) as (tx, ledger, _person):
            incident = ledger.incident(incident_id)
            if camera_id == incident.camera_id:
                raise IllegalStep("Es la cámara en la que empezó el incidente", "no se puede quitar")
            if camera_id not in incident.camera_ids:
                return incident
            must_allow(incident, IncidentStep.CAMERA, senior=senior)
            must_have_reason(incident, why, always=True)
            case_rows.remove_camera(tx, incident_id, camera_id)
            ledger.incident_entry(incident_id, "camera_removed", _with_reason({"camera_id": camera_id}, why))
            ledger.audit("incident.camera_remove", incident_id, number=incident.number, camera_id=camera_id)
            return ledger.publish_incident(incident_id)

    def proposed_cameras(self, incident_id: str) -> list[tuple[str, int]]:
        """Cameras beside those of an incident, with the seconds from one to the other on foot, the nearest first. Raises NotFound."""
        with self._read() as ledger:
            has = ledger.incident(incident_id).camera_ids
        return proposed(has, {each: beside(self._config.cameras, each, _WHOLE_GRAPH_S) for each in has})

    def tick_step(
        self, incident_id: str, actor: Actor, step: str, state: StepState | None, reason: str = ""
    ) -> Incident:
        """Tick a step of the procedure as done or as one that does not apply; None takes the tick back. All of it stands on the time line."""
        why = inputs.note(reason)
        procedures.must_say_why(state, why)
        with self._act(actor) as (tx, ledger, person):
            incident = ledger.incident(incident_id)
            must_allow(incident, IncidentStep.TICK)
            asked = procedures.asked_step(incident, step)
            before = next((each for each in incident.steps if each.step == step), None)
            if (None if before is None else before.state) is state and (before is None or before.reason == why):
                return incident
            values = {
                "step": step, "state": state, "reason": why, "actor": person.name, "terminal": person.terminal, "wall_ns": ledger.wall_ns,
            }  # fmt: skip
            case_rows.set_step(tx, incident_id, step, None if state is None else values)
            kind = "step_reopened" if state is None else f"step_{state.value}"
            ledger.incident_entry(incident_id, kind, _with_reason({"step_text": asked.text}, why))
            ledger.audit("incident.step", incident_id, step=step, state="" if state is None else state.value)
            return ledger.publish_incident(incident_id)

    def add_call(self, incident_id: str, actor: Actor, call: Call, idempotency_key: str) -> Incident:
        """Tie a further call to an incident. The same person's same key adds it once.

        Raises:
            Conflict: the key was used for something else.
        """
        key, told = inputs.idempotency_key(idempotency_key), call.detail()
        with self._act(actor) as (tx, ledger, person):
            incident = ledger.incident(incident_id)
            if done_before(tx, person, key, incident_id):
                return incident
            must_allow(incident, IncidentStep.CALL)
            if incident_rows.count_entries(tx, incident_id, "call") >= _MOST_CALLS:
                raise Conflict(f"El incidente ya tiene {_MOST_CALLS} llamadas", "escriba una nota")
            opening_rows.store(tx, person.user_id, key, incident_id)
            ledger.call_entry(incident_id, told)
            ledger.audit("incident.call", incident_id, number=incident.number, origin=call.origin.value)
            return ledger.publish_incident(incident_id)

    def link_duplicate(
        self, incident_id: str, actor: Actor, of_number: str | None, reason: str, *, senior: bool = False
    ) -> Incident:
        """Say that an incident repeats another one, which is gone on with; None: that it does not. Nothing of either is merged.

        Raises:
            NotFound: there is no incident of that number.
            IllegalStep: the link would lead to itself or along a chain.
        """
        why = inputs.note(reason)
        with self._act(actor) as (tx, ledger, _person):
            incident = ledger.incident(incident_id)
            of = None if of_number is None else ledger.incident(_id_of(tx, of_number))
            before = incident.duplicate_of
            link = as_duplicate(incident, of)
            if link == before:
                return incident
            must_allow(incident, IncidentStep.LINK, senior=senior)
            must_have_reason(incident, why, always=link is None)
            ledger.store_link(incident, link)
            for other, kind in ((before, "duplicate_unlinked"), (link, "duplicate_linked")):
                if other is not None:
                    _tell_both(ledger, incident, other, kind, why)
            ledger.audit("incident.duplicate", incident_id, number=incident.number, of=of_number or "")
            for other in (before, link):
                if other is not None:
                    ledger.publish_incident(other.incident_id)
            return ledger.publish_incident(incident_id)

    def incident_id_of(self, number: str) -> str:
        """The id of the incident with that number. Raises NotFound."""
        with self._catalogue.read() as tx:
            return _id_of(tx, number)

    def call_origins(self, incidents: Sequence[Incident]) -> dict[str, str]:
        """Incident id → by which line the call came that it was opened by (``alerts.calls.CallOrigin``), for those that were."""
        with self._catalogue.read() as tx:
            calls = case_rows.opening_calls(tx, [each.incident_id for each in incidents])
        return {incident_id: str(json.loads(detail).get("origin", "")) for incident_id, detail in calls.items()}


def proposed(has: Sequence[str], ways_s: dict[str, dict[str, int]]) -> list[tuple[str, int]]:
    """Cameras that stand beside one of ``has`` and are not among them, by the shortest way. Pure."""
    found: dict[str, int] = {}
    for near in ways_s.values():
        for camera_id, way_s in near.items():
            if camera_id not in has:
                found[camera_id] = min(found.get(camera_id, way_s), way_s)
    return sorted(found.items(), key=lambda each: (each[1], each[0]))


def done_before(tx: Transaction, person: Actor, key: str, incident_id: str) -> bool:
    """Whether this person has added something to this incident with this key.

    Raises:
        Conflict: to another one.
    """
    known = opening_rows.find(tx, person.user_id, key)
    if known is not None and known != incident_id:
        raise Conflict("Esa clave de envío ya se usó para otro incidente", "recargue la página")
    return known is not None


def _versions(tx: Transaction, incident_id: str) -> list[IncidentVersion]:
    return [version_in(row) for row in case_rows.versions(tx, incident_id)]


def _id_of(tx: Transaction, number: str) -> str:
    found = case_rows.id_of_number(tx, number.strip().upper())
    if found is None:
        raise NotFound("No existe un incidente con ese número")
    return found


def _tell_both(ledger: Ledger, incident: Incident, other: IncidentLink, kind: str, why: str) -> None:
    ledger.incident_entry(incident.incident_id, kind, _with_reason({"of": other.number}, why))
    ledger.incident_entry(other.incident_id, kind, _with_reason({"duplicate": incident.number}, why))


def _with_reason(detail: dict[str, str], why: str) -> dict[str, str]:
    return detail | ({"note": why} if why else {})
