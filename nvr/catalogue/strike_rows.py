"""Strikes words out of everything that is written of an incident: one list of where people's own words lie."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
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

_COLUMNS: Final[tuple[tuple[sa.Table, tuple[str, ...]], ...]] = (
    (incidents, ("note", "address")),
    (incident_versions, ("note", "address", "reason")),
    (incident_cameras, ("reason",)),
    (incident_steps, ("reason",)),
    (incident_persons, ("name", "document_number", "phone", "statement", "reason")),
    (dispatches, ("note", "receiver_name")),
    (callers, ("caller", "phone")),
)


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


def strike_columns(tx: Transaction, incident_id: str, strike: Strike) -> int:
    """Strike words beside the time line: remark, versions, dispatches, persons, callers …; of how many rows."""
    changed = 0
    for table, names in _COLUMNS:
        keys = [*table.primary_key.columns]
        query = sa.select(*keys, *(table.c[name] for name in names)).where(table.c.incident_id == incident_id)
        for row in tx.connection.execute(query).mappings().all():
            after = {name: strike(row[name]) for name in names if strike(row[name]) != row[name]}
            if after:
                changed += 1
                same = sa.and_(*(key == row[key.name] for key in keys))
                tx.connection.execute(sa.update(table).where(same).values(after))
    return changed


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
