"""The attention base and the crime map, read back as a spreadsheet and a map would."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.records import Dispatch, DispatchState, Incident, IncidentState
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.config.agencies import PNP, SERENAZGO
from nvr.proof.attention import COLUMNS, attention_csv, crime_map

# 2026-11-26 03:12:07 in Lima, the night shift that began the day before.
AT = 1_795_680_727 * NS_PER_S


def config() -> Config:
    cameras: list[dict[str, Any]] = [
        {"id": "cam01", "number": 1, "name": "Jr. Uno", "main": {"url": "rtsp://h/1"}, "location": [-7.16, -78.51]},
        {"id": "cam02", "number": 2, "name": "=Jr. Dos", "main": {"url": "rtsp://h/2"}},
    ]
    return Config.model_validate({"cameras": cameras})


def incident(camera_id: str = "cam01", note: str = "casaca roja") -> Incident:
    times = {DispatchState.SENT: AT, DispatchState.ON_SCENE: AT + 247 * NS_PER_S}
    sent = tuple(
        Dispatch(f"d-{agency}", "i1", camera_id, agency, DispatchState.ON_SCENE, "", "Ana", AT, times)
        for agency in (SERENAZGO, PNP)
    )
    return Incident(
        "i1", "N-2026-000001", IncidentState.OPEN, camera_id, "PAT-ROBO", 1, note, AT, AT, "Ana", dispatches=sent
    )


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_row_says_what_is_known_and_leaves_the_rest_empty() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 26
    (row,) = rows(attention_csv([incident()], config()))
    assert {name: value for name, value in row.items() if value} == {
        "NUMERO": "N-2026-000001", "FECHA": "26/11/2026", "ANO": "2026", "LUGAR": "Jr. Uno", "INTEGRADO": "SI", "OBSERVACION": "casaca roja",
        "HORA": "03:12", "RANGO": "03:00-03:59", "INCIDENCIA": "Robo con violencia", "AGENTE": "Ana", "SERVICIO": "PNP y SERENAZGO",
        "ORIGEN": "Cámaras de monitoreo", "MES": "noviembre", "DIA": "jueves", "HORA DE ALERTA": "03:12:07", "HORA DE LLEGADA": "03:16:14",
        "PROMEDIO": "4:07", "TURNO": "23-07", "PRIORIDAD": "1",
    }  # fmt: skip


def test_nobody_arrived_is_no_arrival() -> None:
    (row,) = rows(attention_csv([replace(incident(), dispatches=())], config()))
    assert (row["HORA DE LLEGADA"], row["PROMEDIO"], row["INTEGRADO"], row["SERVICIO"]) == ("", "", "NO", "")


@given(st.text(max_size=60))
def test_no_text_becomes_a_formula(note: str) -> None:
    data = attention_csv([incident("cam02", note), incident("cam02", f"={note}")], config())
    for row in rows(data.replace(b"\x00", b"")):
        assert not any(value[:1] in {"=", "+", "-", "@", "\t", "\r"} for value in row.values() if value)


def test_only_what_has_a_place_is_on_the_map() -> None:
    found = json.loads(crime_map([incident(), incident("cam02"), incident("cam99")], config()))
    (point,) = found["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [-78.51, -7.16]}
    assert point["properties"]["ocurrido"] == "2026-11-26T03:12:07-05:00"
    assert "casaca" not in json.dumps(found), "no notes on a map"
