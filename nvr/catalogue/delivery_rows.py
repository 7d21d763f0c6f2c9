"""Messages on their way outside, and how each channel is. Keys are the field names of ``alerts.delivery.Delivery``, and ``letter``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row, plain
from nvr.catalogue.tables import channels, deliveries

_LISTS: Final = ("channels", "missed", "letter")
_WAITS: Final = deliveries.c.ended_wall_ns.is_(None)
_ANSWER_DISPATCH: Final = sa.update(deliveries).where(deliveries.c.dispatch_id == sa.bindparam("about"), _WAITS)
_ANSWER_ALERT: Final = sa.update(deliveries).where(deliveries.c.alert_id == sa.bindparam("about"), _WAITS)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel is. ``failing_since_wall_ns``: first failed try since something last arrived; None while none has. ``fault``: words of the last one,
    also of what was taken for some of the recipients only; or ""."""

    name: str
    delivered_wall_ns: int | None = None
    failing_since_wall_ns: int | None = None
    fault_wall_ns: int | None = None
    fault: str = ""


def store(tx: Transaction, delivery: Mapping[str, Any], letter: Mapping[str, Any]) -> None:
    """Store a new message with what it says."""
    tx.connection.execute(sa.insert(deliveries).values(**_flat(dict(delivery) | {"letter": letter})))


def change(tx: Transaction, delivery: Mapping[str, Any]) -> None:
    """Store a message as it is now; what it says stays."""
    mine = deliveries.c.delivery_id == delivery["delivery_id"]
    tx.connection.execute(sa.update(deliveries).where(mine).values(**_flat(delivery)))


def find(tx: Transaction, delivery_id: str) -> Row | None:
    """The message of that id."""
    row = tx.connection.execute(sa.select(deliveries).where(deliveries.c.delivery_id == delivery_id)).mappings().first()
    return None if row is None else _row(row)


def waiting(tx: Transaction) -> list[Row]:
    """Those that have not ended, oldest first."""
    query = (
        sa.select(deliveries)
        .where(deliveries.c.ended_wall_ns.is_(None))
        .order_by(deliveries.c.created_wall_ns, deliveries.c.delivery_id)
    )
    return [_row(row) for row in tx.connection.execute(query).mappings()]


def waiting_of_dispatches(tx: Transaction, recipient: str, dispatch_ids: Iterable[str]) -> list[Row]:
    """Those to one recipient that tell of these dispatches and have not ended."""
    query = sa.select(deliveries).where(
        deliveries.c.ended_wall_ns.is_(None),
        deliveries.c.recipient == recipient,
        deliveries.c.dispatch_id.in_(list(dispatch_ids)),
    )
    return [_row(row) for row in tx.connection.execute(query).mappings()]


def answer(tx: Transaction, wall_ns: int, *, dispatch_id: str | None = None, alert_id: str | None = None) -> None:
    """Nobody waits any more for what tells of this dispatch, or of this alert."""
    statement, about = (_ANSWER_ALERT, alert_id) if dispatch_id is None else (_ANSWER_DISPATCH, dispatch_id)
    tx.connection.execute(statement, {"about": about, "state": "answered", "ended_wall_ns": wall_ns})


def trim(tx: Transaction, older_than_wall_ns: int) -> int:
    """Forget messages that ended before then, and say how many: what became of them stands on time lines."""
    return tx.connection.execute(sa.delete(deliveries).where(deliveries.c.ended_wall_ns < older_than_wall_ns)).rowcount


def channel_states(tx: Transaction) -> dict[str, ChannelState]:
    """How each channel is that has been tried, by name."""
    rows = tx.connection.execute(sa.select(channels)).mappings()
    return {row["name"]: ChannelState(**plain(row)) for row in rows}


def channel_took(tx: Transaction, name: str, wall_ns: int, fault: str = "") -> None:
    """A channel took something; ``fault``: with what fault, or empty."""
    also = {"fault_wall_ns": wall_ns, "fault": fault} if fault else {}
    _put(tx, name, {"delivered_wall_ns": wall_ns, "failing_since_wall_ns": None} | also)


def channel_failed(tx: Transaction, name: str, fault: str, wall_ns: int) -> None:
    """A try on a channel failed."""
    known = channel_states(tx).get(name, ChannelState(name))
    since_ns = wall_ns if known.failing_since_wall_ns is None else known.failing_since_wall_ns
    _put(tx, name, {"failing_since_wall_ns": since_ns, "fault_wall_ns": wall_ns, "fault": fault})


def _put(tx: Transaction, name: str, values: Mapping[str, Any]) -> None:
    mine = channels.c.name == name
    if tx.connection.execute(sa.update(channels).where(mine).values(**values)).rowcount == 0:
        tx.connection.execute(sa.insert(channels).values(**({"name": name, "fault": ""} | dict(values))))


def _flat(delivery: Mapping[str, Any]) -> Row:
    values = dict(delivery)
    for name in _LISTS:
        if name in values:
            values[name] = json.dumps(values[name], ensure_ascii=False)
    return values


def _row(row: sa.RowMapping) -> Row:
    values = plain(row)
    for name in _LISTS:
        values[name] = json.loads(values[name])
    return values
