"""A room's figures as CSV, a sheet each for times, false alerts and hours: UTF-8 with a byte order mark, decimal points. No text in them is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from alerts.figures import HOURS, By, Figures, Share, Step, rows
from nvr.proof.sheet import plain, seconds

COLUMNS: Final = (
    "POR", "GRUPO", "PASO", "CUANTOS", "SIN PASO", "RELOJ DUDOSO", "P50_S", "P90_S", "P95_S", "A TIEMPO", "CON PLAZO",
)  # fmt: skip
FALSE_COLUMNS: Final = ("POR", "GRUPO", "CERRADAS", "FALSAS", "PORCENTAJE")
HOUR_COLUMNS: Final = ("POR", "GRUPO", *(f"{hour:02d}" for hour in range(HOURS)), "TOTAL")
_DAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_BY: Final = {
    By.ALL: "todo", By.SHIFT: "turno", By.TYPE: "tipo", By.SECTOR: "sector", By.CAMERA: "cámara", By.AGENCY: "entidad",
}  # fmt: skip
_STEPS: Final = {
    Step.QUEUED: "en la cola", Step.SEEN: "vista", Step.TAKEN: "tomada", Step.DISPATCHED: "despachada", Step.RECEIVED: "recibido",
    Step.ARRIVED: "en el lugar", Step.CLOSED: "cerrado",
}  # fmt: skip


def figures_csv(found: Figures, name: Callable[[By, str], str]) -> bytes:
    """The times, a row for each group and step. ``name`` gives what a group is called."""
    return _sheet(
        COLUMNS,
        (
            [
                _BY[by],
                plain(name(by, key)),
                _STEPS[step],
                len(figure.times_ns),
                figure.missing,
                figure.unknown,
                *(
                    "" if time_ns is None else seconds(time_ns)
                    for time_ns in map(figure.percentile_ns, (0.5, 0.9, 0.95))
                ),
                figure.in_time,
                figure.limited,
            ]
            for by, key, step, figure in rows(found)
        ),
    )


def false_alerts_csv(found: Figures, name: Callable[[By, str], str]) -> bytes:
    """How many of the closed alerts were false: a row for each camera, then for each hour of the site's clock."""
    cameras = sorted(
        ((plain(name(By.CAMERA, camera_id)), share) for camera_id, share in found.false_by_camera.items()),
        key=lambda each: each[0],
    )
    hours = [(f"{hour:02d}", share) for hour, share in enumerate(found.false_by_hour)]
    return _sheet(
        FALSE_COLUMNS,
        [["cámara", *_share(group, share)] for group, share in cameras]
        + [["hora", *_share(group, share)] for group, share in hours],
    )


def hours_csv(found: Figures, name: Callable[[By, str], str]) -> bytes:
    """Incidents by hour of the site's clock: a row for each camera where there were any, then for each day of the week."""
    places = sorted((plain(name(By.CAMERA, camera_id)), hours) for camera_id, hours in found.places.items())
    days = zip(_DAYS, found.incidents, strict=True)
    return _sheet(
        HOUR_COLUMNS,
        [["cámara", group, *hours, sum(hours)] for group, hours in places]
        + [["día", day, *hours, sum(hours)] for day, hours in days],
    )


def _share(group: str, share: Share) -> list[object]:
    return [group, share.closed, share.false, f"{100 * share.false / share.closed:.1f}" if share.closed else ""]


def _sheet(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
