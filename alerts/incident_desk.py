"""What people do with incidents: open, send, note, close. What becomes of a dispatch afterwards: ``alerts.dispatch_desk``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerts import inputs, lifecycle, units
from alerts.acts import Acts
from alerts.amendments import IncidentVersion
from alerts.calls import Call
from alerts.incident_states import IncidentStep, must_allow
from alerts.ledger import Ledger
from alerts.procedures import pending
from alerts.records import (
    Actor,
    AlertOutcome,
    AlertState,
    Dispatch,
    DispatchState,
    FurtherCamera,
    Incident,
    IncidentState,
)
from alerts.rows import dispatch_of, version_in
from nvr.catalogue import case_rows, incident_rows, opening_rows
from nvr.catalogue.engine import Transaction
from nvr.config import Camera
from nvr.errors import Conflict
from nvr.observations import new_id


class IncidentDesk(Acts):
    """The incidents' half of ``alerts.desk.Desk``."""

    def dispatch_alert(  # noqa: PLR0917  (the console's contract)
        self,
        alert_id: str,
        actor: Actor,
        agency: str,
        type_code: str,
        priority: int,
        note: str,
        idempotency_key: str,
        *,
        any_owner: bool = False,
        unit_id: str | None = None,
    ) -> Incident:
        """Open the alert's incident, if there is none yet, and send an agency, in one transaction. The alert stays taken.

        ``unit_id``: the unit of that agency that is to go; None leaves that to its board. The note goes to the incident and to the agency. Where there is an incident already, its type and priority stay.
        """
        text, kind = inputs.note(note), inputs.kind(type_code)
        priority, key = inputs.priority(priority), inputs.idempotency_key(idempotency_key)
        inputs.agency(self._config, agency)
        with self._act(actor) as (tx, ledger, person):
            sent = _sent_before(tx, person, key)
            if sent is not None:
                incident = ledger.incident(sent.incident_id)
                if sent.agency != agency or ledger.alert(alert_id).incident_id != sent.incident_id:
                    raise Conflict("Esa clave de envío ya se usó para otro despacho", "recargue la página")
                return incident
            before = ledger.alert(alert_id)
            alert = lifecycle.for_dispatch(before, person, ledger.wall_ns, any_owner=any_owner)
            if alert is not before:
                ledger.store_alert(alert, "alert_taken")
            if alert.incident_id is None:
                incident = self._new_incident(
                    ledger, person, alert.camera_id, alert.started_wall_ns, (kind.code, priority, text)
                )
                ledger.new_incident(incident, alert)
                ledger.audit("incident.open", incident.incident_id, number=incident.number, alert_id=alert_id)
            else:
                incident = ledger.incident(alert.incident_id)
            return self._send(ledger, person, incident, agency, (text, key, unit_id))

    def verify_alert(
        self,
        alert_id: str,
        actor: Actor,
        type_code: str,
        priority: int,
        note: str,
        *,
        any_owner: bool = False,
    ) -> Incident:
        """Open the alert's incident without sending anybody yet: it is true, and is being looked into. Again: the same incident."""
        text, kind, priority = inputs.note(note), inputs.kind(type_code), inputs.priority(priority)
        with self._act(actor) as (_, ledger, person):
            before = ledger.alert(alert_id)
            alert = lifecycle.for_dispatch(before, person, ledger.wall_ns, any_owner=any_owner)
            if alert.incident_id is not None:
                return ledger.incident(alert.incident_id)
            if alert is not before:
                ledger.store_alert(alert, "alert_taken")
            incident = self._new_incident(
                ledger, person, alert.camera_id, alert.started_wall_ns, (kind.code, priority, text)
            )
            ledger.new_incident(incident, alert)
            ledger.audit("incident.open", incident.incident_id, number=incident.number, alert_id=alert_id)
            return ledger.publish_incident(incident.incident_id)

    def open_incident(  # noqa: PLR0917  (the console's contract)
        self,
        camera_id: str,
        occurred_wall_ns: int,
        type_code: str,
        priority: int,
        note: str,
        actor: Actor,
        call: Call | None = None,
        *,
        idempotency_key: str | None = None,
        further: Sequence[str] = (),
    ) -> Incident:
        """Open an incident by hand: "lo vi yo", or what somebody tells by telephone.

        ``further``: ids of other cameras near the place, which it has from its first moment. The same person's same ``idempotency_key`` gives the incident that it opened; None is for callers that never repeat.

        Raises:
            Conflict: the key opened something else.
        """
        key = None if idempotency_key is None else inputs.idempotency_key(idempotency_key)
        text, kind, priority = inputs.note(note), inputs.kind(type_code), inputs.priority(priority)
        told = None if call is None else call.detail()
        camera: Camera = inputs.camera(self._config, camera_id)
        beside = [inputs.camera(self._config, each).id for each in dict.fromkeys(further) if each != camera.id]
        with self._act(actor) as (tx, ledger, person):
            occurred_ns = inputs.occurred(occurred_wall_ns, ledger.wall_ns)
            opened_id = None if key is None else opening_rows.find(tx, person.user_id, key)
            if opened_id is not None:
                opened = ledger.incident(opened_id)
                first = version_in(case_rows.versions(tx, opened_id)[0])
                said = (camera.id, occurred_ns, kind.code, priority, text)
                if not _opened_alike(opened, first, said, told, beside):
                    remedy = "búsquelo en la lista; si es otro hecho, cierre el formulario y ábralo de nuevo"
                    raise Conflict(f"Ese formulario ya abrió el incidente {opened.number} con otros datos", remedy)
                return opened
            incident = self._new_incident(ledger, person, camera.id, occurred_ns, (kind.code, priority, text))
            incident = replace(incident, address="" if told is None else told["place"])
            ledger.new_incident(incident, None)
            if key is not None:
                opening_rows.store(tx, person.user_id, key, incident.incident_id)
            if told is not None:
                ledger.call_entry(incident.incident_id, told)
            for each in beside:
                near = FurtherCamera(each, "Cerca del lugar", person.name, ledger.wall_ns)
                ledger.add_camera(incident.incident_id, near)
                ledger.incident_entry(incident.incident_id, "camera_added", {"camera_id": each, "note": near.reason})
                ledger.audit("incident.camera_add", incident.incident_id, number=incident.number, camera_id=each)
            if beside:
                ledger.hold(incident.incident_id)
            origin = {} if call is None else {"origin": call.origin.value}
            ledger.audit("incident.open", incident.incident_id, number=incident.number, **origin)
            return ledger.publish_incident(incident.incident_id)

    def dispatch_incident(
        self,
        incident_id: str,
        actor: Actor,
        agency: str,
        note: str,
        idempotency_key: str,
        *,
        unit_id: str | None = None,
    ) -> Incident:
        """Send an agency, and where it is named its unit, to an open incident."""
        text, key = inputs.note(note), inputs.idempotency_key(idempotency_key)
        inputs.agency(self._config, agency)
        with self._act(actor) as (tx, ledger, person):
            incident = ledger.incident(incident_id)
            sent = _sent_before(tx, person, key)
            if sent is not None:
                if sent.agency != agency or sent.incident_id != incident_id:
                    raise Conflict("Esa clave de envío ya se usó para otro despacho", "recargue la página")
                return incident
            return self._send(ledger, person, incident, agency, (text, key, unit_id))

    def add_note(self, incident_id: str, actor: Actor, text: str) -> Incident:
        """Write a note on the time line; of a closed incident too, since what is learnt later belongs to the case."""
        clean = inputs.note(text, required=True)
        with self._act(actor) as (tx, ledger, _person):
            must_allow(ledger.incident(incident_id), IncidentStep.NOTE)
            if incident_rows.count_entries(tx, incident_id, "note") >= inputs.NOTES_LIMIT:
                raise Conflict(f"El incidente ya tiene {inputs.NOTES_LIMIT} notas", "abra otro incidente")
            ledger.incident_entry(incident_id, "note", {"text": clean})
            ledger.audit("incident.note", incident_id)
            return ledger.publish_incident(incident_id)

    def close_incident(self, incident_id: str, actor: Actor, note: str) -> Incident:
        """End an incident whose dispatches are all closed; its alerts close with it. Required steps that nobody ticked are named, and hinder nothing."""
        text = inputs.note(note)
        with self._act(actor) as (_, ledger, person):
            incident = lifecycle.close_incident(ledger.incident(incident_id), ledger.wall_ns)
            ledger.store_incident(incident)
            detail = {"note": text} if text else {}
            left = "; ".join(step.text for step in pending(incident))
            for alert in ledger.alerts_of(incident_id):
                if alert.state is not AlertState.CLOSED:
                    closed = lifecycle.close_alert(alert, person, AlertOutcome.INCIDENT, ledger.wall_ns, any_owner=True)
                    ledger.store_alert(closed, "alert_closed", {"outcome": AlertOutcome.INCIDENT.value})
            ledger.incident_entry(incident_id, "incident_closed", detail | ({"pending": left} if left else {}))
            ledger.audit("incident.close", incident_id, number=incident.number)
            return ledger.publish_incident(incident_id)

    def _new_incident(
        self, ledger: Ledger, person: Actor, camera_id: str, occurred_ns: int, what: tuple[str, int, str]
    ) -> Incident:
        type_code, priority, note = what
        return Incident(
            incident_id=new_id(ledger.wall_ns),
            number=ledger.next_number(self._config.timezone),
            state=IncidentState.OPEN,
            camera_id=camera_id,
            type_code=type_code,
            priority=priority,
            note=note,
            occurred_wall_ns=occurred_ns,
            created_wall_ns=ledger.wall_ns,
            created_by=person.name,
        )

    def _send(
        self, ledger: Ledger, person: Actor, incident: Incident, agency: str, order: tuple[str, str, str | None]
    ) -> Incident:
        note, key, unit_id = order
        must_allow(incident, IncidentStep.DISPATCH)
        dispatch = Dispatch(
            dispatch_id=new_id(ledger.wall_ns),
            incident_id=incident.incident_id,
            camera_id=incident.camera_id,
            agency=agency,
            state=DispatchState.SENT,
            note=note,
            created_by=person.name,
            created_wall_ns=ledger.wall_ns,
            times={DispatchState.SENT: ledger.wall_ns},
        )
        unit = None if unit_id is None else units.sent(ledger.unit(unit_id), dispatch, ledger.wall_ns)
        if unit is not None:
            dispatch = replace(dispatch, unit_id=unit.unit_id, unit_name=unit.call_sign)
        ledger.new_dispatch(dispatch, key)
        ledger.audit("dispatch.send", dispatch.dispatch_id, agency=agency, number=incident.number)
        if unit is not None:
            ledger.store_unit(unit, "send", number=incident.number)
        return ledger.publish_incident(incident.incident_id)


def _opened_alike(
    opened: Incident,
    first: IncidentVersion,
    what: tuple[str, int, str, int, str],
    told: Mapping[str, str] | None,
    beside: Sequence[str],
) -> bool:
    said = (opened.camera_id, first.occurred_wall_ns, first.type_code, first.priority, first.note)
    then = [entry for entry in opened.timeline if entry.wall_ns == opened.created_wall_ns]
    call = next((entry.detail for entry in then if entry.kind == "call"), None)
    cameras = [entry.detail["camera_id"] for entry in then if entry.kind == "camera_added"]
    return said == what and call == told and cameras == list(beside)


def _sent_before(tx: Transaction, person: Actor, key: str) -> Dispatch | None:
    row = incident_rows.find_sent(tx, person.user_id, key)
    return None if row is None else dispatch_of(row)
