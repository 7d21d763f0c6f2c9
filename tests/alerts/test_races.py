"""Twelve terminals at once: no alert with two owners, no number twice or missing."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from alerts.desk import Desk
from alerts.intake import Intake
from alerts.records import Actor, AlertState, IncidentState
from nvr.catalogue.engine import Catalogue
from nvr.clock import SystemClock
from nvr.config.agencies import PNP, SERENAZGO
from nvr.errors import Conflict
from nvr.journal import Position
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, config, started

_TERMINALS = 12
_ALERTS = 200


def _people() -> list[Actor]:
    return [Actor(f"u{number}", f"Operador {number}", f"Puesto {number}") for number in range(_TERMINALS)]


def race(catalogue: Catalogue, alerts: int) -> Counter[str]:
    """Twelve terminals want each of so many alerts; who got which, counted by alert."""
    room = config(alerts)
    desk = Desk(catalogue, room, SystemClock())
    facts = [(started(camera.id, 0, camera_id=camera.id), Position("1", 1)) for camera in room.cameras]
    Intake(catalogue, room, SystemClock()).take_up("w0", facts)
    queue = [alert.alert_id for alert in desk.alerts([AlertState.NEW], 1000)[1]]
    assert len(queue) == alerts
    start = threading.Barrier(_TERMINALS)

    def terminal(person: Actor) -> list[str]:
        won: list[str] = []
        start.wait(timeout=30)
        for alert_id in queue:
            with suppress(Conflict):
                assert desk.take(alert_id, person).owner_id == person.user_id
                won.append(alert_id)
        return won

    with ThreadPoolExecutor(_TERMINALS) as pool:
        won = list(pool.map(terminal, _people()))
    owners = Counter(alert_id for mine in won for alert_id in mine)
    stored = {alert.alert_id: alert.owner_id for alert in desk.alerts([AlertState.TAKEN], 1000)[1]}
    assert stored == {
        alert_id: person.user_id for person, mine in zip(_people(), won, strict=True) for alert_id in mine
    }
    return owners


def test_racing_takers_get_each_alert_once(catalogue: Catalogue) -> None:
    owners = race(catalogue, _ALERTS)
    assert set(owners.values()) == {1}, "an alert has two owners"
    assert len(owners) == _ALERTS, "an alert has none"


def test_numbers_have_no_gap_though_acts_fail_and_repeat(url: str) -> None:
    """Two processes' worth of catalogues; a third of the acts break off half way, a third come twice."""
    catalogues = [Catalogue(url), Catalogue(url)]
    start = threading.Barrier(_TERMINALS)

    def terminal(person: Actor) -> None:
        desk = Desk(catalogues[int(person.user_id[1:]) % 2], config(), SystemClock())
        start.wait(timeout=30)
        for number in range(6):
            incident = desk.open_incident("cam01", 1, "MUN-OTROS", 3, "", person)
            key = f"{person.user_id}-key-{number}"
            sent = desk.dispatch_incident(incident.incident_id, person, PNP, "", key)
            if number % 3 == 0:
                assert desk.dispatch_incident(incident.incident_id, person, PNP, "", key).dispatches == sent.dispatches
            if number % 3 == 1:
                try:
                    desk.dispatch_incident(incident.incident_id, person, SERENAZGO, "", key)
                except Conflict:
                    continue
                raise AssertionError("the key went through twice")

    with ThreadPoolExecutor(_TERMINALS) as pool:
        list(pool.map(terminal, _people()))
    desk = Desk(catalogues[0], config(), SystemClock())
    incidents = desk.incidents([IncidentState.OPEN], 1000)[1]
    assert len({incident.number for incident in incidents}) == _TERMINALS * 6
    assert all(len(incident.dispatches) == 1 for incident in incidents)
    assert_consistent(catalogues[0])
    for catalogue in catalogues:
        catalogue.close()


def test_the_same_press_on_many_threads_sends_once(catalogue: Catalogue) -> None:
    """A screen that repeats its request while the first is still under way."""
    desk = Desk(catalogue, config(), SystemClock())
    incident = desk.open_incident("cam01", 1, "MUN-OTROS", 3, "", ANA)
    with ThreadPoolExecutor(8) as pool:
        done = list(
            pool.map(lambda _: desk.dispatch_incident(incident.incident_id, ANA, PNP, "", "key-00000001"), range(24))
        )
    assert all(each.dispatches == done[0].dispatches for each in done)
    assert len(done[0].dispatches) == 1
