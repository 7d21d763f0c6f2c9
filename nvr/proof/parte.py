"""The parte de ocurrencia: one incident with all its times, who was sent, its time line and its pictures, as PDF in Spanish. A4, pages numbered.

It ends with the SHA-256 of the record it was made from, so that two prints can be told to say the same.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, Spacer, Table, TableStyle

from alerts.records import Dispatch, DispatchState, Incident, IncidentState
from nvr.config import Config
from nvr.proof.names import agency_name, camera_name, type_name
from nvr.proof.page import HEADED, pdf, ruled, safe
from nvr.proof.words import channel_word, clock_time, entry_word, outcome_word, priority_word, result_word, zone_words

_BODY: Final = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12)
_CELL: Final = ParagraphStyle("cell", fontName="Helvetica", fontSize=8, leading=9.6)
_HEAD: Final = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=8, leading=9.6)
_TITLE: Final = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=15, leading=20)
_HEADING: Final = ParagraphStyle(
    "heading", fontName="Helvetica-Bold", fontSize=10.5, leading=15, spaceBefore=8, spaceAfter=3
)
_PICTURE_MM: Final = (120, 75)
_MOST_PICTURES: Final = 6
_LONGEST_CELL: Final = 1_200
"""Characters: a row must fit on a page, for the library can't break one that does not."""
_STEPS: Final = (
    (DispatchState.SENT, "Enviado"),
    (DispatchState.RECEIVED, "Recibido"),
    (DispatchState.EN_ROUTE, "En camino"),
    (DispatchState.ON_SCENE, "En el lugar"),
    (DispatchState.CLOSED, "Cerrado"),
)
_TEXTS: Final = {
    "zone": "{}", "outcome": "{}", "unit": "Unidad {}", "instead_of": "en lugar de {}", "contact": "{}", "result": "{}", "receiver_name": "Recibe {}",
    "receiver_cip": "CIP {}", "receiver_station": "Comisaría {}", "spoken_to": "Habló con {}", "read_back": "Repitió: {}", "note": "{}", "text": "{}",
    "caller": "Llamó {}", "phone": "Teléfono {}", "place": "{}", "sector": "Sector {}",
    "by": "Por {}", "reason": "{}", "then": "Sigue por {}",
}  # fmt: skip
"""What a time line's detail says in words; the other parts are ids and codes, which stay in the record."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the moment: JPEG, of which camera, when."""

    camera_id: str
    wall_ns: int
    jpeg: bytes


def parte_bytes(incident: Incident, config: Config, pictures: Sequence[Picture], generated_wall_ns: int) -> bytes:
    """The document. The same input gives the same bytes; a picture that is none is named, and left out."""
    digest = record_sha256(incident)
    generated = f"Generado: {clock_time(generated_wall_ns, config.timezone)} ({config.timezone})"
    return pdf(
        [
            Paragraph(safe(f"Parte de ocurrencia {incident.number}"), _TITLE),
            _facts(incident, config),
            *_dispatches(incident, config),
            *_pictures(pictures, config),
            *_timeline(incident, config),
            *_signatures(digest),
        ],
        pagesize=A4,
        title=f"Parte de ocurrencia {incident.number}",
        subject="Incidente, despachos y línea de tiempo",
        site=config.site,
        foot=f"{incident.number}   ·   {generated}   ·   SHA-256 del registro: {digest[:32]}…",
    )


def record_sha256(incident: Incident) -> str:
    """Of the incident as it stands in the record, its time line included: canonical JSON, UTF-8."""
    text = json.dumps(asdict(incident), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _facts(incident: Incident, config: Config) -> Table:
    camera = config.camera(incident.camera_id)
    kind = type_name(incident.type_code)
    state = "abierto" if incident.state is IncidentState.OPEN else "cerrado"
    place = camera_name(incident.camera_id, config)
    if camera is not None and camera.location is not None:
        place += f" ({camera.location[0]:.6f}, {camera.location[1]:.6f})"
    rows = [
        ("Tipo", kind if kind == incident.type_code else f"{kind} ({incident.type_code})"),
        ("Prioridad", priority_word(incident.priority)),
        ("Lugar", place),
        ("Ocurrido", _times(incident.occurred_wall_ns, config)),
        ("Abierto", f"{_times(incident.created_wall_ns, config)}, por {incident.created_by}"),
        ("Estado", state if incident.closed_wall_ns is None else f"{state} {_times(incident.closed_wall_ns, config)}"),
        ("Observación", incident.note or "–"),
    ]
    return _table([[Paragraph(name, _HEAD), _cell(text)] for name, text in rows], (30, 160), heads=0)


def _dispatches(incident: Incident, config: Config) -> Iterator[Flowable]:
    yield Paragraph("Despachos", _HEADING)
    if not incident.dispatches:
        yield Paragraph("No se despachó a nadie.", _BODY)
        return
    rows: list[list[Any]] = [
        [Paragraph(head, _HEAD) for head in ("Entidad", *(word for _, word in _STEPS), "Resultado, nota")]
    ]
    rows += [_dispatch_row(dispatch, config) for dispatch in incident.dispatches]
    yield _table(rows, (28, 22, 22, 22, 22, 22, 52))


def _dispatch_row(dispatch: Dispatch, config: Config) -> list[Any]:
    name = agency_name(dispatch.agency, config)
    times = [dispatch.times.get(state) for state, _ in _STEPS]
    return [
        _cell(f"{name}\n{dispatch.unit_name}" if dispatch.unit_name else name),
        *(_cell("–" if at is None else _both(at, config)) for at in times),
        _cell("\n".join(_result(dispatch))),
    ]


def _result(dispatch: Dispatch) -> Iterator[str]:
    if dispatch.result is not None:
        yield result_word(dispatch.result.value)
    if dispatch.receiver_name:
        yield f"{dispatch.receiver_name}, CIP {dispatch.receiver_cip}, {dispatch.receiver_station}"
    if dispatch.note:
        yield dispatch.note
    yield f"Despachó: {dispatch.created_by}"


def _pictures(pictures: Sequence[Picture], config: Config) -> Iterator[Flowable]:
    if not pictures:
        return
    yield Paragraph("Imágenes del momento", _HEADING)
    for picture in pictures[:_MOST_PICTURES]:
        caption = Paragraph(
            safe(f"{camera_name(picture.camera_id, config)} – {_times(picture.wall_ns, config)}"), _BODY
        )
        shown = _image(picture.jpeg)
        if shown is None:
            shown = Paragraph("(la imagen guardada está dañada)", _BODY)
        yield KeepTogether([shown, caption, Spacer(0, 3 * mm)])
    if len(pictures) > _MOST_PICTURES:
        yield Paragraph(f"Otras {len(pictures) - _MOST_PICTURES} imágenes están en el registro.", _BODY)


def _image(jpeg: bytes) -> Flowable | None:
    try:
        width_px, height_px = ImageReader(io.BytesIO(jpeg)).getSize()
    except Exception:  # noqa: BLE001 - whatever a damaged file brings the library to: the parte is made without it
        return None
    scale = min(_PICTURE_MM[0] * mm / width_px, _PICTURE_MM[1] * mm / height_px)
    return Image(io.BytesIO(jpeg), width=width_px * scale, height=height_px * scale, hAlign="LEFT")


def _timeline(incident: Incident, config: Config) -> Iterator[Flowable]:
    yield Paragraph("Línea de tiempo", _HEADING)
    rows: list[list[Any]] = [[Paragraph(head, _HEAD) for head in ("Hora", "Qué", "Detalle", "Quién, terminal")]]
    for entry in incident.timeline:
        who = " · ".join(part for part in (entry.actor, entry.terminal) if part)
        detail = _detail(entry.detail, config)
        at = _both(entry.wall_ns, config)
        rows.append([_cell(at), _cell(entry_word(entry.kind)), _cell(detail), _cell(who)])
    yield _table(rows, (34, 38, 78, 40))


def _detail(detail: dict[str, str], config: Config) -> str:
    lines = []
    if code := detail.get("agency"):
        lines.append(agency_name(code, config))
    words = {
        "outcome": outcome_word,
        "result": result_word,
        "zone": zone_words,
        "by": channel_word,
        "then": channel_word,
    }
    told = {name: detail[name] for name in _TEXTS if detail.get(name)}
    lines += [_TEXTS[name].format(words.get(name, str)(text)) for name, text in told.items()]
    return "\n".join(lines)


def _signatures(digest: str) -> Iterator[Flowable]:
    yield Spacer(0, 4 * mm)
    yield Paragraph(f"SHA-256 del registro: {digest}", _CELL)
    line = "_" * 34
    lines = [[line, line], ["Operador de la central", "Supervisor de turno"]]
    yield KeepTogether([Spacer(0, 16 * mm), Table(lines, colWidths=[95 * mm, 95 * mm])])


def _times(wall_ns: int, config: Config) -> str:
    """At the site and in UTC: neither is to be guessed."""
    return f"{clock_time(wall_ns, config.timezone)} ({clock_time(wall_ns, 'UTC')} UTC)"


def _both(wall_ns: int, config: Config) -> str:
    """The same in a narrow column: UTC, without the day, on a line of its own."""
    return f"{clock_time(wall_ns, config.timezone)}\n{clock_time(wall_ns, 'UTC')[11:]} UTC"


def _cell(text: str) -> Paragraph:
    cut = text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}… (sigue en el registro)"
    # So many line breaks would be higher than a page.
    lines = safe(cut).split("\n")
    return Paragraph("<br/>".join([*lines[:30], *([" ".join(lines[30:])] if len(lines) > 30 else [])]), _CELL)


def _table(rows: list[list[Any]], widths_mm: tuple[int, ...], *, heads: int = 1) -> Table:
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *ruled(padding=2),
        *([HEADED] if heads else []),
    ]
    widths = [width * mm for width in widths_mm]
    return Table(rows, colWidths=widths, repeatRows=heads, splitInRow=1, style=TableStyle(style), hAlign="LEFT")
