"""What lies in holds, of many at once: their main stream's files, and what they weigh. A few queries for a page of them, never one for each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from nvr.catalogue.coverage import FILE_COLUMNS, FileSpan
from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import LONGEST_SPAN_NS, OPEN_OR_LONG, holds
from nvr.catalogue.tables import segments as file_table
from nvr.media import StreamKind

_EVER: Final = 2**63 - 1
_UNTIL: Final = sa.func.coalesce(holds.c.to_wall_ns, _EVER)
_START, _END = file_table.c.start_wall_ns, file_table.c.end_wall_ns


def files(tx: Transaction, hold_ids: Collection[str]) -> dict[str, list[FileSpan]]:
    """The files of its main stream that each of these holds touches, by the hold's id, in no order; an empty list for one that touches none."""
    found: dict[str, list[FileSpan]] = {hold_id: [] for hold_id in hold_ids}
    usual = sa.and_(_touching(StreamKind.MAIN), _END - _START <= LONGEST_SPAN_NS)
    unusual = sa.and_(
        file_table.c.camera_id == holds.c.camera_id,
        file_table.c.stream == StreamKind.MAIN.value,
        file_table.c.deleting.is_(False),
        OPEN_OR_LONG,
        _START < _UNTIL,
        sa.or_(_END.is_(None), holds.c.from_wall_ns < _END),
    )
    mine = holds.c.hold_id.in_(sorted(hold_ids))
    for touching in (usual, unusual):
        query = sa.select(holds.c.hold_id, *FILE_COLUMNS).select_from(holds.join(file_table, touching)).where(mine)
        for hold_id, *values in tx.connection.execute(query):
            found[hold_id].append(FileSpan(*values))
    return found


def weights_bytes(tx: Transaction, hold_ids: Collection[str]) -> dict[str, int]:
    """What the files that each of these holds touches weigh, each by the share of its time that is held; by id, in one query.

    Holds that touch no file are left out, and so is a file that is still being written.
    """
    first = sa.case((holds.c.from_wall_ns > _START, holds.c.from_wall_ns), else_=_START)
    last = sa.case((_END > _UNTIL, _UNTIL), else_=_END)
    # A share in floating point: bytes times nanoseconds of a long file would not fit into 64 bit.
    share = sa.cast(last - first, sa.Double) / sa.case((_END > _START, _END - _START), else_=1)
    query = (
        sa.select(holds.c.hold_id, sa.func.sum(file_table.c.size_bytes * share))
        # Each stream by name: without it the index by start would be walked from the camera's first file.
        .select_from(holds.join(file_table, _touching(*StreamKind)))
        .where(holds.c.hold_id.in_(sorted(hold_ids)))
        .group_by(holds.c.hold_id)
    )
    return {hold_id: round(weight or 0) for hold_id, weight in tx.connection.execute(query)}


def _touching(*streams: StreamKind) -> sa.ColumnElement[bool]:
    """Closed files of these streams that a hold touches, found by their start."""
    return sa.and_(
        file_table.c.camera_id == holds.c.camera_id,
        file_table.c.stream.in_([stream.value for stream in streams]),
        file_table.c.deleting.is_(False),
        _START < _UNTIL,
        holds.c.from_wall_ns - LONGEST_SPAN_NS < _START,
        holds.c.from_wall_ns < _END,
    )
