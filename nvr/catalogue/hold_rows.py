"""Holds at rest: which stretches of which cameras nothing may delete, and what they weigh."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import LONGEST_SPAN_NS, OPEN_OR_LONG, holds
from nvr.catalogue.tables import segments as segment_table
from nvr.media import StreamKind

_EVER: Final = 2**63 - 1
IS_HELD: Final = sa.text("held")
"""Reads like the condition of the index ``segments_held``, so that the planner uses it."""


class HoldState(StrEnum):
    """``active`` → ``asked`` (a release was asked for, and is still refused) → ``released``; or ``expired``, after a warning."""

    ACTIVE = "active"
    ASKED = "asked"
    RELEASED = "released"
    EXPIRED = "expired"


HOLDING: Final = (HoldState.ACTIVE.value, HoldState.ASKED.value)
"""States in which it holds."""


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold: [from, to) of one camera, ``to_wall_ns`` None: all since. The rest as in ``nvr.catalogue.tables``.

    ``version`` is given out by ``store``; two that differ in it alone are equal.
    """

    hold_id: str
    camera_id: str
    from_wall_ns: int
    to_wall_ns: int | None
    reason: str
    created_by: str
    created_wall_ns: int
    authority: str = ""
    state: HoldState = HoldState.ACTIVE
    incident_id: str | None = None
    expires_wall_ns: int | None = None
    warned_wall_ns: int | None = None
    asked_by_id: str | None = None
    asked_by: str | None = None
    asked_wall_ns: int | None = None
    asked_reason: str = ""
    ended_by: str | None = None
    ended_wall_ns: int | None = None
    version: int = field(default=0, compare=False)

    @property
    def holds(self) -> bool:
        """Whether it still holds."""
        return self.state.value in HOLDING


def store(tx: Transaction, hold: HoldRow) -> None:
    """Store a new hold, or one as it is now, as a version of its own, and hold the segments in it."""
    values = _columns(hold)
    tx.held.add(hold.hold_id)
    mine = holds.c.hold_id == hold.hold_id
    newest = sa.case((holds.c.version > hold.version, holds.c.version), else_=hold.version)
    if tx.connection.execute(sa.update(holds).where(mine).values(**values | {"version": newest + 1})).rowcount == 0:
        tx.connection.execute(sa.insert(holds).values(**values | {"version": hold.version + 1}))
    if hold.holds:
        _mark(tx, hold, held=True)


def end(tx: Transaction, hold: HoldRow) -> None:
    """Store a hold that no longer holds; segments that no other one touches are let go, the others may be cut anew."""
    store(tx, hold)
    # A file reaches beyond the hold: what lies beside the hold may be in it, and be another one's.
    reach_ns = _reach(tx, hold)
    _mark(tx, hold, held=False)
    if reach_ns is not None:
        for other in of_camera(tx, hold.camera_id, *reach_ns):
            _mark(tx, other, held=True)


def find(tx: Transaction, hold_id: str) -> HoldRow | None:
    """The hold of that id."""
    row = tx.connection.execute(sa.select(holds).where(holds.c.hold_id == hold_id)).mappings().first()
    return None if row is None else _row(row)


def of_incident(tx: Transaction, incident_id: str) -> list[HoldRow]:
    """Those placed for an incident, ended ones too."""
    return _rows(tx, sa.select(holds).where(holds.c.incident_id == incident_id).order_by(holds.c.hold_id))


def of_camera(tx: Transaction, camera_id: str, from_ns: int, to_ns: int | None) -> list[HoldRow]:
    """Those that hold something of [from, to) of a camera."""
    query = sa.select(holds).where(
        holds.c.camera_id == camera_id,
        holds.c.state.in_(HOLDING),
        sa.or_(holds.c.to_wall_ns.is_(None), holds.c.to_wall_ns > from_ns),
    )
    if to_ns is not None:
        query = query.where(holds.c.from_wall_ns < to_ns)
    return _rows(tx, query.order_by(holds.c.from_wall_ns))


def about(
    tx: Transaction, incident_id: str, camera_ids: Collection[str], from_ns: int, to_ns: int | None
) -> list[HoldRow]:
    """Those placed for an incident, and those that people placed on [from, to) of its cameras; ended ones too."""
    by_hand = sa.and_(
        holds.c.incident_id.is_(None),
        holds.c.camera_id.in_(camera_ids),
        holds.c.from_wall_ns < (_EVER if to_ns is None else to_ns),
        sa.or_(holds.c.to_wall_ns.is_(None), holds.c.to_wall_ns > from_ns),
    )
    query = sa.select(holds).where(sa.or_(holds.c.incident_id == incident_id, by_hand))
    return _rows(tx, query.order_by(holds.c.hold_id))


def touched(tx: Transaction, camera_id: str, from_ns: int, to_ns: int | None) -> bool:
    """Whether some hold holds something of this span of a camera."""
    return bool(of_camera(tx, camera_id, from_ns, to_ns))


def listing(
    tx: Transaction,
    states: Sequence[str],
    limit: int,
    *,
    cameras: Collection[str] | None = None,
    before: HoldRow | None = None,
) -> list[HoldRow]:
    """Holds in these states, newest first.

    Args:
        limit: at most so many.
        cameras: of these cameras alone; None: of all.
        before: those that come after this one in the list, for the next page; None: from the newest.
    """
    query = sa.select(holds).where(*_of(states, cameras))
    if before is not None:
        made, mine = holds.c.created_wall_ns, before.created_wall_ns
        query = query.where(sa.or_(made < mine, sa.and_(made == mine, holds.c.hold_id < before.hold_id)))
    return _rows(tx, query.order_by(holds.c.created_wall_ns.desc(), holds.c.hold_id.desc()).limit(limit))


def minded_by_people(tx: Transaction, limit: int) -> list[HoldRow]:
    """Those that hold and that no incident minds alone, newest first: placed by hand, or waiting for a decision."""
    mine = sa.or_(holds.c.incident_id.is_(None), holds.c.state == HoldState.ASKED.value)
    query = sa.select(holds).where(holds.c.state.in_(HOLDING), mine)
    return _rows(tx, query.order_by(holds.c.created_wall_ns.desc(), holds.c.hold_id.desc()).limit(limit))


def count(tx: Transaction, states: Sequence[str], cameras: Collection[str] | None = None) -> int:
    """How many are in these states, of these cameras alone, or of all."""
    query = sa.select(sa.func.count()).select_from(holds).where(*_of(states, cameras))
    return int(tx.connection.execute(query).scalar_one())


def _of(states: Sequence[str], cameras: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    mine: list[sa.ColumnElement[bool]] = [holds.c.state.in_(states)]
    return mine if cameras is None else [*mine, holds.c.camera_id.in_(sorted(cameras))]


def every(tx: Transaction) -> list[HoldRow]:
    """All of them, ended ones too."""
    return _rows(tx, sa.select(holds).order_by(holds.c.hold_id))


def some(tx: Transaction, hold_ids: Collection[str]) -> list[HoldRow]:
    """Those of these ids, ended ones too."""
    return [found for hold_id in sorted(hold_ids) if (found := find(tx, hold_id)) is not None]


def ending_before(tx: Transaction, wall_ns: int) -> list[HoldRow]:
    """Those that hold and end by themselves before a time."""
    query = sa.select(holds).where(holds.c.state.in_(HOLDING), holds.c.expires_wall_ns < wall_ns)
    return _rows(tx, query.order_by(holds.c.expires_wall_ns))


def held_bytes(tx: Transaction) -> int:
    """What all files weigh that some hold touches."""
    query = sa.select(sa.func.sum(segment_table.c.size_bytes)).where(IS_HELD)
    return int(tx.connection.execute(query).scalar_one() or 0)


def _mark(tx: Transaction, hold: HoldRow, *, held: bool) -> None:
    for condition in _touching(hold, held=not held):
        tx.connection.execute(sa.update(segment_table).where(condition).values(held=held, trimmed=False))


def _reach(tx: Transaction, hold: HoldRow) -> tuple[int, int | None] | None:
    """From the start of the first to the end of the last marked segment that a hold touches, None while one is open; None in all where there is none."""
    start, end_ = segment_table.c.start_wall_ns, segment_table.c.end_wall_ns
    starts, ends = [], []
    for condition in _touching(hold, held=True):
        query = sa.select(sa.func.min(start), sa.func.max(sa.func.coalesce(end_, _EVER))).where(condition)
        first_ns, last_ns = tx.connection.execute(query).one()
        if first_ns is not None:
            starts.append(int(first_ns))
            ends.append(int(last_ns))
    return (min(starts), None if max(ends) == _EVER else max(ends)) if starts else None


def _touching(hold: HoldRow, *, held: bool) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Which segments a hold touches of those that are marked as held, or of those that are not: the ones of usual length, and the open or long ones."""
    until_ns = _EVER if hold.to_wall_ns is None else hold.to_wall_ns
    start, end_ = segment_table.c.start_wall_ns, segment_table.c.end_wall_ns
    # Each stream by name, and ``held`` so that no index answers it: else SQLite walks all files that nothing holds, a second each time at full size.
    mine = sa.and_(
        segment_table.c.camera_id == hold.camera_id,
        segment_table.c.stream.in_([stream.value for stream in StreamKind]),
        segment_table.c.deleting.is_(False),
        segment_table.c.held.is_not(not held),
    )
    usual = sa.and_(mine, start < until_ns, start > hold.from_wall_ns - LONGEST_SPAN_NS, end_ > hold.from_wall_ns)
    unusual = sa.and_(mine, OPEN_OR_LONG, start < until_ns, sa.or_(end_.is_(None), end_ > hold.from_wall_ns))
    return usual, unusual


def _columns(hold: HoldRow) -> dict[str, Any]:
    return {name: getattr(hold, name) for name in HoldRow.__slots__} | {"state": hold.state.value}


def _rows(tx: Transaction, query: sa.Select[Any]) -> list[HoldRow]:
    return [_row(row) for row in tx.connection.execute(query).mappings()]


def _row(row: sa.RowMapping) -> HoldRow:
    return HoldRow(**{**row, "state": HoldState(row["state"])})


def widened(hold: HoldRow, from_wall_ns: int, to_wall_ns: int | None) -> HoldRow:
    """The hold over its own window and another one: what is held stays held, but an end that was not known may become known."""
    if hold.to_wall_ns is not None and to_wall_ns is not None:
        to_wall_ns = max(hold.to_wall_ns, to_wall_ns)
    return replace(hold, from_wall_ns=min(hold.from_wall_ns, from_wall_ns), to_wall_ns=to_wall_ns)
