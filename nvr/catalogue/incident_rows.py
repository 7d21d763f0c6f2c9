"""Incidents, their dispatches and time line at rest. Keys are the field names of the records in ``alerts.records``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.case_rows import PERSONAL_OF_CALLS, gathered
from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import alerts, callers, dispatches, incidents, timeline

_GATHERED: Final = frozenset(
    {"dispatches", "timeline", "further_cameras", "steps", "duplicate_of", "duplicates", "places"}
)
"""Fields of an incident that stand in tables of their own."""
_NOT_OF_THE_RECORD: Final = frozenset({"from_wall_ns", "to_wall_ns", "duplicate_of_id"})
_STEPS: Final = ("received", "en_route", "on_scene", "closed")
_ADD_ENTRY: Final = sa.insert(timeline)


def store_incident(tx: Transaction, incident: Mapping[str, Any], window_ns: tuple[int, int | None]) -> None:
    """Store a new incident with the window whose recording is shown."""
    tx.connection.execute(
        sa.insert(incidents).values(**_own(incident), from_wall_ns=window_ns[0], to_wall_ns=window_ns[1])
    )


def change_incident(tx: Transaction, incident: Mapping[str, Any]) -> None:
    """Store an incident as it is now."""
    mine = incidents.c.incident_id == incident["incident_id"]
    tx.connection.execute(sa.update(incidents).where(mine).values(**_own(incident)))


def change_window(tx: Transaction, incident_id: str, window_ns: tuple[int, int | None]) -> None:
    """Store a new window."""
    mine = incidents.c.incident_id == incident_id
    tx.connection.execute(sa.update(incidents).where(mine).values(from_wall_ns=window_ns[0], to_wall_ns=window_ns[1]))


def window(tx: Transaction, incident_id: str) -> tuple[int, int | None] | None:
    """From when to when an incident's recording is shown; None where there is no such incident."""
    query = sa.select(incidents.c.from_wall_ns, incidents.c.to_wall_ns).where(incidents.c.incident_id == incident_id)
    row = tx.connection.execute(query).first()
    return None if row is None else (int(row[0]), None if row[1] is None else int(row[1]))


def find_incident(tx: Transaction, incident_id: str) -> Row | None:
    """The incident of that id with dispatches and time line."""
    query = sa.select(incidents).where(incidents.c.incident_id == incident_id)
    row = tx.connection.execute(query).mappings().first()
    if row is None:
        return None
    dispatched = _dispatches_of(tx, [incident_id]).get(incident_id, [])
    return _incident(row, dispatched, _timeline_of(tx, incident_id), gathered(tx, [incident_id])[incident_id])


def list_incidents(tx: Transaction, states: Sequence[str], limit: int, agency: str | None) -> list[Row]:
    """Incidents in these states with dispatches and without time line, newest first."""
    query = sa.select(incidents).where(incidents.c.state.in_(states))
    if agency is not None:
        sent = sa.select(dispatches.c.incident_id).where(dispatches.c.agency == agency)
        query = query.where(incidents.c.incident_id.in_(sent))
    query = query.order_by(incidents.c.created_wall_ns.desc(), incidents.c.incident_id.desc()).limit(limit)
    rows = tx.connection.execute(query).mappings().all()
    return _whole(tx, rows)


def created_between(tx: Transaction, from_wall_ns: int, to_wall_ns: int) -> list[Row]:
    """Incidents that were opened in a stretch of time, with dispatches and without time line, oldest first."""
    query = sa.select(incidents).where(
        incidents.c.created_wall_ns >= from_wall_ns, incidents.c.created_wall_ns < to_wall_ns
    )
    order = (incidents.c.created_wall_ns, incidents.c.incident_id)
    rows = tx.connection.execute(query.order_by(*order)).mappings().all()
    return _whole(tx, rows)


def store_dispatch(tx: Transaction, dispatch: Mapping[str, Any], *, sender_id: str, idempotency_key: str) -> None:
    """Store a new dispatch.

    Raises:
        Conflict: this sender has used the key before.
    """
    tx.connection.execute(
        sa.insert(dispatches).values(**_flat(dispatch), sender_id=sender_id, idempotency_key=idempotency_key)
    )


def change_dispatch(tx: Transaction, dispatch: Mapping[str, Any]) -> None:
    """Store a dispatch as it is now."""
    mine = dispatches.c.dispatch_id == dispatch["dispatch_id"]
    tx.connection.execute(sa.update(dispatches).where(mine).values(**_flat(dispatch)))


def find_dispatch(tx: Transaction, dispatch_id: str) -> Row | None:
    """The dispatch of that id."""
    return _first_dispatch(tx, dispatches.c.dispatch_id == dispatch_id)


def find_sent(tx: Transaction, sender_id: str, idempotency_key: str) -> Row | None:
    """The dispatch that this sender made with this key."""
    return _first_dispatch(
        tx, sa.and_(dispatches.c.sender_id == sender_id, dispatches.c.idempotency_key == idempotency_key)
    )


def open_dispatches(tx: Transaction) -> list[Row]:
    """Those that are not closed, oldest first: as many as the room has at hand."""
    query = sa.select(dispatches).where(dispatches.c.closed_wall_ns.is_(None)).order_by(dispatches.c.created_wall_ns)
    return [_dispatch(row) for row in tx.connection.execute(query).mappings()]


def list_dispatches(tx: Transaction, states: Sequence[str], agency: str | None, limit: int) -> list[Row]:
    """Dispatches in these states, newest first."""
    query = sa.select(dispatches).where(dispatches.c.state.in_(states))
    if agency is not None:
        query = query.where(dispatches.c.agency == agency)
    query = query.order_by(dispatches.c.created_wall_ns.desc(), dispatches.c.dispatch_id.desc()).limit(limit)
    return [_dispatch(row) for row in tx.connection.execute(query).mappings()]


def add_entry(
    tx: Transaction,
    *,
    incident_id: str,
    wall_ns: int,
    actor: str,
    terminal: str,
    kind: str,
    detail: Mapping[str, str],
) -> int:
    """Add to the time line of an incident; the entry's id."""
    done = tx.connection.execute(
        _ADD_ENTRY,
        {
            "incident_id": incident_id,
            "alert_id": None,
            "wall_ns": wall_ns,
            "actor": actor,
            "terminal": terminal,
            "kind": kind,
            "detail": json.dumps(dict(detail), ensure_ascii=False),
        },
    )
    key = done.inserted_primary_key
    assert key is not None  # noqa: S101  (an insert of one row has one)
    return int(key[0])


def add_alert_entries(
    tx: Transaction, alert_id: str, actor: str, terminal: str, entries: Iterable[tuple[int, str, Mapping[str, str]]]
) -> None:
    """Add to the time line of an alert, which its incident shows too, in this order; each entry is wall_ns, kind and detail."""
    rows = [
        {
            "incident_id": None,
            "alert_id": alert_id,
            "wall_ns": wall_ns,
            "actor": actor,
            "terminal": terminal,
            "kind": kind,
            "detail": json.dumps(dict(detail), ensure_ascii=False),
        }
        for wall_ns, kind, detail in entries
    ]
    tx.connection.execute(_ADD_ENTRY, rows)


def count_entries(tx: Transaction, incident_id: str, kind: str) -> int:
    """How many entries of a kind an incident's own time line has."""
    query = sa.select(sa.func.count()).where(timeline.c.incident_id == incident_id, timeline.c.kind == kind)
    return int(tx.connection.execute(query).scalar_one())


def _timeline_of(tx: Transaction, incident_id: str) -> list[Row]:
    its_alerts = sa.select(alerts.c.alert_id).where(alerts.c.incident_id == incident_id)
    joined = timeline.outerjoin(callers, callers.c.entry_id == timeline.c.entry_id)
    query = (
        sa.select(timeline, *(callers.c[name] for name in PERSONAL_OF_CALLS))
        .select_from(joined)
        .where(sa.or_(timeline.c.incident_id == incident_id, timeline.c.alert_id.in_(its_alerts)))
    )
    # Order of writing, not of the clock: a clock that stepped back can't put the answer before the question.
    rows = tx.connection.execute(query.order_by(timeline.c.entry_id)).mappings()
    return [
        {name: row[name] for name in ("entry_id", "wall_ns", "actor", "terminal", "kind")}
        | {
            "incident_id": incident_id,
            "detail": json.loads(row["detail"]) | {name: row[name] for name in PERSONAL_OF_CALLS if row[name]},
        }
        for row in rows
    ]


def _dispatches_of(tx: Transaction, incident_ids: Iterable[str]) -> dict[str, list[Row]]:
    query = sa.select(dispatches).where(dispatches.c.incident_id.in_(list(incident_ids)))
    found: dict[str, list[Row]] = {}
    for row in tx.connection.execute(query.order_by(dispatches.c.created_wall_ns, dispatches.c.dispatch_id)).mappings():
        found.setdefault(row["incident_id"], []).append(_dispatch(row))
    return found


def _first_dispatch(tx: Transaction, condition: sa.ColumnElement[bool]) -> Row | None:
    row = tx.connection.execute(sa.select(dispatches).where(condition)).mappings().first()
    return None if row is None else _dispatch(row)


def _own(incident: Mapping[str, Any]) -> Row:
    own = {name: value for name, value in incident.items() if name not in _GATHERED}
    link = incident["duplicate_of"]
    return own | {"duplicate_of_id": None if link is None else link["incident_id"]}


def _whole(tx: Transaction, rows: Sequence[sa.RowMapping]) -> list[Row]:
    """Incidents without time line."""
    found: list[Row] = []
    # In parts: a year may have more incidents than a statement takes parameters.
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        ids = [str(row["incident_id"]) for row in part]
        dispatched, more = _dispatches_of(tx, ids), gathered(tx, ids)
        found += [_incident(row, dispatched.get(row["incident_id"], []), [], more[row["incident_id"]]) for row in part]
    return found


def _incident(row: sa.RowMapping, its_dispatches: list[Row], entries: list[Row], more: Row) -> Row:
    own = {name: value for name, value in plain(row).items() if name not in _NOT_OF_THE_RECORD}
    return own | {"dispatches": its_dispatches, "timeline": entries} | more


def _flat(dispatch: Mapping[str, Any]) -> Row:
    values = dict(dispatch)
    times = values.pop("times")
    values["missed"] = json.dumps(values["missed"], ensure_ascii=False)
    return values | {f"{step}_wall_ns": times.get(step) for step in _STEPS}


def _dispatch(row: sa.RowMapping) -> Row:
    values = plain(row)
    for name in ("sender_id", "idempotency_key"):
        del values[name]
    values["missed"] = json.loads(values["missed"])
    times = {"sent": values["created_wall_ns"]}
    for step in _STEPS:
        wall_ns = values.pop(f"{step}_wall_ns")
        if wall_ns is not None:
            times[step] = wall_ns
    return values | {"times": times}
