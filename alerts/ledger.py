"""One act's entries: whatever is stored of an alert, dispatch or incident is written here together with its change and time line rows.

There is no other way to store one, so that a state without its change, or a change without its state, can't come about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.amendments import version_of
from alerts.handover import Handover
from alerts.places import as_configured
from alerts.posting import post_dispatch, post_unanswered, post_unattended
from alerts.records import Actor, Alert, AlertState, Dispatch, DispatchState, FurtherCamera, Incident, IncidentLink
from alerts.rows import alert_of, dispatch_of, incident_of, row_of, unit_of
from alerts.shelving import Shelving
from alerts.units import Unit
from alerts.window import incident_holds, window
from nvr.catalogue import (
    alert_rows,
    audit,
    case_rows,
    changes,
    delivery_rows,
    handover_rows,
    hold_rows,
    incident_numbers,
    incident_rows,
    room_rows,
    shelf_rows,
    unit_rows,
)
from nvr.catalogue.camera_states import CameraState
from nvr.catalogue.engine import Transaction
from nvr.catalogue.picture_states import PictureState
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.errors import IllegalStep, NotFound

SYSTEM = Actor(user_id="sistema", name="sistema", terminal="")
"""Who did it where nobody did."""


class Ledger:
    """Bound to one transaction, one actor and one time. ``config`` says how long, and beside which cameras, incidents are held: acts need it."""

    __slots__ = ("_actor", "_config", "_tx", "wall_ns")

    def __init__(self, tx: Transaction, actor: Actor, wall_ns: int, config: Config | None = None) -> None:
        self._tx = tx
        self._config = config
        self._actor = actor
        self.wall_ns = wall_ns

    def alert(self, alert_id: str) -> Alert:
        """The alert of that id. Raises NotFound."""
        row = alert_rows.find(self._tx, alert_id)
        if row is None:
            raise NotFound("No existe esa alerta")
        return alert_of(row)

    def incident(self, incident_id: str) -> Incident:
        """The incident of that id, whole. Raises NotFound."""
        row = incident_rows.find_incident(self._tx, incident_id)
        if row is None:
            raise NotFound("No existe ese incidente")
        return incident_of(row)

    def dispatch(self, dispatch_id: str) -> Dispatch:
        """The dispatch of that id. Raises NotFound."""
        row = incident_rows.find_dispatch(self._tx, dispatch_id)
        if row is None:
            raise NotFound("No existe ese despacho")
        return dispatch_of(row)

    def unit(self, unit_id: str) -> Unit:
        """The unit of that id. Raises NotFound."""
        row = unit_rows.find(self._tx, unit_id)
        if row is None:
            raise NotFound("No existe esa unidad")
        return unit_of(row)

    def unit_at(self, dispatch_id: str) -> Unit | None:
        """The unit that attends a dispatch."""
        row = unit_rows.of_dispatch(self._tx, dispatch_id)
        return None if row is None else unit_of(row)

    def alerts_of(self, incident_id: str) -> list[Alert]:
        """The alerts of an incident, oldest first."""
        return [alert_of(row) for row in alert_rows.of_incident(self._tx, incident_id)]

    def new_alert(self, alert: Alert, detail: Mapping[str, str]) -> None:
        """Store a new alert; its time line begins with what was detected."""
        row = row_of(alert)
        alert_rows.store(self._tx, row)
        detected = (alert.started_wall_ns, "detected", {"zone": alert.zone} | dict(detail))
        self._alert_entries(alert, detected, (self.wall_ns, "alert_created", {"priority": str(alert.priority)}))
        self._alert_change(alert, row)

    def store_alert(self, alert: Alert, kind: str = "", detail: Mapping[str, str] | None = None) -> None:
        """Store an alert as it is now, with an entry where somebody did something; its incident's window and hold follow."""
        row = row_of(alert)
        alert_rows.change(self._tx, row)
        if kind:
            self._alert_entries(alert, (self.wall_ns, kind, detail or {}))
        self._alert_change(alert, row)
        if alert.state is not AlertState.NEW and not alert.escalation:
            delivery_rows.answer(self._tx, self.wall_ns, alert_id=alert.alert_id)
        if alert.incident_id is not None:
            self.hold(alert.incident_id)

    def new_incident(self, incident: Incident, alert: Alert | None) -> None:
        """Store a new incident, with the alert that it came of, and hold its recording."""
        incident_rows.store_incident(
            self._tx, row_of(incident), window(incident.occurred_wall_ns, [] if alert is None else [alert])
        )
        self._keep_place(incident.incident_id, incident.camera_id)
        case_rows.store_version(self._tx, row_of(version_of(incident, self._actor, "", self.wall_ns)))
        self.incident_entry(
            incident.incident_id,
            "incident_opened",
            {
                "number": incident.number,
                "type_code": incident.type_code,
                "priority": str(incident.priority),
                "note": incident.note,
            },
        )
        if alert is not None:
            self.store_alert(replace(alert, incident_id=incident.incident_id, escalation=0))
        else:
            self.hold(incident.incident_id)

    def add_camera(self, incident_id: str, camera: FurtherCamera) -> None:
        """Store a further camera of an incident, and where it stands now."""
        case_rows.add_camera(self._tx, incident_id, row_of(camera))
        self._keep_place(incident_id, camera.camera_id)

    def store_incident(self, incident: Incident) -> None:
        """Store an incident as it is now; ``publish_incident`` at the end of the act tells the screens."""
        incident_rows.change_incident(self._tx, row_of(incident))

    def store_link(self, incident: Incident, link: IncidentLink | None) -> None:
        """Store which incident one repeats."""
        self.store_incident(replace(incident, duplicate_of=link))

    def incident_entry(self, incident_id: str, kind: str, detail: Mapping[str, str]) -> int:
        """Add to an incident's time line; the entry's id."""
        return incident_rows.add_entry(
            self._tx,
            incident_id=incident_id,
            wall_ns=self.wall_ns,
            actor=self._actor.name,
            terminal=self._actor.terminal,
            kind=kind,
            detail=detail,
        )

    def call_entry(self, incident_id: str, told: Mapping[str, str]) -> None:
        """Add a call to an incident's time line. Who called stands beside it: a time line is never changed, and such data have an end."""
        who = {name: told[name] for name in case_rows.PERSONAL_OF_CALLS if name in told}
        entry_id = self.incident_entry(incident_id, "call", {name: told[name] for name in told if name not in who})
        if who:
            case_rows.store_caller(self._tx, entry_id, incident_id, who)

    def publish_incident(self, incident_id: str) -> Incident:
        """Tell the screens how an incident is now; the last thing that an act does, so that they see all of it."""
        incident = self.incident(incident_id)
        self._change("incident", incident.incident_id, incident.camera_id, None, row_of(incident))
        return incident

    def publish_dispatches(self, incident: Incident) -> None:
        """Tell the boards anew what an incident says of itself: type, priority, place."""
        for dispatch in incident.dispatches:
            if dispatch.state is not DispatchState.CLOSED:
                self._change("dispatch", dispatch.dispatch_id, dispatch.camera_id, dispatch.agency, row_of(dispatch))

    def new_dispatch(self, dispatch: Dispatch, idempotency_key: str) -> None:
        """Store a new dispatch: one that a person sends, never the system (Ley 29733 art. 23).

        Raises:
            IllegalStep: nobody sends it.
        """
        if self._actor.user_id in {"", SYSTEM.user_id}:
            raise IllegalStep("Un despacho lo confirma siempre una persona")
        incident_rows.store_dispatch(
            self._tx, row_of(dispatch), sender_id=self._actor.user_id, idempotency_key=idempotency_key
        )
        self._dispatch_entry(dispatch, dispatch.note)
        if self._config is not None:
            post_dispatch(self._tx, self._config, dispatch, self.incident(dispatch.incident_id))
        self.hold(dispatch.incident_id)

    def store_dispatch(
        self, dispatch: Dispatch, note: str = "", kind: str = "", detail: Mapping[str, str] | None = None
    ) -> None:
        """Store a dispatch as it is now, with an entry: of the state that it reached, or of a kind of its own."""
        incident_rows.change_dispatch(self._tx, row_of(dispatch))
        if dispatch.state is not DispatchState.SENT:
            delivery_rows.answer(self._tx, self.wall_ns, dispatch_id=dispatch.dispatch_id)
        self._dispatch_entry(dispatch, note, kind, detail)

    def tell_level(self, level: int, about: Alert | Dispatch) -> None:
        """Tell supervisor or chief outside the pages, where they have channels, that nobody takes or answers this."""
        if self._config is None:
            return
        if isinstance(about, Alert):
            post_unattended(self._tx, self._config, about, level, self.wall_ns)
        else:
            incident = self.incident(about.incident_id)
            post_unanswered(self._tx, self._config, about, incident, level, self.wall_ns)

    def new_unit(self, unit: Unit) -> None:
        """Store a new unit."""
        unit_rows.store(self._tx, row_of(unit))
        self._unit_change(unit)
        self.audit("unit.create", unit.unit_id, agency=unit.agency, call_sign=unit.call_sign)

    def store_unit(self, unit: Unit, action: str = "", **detail: str) -> None:
        """Store a unit as it is now; ``action``: what somebody did with it, for the audit."""
        unit_rows.change(self._tx, row_of(unit))
        self._unit_change(unit)
        if action:
            self.audit(f"unit.{action}", unit.unit_id, agency=unit.agency, call_sign=unit.call_sign, **detail)

    def _unit_change(self, unit: Unit) -> None:
        self._change("unit", unit.unit_id, "", unit.agency, row_of(unit))

    def camera_changed(self, state: CameraState) -> None:
        """Tell the screens how a stream is now."""
        body = {
            "camera_id": state.camera_id,
            "stream": state.stream.value,
            "state": state.state,
            "since_wall_ns": state.since_wall_ns,
            "down_since_wall_ns": state.down_since_wall_ns,
            "cause": state.cause,
            "detail": state.detail,
        }
        self._change("camera", f"{state.camera_id}/{state.stream.value}", state.camera_id, None, body)

    def new_shelving(self, shelving: Shelving) -> None:
        """Store a zone's rest; it stands in the audit as what the system did."""
        shelf_rows.store(self._tx, row_of(shelving))
        self._change("shelving", shelving.shelving_id, shelving.camera_id, None, row_of(shelving))
        self.audit(
            "source.shelve", shelving.shelving_id, camera_id=shelving.camera_id, zone=shelving.zone,
            starts=str(shelving.starts),
        )  # fmt: skip

    def end_shelving(self, shelving: Shelving) -> list[Alert]:
        """Store a rest that has ended, and bring what was on the shelf into the queue: it waits from now on."""
        shelf_rows.change(self._tx, row_of(shelving))
        self._change("shelving", shelving.shelving_id, shelving.camera_id, None, row_of(shelving))
        self.audit("source.unshelve", shelving.shelving_id, camera_id=shelving.camera_id, zone=shelving.zone)
        found = [alert_of(row) for row in alert_rows.shelved(self._tx, shelving.camera_id, shelving.zone)]
        for alert in found:
            self.store_alert(replace(alert, shelved=False, waiting_wall_ns=self.wall_ns), "alert_unshelved")
        return found

    def room_changed(self, body: Mapping[str, object]) -> None:
        """Store how the room is now, and tell the screens."""
        room_rows.store(self._tx, body)
        self._change("room", "room", "", None, body)

    def store_handover(self, handover: Handover, action: str, **detail: str) -> None:
        """Store a hand-over as it is now."""
        handover_rows.store(self._tx, row_of(handover))
        self._change("handover", handover.handover_id, "", None, row_of(handover))
        self.audit(f"handover.{action}", handover.handover_id, shift=handover.shift, **detail)

    def picture_changed(self, state: PictureState) -> None:
        """Tell the screens what is wrong, or no longer, with what a stream brings."""
        object_id = f"{state.camera_id}/{state.stream.value}/{state.aspect}"
        body = {
            "camera_id": state.camera_id,
            "stream": state.stream.value,
            "aspect": state.aspect,
            "condition": state.condition,
            "since_wall_ns": state.since_wall_ns,
            "detail": state.detail,
        }
        self._change("camera", object_id, state.camera_id, None, body)

    def audit(self, action: str, object_id: str, **detail: str) -> None:
        """Say who did what."""
        audit.append(
            self._tx,
            wall_ns=self.wall_ns,
            actor=self._actor.name,
            terminal=self._actor.terminal,
            address=self._actor.address,
            action=action,
            object=object_id,
            detail={"user_id": self._actor.user_id} | detail,
        )

    def next_number(self, timezone: str) -> str:
        """The next incident number of the year that it is in the control room, e.g. N-2026-000123."""
        year = datetime.fromtimestamp(self.wall_ns // NS_PER_S, ZoneInfo(timezone)).year
        return incident_numbers.next_number(self._tx, year)

    def hold(self, incident_id: str) -> None:
        """Bring an incident's window up to its alerts, and hold its recordings: its camera's, and once somebody was sent its neighbours' too."""
        incident = self.incident(incident_id)
        alerts = self.alerts_of(incident_id)
        wanted = window(incident.occurred_wall_ns, alerts)
        if wanted != incident_rows.window(self._tx, incident_id):
            incident_rows.change_window(self._tx, incident_id, wanted)
        if self._config is None:
            return
        known = {hold.hold_id: hold for hold in hold_rows.of_incident(self._tx, incident_id)}
        seen_by = [camera_id for alert in alerts for camera_id in alert.cameras] + list(incident.camera_ids[1:])
        for hold in incident_holds(incident, wanted, self._config, self.wall_ns, seen_by):
            before = next((each for each in known.values() if each.camera_id == hold.camera_id), None)
            if before is None:
                hold_rows.store(self._tx, hold)
                self.audit("hold.place", hold.hold_id, camera_id=hold.camera_id, reason=hold.reason)
            elif before.holds:
                wider = hold_rows.widened(before, hold.from_wall_ns, hold.to_wall_ns)
                if wider != before:
                    hold_rows.store(self._tx, wider)

    def _keep_place(self, incident_id: str, camera_id: str) -> None:
        camera = None if self._config is None else self._config.camera(camera_id)
        if camera is not None:
            case_rows.keep_place(self._tx, incident_id, row_of(as_configured(camera)))

    def _alert_entries(self, alert: Alert, *entries: tuple[int, str, Mapping[str, str]]) -> None:
        actor = self._actor
        incident_rows.add_alert_entries(self._tx, alert.alert_id, actor.name, actor.terminal, entries)

    def _dispatch_entry(
        self, dispatch: Dispatch, note: str, kind: str = "", more: Mapping[str, str] | None = None
    ) -> None:
        detail = {"dispatch_id": dispatch.dispatch_id, "agency": dispatch.agency}
        if dispatch.unit_name:
            detail["unit"] = dispatch.unit_name
        detail |= more or {}
        if note:
            detail["note"] = note
        self.incident_entry(dispatch.incident_id, kind or f"dispatch_{dispatch.state.value}", detail)
        self._change("dispatch", dispatch.dispatch_id, dispatch.camera_id, dispatch.agency, row_of(dispatch))

    def _alert_change(self, alert: Alert, row: Mapping[str, object]) -> None:
        self._change("alert", alert.alert_id, alert.camera_id, None, row)

    def _change(
        self, kind: changes.ChangeKind, object_id: str, camera_id: str, agency: str | None, body: Mapping[str, object]
    ) -> None:
        changes.append(
            self._tx,
            wall_ns=self.wall_ns,
            kind=kind,
            object_id=object_id,
            camera_id=camera_id,
            agency=agency,
            body=body,
        )
