"""The parte de ocurrencia, read back as a reader of PDF files would."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.amendments import version_of
from alerts.persons import DocumentKind, PersonRole, PersonWords, version
from alerts.records import (
    Actor,
    CameraPlace,
    DispatchResult,
    FurtherCamera,
    Incident,
    IncidentLink,
    StepState,
    TickedStep,
    TimelineEntry,
)
from nvr.clock import NS_PER_S
from nvr.proof.parte import Picture, parte_bytes, record_sha256
from nvr.proof.parte_case import CaseFile
from nvr.proof.words import ENTRY_WORDS, RULE_WORDS, result_word
from tests.nvr.proof.test_attention import AT, config, incident, moved

LOCALE = Path(__file__).parents[3] / "console_web/ui/src/locale/es-PE.json"
reads = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed: make system-packages"
)


def entry(number: int, kind: str, **detail: str) -> TimelineEntry:
    return TimelineEntry(number, "i1", AT + number * NS_PER_S, "Ana Núñez", "Terminal 3", kind, detail)


def whole() -> Incident:
    entries = (
        entry(0, "detected", zone="vereda ▸ loitering"),
        entry(2, "dispatch_sent", agency="pnp", note="por la <b>puerta</b> & el patio"),
        entry(9, "alert_closed", outcome="false_alarm"),
        entry(10, "from_a_later_version", text="algo"),
    )
    return replace(incident(), timeline=entries)


def jpeg() -> bytes:
    done, data = cv2.imencode(".jpg", np.full((360, 640, 3), 90, np.uint8))
    assert done
    return data.tobytes()


def run(tool: str, data: bytes, *arguments: str) -> str:
    return subprocess.run([tool, *arguments], input=data, capture_output=True, check=True).stdout.decode()


@reads
def test_it_says_what_the_record_says_in_both_times() -> None:
    text = run("pdftotext", parte_bytes(whole(), config(), [], AT), "-layout", "-", "-")
    for said in (
        "Parte de ocurrencia N-2026-000001", "Robo con violencia (PAT-ROBO)", "1 (alta)", "Cámara 1, Jr. Uno (-7.160000, -78.510000)",
        "2026-11-26 03:12:07 (2026-11-26 08:12:07 UTC)", "casaca roja", "Movimiento detectado", "Merodeo · vereda", "por la <b>puerta</b> & el patio", "Falsa alarma",
        "from_a_later_version", "Ana Núñez · Terminal 3", record_sha256(whole()), "Página 1 de 1",
    ):  # fmt: skip
        assert said in text, text
    assert "No se despachó a nadie" in run(
        "pdftotext", parte_bytes(replace(whole(), dispatches=()), config(), [], AT), "-", "-"
    )


@reads
def test_who_received_from_the_patrol_is_named() -> None:
    (first, second) = whole().dispatches
    handed = replace(
        first, unit_name="Halcón 3", result=DispatchResult.HANDED_TO_PNP, receiver_name="SO Díaz", receiver_cip="31245678", receiver_station="Primera"
    )  # fmt: skip
    called = entry(3, "dispatch_called", agency="pnp", spoken_to="SO Rojas", read_back="Uno con dos")
    made = replace(whole(), dispatches=(handed, second), timeline=(called,))
    text = " ".join(run("pdftotext", parte_bytes(made, config(), [], AT), "-", "-").split())  # a cell breaks its lines
    for said in (
        "Halcón 3",
        "Entregado a la PNP",
        "CIP 31245678",
        "Llamada contestada y repetida",
        "Habló con SO Rojas",
        "Repitió: Uno con dos",
    ):
        assert said in text, text


@reads
def test_pictures_are_in_it_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    pictures = [Picture("cam01", AT, jpeg()), Picture("cam02", AT, b"\xff\xd8\xff no more"), Picture("cam02", AT, b"")]
    path = tmp_path / "parte.pdf"
    path.write_bytes(parte_bytes(whole(), config(), pictures, AT))
    listed = subprocess.run(["pdfimages", "-list", path], capture_output=True, check=True, text=True).stdout
    assert [line.split()[3:5] for line in listed.splitlines()[2:]] == [["640", "360"]]
    assert run("pdftotext", path.read_bytes(), "-", "-").count("la imagen guardada está dañada") == 2


@reads
def test_a_long_record_takes_more_pages_and_loses_no_entry() -> None:
    entries = tuple(entry(number, "note", text=f"nota {number} " + "x" * 90) for number in range(200))
    text = run("pdftotext", parte_bytes(replace(whole(), timeline=entries), config(), [], AT), "-layout", "-", "-")
    assert all(f"nota {number} " in text for number in range(200))
    assert "Página 2 de " in text


@pytest.mark.parametrize("note", ["W" * 2000, "\n" * 29 + "W" * 1171, ("W" * 19 + "\n") * 29 + "W" * 1000])
def test_a_dispatch_s_note_that_is_higher_than_a_page_goes_on_on_the_next(note: str) -> None:
    (first, second) = whole().dispatches
    made = replace(whole(), dispatches=(replace(first, note=note), second))
    assert parte_bytes(made, config(), [], AT).startswith(b"%PDF-")


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40), st.integers(0, 2000), st.sampled_from(["\n", "a", "<i>", "\x00", "&#0;", "<br/>"]))
def test_no_text_breaks_it(text: str, times: int, piece: str) -> None:
    hostile = text + piece * times
    made = replace(incident(note=hostile), created_by=hostile, timeline=(entry(0, "note", text=hostile, zone=hostile),))
    data = parte_bytes(made, config(), [], AT)
    assert data.startswith(b"%PDF-")
    assert data == parte_bytes(made, config(), [], AT), "the same record, another document"


def gathered() -> tuple[Incident, CaseFile]:
    """A case with a further camera, ticked steps, persons and an amendment."""
    made = replace(
        whole(),
        version=2,
        address="Jr. Loreto 120",
        further_cameras=(FurtherCamera("cam02", "huyó por ahí", "Ana Núñez", AT),),
        steps=(TickedStep("lugar", StepState.DONE, "", "Luis Chávez", "Terminal 4", AT), TickedStep("pnp", StepState.NOT_APPLICABLE, "ya estaba", "Luis Chávez", "", AT)),
        duplicate_of=IncidentLink("i9", "N-2026-000009"),
    )  # fmt: skip
    first = version_of(
        replace(made, version=1, priority=3, address="", note="antes <b>"), Actor("u", "Ana Núñez", "T3"), "", AT
    )
    second = version_of(made, Actor("u", "Rosa Jefa", "Mesa"), "está armado", AT)
    words = PersonWords(PersonRole.AGGRIEVED, "María Rojas", DocumentKind.DNI, "44556677", "976", "le quitaron <i>todo")
    person = version(words, person_id="p1", number=1, incident_id="i1", actor=Actor("u", "Ana Núñez", "T3"), wall_ns=AT)
    gone = version(
        replace(words, name="Otra Persona"),
        person_id="p2",
        number=2,
        incident_id="i1",
        actor=Actor("u", "Ana", ""),
        wall_ns=AT,
        removed=True,
    )
    return made, CaseFile((first, second), (person, gone))


@reads
def test_it_prints_what_the_case_gathered() -> None:
    made, case = gathered()
    text = " ".join(run("pdftotext", parte_bytes(made, config(), [], AT, case, 3), "-layout", "-", "-").split())
    for said in (
        "Jr. Loreto 120", "N-2026-000009", "huyó por ahí", "Confirmar el lugar con la cámara o con quien llama *", "No corresponde: ya estaba", "Sin marcar",
        "María Rojas", "DNI 44556677", "le quitaron <i>todo", "Agraviado", "está armado", "prioridad: de 3 a 1", "antes <b>", "Rosa Jefa", record_sha256(made, case),
    ):  # fmt: skip
        assert said in text, text
    assert "Otra Persona" not in text, "who was taken off is in the record, not on paper"
    plain_text = run("pdftotext", parte_bytes(whole(), config(), [], AT), "-", "-")
    for absent in ("Personas", "Correcciones", "Otras cámaras"):
        assert absent not in plain_text


@reads
def test_it_goes_on_saying_where_the_cameras_were() -> None:
    """Whatever is said of them since, and also once they were taken out; where they are belongs to what the hash is of."""
    made, case = gathered()
    made = replace(
        made, timeline=(entry(1, "camera_added", camera_id="cam02"),), places=(*made.places, CameraPlace("cam02", 2, "=Jr. Dos"))
    )  # fmt: skip
    pictures = [Picture("cam01", AT, jpeg()), Picture("cam02", AT, jpeg())]
    printed = parte_bytes(made, config(), pictures, AT, case)
    assert printed == parte_bytes(made, moved(), pictures, AT, case)
    text = " ".join(run("pdftotext", printed, "-layout", "-", "-").split())
    assert "Cámara 1, Jr. Uno (-7.160000, -78.510000)" in text
    assert text.count("=Jr. Dos") == 3, "further camera, picture, time line"
    assert "de hoy" not in text
    elsewhere = replace(made, places=(replace(made.places[0], latitude=-7.17), *made.places[1:]))
    assert record_sha256(elsewhere, case) != record_sha256(made, case)


@reads
def test_of_an_old_one_it_says_that_the_place_is_today_s() -> None:
    old = replace(whole(), places=(), further_cameras=(FurtherCamera("cam02", "huyó por ahí", "Ana Núñez", AT),))
    text = " ".join(run("pdftotext", parte_bytes(old, moved(), [], AT), "-", "-").split())
    assert "Cámara 7, Av. Nueva (-7.170000, -78.530000) (según la configuración de hoy)" in text
    assert "cam02 (ya no está en la configuración, y su lugar no se guardó)" in text


def test_the_hash_of_an_old_one_is_the_one_that_was_printed_then() -> None:
    """From before places were kept: as that version of the program reckoned it."""
    made, case = gathered()
    assert (
        record_sha256(replace(whole(), places=())) == "c646a5c635086fbd6d90d0b6a9d7101c0006a5cfda148222a3a30497dda83e3b"
    )
    assert (
        record_sha256(replace(made, places=()), case)
        == "0bc4424f3255c3e1f05a2bd8e791773eef804822cf24f7f973f901eb994a5afc"
    )


def test_the_hash_is_of_all_of_it() -> None:
    assert record_sha256(whole()) != record_sha256(replace(whole(), timeline=whole().timeline[:-1]))
    made, case = gathered()
    hashes = {
        record_sha256(made, each)
        for each in (case, replace(case, persons=case.persons[:1]), replace(case, versions=()))
    }
    assert len(hashes) == 3


def test_it_has_the_console_s_words() -> None:
    said = json.loads(LOCALE.read_text(encoding="utf-8"))
    assert {f"timeline.{kind}": word for kind, word in ENTRY_WORDS.items()}.items() <= said.items()
    about = {"timeline.title", "timeline.empty", "timeline.zone", "timeline.instead", "timeline.spoken"}
    results = {key: word for key, word in said.items() if key.removeprefix("result.") in set(DispatchResult)}
    assert results == {f"result.{result}": result_word(result) for result in DispatchResult}
    assert {key: word for key, word in said.items() if key.startswith("rule.")} == {
        f"rule.{rule}": word for rule, word in RULE_WORDS.items()
    }
    entries = {key for key in said if key.startswith("timeline.") and key.count(".") == 1} - about
    assert entries == {f"timeline.{kind}" for kind in ENTRY_WORDS}
