"""What grows with every fault and every movement has an end, and takes nothing along that somebody may still ask for."""

from __future__ import annotations

import sqlalchemy as sa

from alerts.desk import Desk
from alerts.intake import Intake
from alerts.persons import DocumentKind, PersonRole, PersonWords
from alerts.records import Alert, AlertOutcome, AlertState
from nvr.catalogue import duty_rows, histories, opening_rows, sighting_rows, users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.tables import alert_sightings, alert_sources, camera_history, movements
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.journal import Position
from nvr.observations import Fact
from tests.alerts.facts import ANA, JEFA, at, config, ended, segment_closed, segment_opened, started, state

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
            old = histories.old(tx, at(_LONG_S), at(-1), most=2)
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
        assert not histories.old(tx, at(0), at(0), most=100)


def test_where_alerts_were_seen_goes_with_time_but_not_of_what_an_incident_came_of(
    catalogue: Catalogue, clock: SimulatedClock
) -> None:
    """Nor of what nobody has judged, nor what is new."""
    settings = config()
    desk, intake = Desk(catalogue, settings, clock), Intake(catalogue, settings, clock)
    alert_ids: dict[str, str] = {}

    def seen(name: str, camera_id: str) -> Alert:
        clock.advance(seconds=120)
        facts = movement(name, (clock.wall_ns() - at(0)) / NS_PER_S - 10, camera_id)
        intake.take_up("w", [(fact, Position("1", 1)) for fact in facts])
        (alert,) = (each for each in desk.alerts([AlertState.NEW], 10)[1] if each.alert_id not in alert_ids.values())
        alert_ids[name] = alert.alert_id
        sighting = {"alert_id": alert.alert_id, "wall_ns": clock.wall_ns(), "user_id": "u", "terminal": "Puesto 1"}
        with catalogue.write() as tx:
            sighting_rows.store(tx, [sighting])
        return alert

    case = seen("case", "cam02")
    desk.take(case.alert_id, ANA)
    incident = desk.verify_alert(case.alert_id, ANA, "PAT-ROBO", 1, "")
    desk.close_incident(incident.incident_id, ANA, "")
    seen("open", "cam03")
    desk.close_alert(seen("old", "cam01").alert_id, JEFA, AlertOutcome.FALSE_ALARM, "", any_owner=True)
    long_ago_ns = clock.wall_ns() + NS_PER_S
    clock.advance(seconds=_LONG_S)
    desk.close_alert(seen("new", "cam01").alert_id, JEFA, AlertOutcome.FALSE_ALARM, "", any_owner=True)
    forget_all(catalogue, long_ago_ns, at(0))
    with catalogue.read() as tx:
        for table in (alert_sources, alert_sightings):
            assert set(tx.connection.execute(sa.select(table.c.alert_id)).scalars()) == {
                alert_ids[name] for name in ("case", "open", "new")
            }
    assert {alert.alert_id for alert in desk.alerts(list(AlertState), 10)[1]} == set(alert_ids.values())


def test_old_duties_go_and_one_that_goes_on_stays(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        users.create(tx, users.User("u", "u", "U", users.Role.OPERATOR, None, None, "x"))
        for duty_id, from_s, to_s in (("over", 0, 10), ("going-on", 0, None), ("long", 0, 100), ("new", 90, 100)):
            duty = {"duty_id": duty_id, "user_id": "u", "user_name": "U", "terminal": "1", "shift": "s"}
            duty_rows.begin(tx, duty | {"from_wall_ns": at(from_s)})
            if to_s is not None:
                duty_rows.end(tx, duty_id, at(to_s))
    forget_all(catalogue, at(50), at(50))
    with catalogue.read() as tx:
        assert {row["duty_id"] for row in duty_rows.between(tx, 0, 2**62)} == {"going-on", "long", "new"}


def test_the_keys_of_requests_go_once_nothing_was_added_to_an_incident_for_long(
    catalogue: Catalogue, clock: SimulatedClock
) -> None:
    """A person may be added to a case of years ago, and that request be repeated."""
    clock.advance(seconds=1)
    desk = Desk(catalogue, config(), clock)
    quiet, busy = (
        desk.open_incident(
            "cam01", clock.wall_ns(), "PAT-ROBO", 1, "", ANA, idempotency_key=f"clave-{name}"
        ).incident_id
        for name in ("quiet", "busy")
    )
    clock.advance(seconds=1000)
    words = PersonWords(PersonRole.WITNESS, "Rosa", DocumentKind.NONE, "", "", "")
    desk.add_person(busy, ANA, words, "clave-person")
    forget_all(catalogue, at(0), clock.wall_ns() - NS_PER_S)
    with catalogue.read() as tx:
        known = [opening_rows.find(tx, ANA.user_id, f"clave-{name}") for name in ("quiet", "busy", "person")]
    assert known == [None, busy, busy]
    assert len(desk.persons(desk.add_person(busy, ANA, words, "clave-person").incident_id)) == 1
    assert desk.incident(quiet).number


def forget_all(catalogue: Catalogue, before_ns: int, quiet_since_ns: int) -> None:
    while True:
        with catalogue.read() as tx:
            old = histories.old(tx, before_ns, quiet_since_ns, most=2)
        if not old:
            return
        with catalogue.write() as tx:
            assert histories.forget(tx, old) > 0
