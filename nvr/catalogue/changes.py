"""The outbox: every change of state stands here, written in its own transaction, and goes to the screens from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import changes

_APPEND = sa.insert(changes)
_AFTER = (
    sa.select(changes).where(changes.c.seq > sa.bindparam("seen")).order_by(changes.c.seq).limit(sa.bindparam("most"))
)
_LAST = sa.select(sa.func.max(changes.c.seq))
_FIRST = sa.select(sa.func.min(changes.c.seq))

ChangeKind = Literal["alert", "incident", "dispatch", "camera", "shelving", "room", "handover", "unit"]


@dataclass(frozen=True, slots=True)
class Change:
    """What changed. ``body`` is the whole record after it: keys are the field names of the record, times integer nanoseconds.

    Attributes:
        agency: of a dispatch or a unit, its agency; else None.
    """

    seq: int
    wall_ns: int
    kind: ChangeKind
    object_id: str
    camera_id: str
    agency: str | None
    body: dict[str, Any]

    @property
    def agencies(self) -> frozenset[str]:
        """Those that this concerns: a dispatch's own, an incident's all."""
        if self.agency is not None:
            return frozenset({self.agency})
        return frozenset(str(dispatch["agency"]) for dispatch in self.body.get("dispatches", ()))


def append(
    tx: Transaction,
    *,
    wall_ns: int,
    kind: ChangeKind,
    object_id: str,
    camera_id: str,
    agency: str | None,
    body: Mapping[str, Any],
) -> int:
    """Add a change in the transaction that makes it, and return its seq."""
    done = tx.connection.execute(
        _APPEND,
        {
            "wall_ns": wall_ns,
            "kind": kind,
            "object_id": object_id,
            "camera_id": camera_id,
            "agency": agency,
            "body": msgspec.json.encode(body).decode(),
        },
    )
    key = done.inserted_primary_key
    assert key is not None  # noqa: S101  (an insert of one row has one)
    tx.last_seq = int(key[0])
    return tx.last_seq


def changes_after(tx: Transaction, seq: int, limit: int = 500) -> list[Change]:
    """Changes after ``seq``, oldest first."""
    return [
        Change(
            row["seq"],
            row["wall_ns"],
            row["kind"],
            row["object_id"],
            row["camera_id"],
            row["agency"],
            msgspec.json.decode(row["body"]),
        )
        for row in tx.connection.execute(_AFTER, {"seen": seq, "most": limit}).mappings()
    ]


def last_seq(tx: Transaction) -> int:
    """The newest seq; 0 where nothing has changed yet."""
    return int(tx.connection.execute(_LAST).scalar_one() or 0)


def first_seq(tx: Transaction) -> int:
    """The oldest seq still kept; 0 where none is. Who asks for changes after less than ``first_seq - 1`` has missed some: reset."""
    return int(tx.connection.execute(_FIRST).scalar_one() or 0)


def trim(tx: Transaction, older_than_wall_ns: int) -> int:
    """Forget old changes and say how many; the newest one always stays, so that ``last_seq`` never goes back."""
    newest = sa.select(sa.func.max(changes.c.seq)).scalar_subquery()
    statement = sa.delete(changes).where(changes.c.wall_ns < older_than_wall_ns, changes.c.seq < newest)
    return tx.connection.execute(statement).rowcount
