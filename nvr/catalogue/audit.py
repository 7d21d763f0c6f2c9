"""Who did what: rows are only ever added, and each carries the SHA-256 of its content and of the row before it.

Triggers refuse UPDATE and DELETE. Whoever drops them and edits, deletes or reorders rows breaks the chain, and ``verify`` names the first bad one;
cut rows at the end are found by comparing ``head`` with a copy kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import audit
from nvr.catalogue.texts import line

_FIRST: Final = "0" * 64
_BATCH: Final = 1000
_APPEND: Final = sa.insert(audit)
_LAST: Final = sa.select(audit.c.audit_id, audit.c.hash).order_by(audit.c.audit_id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing that somebody did."""

    audit_id: int
    wall_ns: int
    actor: str
    terminal: str
    address: str
    action: str
    object: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of ``verify``: how many rows hold, the chain's head, and what is wrong with the first bad row ("" if none is)."""

    rows: int
    head: str
    first_bad_id: int | None = None
    reason: str = ""


def append(
    tx: Transaction,
    *,
    wall_ns: int,
    actor: str,
    terminal: str,
    address: str,
    action: str,
    object: str,  # noqa: A002  (the column's name)
    detail: Mapping[str, str] | None = None,
) -> int:
    """Add a record in the transaction of what it tells of, and return its id. Control characters are taken out, lengths bounded."""
    last_id, last_hash = _last(tx)
    values: dict[str, Any] = {
        "audit_id": last_id + 1,
        "wall_ns": wall_ns,
        "actor": line(actor, 200),
        "terminal": line(terminal, 80),
        "address": line(address, 80),
        "action": line(action, 64),
        "object": line(object, 200),
        "detail": json.dumps(
            {line(key, 64): line(str(value), 2000) for key, value in (detail or {}).items()},
            sort_keys=True,
            ensure_ascii=False,
        ),
        "previous_hash": last_hash,
    }
    values["hash"] = _hash(values)
    tx.connection.execute(_APPEND, values)
    return last_id + 1


def read(tx: Transaction, limit: int, before: int | None = None) -> list[AuditRecord]:
    """Records, newest first; those before an id, for the next page."""
    query = sa.select(audit).order_by(audit.c.audit_id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.audit_id < before)
    return [
        AuditRecord(
            row["audit_id"],
            row["wall_ns"],
            row["actor"],
            row["terminal"],
            row["address"],
            row["action"],
            row["object"],
            json.loads(row["detail"]),
        )
        for row in tx.connection.execute(query).mappings()
    ]


def verify(tx: Transaction) -> Verdict:
    """Walk the chain from its start."""
    previous, expected_id = _FIRST, 1
    while True:
        query = sa.select(audit).where(audit.c.audit_id >= expected_id).order_by(audit.c.audit_id).limit(_BATCH)
        rows = tx.connection.execute(query).mappings().all()
        for row in rows:
            bad = ""
            if row["audit_id"] != expected_id:
                bad = "rows before it are missing"
            elif row["previous_hash"] != previous:
                bad = "it does not follow the row before it"
            elif _hash(dict(row)) != row["hash"]:
                bad = "its content was changed"
            if bad:
                return Verdict(expected_id - 1, previous, row["audit_id"], bad)
            previous, expected_id = row["hash"], expected_id + 1
        if len(rows) < _BATCH:
            # Ids below 1 are nobody's: somebody put a row before the first.
            low = tx.connection.execute(sa.select(sa.func.min(audit.c.audit_id))).scalar_one()
            if low is not None and low < 1:
                return Verdict(0, _FIRST, int(low), "it stands before the first row")
            return Verdict(expected_id - 1, previous)


def head(tx: Transaction) -> tuple[int, str]:
    """Id and hash of the last row: keep a copy elsewhere."""
    return _last(tx)


def hashes(tx: Transaction, audit_ids: Collection[int]) -> dict[int, str]:
    """The hashes of these rows, by id; those that are not there are left out."""
    found: dict[int, str] = {}
    ids = sorted(audit_ids)
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        query = sa.select(audit.c.audit_id, audit.c.hash).where(audit.c.audit_id.in_(some))
        found.update((int(row[0]), str(row[1])) for row in tx.connection.execute(query))
    return found


def _last(tx: Transaction) -> tuple[int, str]:
    row = tx.connection.execute(_LAST).first()
    return (0, _FIRST) if row is None else (int(row[0]), str(row[1]))


def _hash(row: Mapping[str, object]) -> str:
    names = ("audit_id", "wall_ns", "actor", "terminal", "address", "action", "object", "detail", "previous_hash")
    # A JSON list keeps the fields apart: "ab"+"c" and "a"+"bc" must not hash alike.
    content = json.dumps([row[name] for name in names], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()
