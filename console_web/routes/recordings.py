"""Recorded video of any time: playlists, the files behind them, and what there is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from starlette.responses import FileResponse

from console_web import schemas, targets
from console_web.access import Action
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.media import (
    LONGEST_WINDOW_NS,
    PLAYLIST_TYPE,
    Init,
    fragments_of_row,
    segment_response,
    window_playlist,
)
from console_web.milliseconds import ms, ns
from console_web.problems import invalid, not_found
from nvr.catalogue import movements, segments
from nvr.clock import NS_PER_S
from nvr.media import StreamKind
from nvr.spanish import spanish_line

router = guarded_router()

Ms = Annotated[int, Query(ge=0, le=253_402_300_799_000)]
_JOINED_NS: int = NS_PER_S
"""Files that follow one another within a second show as one span."""


def _window(from_ms: int, to_ms: int) -> tuple[int, int]:
    from_ns, to_ns = ns(from_ms), ns(to_ms)
    if not 0 < to_ns - from_ns <= LONGEST_WINDOW_NS:
        raise invalid("El tramo debe durar entre 1 ms y 24 h.")
    return from_ns, to_ns


@router.get("/api/cameras/{camera_id}/playlist.m3u8", response_class=Response)
@requires(Action.PLAY_RECORDINGS, targets.camera)
async def playlist(camera_id: str, from_ms: Ms, to_ms: Ms, who: Caller, parts: Parts) -> Response:
    """HLS of at most 24 hours."""
    from_ns, to_ns = _window(from_ms, to_ms)
    text = await parts.services.threads.files(
        window_playlist, parts.services, camera_id, from_ns, to_ns, over=True, uri="/api/segments/{}/media.mp4"
    )
    detail = {"from_ms": str(from_ms), "to_ms": str(to_ms)}
    await parts.note_look(who, "recording.play", camera_id, detail)
    return Response(text, media_type=PLAYLIST_TYPE)


@router.head("/api/segments/{segment_id}/media.mp4", include_in_schema=False)
@router.get("/api/segments/{segment_id}/media.mp4", response_class=FileResponse)
@requires(Action.PLAY_RECORDINGS, targets.segment)
async def segment_media(segment_id: str, parts: Parts, init: Init = None) -> Response:
    """A recorded file; byte ranges."""
    found = await parts.objects.find(parts.objects.segment, segment_id)
    if found is None:
        raise not_found()
    return await parts.services.threads.files(segment_response, parts.services.recordings, found.path, init)


@router.get("/api/cameras/{camera_id}/coverage")
@requires(Action.PLAY_RECORDINGS, targets.camera)
async def coverage(camera_id: str, from_ms: Ms, to_ms: Ms, parts: Parts) -> schemas.CoverageOut:
    """What was recorded, what was not and why, and what moved."""
    from_ns, to_ns = _window(from_ms, to_ms)
    return await parts.services.threads.files(_coverage, parts, camera_id, from_ns, to_ns)


def _coverage(parts: Console, camera_id: str, from_ns: int, to_ns: int) -> schemas.CoverageOut:
    with parts.services.catalogue.read() as tx:
        rows = segments.covering(tx, camera_id, StreamKind.MAIN, from_ns, to_ns)
        gaps = segments.gaps(tx, camera_id, from_ns, to_ns, stream=StreamKind.MAIN)
        moved = movements.movements(tx, camera_id, from_ns, to_ns)
    spans: list[tuple[int, int, tuple[bool, bool]]] = []
    for row in rows:
        end_ns = row.end_wall_ns
        if end_ns is None:
            table = fragments_of_row(parts.services.recordings, row)
            end_ns = row.start_wall_ns if table is None else table.end_wall_ns
        start_ns, end_ns = max(row.start_wall_ns, from_ns), min(end_ns, to_ns)
        state = (row.groomed, row.damaged_wall_ns is not None)
        if spans and start_ns - spans[-1][1] <= _JOINED_NS and state == spans[-1][2]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end_ns), state)
        elif end_ns > start_ns:
            spans.append((start_ns, end_ns, state))
    until_ns = min(to_ns, parts.services.clock.wall_ns())
    return schemas.CoverageOut(
        spans=[
            schemas.SpanOut(from_wall_ms=ms(start), to_wall_ms=ms(end), keyframes=groomed, damaged=damaged)
            for start, end, (groomed, damaged) in spans
        ],
        gaps=[
            schemas.GapOut(
                from_wall_ms=ms(max(gap.start_wall_ns, from_ns)),
                to_wall_ms=ms(min(gap.end_wall_ns, to_ns)),
                cause=gap.cause,
                detail=spanish_line(gap.detail),
            )
            for gap in gaps
        ],
        movements=[
            schemas.MovementOut(
                from_wall_ms=ms(max(each.start_wall_ns, from_ns)),
                to_wall_ms=ms(min(until_ns if each.end_wall_ns is None else each.end_wall_ns, to_ns)),
                zone=each.zone,
            )
            for each in moved
        ],
    )
