"""The room's times as CSV: UTF-8 with a byte order mark, seconds with a decimal point, a row for each group and step."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Final

from alerts.figures import By, Figures, Step, rows
from nvr.proof.sheet import plain, seconds

COLUMNS: Final = (
    "POR", "GRUPO", "PASO", "CUANTOS", "SIN PASO", "RELOJ DUDOSO", "P50_S", "P90_S", "P95_S", "A TIEMPO", "CON PLAZO",
)  # fmt: skip
_BY: Final = {
    By.ALL: "todo", By.SHIFT: "turno", By.TYPE: "tipo", By.SECTOR: "sector", By.CAMERA: "cámara", By.AGENCY: "entidad",
}  # fmt: skip
_STEPS: Final = {
    Step.SHOWN: "mostrada", Step.TAKEN: "tomada", Step.DISPATCHED: "despachada", Step.RECEIVED: "recibido",
    Step.ARRIVED: "en el lugar", Step.CLOSED: "cerrado",
}  # fmt: skip


def figures_csv(found: Figures, name: Callable[[By, str], str]) -> bytes:
    """No text in it is taken for a formula. ``name`` gives what a group is called."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for by, key, step, figure in rows(found):
        percentiles = [figure.percentile_ns(share) for share in (0.5, 0.9, 0.95)]
        writer.writerow(
            [
                _BY[by],
                plain(name(by, key)),
                _STEPS[step],
                len(figure.times_ns),
                figure.missing,
                figure.unknown,
                *("" if time_ns is None else seconds(time_ns) for time_ns in percentiles),
                figure.in_time,
                figure.limited,
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()
