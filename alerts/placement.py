"""Where a movement belongs: in its zone's alert, in a neighbour's, or in a new one; what the pure rules say of it, stored."""

from __future__ import annotations

from alerts import rules, scenes, shelving
from alerts.ledger import Ledger
from alerts.records import Alert
from alerts.rows import shelving_of, sighting_of
from nvr.catalogue import alert_sources, movements, shelf_rows
from nvr.catalogue.engine import Transaction
from nvr.catalogue.movements import Movement
from nvr.config import Config
from nvr.observations import MotionObserved, new_id


def new_alert(tx: Transaction, ledger: Ledger, fact: MotionObserved, priority: int) -> Alert:
    """A new alert of a movement, stored: on the shelf where its zone rests."""
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


class Placement:
    """Puts movements where they belong, in the caller's transaction."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._graph: tuple[object, scenes.Walks] = (None, {})

    def take(
        self, tx: Transaction, ledger: Ledger, fact: MotionObserved, *, alerting: bool, priority: int | None = None
    ) -> None:
        """Store a movement, or its end, with what it does to an alert; one that stands already is passed over.

        Args:
            alerting: False: it is only stored.
            priority: instead of its zone's.
        """
        known, going_on = movements.concerned(tx, fact.observation_id, fact.camera_id, fact.zone)
        if known is not None:
            if fact.phase == "ended" and (known.end_wall_ns is None or known.end_wall_ns < rules.end_of(fact)):
                self._end(tx, ledger, known, fact)
            return
        for lost in going_on:
            # A zone has one movement at a time: the worker of this one died before it could say its end.
            movements.end(tx, lost, max(lost.start_wall_ns, min(lost.decided_wall_ns, fact.start_wall_ns)), lost.score)
            if lost.alert_id is not None:
                until_ns = max(lost.decided_wall_ns, fact.start_wall_ns)
                alert_sources.ended(tx, lost.alert_id, lost.camera_id, lost.zone, until_ns)
                alert = ledger.alert(lost.alert_id)
                ledger.store_alert(rules.lost_end(alert, until_ns))
        home = self._home(tx, ledger, fact, priority) if alerting else None
        if home is not None:
            note = alert_sources.begin if home.count == 1 else alert_sources.note
            note(
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
        home = rules.home(fact.start_wall_ns, seen, priority) or self._companion(tx, fact, priority)
        if home is not None:
            alert = rules.folded(home, fact, priority=priority)
            joined = len(alert.cameras) > len(home.cameras)
            ledger.store_alert(
                alert, "scene_joined" if joined else "", {"camera_id": fact.camera_id, "zone": fact.zone}
            )
            return alert
        return new_alert(tx, ledger, fact, priority)

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
            (fact.camera_id, fact.zone),
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
        if priority == 1:
            # Never shelved, so nobody need count.
            return
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
