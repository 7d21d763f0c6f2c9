"""What grows with every fault and every movement has an end, and takes nothing along that somebody may still ask for."""

from __future__ import annotations

import sqlalchemy as sa

from alerts.desk import Desk
from alerts.intake import Intake
from alerts.records import AlertState
from nvr.catalogue import histories
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.tables import camera_history, movements
from nvr.clock import SimulatedClock
from nvr.journal import Position
from nvr.observations import Fact
from tests.alerts.facts import ANA, at, config, ended, segment_closed, segment_opened, started, state

_LONG_S = 400 * 86_400


def movement(name: str, start_s: float, camera_id: str) -> list[Fact]:
    return [started(name, start_s, camera_id=camera_id), ended(name, start_s, start_s + 5, camera_id=camera_id)]


def left(catalogue: Catalogue, table: sa.Table) -> set[str]:
    with catalogue.read() as tx:
        return set(tx.connection.execute(sa.select(table.c.observation_id)).scalars())


def test_old_states_and_movements_go_in_steps_and_what_is_asked_for_stays(
    catalogue: Catalogue, clock: SimulatedClock
) -> None:
    settings = config()
    desk, intake = Desk(catalogue, settings, clock), Intake(catalogue, settings, clock)
    facts = [
        *(state(f"s{number}", ("offline", "online")[number % 2], number) for number in range(5)),
        *movement("m-old", 10, "cam01"),
        *movement("m-case", 20, "cam02"),
        *movement("m-recorded", 30, "cam03"),
        segment_opened("rec", 20, camera_id="cam03"),
        segment_closed("rec", 20, 80, camera_id="cam03"),
        *movement("m-new", 60 + _LONG_S, "cam01"),
        state("s-new", "offline", 60 + _LONG_S),
        started("m-going-on", 40, camera_id="cam04"),
    ]
    intake.take_up("w", [(fact, Position("1", number)) for number, fact in enumerate(facts, 1)])
    case = next(alert for alert in desk.alerts([AlertState.NEW], 10)[1] if alert.camera_id == "cam02")
    desk.take(case.alert_id, ANA)
    desk.verify_alert(case.alert_id, ANA, "PAT-ROBO", 1, "")

    rounds = 0
    while True:
        with catalogue.read() as tx:
            old = histories.old(tx, at(_LONG_S), most=2)
        if not old:
            break
        with catalogue.write() as tx:
            assert 0 < histories.forget(tx, old) <= 3
        rounds += 1
    assert rounds == 3, "five states, two at a time"
    assert left(catalogue, camera_history) == {"s-new"}
    assert left(catalogue, movements) == {"m-case", "m-recorded", "m-new", "m-going-on"}
    assert desk.alert(case.alert_id).incident_id is not None


def test_nothing_old_is_nothing_to_write(catalogue: Catalogue, clock: SimulatedClock) -> None:
    settings = config()
    intake = Intake(catalogue, settings, clock)
    facts = [state("s", "offline", 5), *movement("m", 5, "cam01")]
    intake.take_up("w", [(fact, Position("1", number)) for number, fact in enumerate(facts, 1)])
    with catalogue.read() as tx:
        assert not histories.old(tx, at(0), most=100)
