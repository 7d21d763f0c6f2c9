"""Takes up workers' facts: each batch in one transaction with the journal's position, so that each fact counts exactly once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from alerts import device_signals, rules, scenes, shelving
from alerts.acceptance import objection, summary
from alerts.ledger import SYSTEM, Ledger
from alerts.records import Alert
from alerts.rows import shelving_of, sighting_of
from alerts.trunks import is_system_zone
from nvr.catalogue import (
    alert_sources,
    camera_states,
    hold_rows,
    movements,
    picture_states,
    positions,
    segments,
    shelf_rows,
)
from nvr.catalogue.camera_states import CameraState
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.movements import Movement
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
    PictureStateChanged,
    SegmentClosed,
    SegmentOpened,
    new_id,
)

_log = logging.getLogger(__name__)


class Intake:
    """From journal to catalogue, alerts and changes. Thread-safe. ``refused`` counts facts that could not be stored."""

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        self._catalogue = catalogue
        self._config = config
        self._clock = clock
        self._graph: tuple[object, scenes.Walks] = (None, {})
        self.refused = 0

    def position(self, worker: str) -> Position:
        """After which place of the worker's journal to read on."""
        with self._catalogue.read() as tx:
            return positions.find(tx, worker)

    def take_up(self, worker: str, facts: Sequence[tuple[Fact, Position]]) -> None:
        """Store a batch. Facts that stand already are passed over; bad ones are logged, counted in ``refused`` and passed over.

        Raises:
            CatalogueError: nothing of the batch was stored; come again with the same batch.
        """
        if not facts:
            return
        refused = 0
        with self._catalogue.write() as tx:
            for fact, _ in facts:
                refused += not self._take_one(tx, fact)
            # A batch that is offered again never takes the reader back.
            if facts[-1][1] > positions.find(tx, worker):
                positions.store(tx, worker, facts[-1][1])
        self.refused += refused

    def _take_one(self, tx: Transaction, fact: Fact) -> bool:
        reason = objection(fact, self._config)
        if not reason:
            try:
                with tx.savepoint():
                    self._store(tx, Ledger(tx, SYSTEM, self._clock.wall_ns(), self._config), fact)
            except Conflict as refusal:
                # The database's word on this one row; that it is full or away ends the batch instead.
                reason = refusal.message
            else:
                return True
        _log.warning("passed over a fact: %s: %s", reason, summary(fact))
        return False

    def _store(self, tx: Transaction, ledger: Ledger, fact: Fact) -> None:
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
                self._movement(tx, ledger, _renamed(fact), alerting=True)
            case DeviceSignalled():
                priority = device_signals.priority_of(fact)
                movement = device_signals.movement_of(fact)
                self._movement(tx, ledger, movement, alerting=priority is not None, priority=priority)
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

    def _movement(
        self, tx: Transaction, ledger: Ledger, fact: MotionObserved, *, alerting: bool, priority: int | None = None
    ) -> None:
        known = movements.find(tx, fact.observation_id)
        if known is not None:
            if fact.phase == "ended" and (known.end_wall_ns is None or known.end_wall_ns < rules.end_of(fact)):
                self._end(tx, ledger, known, fact)
            return
        for lost in movements.going_on(tx, fact.camera_id, fact.zone):
            # A zone has one movement at a time: the worker of this one died before it could say its end.
            movements.end(tx, lost, max(lost.start_wall_ns, min(lost.decided_wall_ns, fact.start_wall_ns)), lost.score)
            if lost.alert_id is not None:
                until_ns = max(lost.decided_wall_ns, fact.start_wall_ns)
                alert_sources.ended(tx, lost.alert_id, lost.camera_id, lost.zone, until_ns)
                alert = ledger.alert(lost.alert_id)
                ledger.store_alert(rules.lost_end(alert, until_ns))
        home = self._home(tx, ledger, fact, priority) if alerting else None
        if home is not None:
            alert_sources.note(
                tx,
                home.alert_id,
                fact.camera_id,
                fact.zone,
                started_wall_ns=fact.start_wall_ns,
                last_wall_ns=fact.start_wall_ns if fact.phase == "started" else rules.end_of(fact),
                ongoing=fact.phase == "started",
            )
        movements.store(
            tx,
            Movement(
                observation_id=fact.observation_id,
                camera_id=fact.camera_id,
                zone=fact.zone,
                start_wall_ns=fact.start_wall_ns,
                end_wall_ns=None if fact.phase == "started" else rules.end_of(fact),
                decided_wall_ns=fact.decided_wall_ns,
                score=fact.score,
                cells=fact.cells,
                snapshot=fact.snapshot,
                alert_id=None if home is None else home.alert_id,
            ),
        )
        if home is not None:
            self._shelve(tx, ledger, fact, home.priority)

    def _home(self, tx: Transaction, ledger: Ledger, fact: MotionObserved, priority: int | None) -> Alert:
        """The alert of a movement, stored with it: its zone's own, a neighbour's, or a new one."""
        camera = self._config.camera(fact.camera_id)
        if priority is None:
            priority = rules.DEFAULT_PRIORITY if camera is None else rules.zone_priority(camera, fact.zone)
        seen = [sighting_of(row) for row in alert_sources.of_zone(tx, fact.camera_id, fact.zone)]
        home = rules.home(fact.start_wall_ns, seen) or self._companion(tx, fact, priority)
        if home is not None:
            alert = rules.folded(home, fact, priority=priority)
            joined = len(alert.cameras) > len(home.cameras)
            ledger.store_alert(
                alert, "scene_joined" if joined else "", {"camera_id": fact.camera_id, "zone": fact.zone}
            )
            return alert
        row = shelf_rows.newest(tx, fact.camera_id, fact.zone)
        alert = rules.opened(
            fact,
            alert_id=new_id(ledger.wall_ns),
            priority=priority,
            wall_ns=ledger.wall_ns,
            shelved=row is not None and shelving_of(row).in_force(ledger.wall_ns),
        )
        ledger.new_alert(alert, {"score": f"{fact.score:.3f}"})
        return alert

    def _companion(self, tx: Transaction, fact: MotionObserved, priority: int) -> Alert | None:
        graph = self._walks()
        neighbours = graph.get(fact.camera_id)
        if not neighbours:
            return None
        start_ns = fact.start_wall_ns
        near = alert_sources.near(tx, neighbours, start_ns - scenes.TOGETHER_NS)
        if not near:
            return None
        return scenes.companion(
            fact.camera_id,
            start_ns,
            near=[sighting_of(row) for row in near],
            graph=graph,
            quiet=scenes.Quiet(
                alert_sources.scenes(tx, fact.camera_id, fact.zone, start_ns - scenes.RATE_SPAN_NS, start_ns),
                start_ns - alert_sources.watched_since(tx, start_ns),
            ),
            priority=priority,
        )

    def _walks(self) -> scenes.Walks:
        """The camera graph of the configuration that is in force, made anew when that changes."""
        cameras = self._config.cameras
        if self._graph[0] is not cameras:
            self._graph = (cameras, scenes.walks(cameras))
        return self._graph[1]

    def _shelve(self, tx: Transaction, ledger: Ledger, fact: MotionObserved, priority: int) -> None:
        since_ns = fact.start_wall_ns - shelving.CHATTER_NS
        starts = shelving.chatters(movements.starts(tx, fact.camera_id, fact.zone, since_ns), fact.start_wall_ns)
        if not starts:
            return
        row = shelf_rows.newest(tx, fact.camera_id, fact.zone)
        shelved = shelving.shelve(
            None if row is None else shelving_of(row),
            shelving_id=new_id(ledger.wall_ns),
            source=(fact.camera_id, fact.zone),
            starts=starts,
            priority=priority,
            now_wall_ns=ledger.wall_ns,
        )
        if shelved is not None:
            ledger.new_shelving(shelved)

    def _end(self, tx: Transaction, ledger: Ledger, known: Movement, fact: MotionObserved) -> None:
        movements.end(tx, known, rules.end_of(fact), fact.score)
        if known.alert_id is None:
            return
        alert_sources.ended(tx, known.alert_id, known.camera_id, known.zone, rules.end_of(fact))
        alert = ledger.alert(known.alert_id)
        going_on = bool(movements.of_alert(tx, known.alert_id, going_on_only=True))
        now = rules.ended(alert, fact, still_going_on=going_on)
        if now != alert:
            ledger.store_alert(now)


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
