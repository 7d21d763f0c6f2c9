"""Whose turn it is: nobody is skipped, nothing is lost, nobody is told twice or forgotten, whatever people and clocks do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alerts import leases, lifecycle, rules
from alerts.leases import Candidate, Floor
from alerts.records import Actor, Alert, AlertOutcome, AlertState
from nvr.clock import NS_PER_S
from tests.alerts.facts import at, started

STAFF = [
    Candidate("u0", "Operador 0", level=1),
    Candidate("u1", "Operador 1", cameras=frozenset({"cam02"})),
    Candidate("u2", "Operador 2", level=3, reserve=1),
    Candidate("u3", "Supervisora", cameras=frozenset({"cam01"}), reserve=2),
    Candidate("u4", "Jefe", reserve=3),
]
"""Some who see all, some a list; at work, idle, supervisors."""

PEOPLE = [Candidate(f"u{number}", f"Operador {number}", level=1 + number % 3) for number in range(5)]


def waiting(name: str = "a0", priority: int = 2, start_s: float = 0, camera_id: str = "cam01") -> Alert:
    return rules.opened(
        started(name, start_s, camera_id=camera_id), alert_id=name, priority=priority, wall_ns=at(start_s)
    )


def offers(alert: Alert, floor: Floor, until_s: int, *, flood: bool = False) -> list[tuple[int, str | None]]:
    """Before whom it stands from when on, second by second."""
    told: list[tuple[int, str | None]] = []
    for second in range(until_s):
        alert = leases.step(alert, floor, at(second), flood=flood)
        if not told or told[-1][1] != alert.offer_user_id:
            told.append((second, alert.offer_user_id))
    return told


def test_each_of_those_present_has_his_turn_of_thirty_seconds() -> None:
    told = offers(waiting(), Floor(PEOPLE[:3]), 100)
    assert [second for second, _ in told] == [0, 30, 60, 90]
    assert {who for _, who in told[:3]} == {"u0", "u1", "u2"}
    assert told[3][1] != told[2][1]


def test_priority_1_goes_on_after_twenty_and_reaches_supervisor_and_chief() -> None:
    alert = waiting(priority=1)
    levels: list[tuple[int, int]] = []
    for second in range(100):
        alert = leases.step(alert, Floor(PEOPLE), at(second))
        if not levels or levels[-1][1] != alert.escalation:
            levels.append((second, alert.escalation))
    assert levels == [(0, 0), (20, 1), (45, 2), (90, 3)]
    assert [second for second, _ in offers(waiting(priority=1), Floor(PEOPLE), 60)] == [0, 20, 40]


def test_nobody_there_loses_nothing_and_still_tells_the_chief() -> None:
    alert = leases.step(waiting(priority=1), Floor(), at(95))
    assert (alert.state, alert.offer_user_id, alert.escalation) == (AlertState.NEW, None, 3)
    alert = leases.step(alert, Floor(PEOPLE[:1]), at(96))
    assert alert.offer_user_id == "u0"


def test_the_one_whose_camera_it_is_comes_first_unless_his_hands_are_full() -> None:
    mine = {"cam01": "u4"}
    people = [Candidate("u3", "c"), Candidate("u4", "d")]
    chosen = leases.choose(waiting(), Floor(people, mine, {"u4": 1}), ())
    assert chosen is not None
    assert chosen.user_id == "u4"
    chosen = leases.choose(waiting(), Floor(people, mine, {"u4": 3}), ())
    assert chosen is not None
    assert chosen.user_id == "u3"


def test_who_may_not_see_the_camera_is_offered_nothing_of_it() -> None:
    limited = [Candidate("u1", "a", cameras=frozenset({"cam02"}))]
    assert leases.step(waiting(priority=1), Floor(limited), at(1)).offer_user_id is None
    assert leases.step(waiting(camera_id="cam02"), Floor(limited), at(1)).offer_user_id == "u1"


def test_somebody_who_is_learning_gets_priority_1_only_where_nobody_else_is() -> None:
    learning, old_hand = Candidate("u1", "a", level=1), Candidate("u2", "b", level=3)
    floor = Floor([learning, old_hand], loads={"u2": 4})
    chosen = leases.choose(waiting(priority=1), floor, ())
    assert chosen is old_hand
    assert leases.choose(waiting(priority=1), Floor([learning]), ()) is learning


def test_what_is_urgent_goes_to_the_more_experienced_of_two_and_the_rest_to_whoever_is_next() -> None:
    people = [Candidate("u1", "a", level=2), Candidate("u2", "b", level=3)]
    assert leases.choose(waiting(priority=1), Floor(people), ()) is people[1]
    assert leases.choose(waiting(priority=1), Floor(people, loads={"u2": 1}), ()) is people[0], (
        "one step is less than an alert"
    )
    assert leases.choose(waiting(priority=2), Floor(people), ()) is people[0]


def test_a_clock_that_steps_back_prolongs_no_lease() -> None:
    alert = leases.step(waiting(start_s=0), Floor(PEOPLE[:2]), at(3600))
    back = leases.step(alert, Floor(PEOPLE[:2]), at(10))
    assert back.offer_user_id != alert.offer_user_id
    assert back.offer_until_wall_ns == at(40)


def test_in_a_flood_priority_3_stands_before_nobody_and_comes_back_after_it() -> None:
    floor = Floor(PEOPLE)
    alert = leases.step(waiting(priority=3), floor, at(0))
    assert alert.offer_user_id is not None
    alert = leases.step(alert, floor, at(1), flood=True)
    assert alert.offer_user_id is None
    assert leases.step(alert, floor, at(2)).offer_user_id is not None


def test_only_so_many_stand_before_one_person_but_priority_1_always() -> None:
    alerts = [waiting(f"p{number}", 1) for number in range(8)] + [waiting(f"q{number}") for number in range(20)]
    planned = leases.plan(alerts, Floor(PEOPLE[:1]), at(1))
    assert sum(alert.priority == 1 for alert in planned) == 8
    assert len(planned) == 8, "beside eight urgent ones nothing else is pressed upon him"
    planned = leases.plan(alerts[8:], Floor(PEOPLE[:1]), at(1))
    assert len(planned) == leases.MOST_OFFERS


@pytest.mark.parametrize("priority", [1, 2, 3])
def test_what_is_shelved_or_taken_is_left_alone(priority: int) -> None:
    shelved = replace(waiting(priority=priority), shelved=True)
    taken = lifecycle.take(waiting(priority=priority), Actor("u1", "x", ""), at(1))
    for alert in (shelved, taken):
        assert leases.step(alert, Floor(PEOPLE), at(500)) == alert


class LeaseTable(RuleBasedStateMachine):
    """People come and go, take, give back and close; the clock runs and steps; every second the plan is made."""

    @initialize()
    def begin(self) -> None:
        self.now_s = 0.0
        self.alerts: dict[str, Alert] = {}
        self.present: dict[str, Candidate] = {}
        self.flood = False
        self.made = 0

    def _tick(self) -> None:
        open_alerts = sorted(self.alerts.values(), key=lambda each: (each.priority, each.started_wall_ns))
        loads: dict[str, int] = {}
        for alert in open_alerts:
            if alert.state is AlertState.TAKEN and alert.owner_id:
                loads[alert.owner_id] = loads.get(alert.owner_id, 0) + 1
        self.before = dict(self.alerts)
        floor = Floor(list(self.present.values()), {}, loads)
        news = [alert for alert in open_alerts if alert.state is AlertState.NEW]
        for alert in leases.plan(news, floor, at(self.now_s), flood=self.flood):
            self.alerts[alert.alert_id] = alert
        self.ticked = True

    ticked = False

    @rule(priority=st.integers(1, 3), camera_id=st.sampled_from(["cam01", "cam02"]))
    def movement(self, priority: int, camera_id: str) -> None:
        self.made += 1
        self.alerts[f"a{self.made}"] = waiting(f"a{self.made}", priority, self.now_s, camera_id)

    @rule(number=st.integers(0, 4))
    def comes(self, number: int) -> None:
        self.present[f"u{number}"] = STAFF[number]

    @rule(number=st.integers(0, 4))
    def goes(self, number: int) -> None:
        self.present.pop(f"u{number}", None)

    @rule(seconds=st.sampled_from([1, 5, 19, 20, 30, 31, 60]))
    def time_passes(self, seconds: int) -> None:
        self.now_s += seconds
        self._tick()

    @rule(seconds=st.sampled_from([-3600, -30, 3600]))
    def clock_steps(self, seconds: int) -> None:
        self.now_s += seconds
        self._tick()

    @rule(on=st.booleans())
    def flood_changes(self, on: bool) -> None:
        self.flood = on
        self._tick()

    @precondition(lambda self: self.alerts)
    @rule(data=st.data(), act=st.sampled_from(["take", "release", "close", "shelve"]))
    def somebody_acts(self, data: st.DataObject, act: str) -> None:
        alert = self.alerts[data.draw(st.sampled_from(sorted(self.alerts)))]
        actor = Actor(f"u{data.draw(st.integers(0, 4))}", "x", "")
        if act == "take" and alert.state is AlertState.NEW:
            now = lifecycle.take(alert, actor, at(self.now_s))
        elif act == "release" and alert.state is AlertState.TAKEN:
            now = lifecycle.release(alert, actor, at(self.now_s), any_owner=True)
        elif act == "close" and alert.state is not AlertState.CLOSED:
            now = lifecycle.close_alert(alert, actor, AlertOutcome.NO_ACTION, at(self.now_s), any_owner=True)
        elif act == "shelve" and alert.state is AlertState.NEW and alert.priority != 1:
            now = replace(alert, shelved=True)
        else:
            return
        self.alerts[alert.alert_id] = now

    @invariant()
    def who_attends_is_offered_nothing_more(self) -> None:
        for alert in getattr(self, "alerts", {}).values():
            if alert.state is not AlertState.NEW:
                assert alert.offer_user_id is None
                assert alert.offer_until_wall_ns is None
                assert alert.escalation == 0

    @invariant()
    def after_a_tick_all_that_must_stand_before_somebody_does(self) -> None:
        if not self.ticked:
            return
        self.ticked = False
        for alert in self.alerts.values():
            if alert.state is not AlertState.NEW:
                continue
            wants = leases.wants_offer(alert, flood=self.flood)
            able = [each for each in self.present.values() if each.cameras is None or alert.camera_id in each.cameras]
            if not wants or not able:
                assert alert.offer_user_id is None
            elif alert.priority == 1:
                assert alert.offer_user_id is not None, "priority 1 before nobody, though somebody may see it"
            if alert.offer_user_id is not None:
                chosen = self.present[alert.offer_user_id]
                assert chosen in able, "before somebody who may not see it"
                assert chosen.reserve == min(each.reserve for each in able), "before a supervisor for no need"
                assert alert.offer_until_wall_ns is not None
                assert at(self.now_s) < alert.offer_until_wall_ns <= at(self.now_s) + 30 * NS_PER_S
                assert alert.offered[-1] == alert.offer_user_id
            known = self.before.get(alert.alert_id)
            if known is not None and not alert.shelved:
                assert alert.escalation >= known.escalation, "whoever was told stays told"
            if alert.priority == 1 and at(self.now_s) - alert.waits_since_wall_ns >= 90 * NS_PER_S:
                assert alert.escalation == 3
            first = {each.user_id for each in able if each.reserve == min(other.reserve for other in able)}
            stood = known is not None and wants and leases.stands(known, first, at(self.now_s))
            if known is not None and stood and known.priority != 1:
                assert alert.offer_user_id == known.offer_user_id, "taken from him before his time"


TestLeaseTable = LeaseTable.TestCase
