"""Each second: offers to those present, escalation, shares, flood and the shelf, brought up to what the pure rules say. Writes only what changed.

Everything that is decided is stored with its change row before anybody is told, so that who is offered what, and who was told, survives a kill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from alerts import judging, leases, shelving
from alerts.flood import SPAN_NS
from alerts.ledger import SYSTEM, Ledger
from alerts.presence import Person, Presence
from alerts.records import Alert, AlertState
from alerts.room import Counts, Duty, Room, Seat, duties_due, floor_of, room_now
from alerts.rows import alert_of, shelving_of
from alerts.shelving import Shelving
from alerts.shifts import STALE_NS, shift_at
from nvr.catalogue import alert_rows, duty_rows, room_rows, shelf_rows
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.config import Config
from nvr.observations import new_id

LEVEL_NAMES: Final = {1: "operador siguiente", 2: "supervisor", 3: "jefe de turno"}


@dataclass(frozen=True, slots=True)
class _Plan:
    alerts: Sequence[tuple[Alert, Alert]]
    """Before and after."""
    room: Room | None
    run_out: Sequence[Shelving]
    begun: Sequence[Seat]
    over: Sequence[str]
    shift: str

    def __bool__(self) -> bool:
        return bool(self.alerts or self.room or self.run_out or self.begun or self.over)


class Routing:
    """``step`` once a second, from the thread that writes."""

    def __init__(self, catalogue: Catalogue, config: Config, presence: Presence) -> None:
        self._catalogue = catalogue
        self._config = config
        self._presence = presence
        self._begun = False

    def step(self, now_wall_ns: int) -> None:
        """Do what is due.

        Raises:
            CatalogueError: nothing was done; the next step does it.
        """
        with self._catalogue.read() as tx:
            if not self._begun:
                self._presence.expect(_people_of(stored_room(tx)))
                self._begun = True
            if not self._plan(tx, now_wall_ns):
                return
        with self._catalogue.write() as tx:
            # Decided again: what was read before the lock may be over.
            self._carry_out(tx, Ledger(tx, SYSTEM, now_wall_ns, self._config), self._plan(tx, now_wall_ns))

    def _plan(self, tx: Transaction, now_wall_ns: int) -> _Plan:
        before = stored_room(tx)
        waiting = [alert_of(row) for row in alert_rows.unattended(tx)]
        in_hand = [alert_of(row) for row in alert_rows.unjudged(tx)]
        present = self._presence.now()
        shift = shift_at(now_wall_ns, self._config.shifts, self._config.timezone)
        counts = Counts(
            waiting=alert_rows.count_unattended(tx),
            presented=alert_rows.count_presented(tx, now_wall_ns - SPAN_NS),
            stale=alert_rows.count_open(tx, now_wall_ns - STALE_NS),
            in_hand={alert.owner_id or "" for alert in in_hand},
        )
        roster = {
            row["user_id"]: Duty(row["post"], row["level"], bool(row["chief"]))
            for row in duty_rows.roster(tx, shift.key)
        }
        cameras = [camera.id for camera in self._config.enabled_cameras]
        room = room_now(before, present, roster, cameras, counts, shift, now_wall_ns)
        floor = floor_of(room, alert_rows.loads(tx))
        untouched = {each.person.user_id: each.untouched_ns for each in present}
        changed = leases.plan(waiting, floor, now_wall_ns, flood=room.flood.on)
        changed += [judging.step(alert, untouched.get(alert.owner_id or ""), SYSTEM, now_wall_ns) for alert in in_hand]
        known = {alert.alert_id: alert for alert in (*waiting, *in_hand)}
        begun, over = duties_due(room.seats, shift.key, duty_rows.open_duties(tx))
        shelved = [shelving_of(row) for row in shelf_rows.in_force(tx)]
        return _Plan(
            alerts=[(known[alert.alert_id], alert) for alert in changed if alert != known[alert.alert_id]],
            room=None if room == before else room,
            run_out=[each for each in shelved if not each.in_force(now_wall_ns)],
            begun=begun,
            over=over,
            shift=shift.key,
        )

    def _carry_out(self, tx: Transaction, ledger: Ledger, plan: _Plan) -> None:
        for duty_id in plan.over:
            duty_rows.end(tx, duty_id, ledger.wall_ns)
        for seat in plan.begun:
            duty = {
                "duty_id": new_id(ledger.wall_ns),
                "user_id": seat.user_id,
                "user_name": seat.name,
                "terminal": seat.terminal,
                "shift": plan.shift,
                "from_wall_ns": ledger.wall_ns,
            }
            duty_rows.begin(tx, duty)
            ledger.audit("duty.begin", seat.user_id, terminal=seat.terminal, shift=plan.shift)
        for shelved in plan.run_out:
            ledger.end_shelving(shelving.end(shelved, SYSTEM.name, ledger.wall_ns))
        for before, alert in plan.alerts:
            if before.state is AlertState.TAKEN and alert.state is AlertState.NEW:
                owner = {"owner": before.owner_name or ""}
                ledger.store_alert(alert, "alert_released", owner)
                ledger.audit("alert.release", alert.alert_id, **owner)
            elif alert.escalation > before.escalation:
                level = {"level": str(alert.escalation), "to": LEVEL_NAMES[alert.escalation]}
                ledger.store_alert(alert, "alert_escalated", level)
                ledger.audit("alert.escalate", alert.alert_id, **level)
                for told in range(before.escalation + 1, alert.escalation + 1):
                    ledger.tell_level(told, alert)
            elif alert.priority == 1 and alert.offer_user_id is not None:
                ledger.store_alert(alert, "alert_offered", {"to": alert.offer_user_name or ""})
            else:
                ledger.store_alert(alert)
        if plan.room is not None:
            ledger.room_changed(msgspec.to_builtins(plan.room))


def stored_room(tx: Transaction) -> Room:
    """The room as it was last told."""
    body = room_rows.find(tx)
    return msgspec.convert(body, Room) if body else Room()


def _people_of(room: Room) -> list[Person]:
    return [
        Person(
            seat.user_id, seat.name, seat.role, seat.terminal, None if seat.cameras is None else frozenset(seat.cameras)
        )
        for seat in room.seats
    ]
