"""The parte de ocurrencia: one incident with all its times, who was sent, its time line and its pictures, as PDF in Spanish. A4, pages numbered.

It ends with the SHA-256 of the record it was made from, so that two prints can be told to say the same.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, Spacer, Table

from alerts.records import Dispatch, DispatchState, Incident, IncidentState
from nvr.config import Config
from nvr.proof import parte_case
from nvr.proof.cells import BODY, CELL, HEAD, HEADING, TITLE, both, cell, table, times
from nvr.proof.names import agency_name, camera_of, type_name
from nvr.proof.page import pdf, safe
from nvr.proof.parte_case import NO_CASE, CaseFile
from nvr.proof.words import (
    channel_word,
    clock_time,
    entry_word,
    outcome_word,
    priority_word,
    result_word,
    role_word,
    zone_words,
)

_PICTURE_MM: Final = (120, 75)
MOST_PICTURES: Final = 6
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
    "version": "Versión {}", "changed": "{}", "camera_id": "{}",
    "step_text": "{}", "role": "{}", "of": "De {}", "duplicate": "{} es duplicado", "pending": "Sin marcar: {}",
}  # fmt: skip
"""What a time line's detail says in words; the other parts are ids and codes, which stay in the record."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the moment: JPEG, of which camera, when. ``recorded``: taken out of the recording, for want of an alert's own."""

    camera_id: str
    wall_ns: int
    jpeg: bytes
    recorded: bool = False


def parte_bytes(  # noqa: PLR0917 - the parts of the document
    incident: Incident,
    config: Config,
    pictures: Sequence[Picture],
    generated_wall_ns: int,
    case: CaseFile = NO_CASE,
    left_out: int = 0,
) -> bytes:
    """The document. The same input gives the same bytes; a picture that is none is named, and left out.

    Args:
        incident: with its time line.
        config: the agencies by name, and the cameras whose place the incident did not keep.
        pictures: at most ``MOST_PICTURES``.
        generated_wall_ns: printed at the foot.
        case: its versions and persons; who may not read these may not take the parte.
        left_out: how many more pictures there are.
    """
    digest = record_sha256(incident, case)
    generated = f"Generado: {clock_time(generated_wall_ns, config.timezone)} ({config.timezone})"
    return pdf(
        [
            Paragraph(safe(f"Parte de ocurrencia {incident.number}"), TITLE),
            _facts(incident, config),
            *parte_case.cameras(incident, config),
            *_dispatches(incident, config),
            *parte_case.persons(case, config),
            *parte_case.procedure(incident, config),
            *_pictures(incident, pictures, config, left_out),
            *parte_case.amendments(case, config),
            *_timeline(incident, config),
            *_signatures(digest),
        ],
        pagesize=A4,
        title=f"Parte de ocurrencia {incident.number}",
        subject="Incidente, despachos y línea de tiempo",
        site=config.site,
        foot=f"{incident.number}   ·   {generated}   ·   SHA-256 del registro: {digest[:32]}…",
    )


def record_sha256(incident: Incident, case: CaseFile = NO_CASE) -> str:
    """Of the incident as it stands in the record, its time line, places, versions and persons included: canonical JSON, UTF-8."""
    record = {"incident": asdict(incident), "case": asdict(case)}
    if not incident.places:
        # From before places were kept: its partes of then must go on being told to say the same.
        del record["incident"]["places"]
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _facts(incident: Incident, config: Config) -> Table:
    kind = type_name(incident.type_code)
    state = "abierto" if incident.state is IncidentState.OPEN else "cerrado"
    place = camera_of(incident, incident.camera_id, config, located=True)
    rows = [
        ("Tipo", kind if kind == incident.type_code else f"{kind} ({incident.type_code})"),
        ("Prioridad", priority_word(incident.priority)),
        *([("Lugar", incident.address)] if incident.address else []),
        ("Cámara" if incident.address else "Lugar", place),
        ("Ocurrido", times(incident.occurred_wall_ns, config)),
        ("Abierto", f"{times(incident.created_wall_ns, config)}, por {incident.created_by}"),
        ("Estado", state if incident.closed_wall_ns is None else f"{state} {times(incident.closed_wall_ns, config)}"),
        ("Observación", incident.note or "–"),
        *([("Versión", f"{incident.version}: ver «Correcciones»")] if incident.version > 1 else []),
        *([("Duplicado de", incident.duplicate_of.number)] if incident.duplicate_of is not None else []),
        *([("Duplicados", ", ".join(each.number for each in incident.duplicates))] if incident.duplicates else []),
    ]
    return table([[Paragraph(name, HEAD), cell(text)] for name, text in rows], (30, 160), heads=0)


def _dispatches(incident: Incident, config: Config) -> Iterator[Flowable]:
    yield Paragraph("Despachos", HEADING)
    if not incident.dispatches:
        yield Paragraph("No se despachó a nadie.", BODY)
        return
    rows: list[list[Any]] = [
        [Paragraph(head, HEAD) for head in ("Entidad", *(word for _, word in _STEPS), "Resultado, nota")]
    ]
    rows += [_dispatch_row(dispatch, config) for dispatch in incident.dispatches]
    yield table(rows, (28, 22, 22, 22, 22, 22, 52))


def _dispatch_row(dispatch: Dispatch, config: Config) -> list[Any]:
    name = agency_name(dispatch.agency, config)
    times = [dispatch.times.get(state) for state, _ in _STEPS]
    return [
        cell(f"{name}\n{dispatch.unit_name}" if dispatch.unit_name else name),
        *(cell("–" if at is None else both(at, config)) for at in times),
        cell("\n".join(_result(dispatch))),
    ]


def _result(dispatch: Dispatch) -> Iterator[str]:
    if dispatch.result is not None:
        yield result_word(dispatch.result.value)
    if dispatch.receiver_name:
        yield f"{dispatch.receiver_name}, CIP {dispatch.receiver_cip}, {dispatch.receiver_station}"
    if dispatch.note:
        yield dispatch.note
    yield f"Despachó: {dispatch.created_by}"


def _pictures(incident: Incident, pictures: Sequence[Picture], config: Config, left_out: int) -> Iterator[Flowable]:
    if not pictures:
        return
    yield Paragraph("Imágenes del momento", HEADING)
    for picture in pictures:
        source = ", de la grabación" if picture.recorded else ""
        place = camera_of(incident, picture.camera_id, config)
        caption = Paragraph(safe(f"{place} – {times(picture.wall_ns, config)}{source}"), BODY)
        shown = _image(picture.jpeg)
        if shown is None:
            shown = Paragraph("(la imagen guardada está dañada)", BODY)
        yield KeepTogether([shown, caption, Spacer(0, 3 * mm)])
    if left_out:
        yield Paragraph(f"Otras imágenes en el registro: {left_out}.", BODY)


def _image(jpeg: bytes) -> Flowable | None:
    try:
        width_px, height_px = ImageReader(io.BytesIO(jpeg)).getSize()
    except Exception:  # noqa: BLE001 - whatever a damaged file brings the library to: the parte is made without it
        return None
    scale = min(_PICTURE_MM[0] * mm / width_px, _PICTURE_MM[1] * mm / height_px)
    return Image(io.BytesIO(jpeg), width=width_px * scale, height=height_px * scale, hAlign="LEFT")


def _timeline(incident: Incident, config: Config) -> Iterator[Flowable]:
    yield Paragraph("Línea de tiempo", HEADING)
    rows: list[list[Any]] = [[Paragraph(head, HEAD) for head in ("Hora", "Qué", "Detalle", "Quién, terminal")]]
    for entry in incident.timeline:
        who = " · ".join(part for part in (entry.actor, entry.terminal) if part)
        detail = _detail(incident, entry.detail, config)
        at = both(entry.wall_ns, config)
        rows.append([cell(at), cell(entry_word(entry.kind)), cell(detail), cell(who)])
    yield table(rows, (34, 38, 78, 40))


def _detail(incident: Incident, detail: dict[str, str], config: Config) -> str:
    lines = []
    if code := detail.get("agency"):
        lines.append(agency_name(code, config))
    words: dict[str, Callable[[str], str]] = {
        "outcome": outcome_word,
        "result": result_word,
        "zone": zone_words,
        "role": role_word,
        "camera_id": lambda camera_id: camera_of(incident, camera_id, config),
        "by": channel_word,
        "then": channel_word,
    }
    told = {name: detail[name] for name in _TEXTS if detail.get(name)}
    lines += [_TEXTS[name].format(words.get(name, str)(text)) for name, text in told.items()]
    return "\n".join(lines)


def _signatures(digest: str) -> Iterator[Flowable]:
    yield Spacer(0, 4 * mm)
    yield Paragraph(f"SHA-256 del registro: {digest}", CELL)
    line = "_" * 34
    lines = [[line, line], ["Operador de la central", "Supervisor de turno"]]
    yield KeepTogether([Spacer(0, 16 * mm), Table(lines, colWidths=[95 * mm, 95 * mm])])
