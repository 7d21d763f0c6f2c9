"""Puts into the outbox what is to be told outside, in the transaction of the act that it tells of: a message without its act, or an act without its
message, can't come about.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from alerts.delivery import Delivery
from alerts.occurrences import occurrence_type
from alerts.places import as_configured, place_in
from alerts.records import Alert, CameraPlace, Dispatch, Incident
from nvr.catalogue import delivery_rows
from nvr.catalogue.engine import Transaction
from nvr.channels.letter import Letter
from nvr.clock import NS_PER_S, iso_utc
from nvr.config import Config
from nvr.observations import new_id

RECIPIENTS: Final = {2: "supervisor", 3: "chief"}
"""Who of ``escalation:`` is told at which level; the operators are told by their pages alone."""


def post_dispatch(tx: Transaction, config: Config, dispatch: Dispatch, incident: Incident) -> None:
    """An agency is sent: its board, then its channels."""
    agency = config.agency(dispatch.agency)
    if agency is None or not agency.chain:
        return
    subject = f"Despacho {agency.name} · {incident.number} · {_kind(incident.type_code)} · {_place(incident, config)}"
    lines = [
        f"{agency.name}: despacho del incidente {incident.number}",
        *_facts(incident, config),
        *([f"Indicaciones: {dispatch.note}"] if dispatch.note and dispatch.note != incident.note else []),
        *([f"Unidad: {dispatch.unit_name}"] if dispatch.unit_name else []),
        f"Despachó: {dispatch.created_by}",
        "Responda «recibido» en el tablero, o a la central por radio o teléfono.",
    ]
    letter = Letter(
        "dispatch.sent", subject, "\n".join(lines), dispatch.created_wall_ns, _data(incident, config, dispatch)
    )
    _store(
        tx, dispatch.agency, agency.chain, letter, incident_id=incident.incident_id, dispatch_id=dispatch.dispatch_id
    )


def post_unanswered(  # noqa: PLR0917 - one message, all of it
    tx: Transaction, config: Config, dispatch: Dispatch, incident: Incident, level: int, wall_ns: int
) -> None:
    """Nobody answers a dispatch, and a level is told that has channels."""
    channels = _channels(config, level)
    if not channels:
        return
    agency = config.agency(dispatch.agency)
    name = dispatch.agency if agency is None else agency.name
    subject = f"Sin respuesta de {name} · {incident.number} · {_place(incident, config)}"
    lines = [
        f"{name} no ha dicho «recibido», y nadie ha contestado la llamada.",
        *_facts(incident, config),
        f"Despachado: {_clock(dispatch.created_wall_ns, config)} por {dispatch.created_by}",
    ]
    data = _data(incident, config, dispatch) | {"level": level}
    letter = Letter("dispatch.escalated", subject, "\n".join(lines), wall_ns, data)
    _store(tx, RECIPIENTS[level], channels, letter, incident_id=incident.incident_id, dispatch_id=dispatch.dispatch_id)


def post_unattended(tx: Transaction, config: Config, alert: Alert, level: int, wall_ns: int) -> None:
    """Nobody takes an alert, or who has it does not judge it, and a level is told that has channels."""
    channels = _channels(config, level)
    if not channels:
        return
    camera = config.camera(alert.camera_id)
    place = _named(alert.camera_id, None if camera is None else as_configured(camera))
    if alert.taken_wall_ns is None:
        fault, said = "sin atender", "Nadie ha tomado esta alerta."
        since = f"Espera desde: {_clock(alert.waits_since_wall_ns, config)}"
    else:
        fault, said = "sin resolver", f"{alert.owner_name} tomó esta alerta y todavía no la ha resuelto."
        since = f"Tomada: {_clock(alert.taken_wall_ns, config)}"
    subject = f"Alerta {fault} · prioridad {alert.priority} · {place}"
    lines = [said, f"Lugar: {place}", f"Zona: {alert.zone}", since]
    data = {
        "alert_id": alert.alert_id,
        "camera_id": alert.camera_id,
        "place": place,
        "priority": alert.priority,
        "level": level,
    }
    letter = Letter("alert.escalated", subject, "\n".join(lines), wall_ns, data)
    _store(tx, RECIPIENTS[level], channels, letter, alert_id=alert.alert_id)


def _channels(config: Config, level: int) -> tuple[str, ...]:
    return {2: config.escalation.supervisor, 3: config.escalation.chief}.get(level, ())


def _store(
    tx: Transaction,
    recipient: str,
    channels: tuple[str, ...],
    letter: Letter,
    *,
    incident_id: str | None = None,
    alert_id: str | None = None,
    dispatch_id: str | None = None,
) -> None:
    delivery = Delivery(
        delivery_id=new_id(letter.wall_ns),
        subject_id=incident_id or alert_id or "",
        recipient=recipient,
        channels=channels,
        created_wall_ns=letter.wall_ns,
        begun_wall_ns=letter.wall_ns,
        next_wall_ns=letter.wall_ns,
        incident_id=incident_id,
        alert_id=alert_id,
        dispatch_id=dispatch_id,
    )
    delivery_rows.store(tx, msgspec.to_builtins(delivery), msgspec.to_builtins(letter))


def _facts(incident: Incident, config: Config) -> list[str]:
    return [
        f"Tipo: {_kind(incident.type_code)} ({incident.type_code}), prioridad {incident.priority}",
        f"Lugar: {_place(incident, config)}",
        *([f"Lugar exacto: {incident.address}"] if incident.address else []),
        f"Ocurrido: {_clock(incident.occurred_wall_ns, config)}",
        *([f"Observación: {incident.note}"] if incident.note else []),
    ]


def _data(incident: Incident, config: Config, dispatch: Dispatch) -> dict[str, object]:
    place = place_in(incident, incident.camera_id, config)
    location = None if place is None or place.latitude is None else [place.latitude, place.longitude]
    return {
        "incident_id": incident.incident_id,
        "incident_number": incident.number,
        "dispatch_id": dispatch.dispatch_id,
        "agency": dispatch.agency,
        "type_code": incident.type_code,
        "priority": incident.priority,
        "camera_id": incident.camera_id,
        "place": _place(incident, config),
        "address": incident.address,
        "location": location,
        "occurred": iso_utc(incident.occurred_wall_ns),
        "sent": iso_utc(dispatch.created_wall_ns),
        "unit": dispatch.unit_name,
        "note": dispatch.note,
    }


def _kind(type_code: str) -> str:
    found = occurrence_type(type_code)
    return type_code if found is None else found.name


def _place(incident: Incident, config: Config) -> str:
    return _named(incident.camera_id, place_in(incident, incident.camera_id, config))


def _named(camera_id: str, place: CameraPlace | None) -> str:
    return camera_id if place is None else f"Cámara {place.number}, {place.name}"


def _clock(wall_ns: int, config: Config) -> str:
    """For people: at the site, and in UTC."""
    moment = datetime.fromtimestamp(wall_ns // NS_PER_S, UTC)
    return f"{moment.astimezone(ZoneInfo(config.timezone)):%Y-%m-%d %H:%M:%S} ({moment:%H:%M:%S} UTC)"
