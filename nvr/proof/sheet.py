"""A day's proof as CSV: UTF-8 with a byte order mark (spreadsheets ask for one), commas, decimal points, one row a camera and one for all."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from nvr.clock import NS_PER_MS
from nvr.proof.account import CAUSES
from nvr.proof.day import DayProof, percent

_CAUSE_COLUMNS: Final = {
    "link": "enlace_s",
    "camera": "camara_s",
    "authentication": "autenticacion_s",
    "disk": "disco_s",
    "software": "software_s",
    "planned": "planificado_s",
}
COLUMNS: Final = (
    "fecha", "camara", "numero", "lugar", "troncal", "debido_s", "grabado_s", "porcentaje",
    *(_CAUSE_COLUMNS[cause] for cause in CAUSES),
    "mayor_vacio_s", "por_confirmar_s", "ya_no_conservado_s", "sin_explicar_s",
)  # fmt: skip


def seconds(length_ns: int) -> str:
    """Seconds with milliseconds, rounded down."""
    ms = length_ns // NS_PER_MS
    return f"{ms // 1000}.{ms % 1000:03d}"


_FORMULA: Final = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=\s*[=+@\-\uff1d\uff0b\uff20\uff0d]|[\t\r\n])")
"""Where a cell begins, also for a spreadsheet that takes semicolons or tabs for the separator, as those do whose decimal sign is a comma; and what makes it
a formula there, with the wide forms of the same signs that some programs take for them."""


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula (CWE-1236)."""
    return _FORMULA.sub("'", text)


def csv_bytes(proof: DayProof) -> bytes:
    """The sheet. The same proof gives the same bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    day = proof.day.isoformat()
    for camera in proof.cameras:
        made = camera.account
        causes = made.by_cause_ns()
        writer.writerow(
            [
                day,
                camera.camera_id,
                camera.number,
                plain(camera.name),
                plain(camera.trunk or ""),
                seconds(made.due_ns),
                seconds(made.recorded_ns),
                percent(made.recorded_ns, made.due_ns),
                *(seconds(causes[cause]) for cause in CAUSES),
                seconds(made.longest_gap_ns),
                seconds(sum(span.length_ns for span in made.pending)),
                seconds(sum(span.length_ns for span in made.expired)),
                seconds(made.unexplained_ns),
            ]
        )
    totals = proof.totals()
    writer.writerow(
        [
            day,
            "TOTAL",
            totals.cameras,
            "",
            "",
            seconds(totals.due_ns),
            seconds(totals.recorded_ns),
            percent(totals.recorded_ns, totals.due_ns),
            *(seconds(totals.by_cause_ns[cause]) for cause in CAUSES),
            seconds(totals.longest_gap_ns),
            seconds(totals.pending_ns),
            seconds(totals.expired_ns),
            seconds(totals.unexplained_ns),
        ]
    )
    return out.getvalue().encode("utf-8-sig")
