"""The attention base and the crime map, read back as a spreadsheet and a map would."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from geojson_pydantic import Feature, FeatureCollection, Point
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from alerts.places import as_configured
from alerts.records import CameraPlace, Dispatch, DispatchResult, DispatchState, Incident, IncidentState
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
    places = tuple(as_configured(camera) for camera in config().cameras if camera.id == camera_id)
    return Incident(
        "i1", "N-2026-000001", IncidentState.OPEN, camera_id, "PAT-ROBO", 1, note, AT, AT, "Ana", dispatches=sent, places=places
    )  # fmt: skip


def moved() -> Config:
    """The same cameras at another time: the first one is said to be elsewhere, the second has gone."""
    camera = {"id": "cam01", "number": 7, "name": "Av. Nueva", "main": {"url": "rtsp://h/1"}, "location": [-7.17, -78.53], "sector": "Sur"}  # fmt: skip
    return Config.model_validate({"cameras": [camera]})


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


def test_the_arrival_is_the_first_one_and_no_clock_makes_it_negative() -> None:
    known = incident()
    first, second = known.dispatches
    late = replace(second, times=second.times | {DispatchState.ON_SCENE: AT + 600 * NS_PER_S})
    (row,) = rows(attention_csv([replace(known, dispatches=(late, first))], config()))
    assert (row["HORA DE LLEGADA"], row["PROMEDIO"]) == ("03:16:14", "4:07")
    before = replace(first, times={DispatchState.SENT: AT, DispatchState.ON_SCENE: AT - NS_PER_S})
    (row,) = rows(attention_csv([replace(known, dispatches=(before,))], config()))
    assert (row["HORA DE LLEGADA"], row["PROMEDIO"]) == ("03:12:06", "")


@given(st.text(max_size=60))
def test_no_text_becomes_a_formula(note: str) -> None:
    data = attention_csv([incident("cam02", note), incident("cam02", f"={note}")], config())
    for row in rows(data.replace(b"\x00", b"")):
        assert not [value for value in row.values() if _would_be_a_formula(value)]


@pytest.mark.parametrize(
    "note",
    [
        "=1+1",
        "+51 976 123 456",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "robo;=HYPERLINK(1)",
        "robo; -2",
        "a\t+1",
        "＝1+1",
        "x;＠1",
        ";=1",
    ],
)
def test_no_cell_that_a_spreadsheet_may_cut_out_is_a_formula(note: str) -> None:
    (row,) = rows(attention_csv([incident(note=note)], config()))
    assert not _would_be_a_formula(row["OBSERVACION"])
    assert row["OBSERVACION"].replace("'", "") == note, "nothing else of it is changed"


@pytest.mark.parametrize(
    "note", ["robo a mano armada", "placa ABC-123; corrió", "a=b", "iba por Jr. Lima - y volvió", "", "'ya", "5 + 5"]
)
def test_usual_texts_stay_as_they_are(note: str) -> None:
    (row,) = rows(attention_csv([incident(note=note)], config()))
    assert row["OBSERVACION"] == note


def _would_be_a_formula(value: str) -> bool:
    """Read by a spreadsheet whose separator is a comma, a semicolon or a tab: OWASP, "CSV Injection"."""
    cells = [value, *re.split(r"[;\t\r\n]", value)]
    return any(cell.lstrip()[:1] in set("=+-@＝＋－＠") for cell in cells if cell.strip()) or value[:1] in {
        "\t",
        "\r",
        "\n",
    }


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


def test_units_and_results_stand_in_the_row() -> None:
    """UNIDAD, SECTOR, COMISAR and RESULTADO: of each dispatch that says it, in the order of sending."""
    known = replace(incident(), places=(CameraPlace("cam01", 1, "Jr. Uno", "Centro"),))
    serenazgo, pnp = known.dispatches
    ended = (
        replace(serenazgo, unit_id="u1", unit_name="S-04", result=DispatchResult.INTERVENED),
        replace(
            pnp, unit_id="u2", unit_name="P-11", result=DispatchResult.HANDED_TO_PNP, receiver_name="Tnte. Rojas", receiver_cip="31234567",
            receiver_station="1.ª Comisaría",
        ),
    )  # fmt: skip
    (row,) = rows(attention_csv([replace(known, dispatches=ended)], config()))
    assert (row["UNIDAD"], row["SECTOR"], row["COMISAR"]) == ("S-04, P-11", "Centro", "1.ª Comisaría")
    assert row["RESULTADO"] == "SERENAZGO: intervenido; PNP: entregado a la PNP (Tnte. Rojas, CIP 31234567)"
    (called,) = rows(attention_csv([replace(known, address="Jr. Loreto 120")], config(), {"i1": "own"}))
    assert (called["LUGAR"], called["REFE"], called["ORIGEN"]) == ("Jr. Loreto 120", "Jr. Uno", "Llamada vecinal")


def test_a_row_and_a_point_go_on_saying_where_it_was() -> None:
    """Whatever is said of the camera since, and also once it was taken out."""
    told = replace(incident(), places=(CameraPlace("cam01", 1, "Jr. Uno", "Centro", -7.16, -78.51),))
    gone = incident("cam02")
    for known in (told, gone, replace(told, address="Jr. Loreto 120")):
        assert attention_csv([known], moved()) == attention_csv([known], config())
        assert attention_xlsx([known], moved()) == attention_xlsx([known], config())
        assert crime_map([known], moved()) == crime_map([known], config())
    (row,) = rows(attention_csv([told], moved()))
    assert (row["LUGAR"], row["REFE"], row["SECTOR"]) == ("Jr. Uno", "", "Centro")


def test_a_place_that_was_not_kept_is_today_s_and_says_so() -> None:
    old = replace(incident(), places=())
    row, exact, gone = rows(
        attention_csv([old, replace(old, address="Jr. Loreto 120"), replace(old, camera_id="cam02")], moved())
    )
    today = "(según la configuración de hoy)"
    assert (row["LUGAR"], row["REFE"], row["SECTOR"]) == ("Av. Nueva", today, "Sur")
    assert (exact["LUGAR"], exact["REFE"]) == ("Jr. Loreto 120", f"Av. Nueva {today}")
    assert (gone["LUGAR"], gone["REFE"]) == ("cam02", today)
    first, second = json.loads(crime_map([old, incident()], moved()))["features"]
    assert (first["geometry"]["coordinates"], first["properties"]["lugar_de_hoy"]) == ([-78.53, -7.17], True)
    assert (second["geometry"]["coordinates"], second["properties"]["lugar_de_hoy"]) == ([-78.51, -7.16], False)


def _members(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _members(each)


@given(
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=4),
    st.lists(st.integers(0, 4), max_size=6),
)
def test_the_map_is_geojson_as_rfc_7946_says(places: list[tuple[float, float]], seen: list[int]) -> None:
    """Structure by the models of geojson-pydantic; by hand what they leave open: longitude first, no crs, no foreign geometry, the bounding box, unique ids."""
    cameras = [
        {"id": f"cam{n:02d}", "number": n + 1, "name": f"Jr. {n}", "main": {"url": f"rtsp://h/{n}"}, "location": place}
        for n, place in enumerate(places)
    ]
    known = [replace(incident(f"cam{n:02d}"), number=f"N-2026-{at:06d}", places=()) for at, n in enumerate(seen)]
    document = json.loads(crime_map(known, Config.model_validate({"cameras": cameras})))
    found = FeatureCollection[Feature[Point, dict[str, Any]]].model_validate(document)
    shown = [n for n in seen if n < len(places)]
    # Section 3.1.1: longitude, then latitude; 3.1.6 (right-hand rule) is about polygons, and there is none.
    points = [(feature.geometry.coordinates.longitude, feature.geometry.coordinates.latitude) for feature in found.features if feature.geometry]  # fmt: skip
    assert points == [(round(places[n][1], 6), round(places[n][0], 6)) for n in shown]
    assert len({feature.id for feature in found.features}) == len(shown), "section 3.2: an id is its feature's own"
    # Section 4: no coordinate reference system but WGS 84; section 7.1: members mean what they mean at their own level only.
    assert not any("crs" in each for each in _members(document))
    assert set(document) == {"type", "features"} | ({"bbox"} if shown else set())
    assert all(set(each) == {"type", "id", "geometry", "properties"} for each in document["features"])
    if shown:
        assert found.bbox == (min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points))  # fmt: skip


def test_only_what_has_a_place_is_on_the_map() -> None:
    found = json.loads(crime_map([incident(), incident("cam02"), incident("cam99")], config()))
    (point,) = found["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [-78.51, -7.16]}
    assert point["properties"]["ocurrido"] == "2026-11-26T03:12:07-05:00"
    assert "casaca" not in json.dumps(found), "no notes on a map"
