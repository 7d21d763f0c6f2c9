"""Where an incident's cameras were: kept with it, whatever the configuration says since."""

from __future__ import annotations

from typing import Any, Final

import pytest
import sqlalchemy as sa

from alerts.desk import Desk
from alerts.places import place_in
from alerts.records import AlertState, CameraPlace, Incident
from nvr.catalogue import delivery_rows
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.tables import incident_places
from nvr.clock import SimulatedClock
from nvr.config import Config
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, LUIS, config
from tests.alerts.test_desk import alert_on, send

WAS: Final = (
    CameraPlace("cam01", 1, "Jr. 1", "Centro", -7.15, -78.51),
    CameraPlace("cam02", 2, "Jr. 2", "", -7.16, -78.52),
    CameraPlace("cam03", 3, "Jr. 3"),
)


def told(**of_first: object) -> Config:
    """The room with the places of ``WAS``; the first camera as ``of_first`` says."""
    document: dict[str, Any] = config().model_dump(by_alias=True, mode="json")
    for camera, was in zip(document["cameras"], WAS, strict=False):
        camera |= {"sector": was.sector or None, "location": None if was.latitude is None else [was.latitude, was.longitude]}  # fmt: skip
    document["cameras"][0] |= of_first
    return Config.model_validate(document)


MOVED: Final = {"number": 77, "name": "Av. Hoyos Rubio 900", "sector": "Sur", "location": [-7.17, -78.53]}


@pytest.fixture
def desk(catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    clock.advance(seconds=1)
    return Desk(catalogue, told(), clock)


@pytest.fixture
def later(desk: Desk, catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    """The desk under a later configuration, which says of the first camera that it is elsewhere."""
    return Desk(catalogue, told(**MOVED), clock)


def by_hand(desk: Desk, clock: SimulatedClock, *further: str) -> Incident:
    return desk.open_incident("cam01", clock.wall_ns(), "PAT-ROBO", 1, "", ANA, further=further)


def test_an_incident_keeps_where_its_cameras_stood_when_it_got_them(
    desk: Desk, later: Desk, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    first = by_hand(desk, clock, "cam02")
    assert first.places == WAS[:2]
    after = later.add_camera(first.incident_id, LUIS, "cam03", "huyó por ahí")
    assert after.places == WAS
    assert place_in(after, "cam01", told(**MOVED)) == WAS[0]
    assert by_hand(later, clock).places[0].name == MOVED["name"]
    assert_consistent(catalogue)


def test_an_alert_s_incident_keeps_it_too(desk: Desk, later: Desk, catalogue: Catalogue, clock: SimulatedClock) -> None:
    dispatched, looked_into = alert_on(catalogue, clock), alert_on(catalogue, clock, "cam02")
    for alert in (dispatched, looked_into):
        desk.take(alert.alert_id, ANA)
    assert send(desk, dispatched).places == (WAS[0],)
    assert desk.verify_alert(looked_into.alert_id, ANA, "PAT-ROBO", 1, "").places == (WAS[1],)
    assert all(later.incident(each.incident_id or "").places for each in later.alerts([AlertState.TAKEN], 9)[1])
    assert_consistent(catalogue)


def test_a_camera_that_is_taken_off_and_added_again_was_where_it_was_first(desk: Desk, clock: SimulatedClock) -> None:
    before = desk.open_incident("cam02", clock.wall_ns(), "PAT-ROBO", 1, "", ANA, further=["cam01"])
    moved = Desk(desk._catalogue, told(**MOVED), clock)
    moved.remove_camera(before.incident_id, ANA, "cam01", "no se ve nada")
    assert moved.incident(before.incident_id).place_of("cam01") == WAS[0], "the time line still speaks of it"
    assert moved.add_camera(before.incident_id, ANA, "cam01", "sí se ve").place_of("cam01") == WAS[0]


def test_what_was_opened_before_places_were_kept_has_none(
    desk: Desk, later: Desk, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    """And gets none afterwards, by whatever is done with it: it would not be the one of then."""
    old = by_hand(desk, clock)
    with catalogue.write() as tx:
        tx.connection.execute(sa.delete(incident_places))
    later.add_note(old.incident_id, ANA, "una nota")
    after = later.dispatch_incident(old.incident_id, ANA, "pnp", "", "key-00000009")
    assert after.places == ()
    today = place_in(after, "cam01", told(**MOVED))
    assert today is not None
    assert (today.number, today.name, today.latitude) == (77, MOVED["name"], -7.17)
    assert place_in(after, "cam99", told()) is None


def test_who_is_sent_is_told_the_place_that_the_incident_kept(
    desk: Desk, later: Desk, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    incident = by_hand(desk, clock)
    later.dispatch_incident(incident.incident_id, ANA, "pnp", "", "key-00000009")
    with catalogue.read() as tx:
        (row,) = delivery_rows.waiting(tx)
    assert "Lugar: Cámara 1, Jr. 1" in row["letter"]["text"]
    assert row["letter"]["data"]["location"] == [-7.15, -78.51]
