"""The printed sheet of a dispatch, for when no channel works: what the agency must know, and what it answers by hand. PDF in Spanish, one A4 page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, Spacer, Table, TableStyle

from alerts.places import place_in
from alerts.records import Dispatch, Incident
from nvr.config import Config
from nvr.proof.names import agency_name, camera_of, type_name
from nvr.proof.page import pdf, ruled, safe
from nvr.proof.words import channel_word, clock_time, priority_word

_BODY: Final = ParagraphStyle("body", fontName="Helvetica", fontSize=11, leading=14)
_HEAD: Final = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=11, leading=14)
_TITLE: Final = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=18, leading=24)
_LONGEST: Final = 600
"""Characters of a note: the sheet has one page; the whole of it is in the record."""
_LONGEST_LINES: Final = 8
_BY_HAND: Final = (
    "Recibido por (nombre, cargo, CIP)",
    "Hora en que se entregó",
    "Unidad que acude",
    "Resultado",
    "Firma",
)


def sheet_bytes(incident: Incident, dispatch: Dispatch, config: Config, generated_wall_ns: int) -> bytes:
    """The document. The same input gives the same bytes."""
    agency = agency_name(dispatch.agency, config)
    generated = clock_time(generated_wall_ns, config.timezone)
    story = [
        Paragraph(safe(f"Hoja de despacho – {agency}"), _TITLE),
        Paragraph(safe(f"Incidente {incident.number}"), _HEAD),
        Spacer(0, 4 * mm),
        _table(list(_facts(incident, dispatch, config)), padding=4),
        Spacer(0, 6 * mm),
        Paragraph("Para llenar a mano, y devolver a la central:", _HEAD),
        Spacer(0, 2 * mm),
        _table([(name, " ") for name in _BY_HAND], padding=11),
    ]
    return pdf(
        # What is too much for the page is set smaller: a second sheet gets lost.
        [KeepInFrame(190 * mm, 255 * mm, story, mode="shrink")],
        pagesize=A4,
        title=f"Hoja de despacho {incident.number}",
        subject=f"Despacho a {agency}",
        site=config.site,
        foot=f"{incident.number}   ·   despacho {dispatch.dispatch_id}   ·   Generado: {generated} ({config.timezone})",
    )


def _facts(incident: Incident, dispatch: Dispatch, config: Config) -> Iterator[tuple[str, str]]:
    found = config.agency(dispatch.agency)
    place = place_in(incident, incident.camera_id, config)
    yield "Tipo", f"{type_name(incident.type_code)} ({incident.type_code})"
    yield "Prioridad", priority_word(incident.priority)
    yield "Lugar", camera_of(incident, incident.camera_id, config)
    if incident.address:
        yield "Lugar exacto", incident.address
    if place is not None and place.sector:
        yield "Sector", place.sector
    if place is not None and place.latitude is not None:
        yield "Coordenadas", f"{place.latitude:.6f}, {place.longitude:.6f} (WGS 84)"
    yield "Ocurrido", _times(incident.occurred_wall_ns, config)
    yield "Enviado", f"{_times(dispatch.created_wall_ns, config)}, por {dispatch.created_by}"
    yield "Observación", _cut(incident.note) or "–"
    if dispatch.note and dispatch.note != incident.note:
        yield "Indicaciones", _cut(dispatch.note)
    if dispatch.unit_name:
        yield "Unidad", dispatch.unit_name
    if found is not None and found.contact:
        yield "Contacto", found.contact
    if dispatch.missed:
        names = [channel_word(each.partition(": ")[0]) for each in dispatch.missed]
        yield "No llegó por", ", ".join(names)


def _times(wall_ns: int, config: Config) -> str:
    return f"{clock_time(wall_ns, config.timezone)} ({clock_time(wall_ns, 'UTC')} UTC)"


def _cut(text: str) -> str:
    lines = text.split("\n")
    short = "\n".join(
        [*lines[:_LONGEST_LINES], *([" ".join(lines[_LONGEST_LINES:])] if lines[_LONGEST_LINES:] else [])]
    )
    return short if len(short) <= _LONGEST else f"{short[:_LONGEST]}… (sigue en el registro)"


def _table(rows: list[tuple[str, str]], *, padding: float) -> Flowable:
    cells: list[list[Any]] = [[Paragraph(safe(name), _HEAD), Paragraph(_lines(text), _BODY)] for name, text in rows]
    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), *ruled(padding=padding)]
    return Table(cells, colWidths=[55 * mm, 135 * mm], style=TableStyle(style), hAlign="LEFT")


def _lines(text: str) -> str:
    return safe(text).replace("\n", "<br/>")
