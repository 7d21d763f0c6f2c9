"""The attention base and the crime map, read back as a spreadsheet and a map would."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from alerts.records import Dispatch, DispatchState, Incident, IncidentState
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.config.agencies import PNP, SERENAZGO
from nvr.proof.attention import COLUMNS, attention_csv, attention_xlsx, crime_map

# 2026-11-26 03:12:07 in Lima, the night shift that began the day before.
AT = 1_795_680_727 * NS_PER_S


_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


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


def cells(data: bytes) -> list[list[tuple[str, str]]]:
    """Kind and value of each cell, row by row, as ECMA-376 part 1, section 18.3.1.4 has them."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        texts = ["".join(each.itertext()) for each in etree.fromstring(book.read("xl/sharedStrings.xml"))]
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.find(f".//{_MAIN}f") is None, "a formula"
    found = []
    for row in sheet.iter(f"{_MAIN}row"):
        pairs = [(cell.get("t", "n"), cell.findtext(f"{_MAIN}v", "")) for cell in row.iter(f"{_MAIN}c")]
        found.append([(kind, texts[int(value)] if kind == "s" else value) for kind, value in pairs])
    return found


def test_the_workbook_has_days_numbers_and_the_same_texts() -> None:
    head, row = cells(attention_xlsx([incident()], config()))
    assert [value for _, value in head] == list(COLUMNS)
    (same,) = rows(attention_csv([incident()], config()))
    assert ("n", "46352") in row  # days since 1899-12-30: 26 November 2026
    assert {("n", "2026"), ("n", "1")} <= set(row)
    texts = [value for kind, value in row if kind == "s"]
    assert texts == [value for name, value in same.items() if value and name not in {"FECHA", "ANO", "PRIORIDAD"}]
    assert attention_xlsx([incident()], config()) == attention_xlsx([incident()], config())


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_a_formula_or_breaks_the_workbook(note: str) -> None:
    for told in (note, f"={note}", f"{{={note}}}", f"https://{note}"):
        (_, row) = cells(attention_xlsx([incident("cam02", told)], config()))
        assert len(row) == len(
            [
                value
                for value in rows(attention_csv([incident("cam02", "x" if told else "")], config()))[0].values()
                if value
            ]
        )


def test_only_what_has_a_place_is_on_the_map() -> None:
    found = json.loads(crime_map([incident(), incident("cam02"), incident("cam99")], config()))
    (point,) = found["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [-78.51, -7.16]}
    assert point["properties"]["ocurrido"] == "2026-11-26T03:12:07-05:00"
    assert "casaca" not in json.dumps(found), "no notes on a map"
