"""Records to wire shapes: the one place where nanoseconds become milliseconds and a camera's id gets its number and place. Runs in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, cast

from alerts import unit_states
from alerts.desk import Desk
from alerts.records import Alert, Dispatch, Incident, TimelineEntry
from alerts.room import Room
from alerts.shelving import Shelving
from alerts.unit_states import UnitState
from alerts.units import Unit
from console_web import audit_schemas, case_shapes, picture_schemas, room_schemas, schemas, unit_schemas
from console_web.health import HealthBoard
from console_web.milliseconds import ms, ms_or_none
from console_web.stream_states import StreamStates
from nvr.catalogue.audit import AuditRecord
from nvr.catalogue.users import Role, User
from nvr.config import Camera, Config
from nvr.media import StreamKind
from nvr.spanish import spanish_line, spanish_summary, spanish_terms

_States = Literal["connecting", "online", "offline"]

_CONFIG_WORDS: Final[Mapping[str, Callable[[str], str]]] = {
    "changes": spanish_summary,
    "warnings": lambda lines: "; ".join(map(spanish_line, lines.split("; "))),
}
"""What the audit keeps in English of a version of the configuration."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes records for the wire; reads what belongs beside them from the desk."""

    config: Config
    desk: Desk
    board: HealthBoard

    def user(self, user: User) -> schemas.UserOut:
        """A person, without the hash of the password."""
        return schemas.UserOut(
            user_id=user.user_id,
            name=user.name,
            full_name=user.full_name,
            role=user.role,
            agency=user.agency,
            cameras=None if user.cameras is None else list(user.cameras),
            enabled=user.enabled,
            must_change_password=user.must_change_password,
        )

    def camera(self, camera: Camera, states: StreamStates) -> schemas.CameraOut:
        """A camera with its streams."""
        return schemas.CameraOut(
            camera_id=camera.id,
            number=camera.number,
            name=camera.name,
            location=camera.location,
            trunk=camera.trunk,
            neighbours=dict(camera.neighbours),
            zones=[
                schemas.ZoneOut(name=zone.name, polygon=list(zone.polygon), priority=zone.priority)
                for zone in camera.zones
            ],
            ptz=camera.ptz,
            device=camera.onvif is not None,
            streams=self.streams(camera, states),
        )

    def streams(self, camera: Camera, states: StreamStates) -> schemas.StreamsOut:
        """The streams of a camera."""
        main = self._stream(camera, StreamKind.MAIN, states)
        sub = None if camera.sub is None else self._stream(camera, StreamKind.SUB, states)
        return schemas.StreamsOut(main=main, sub=sub)

    def _stream(self, camera: Camera, stream: StreamKind, states: StreamStates) -> schemas.StreamOut:
        source = camera.source(stream)
        known = states.states.get((camera.id, stream.value))
        rates = self.board.stream(camera.id, stream.value)
        online = known is not None and known.state == "online"
        if not camera.enabled:
            state, cause, detail = "offline", "planned", "Deshabilitada en la configuración"
        elif known is None:
            state, cause, detail = "connecting", "", ""
        else:
            state, cause, detail = known.state, known.cause, spanish_line(known.detail)
        return schemas.StreamOut(
            state=cast("_States", state),
            since_wall_ms=0 if known is None else ms(known.since_wall_ns),
            cause=cause,
            detail=detail,
            quarantined=not online and rates.quarantined,
            encrypted=source is not None and source.url.lower().startswith("rtsps:"),
            recorded=camera.enabled and source is not None and source.record,
            width_px=rates.width_px,
            height_px=rates.height_px,
            fps=round(rates.fps, 1) if online else 0.0,
            kbps=round(rates.kbps, 1) if online else 0.0,
            faults=[
                picture_schemas.PictureFaultOut(
                    aspect=cast("picture_schemas.Aspect", ill.aspect),
                    condition=cast("picture_schemas.Condition", ill.condition),
                    since_wall_ms=ms(ill.since_wall_ns),
                    detail=spanish_terms(ill.detail),
                )
                for ill in states.faults.get((camera.id, stream.value), ())
                if camera.enabled
            ],
        )

    def alert(self, alert: Alert) -> schemas.AlertOut:
        """An alert."""
        number, place = self.place(alert.camera_id)
        return schemas.AlertOut(
            alert_id=alert.alert_id,
            camera_id=alert.camera_id,
            camera_number=number,
            place=place,
            zone=alert.zone,
            priority=alert.priority,
            state=alert.state,
            started_wall_ms=ms(alert.started_wall_ns),
            decided_wall_ms=ms(alert.decided_wall_ns),
            created_wall_ms=ms(alert.created_wall_ns),
            last_wall_ms=ms(alert.last_wall_ns),
            ongoing=alert.ongoing,
            score=alert.score,
            box=alert.box,
            has_snapshot=bool(alert.snapshot),
            count=alert.count,
            owner_id=alert.owner_id,
            owner_name=alert.owner_name,
            taken_wall_ms=ms_or_none(alert.taken_wall_ns),
            closed_wall_ms=ms_or_none(alert.closed_wall_ns),
            outcome=alert.outcome,
            incident_id=alert.incident_id,
            cameras=[self.place(camera_id)[0] for camera_id in alert.cameras],
            waiting_wall_ms=ms(alert.waits_since_wall_ns),
            shelved=alert.shelved,
            offer_user_id=alert.offer_user_id,
            offer_user_name=alert.offer_user_name,
            offer_until_wall_ms=ms_or_none(alert.offer_until_wall_ns),
            escalation=alert.escalation,
            object_kind=alert.object_kind,
            object_score=alert.object_score,
        )

    def shelving(self, shelving: Shelving) -> room_schemas.ShelvingOut:
        """A zone at rest."""
        number, place = self.place(shelving.camera_id)
        return room_schemas.ShelvingOut(
            shelving_id=shelving.shelving_id,
            camera_id=shelving.camera_id,
            camera_number=number,
            place=place,
            zone=shelving.zone,
            since_wall_ms=ms(shelving.since_wall_ns),
            until_wall_ms=ms(shelving.until_wall_ns),
            starts=shelving.starts,
            ended_wall_ms=ms_or_none(shelving.ended_wall_ns),
            ended_by=shelving.ended_by,
        )

    def room(self, room: Room) -> room_schemas.RoomOut:
        """The room."""
        return room_schemas.RoomOut(
            shift=room.shift,
            closing=room.closing,
            seats=[
                room_schemas.SeatOut(
                    user_id=seat.user_id,
                    name=seat.name,
                    role=Role(seat.role),
                    terminal=seat.terminal,
                    level=seat.level,
                    post=seat.post,
                    chief=seat.chief,
                    idle=seat.idle,
                )
                for seat in room.seats
            ],
            shares=room.shares,
            unwatched=list(room.unwatched),
            flood_since_wall_ms=ms_or_none(room.flood.since_wall_ns),
            waiting=room.waiting,
            stale=room.stale,
        )

    def incident(self, incident: Incident, *, only_agency: str | None = None) -> schemas.IncidentOut:
        """An incident. ``only_agency`` leaves out what was sent to others."""
        alerts = self.desk.alerts_of_incident(incident.incident_id)
        has_snapshot = any(alert.snapshot for alert in alerts)
        number, place = self._place_in(incident, incident.camera_id)
        return schemas.IncidentOut(
            incident_id=incident.incident_id,
            number=incident.number,
            state=incident.state,
            camera_id=incident.camera_id,
            camera_number=number,
            place=place,
            type_code=incident.type_code,
            type_name=case_shapes.type_name(incident.type_code),
            priority=incident.priority,
            note=incident.note,
            occurred_wall_ms=ms(incident.occurred_wall_ns),
            created_wall_ms=ms(incident.created_wall_ns),
            created_by=incident.created_by,
            closed_wall_ms=ms_or_none(incident.closed_wall_ns),
            dispatches=[
                self._dispatch(dispatch, incident, has_snapshot=has_snapshot)
                for dispatch in incident.dispatches
                if only_agency is None or dispatch.agency == only_agency
            ],
            timeline=[
                _timeline_entry(entry, masked=only_agency is not None)
                for entry in incident.timeline
                if only_agency is None or entry.detail.get("agency", only_agency) == only_agency
            ],
            alert_ids=[alert.alert_id for alert in alerts],
            version=incident.version,
            address=incident.address,
            further_cameras=case_shapes.further_cameras(incident, partial(self._place_in, incident)),
            duplicate_of=None if incident.duplicate_of is None else case_shapes.link(incident.duplicate_of),
            duplicates=[case_shapes.link(each) for each in incident.duplicates],
            procedure=case_shapes.procedure(incident),
        )

    def dispatches(self, dispatches: Iterable[Dispatch]) -> list[schemas.DispatchOut]:
        """Dispatches with what their incidents say."""
        shaped = []
        for dispatch in dispatches:
            incident = self.desk.incident(dispatch.incident_id)
            has_snapshot = any(alert.snapshot for alert in self.desk.alerts_of_incident(dispatch.incident_id))
            shaped.append(self._dispatch(dispatch, incident, has_snapshot=has_snapshot))
        return shaped

    def _dispatch(self, dispatch: Dispatch, incident: Incident, *, has_snapshot: bool) -> schemas.DispatchOut:
        number, place = self._place_in(incident, dispatch.camera_id)
        return schemas.DispatchOut(
            dispatch_id=dispatch.dispatch_id,
            incident_id=dispatch.incident_id,
            incident_number=incident.number,
            camera_id=dispatch.camera_id,
            camera_number=number,
            place=place,
            type_code=incident.type_code,
            type_name=case_shapes.type_name(incident.type_code),
            priority=incident.priority,
            incident_note=incident.note,
            incident_address=incident.address,
            agency=dispatch.agency,
            state=dispatch.state,
            note=dispatch.note,
            created_by=dispatch.created_by,
            created_wall_ms=ms(dispatch.created_wall_ns),
            occurred_wall_ms=ms(incident.occurred_wall_ns),
            times={state: ms(wall_ns) for state, wall_ns in dispatch.times.items()},
            has_snapshot=has_snapshot,
            unit_id=dispatch.unit_id,
            unit_name=dispatch.unit_name,
            escalation=dispatch.escalation,
            call_due_wall_ms=ms_or_none(dispatch.call_due_wall_ns),
            called_wall_ms=ms_or_none(dispatch.called_wall_ns),
            late_step=dispatch.late_step,
            result=dispatch.result,
            receiver_name=dispatch.receiver_name,
            receiver_cip=dispatch.receiver_cip,
            receiver_station=dispatch.receiver_station,
            delivery=dispatch.delivery,
            delivered_by=dispatch.delivered_by,
            missed=list(dispatch.missed),
        )

    def unit(self, unit: Unit) -> unit_schemas.UnitOut:
        """A unit, with what can be done with it now."""
        may = (unit_states.BY_HAND if unit.dispatch_id is None else unit_states.WITH_DISPATCH)[unit.state]
        return unit_schemas.UnitOut(
            unit_id=unit.unit_id,
            agency=unit.agency,
            call_sign=unit.call_sign,
            kind=unit.kind,
            plate=unit.plate,
            crew=unit.crew,
            sector=unit.sector,
            state=unit.state,
            since_wall_ms=ms(unit.since_wall_ns),
            state_note=unit.state_note,
            limit_s=unit_states.LIMITS_S.get(unit.state),
            free=unit.free,
            may=[state for state in UnitState if state in may] if unit.in_use else [],
            dispatch_id=unit.dispatch_id,
            latitude=unit.latitude,
            longitude=unit.longitude,
            position_wall_ms=ms_or_none(unit.position_wall_ns),
            in_use=unit.in_use,
        )

    def audit_record(self, record: AuditRecord) -> audit_schemas.AuditRecordOut:
        """An audit record."""
        return audit_schemas.AuditRecordOut(
            audit_id=record.audit_id,
            wall_ms=ms(record.wall_ns),
            actor=record.actor,
            terminal=record.terminal,
            address=record.address,
            action=record.action,
            object=record.object,
            detail={key: _CONFIG_WORDS.get(key, str)(value) for key, value in record.detail.items()}
            if record.action.startswith("config.")
            else record.detail,
        )

    def _place_in(self, incident: Incident, camera_id: str) -> tuple[int, str]:
        kept = incident.place_of(camera_id)
        return self.place(camera_id) if kept is None else (kept.number, kept.name)

    def place(self, camera_id: str) -> tuple[int, str]:
        """A camera's number, and what people call where it stands today."""
        camera = self.config.camera(camera_id)
        # A camera that was taken out of the file still has its past.
        return (0, camera_id) if camera is None else (camera.number, camera.name)


def _timeline_entry(entry: TimelineEntry, *, masked: bool) -> schemas.TimelineEntryOut:
    return schemas.TimelineEntryOut(
        entry_id=entry.entry_id,
        wall_ms=ms(entry.wall_ns),
        actor=entry.actor,
        terminal=entry.terminal,
        kind=entry.kind,
        detail=case_shapes.masked_call(entry.detail) if masked and entry.kind == "call" else entry.detail,
    )
