"""Data of persons have an end: whoever was involved in an incident that ended long ago stands nowhere any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.calls import Call, CallOrigin
from alerts.desk import Desk
from alerts.holds import Holds
from alerts.persons import DocumentKind
from nvr.catalogue import audit, changes, hold_rows
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.tables import METADATA
from nvr.clock import SimulatedClock
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, JEFA, LUIS, config
from tests.alerts.test_case import WITNESS

DAYS = config().node.persons_days
SAID = ("María Rojas", "44556677", "976 123 456", "vio la moto")


@pytest.fixture
def desk(catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    clock.advance(seconds=1)
    return Desk(catalogue, config(), clock)


def closed(desk: Desk, clock: SimulatedClock) -> str:
    """An incident that names a person in two versions; its recordings are let go by two persons."""
    incident_id = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, "un bolso", ANA).incident_id
    desk.add_person(incident_id, ANA, WITNESS, "key-00000001")
    (person,) = desk.persons(incident_id)
    changed = replace(WITNESS, document_kind=DocumentKind.NONE, document_number="")
    desk.change_person(incident_id, person.person_id, LUIS, 1, changed, "María Rojas lo aclaró")
    desk.close_incident(incident_id, ANA, "")
    return incident_id


def let_go(desk: Desk, clock: SimulatedClock) -> None:
    holds = Holds(desk._catalogue, config(), clock)
    with desk._catalogue.read() as tx:
        ids = [hold.hold_id for hold in hold_rows.listing(tx, ("active",), 10)]
    for hold_id in ids:
        holds.ask_release(hold_id, "ya no hace falta a nadie", JEFA)
        holds.decide_release(hold_id, LUIS, approve=True)


def everything(desk: Desk, incident_id: str) -> str:
    return str(desk.incident(incident_id)) + str(desk.persons(incident_id))


def test_they_stay_for_their_time_and_go_with_all_versions(desk: Desk, clock: SimulatedClock) -> None:
    incident_id = closed(desk, clock)
    let_go(desk, clock)
    clock.advance(seconds=86_400 * DAYS)
    assert desk.erase_persons() == 0
    assert all(words in everything(desk, incident_id) for words in SAID)
    clock.advance(seconds=1)
    assert desk.erase_persons() == 1
    assert not any(words in everything(desk, incident_id) for words in SAID)
    assert [(each.version, each.role, each.actor) for each in desk.persons(incident_id)] == [
        (1, WITNESS.role, ANA.name),
        (2, WITNESS.role, LUIS.name),
    ]
    incident = desk.incident(incident_id)
    assert incident.timeline[-1].kind == "persons_erased"
    with desk._catalogue.read() as tx:
        assert audit.read(tx, 1)[0].action == "incident.persons_erased"
        newest = changes.changes_after(tx, changes.last_seq(tx) - 1, 1)[0]
    assert not any(words in str(newest.body) for words in SAID)
    assert desk.erase_persons() == 0, "erased again and again"
    assert_consistent(desk._catalogue)


def test_what_is_open_or_held_as_evidence_keeps_its_persons(desk: Desk, clock: SimulatedClock) -> None:
    held = closed(desk, clock)
    still = desk.open_incident("cam02", clock.wall_ns(), "PAT-HURTO", 2, "", ANA).incident_id
    desk.add_person(still, ANA, WITNESS, "key-00000002")
    clock.advance(seconds=86_400 * (DAYS + 100))
    assert desk.erase_persons() == 0
    assert "María Rojas" in everything(desk, held)
    assert "María Rojas" in everything(desk, still)


CALLERS = ("Zoila Cabrera", "076 363 001", "Eusebio Tanta")


def called(desk: Desk, clock: SimulatedClock) -> str:
    """A closed incident that one call opened and another, that names no number, followed."""
    first = Call(CallOrigin.OWN, "Zoila Cabrera", "076 363 001", "Jr. Loreto 120", told="gritos en la calle")
    incident = desk.open_incident(
        "cam01", clock.wall_ns(), "PAT-HURTO", 2, "", ANA, first, idempotency_key="key-00000009"
    )
    second = Call(CallOrigin.POLICE, "Eusebio Tanta", "", "Jr. Loreto 122")
    desk.add_call(incident.incident_id, ANA, second, "key-00000010")
    desk.close_incident(incident.incident_id, ANA, "")
    return incident.incident_id


def stored(catalogue: Catalogue) -> str:
    """Every value of every table."""
    with catalogue.read() as tx:
        return str([[*map(tuple, tx.connection.execute(sa.select(table)))] for table in METADATA.sorted_tables])


def test_who_called_goes_with_them_and_that_somebody_called_stays(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue
) -> None:
    incident_id = called(desk, clock)
    let_go(desk, clock)
    clock.advance(seconds=86_400 * DAYS)
    assert desk.erase_persons() == 0
    before = [each for each in desk.incident(incident_id).timeline if each.kind == "call"]
    assert [(each.detail.get("caller"), each.detail.get("phone")) for each in before] == [
        ("Zoila Cabrera", "076 363 001"),
        ("Eusebio Tanta", None),
    ]
    clock.advance(seconds=1)
    assert desk.erase_persons() == 1
    after = [each for each in desk.incident(incident_id).timeline if each.kind == "call"]
    assert after == [
        replace(each, detail={name: text for name, text in each.detail.items() if name not in {"caller", "phone"}})
        for each in before
    ]
    assert [each.detail["place"] for each in after] == ["Jr. Loreto 120", "Jr. Loreto 122"]
    assert desk.call_origins([desk.incident(incident_id)]) == {incident_id: "own"}
    assert desk.incident(incident_id).timeline[-1].kind == "persons_erased"
    with catalogue.read() as tx:
        assert audit.read(tx, 1)[0].action == "incident.persons_erased"
    # The change log keeps seven days: long before, it has forgotten who called.
    with catalogue.write() as tx:
        changes.trim(tx, clock.wall_ns())
    assert not any(words in stored(catalogue) for words in CALLERS)
    assert desk.erase_persons() == 0, "erased again and again"
    assert_consistent_newest(desk, incident_id)


def assert_consistent_newest(desk: Desk, incident_id: str) -> None:
    """The newest change is the incident as it is."""
    with desk._catalogue.read() as tx:
        (newest,) = changes.changes_after(tx, changes.last_seq(tx) - 1, 1)
    assert newest.object_id == incident_id
    assert newest.body["timeline"][-1]["kind"] == "persons_erased"
    assert not any(words in str(newest.body) for words in CALLERS)


def test_callers_of_what_is_held_or_open_stay(desk: Desk, clock: SimulatedClock, catalogue: Catalogue) -> None:
    called(desk, clock)
    still = desk.open_incident("cam02", clock.wall_ns(), "PAT-HURTO", 2, "", ANA).incident_id
    desk.add_call(still, ANA, Call(CallOrigin.RADIO, "Rosaura Terrones", "", "Jr. Lima"), "key-00000011")
    clock.advance(seconds=86_400 * (DAYS + 100))
    assert desk.erase_persons() == 0
    assert all(words in stored(catalogue) for words in (*CALLERS, "Rosaura Terrones"))


def test_what_was_erased_lies_in_no_free_page(tmp_path: Path, clock: SimulatedClock) -> None:
    """SQLite leaves what is deleted where it was, unless it is told to write over it."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3", clock=clock)
    clock.advance(seconds=1)
    desk = Desk(catalogue, config(), clock)
    called(desk, clock)
    closed(desk, clock)
    let_go(desk, clock)

    def file() -> bytes:
        with catalogue.read() as tx:
            tx.connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    with catalogue.write() as tx:
        tx.connection.exec_driver_sql("UPDATE counters SET value = value")
    assert all(words.encode() in file() for words in CALLERS)
    clock.advance(seconds=86_400 * DAYS + 2)
    assert desk.erase_persons() == 2
    with catalogue.write() as tx:
        changes.trim(tx, clock.wall_ns())
    assert not [words for words in (*CALLERS, *SAID) if words.encode() in file()]
    catalogue.close()
