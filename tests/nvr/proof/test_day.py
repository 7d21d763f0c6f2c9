"""From catalogue to the day's proof: sheet, document, archive, and the answer about a moment."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nvr.catalogue import camera_states, segments
from nvr.catalogue.camera_states import CameraState
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import GapRow, SegmentRow
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.config.former import FormerCamera
from nvr.errors import InvalidInput
from nvr.media import StreamKind
from nvr.proof.archive import ProofArchive, paths
from nvr.proof.day import DayProof, day_bounds, day_proof, local_day, percent
from nvr.proof.document import pdf_bytes
from nvr.proof.moment import moment, parse_moment, sentence
from nvr.proof.reading import Books
from nvr.proof.sheet import COLUMNS, csv_bytes

S = NS_PER_S
DAY = date(2026, 11, 22)
MIDNIGHT = day_bounds(DAY, "America/Lima")[0]
HOUR = 3600 * S
MAIN = StreamKind.MAIN


def config(**changes: object) -> Config:
    cameras = [
        {"id": f"cam{n:02d}", "number": n, "name": name, "main": {"url": f"rtsp://127.0.0.1/{n}"}}
        for n, name in enumerate(("Jr. Marañón & Tarapacá <b>", "=Óvalo Ñuñez Güell", "Puente Huánuco"), 1)
    ]
    cameras[2]["enabled"] = False
    return Config.model_validate({"cameras": cameras} | changes)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    """cam01 recorded all day but for an hour of link and a minute of disk; cam02 since 12:00; cam03, disabled, until 06:00."""
    clock = SimulatedClock(MIDNIGHT)
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'c.sqlite'}", clock)
    with catalogue.write() as tx:
        for name, camera_id, start_h, end_h in (
            ("s1", "cam01", -1.0, 3.0),
            ("s2", "cam01", 4.0, 20.0),
            ("s3", "cam01", 20 + 1 / 60, 25.0),
            ("s4", "cam02", 12.0, 25.0),
            ("s5", "cam03", -30.0, 6.0),
        ):
            row = SegmentRow(
                segment_id=name,
                camera_id=camera_id,
                stream=MAIN,
                epoch_ns=0,
                start_wall_ns=MIDNIGHT + round(start_h * HOUR),
                end_wall_ns=MIDNIGHT + round(end_h * HOUR),
                path=f"{camera_id}/main/{name}.mp4",
                codec="h264",
                width_px=1,
                height_px=1,
                size_bytes=1,
                packets=1,
                sha256=hashlib.sha256(name.encode()).hexdigest(),
            )
            segments.closed(tx, row)
        for gap in (
            GapRow("g1", "cam01", MAIN, MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR, "link", "no route <&>"),
            GapRow("g2", "cam01", MAIN, MIDNIGHT + 20 * HOUR, MIDNIGHT + 20 * HOUR + 60 * S, "disk", "disk full"),
        ):
            segments.store_gap(tx, gap)
    yield Books(catalogue, config(), tmp_path)
    catalogue.close()


def rows_of(sheet: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"))))


def proof_of(books: Books, now_ns: int = MIDNIGHT + 25 * HOUR) -> DayProof:
    return day_proof(books, DAY, now_ns)


def test_the_sheet_adds_up(books: Books) -> None:
    first, second, third, total = rows_of(csv_bytes(proof_of(books)))
    assert tuple(first) == COLUMNS
    assert (first["debido_s"], first["grabado_s"], first["porcentaje"]) == ("86400.000", "82740.000", "95.76")
    assert (first["enlace_s"], first["disco_s"], first["mayor_vacio_s"]) == ("3600.000", "60.000", "3600.000")
    assert (second["debido_s"], second["porcentaje"]) == ("43200.000", "100.00"), "added at noon: due from then on"
    assert second["lugar"] == "'=Óvalo Ñuñez Güell", "no formula in a spreadsheet"
    assert (third["grabado_s"], third["planificado_s"]) == ("21600.000", "64800.000")
    assert [row["sin_explicar_s"] for row in (first, second, third, total)] == ["0.000"] * 4
    assert (total["camara"], total["debido_s"]) == ("TOTAL", "216000.000")


def test_the_account_of_a_camera_that_was_taken_out_ends_there(books: Books) -> None:
    """Recorded and gaps are all of the time up to its removal, to the nanosecond; nothing of it is due later, whatever was told of it before."""
    removed_ns = MIDNIGHT + 7 * HOUR
    plain = books.config.cameras[2].model_dump(by_alias=True)
    former = FormerCamera.model_validate(plain | {"enabled": False, "removed_wall_ns": removed_ns})
    config = books.config.model_copy(update={"cameras": (*books.config.cameras[:2], former)})
    after = replace(books, config=config)
    with books.catalogue.write() as tx:
        segments.store_gap(
            tx, GapRow("g3", "cam03", MAIN, MIDNIGHT + 6 * HOUR, MIDNIGHT + 6 * HOUR + 5 * S, "link", "")
        )
        segments.store_gap(tx, GapRow("g4", "cam03", MAIN, MIDNIGHT + 8 * HOUR, MIDNIGHT + 9 * HOUR, "planned", ""))
    made = proof_of(after).cameras[2].account
    assert made.recorded_ns + made.gap_ns == made.due_ns == removed_ns - MIDNIGHT
    assert [(gap.cause, gap.length_ns, gap.ongoing) for gap in made.gaps] == [
        ("link", 5 * S, False),
        ("planned", HOUR - 5 * S, False),
    ]
    assert [camera.camera_id for camera in day_proof(after, date(2026, 11, 23), MIDNIGHT + 30 * HOUR).cameras] == [
        "cam01",
        "cam02",
    ]
    asked = moment(after, former, MIDNIGHT + 20 * HOUR, MIDNIGHT + 25 * HOUR)
    assert asked.verdict == "not_due"
    assert "no estaba en la configuración" in sentence(asked, config, "es")


def test_a_camera_of_before_its_removal_was_written_down_ends_with_its_last_file(books: Books) -> None:
    """Versions of earlier programs did not say when."""
    former = FormerCamera.model_validate(books.config.cameras[2].model_dump(by_alias=True) | {"enabled": False})
    after = replace(books, config=books.config.model_copy(update={"cameras": (former,)}))
    made = proof_of(after).cameras[0].account
    assert (made.due_ns, made.recorded_ns) == (6 * HOUR, 6 * HOUR)


def test_percentages_are_never_rounded_up() -> None:
    assert [percent(part, 100_000) for part in (100_000, 99_999, 0)] == ["100.00", "99.99", "0.00"]
    assert percent(0, 0) == ""


def text_of(pdf: bytes) -> str:
    """What stands on the pages (PDF 32000-1 section 9.4: strings before Tj), WinAnsi."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    pages = [zlib.decompress(base64.a85decode(each.strip().removesuffix(b"~>"))) for each in streams]
    strings = re.findall(rb"\((?:\\.|[^\\)])*\)", b"".join(pages))
    unescaped = (re.sub(rb"\\(\d{3})", lambda m: bytes([int(m[1], 8)]), each[1:-1]) for each in strings)
    return b"\n".join(re.sub(rb"\\(.)", rb"\1", each) for each in unescaped).decode("cp1252")


def test_the_document_says_what_the_sheet_says(books: Books) -> None:
    proof = proof_of(books)
    sheet = csv_bytes(proof)
    pdf = pdf_bytes(proof, sheet)
    text = "".join(text_of(pdf).split())  # words are placed one by one
    assert pdf == pdf_bytes(proof, sheet)
    for words in (
        "Municipalidad Provincial de Cajamarca",
        "Constancia diaria de grabación",
        hashlib.sha256(sheet).hexdigest(),
        "Página 1 de 1",
        "Generado: 2026-11-23 01:00:00",
        "95.76",
        "Óvalo",
        "Marañón & Tarapacá <b>",
        "enlace de red",
    ):
        assert words.replace(" ", "") in text, words


def test_a_hundred_cameras_take_several_pages(books: Books) -> None:
    proof = proof_of(books)
    many = DayProof(
        proof.site, proof.timezone, proof.day, proof.from_wall_ns, proof.to_wall_ns, proof.generated_wall_ns, over=True,
        cameras=proof.cameras * 40,
    )  # fmt: skip
    text = text_of(pdf_bytes(many, b""))
    pages = re.findall(r"Página (\d+) de (\d+)", text)
    assert pages == [(str(number), str(len(pages))) for number in range(1, len(pages) + 1)]
    assert len(pages) > 2


def test_the_archive_writes_each_day_once(books: Books, tmp_path: Path) -> None:
    folder, clock = tmp_path / "coverage", SimulatedClock(MIDNIGHT + 23 * HOUR)
    archive = ProofArchive(folder, books, clock)
    clock.advance(seconds=600)
    assert archive.step() == 2, "cam03 began two days before"
    assert not paths(folder, DAY)[1].exists(), "the day is not over"
    clock.advance(seconds=3600)
    assert archive.step() == 1
    first = [path.read_bytes() for path in paths(folder, DAY)]
    assert rows_of(first[0])[0]["porcentaje"] == "95.76"
    with books.catalogue.write() as tx:
        segments.store_gap(tx, GapRow("g9", "cam02", MAIN, MIDNIGHT, MIDNIGHT + HOUR, "link", ""))
    again = ProofArchive(folder, books, clock)
    clock.advance(seconds=600)
    assert (archive.step(), again.step()) == (0, 0)
    assert [path.read_bytes() for path in paths(folder, DAY)] == first


def test_a_date_that_may_be_wrong_proves_no_day(books: Books, tmp_path: Path) -> None:
    """A machine that boots a year ahead: the proof of a day to come, empty, would stand in the place of the true one for ever."""
    folder, clock = tmp_path / "coverage", SimulatedClock(MIDNIGHT + 300 * 24 * HOUR)
    doubts = [True]
    archive = ProofArchive(folder, books, clock, doubtful=lambda: bool(doubts))
    clock.advance(seconds=600)
    assert archive.step() == 0
    assert not folder.exists()
    doubts.clear()
    assert archive.step() > 0, "somebody has looked at the clock: it is right"


def test_half_a_proof_is_made_whole(books: Books, tmp_path: Path) -> None:
    folder, clock = tmp_path / "coverage", SimulatedClock(MIDNIGHT + 25 * HOUR)
    archive = ProofArchive(folder, books, clock)
    clock.advance(seconds=600)
    assert archive.step() == 3
    paths(folder, DAY)[1].unlink()
    second = ProofArchive(folder, books, clock)
    clock.advance(seconds=600)
    assert second.step() == 1
    sheet, pdf = (path.read_bytes() for path in paths(folder, DAY))
    assert hashlib.sha256(sheet).hexdigest() in text_of(pdf)


@pytest.mark.parametrize(
    ("camera_id", "hours", "words"),
    [
        (
            "cam01",
            3.2,
            ("NO grababa", "enlace de red", "no route", "03:00:00.000 – 2026-11-22 04:00:00.000, 1 h 00 min"),
        ),
        ("cam01", 5.0, ("SÍ grababa", "cam01/main/s2.mp4", hashlib.sha256(b"s2").hexdigest())),
        ("cam02", 11.0, ("no le correspondía",)),
        ("cam03", 8.0, ("NO grababa", "parada planificada", "sigue")),
    ],
)
def test_was_it_recording(books: Books, camera_id: str, hours: float, words: tuple[str, ...]) -> None:
    camera = books.config.camera(camera_id)
    assert camera is not None
    found = moment(books, camera, MIDNIGHT + round(hours * HOUR), MIDNIGHT + 25 * HOUR)
    said = sentence(found, books.config, "es")
    for each in words:
        assert each in said
    assert ("YES" in sentence(found, books.config, "en")) == ("SÍ" in said)


def test_a_stream_that_is_down_now_has_an_open_gap(books: Books) -> None:
    camera = books.config.camera("cam02")
    assert camera is not None
    now_ns = MIDNIGHT + 25 * HOUR + 7 * S
    with books.catalogue.write() as tx:
        camera_states.store(
            tx, CameraState("cam02", MAIN, "offline", now_ns - S, now_ns - 5 * S, "authentication", "401")
        )
    found = moment(books, camera, now_ns - S, now_ns)
    assert found.gap is not None
    assert (found.gap.cause, found.gap.start_wall_ns, found.gap.ongoing) == (
        "authentication",
        MIDNIGHT + 25 * HOUR,
        True,
    )
    assert "sigue" in sentence(found, books.config, "es")


def test_what_was_deleted_for_its_age_is_not_unexplained(books: Books) -> None:
    with books.catalogue.write() as tx:
        segments.mark_deleting(tx, ["s1", "s2"])
    later = proof_of(books, MIDNIGHT + 60 * 24 * HOUR).cameras[0].account
    assert (later.unexplained_ns, sum(span.length_ns for span in later.expired)) == (0, 16 * HOUR)


def test_times_are_the_sites() -> None:
    assert parse_moment("2026-11-22 03:12", "America/Lima") == MIDNIGHT + 3 * HOUR + 720 * S
    assert parse_moment("2026-11-22T08:12:00Z", "America/Lima") == MIDNIGHT + 3 * HOUR + 720 * S
    assert parse_moment("2026-11-22 03:12:00.250", "America/Lima") == MIDNIGHT + 3 * HOUR + 720 * S + S // 4
    for text in ("ayer", "2026-11-22", "2026-13-01 00:00", ""):
        with pytest.raises(InvalidInput):
            parse_moment(text, "America/Lima")
    with pytest.raises(InvalidInput, match="changed"):
        parse_moment("2026-10-25 02:30", "Europe/Berlin")
    assert local_day(MIDNIGHT - 1, "America/Lima") == date(2026, 11, 21)
    begin, end = day_bounds(date(2026, 10, 25), "Europe/Berlin")
    assert end - begin == 25 * HOUR


def test_the_future_is_not_answered(books: Books) -> None:
    with pytest.raises(InvalidInput):
        moment(books, books.config.cameras[0], MIDNIGHT + HOUR, MIDNIGHT + HOUR)
