"""The daily proof that cameras recorded: for screens, and as the sheet and document that are handed to the Fiscalía."""

from __future__ import annotations

from datetime import date
from typing import Final

from fastapi import Response

from console_web import schemas
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.days import Day
from console_web.guard import Caller, guarded_router, requires
from console_web.milliseconds import ms
from console_web.problems import invalid
from nvr.proof import archive
from nvr.proof.account import Account
from nvr.proof.day import CameraDay, DayProof, day_bounds, day_proof, percent
from nvr.proof.reading import Books
from nvr.proof.sheet import csv_bytes
from nvr.spanish import spanish_line

router = guarded_router()
_CSV: Final = "text/csv; charset=utf-8"
_PDF: Final = "application/pdf"


@router.get("/api/coverage")
@requires(Action.SEE_COVERAGE)
async def coverage(day: Day, who: Caller, parts: Parts) -> schemas.DayCoverageOut:
    """A day of the site's calendar, up to now where it is not over, of the cameras within reach."""
    return _shaped(await parts.services.threads.files(_proof, parts, who, day))


@router.get("/api/coverage.csv", response_class=Response)
@requires(Action.SEE_COVERAGE)
async def sheet(day: Day, who: Caller, parts: Parts) -> Response:
    """The same as CSV: the one that was kept when the day was over, where the caller may see all of it."""
    data, _ = await parts.services.threads.files(_files, parts, who, day)
    return await _download(parts, who, day, data, _CSV)


@router.get("/api/coverage.pdf", response_class=Response)
@requires(Action.SEE_COVERAGE)
async def document(day: Day, who: Caller, parts: Parts) -> Response:
    """The same as PDF, with the SHA-256 of the CSV."""
    _, data = await parts.services.threads.files(_files, parts, who, day)
    return await _download(parts, who, day, data, _PDF)


async def _download(parts: Console, who: Identity, day: date, data: bytes, kind: str) -> Response:
    ending = "pdf" if kind == _PDF else "csv"
    await parts.note_look(who, "coverage.export", day.isoformat(), {"kind": ending})
    disposition = f'attachment; filename="constancia-{day.isoformat()}.{ending}"'
    return Response(data, media_type=kind, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"})


def _proof(parts: Console, who: Identity, day: date) -> DayProof:
    services = parts.services
    now_ns = services.clock.wall_ns()
    if day_bounds(day, services.config.timezone)[0] >= now_ns:
        raise invalid("Ese día aún no empieza.")
    visible = [camera.id for camera in services.config.cameras if parts.sees(who, camera.id)]
    return day_proof(Books(services.catalogue, services.config, services.recordings), day, now_ns, visible)


def _files(parts: Console, who: Identity, day: date) -> tuple[bytes, bytes]:
    folder = parts.services.proofs
    kept = archive.kept(folder, day) if folder is not None and who.subject.cameras is None else None
    if kept is not None:
        return kept
    from nvr.proof.document import pdf_bytes  # noqa: PLC0415 - the PDF library stays out of memory until somebody asks

    proof = _proof(parts, who, day)
    data = csv_bytes(proof)
    return data, pdf_bytes(proof, data)


def _shaped(proof: DayProof) -> schemas.DayCoverageOut:
    totals = proof.totals()
    return schemas.DayCoverageOut(
        day=proof.day.isoformat(),
        from_wall_ms=ms(proof.from_wall_ns),
        to_wall_ms=ms(proof.to_wall_ns),
        over=proof.over,
        cameras=[_camera(each) for each in proof.cameras],
        total=schemas.CoverageSumOut(
            due_ms=ms(totals.due_ns),
            recorded_ms=ms(totals.recorded_ns),
            percent=_share(totals.recorded_ns, totals.due_ns),
            gaps_ms={cause: ms(length_ns) for cause, length_ns in totals.by_cause_ns.items()},
            longest_gap_ms=ms(totals.longest_gap_ns),
            pending_ms=ms(totals.pending_ns),
            expired_ms=ms(totals.expired_ns),
            unexplained_ms=ms(totals.unexplained_ns),
        ),
    )


def _camera(each: CameraDay) -> schemas.CameraCoverageOut:
    return schemas.CameraCoverageOut(
        camera_id=each.camera_id,
        number=each.number,
        name=each.name,
        trunk=each.trunk,
        sum=_sum(each.account),
        gaps=[
            schemas.OpenGapOut(
                from_wall_ms=ms(gap.start_wall_ns),
                to_wall_ms=ms(gap.end_wall_ns),
                cause=gap.cause,
                detail=spanish_line(gap.detail),
                ongoing=gap.ongoing,
            )
            for gap in each.account.gaps
        ],
    )


def _sum(account: Account) -> schemas.CoverageSumOut:
    return schemas.CoverageSumOut(
        due_ms=ms(account.due_ns),
        recorded_ms=ms(account.recorded_ns),
        percent=_share(account.recorded_ns, account.due_ns),
        gaps_ms={cause: ms(length_ns) for cause, length_ns in account.by_cause_ns().items()},
        longest_gap_ms=ms(account.longest_gap_ns),
        pending_ms=sum(ms(span.length_ns) for span in account.pending),
        expired_ms=sum(ms(span.length_ns) for span in account.expired),
        unexplained_ms=ms(account.unexplained_ns),
    )


def _share(part_ns: int, due_ns: int) -> float | None:
    text = percent(part_ns, due_ns)
    return float(text) if text else None
