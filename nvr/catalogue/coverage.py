"""What the catalogue knows of a stream's recording, lean enough for a day of every camera: spans, gaps, and where knowledge begins and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from nvr.catalogue import camera_states
from nvr.catalogue.camera_states import CameraState
from nvr.catalogue.engine import Transaction
from nvr.catalogue.segments import GapRow
from nvr.catalogue.tables import LONGEST_SPAN_NS, OPEN_OR_LONG
from nvr.catalogue.tables import gaps as gap_table
from nvr.catalogue.tables import segments as segment_table
from nvr.media import StreamKind

_NEWEST: Final = 4
"""Where clocks stepped, the file that began last need not end last: so many are looked at."""


@dataclass(frozen=True, slots=True)
class FileSpan:
    """A recorded file. ``end_wall_ns`` is None while it is being written; ``path`` is relative to the recordings folder; ``groomed``: nothing but its key
    frames is left; ``damaged_wall_ns``: when it was found that the disk no longer has it as it was written."""

    segment_id: str
    start_wall_ns: int
    end_wall_ns: int | None
    path: str
    sha256: str | None
    groomed: bool = False
    damaged_wall_ns: int | None = None


@dataclass(frozen=True, slots=True)
class StreamKnowledge:
    """What is known of one stream in a window, and around it.

    Attributes:
        files: those that touch the window, and the newest ones.
        gaps: those that touch the window, and the newest one.
        first_wall_ns: begin of the oldest file or gap on record; None where nothing was ever heard of a recording.
        oldest_kept_wall_ns: begin of the oldest file that the janitor may still delete; None where there is none.
        state: how the stream is now.
    """

    files: tuple[FileSpan, ...]
    gaps: tuple[GapRow, ...]
    first_wall_ns: int | None
    oldest_kept_wall_ns: int | None
    state: CameraState | None


def knowledge(tx: Transaction, camera_id: str, stream: StreamKind, from_ns: int, to_ns: int) -> StreamKnowledge:
    """Everything that an account of [from_ns, to_ns) needs. A handful of queries, each on an index."""
    table, gaps = segment_table, gap_table
    mine = sa.and_(table.c.camera_id == camera_id, table.c.stream == stream.value, table.c.deleting.is_(False))
    names = ("segment_id", "start_wall_ns", "end_wall_ns", "path", "sha256", "groomed", "damaged_wall_ns")
    fields = [table.c[name] for name in names]
    start, end = table.c.start_wall_ns, table.c.end_wall_ns
    queries = (
        sa.select(*fields).where(
            mine, start < to_ns, start > from_ns - LONGEST_SPAN_NS, end > from_ns, end - start <= LONGEST_SPAN_NS
        ),
        sa.select(*fields).where(mine, OPEN_OR_LONG, start < to_ns, sa.or_(end.is_(None), end > from_ns)),
        sa.select(*fields).where(mine).order_by(start.desc()).limit(_NEWEST),
    )
    files: dict[str, FileSpan] = {}
    for query in queries:
        for row in tx.connection.execute(query).mappings():
            files[row["segment_id"]] = FileSpan(**row)
    of_stream = sa.and_(gaps.c.camera_id == camera_id, gaps.c.stream == stream.value)
    gap_queries = (
        sa.select(gaps).where(of_stream, gaps.c.start_wall_ns < to_ns, gaps.c.end_wall_ns > from_ns),
        sa.select(gaps).where(of_stream).order_by(gaps.c.end_wall_ns.desc()).limit(1),
    )
    rows = {
        row["gap_id"]: GapRow(**{**row, "stream": StreamKind(row["stream"])})
        for gap_query in gap_queries
        for row in tx.connection.execute(gap_query).mappings()
    }
    first_file = tx.connection.execute(sa.select(sa.func.min(start)).where(mine)).scalar_one()
    first_gap = tx.connection.execute(sa.select(sa.func.min(gaps.c.start_wall_ns)).where(of_stream)).scalar_one()
    oldest_kept = tx.connection.execute(sa.select(sa.func.min(start)).where(mine, table.c.held.is_(False))).scalar_one()
    return StreamKnowledge(
        files=tuple(sorted(files.values(), key=lambda each: (each.start_wall_ns, each.segment_id))),
        gaps=tuple(sorted(rows.values(), key=lambda each: (each.start_wall_ns, each.gap_id))),
        first_wall_ns=min((each for each in (first_file, first_gap) if each is not None), default=None),
        oldest_kept_wall_ns=oldest_kept,
        state=camera_states.find(tx, camera_id, stream),
    )


def first_knowledge(tx: Transaction) -> int | None:
    """Begin of the oldest file or gap of any camera."""
    found = [
        tx.connection.execute(sa.select(sa.func.min(table.c.start_wall_ns))).scalar_one()
        for table in (segment_table, gap_table)
    ]
    return min((each for each in found if each is not None), default=None)
