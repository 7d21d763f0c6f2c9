"""What people do at the desk: each act whole, told to the screens, on the time line, in the audit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.calls import Call, CallOrigin
from alerts.desk import Desk
from alerts.intake import Intake
from alerts.records import (
    Actor,
    Alert,
    AlertOutcome,
    AlertState,
    DispatchResult,
    DispatchState,
    Incident,
    IncidentState,
)
from alerts.results import Closing
from nvr.catalogue import audit, changes
from nvr.catalogue.changes import Change
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config.agencies import PNP, SERENAZGO
from nvr.errors import CatalogueError, Conflict, IllegalStep, InvalidInput, NotFound, NvrError
from nvr.journal import Position
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, EVIL, JEFA, LUIS, at, config, ended, started

DONE = Closing(DispatchResult.ATTENDED)


@pytest.fixture
def desk(catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    clock.advance(seconds=1)
    return Desk(catalogue, config(), clock)


def alert_on(catalogue: Catalogue, clock: SimulatedClock, camera_id: str = "cam01", start_s: float = 0) -> Alert:
    """A new alert of a movement that is over."""
    name = f"m-{camera_id}-{start_s:.0f}"
    intake = Intake(catalogue, config(), clock)
    facts = [started(name, start_s, camera_id=camera_id), ended(name, start_s, start_s + 5, camera_id=camera_id)]
    intake.take_up("w0", [(fact, Position("1", 1)) for fact in facts])
    queue = Desk(catalogue, config(), clock).alerts([AlertState.NEW], 100)[1]
    return next(alert for alert in queue if alert.camera_id == camera_id)


@pytest.fixture
def alert(desk: Desk, catalogue: Catalogue, clock: SimulatedClock) -> Alert:
    return alert_on(catalogue, clock)


def send(desk: Desk, alert: Alert, agency: str = PNP, key: str = "key-00000001", actor: Actor = ANA) -> Incident:
    return desk.dispatch_alert(alert.alert_id, actor, agency, "PAT-ROBO", 1, "dos sujetos", key)


def changes_of(catalogue: Catalogue, after: int = 0) -> list[Change]:
    with catalogue.read() as tx:
        return changes.changes_after(tx, after)


def test_the_whole_path(desk: Desk, alert: Alert, catalogue: Catalogue, clock: SimulatedClock) -> None:
    """Alert, taken, dispatched to both, recibido … cerrado, closed: the time line tells it in order, the screens heard all of it."""
    heard: list[int] = []
    desk.on_commit(heard.append)
    clock.advance(seconds=3)
    assert desk.take(alert.alert_id, ANA).owner_name == "Ana Quispe"
    incident = send(desk, alert)
    assert (incident.number, incident.state, incident.camera_id, incident.type_code, incident.priority) == (
        "N-2026-000001",
        IncidentState.OPEN,
        "cam01",
        "PAT-ROBO",
        1,
    )
    assert incident.occurred_wall_ns == alert.started_wall_ns
    clock.advance(seconds=1)
    assert (
        desk.dispatch_incident(incident.incident_id, ANA, SERENAZGO, "apoyo", "key-00000002").dispatches[1].note
        == "apoyo"
    )
    for dispatch in incident.dispatches:
        for to in (DispatchState.RECEIVED, DispatchState.EN_ROUTE, DispatchState.ON_SCENE, DispatchState.CLOSED):
            clock.advance(seconds=60)
            assert (
                desk.advance(
                    dispatch.dispatch_id, LUIS, to, f"{to.value}!", DONE if to is DispatchState.CLOSED else None
                ).state
                is to
            )
    with pytest.raises(IllegalStep, match="queda 1 despacho abierto"):
        desk.close_incident(incident.incident_id, ANA, "")
    second = desk.dispatches([DispatchState.SENT], SERENAZGO, 10)[1][0]
    desk.advance(second.dispatch_id, LUIS, DispatchState.CLOSED, "sin novedad", DONE)
    assert desk.add_note(incident.incident_id, ANA, "placa ABC-123").timeline[-1].detail == {"text": "placa ABC-123"}
    closed = desk.close_incident(incident.incident_id, ANA, "intervenidos")
    assert [entry.kind for entry in closed.timeline] == [
        "detected", "alert_created", "alert_taken", "incident_opened", "dispatch_sent", "dispatch_sent", "dispatch_received", "dispatch_en_route",
        "dispatch_on_scene", "dispatch_closed", "dispatch_closed", "note", "alert_closed", "incident_closed",
    ]  # fmt: skip
    assert (closed.timeline[0].wall_ns, closed.timeline[2].actor, closed.timeline[2].terminal) == (
        alert.started_wall_ns,
        "Ana Quispe",
        "Puesto 3",
    )
    assert closed.timeline[6].detail["note"] == "received!"
    (after,) = desk.alerts_of_incident(incident.incident_id)
    assert (after.state, after.outcome, after.incident_id) == (
        AlertState.CLOSED,
        AlertOutcome.INCIDENT,
        incident.incident_id,
    )
    assert desk.incident(incident.incident_id) == closed
    assert [change.seq for change in changes_of(catalogue)] == sorted(change.seq for change in changes_of(catalogue))
    assert heard == sorted(heard)
    assert heard[-1] == changes_of(catalogue)[-1].seq
    assert_consistent(catalogue)


def test_each_act_is_in_the_audit_with_place_and_address(desk: Desk, alert: Alert, catalogue: Catalogue) -> None:
    desk.take(alert.alert_id, ANA)
    incident = send(desk, alert)
    desk.advance(incident.dispatches[0].dispatch_id, LUIS, DispatchState.CLOSED, closing=DONE)
    desk.close_incident(incident.incident_id, ANA, "")
    with catalogue.read() as tx:
        records = audit.read(tx, 100)[::-1]
    assert [record.action for record in records] == [
        "alert.take",
        "hold.place",
        "incident.open",
        "dispatch.send",
        "dispatch.advance",
        "incident.close",
    ]
    assert (records[0].actor, records[0].terminal, records[0].address, records[0].object) == (
        "Ana Quispe",
        "Puesto 3",
        "10.0.0.3",
        alert.alert_id,
    )


def test_changes_carry_whole_records_with_their_agency(desk: Desk, alert: Alert, catalogue: Catalogue) -> None:
    desk.take(alert.alert_id, ANA)
    before = changes_of(catalogue)[-1].seq
    incident = send(desk, alert)
    told = {change.kind: change for change in changes_of(catalogue, before)}
    assert told.keys() == {"alert", "dispatch", "incident"}
    assert (told["dispatch"].agency, told["dispatch"].body["state"], told["dispatch"].body["times"]) == (
        "pnp",
        "sent",
        {"sent": incident.created_wall_ns},
    )
    assert told["incident"].agencies == {"pnp"}
    assert told["incident"].body["number"] == "N-2026-000001"
    assert told["alert"].body["incident_id"] == incident.incident_id
    assert {change.camera_id for change in told.values()} == {"cam01"}


def test_a_taken_alert_is_nobody_elses(desk: Desk, alert: Alert) -> None:
    desk.take(alert.alert_id, ANA)
    for act in (
        lambda: desk.take(alert.alert_id, LUIS),
        lambda: desk.release(alert.alert_id, LUIS),
        lambda: desk.close_alert(alert.alert_id, LUIS, AlertOutcome.FALSE_ALARM, ""),
        lambda: send(desk, alert, actor=LUIS),
    ):
        with pytest.raises(Conflict, match="La alerta la tiene Ana Quispe"):
            act()
    assert desk.release(alert.alert_id, JEFA, any_owner=True).owner_id is None
    assert desk.take(alert.alert_id, LUIS).owner_id == "u-luis"


def test_taking_twice_is_one_act(desk: Desk, alert: Alert, catalogue: Catalogue) -> None:
    first = desk.take(alert.alert_id, ANA)
    seq = changes_of(catalogue)[-1].seq
    assert desk.take(alert.alert_id, ANA) == first
    assert changes_of(catalogue, seq) == []


def test_a_supervisor_sends_from_the_queue_and_so_owns_it(desk: Desk, alert: Alert) -> None:
    with pytest.raises(IllegalStep, match="Tome la alerta"):
        send(desk, alert)
    desk.dispatch_alert(alert.alert_id, JEFA, PNP, "PAT-ROBO", 1, "", "key-00000001", any_owner=True)
    assert desk.alert(alert.alert_id).owner_id == "u-jefa"


def test_the_same_key_sends_once(desk: Desk, alert: Alert, catalogue: Catalogue, clock: SimulatedClock) -> None:
    desk.take(alert.alert_id, ANA)
    first = send(desk, alert)
    seq = changes_of(catalogue)[-1].seq
    assert send(desk, alert) == first
    assert changes_of(catalogue, seq) == []
    with pytest.raises(Conflict, match="clave"):
        send(desk, alert, SERENAZGO)
    again = desk.dispatch_incident(first.incident_id, ANA, SERENAZGO, "", "key-00000009")
    assert desk.dispatch_incident(first.incident_id, ANA, SERENAZGO, "", "key-00000009") == again
    other = alert_on(catalogue, clock, "cam02")
    desk.take(other.alert_id, ANA)
    with pytest.raises(Conflict, match="clave"):
        send(desk, other)
    desk.take(other.alert_id, ANA)
    desk.release(other.alert_id, ANA)
    desk.take(other.alert_id, LUIS)
    assert len(send(desk, other, actor=LUIS).dispatches) == 1, "another person's keys are his own"
    assert_consistent(catalogue)


def test_a_second_dispatch_joins_the_same_incident(desk: Desk, alert: Alert, clock: SimulatedClock) -> None:
    desk.take(alert.alert_id, ANA)
    first = send(desk, alert)
    clock.advance(seconds=1)
    second = send(desk, alert, SERENAZGO, "key-00000002")
    assert second.incident_id == first.incident_id
    assert [dispatch.agency for dispatch in second.dispatches] == [PNP, SERENAZGO]
    assert [each.number for each in desk.incidents([IncidentState.OPEN], 10, SERENAZGO)[1]] == [first.number]
    assert desk.incidents([IncidentState.CLOSED], 10)[1] == []


def test_logging_out_gives_everything_back(
    desk: Desk, alert: Alert, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    other, third = alert_on(catalogue, clock, "cam02"), alert_on(catalogue, clock, "cam03")
    desk.take(alert.alert_id, ANA)
    send(desk, alert)
    desk.take(other.alert_id, ANA)
    desk.take(third.alert_id, LUIS)
    assert desk.release_of("u-ana", ANA) == 2
    assert desk.release_of("u-ana", ANA) == 0
    assert {each.camera_id: each.state for each in desk.alerts(list(AlertState), 9)[1]} == {
        "cam01": AlertState.NEW,
        "cam02": AlertState.NEW,
        "cam03": AlertState.TAKEN,
    }
    incident_id = desk.alert(alert.alert_id).incident_id
    assert incident_id is not None
    incident = desk.incident(incident_id)
    assert incident.timeline[-1].kind == "alert_released"
    assert_consistent(catalogue)


def test_by_hand(desk: Desk, catalogue: Catalogue, clock: SimulatedClock) -> None:
    clock.advance(seconds=200)
    incident = desk.open_incident("cam03", at(100), "ORD-GRESCA", 2, "lo vi yo", ANA)
    assert (incident.camera_id, incident.occurred_wall_ns, incident.created_by) == ("cam03", at(100), "Ana Quispe")
    assert desk.incident_window(incident.incident_id) == (at(90), None)
    clock.advance(seconds=500)
    assert desk.incident_window(incident.incident_id) == (at(90), at(700))
    assert desk.alerts_of_incident(incident.incident_id) == []
    with pytest.raises(NotFound, match="cámara"):
        desk.open_incident("cam99", at(100), "ORD-GRESCA", 2, "", ANA)
    for wrong in (0, -5, at(10_000), 2**80):
        with pytest.raises(InvalidInput, match="hora"):
            desk.open_incident("cam03", wrong, "ORD-GRESCA", 2, "", ANA)
    assert_consistent(catalogue)


def test_a_repeated_request_opens_nothing(desk: Desk, catalogue: Catalogue, clock: SimulatedClock) -> None:
    clock.advance(seconds=200)
    call = Call(CallOrigin.POLICE, "Juana", "976 111 222", "Jr. Uno", "2", None)
    order = ("cam03", at(100), "ORD-GRESCA", 2, "x", ANA, call)
    incident = desk.open_incident(*order, idempotency_key="clave-0001")
    assert desk.open_incident(*order, idempotency_key="clave-0001").incident_id == incident.incident_id
    other = desk.open_incident(*order, idempotency_key="clave-0002")
    assert other.number != incident.number
    theirs = desk.open_incident("cam03", at(100), "ORD-GRESCA", 2, "x", LUIS, call, idempotency_key="clave-0001")
    for changed in (
        ("cam01", at(100), "ORD-GRESCA", 2, "x", ANA, call),
        ("cam03", at(101), "ORD-GRESCA", 2, "x", ANA, call),
        ("cam03", at(100), "PAT-ROBO", 2, "x", ANA, call),
        ("cam03", at(100), "ORD-GRESCA", 1, "x", ANA, call),
        ("cam03", at(100), "ORD-GRESCA", 2, "y", ANA, call),
        ("cam03", at(100), "ORD-GRESCA", 2, "x", ANA, replace(call, place="Jr. Dos")),
    ):
        with pytest.raises(Conflict, match="ya abrió el incidente"):
            desk.open_incident(*changed, idempotency_key="clave-0001")
    with pytest.raises(InvalidInput, match="clave"):
        desk.open_incident(*order, idempotency_key="corta")
    opened = desk.incidents([IncidentState.OPEN], 10)[1]
    assert sorted(each.number for each in opened) == sorted([incident.number, other.number, theirs.number])
    assert_consistent(catalogue)


def test_what_does_not_exist(desk: Desk) -> None:
    for act in (
        lambda: desk.take("x", ANA),
        lambda: desk.alert("' OR 1=1 --"),
        lambda: desk.incident("x"),
        lambda: desk.dispatch("x"),
        lambda: desk.advance("x", ANA, DispatchState.RECEIVED),
        lambda: desk.add_note("x", ANA, "n"),
        lambda: desk.close_incident("x", ANA, ""),
        lambda: desk.dispatch_incident("x", ANA, PNP, "", "key-00000001"),
        lambda: desk.incident_window("x"),
    ):
        with pytest.raises(NotFound, match="No existe"):
            act()


def test_inputs_are_bounded(desk: Desk, alert: Alert, catalogue: Catalogue) -> None:
    desk.take(alert.alert_id, ANA)
    seq = changes_of(catalogue)[-1].seq
    for act in (
        lambda: desk.dispatch_alert(alert.alert_id, ANA, PNP, "NO-SUCH", 1, "", "key-00000001"),
        lambda: desk.dispatch_alert(alert.alert_id, ANA, PNP, "PAT-ROBO", 4, "", "key-00000001"),
        lambda: desk.dispatch_alert(alert.alert_id, ANA, PNP, "PAT-ROBO", True, "", "key-00000001"),
        lambda: desk.dispatch_alert(alert.alert_id, ANA, PNP, "PAT-ROBO", 1, "x" * 2001, "key-00000001"),
        lambda: desk.dispatch_alert(alert.alert_id, ANA, PNP, "PAT-ROBO", 1, "", "short"),
        lambda: desk.dispatch_alert(alert.alert_id, ANA, PNP, "PAT-ROBO", 1, "", "clave con espacio"),
        lambda: desk.close_alert(alert.alert_id, ANA, AlertOutcome.NO_ACTION, "x" * 2001),
        lambda: desk.add_note(alert.alert_id, ANA, " \n\t "),
    ):
        with pytest.raises(InvalidInput):
            act()
    assert changes_of(catalogue, seq) == []


def test_hostile_texts_are_only_texts(desk: Desk, alert: Alert, catalogue: Catalogue) -> None:
    """In every field that somebody can fill: it comes back as typed, but for control characters, and nothing else happens."""
    clean = EVIL.replace("\x00", "").replace("\x1b", "")
    enemy = Actor("' OR '1'='1", EVIL, EVIL, EVIL)
    desk.take(alert.alert_id, enemy)
    incident = desk.dispatch_alert(alert.alert_id, enemy, PNP, "PAT-ROBO", 1, EVIL, "key-00000001")
    assert incident.note == incident.dispatches[0].note == clean
    assert incident.created_by == clean[:120].strip()
    noted = desk.add_note(incident.incident_id, enemy, f"línea 1\r\nlínea 2 {EVIL}")
    assert noted.timeline[-1].detail["text"] == f"línea 1\nlínea 2 {clean}"
    assert noted.timeline[-1].terminal == clean[:40].strip()
    desk.advance(incident.dispatches[0].dispatch_id, enemy, DispatchState.CLOSED, EVIL, DONE)
    desk.close_incident(incident.incident_id, enemy, EVIL)
    assert desk.release_of("' OR '1'='1", ANA) == 0
    with catalogue.read() as tx:
        assert all(record.actor == clean[:200].strip()[:120].strip() for record in audit.read(tx, 10))
    assert_consistent(catalogue)


def test_notes_have_an_end(desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.inputs.NOTES_LIMIT", 2)
    desk.take(alert.alert_id, ANA)
    incident = send(desk, alert)
    desk.add_note(incident.incident_id, ANA, "1")
    desk.add_note(incident.incident_id, ANA, "2")
    with pytest.raises(Conflict, match="2 notas"):
        desk.add_note(incident.incident_id, ANA, "3")


def test_what_is_said_at_and_after_the_end_is_kept(desk: Desk, alert: Alert, catalogue: Catalogue) -> None:
    """That an alert was closed, and as what, is in the audit, but not the note, which may name somebody; what is learnt later is noted on a closed incident, by an operator too."""
    desk.take(alert.alert_id, ANA)
    desk.close_alert(alert.alert_id, ANA, AlertOutcome.FALSE_ALARM, "era un perro")
    with catalogue.read() as tx:
        closed = next(record for record in audit.read(tx, 20) if record.action == "alert.close")
    assert (closed.object, closed.detail) == (alert.alert_id, {"user_id": ANA.user_id, "outcome": "false_alarm"})
    incident = desk.open_incident("cam02", 1, "MUN-OTROS", 3, "", ANA)
    desk.close_incident(incident.incident_id, ANA, "")
    noted = desk.add_note(incident.incident_id, LUIS, "apareció el dueño").timeline[-1]
    assert (noted.kind, noted.actor, noted.detail) == ("note", LUIS.name, {"text": "apareció el dueño"})


def test_the_queue_shows_the_most_urgent_then_the_oldest(
    desk: Desk, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    intake = Intake(catalogue, config(), clock)
    order = [("cam01", "calle", 5.0), ("cam02", "puerta", 9.0), ("cam03", "calle", 1.0), ("cam04", "puerta", 7.0)]
    facts = [started(camera_id, start_s, camera_id=camera_id, zone=zone) for camera_id, zone, start_s in order]
    intake.take_up("w0", [(fact, Position("1", number)) for number, fact in enumerate(facts)])
    seq, queue = desk.alerts([AlertState.NEW, AlertState.TAKEN], 10)
    assert [each.camera_id for each in queue] == ["cam04", "cam02", "cam03", "cam01"]
    assert seq == changes_of(catalogue)[-1].seq
    for each in queue[:2]:
        desk.take(each.alert_id, ANA)
        desk.close_alert(each.alert_id, ANA, AlertOutcome.NO_ACTION, "")
    assert [each.camera_id for each in desk.alerts([AlertState.CLOSED], 10)[1]] == ["cam02", "cam04"], "newest first"
    assert [each.camera_id for each in desk.alerts(list(AlertState), 3)[1]] == ["cam03", "cam01", "cam02"]
    assert desk.alerts([AlertState.NEW], -1)[1] == []


def test_the_number_belongs_to_the_year_of_the_room(catalogue: Catalogue) -> None:
    """New Year comes to Lima five hours after UTC."""
    midnight_utc = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * NS_PER_S
    clock = SimulatedClock(midnight_utc + 4 * 3600 * NS_PER_S)
    desk = Desk(catalogue, config(), clock)
    numbers = [desk.open_incident("cam01", at(0), "MUN-OTROS", 3, "", ANA).number]
    clock.advance(seconds=3600)
    numbers += [desk.open_incident("cam01", at(0), "MUN-OTROS", 3, "", ANA).number for _ in range(2)]
    assert numbers == ["N-2026-000001", "N-2027-000001", "N-2027-000002"]


def test_an_act_that_fails_half_way_leaves_nothing(
    desk: Desk, alert: Alert, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break off a dispatch at each of its writes in turn: no number is used up, no half incident stays."""
    desk.take(alert.alert_id, ANA)
    seq = changes_of(catalogue)[-1].seq
    writes = (
        "incident_rows.store_incident",
        "incident_rows.store_dispatch",
        "incident_rows.add_entry",
        "changes.append",
        "audit.append",
        "hold_rows.store",
    )

    def fail(*_: object, **__: object) -> None:
        raise CatalogueError("the disk fails")

    for write in writes:
        with monkeypatch.context() as patch:
            patch.setattr(f"nvr.catalogue.{write}", fail)
            with pytest.raises(CatalogueError):
                send(desk, alert)
        assert changes_of(catalogue, seq) == []
        assert desk.incidents(list(IncidentState), 10)[1] == []
    assert send(desk, alert).number == "N-2026-000001"


def test_refusals_say_it_in_spanish(desk: Desk, alert: Alert) -> None:
    desk.take(alert.alert_id, ANA)
    incident = send(desk, alert)
    desk.advance(incident.dispatches[0].dispatch_id, LUIS, DispatchState.ON_SCENE)
    refused: list[str] = []
    for act in (
        lambda: desk.advance(incident.dispatches[0].dispatch_id, LUIS, DispatchState.RECEIVED),
        lambda: desk.close_alert(alert.alert_id, ANA, AlertOutcome.FALSE_ALARM, ""),
        lambda: desk.take(alert.alert_id, LUIS),
    ):
        with pytest.raises(NvrError) as caught:
            act()
        refused.append(caught.value.message)
    assert refused == [
        "El despacho ya está «en el lugar»: no puede volver a «recibido»",
        "La alerta ya dio lugar a un incidente: ciérrela como incidente",
        "La alerta la tiene Ana Quispe",
    ]
    assert re.fullmatch(r"[0-9a-f]{32}", incident.incident_id)
