"""What the outbox holds, brought forward: whose turn it is, and what became of each try, with the entry, the change and the channel's state in one transaction.

``nvr.app.delivering`` sends; nothing here does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec

from alerts import delivery as ways
from alerts.boards import Boards
from alerts.delivery import Delivery, DeliveryState, board_of
from alerts.ledger import SYSTEM, Ledger
from alerts.records import DeliveryWord
from nvr.catalogue import delivery_rows
from nvr.catalogue.delivery_rows import ChannelState
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.channels.letter import Letter
from nvr.config import BOARD, Config
from nvr.errors import ChannelFailed

UNKNOWN: Final = "ya no está en la configuración"
_NAMES: Final = {"supervisor": "supervisor", "chief": "jefe de turno"}


@dataclass(frozen=True, slots=True)
class Try:
    """A try that is due. ``timeout_ns``: how long it may take."""

    delivery: Delivery
    letter: Letter
    timeout_ns: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found. ``waits``: whether anything is on its way, now or later."""

    due: list[Try]
    waits: bool


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as people see it. ``name`` as in cameras.yaml, or ``board/pnp``; ``waiting``: messages that are at it now."""

    name: str
    kind: Literal["board", "webhook", "mail", "apprise"]
    waiting: int
    state: ChannelState


class Outbox:
    """All methods block; those that store come from the thread that writes."""

    def __init__(self, catalogue: Catalogue, config: Config, boards: Boards) -> None:
        self._catalogue = catalogue
        self._config = config
        self._boards = boards

    def look(self, now_wall_ns: int, busy: Collection[str] = ()) -> Look:
        """Take up what boards said and what time alone decides, and say what is to be tried now.

        Args:
            now_wall_ns: the time.
            busy: ids that are being tried: they are left alone.

        Raises:
            CatalogueError: nothing was done; the next look does it.
        """
        said = self._boards.take_shown()
        try:
            self._take_up(said, now_wall_ns)
        except BaseException:
            for agency, ids in said.items():
                self._boards.shown(agency, ids)
            raise
        with self._catalogue.read() as tx:
            rows = {row["delivery_id"]: row for row in delivery_rows.waiting(tx)}
        waiting = [_delivery(row) for row in rows.values()]
        if any(self._aged(each, now_wall_ns) != each for each in waiting if each.delivery_id not in busy):
            with self._catalogue.write() as tx:
                ledger = Ledger(tx, SYSTEM, now_wall_ns, self._config)
                # Decided again: what was read before the lock may be over.
                rows = {row["delivery_id"]: row for row in delivery_rows.waiting(tx)}
                for each in [_delivery(row) for row in rows.values()]:
                    after = each if each.delivery_id in busy else self._aged(each, now_wall_ns)
                    if after != each:
                        _store(tx, ledger, each, after)
                waiting = [_delivery(row) for row in delivery_rows.waiting(tx)]
        due = []
        for each in ways.turns(waiting):
            timeout_ns = ways.try_ns(each, now_wall_ns)
            if timeout_ns is not None and each.delivery_id not in busy:
                due.append(Try(each, msgspec.convert(rows[each.delivery_id]["letter"], Letter), timeout_ns))
        return Look(due, waits=any(each.waits for each in waiting))

    def took(self, tried: Delivery, now_wall_ns: int, fault: str = "") -> None:
        """The channel that it was tried on took it; ``fault``: what is wrong with the channel all the same, or empty."""
        with self._catalogue.write() as tx:
            delivery_rows.channel_took(tx, tried.place, now_wall_ns, fault)
            before = _found(tx, tried.delivery_id)
            after = ways.delivered(before, tried.channel, now_wall_ns)
            if after != before:
                _store(tx, Ledger(tx, SYSTEM, now_wall_ns, self._config), before, after)

    def missed(self, tried: Delivery, fault: ChannelFailed, now_wall_ns: int, jitter: float) -> None:
        """The channel that it was tried on did not take it."""
        with self._catalogue.write() as tx:
            delivery_rows.channel_failed(tx, tried.place, fault.message, now_wall_ns)
            before = _found(tx, tried.delivery_id)
            if before.position != tried.position:
                return
            after = ways.failed(before, fault.message, now_wall_ns, jitter, final=fault.final)
            if after != before:
                _store(tx, Ledger(tx, SYSTEM, now_wall_ns, self._config), before, after)

    def channels(self) -> list[ChannelView]:
        """Every board and channel of the configuration, with how it is."""
        with self._catalogue.read() as tx:
            states = delivery_rows.channel_states(tx)
            at = [_delivery(row).place for row in delivery_rows.waiting(tx)]
        known: list[tuple[str, Literal["board", "webhook", "mail", "apprise"]]]
        known = [(board_of(each.code), BOARD) for each in self._config.agencies if BOARD in each.chain]
        known += [(each.name, each.kind) for each in self._config.channels]
        return [ChannelView(name, kind, at.count(name), states.get(name, ChannelState(name))) for name, kind in known]

    def _take_up(self, said: Mapping[str, set[str]], now_wall_ns: int) -> None:
        if not any(said.values()):
            return
        with self._catalogue.read() as tx:
            if not any(delivery_rows.waiting_of_dispatches(tx, agency, ids) for agency, ids in said.items()):
                return
        with self._catalogue.write() as tx:
            ledger = Ledger(tx, SYSTEM, now_wall_ns, self._config)
            for agency, ids in said.items():
                for row in delivery_rows.waiting_of_dispatches(tx, agency, ids):
                    before = _delivery(row)
                    if BOARD in before.channels:
                        delivery_rows.channel_took(tx, board_of(agency), now_wall_ns)
                        _store(tx, ledger, before, ways.delivered(before, BOARD, now_wall_ns))

    def _aged(self, delivery: Delivery, now_wall_ns: int) -> Delivery:
        board = self._boards.view(delivery.recipient) if delivery.waits and delivery.channel == BOARD else None
        return ways.looked_at(delivery, board, now_wall_ns)


def _store(tx: Transaction, ledger: Ledger, before: Delivery, after: Delivery) -> None:
    """The message as it is now; where a channel was given up, or took it after another had not, people are told."""
    delivery_rows.change(tx, msgspec.to_builtins(after))
    if len(after.missed) > len(before.missed):
        reason = after.missed[-1].partition(": ")[2]
        if before.channel == BOARD:
            delivery_rows.channel_failed(tx, before.place, reason, ledger.wall_ns)
        exhausted = after.exhausted_wall_ns is not None
        detail = {"by": before.channel, "reason": reason} | ({} if exhausted else {"then": after.channel})
        _tell(ledger, after, "delivery_exhausted" if exhausted else "delivery_missed", detail)
        along = {each.delivery_id: each for each in map(_delivery, delivery_rows.waiting(tx))}
        for each in ways.taken_along(before, along.values(), ledger.wall_ns):
            _store(tx, ledger, along[each.delivery_id], each)
    elif after.state is DeliveryState.DELIVERED and (after.missed or after.delivered_by != BOARD):
        _tell(ledger, after, "delivery_done", {"by": after.delivered_by})


def _tell(ledger: Ledger, delivery: Delivery, kind: str, detail: dict[str, str]) -> None:
    ledger.audit(kind.replace("_", "."), delivery.delivery_id, recipient=delivery.recipient, **detail)
    if delivery.recipient in _NAMES:
        detail |= {"to": _NAMES[delivery.recipient]}
    if delivery.alert_id is not None:
        ledger.store_alert(ledger.alert(delivery.alert_id), kind, detail)
    elif delivery.dispatch_id is not None and delivery.recipient not in _NAMES:
        dispatch = ledger.dispatch(delivery.dispatch_id)
        word: DeliveryWord = "delivered" if delivery.state is DeliveryState.DELIVERED else "missed"
        dispatch = replace(
            dispatch,
            delivery="undelivered" if kind == "delivery_exhausted" else word,
            delivered_by=delivery.delivered_by,
            missed=delivery.missed,
        )
        ledger.store_dispatch(dispatch, kind=kind, detail=detail)
        ledger.publish_incident(dispatch.incident_id)
    elif delivery.incident_id is not None:
        ledger.incident_entry(delivery.incident_id, kind, detail)
        ledger.publish_incident(delivery.incident_id)


def _found(tx: Transaction, delivery_id: str) -> Delivery:
    row = delivery_rows.find(tx, delivery_id)
    assert row is not None  # noqa: S101 - those that wait are never trimmed
    return _delivery(row)


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return msgspec.convert({name: value for name, value in row.items() if name != "letter"}, Delivery)
