"""What the catalogue knows of a stream's recording, lean enough for a day of every camera: spans, gaps, and where knowledge begins and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

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


@dataclass(frozen=True, slots=True)
class StreamPast:
    """What is known of one stream whatever the window: its newest files and gap, where knowledge begins and what of it is still kept, and how it is now."""

    newest_files: tuple[FileSpan, ...]
    newest_gap: GapRow | None
    first_wall_ns: int | None
    oldest_kept_wall_ns: int | None
    state: CameraState | None

    def within(self, files: Iterable[FileSpan], gaps: Iterable[GapRow]) -> StreamKnowledge:
        """The same with what touches a window."""
        all_files = {each.segment_id: each for each in (*files, *self.newest_files)}
        all_gaps = {each.gap_id: each for each in (*gaps, *(() if self.newest_gap is None else (self.newest_gap,)))}
        return StreamKnowledge(
            files=tuple(sorted(all_files.values(), key=lambda each: (each.start_wall_ns, each.segment_id))),
            gaps=tuple(sorted(all_gaps.values(), key=lambda each: (each.start_wall_ns, each.gap_id))),
            first_wall_ns=self.first_wall_ns,
            oldest_kept_wall_ns=self.oldest_kept_wall_ns,
            state=self.state,
        )


FILE_COLUMNS: Final = tuple(
    segment_table.c[name]
    for name in ("segment_id", "start_wall_ns", "end_wall_ns", "path", "sha256", "groomed", "damaged_wall_ns")
)
"""What a ``FileSpan`` is made of."""


def past(tx: Transaction, camera_id: str, stream: StreamKind) -> StreamPast:
    """What an account of any window needs of a stream; a handful of queries, each on an index."""
    table, gaps = segment_table, gap_table
    mine = sa.and_(table.c.camera_id == camera_id, table.c.stream == stream.value, table.c.deleting.is_(False))
    of_stream = sa.and_(gaps.c.camera_id == camera_id, gaps.c.stream == stream.value)
    start = table.c.start_wall_ns
    newest = tx.connection.execute(sa.select(*FILE_COLUMNS).where(mine).order_by(start.desc()).limit(_NEWEST))
    last = sa.select(gaps).where(of_stream).order_by(gaps.c.end_wall_ns.desc()).limit(1)
    gap = tx.connection.execute(last).mappings().first()
    first_file = tx.connection.execute(sa.select(sa.func.min(start)).where(mine)).scalar_one()
    first_gap = tx.connection.execute(sa.select(sa.func.min(gaps.c.start_wall_ns)).where(of_stream)).scalar_one()
    return StreamPast(
        newest_files=tuple(FileSpan(**row) for row in newest.mappings()),
        newest_gap=None if gap is None else gap_row(gap),
        first_wall_ns=min((each for each in (first_file, first_gap) if each is not None), default=None),
        oldest_kept_wall_ns=tx.connection.execute(
            sa.select(sa.func.min(start)).where(mine, table.c.held.is_(False))
        ).scalar_one(),
        state=camera_states.find(tx, camera_id, stream),
    )


def knowledge(tx: Transaction, camera_id: str, stream: StreamKind, from_ns: int, to_ns: int) -> StreamKnowledge:
    """Everything that an account of [from_ns, to_ns) needs."""
    table, gaps = segment_table, gap_table
    mine = sa.and_(table.c.camera_id == camera_id, table.c.stream == stream.value, table.c.deleting.is_(False))
    start, end = table.c.start_wall_ns, table.c.end_wall_ns
    queries = (
        sa.select(*FILE_COLUMNS).where(
            mine, start < to_ns, start > from_ns - LONGEST_SPAN_NS, end > from_ns, end - start <= LONGEST_SPAN_NS
        ),
        sa.select(*FILE_COLUMNS).where(mine, OPEN_OR_LONG, start < to_ns, sa.or_(end.is_(None), end > from_ns)),
    )
    files = [FileSpan(**row) for query in queries for row in tx.connection.execute(query).mappings()]
    in_window = sa.select(gaps).where(
        gaps.c.camera_id == camera_id,
        gaps.c.stream == stream.value,
        gaps.c.start_wall_ns < to_ns,
        gaps.c.end_wall_ns > from_ns,
    )
    rows = [gap_row(row) for row in tx.connection.execute(in_window).mappings()]
    return past(tx, camera_id, stream).within(files, rows)


def gap_row(row: Mapping[str, Any] | sa.RowMapping) -> GapRow:
    """A row of ``gaps``."""
    return GapRow(**{**row, "stream": StreamKind(row["stream"])})


def first_knowledge(tx: Transaction) -> int | None:
    """Begin of the oldest file or gap of any camera."""
    found = [
        tx.connection.execute(sa.select(sa.func.min(table.c.start_wall_ns))).scalar_one()
        for table in (segment_table, gap_table)
    ]
    return min((each for each in found if each is not None), default=None)
