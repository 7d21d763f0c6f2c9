"""``nvr coverage``: was a camera recording at a moment, and the proof of a day."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import cast

from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.catalogue.engine import Catalogue
from nvr.config import Camera, Config
from nvr.errors import InvalidInput, NotFound, StorageError
from nvr.proof import archive
from nvr.proof.day import DayProof, day_bounds, day_proof, percent
from nvr.proof.moment import moment, parse_moment, sentence
from nvr.proof.reading import Books
from nvr.proof.sheet import csv_bytes
from nvr.proof.words import Language, cause_word, duration
from nvr.steady_clock import now_on_line


def options(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """The subcommand's options; ``run`` carries it out."""
    parser.add_argument("--camera", help="id or number: answer for one camera, with --at")
    parser.add_argument("--at", help='"2026-11-22 03:12", the site\'s time; with an offset behind it, that')
    parser.add_argument("--day", help="2026-11-22: the proof of a day, of all cameras")
    parser.add_argument("--csv", type=Path, help="with --day: also write it into this file")
    parser.add_argument("--pdf", type=Path, help="with --day: also write it into this file")
    usual = "en" if (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").startswith("en") else "es"
    parser.add_argument(
        "--language", choices=["es", "en"], default=usual, help=f"of the answer (default here: {usual})"
    )
    parser.set_defaults(run=run)


def answer(asked: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Carry it out; 1 where the camera was not recording, or where some time of the day is unexplained.

    Raises:
        NvrError: with the remedy.
    """
    if (asked.camera is None) != (asked.at is None) or (asked.at is None) == (asked.day is None):
        raise InvalidInput("coverage of what?", 'give --camera cam17 --at "2026-11-22 03:12", or --day 2026-11-22')
    if asked.day is None and (asked.csv or asked.pdf):
        raise InvalidInput("--csv and --pdf go with --day", "leave them out, or name a day")
    language = cast("Language", asked.language)
    with _books(asked) as (books, folders):
        if asked.day is None:
            return _moment(books, folders, asked, say, language)
        return _day(books, folders, asked, say, language)


@contextmanager
def _books(asked: argparse.Namespace) -> Iterator[tuple[Books, Folders]]:
    config = effective_config(asked, say=True)
    folders = Folders.of(config)
    catalogue = Catalogue(folders.database_url(config))
    try:
        yield Books(catalogue, config, folders.recordings), folders
    finally:
        catalogue.close()


def _moment(
    books: Books, folders: Folders, asked: argparse.Namespace, say: Callable[[str], None], language: Language
) -> int:
    camera = _camera(books.config, asked.camera)
    at_ns = parse_moment(asked.at, books.config.timezone)
    found = moment(books, camera, at_ns, now_on_line(folders.data))
    say(sentence(found, books.config, language))
    return 0 if found.verdict == "recorded" else 1


def _camera(config: Config, name: str) -> Camera:
    for camera in config.cameras:
        if camera.id == name or (name.isdecimal() and camera.number == int(name)):
            return camera
    raise NotFound(f"no camera is called {name}", "give an id of the configuration, e.g. cam17, or a number")


def _day(
    books: Books, folders: Folders, asked: argparse.Namespace, say: Callable[[str], None], language: Language
) -> int:
    try:
        day = date.fromisoformat(asked.day)
    except ValueError:
        raise InvalidInput(f"{asked.day!r} is no day", "write e.g. --day 2026-11-22") from None
    now_ns = now_on_line(folders.data)
    if not date(2000, 1, 1) <= day <= date(2200, 1, 1) or day_bounds(day, books.config.timezone)[0] >= now_ns:
        raise InvalidInput(f"{day} is not a day that has begun", "name an earlier one")
    proof = day_proof(books, day, now_ns)
    for line in table(proof, language):
        say(line)
    if asked.csv or asked.pdf:
        _export(folders, proof, asked.csv, asked.pdf, say)
    return 1 if proof.totals().unexplained_ns else 0


def _export(
    folders: Folders, proof: DayProof, csv_path: Path | None, pdf_path: Path | None, say: Callable[[str], None]
) -> None:
    from nvr.proof.document import pdf_bytes  # noqa: PLC0415 - a quarter of a second that a table does not need

    kept = archive.kept(folders.proofs, proof.day)
    sheet, document = kept or (csv_bytes(proof), b"")
    if pdf_path is not None and not document:
        document = pdf_bytes(proof, sheet)
    for path, data in ((csv_path, sheet), (pdf_path, document)):
        if path is None:
            continue
        try:
            path.write_bytes(data)
        except OSError as error:
            raise StorageError(f"{path} can't be written ({error.strerror})", "name another file") from error
        say(str(path))


def table(proof: DayProof, language: Language) -> Iterator[str]:
    """The proof for a terminal."""
    spanish = language == "es"
    heads = ("N.º", "cámara", "debido", "grabado", "%", "vacíos") if spanish else (
        "no", "camera", "due", "recorded", "%", "gaps")  # fmt: skip
    part = "" if proof.over else (" (hasta ahora)" if spanish else " (up to now)")
    yield f"{proof.site}, {proof.day.isoformat()}{part}, {proof.timezone}"
    yield _line(*heads)
    for camera in proof.cameras:
        made = camera.account
        causes = [
            f"{cause_word(cause, language)} {duration(length_ns)}"
            for cause, length_ns in made.by_cause_ns().items()
            if length_ns
        ]
        if made.unexplained_ns:
            causes.append(("SIN EXPLICAR " if spanish else "UNEXPLAINED ") + duration(made.unexplained_ns))
        yield _line(
            str(camera.number),
            camera.camera_id,
            duration(made.due_ns),
            duration(made.recorded_ns),
            percent(made.recorded_ns, made.due_ns) or "–",
            ", ".join(causes) or "–",
        )
    totals = proof.totals()
    longest = ("mayor vacío " if spanish else "longest gap ") + duration(totals.longest_gap_ns)
    share = percent(totals.recorded_ns, totals.due_ns) or "–"
    yield _line("", "total", duration(totals.due_ns), duration(totals.recorded_ns), share, longest)


def _line(*cells: str) -> str:
    number, camera, due, recorded, share, gaps = cells
    return f"{number:>4} {camera:<12} {due:>20} {recorded:>20} {share:>7}  {gaps}".rstrip()
