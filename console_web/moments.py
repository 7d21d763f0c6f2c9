"""Where the picture of a moment lies in what was recorded. Runs in threads."""

from __future__ import annotations

from typing import Final

from console_web.media import fragments_of_row
from console_web.services import Services
from console_web.stills import Place
from nvr.catalogue import segments
from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.media import TIMESCALE_HZ, StreamKind
from nvr.recording.boxes import FragmentSpan
from nvr.storage.layout import safe_join

_MS_PER_TICK: Final = 1000 / TIMESCALE_HZ


def place_at(services: Services, camera_id: str, at_ns: int) -> Place | None:
    """Where the picture of a time lies: the first one of the second after it where there is a short hole."""
    with services.catalogue.read() as tx:
        rows = segments.covering(tx, camera_id, StreamKind.MAIN, at_ns, at_ns + NS_PER_S)
    for row in rows:
        table = fragments_of_row(services.recordings, row)
        start: FragmentSpan | None = None
        for span in () if table is None else table.fragments:
            if span.starts_with_keyframe:
                start = span
            if (
                table is not None
                and start is not None
                and span.wall_ns <= at_ns + NS_PER_S
                and span.end_wall_ns > at_ns
            ):
                into_ms = max(0, at_ns - span.wall_ns) // NS_PER_MS
                return Place(
                    path=safe_join(services.recordings, row.path),
                    init_bytes=table.init_bytes,
                    from_byte=start.offset_bytes,
                    to_byte=span.offset_bytes + span.size_bytes,
                    offset_ms=round(span.start_dts * _MS_PER_TICK) + into_ms,
                )
    return None
