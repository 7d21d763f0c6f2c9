"""Was this camera recording at that moment? Found in the account, said in a line or two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from nvr.catalogue.coverage import FileSpan
from nvr.clock import NS_PER_S
from nvr.config import Camera, Config
from nvr.config.former import FormerCamera
from nvr.errors import InvalidInput
from nvr.proof.account import SEAM_NS, GapSpan, Span
from nvr.proof.reading import Books, stream_proof
from nvr.proof.words import Language, cause_word, clock_time, clock_time_ms, duration
from nvr.spanish import spanish_line

_AROUND_NS: Final = 86_400 * NS_PER_S
"""A gap is shown with its whole length, up to a day on either side."""
Verdict = Literal["recorded", "gap", "pending", "expired", "unexplained", "not_due"]


@dataclass(frozen=True, slots=True)
class Moment:
    """What was at a moment. ``file`` where it was recorded, ``gap`` where there is one."""

    camera: Camera
    at_wall_ns: int
    verdict: Verdict
    file: FileSpan | None = None
    gap: GapSpan | None = None


def moment(books: Books, camera: Camera, at_ns: int, now_ns: int) -> Moment:
    """What was with a camera's main stream at a time.

    Raises:
        CatalogueError: it can't be read.
        InvalidInput: that time is still to come.
    """
    if at_ns >= now_ns:
        raise InvalidInput(
            "that time is still to come", f"it is {clock_time(now_ns, books.config.timezone)} at the site"
        )
    with books.catalogue.read() as tx:
        proof = stream_proof(tx, books.recordings, camera, (at_ns - _AROUND_NS, at_ns + _AROUND_NS), now_ns)
    made = proof.account
    lists: tuple[tuple[Verdict, tuple[Span, ...]], ...] = (
        ("recorded", made.recorded),
        ("gap", made.gaps),
        ("pending", made.pending),
        ("expired", made.expired),
        ("unexplained", made.unexplained),
    )
    for verdict, spans in lists:
        span = next((each for each in spans if each.start_wall_ns <= at_ns < each.end_wall_ns), None)
        if span is not None:
            file = _file_at(proof.files, at_ns) if verdict == "recorded" else None
            return Moment(camera, at_ns, verdict, file, span if isinstance(span, GapSpan) else None)
    return Moment(camera, at_ns, "not_due")


def _file_at(files: tuple[FileSpan, ...], at_ns: int) -> FileSpan | None:
    """The newest file that holds a moment: where a clock stepped back, two may."""
    holding = [
        each
        for each in files
        if each.start_wall_ns <= at_ns and (each.end_wall_ns is None or at_ns < each.end_wall_ns + SEAM_NS)
    ]
    return max(holding, key=lambda each: each.start_wall_ns, default=None)


def parse_moment(text: str, timezone: str) -> int:
    """UTC nanoseconds of ``2026-11-22 03:12`` or ``2026-11-22 03:12:05.250`` at the site; with an offset (``…-05:00``, ``…Z``), of that.

    Raises:
        InvalidInput: no such time, or one that a clock that was put back showed twice.
    """
    try:
        found: datetime | None = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or len(text.strip()) <= len("2026-11-22"):
        raise InvalidInput(f"{text!r} is no time", 'write e.g. --at "2026-11-22 03:12"')
    if found.tzinfo is None:
        zone = ZoneInfo(timezone)
        early, late = found.replace(tzinfo=zone, fold=0), found.replace(tzinfo=zone, fold=1)
        if early.utcoffset() != late.utcoffset():
            raise InvalidInput(
                f"clocks were changed at {text}, there was no such time or it was there twice",
                "write the offset behind it, e.g. 2026-11-22T03:12-05:00",
            )
        found = early
    micros = round(found.timestamp() * 1_000_000)
    return micros * 1000


def sentence(found: Moment, config: Config, language: Language) -> str:
    """The answer."""
    zone = config.timezone
    camera = f"{found.camera.id} ({found.camera.number}, {found.camera.name})"
    when = clock_time_ms(found.at_wall_ns, zone)
    spanish = language == "es"
    head = f"{camera}, {when} {zone}: "
    match found.verdict:
        case "recorded":
            return (
                head
                + ("SÍ grababa." if spanish else "YES, it was recording.")
                + _file_words(found.file, zone, language)
            )
        case "gap" if found.gap is not None:
            cause, gap = cause_word(found.gap.cause, language), found.gap
            end = ("sigue" if spanish else "goes on") if gap.ongoing else clock_time_ms(gap.end_wall_ns, zone)
            words = ("NO grababa. Causa" if spanish else "NO, it was not recording. Cause") + f": {cause}"
            detail = spanish_line(gap.detail) if spanish else gap.detail
            words += f" ({detail})" if detail else ""
            label = "Vacío" if spanish else "Gap"
            return (
                f"{head}{words}.\n{label}: {clock_time_ms(gap.start_wall_ns, zone)} – {end}, {duration(gap.length_ns)}"
            )
        case "pending":
            return head + (
                "aún por confirmar; pregunte en un minuto." if spanish else "not yet known; ask in a minute."
            )
        case "expired":
            return head + (
                "la grabación de ese tiempo ya no se conserva; vea la constancia de ese día en data/coverage."
                if spanish
                else "recordings of that time are no longer kept; see that day's proof in data/coverage."
            )
        case "not_due":
            why = ("no estaba en la configuración", "it was not in the configuration")
            if not isinstance(found.camera, FormerCamera):
                why = ("no le correspondía grabar todavía", "it was not due to record yet")
            return f"{head}{why[0] if spanish else why[1]}."
        case _:
            return head + (
                "SIN EXPLICACIÓN: ni grabación ni vacío con causa."
                if spanish
                else "UNEXPLAINED: neither recorded nor a gap."
            )


def _file_words(file: FileSpan | None, zone: str, language: Language) -> str:
    if file is None:
        return ""
    spanish = language == "es"
    end = (
        ("en curso" if spanish else "being written")
        if file.end_wall_ns is None
        else clock_time_ms(file.end_wall_ns, zone)
    )
    digest = file.sha256 or ("al cerrarse el archivo" if spanish else "when the file is closed")
    name = "Archivo" if spanish else "File"
    if file.groomed:
        digest += (
            "\nDe este tiempo solo quedan los cuadros clave."
            if spanish
            else "\nOnly the key frames of this time are left."
        )
    if file.damaged_wall_ns is not None:
        found = clock_time_ms(file.damaged_wall_ns, zone)
        digest += (
            f"\nATENCIÓN: el disco ya no lo tiene como se grabó (visto el {found})."
            if spanish
            else f"\nBEWARE: the disk no longer has it as it was written (found {found})."
        )
    return f"\n{name}: {file.path}\n         {clock_time_ms(file.start_wall_ns, zone)} – {end}\nSHA-256: {digest}"
