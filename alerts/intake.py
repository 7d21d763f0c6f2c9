"""Takes up workers' facts: each batch in one transaction with the journal's position, so that each fact counts exactly once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import assert_never

from alerts import device_signals, recognition
from alerts.acceptance import objection, summary
from alerts.ledger import SYSTEM, Ledger
from alerts.placement import Placement
from alerts.trunks import is_system_zone
from nvr.catalogue import (
    camera_states,
    hold_rows,
    picture_states,
    positions,
    segments,
)
from nvr.catalogue.camera_states import CameraState
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.picture_states import PictureState
from nvr.catalogue.segments import GapRow, SegmentRow
from nvr.clock import Clock
from nvr.config import Config
from nvr.errors import Conflict
from nvr.journal import Position
from nvr.observations import (
    CameraStateChanged,
    DeviceSignalled,
    Fact,
    GapClosed,
    MotionObserved,
    ObjectRecognised,
    PictureStateChanged,
    SegmentClosed,
    SegmentOpened,
)

_log = logging.getLogger(__name__)


class Intake:
    """From journal to catalogue, alerts and changes. Thread-safe. ``refused`` counts facts that could not be stored."""

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        self._catalogue = catalogue
        self._config = config
        self._clock = clock
        self._placement = Placement(config)
        self.refused = 0

    def position(self, worker: str) -> Position:
        """After which place of the worker's journal to read on."""
        with self._catalogue.read() as tx:
            return positions.find(tx, worker)

    def take_up(
        self,
        worker: str,
        facts: Iterable[tuple[Fact, Position]],
        within_ns: int | None = None,
        *,
        anew: bool = False,
    ) -> tuple[int, Position | None]:
        """Store a batch. Facts that stand already are passed over; bad ones are logged, counted in ``refused`` and passed over.

        Args:
            worker: whose journal.
            facts: in its order, each with the position behind it; drawn one by one.
            anew: they come from another journal than the position was stored for: it may go back.
            within_ns: after so long what was taken up is stored, and the others are left where they are: whoever waits for the catalogue is let in. None: all.

        Returns:
            how many were taken up, and the position behind the last of them.

        Raises:
            CatalogueError: nothing of the batch was stored; come again with the same batch.
            OSError: the facts can't be read any further; nothing was stored.
        """
        coming = iter(facts)
        first = next(coming, None)
        if first is None:
            return 0, None
        facts = chain([first], coming)
        until_ns = None if within_ns is None else time.monotonic_ns() + within_ns
        taken: list[tuple[Fact, Position]] = []
        refusals: list[tuple[Fact, str]] = []
        with self._catalogue.write() as tx:
            while not self._take_together(tx, facts, until_ns, taken, refusals):
                if until_ns is not None and time.monotonic_ns() >= until_ns:
                    break
            last = taken[-1][1]
            # A batch that is offered again never takes the reader back.
            if anew or last > positions.find(tx, worker):
                positions.store(tx, worker, last)
        self.refused += len(refusals)
        for fact, reason in refusals:
            _log.warning("passed over a fact: %s: %s", reason, summary(fact))
        return len(taken), last

    def _take_together(
        self,
        tx: Transaction,
        facts: Iterator[tuple[Fact, Position]],
        until_ns: int | None,
        taken: list[tuple[Fact, Position]],
        refusals: list[tuple[Fact, str]],
    ) -> bool:
        """Draw facts and store them, all in one savepoint until the database refuses a row of one; then those that were drawn, each in its own.

        Args:
            until_ns: no more are drawn after then, on the monotonic clock; one at least is.
            taken: what was drawn is added here.
            refusals: what of it can't be stored is added here, with the reason.

        Returns:
            whether it came to its end; else a row was refused, and there may be more to draw.
        """
        drawn: list[tuple[Fact, Position]] = []
        objections: list[tuple[Fact, str]] = []
        try:
            with tx.savepoint():
                for fact, position in facts:
                    drawn.append((fact, position))
                    reason = objection(fact, self._config)
                    if reason:
                        objections.append((fact, reason))
                    else:
                        self._store(tx, fact)
                    if until_ns is not None and time.monotonic_ns() >= until_ns:
                        break
        except Conflict:
            refusals += [(fact, reason) for fact, _ in drawn if (reason := self._take_alone(tx, fact))]
            return False
        else:
            refusals += objections
            return True
        finally:
            taken += drawn

    def _take_alone(self, tx: Transaction, fact: Fact) -> str:
        """Why a fact can't be stored; "" where it was."""
        reason = objection(fact, self._config)
        if reason:
            return reason
        try:
            with tx.savepoint():
                self._store(tx, fact)
        except Conflict as refusal:
            # The database's word on this one row; that it is full or away ends the batch instead.
            return refusal.message
        return ""

    def _store(self, tx: Transaction, fact: Fact) -> None:
        ledger = Ledger(tx, SYSTEM, self._clock.wall_ns(), self._config)
        match fact:
            case SegmentOpened():
                held = hold_rows.touched(tx, fact.camera_id, fact.start_wall_ns, None)
                segments.opened(tx, replace(_opened(fact), held=held))
            case SegmentClosed(packets=0):
                segments.vanished(tx, fact.segment_id)
            case SegmentClosed():
                segments.closed(tx, _closed(fact))
                if hold_rows.touched(tx, fact.camera_id, fact.start_wall_ns, fact.end_wall_ns):
                    segments.hold_one(tx, fact.segment_id)
            case GapClosed():
                # A clock that stepped back inside the gap makes it short, not unknown.
                until_ns = max(fact.start_wall_ns, fact.end_wall_ns)
                gap = GapRow(
                    fact.gap_id, fact.camera_id, fact.stream, fact.start_wall_ns, until_ns, fact.cause, fact.detail
                )
                segments.store_gap(tx, gap)
            case CameraStateChanged():
                self._state(tx, ledger, fact)
            case PictureStateChanged():
                _picture(tx, ledger, fact)
            case MotionObserved():
                self._placement.take(tx, ledger, _renamed(fact), alerting=True)
            case ObjectRecognised():
                recognition.take(tx, ledger, fact)
            case DeviceSignalled():
                priority = device_signals.priority_of(fact, self._config.camera(fact.camera_id))
                movement = device_signals.movement_of(fact)
                self._placement.take(tx, ledger, movement, alerting=priority is not None, priority=priority)
            case _:
                assert_never(fact)

    def _state(self, tx: Transaction, ledger: Ledger, fact: CameraStateChanged) -> None:
        if not camera_states.remember(
            tx,
            observation_id=fact.observation_id,
            camera_id=fact.camera_id,
            stream=fact.stream,
            state=fact.state,
            wall_ns=fact.wall_ns,
            cause=fact.cause,
            detail=fact.detail,
        ):
            return
        known = camera_states.find(tx, fact.camera_id, fact.stream)
        same = known is not None and known.state == fact.state
        down_since_ns = None if known is None else known.down_since_wall_ns
        if fact.state == "online":
            down_since_ns = None
        elif fact.state == "offline" and down_since_ns is None:
            # A first "connecting" is not a failure yet; one between two failures does not end the outage either.
            down_since_ns = fact.wall_ns
        now = CameraState(
            fact.camera_id,
            fact.stream,
            fact.state,
            known.since_wall_ns if known is not None and same else fact.wall_ns,
            down_since_ns,
            fact.cause,
            fact.detail,
        )
        if now != known:
            camera_states.store(tx, now)
            ledger.camera_changed(now)


def _renamed(fact: MotionObserved) -> MotionObserved:
    """A zone that somebody named like ours must not be mixed up with outages, or with what a camera itself notices."""
    if not is_system_zone(fact.zone) and not device_signals.is_device_zone(fact.zone):
        return fact
    return MotionObserved(
        **{name: getattr(fact, name) for name in fact.__struct_fields__} | {"zone": f"zona {fact.zone}"}
    )


def _picture(tx: Transaction, ledger: Ledger, fact: PictureStateChanged) -> None:
    now = PictureState(
        fact.camera_id, fact.stream, fact.aspect, fact.condition, fact.since_wall_ns, fact.detail, fact.snapshot
    )
    if picture_states.remember(tx, fact.observation_id, now, fact.wall_ns) and picture_states.store(tx, now):
        ledger.picture_changed(now)


def _opened(fact: SegmentOpened) -> SegmentRow:
    return SegmentRow(
        segment_id=fact.segment_id,
        camera_id=fact.camera_id,
        stream=fact.stream,
        epoch_ns=fact.epoch_ns,
        start_wall_ns=fact.start_wall_ns,
        end_wall_ns=None,
        path=fact.path,
        codec=fact.codec[:16],
        width_px=fact.width_px,
        height_px=fact.height_px,
        size_bytes=None,
        packets=None,
        sha256=None,
    )


def _closed(fact: SegmentClosed) -> SegmentRow:
    return SegmentRow(
        segment_id=fact.segment_id,
        camera_id=fact.camera_id,
        stream=fact.stream,
        epoch_ns=0,
        start_wall_ns=fact.start_wall_ns,
        # The wall clock may have stepped back in between; a segment never ends before it began.
        end_wall_ns=max(fact.end_wall_ns, fact.start_wall_ns),
        path=fact.path,
        codec="",
        width_px=0,
        height_px=0,
        size_bytes=fact.size_bytes,
        packets=fact.packets,
        sha256=fact.sha256,
        recovered=fact.recovered,
    )
