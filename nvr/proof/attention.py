"""The attention base that municipalities keep (one row an incident, 25 columns), with how each dispatch ended, as CSV, and the crime map's data as GeoJSON. Pure.

The template names 23 columns; the incident's number and priority, without which a row can't be traced, complete them. What this control room does not
record (zone, kind of patrol) stays empty, to be filled in by hand: a guess would be taken for a fact.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from alerts.calls import CallOrigin
from alerts.places import place_in
from alerts.records import Dispatch, DispatchState, Incident
from alerts.results import RESULT_WORDS
from alerts.shifts import shift_at
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.config.agencies import PNP, SERENAZGO
from nvr.proof.names import AS_OF_TODAY, agency_name, type_name
from nvr.proof.sheet import plain

COLUMNS: Final = (
    "NUMERO", "FECHA", "ANO", "UNIDAD", "LUGAR", "INTEGRADO", "REFE", "OBSERVACION", "SECTOR", "ZONA", "HORA", "RANGO", "INCIDENCIA", "AGENTE", "SERVICIO",
    "ORIGEN", "COMISAR", "TIPO DE PA", "MES", "DIA", "HORA DE ALERTA", "HORA DE LLEGADA", "PROMEDIO", "TURNO", "PRIORIDAD", "RESULTADO",
)  # fmt: skip
_MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_DAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_NUMBERS: Final = {"ANO", "PRIORIDAD"}
_WIDTHS: Final = {"NUMERO": 16, "LUGAR": 36, "OBSERVACION": 48, "INCIDENCIA": 32, "SERVICIO": 22, "RESULTADO": 40}
_LONGEST_TEXT: Final = 32_767
"""Characters that a cell holds (Excel's limit)."""
_NO_CONTROLS: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], " ") | dict.fromkeys(
    range(0xD800, 0xE000), "?"
)
"""What XML 1.0 (section 2.2) can't hold."""
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Instead of the moment of writing: the same rows are the same file."""
_ORIGIN: Final = "Cámaras de monitoreo"
_CALL_ORIGINS: Final = {
    CallOrigin.POLICE.value: "Central telefónica",
    CallOrigin.EMERGENCY.value: "Central telefónica",
    CallOrigin.OWN.value: "Llamada vecinal",
    CallOrigin.RADIO.value: "Patrullaje",
    CallOrigin.IN_PERSON.value: "Llamada vecinal",
}


def attention_csv(
    incidents: Sequence[Incident], config: Config, call_origins: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """UTF-8 with a byte order mark, a row an incident in the order given. No text in it is taken for a formula.

    ``call_origins``: incident id → by which line the call came that it was opened by.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for incident in incidents:
        row = _row(incident, config, call_origins)
        writer.writerow([plain(row.get(name, "")) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def attention_xlsx(
    incidents: Sequence[Incident], config: Config, call_origins: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """The same rows as a workbook: head frozen, a filter on each column, days as days, numbers as numbers, every other text as text and never a formula.

    The same input gives the same bytes.
    """
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Base de atenciones", "created": _EPOCH})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Atenciones")
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(incidents), len(COLUMNS) - 1)
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
            sheet.set_column(column, column, _WIDTHS.get(name, 14))
        for line, incident in enumerate(incidents, 1):
            row = _row(incident, config, call_origins)
            for column, name in enumerate(COLUMNS):
                text = row.get(name, "")
                if name == "FECHA":
                    at = _local(incident.occurred_wall_ns, config)
                    sheet.write_datetime(line, column, at.replace(tzinfo=None, hour=0, minute=0, second=0), day)
                elif name in _NUMBERS:
                    sheet.write_number(line, column, int(text))
                elif text:
                    sheet.write_string(line, column, text[:_LONGEST_TEXT].translate(_NO_CONTROLS))
    return out.getvalue()


def crime_map(incidents: Sequence[Incident], config: Config) -> bytes:
    """A FeatureCollection (RFC 7946): a point for each incident whose camera has a location; the others have none to show.

    WGS 84, longitude first, with a bounding box where there is a point.
    """
    features = list(_features(incidents, config))
    document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if features:
        longitudes, latitudes = zip(*(each["geometry"]["coordinates"] for each in features), strict=True)
        # Section 5: west, south, east, north. One site's cameras never lie on both sides of the antimeridian.
        document["bbox"] = [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def arrival_ns(incident: Incident) -> int | None:
    """When the first of those who were sent was there; None: nobody said so."""
    times = [each.times[DispatchState.ON_SCENE] for each in incident.dispatches if DispatchState.ON_SCENE in each.times]
    return min(times, default=None)


def _row(incident: Incident, config: Config, call_origins: Mapping[str, str]) -> dict[str, str]:
    place = place_in(incident, incident.camera_id, config)
    at = _local(incident.occurred_wall_ns, config)
    arrived_ns = arrival_ns(incident)
    agencies = [each.agency for each in incident.dispatches]
    name = incident.camera_id if place is None else place.name
    beside = [*([name] if incident.address else []), *([] if _kept(incident) else [f"({AS_OF_TODAY})"])]
    row = {
        "NUMERO": incident.number,
        "FECHA": f"{at:%d/%m/%Y}",
        "ANO": str(at.year),
        "LUGAR": incident.address or name,
        "REFE": " ".join(beside),
        "INTEGRADO": "SI" if {SERENAZGO, PNP} <= set(agencies) else "NO",
        "OBSERVACION": incident.note.replace("\n", " "),
        "HORA": f"{at:%H:%M}",
        "RANGO": f"{at.hour:02d}:00-{at.hour:02d}:59",
        "INCIDENCIA": type_name(incident.type_code),
        "AGENTE": incident.created_by,
        "SERVICIO": " y ".join(sorted({agency_name(code, config).upper() for code in agencies})),
        "ORIGEN": _CALL_ORIGINS.get(call_origins.get(incident.incident_id, ""), _ORIGIN),
        "MES": _MONTHS[at.month - 1],
        "DIA": _DAYS[at.weekday()],
        "HORA DE ALERTA": f"{_local(incident.created_wall_ns, config):%H:%M:%S}",
        "TURNO": shift_at(incident.created_wall_ns, config.shifts, config.timezone).name,
        "PRIORIDAD": str(incident.priority),
        "UNIDAD": ", ".join(each.unit_name for each in incident.dispatches if each.unit_name),
        "SECTOR": "" if place is None else place.sector,
        "COMISAR": ", ".join(each.receiver_station for each in incident.dispatches if each.receiver_station),
        "RESULTADO": "; ".join(
            f"{agency_name(each.agency, config).upper()}: {_result(each)}"
            for each in incident.dispatches
            if each.result
        ),
    }
    if arrived_ns is not None:
        row["HORA DE LLEGADA"] = f"{_local(arrived_ns, config):%H:%M:%S}"
        # A clock that stepped back between the two would make it negative: then it is not known.
        if arrived_ns >= incident.created_wall_ns:
            whole_s = (arrived_ns - incident.created_wall_ns) // NS_PER_S
            row["PROMEDIO"] = f"{whole_s // 60}:{whole_s % 60:02d}"
    return row


def _features(incidents: Sequence[Incident], config: Config) -> Iterator[dict[str, Any]]:
    for incident in incidents:
        place = place_in(incident, incident.camera_id, config)
        if place is None or place.latitude is None or place.longitude is None:
            continue
        yield {
            "type": "Feature",
            "id": incident.number,
            # RFC 7946 section 3.1.1: longitude first; section 11.2: six decimals are 10 cm.
            "geometry": {"type": "Point", "coordinates": [round(place.longitude, 6), round(place.latitude, 6)]},
            "properties": {
                "numero": incident.number,
                "tipo": incident.type_code,
                "incidencia": type_name(incident.type_code),
                "prioridad": incident.priority,
                "ocurrido": _local(incident.occurred_wall_ns, config).isoformat(timespec="seconds"),
                "estado": incident.state.value,
                "camara": place.number,
                "lugar_de_hoy": not _kept(incident),
            },
        }


def _kept(incident: Incident) -> bool:
    return incident.place_of(incident.camera_id) is not None


def _local(wall_ns: int, config: Config) -> datetime:
    return datetime.fromtimestamp(wall_ns // NS_PER_S, ZoneInfo(config.timezone))


def _result(dispatch: Dispatch) -> str:
    if dispatch.result is None:
        return ""
    word = RESULT_WORDS[dispatch.result]
    return f"{word} ({dispatch.receiver_name}, CIP {dispatch.receiver_cip})" if dispatch.receiver_name else word
