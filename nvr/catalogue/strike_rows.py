"""Strikes words out of everything that is written of an incident: one list of where people's own words lie."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import (
    alerts,
    callers,
    changes,
    deliveries,
    dispatches,
    incident_cameras,
    incident_persons,
    incident_steps,
    incident_versions,
    incidents,
    struck_entries,
    timeline,
)

STRUCK: Final = "[tachado]"
"""Stands where words were struck; the schema's triggers look for it too."""

Strike = Callable[[str], str]

_OWN_WORDS: Final = frozenset(
    {
        "caller", "changed", "contact", "note", "phone", "place", "read_back", "reason", "receiver_name", "sector", "spoken_to", "text",
    }
)  # fmt: skip
"""Keys of an entry's detail under which somebody's own words stand; the others hold codes, names of units and numbers."""

_TOLD: Final = _OWN_WORDS | {"address", "incident_note", "subject"}
"""The same of what screens and channels were told."""

_VERSIONED: Final = frozenset({incident_versions, incident_persons})
"""Tables whose rows repeat what the version before said: such words are of whoever wrote them first, all but the reason."""

_COLUMNS: Final[tuple[tuple[sa.Table, tuple[str, ...], str], ...]] = (
    # Who wrote these stands in the newest version, and on the time line.
    (incidents, ("note", "address"), ""),
    (incident_versions, ("note", "address", "reason"), "actor"),
    (incident_cameras, ("reason",), "added_by"),
    (incident_steps, ("reason",), "actor"),
    (incident_persons, ("name", "document_number", "phone", "statement", "reason"), "actor"),
    (dispatches, ("note",), "created_by"),
    # Who closed it stands on the time line.
    (dispatches, ("receiver_name",), ""),
    (callers, ("caller", "phone"), "entry_id"),
)
"""Where words stand beside the time line, and in which column who wrote them."""


@dataclass(frozen=True, slots=True)
class StruckRow:
    """A row as it will be: its table, its key and its new values by column, and who wrote what is struck, where the row says so."""

    table: sa.Table
    key: Mapping[str, Any]
    values: Mapping[str, str]
    writers: frozenset[str]


def entries_with(tx: Transaction, incident_id: str, strike: Strike) -> dict[int, tuple[str, str]]:
    """Id → who wrote it, and its detail after the strike, of the entries of an incident's time line that the strike changes."""
    its_alerts = sa.select(alerts.c.alert_id).where(alerts.c.incident_id == incident_id)
    query = sa.select(timeline.c.entry_id, timeline.c.actor, timeline.c.detail).where(
        sa.or_(timeline.c.incident_id == incident_id, timeline.c.alert_id.in_(its_alerts))
    )
    found: dict[int, tuple[str, str]] = {}
    for entry_id, actor, text in tx.connection.execute(query):
        detail = json.loads(text)
        after = {key: strike(value) if key in _OWN_WORDS else value for key, value in detail.items()}
        if after != detail:
            found[entry_id] = (actor, json.dumps(after, ensure_ascii=False))
    return found


def strike_entries(tx: Transaction, by_entry_id: int, details: dict[int, tuple[str, str]]) -> None:
    """Put what ``entries_with`` found in the place of what was; ``by_entry_id`` is the entry that tells of it."""
    for entry_id, (_actor, detail) in details.items():
        tx.connection.execute(sa.insert(struck_entries).values(entry_id=entry_id, by_entry_id=by_entry_id))
        tx.connection.execute(sa.update(timeline).where(timeline.c.entry_id == entry_id).values(detail=detail))


def rows_with(tx: Transaction, incident_id: str, strike: Strike) -> list[StruckRow]:
    """What the strike changes beside the time line: remark, versions, dispatches, persons, callers …"""
    found: list[StruckRow] = []
    for table, names, writer in _COLUMNS:
        before: Mapping[str, Any] = {}
        said_by: dict[str, str] = {}
        for row in _of_incident(tx, table, incident_id):
            values: dict[str, str] = {}
            writers: set[str] = set()
            same = table in _VERSIONED and row.get("person_id") == before.get("person_id")
            for name in names:
                if not (same and name != "reason" and row[name] == before.get(name)):
                    said_by[name] = "" if not writer else _writer_of(tx, row[writer])
                after = strike(row[name])
                if after != row[name]:
                    values[name] = after
                    writers.add(said_by[name])
            before = row
            if values:
                key = {column.name: row[column.name] for column in table.primary_key}
                found.append(StruckRow(table, key, values, frozenset(writers)))
    return found


def strike_row(tx: Transaction, row: StruckRow) -> None:
    """Put what ``rows_with`` found in the place of what was."""
    same = sa.and_(*(row.table.c[name] == value for name, value in row.key.items()))
    tx.connection.execute(sa.update(row.table).where(same).values(**row.values))


def _of_incident(tx: Transaction, table: sa.Table, incident_id: str) -> list[Mapping[str, Any]]:
    """Its rows, each version behind the one before."""
    query = sa.select(table).where(table.c.incident_id == incident_id).order_by(*table.primary_key)
    return [dict(row) for row in tx.connection.execute(query).mappings()]


def _writer_of(tx: Transaction, said: str | int) -> str:
    """A name as it stands, or whose the entry of that id is."""
    if isinstance(said, str):
        return said
    return str(tx.connection.execute(sa.select(timeline.c.actor).where(timeline.c.entry_id == said)).scalar_one())


def strike_copies(tx: Transaction, incident_id: str, dispatch_ids: Sequence[str], strike: Strike) -> None:
    """Strike words out of what screens and channels are or were told: changes that are still kept, and letters."""
    told = changes.c.kind.in_(("incident", "dispatch")) & changes.c.object_id.in_([incident_id, *dispatch_ids])
    for table, name, where in (
        (changes, "body", told),
        (deliveries, "letter", deliveries.c.incident_id == incident_id),
    ):
        (key,) = table.primary_key.columns
        for row_id, text in tx.connection.execute(sa.select(key, table.c[name]).where(where)).all():
            before = json.loads(text)
            after = _walked(before, strike)
            if after != before:
                written = json.dumps(after, ensure_ascii=False)
                tx.connection.execute(sa.update(table).where(key == row_id).values({name: written}))


def strike_changes(
    tx: Transaction, kind: str, object_id: str, struck: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> None:
    """Put ``struck`` of it in the place of the body of each change of an object that is still kept."""
    mine = sa.and_(changes.c.kind == kind, changes.c.object_id == object_id)
    for seq, text in tx.connection.execute(sa.select(changes.c.seq, changes.c.body).where(mine)).all():
        written = json.dumps(struck(json.loads(text)), ensure_ascii=False)
        if written != text:
            tx.connection.execute(sa.update(changes).where(changes.c.seq == seq).values(body=written))


def _walked(value: Any, strike: Strike, key: str = "") -> Any:
    match value:
        case str():
            return strike(value) if key in _TOLD else value
        case dict():
            return {name: _walked(each, strike, name) for name, each in value.items()}
        case list():
            return [_walked(each, strike, key) for each in value]
        case _:
            return value
