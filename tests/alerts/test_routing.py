"""The room, second by second, on both databases: offers, escalation, shares, flood, duties, hand-over; and what a restart finds again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts import handover
from alerts.desk import Desk
from alerts.handover import HandoverState, ItemKind
from alerts.holds import Holds
from alerts.intake import Intake
from alerts.presence import GRACE_NS, IDLE_NS, LEFT_NS, Person
from alerts.records import Alert, AlertOutcome, AlertState
from alerts.room import Duty, Room
from alerts.shifts import STALE_NS
from nvr.catalogue import audit, changes, hold_rows, users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import Role, User
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.errors import Conflict, IllegalStep, InvalidInput, NotFound
from nvr.journal import Position
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, JEFA, LUIS, T0, config, ended, started, state

PEOPLE = {
    "u-ana": Person("u-ana", "Ana Quispe", "operator", "Puesto 3"),
    "u-luis": Person("u-luis", "Luis Chávez", "operator", "Puesto 4"),
    "u-jefa": Person("u-jefa", "Rosa Jefa", "supervisor", "Mesa"),
}


class Control:
    """A desk with people who come and go, and a clock that is told."""

    def __init__(self, catalogue: Catalogue, clock: SimulatedClock, cameras: int = 4) -> None:
        self.catalogue, self.clock, self.config = catalogue, clock, config(cameras)
        self.desk = Desk(catalogue, self.config, clock)
        self.tickets: dict[str, int] = {}
        with catalogue.write() as tx:
            for person in PEOPLE.values():
                role = Role(person.role)
                users.create(tx, User(person.user_id, person.user_id, person.name, role, None, None, "x"))

    def comes(self, *user_ids: str) -> None:
        for user_id in user_ids:
            self.tickets[user_id] = self.desk.presence.join(PEOPLE[user_id])

    def goes(self, user_id: str) -> None:
        self.desk.presence.leave(user_id, self.tickets.pop(user_id))

    def movement(self, name: str, *, camera_id: str = "cam01", zone: str = "calle") -> Alert:
        before = {alert.alert_id for alert in self.alerts()}
        seconds = (self.clock.wall_ns() - 1_790_000_000 * NS_PER_S) / NS_PER_S
        facts = [started(name, seconds, camera_id=camera_id, zone=zone), ended(name, seconds, seconds + 1, camera_id=camera_id, zone=zone)]  # fmt: skip
        Intake(self.catalogue, self.config, self.clock).take_up("w0", [(fact, Position("1", 1)) for fact in facts])
        return next(alert for alert in self.alerts() if alert.alert_id not in before)

    def alerts(self) -> list[Alert]:
        return self.desk.alerts([AlertState.NEW, AlertState.TAKEN], 1000)[1]

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(seconds=1)
            self.desk.tick()

    def room(self) -> Room:
        return self.desk.room()[1]


@pytest.fixture
def control(catalogue: Catalogue, clock: SimulatedClock) -> Control:
    clock.advance(seconds=1)
    return Control(catalogue, clock)


def test_an_alert_goes_round_until_somebody_takes_it(control: Control) -> None:
    control.comes("u-ana", "u-luis", "u-jefa")
    control.wait(1)
    alert = control.movement("m")
    control.wait(1)
    first = control.desk.alert(alert.alert_id)
    assert first.offer_user_id in {"u-ana", "u-luis"}, "the supervisor is asked where no operator is there"
    control.wait(30)
    second = control.desk.alert(alert.alert_id)
    assert {first.offer_user_id, second.offer_user_id} == {"u-ana", "u-luis"}
    # It binds nobody: whoever is first gets it.
    control.desk.take(alert.alert_id, ANA if second.offer_user_id == "u-luis" else LUIS)
    control.wait(1)
    assert control.desk.alert(alert.alert_id).offer_user_id is None
    assert_consistent(control.catalogue)


def test_escalation_is_stored_with_its_entries_and_survives_a_restart(control: Control, clock: SimulatedClock) -> None:
    control.comes("u-ana", "u-jefa")
    alert = control.movement("m", zone="puerta")
    control.wait(46)
    assert control.desk.alert(alert.alert_id).escalation == 2
    # Killed here: another process takes up where this one was.
    again = Desk(control.catalogue, config(), clock)
    again.tick()
    before = control.desk.alert(alert.alert_id)
    assert again.alert(alert.alert_id) == before
    assert again.room()[1].shares == control.room().shares
    for _ in range(50):
        clock.advance(seconds=1)
        again.tick()
    assert again.alert(alert.alert_id).escalation == 3
    with control.catalogue.read() as tx:
        told = [each.detail["level"] for each in audit.read(tx, 100) if each.action == "alert.escalate"]
    assert sorted(told) == ["1", "2", "3"], "each level once, across the restart"


def test_who_leaves_gives_his_offers_and_cameras_to_the_others(control: Control) -> None:
    control.comes("u-ana", "u-luis")
    alert = control.movement("m")
    control.wait(1)
    shares = control.room().shares
    assert sorted(shares) == ["cam01", "cam02", "cam03", "cam04"]
    assert sorted(list(shares.values()).count(who) for who in ("u-ana", "u-luis")) == [2, 2]
    holder = control.desk.alert(alert.alert_id).offer_user_id
    assert holder is not None
    control.goes(holder)
    control.wait(2)
    assert control.room().shares == shares, "a page that is loaded anew must not shuffle cameras"
    control.wait(GRACE_NS // NS_PER_S)
    other = "u-luis" if holder == "u-ana" else "u-ana"
    assert set(control.room().shares.values()) == {other}
    assert control.desk.alert(alert.alert_id).offer_user_id == other


def test_what_was_taken_by_who_then_vanished_goes_back_to_the_queue(control: Control) -> None:
    """His terminal died after Enter: nobody else is offered what he has, and his session lives for half an hour."""
    control.comes("u-ana", "u-luis")
    taken, under_way = control.movement("m"), control.movement("n", camera_id="cam02")
    control.desk.take(taken.alert_id, ANA)
    control.desk.take(under_way.alert_id, ANA)
    control.desk.verify_alert(under_way.alert_id, ANA, "PAT-ROBO", 1, "")
    control.goes("u-ana")
    control.wait(LEFT_NS // NS_PER_S - 1)
    assert control.desk.alert(taken.alert_id).owner_id == "u-ana", "a network that comes back costs nobody his case"
    control.wait(2)
    free = control.desk.alert(taken.alert_id)
    assert (free.state, free.owner_id, free.offer_user_id) == (AlertState.NEW, None, "u-luis")
    assert control.desk.alert(under_way.alert_id).owner_id == "u-ana", "a case that is under way keeps its owner"
    assert_consistent(control.catalogue)


def test_who_comes_back_in_time_keeps_what_he_has(control: Control) -> None:
    control.comes("u-ana", "u-luis")
    alert = control.movement("m")
    control.desk.take(alert.alert_id, ANA)
    control.goes("u-ana")
    control.wait(LEFT_NS // NS_PER_S - 5)
    control.comes("u-ana")
    control.wait(2 * LEFT_NS // NS_PER_S)
    assert control.desk.alert(alert.alert_id).owner_id == "u-ana"


@pytest.mark.parametrize("zone", ["calle", "puerta"])
def test_what_no_operator_may_see_stands_before_the_supervisor(control: Control, zone: str) -> None:
    """At once, until an operator comes who may see it."""
    control.desk.presence.join(replace(PEOPLE["u-ana"], cameras=frozenset({"cam02"})))
    control.comes("u-jefa")
    control.wait(1)
    assert control.room().unwatched == ()
    alert, hers = control.movement("m", zone=zone), control.movement("n", camera_id="cam02", zone=zone)
    control.wait(1)
    assert control.desk.alert(alert.alert_id).offer_user_id == "u-jefa"
    assert control.desk.alert(hers.alert_id).offer_user_id == "u-ana"
    control.comes("u-luis")
    control.wait(1)
    assert control.desk.alert(alert.alert_id).offer_user_id == "u-luis"


def test_log_out_waits_for_nobody(control: Control) -> None:
    control.comes("u-ana", "u-luis")
    control.wait(1)
    control.desk.presence.gone("u-ana")
    control.wait(1)
    assert set(control.room().shares.values()) == {"u-luis"}


def test_a_supervisor_is_told_of_an_idle_operator_while_alerts_wait(control: Control, clock: SimulatedClock) -> None:
    control.comes("u-ana", "u-jefa")
    control.wait(1)
    clock.advance(seconds=IDLE_NS / NS_PER_S)
    control.desk.presence.idle_for("u-jefa", 0)
    control.wait(1)
    assert not any(seat.idle for seat in control.room().seats), "no alert waits"
    control.movement("m")
    control.wait(1)
    assert {seat.user_id for seat in control.room().seats if seat.idle} == {"u-ana"}
    control.desk.presence.idle_for("u-ana", 3)
    control.wait(1)
    assert not any(seat.idle for seat in control.room().seats)


def test_a_flood_hides_nothing_and_ends(catalogue: Catalogue, clock: SimulatedClock) -> None:
    control = Control(catalogue, clock, cameras=16)
    control.comes("u-ana")
    control.wait(1)
    for number in range(1, 12):
        alert = control.movement(f"m{number}", camera_id=f"cam{number:02d}")
        control.desk.close_alert(alert.alert_id, JEFA, AlertOutcome.DUPLICATE, "", any_owner=True)
    low, urgent = control.movement("low", camera_id="cam12"), control.movement("urgent", zone="puerta")
    control.wait(1)
    room = control.room()
    assert room.flood.on
    assert room.waiting == {"1": 1, "3": 1}
    assert control.desk.alert(low.alert_id).offer_user_id is None
    assert control.desk.alert(urgent.alert_id).offer_user_id == "u-ana"
    assert [alert.alert_id for alert in control.alerts()] == [urgent.alert_id, low.alert_id]
    clock.advance(seconds=600)
    control.desk.presence.idle_for("u-ana", 0)
    control.wait(62)
    assert not control.room().flood.on
    assert control.desk.alert(low.alert_id).offer_user_id == "u-ana", "what waited in the flood is offered after it"


def test_a_quiet_room_writes_nothing(control: Control) -> None:
    control.comes("u-ana")
    control.wait(2)
    with control.catalogue.read() as tx:
        before = changes.last_seq(tx)
    control.wait(20)
    with control.catalogue.read() as tx:
        assert changes.last_seq(tx) == before


def test_duties_follow_people_terminals_and_shifts(control: Control, clock: SimulatedClock) -> None:
    control.comes("u-ana")
    control.wait(1)
    shift = control.desk.shift()
    clock.advance(seconds=(shift.to_wall_ns - clock.wall_ns()) / NS_PER_S - 60)
    control.wait(1)
    assert control.room().closing
    clock.advance(seconds=120)
    control.wait(1)
    first, second = control.desk.duties(shift.from_wall_ns, shift.to_wall_ns + 3600 * NS_PER_S)
    assert (first["shift"], first["terminal"], first["user_name"]) == (shift.key, "Puesto 3", "Ana Quispe")
    assert second["shift"] == control.desk.shift().key != shift.key
    assert first["to_wall_ns"] == second["from_wall_ns"]
    control.desk.presence.gone("u-ana")
    control.wait(1)
    assert all(row["to_wall_ns"] is not None for row in control.desk.duties(0, 2**62))


def test_one_person_at_two_terminals_is_one_duty_where_he_sat_down_last(control: Control) -> None:
    """Both of his feeds say by turns where they are; a duty, an audit record and the room anew each second came of it."""
    desk, here = control.desk, PEOPLE["u-ana"]
    there = replace(here, terminal="Puesto 9")
    tickets = {here: desk.presence.join(here), there: desk.presence.join(there)}
    control.wait(1)
    with control.catalogue.read() as tx:
        before = (changes.last_seq(tx), len(audit.read(tx, 100)))
    for _ in range(5):
        for person, ticket in tickets.items():
            desk.presence.changed(person, ticket)
            control.wait(1)
    (duty,) = desk.duties(0, 2**62)
    assert (duty["terminal"], duty["to_wall_ns"]) == ("Puesto 9", None)
    with control.catalogue.read() as tx:
        assert (changes.last_seq(tx), len(audit.read(tx, 100))) == before
    # What is true of him wherever he sits is taken from either.
    desk.presence.changed(replace(here, cameras=frozenset({"cam02"})), tickets[here])
    control.wait(1)
    (seat,) = control.room().seats
    assert (seat.terminal, seat.cameras) == ("Puesto 9", ("cam02",))
    desk.presence.leave(here.user_id, tickets[there])
    control.wait(1)
    assert [row["terminal"] for row in desk.duties(0, 2**62)] == ["Puesto 9", "Puesto 3"]


def test_who_logs_out_at_one_terminal_is_still_at_the_other(control: Control) -> None:
    desk, here = control.desk, PEOPLE["u-ana"]
    there = replace(here, terminal="Puesto 9")
    ticket, other = desk.presence.join(here), desk.presence.join(there)
    desk.presence.gone(here.user_id)
    desk.presence.leave(here.user_id, other)
    assert not desk.presence.now()
    desk.presence.changed(here, ticket)
    control.wait(1)
    (seat,) = control.room().seats
    assert seat.terminal == "Puesto 3"
    desk.presence.leave(here.user_id, ticket)
    control.wait(GRACE_NS // NS_PER_S + 1)
    assert control.room().seats == ()


def test_the_roster_decides_what_is_offered_to_whom(control: Control) -> None:
    shift = control.desk.shift()
    entries = [("u-ana", Duty("Puesto 3", 1, chief=False)), ("u-luis", Duty("Puesto 4", 3, chief=False))]
    control.desk.set_roster(shift.day, shift.name, [*entries, ("u-jefa", Duty("Mesa", 2, chief=True))], JEFA)
    (_, rows) = next(each for each in control.desk.rosters(shift.day) if each[0].name == shift.name)
    assert {row["user_name"] for row in rows} == {"Ana Quispe", "Luis Chávez", "Rosa Jefa"}
    control.comes("u-ana", "u-luis", "u-jefa")
    urgent = control.movement("m", zone="puerta")
    control.wait(1)
    assert control.desk.alert(urgent.alert_id).offer_user_id == "u-luis", "priority 1 goes to the experienced"
    assert next(seat for seat in control.room().seats if seat.chief).user_id == "u-jefa"
    with pytest.raises(Conflict):
        control.desk.set_roster(shift.day, shift.name, entries[:1] * 2, JEFA)
    with pytest.raises(NotFound):
        control.desk.set_roster(shift.day, "siesta", entries, JEFA)
    with pytest.raises(NotFound):
        control.desk.set_roster(shift.day, shift.name, [("u-nobody", Duty())], JEFA)
    with pytest.raises(InvalidInput):
        control.desk.rosters("2026-02-30")


def test_a_shift_is_handed_over_item_by_item(control: Control) -> None:
    alert = control.movement("m")
    incident = control.desk.open_incident("cam02", 1, "MUN-OTROS", 3, "", ANA)
    draft = control.desk.begin_handover(ANA)
    assert {(item.kind, item.ref) for item in draft.items} == {
        (ItemKind.INCIDENT, incident.incident_id),
        (ItemKind.ALERT, alert.alert_id),
    }
    draft = control.desk.add_order(draft.handover_id, "Vigilar la plaza hasta las 02:00", ANA)
    assert control.desk.begin_handover(LUIS).items[-1].text == "Vigilar la plaza hasta las 02:00"
    # What has ended meanwhile is not handed over: the signature is on what is open then.
    control.desk.close_alert(alert.alert_id, JEFA, AlertOutcome.FALSE_ALARM, "", any_owner=True)
    signed = control.desk.sign_handover(draft.handover_id, ANA)
    assert [item.kind for item in signed.items] == [ItemKind.INCIDENT, ItemKind.ORDER]
    with pytest.raises(Conflict):
        control.desk.accept_item(signed.handover_id, signed.items[0].item_id, "", ANA)
    with pytest.raises(Conflict):
        control.desk.begin_handover(ANA)
    now = control.desk.accept_item(signed.handover_id, signed.items[0].item_id, "sigue en el lugar", LUIS)
    assert now.state is HandoverState.SIGNED
    with pytest.raises(IllegalStep):
        control.desk.reopen_handover(signed.handover_id, ANA)
    now = control.desk.accept_item(signed.handover_id, signed.items[1].item_id, "", LUIS)
    assert (now.state, now.accepted_by) == (HandoverState.ACCEPTED, "Luis Chávez")
    assert control.desk.handovers(5)[1] == [now]
    assert_consistent(control.catalogue)


def test_what_is_handed_over_is_all_that_is_open(control: Control, clock: SimulatedClock) -> None:
    """Cameras that are away and such as are switched off, holds that people placed or that wait for a decision; not what the system minds itself."""
    document = control.config.model_dump()
    document["cameras"][3]["enabled"] = False
    desk = Desk(control.catalogue, Config.model_validate(document), clock)
    seconds = (clock.wall_ns() - T0) / NS_PER_S
    facts = [
        state("away", "offline", seconds, camera_id="cam02"),
        state("back-1", "offline", seconds, camera_id="cam03"),
        state("back-2", "online", seconds + 1, camera_id="cam03"),
    ]
    Intake(control.catalogue, control.config, clock).take_up("w0", [(fact, Position("1", 1)) for fact in facts])
    control.wait(30)
    assert any(alert.zone == "sistema" for alert in control.alerts()), "the system's own alert of cam02"
    holds = Holds(control.catalogue, control.config, clock)
    span = (clock.wall_ns() - 60 * NS_PER_S, clock.wall_ns())
    by_hand = holds.place(["cam01"], span, "lo pide la Fiscalía", "Fiscalía", None, JEFA)[0]
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-ROBO", 1, "", ANA)
    draft = desk.begin_handover(ANA)
    assert {(item.kind, item.ref) for item in draft.items} == {
        (ItemKind.INCIDENT, incident.incident_id),
        (ItemKind.CAMERA, "cam02"),
        (ItemKind.CAMERA, "cam04"),
        (ItemKind.HOLD, by_hand.hold_id),
    }
    texts = {item.ref: item.text for item in draft.items}
    assert "sin ruta" in texts["cam02"]
    assert "deshabilitada" in texts["cam04"]
    with control.catalogue.read() as tx:
        of_incident = next(hold for hold in hold_rows.listing(tx, ("active",), 10) if hold.incident_id)
    holds.ask_release(of_incident.hold_id, "ya no hace falta a nadie", JEFA)
    again = desk.begin_handover(ANA)
    asked = next(item for item in again.items if item.item_id == f"h-{of_incident.hold_id}")
    assert "espera decisión" in asked.text
    assert (draft.shift, draft.to_shift) == (desk.shift().key, desk.shift(desk.shift().to_wall_ns).key)


def test_a_hand_over_that_is_prepared_late_is_of_the_shift_that_left(control: Control, clock: SimulatedClock) -> None:
    """Three minutes after the change it is the outgoing side's, whose people the roster knows; the shift that came hands over at its own end."""
    desk = control.desk
    out = desk.shift()
    came = desk.shift(out.to_wall_ns)
    desk.set_roster(came.day, came.name, [("u-luis", Duty())], JEFA)
    clock.advance(seconds=(out.to_wall_ns - clock.wall_ns()) / NS_PER_S + 180)
    assert desk.shift() == came
    draft = desk.begin_handover(ANA)
    assert (draft.shift, draft.to_shift) == (out.key, came.key)
    desk.add_order(draft.handover_id, "Vigilar la plaza", ANA)
    clock.advance(seconds=3600)
    again = desk.begin_handover(ANA)
    assert (again.handover_id, len(again.items)) == (draft.handover_id, 1), "the draft that was begun is gone on with"
    desk.sign_handover(draft.handover_id, ANA)
    desk.accept_item(draft.handover_id, again.items[0].item_id, "", LUIS)
    clock.advance(seconds=(came.to_wall_ns - clock.wall_ns()) / NS_PER_S - 600)
    assert desk.begin_handover(LUIS).shift == came.key


def test_a_hand_over_that_was_signed_too_early_hinders_none_at_the_end(control: Control, clock: SimulatedClock) -> None:
    """Who signs a second one in the first minutes, beside that of the shift that left, has not handed over what comes of the shift."""
    desk = control.desk
    out = desk.shift()
    came = desk.shift(out.to_wall_ns)
    clock.advance(seconds=(out.to_wall_ns - clock.wall_ns()) / NS_PER_S - 300)
    desk.sign_handover(desk.begin_handover(ANA).handover_id, ANA)
    clock.advance(seconds=600)
    early = desk.sign_handover(desk.begin_handover(ANA).handover_id, ANA)
    assert early.shift == came.key
    with pytest.raises(Conflict, match="ya la firmó Ana"):
        desk.begin_handover(LUIS)
    clock.advance(seconds=(came.to_wall_ns - clock.wall_ns()) / NS_PER_S - 600)
    true = desk.sign_handover(desk.begin_handover(LUIS).handover_id, LUIS)
    assert (true.shift, true.handover_id != early.handover_id) == (came.key, True)
    clock.advance(seconds=900)
    following = desk.begin_handover(JEFA)
    assert following.shift == desk.shift().key, "the shift that left has signed its own"


def test_holds_that_people_placed_are_handed_over_however_many_incidents_hold_since(
    control: Control, clock: SimulatedClock
) -> None:
    holds = Holds(control.catalogue, control.config, clock)
    span = (clock.wall_ns() - 60 * NS_PER_S, clock.wall_ns())
    by_hand = holds.place(["cam01"], span, "lo pide la Fiscalía", "Fiscalía", None, JEFA)[0]
    clock.advance(seconds=1)
    row = replace(by_hand, incident_id="i", created_wall_ns=clock.wall_ns())
    with control.catalogue.write() as tx:
        for number in range(1001):
            hold_rows.store(tx, replace(row, hold_id=f"h{number}"))
    assert [item.ref for item in control.desk.begin_handover(ANA).items] == [by_hand.hold_id]


def test_what_finds_no_room_in_a_hand_over_is_counted_in_it(control: Control, clock: SimulatedClock) -> None:
    """And orders always find room."""
    holds = Holds(control.catalogue, control.config, clock)
    span = (clock.wall_ns() - 60 * NS_PER_S, clock.wall_ns())
    by_hand = holds.place(["cam01"], span, "lo pide la Fiscalía", "Fiscalía", None, JEFA)[0]
    with control.catalogue.write() as tx:
        for number in range(handover.MOST_OPEN + 6):
            hold_rows.store(tx, replace(by_hand, hold_id=f"h{number}"))
    draft = control.desk.begin_handover(ANA)
    control.desk.add_order(draft.handover_id, "Vigilar la plaza", ANA)
    signed = control.desk.sign_handover(draft.handover_id, ANA)
    *_, last, more, order = signed.items
    assert len(signed.items) == handover.MOST_OPEN + 2
    assert (last.kind, more.kind, order.kind) == (ItemKind.HOLD, ItemKind.MORE, ItemKind.ORDER)
    assert "al menos 7 más" in more.text
    assert control.desk.accept_item(signed.handover_id, more.item_id, "", LUIS).open_items == len(signed.items) - 1


def test_who_goes_by_the_roster_does_not_accept_for_those_who_come(control: Control) -> None:
    now = control.desk.shift()
    following = control.desk.shift(now.to_wall_ns)
    both = [("u-ana", Duty()), ("u-luis", Duty())]
    control.desk.set_roster(now.day, now.name, both, JEFA)
    draft = control.desk.begin_handover(ANA)
    draft = control.desk.add_order(draft.handover_id, "Vigilar la plaza", ANA)
    signed = control.desk.sign_handover(draft.handover_id, ANA)
    item_id = signed.items[0].item_id
    with pytest.raises(Conflict, match="del turno que entrega"):
        control.desk.accept_item(signed.handover_id, item_id, "", LUIS)
    assert control.desk.handover(signed.handover_id) == signed
    # Luis stays for the next shift, too: then he is of the incoming side.
    control.desk.set_roster(following.day, following.name, both[1:], JEFA)
    assert control.desk.accept_item(signed.handover_id, item_id, "", LUIS).state is HandoverState.ACCEPTED


def test_an_empty_hand_over_is_not_accepted_by_who_goes_either(control: Control) -> None:
    now = control.desk.shift()
    control.desk.set_roster(now.day, now.name, [("u-luis", Duty())], JEFA)
    signed = control.desk.sign_handover(control.desk.begin_handover(ANA).handover_id, ANA)
    with pytest.raises(Conflict, match="del turno que entrega"):
        control.desk.accept_empty(signed.handover_id, LUIS)
    assert control.desk.accept_empty(signed.handover_id, JEFA).state is HandoverState.ACCEPTED


def test_what_is_open_for_longer_than_a_shift_is_counted_for_the_room(control: Control, clock: SimulatedClock) -> None:
    """A11: no alert stays open for longer than eight hours in silence."""
    control.comes("u-ana", "u-jefa")
    old, judged = control.movement("old"), control.movement("judged", camera_id="cam02")
    control.desk.close_alert(judged.alert_id, JEFA, AlertOutcome.FALSE_ALARM, "", any_owner=True)
    clock.advance(seconds=STALE_NS / NS_PER_S - 1)
    control.movement("new", camera_id="cam03")
    control.wait(1)
    assert control.room().stale == 0
    control.wait(2)
    assert control.room().stale == 1
    control.desk.close_alert(old.alert_id, JEFA, AlertOutcome.NO_ACTION, "", any_owner=True)
    control.wait(1)
    assert control.room().stale == 0
