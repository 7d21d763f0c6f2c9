"""A day's proof as PDF, in Spanish, for the Fiscalía: A4, one table of all cameras, the gaps one by one, page numbers, the sheet's SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from nvr.clock import NS_PER_S
from nvr.proof.account import CAUSES, GapSpan
from nvr.proof.day import CameraDay, DayProof, percent
from nvr.proof.page import HEADED, pdf, ruled, safe, winansi
from nvr.proof.words import cause_word, clock_time, duration
from nvr.spanish import spanish_line

_SHOWN_FROM_NS: Final = 10 * NS_PER_S
_MOST_GAPS: Final = 600
_HEADS: Final = (
    "N.º", "Cámara", "Debido", "Grabado", "%", "Enlace", "Cámara", "Autent.", "Disco", "Software", "Planif.", "Mayor vacío", "Sin explicar",
)  # fmt: skip
_WIDTHS_MM: Final = (10, 65, 20, 20, 14, 19, 19, 16, 16, 19, 19, 20, 20)
_BODY: Final = ParagraphStyle("body", fontName="Helvetica", fontSize=8.5, leading=11)
_CELL: Final = ParagraphStyle("cell", fontName="Helvetica", fontSize=7, leading=8.2)
_HEAD: Final = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=7, leading=8.2)
_TITLE: Final = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=14, leading=18)
_HEADING: Final = ParagraphStyle(
    "heading", fontName="Helvetica-Bold", fontSize=10, leading=14, spaceBefore=8, spaceAfter=4
)


def pdf_bytes(proof: DayProof, sheet: bytes) -> bytes:
    """The document. ``sheet`` is the CSV of the same proof, whose SHA-256 it bears. The same input gives the same bytes."""
    digest = hashlib.sha256(sheet).hexdigest()
    generated = f"Generado: {clock_time(proof.generated_wall_ns, proof.timezone)} ({proof.timezone})"
    return pdf(
        [*_summary(proof), _cameras(proof), *_gaps(proof)],
        pagesize=landscape(A4),
        title=f"Constancia de grabación {proof.day.isoformat()}",
        subject="Tiempo grabado y vacíos con su causa, por cámara",
        site=proof.site,
        foot=f"{generated}   ·   SHA-256 del CSV: {digest}",
    )


def _summary(proof: DayProof) -> Iterator[Flowable]:
    totals = proof.totals()
    yield Paragraph(safe(f"Constancia diaria de grabación – {proof.day:%d/%m/%Y}"), _TITLE)
    from_to = f"{clock_time(proof.from_wall_ns, proof.timezone)} a {clock_time(proof.to_wall_ns, proof.timezone)}"
    share = percent(totals.recorded_ns, totals.due_ns) or "–"
    with_gaps = sum(bool(camera.account.gaps) for camera in proof.cameras)
    lines = [
        f"Periodo: {from_to} ({proof.timezone})."
        + ("" if proof.over else " <b>El día no ha terminado: constancia parcial.</b>"),
        f"Cámaras que debían grabar: <b>{totals.cameras}</b> de {len(proof.cameras)} configuradas; con algún vacío: {with_gaps}.",
        f"Grabado: <b>{duration(totals.recorded_ns)}</b> de {duration(totals.due_ns)} debidos (<b>{share} %</b>).",
        "Debido es todo el tiempo transcurrido desde que la cámara debía grabar; grabado más vacíos con causa es igual a debido. "
        "Los porcentajes se redondean hacia abajo.",
    ]
    if totals.unexplained_ns:
        lines.append(f"<b>Tiempo sin explicar: {duration(totals.unexplained_ns)}.</b>")
    if totals.pending_ns:
        lines.append(f"Tiempo por confirmar al generar este documento: {duration(totals.pending_ns)}.")
    if totals.expired_ns:
        lines.append(f"Tiempo cuya grabación ya no se conserva: {duration(totals.expired_ns)}.")
    for line in lines:
        yield Paragraph(winansi(line), _BODY)
    yield Spacer(0, 3 * mm)


def _cameras(proof: DayProof) -> Table:
    rows: list[list[Any]] = [[Paragraph(head, _HEAD) for head in _HEADS]]
    rows += [_camera_row(camera) for camera in proof.cameras]
    totals = proof.totals()
    causes = [_time(totals.by_cause_ns[cause]) for cause in CAUSES]
    sums = (totals.longest_gap_ns, totals.unexplained_ns)
    rows.append(
        [
            "",
            Paragraph("Total", _HEAD),
            _time(totals.due_ns),
            _time(totals.recorded_ns),
            percent(totals.recorded_ns, totals.due_ns) or "–",
            *causes,
            *(_time(length_ns) for length_ns in sums),
        ]
    )
    style: list[Any] = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 7),
        ("FONT", (0, -1), (-1, -1), "Helvetica-Bold", 7),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        HEADED,
        *ruled(padding=1.5),
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black),
    ]
    return Table(rows, colWidths=[width * mm for width in _WIDTHS_MM], repeatRows=1, style=TableStyle(style))


def _camera_row(camera: CameraDay) -> list[Any]:
    made = camera.account
    causes = made.by_cause_ns()
    return [
        str(camera.number),
        Paragraph(safe(f"{camera.camera_id} – {camera.name}"), _CELL),
        _time(made.due_ns),
        _time(made.recorded_ns),
        percent(made.recorded_ns, made.due_ns) or "–",
        *(_time(causes[cause]) for cause in CAUSES),
        _time(made.longest_gap_ns),
        _time(made.unexplained_ns),
    ]


def _gaps(proof: DayProof) -> Iterator[Flowable]:
    shown = [
        (camera, gap) for camera in proof.cameras for gap in camera.account.gaps if gap.length_ns >= _SHOWN_FROM_NS
    ]
    yield Paragraph(f"Vacíos de {_SHOWN_FROM_NS // NS_PER_S} segundos o más", _HEADING)
    if not shown:
        yield Paragraph("Ninguno.", _BODY)
        return
    rows: list[list[Any]] = [
        [Paragraph(head, _HEAD) for head in ("Cámara", "Desde", "Hasta", "Duración", "Causa", "Detalle")]
    ]
    rows += [_gap_row(camera, gap, proof.timezone) for camera, gap in shown[:_MOST_GAPS]]
    style: list[Any] = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 7),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        HEADED,
        *ruled(padding=1.5),
    ]
    widths = [width * mm for width in (75, 32, 32, 26, 40, 72)]
    yield Table(rows, colWidths=widths, repeatRows=1, style=TableStyle(style))
    if len(shown) > _MOST_GAPS:
        yield Paragraph(f"Otros {len(shown) - _MOST_GAPS} vacíos no se listan; sus tiempos están en la tabla.", _BODY)


def _gap_row(camera: CameraDay, gap: GapSpan, timezone: str) -> list[Any]:
    return [
        Paragraph(safe(f"{camera.number} – {camera.name}"), _CELL),
        clock_time(gap.start_wall_ns, timezone),
        "continúa" if gap.ongoing else clock_time(gap.end_wall_ns, timezone),
        duration(gap.length_ns),
        cause_word(gap.cause, "es"),
        Paragraph(safe(spanish_line(gap.detail)[:160]), _CELL),
    ]


def _time(length_ns: int) -> str:
    """``h:mm:ss`` with tenths below a minute, nothing for nothing: a short gap must not look like none."""
    if length_ns <= 0:
        return "–"
    if length_ns < 60 * NS_PER_S:
        return f"{max(1, length_ns * 10 // NS_PER_S) / 10:.1f} s"
    whole_s = length_ns // NS_PER_S
    return f"{whole_s // 3600}:{whole_s // 60 % 60:02d}:{whole_s % 60:02d}"
