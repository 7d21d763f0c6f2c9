"""Cameras that go away together are one alert; one camera alone is its own. On a simulated clock, second by second."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import lifecycle, outages
from alerts.desk import Desk
from alerts.intake import Intake
from alerts.ledger import SYSTEM
from alerts.outages import Outage
from alerts.records import Alert, AlertOutcome, AlertState
from alerts.trunks import Group, common_faults, groups_of
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.config import Config
from nvr.journal import Position
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, at, state

TRUNKS = {"Anillo norte": range(1, 15), "Anillo sur": range(15, 29), "Cerro": range(29, 32)}


def city(cameras: int = 42) -> Config:
    trunk_of = {number: name for name, numbers in TRUNKS.items() for number in numbers}
    return Config.model_validate(
        {
            "cameras": [
                {"id": f"cam{n:02d}", "number": n, "name": f"Jr. {n}", "main": {"url": f"rtsp://127.0.0.1/{n}"}}
                | ({"trunk": trunk_of[n]} if n in trunk_of else {})
                for n in range(1, cameras + 1)
            ]
        }
    )


GROUPS = groups_of(city().cameras)


def away(numbers: range | list[int], since_s: float) -> dict[int, float]:
    return dict.fromkeys(numbers, since_s)


class Watch:
    """Ticks once a second and does what the rules say."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []
        self.second = 0

    def run(self, seconds: int, down: Mapping[int, float]) -> Watch:
        for _ in range(seconds):
            self.second += 1
            there = {
                f"cam{n:02d}": Outage(f"cam{n:02d}", at(since), "link", "sin ruta")
                for n, since in down.items()
                if since <= self.second
            }
            for step in outages.steps(there, self.alerts, at(self.second), GROUPS):
                self._do(step)
        return self

    def _do(self, step: outages.OutageStep) -> None:
        name, now = f"a{len(self.alerts)}", at(self.second)
        if step.outage is not None:
            self.alerts.append(outages.raised(step.outage, alert_id=name, now_wall_ns=now))
        if step.fault is not None:
            self.alerts.append(outages.raised_together(step.fault, alert_id=name, now_wall_ns=now))
        if step.alert is not None:
            changed = step.alert
            if step.kind in {"close", "absorb"}:
                outcome = AlertOutcome.NO_ACTION if step.kind == "close" else AlertOutcome.DUPLICATE
                changed = lifecycle.close_alert(changed, SYSTEM, outcome, now, any_owner=True)
            self.replace(changed)

    def replace(self, changed: Alert) -> None:
        self.alerts = [changed if each.alert_id == changed.alert_id else each for each in self.alerts]

    def open(self) -> list[tuple[str, str, int]]:
        return [(each.camera_id, each.zone, each.count) for each in self.alerts if each.state is not AlertState.CLOSED]


def test_a_switch_that_restarts_is_one_alert_that_closes_itself() -> None:
    """F10: all 42 away for 60 s, noticed within 5 s; they come back one after the other."""
    watch = Watch()
    down = {number: 1 + number % 5 for number in range(1, 43)}
    watch.run(61, down)
    assert watch.open() == [("cam01", "sistema: la red", 42)]
    for second in range(10):
        watch.run(1, {number: since for number, since in down.items() if number % 10 > second})
    watch.run(12, {})
    assert watch.open() == []
    assert [(each.zone, each.outcome) for each in watch.alerts] == [("sistema: la red", AlertOutcome.NO_ACTION)]
    assert watch.alerts[0].started_wall_ns == at(1)


def test_a_trunk_is_named_and_other_cameras_are_not_in_it() -> None:
    watch = Watch().run(40, away(TRUNKS["Anillo norte"], 2) | away([40], 3))
    assert sorted(watch.open()) == [("cam01", "sistema: Anillo norte", 14), ("cam40", "sistema", 1)]


@pytest.mark.parametrize(
    ("down", "zones"),
    [
        (away([1], 0), ["sistema"]),
        (away([29, 30], 0), ["sistema"] * 2),  # two are no trunk
        (away([29, 30, 31], 0), ["sistema: Cerro"]),
        (away(range(1, 9), 0), ["sistema"] * 8),  # 8 of 14 are 57 %
        (away(range(1, 10), 0), ["sistema: Anillo norte"]),  # 9 of 14 are 64 %
        (away(range(32, 43), 0), ["sistema"] * 11),  # no trunk, and 26 % of all
        (away(range(1, 29), 0), ["sistema: la red"]),  # 28 of 42 are 66 %
        (away([29, 30], 0) | away([31], 16), ["sistema"] * 3),  # not together
    ],
)
def test_what_is_together(down: dict[int, float], zones: list[str]) -> None:
    assert sorted(zone for _, zone, _ in Watch().run(40, down).open()) == zones


def test_the_alert_of_a_camera_that_went_first_is_its_duplicate() -> None:
    watch = Watch().run(40, away([1], 0) | away(range(2, 15), 13))
    assert watch.open() == [("cam01", "sistema: Anillo norte", 14)]
    assert [each.outcome for each in watch.alerts if each.zone == "sistema"] == [AlertOutcome.DUPLICATE]


def test_somebodys_own_alert_stays_his() -> None:
    watch = Watch().run(12, away([1], 0))
    watch.replace(lifecycle.take(watch.alerts[0], ANA, at(12)))
    watch.run(30, away([1], 0) | away(range(2, 15), 13))
    assert sorted(watch.open()) == [("cam01", "sistema", 1), ("cam01", "sistema: Anillo norte", 14)]


def test_one_that_does_not_come_back_gets_an_alert_of_its_own() -> None:
    watch = Watch().run(40, away(TRUNKS["Anillo sur"], 2))
    watch.run(30, away([20], 2))
    assert watch.open() == [("cam20", "sistema", 1)]


def test_a_trunk_that_flaps_is_one_alert() -> None:
    watch = Watch()
    for begin in (0, 30, 60, 90):
        watch.run(25, away(TRUNKS["Anillo norte"], begin))
        watch.run(5, {})
    assert len(watch.alerts) == 1
    assert watch.open()[0][2] == 14


def test_a_common_alert_that_an_operator_closed_brings_no_single_ones() -> None:
    watch = Watch().run(20, away(TRUNKS["Anillo norte"], 2))
    taken = lifecycle.take(watch.alerts[0], ANA, at(20))
    watch.replace(lifecycle.close_alert(taken, ANA, AlertOutcome.NO_ACTION, at(21)))
    watch.run(60, away(TRUNKS["Anillo norte"], 2))
    assert watch.open() == []
    watch.run(40, away(TRUNKS["Anillo norte"], 90))
    assert watch.open() == [("cam01", "sistema: Anillo norte", 14)]


@given(down=st.dictionaries(st.integers(1, 42), st.integers(0, 60)))
def test_a_camera_is_in_one_fault_at_most_and_faults_are_as_described(down: dict[int, int]) -> None:
    found = common_faults([Outage(f"cam{n:02d}", at(s), "link", "") for n, s in down.items()], GROUPS)
    members = [each.camera_id for fault in found for each in fault.members]
    assert len(members) == len(set(members))
    for fault in found:
        assert fault.members[-1].since_wall_ns - fault.since_wall_ns <= fault.group.together_ns
        assert {each.camera_id for each in fault.members} <= fault.group.camera_ids
        assert len(fault.members) * 100 >= 60 * len(fault.group.camera_ids)


@given(
    down=st.dictionaries(st.integers(1, 42), st.integers(0, 40)),
    later=st.dictionaries(st.integers(1, 42), st.integers(60, 80)),
)
def test_every_camera_that_is_away_is_told_once(down: dict[int, int], later: dict[int, int]) -> None:
    """In the end: each camera that is away has an alert of its own or is told by a common one; and when all are back, nothing stays open."""
    watch = Watch().run(60, {n: float(s) for n, s in down.items()})
    still = {n: float(s) for n, s in (down | later).items()}
    watch.run(60, still)
    by_zone: dict[str, Group] = {group.zone: group for group in GROUPS}
    told: list[str] = []
    for each in watch.alerts:
        if each.state is AlertState.CLOSED or not each.ongoing:
            continue
        told += by_zone[each.zone].camera_ids if each.zone in by_zone else [each.camera_id]
    assert {f"cam{n:02d}" for n in still} <= set(told)
    watch.run(15, {})
    assert watch.open() == []


def test_groups_come_from_the_configuration() -> None:
    assert [(each.name, each.anchor, len(each.camera_ids)) for each in GROUPS] == [
        ("la red", "cam01", 42),
        ("Anillo norte", "cam01", 14),
        ("Anillo sur", "cam15", 14),
        ("Cerro", "cam29", 3),
    ]
    assert groups_of([]) == ()


def test_the_desk_raises_and_closes_it(catalogue: Catalogue, clock: SimulatedClock) -> None:
    """Through catalogue and time line: one alert, its words, its end; a lone camera beside it."""
    room = city(31)
    desk, intake = Desk(catalogue, room, clock), Intake(catalogue, room, clock)
    offsets = iter(range(10, 10_000, 10))

    def all_are(kind: str, second: float, numbers: range) -> None:
        facts = [state(f"{kind}{second}-{n}", kind, second, camera_id=f"cam{n:02d}") for n in numbers]
        intake.take_up("w0", [(fact, Position("1.journal", next(offsets))) for fact in facts])

    all_are("offline", 0, TRUNKS["Cerro"])
    all_are("offline", 1, range(1, 2))
    tick: Callable[[float], None] = lambda second: desk.tick(at(second))  # noqa: E731
    tick(10)
    assert desk.alerts(list(AlertState), 100)[1] == []
    tick(12)
    tick(13)
    alerts = {alert.zone: alert for alert in desk.alerts([AlertState.NEW], 100)[1]}
    assert sorted(alerts) == ["sistema", "sistema: Cerro"]
    common = alerts["sistema: Cerro"]
    assert (common.camera_id, common.count, common.priority) == ("cam29", 3, 1)
    all_are("online", 60, TRUNKS["Cerro"])
    tick(61)
    tick(72)
    assert [alert.zone for alert in desk.alerts([AlertState.NEW], 100)[1]] == ["sistema"]
    assert desk.alert(common.alert_id).outcome is AlertOutcome.NO_ACTION
    assert_consistent(catalogue)
