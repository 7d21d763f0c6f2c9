"""What people do with shifts: plan who works in them, hand them over; and sources that they take off the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from alerts import handover, inputs, shelving
from alerts.acts import Acts
from alerts.handover import Handover, HandoverState, Item, ItemKind
from alerts.records import Actor, AlertState
from alerts.room import Duty, Room
from alerts.routing import stored_room
from alerts.rows import alert_of, handover_of, shelving_of
from alerts.shelving import LONGEST_NS, Shelving
from alerts.shifts import CLOSING_NS, Shift, shift_at, shifts_of
from alerts.trunks import is_system_zone
from nvr.catalogue import (
    alert_rows,
    camera_states,
    changes,
    duty_rows,
    handover_rows,
    hold_rows,
    incident_rows,
    shelf_rows,
    users,
)
from nvr.catalogue.engine import Transaction
from nvr.catalogue.rows import Row
from nvr.catalogue.texts import line
from nvr.catalogue.users import Role
from nvr.errors import Conflict, InvalidInput, NotFound
from nvr.observations import new_id
from nvr.spanish import spanish_line

MOST_IN_ROSTER: Final = 60
_SHOWN_NS: Final = 8 * LONGEST_NS
_EVENING: Final = 100
_MOST_COUNTED: Final = 1000
"""So many open things of a kind are looked at for a hand-over."""


class ShiftDesk(Acts):
    """The shifts' part of ``alerts.desk.Desk``."""

    def room(self) -> tuple[int, Room]:
        """The change log's newest seq and the room, of one snapshot."""
        with self._catalogue.read() as tx:
            return changes.last_seq(tx), stored_room(tx)

    def shelvings(self, limit: int = 100) -> tuple[int, list[Shelving]]:
        """Seq, and the zones at rest, with those of the last two hours, newest first."""
        with self._catalogue.read() as tx:
            rows = shelf_rows.recent(tx, self._clock.wall_ns() - _SHOWN_NS, limit)
            return changes.last_seq(tx), [shelving_of(row) for row in rows]

    def shelving(self, shelving_id: str) -> Shelving:
        """One. Raises NotFound."""
        with self._catalogue.read() as tx:
            return _shelving(tx, shelving_id)

    def end_shelving(self, shelving_id: str, actor: Actor) -> Shelving:
        """Take a source off the shelf: what waited there comes into the queue, and it is left alone for a quarter of an hour."""
        with self._act(actor) as (tx, ledger, person):
            done = shelving.end(_shelving(tx, shelving_id), person.name, ledger.wall_ns)
            ledger.end_shelving(done)
            return done

    def shift(self, wall_ns: int | None = None) -> Shift:
        """The shift of a moment, or of now."""
        return shift_at(
            self._clock.wall_ns() if wall_ns is None else wall_ns, self._config.shifts, self._config.timezone
        )

    def rosters(self, day: str) -> list[tuple[Shift, list[Row]]]:
        """The shifts that begin on a day, each with who is to work in it. Raises InvalidInput for what is no day."""
        try:
            shifts = shifts_of(day, self._config.shifts, self._config.timezone)
        except ValueError as error:
            raise InvalidInput("Ese día no existe", "escriba AAAA-MM-DD") from error
        with self._catalogue.read() as tx:
            return [(shift, duty_rows.roster(tx, shift.key)) for shift in shifts]

    def set_roster(self, day: str, name: str, entries: Sequence[tuple[str, Duty]], actor: Actor) -> Shift:
        """Write who is to work in a shift, instead of who stood there."""
        shift = next((each for each, _ in self.rosters(day) if each.name == name), None)
        if shift is None:
            raise NotFound("No existe ese turno")
        if len({user_id for user_id, _ in entries}) < len(entries):
            raise Conflict("Una persona está dos veces en el mismo turno", "déjela una vez")
        if len(entries) > MOST_IN_ROSTER:
            raise InvalidInput(f"Un turno tiene a lo sumo {MOST_IN_ROSTER} personas", "quite algunas")
        with self._act(actor) as (tx, ledger, _):
            for user_id, _duty in entries:
                user = users.find(tx, user_id)
                if user is None or not user.enabled:
                    raise NotFound("Una persona del rol de turnos ya no existe")
            rows = [
                {"user_id": user_id, "post": line(duty.post, 60), "level": duty.level, "chief": duty.chief}
                for user_id, duty in entries
            ]
            duty_rows.set_roster(tx, shift.key, rows)
            ledger.audit("roster.change", shift.key, people=str(len(rows)))
        return shift

    def plannable(self) -> dict[str, str]:
        """Who may stand in a roster: user id → name."""
        with self._catalogue.read() as tx:
            return {
                user.user_id: user.full_name or user.name
                for user in users.list_all(tx)
                if user.enabled and user.role in {Role.OPERATOR, Role.SUPERVISOR}
            }

    def duties(self, from_ns: int, to_ns: int) -> list[Row]:
        """Who was at which terminal in [from, to)."""
        with self._catalogue.read() as tx:
            return duty_rows.between(tx, from_ns, to_ns)

    def handovers(self, limit: int) -> tuple[int, list[Handover]]:
        """Seq and hand-overs, newest first."""
        with self._catalogue.read() as tx:
            return changes.last_seq(tx), [handover_of(row) for row in handover_rows.recent(tx, min(limit, _EVENING))]

    def handover(self, handover_id: str) -> Handover:
        """One. Raises NotFound."""
        with self._catalogue.read() as tx:
            return _handover(tx, handover_id)

    def begin_handover(self, actor: Actor) -> Handover:
        """The draft of the hand-over that is due (``alerts.handover.due``), with what is open now; where there is one already, that one, brought up to date.

        Raises:
            Conflict: that shift's is signed already.
        """
        with self._act(actor) as (tx, ledger, person):
            present = self.shift(ledger.wall_ns)
            before = self.shift(present.from_wall_ns - 1)
            shift = handover.due(ledger.wall_ns, present, before, _newest_of(tx, before))
            known = _newest_of(tx, shift)
            if known is None or (known.state is not HandoverState.DRAFT and _too_early(known, shift, ledger.wall_ns)):
                known = Handover(
                    handover_id=new_id(ledger.wall_ns),
                    shift=shift.key,
                    to_shift=self.shift(shift.to_wall_ns).key,
                    state=HandoverState.DRAFT,
                    created_wall_ns=ledger.wall_ns,
                    created_by=person.name,
                )
            elif known.state is not HandoverState.DRAFT:
                raise Conflict(f"La entrega del turno {shift.name} ya la firmó {known.signed_by}")
            now = handover.brought_up_to_date(known, self._open_things(tx))
            ledger.store_handover(now, "begin")
            return now

    def add_order(self, handover_id: str, text: str, actor: Actor) -> Handover:
        """Write a standing order, or a note, into the draft."""
        clean = inputs.note(text, required=True)
        with self._act(actor) as (tx, ledger, person):
            now = handover.with_order(_handover(tx, handover_id), new_id(ledger.wall_ns), clean, person.name)
            ledger.store_handover(now, "order")
            return now

    def drop_order(self, handover_id: str, item_id: str, actor: Actor) -> Handover:
        """Take an order out of the draft."""
        with self._act(actor) as (tx, ledger, _):
            now = handover.without(_handover(tx, handover_id), item_id)
            ledger.store_handover(now, "order_dropped", item_id=item_id)
            return now

    def sign_handover(self, handover_id: str, actor: Actor) -> Handover:
        """The outgoing side signs, what is open at this moment."""
        with self._act(actor) as (tx, ledger, person):
            fresh = handover.brought_up_to_date(_handover(tx, handover_id), self._open_things(tx))
            now = handover.sign(fresh, person, ledger.wall_ns)
            ledger.store_handover(now, "sign", items=str(len(now.items)))
            return now

    def reopen_handover(self, handover_id: str, actor: Actor) -> Handover:
        """Who signed it takes it back, before anything of it was accepted."""
        with self._act(actor) as (tx, ledger, person):
            now = handover.reopen(_handover(tx, handover_id), person)
            ledger.store_handover(now, "reopen")
            return now

    def accept_item(self, handover_id: str, item_id: str, remark: str, actor: Actor) -> Handover:
        """The incoming side accepts one thing; with the last the hand-over is accepted."""
        text = inputs.note(remark)
        with self._act(actor) as (tx, ledger, person):
            before = _handover(tx, handover_id)
            now = handover.accept(before, item_id, person, text, ledger.wall_ns, _going(tx, before))
            if now is not before:
                ledger.store_handover(now, "accept", item_id=item_id)
            return now

    def accept_empty(self, handover_id: str, actor: Actor) -> Handover:
        """The incoming side accepts that nothing is open."""
        with self._act(actor) as (tx, ledger, person):
            before = _handover(tx, handover_id)
            now = handover.accept_empty(before, person, ledger.wall_ns, _going(tx, before))
            ledger.store_handover(now, "accept")
            return now

    def _open_things(self, tx: Transaction) -> list[Item]:
        """What is open now: incidents, holds that people placed or must decide on, cameras that are down, alerts that nobody has judged, which wait in the queue besides."""
        found = [
            Item(
                f"i-{row['incident_id']}", ItemKind.INCIDENT, row["incident_id"],
                f"{row['number']} · {self._place(row['camera_id'])}", cameras=(row["camera_id"],),
            )
            for row in incident_rows.list_incidents(tx, ["open"], _MOST_COUNTED, None)
        ]  # fmt: skip
        for hold in hold_rows.minded_by_people(tx, _MOST_COUNTED):
            asked = " · espera decisión" if hold.state is hold_rows.HoldState.ASKED else ""
            text = f"{self._place(hold.camera_id)}{asked}"
            found.append(
                Item(
                    f"h-{hold.hold_id}",
                    ItemKind.HOLD,
                    hold.hold_id,
                    text,
                    cameras=(hold.camera_id,),
                    reason=hold.reason,
                )
            )
        down = {
            state.camera_id: state for state in camera_states.all_states(tx) if state.down_since_wall_ns is not None
        }
        for camera in self._config.cameras:
            state = down.get(camera.id)
            if not camera.enabled or state is not None:
                why = "deshabilitada" if state is None else (spanish_line(state.detail) or state.cause)
                text = f"{self._place(camera.id)} · {why}"
                found.append(Item(f"c-{camera.id}", ItemKind.CAMERA, camera.id, text, cameras=(camera.id,)))
        for row in alert_rows.waiting(tx, [AlertState.NEW.value, AlertState.TAKEN.value], _MOST_COUNTED):
            alert = alert_of(row)
            if alert.incident_id is None and not is_system_zone(alert.zone):
                text = f"P{alert.priority} · {self._place(alert.camera_id)} · {alert.zone}"
                of = (alert.camera_id, *(each for each in alert.cameras if each != alert.camera_id))
                found.append(Item(f"a-{alert.alert_id}", ItemKind.ALERT, alert.alert_id, text, cameras=of))
        return found

    def _place(self, camera_id: str) -> str:
        camera = self._config.camera(camera_id)
        return camera_id if camera is None else f"cámara {camera.number} {camera.name}"


def _shelving(tx: Transaction, shelving_id: str) -> Shelving:
    row = shelf_rows.find(tx, shelving_id)
    if row is None:
        raise NotFound("No existe ese reposo")
    return shelving_of(row)


def _going(tx: Transaction, given: Handover) -> set[str]:
    """Who goes by the roster: in the shift that ends, and not in the one that begins. Nobody where there is no roster."""
    ends, begins = ({row["user_id"] for row in duty_rows.roster(tx, shift)} for shift in (given.shift, given.to_shift))
    return ends - begins


def _newest_of(tx: Transaction, shift: Shift) -> Handover | None:
    row = handover_rows.of_shift(tx, shift.key)
    return None if row is None else handover_of(row)


def _too_early(known: Handover, shift: Shift, now_wall_ns: int) -> bool:
    """Whether a signed hand-over leaves room for the one of the shift's end, which has come."""
    return not handover.left_by(known, shift) and now_wall_ns >= shift.to_wall_ns - CLOSING_NS


def _handover(tx: Transaction, handover_id: str) -> Handover:
    row = handover_rows.find(tx, handover_id)
    if row is None:
        raise NotFound("No existe esa entrega de turno")
    return handover_of(row)
