"""The printed sheet of a dispatch: one page whatever people typed, with what an agency must know."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nvr.proof.dispatch_sheet import sheet_bytes
from tests.nvr.proof.test_attention import AT, config, incident, moved

pytestmark = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed: make system-packages"
)


def read(data: bytes, tmp_path: Path) -> str:
    """All pages, each with a form feed behind it."""
    path = tmp_path / "hoja.pdf"
    path.write_bytes(data)
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_it_says_what_where_when_and_by_what_it_did_not_arrive(tmp_path: Path) -> None:
    found = incident()
    dispatch = replace(found.dispatches[0], missed=("board: nadie frente al tablero", "correo: SMTP 451"))
    text = read(sheet_bytes(found, dispatch, config(), AT), tmp_path)
    for words in (
        found.number,
        found.type_code,
        "Recibido por",
        "el tablero, correo",
        dispatch.created_by,
        "UTC",
        "Firma",
    ):
        assert words in text, words
    assert text.count("\f") == 1


def test_it_stays_on_one_page_however_much_was_typed(tmp_path: Path) -> None:
    found = replace(incident(), note="<b>línea</b> & \n" * 400)
    dispatch = replace(found.dispatches[0], note="W" * 2000, unit_name="S-04", missed=("board: x",) * 9)
    text = read(sheet_bytes(found, dispatch, config(), AT), tmp_path)
    assert text.count("\f") == 1
    assert "<b>línea</b> &" in text
    assert "sigue en el registro" in text


def test_it_says_where_it_was_when_the_incident_was_opened(tmp_path: Path) -> None:
    found = incident()
    text = read(sheet_bytes(found, found.dispatches[0], moved(), AT), tmp_path)
    assert "Cámara 1, Jr. Uno" in text
    assert "-7.160000, -78.510000 (WGS 84)" in text
    assert "Sur" not in text
    old = read(sheet_bytes(replace(found, places=()), found.dispatches[0], moved(), AT), tmp_path)
    assert "Cámara 7, Av. Nueva (según la configuración de hoy)" in old


def test_the_same_dispatch_gives_the_same_bytes() -> None:
    found = incident()
    assert sheet_bytes(found, found.dispatches[0], config(), AT) == sheet_bytes(
        found, found.dispatches[0], config(), AT
    )
