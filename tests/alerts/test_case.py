"""What an incident gathers: the machine of its states, versions, persons, further cameras, steps, calls, duplicates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.amendments import Amendment
from alerts.calls import Call, CallOrigin
from alerts.case_desk import proposed
from alerts.desk import Desk
from alerts.incident_states import INCIDENT_STEPS, IncidentStep, Whose, must_allow
from alerts.persons import DocumentKind, PersonRole, PersonWords, described, ending, initials, masked, newest
from alerts.procedures import pending, procedure_of
from alerts.records import Incident, IncidentState, StepState
from nvr.catalogue import audit, hold_rows
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.errors import Conflict, IllegalStep, InvalidInput, NotFound
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, EVIL, JEFA, LUIS, config

WITNESS = PersonWords(PersonRole.WITNESS, "María Rojas", DocumentKind.DNI, "44556677", "976 123 456", "vio la moto")


@pytest.fixture
def desk(catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    clock.advance(seconds=1)
    return Desk(catalogue, config(), clock)


def opened(desk: Desk, clock: SimulatedClock, camera_id: str = "cam01", call: Call | None = None) -> Incident:
    return desk.open_incident(camera_id, clock.wall_ns(), "PAT-HURTO", 2, "un bolso", ANA, call)


def words_of(incident: Incident) -> tuple[object, ...]:
    return (incident.type_code, incident.priority, incident.address, incident.note, incident.occurred_wall_ns)


@pytest.mark.parametrize("step", list(IncidentStep))
@pytest.mark.parametrize("state", list(IncidentState))
def test_every_step_is_allowed_or_refused_with_its_reason(state: IncidentState, step: IncidentStep) -> None:
    incident = Incident("i", "N-2026-000001", state, "cam01", "PAT-ROBO", 1, "", 1, 1, "Ana")
    whose = INCIDENT_STEPS.get((state, step))
    assert (whose is Whose.DESK) >= (state is IncidentState.OPEN), "while it is open the desk may do everything"
    if whose is Whose.DESK:
        must_allow(incident, step)
        return
    with pytest.raises(IllegalStep, match="N-2026-000001 ya está cerrado"):
        must_allow(incident, step)
    if whose is Whose.SUPERVISOR:
        must_allow(incident, step, senior=True)
    else:
        with pytest.raises(IllegalStep):
            must_allow(incident, step, senior=True)


def test_an_amendment_is_a_version_and_the_one_before_stays(desk: Desk, clock: SimulatedClock) -> None:
    first = opened(desk, clock)
    clock.advance(seconds=5)
    amend = Amendment(type_code="PAT-ROBO", priority=1, address="  Jr. Loreto 120\n")
    second = desk.amend_incident(first.incident_id, LUIS, 1, amend, "hubo un cuchillo")
    assert (second.version, second.type_code, second.priority) == (2, "PAT-ROBO", 1)
    assert (second.address, second.note) == ("Jr. Loreto 120", "un bolso"), "what is not named stays"
    one, two = desk.versions(first.incident_id)
    assert (one.version, one.actor, one.type_code, one.reason) == (1, ANA.name, "PAT-HURTO", "")
    assert (two.version, two.actor, two.terminal, two.reason) == (2, LUIS.name, LUIS.terminal, "hubo un cuchillo")
    entry = second.timeline[-1]
    assert (entry.kind, entry.actor, entry.terminal) == ("incident_amended", LUIS.name, LUIS.terminal)
    assert entry.detail["changed"] == "tipo: de Hurto a Robo con violencia; prioridad: de 2 a 1; lugar"
    # Said again, it changes nothing: a screen repeats its request, and its base is old by then.
    assert desk.amend_incident(first.incident_id, LUIS, 1, amend, "hubo un cuchillo") == second
    assert_consistent(desk._catalogue)


def test_who_amends_an_old_version_is_told_who_was_first_and_what_changed(desk: Desk, clock: SimulatedClock) -> None:
    incident = opened(desk, clock)
    desk.amend_incident(incident.incident_id, LUIS, 1, Amendment(priority=1), "está armado")
    desk.amend_incident(incident.incident_id, JEFA, 2, Amendment(note="dos bolsos"), "")
    with pytest.raises(Conflict, match=r"Luis Chávez, Rosa Jefa ya corrigió .*prioridad: de 2 a 1; observación"):
        desk.amend_incident(incident.incident_id, ANA, 1, Amendment(priority=3), "fue un error")
    assert desk.incident(incident.incident_id).priority == 1
    assert len(desk.versions(incident.incident_id)) == 3


def test_what_figures_hang_on_needs_a_reason(desk: Desk, clock: SimulatedClock) -> None:
    incident = opened(desk, clock)
    for amendment in (
        Amendment(type_code="PAT-ROBO"),
        Amendment(priority=1),
        Amendment(occurred_wall_ns=clock.wall_ns() - 1),
    ):
        with pytest.raises(InvalidInput, match="Falta el motivo"):
            desk.amend_incident(incident.incident_id, ANA, 1, amendment, "  ")
    assert desk.amend_incident(incident.incident_id, ANA, 1, Amendment(address="esquina"), "").version == 2
    for wrong in (
        Amendment(type_code="NO-HAY"),
        Amendment(priority=4),
        Amendment(occurred_wall_ns=clock.wall_ns() * 2),
    ):
        with pytest.raises(InvalidInput):
            desk.amend_incident(incident.incident_id, ANA, 2, wrong, "porque sí")


def test_what_is_closed_a_supervisor_amends_and_says_why(desk: Desk, clock: SimulatedClock) -> None:
    incident = opened(desk, clock)
    desk.close_incident(incident.incident_id, ANA, "")
    change = Amendment(note="tres bolsos")
    with pytest.raises(IllegalStep, match="solo un supervisor"):
        desk.amend_incident(incident.incident_id, ANA, 1, change, "contó mal")
    with pytest.raises(InvalidInput, match="Falta el motivo"):
        desk.amend_incident(incident.incident_id, JEFA, 1, change, "", senior=True)
    after = desk.amend_incident(incident.incident_id, JEFA, 1, change, "contó mal", senior=True)
    assert (after.state, after.version, after.note) == (IncidentState.CLOSED, 2, "tres bolsos")
    with pytest.raises(IllegalStep, match="solo un supervisor"):
        desk.add_person(incident.incident_id, ANA, WITNESS, "key-00000001", "llegó después")
    with pytest.raises(InvalidInput, match="Falta el motivo"):
        desk.add_person(incident.incident_id, JEFA, WITNESS, "key-00000001", senior=True)
    desk.add_person(incident.incident_id, JEFA, WITNESS, "key-00000001", "llegó después", senior=True)
    with pytest.raises(IllegalStep, match="ya está cerrado"):
        desk.tick_step(incident.incident_id, JEFA, "lugar", StepState.DONE)
    assert_consistent(desk._catalogue)


def test_a_moved_hour_moves_what_is_shown_and_held(desk: Desk, clock: SimulatedClock, catalogue: Catalogue) -> None:
    clock.advance(seconds=7200)
    incident = opened(desk, clock)
    earlier_ns = incident.occurred_wall_ns - 3600 * 10**9
    desk.amend_incident(incident.incident_id, ANA, 1, Amendment(occurred_wall_ns=earlier_ns), "dijo a las dos")
    assert desk.incident_window(incident.incident_id)[0] < earlier_ns
    with catalogue.read() as tx:
        (hold,) = hold_rows.of_incident(tx, incident.incident_id)
    assert hold.from_wall_ns <= earlier_ns
    assert hold.to_wall_ns is not None
    assert hold.to_wall_ns >= incident.occurred_wall_ns, "a hold only grows"


def test_a_further_camera_is_held_like_the_first_and_stays_held(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue
) -> None:
    incident = opened(desk, clock)
    with pytest.raises(InvalidInput, match="Falta el motivo"):
        desk.add_camera(incident.incident_id, LUIS, "cam03", "")
    with pytest.raises(NotFound):
        desk.add_camera(incident.incident_id, LUIS, "cam99", "huyó por ahí")
    after = desk.add_camera(incident.incident_id, LUIS, "cam03", "huyó por ahí")
    assert after.camera_ids == ("cam01", "cam03")
    assert (after.further_cameras[0].added_by, after.further_cameras[0].reason) == (LUIS.name, "huyó por ahí")
    assert desk.add_camera(incident.incident_id, ANA, "cam03", "otra vez") == after
    with catalogue.read() as tx:
        held = {hold.camera_id: hold for hold in hold_rows.of_incident(tx, incident.incident_id)}
    assert held.keys() == {"cam01", "cam03"}
    assert held["cam03"].from_wall_ns == held["cam01"].from_wall_ns
    with pytest.raises(IllegalStep, match="en la que empezó"):
        desk.remove_camera(incident.incident_id, ANA, "cam01", "no")
    less = desk.remove_camera(incident.incident_id, ANA, "cam03", "no se ve nada")
    assert less.camera_ids == ("cam01",)
    assert [entry.kind for entry in less.timeline[-2:]] == ["camera_added", "camera_removed"]
    with catalogue.read() as tx:
        assert all(hold.holds for hold in hold_rows.of_incident(tx, incident.incident_id)), (
            "one person alone lets nothing go"
        )
    again = desk.add_camera(incident.incident_id, ANA, "cam03", "sí se ve")
    assert again.camera_ids == ("cam01", "cam03")
    assert_consistent(catalogue)


@given(
    has=st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True),
    ways=st.dictionaries(st.sampled_from("abcd"), st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 300))),
)
def test_proposed_cameras_are_neighbours_that_it_has_not_the_nearest_first(
    has: list[str], ways: dict[str, dict[str, int]]
) -> None:
    near = {camera: ways.get(camera, {}) for camera in has}
    found = proposed(has, near)
    assert {camera for camera, _ in found} == {each for way in near.values() for each in way} - set(has)
    assert [way_s for _, way_s in found] == sorted(way_s for _, way_s in found)
    for camera, way_s in found:
        assert way_s == min(way[camera] for way in near.values() if camera in way)


def test_the_procedure_is_ticked_taken_back_and_named_at_the_end(desk: Desk, clock: SimulatedClock) -> None:
    incident = opened(desk, clock)
    codes = [each.asked.code for each in procedure_of(incident)]
    assert {"lugar", "describir"} <= {step.code for step in pending(incident)}
    done = desk.tick_step(incident.incident_id, LUIS, "lugar", StepState.DONE)
    (ticked,) = done.steps
    assert (ticked.actor, ticked.terminal, ticked.wall_ns) == (LUIS.name, LUIS.terminal, clock.wall_ns())
    assert "lugar" not in {step.code for step in pending(done)}
    assert desk.tick_step(incident.incident_id, ANA, "lugar", StepState.DONE) == done, "who was first stays"
    with pytest.raises(InvalidInput, match="Falta el motivo"):
        desk.tick_step(incident.incident_id, ANA, "pnp", StepState.NOT_APPLICABLE)
    desk.tick_step(incident.incident_id, ANA, "pnp", StepState.NOT_APPLICABLE, "ya estaba ahí")
    back = desk.tick_step(incident.incident_id, ANA, "lugar", None)
    assert [step.step for step in back.steps] == ["pnp"]
    with pytest.raises(InvalidInput, match="no tiene ese paso"):
        desk.tick_step(incident.incident_id, ANA, "bomberos", StepState.DONE)
    closed = desk.close_incident(incident.incident_id, ANA, "")
    kinds = [entry.kind for entry in closed.timeline]
    assert [kind for kind in kinds if kind.startswith("step_")] == ["step_done", "step_not_applicable", "step_reopened"]
    assert "Confirmar el lugar" in closed.timeline[-1].detail["pending"], "it warns and does not refuse"
    assert "Derivar" not in closed.timeline[-1].detail["pending"]
    assert "serenazgo" in codes
    assert_consistent(desk._catalogue)


def test_another_type_asks_for_other_steps_and_keeps_what_was_ticked(desk: Desk, clock: SimulatedClock) -> None:
    incident = opened(desk, clock)
    desk.tick_step(incident.incident_id, ANA, "lugar", StepState.DONE)
    fire = desk.amend_incident(incident.incident_id, ANA, 1, Amendment(type_code="EME-INCENDIO"), "es humo")
    steps = {each.asked.code: each.ticked for each in procedure_of(fire)}
    assert steps["lugar"] is not None
    assert steps["bomberos"] is None


def test_a_person_is_kept_in_versions_and_named_nowhere_else(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue
) -> None:
    incident = opened(desk, clock)
    desk.add_person(incident.incident_id, ANA, WITNESS, "key-00000001")
    desk.add_person(incident.incident_id, ANA, WITNESS, "key-00000001")
    (person,) = desk.persons(incident.incident_id)
    assert (person.version, person.words, person.actor) == (1, described(WITNESS), ANA.name)
    changed = PersonWords(PersonRole.AGGRIEVED, "María Rojas Díaz", DocumentKind.DNI, "44556677", "", "era su bolso")
    with pytest.raises(InvalidInput, match="Falta el motivo"):
        desk.change_person(incident.incident_id, person.person_id, LUIS, 1, changed, "")
    desk.change_person(incident.incident_id, person.person_id, LUIS, 1, changed, "María lo aclaró")
    with pytest.raises(Conflict, match="Luis Chávez ya corrigió"):
        desk.change_person(incident.incident_id, person.person_id, ANA, 1, WITNESS, "no")
    desk.change_person(incident.incident_id, person.person_id, ANA, 1, changed, "repetida")
    with pytest.raises(Conflict):
        desk.remove_person(incident.incident_id, person.person_id, ANA, 1, "no era ella")
    last = desk.remove_person(incident.incident_id, person.person_id, ANA, 2, "no era ella")
    versions = desk.persons(incident.incident_id)
    assert [(each.version, each.removed) for each in versions] == [(1, False), (2, False), (3, True)]
    assert newest(versions) == []
    with pytest.raises(NotFound):
        desk.change_person(incident.incident_id, person.person_id, ANA, 3, WITNESS, "sí era")
    told = " ".join(str(entry.detail) for entry in last.timeline)
    with catalogue.read() as tx:
        told += " ".join(
            str(record.detail) for record in audit.read(tx, 100) if record.action.startswith("incident.person")
        )
    for secret in ("María", "44556677", "976", "era su bolso"):
        assert secret not in told
    assert_consistent(catalogue)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (DocumentKind.DNI, "4455667"),
        (DocumentKind.DNI, "4455667A"),
        (DocumentKind.NONE, "44556677"),
        (DocumentKind.CE, "1"),
        (DocumentKind.PASSPORT, ""),
    ],
)
def test_a_document_that_is_none_is_refused(kind: DocumentKind, number: str) -> None:
    with pytest.raises(InvalidInput, match="documento"):
        described(PersonWords(PersonRole.WITNESS, "Ana", kind, number))


def test_a_person_of_whom_nothing_is_said_is_refused() -> None:
    with pytest.raises(InvalidInput, match="No se dice nada"):
        described(PersonWords(PersonRole.WITNESS, " \n"))
    with pytest.raises(InvalidInput, match="teléfono"):
        described(PersonWords(PersonRole.WITNESS, "Ana", phone="llamar a casa"))


@given(name=st.text(max_size=60), number=st.text("0123456789", max_size=12))
def test_a_mask_hides_all_but_ends_and_initials(name: str, number: str) -> None:
    assert len(initials(name).replace(" ", "").replace(".", "")) <= 2 * len(name.split())
    shown = ending(number).removeprefix("•••")
    assert len(shown) <= 3
    assert len(shown) <= len(number) / 2
    assert bool(ending(number)) == bool(number)


def test_a_masked_person_tells_no_more_than_that(desk: Desk, clock: SimulatedClock) -> None:
    incident = opened(desk, clock)
    desk.add_person(incident.incident_id, ANA, WITNESS, "key-00000001", "María llamó")
    (person,) = desk.persons(incident.incident_id)
    hidden = masked(person)
    assert (hidden.name, hidden.document_number, hidden.phone) == ("M. R.", "•••677", "•••456")
    assert hidden.statement == hidden.reason == ""


def test_several_calls_are_tied_to_one_incident(desk: Desk, clock: SimulatedClock) -> None:
    first = Call(CallOrigin.POLICE, "Ana", "976111222", "Jr. Loreto 120")
    incident = opened(desk, clock, call=first)
    assert incident.address == "Jr. Loreto 120"
    clock.advance(seconds=60)
    second = Call(CallOrigin.OWN, "Vecino", "", "esquina de Loreto", told="ya corrieron")
    desk.add_call(incident.incident_id, LUIS, second, "key-00000002")
    after = desk.add_call(incident.incident_id, LUIS, second, "key-00000002")
    calls = [entry.detail for entry in after.timeline if entry.kind == "call"]
    assert [call["origin"] for call in calls] == ["105", "own"], "repeated, it is tied once"
    assert calls[1]["text"] == "ya corrieron"
    other = opened(desk, clock, "cam02")
    with pytest.raises(Conflict, match="otro incidente"):
        desk.add_call(other.incident_id, LUIS, second, "key-00000002")
    clock.advance(seconds=1)
    desk.add_call(other.incident_id, LUIS, second, "key-00000003")
    # The attention base asks who brought it: a call that came later did not.
    assert desk.call_origins([after, other]) == {incident.incident_id: "105"}
    assert_consistent(desk._catalogue)


def test_a_duplicate_is_linked_never_merged_and_never_in_a_chain(desk: Desk, clock: SimulatedClock) -> None:
    one, two, three = (opened(desk, clock, camera) for camera in ("cam01", "cam02", "cam03"))
    linked = desk.link_duplicate(two.incident_id, LUIS, one.number.lower(), "la misma pelea")
    assert linked.duplicate_of is not None
    assert linked.duplicate_of.number == one.number
    assert words_of(linked) == words_of(two)
    main = desk.incident(one.incident_id)
    assert [each.number for each in main.duplicates] == [two.number]
    assert main.timeline[-1].detail == {"duplicate": two.number, "note": "la misma pelea"}
    for incident, of, said in (
        (three, two.number, "a su vez duplicado"),
        (one, three.number, "Otros son duplicados"),
        (three, three.number, "de sí mismo"),
    ):
        with pytest.raises(IllegalStep, match=said):
            desk.link_duplicate(incident.incident_id, LUIS, of, "sí")
    with pytest.raises(NotFound):
        desk.link_duplicate(three.incident_id, LUIS, "N-1999-000001", "sí")
    with pytest.raises(InvalidInput, match="Falta el motivo"):
        desk.link_duplicate(two.incident_id, LUIS, None, "")
    free = desk.link_duplicate(two.incident_id, LUIS, None, "eran dos peleas")
    assert free.duplicate_of is None
    assert desk.incident(one.incident_id).duplicates == ()
    assert [entry.kind for entry in free.timeline if entry.kind.startswith("duplicate")] == [
        "duplicate_linked",
        "duplicate_unlinked",
    ]
    assert_consistent(desk._catalogue)


def test_evil_texts_are_stored_as_texts(desk: Desk, clock: SimulatedClock) -> None:
    incident = opened(desk, clock)
    desk.amend_incident(incident.incident_id, ANA, 1, Amendment(note=EVIL, address=EVIL), EVIL)
    desk.add_person(incident.incident_id, ANA, PersonWords(PersonRole.WITNESS, EVIL, statement=EVIL), "key-00000009")
    after = desk.add_camera(incident.incident_id, ANA, "cam02", EVIL)
    assert "DROP TABLE" in after.note
    assert "\x00" not in after.note + after.address + desk.persons(incident.incident_id)[0].name
    assert_consistent(desk._catalogue)


def test_a_repeated_opening_is_known_after_an_amendment_and_a_call(desk: Desk, clock: SimulatedClock) -> None:
    def opening() -> Incident:
        return desk.open_incident("cam01", 10**18, "PAT-HURTO", 2, "un bolso", ANA, idempotency_key="key-00000001")

    first = opening()
    desk.amend_incident(first.incident_id, LUIS, 1, Amendment(note="dos bolsos"), "")
    clock.advance(seconds=1)
    desk.add_call(first.incident_id, LUIS, Call(CallOrigin.OWN, "", "", "esquina"), "key-00000002")
    assert opening().incident_id == first.incident_id


def test_a_call_has_the_cameras_near_it_from_its_first_moment(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue
) -> None:
    """Held like the first one's, on the time line and in the audit; each once; a repeat with others is refused."""
    call = Call(CallOrigin.EMERGENCY, "", "", "Jr. 1 con Jr. 2")

    def opened(*further: str) -> Incident:
        return desk.open_incident(
            "cam01", clock.wall_ns(), "PAT-ROBO", 1, "", ANA, call, idempotency_key="key-00000077", further=further
        )

    incident = opened("cam03", "cam01", "cam02", "cam03")
    assert [each.camera_id for each in incident.further_cameras] == ["cam02", "cam03"]
    assert incident.camera_ids[0] == "cam01"
    assert [entry.detail["camera_id"] for entry in incident.timeline if entry.kind == "camera_added"] == [
        "cam03",
        "cam02",
    ]
    with catalogue.read() as tx:
        held = {hold.camera_id for hold in hold_rows.listing(tx, hold_rows.HOLDING, 10)}
        added = [record.detail["camera_id"] for record in audit.read(tx, 20) if record.action == "incident.camera_add"]
    assert held == {"cam01", "cam02", "cam03"}
    assert sorted(added) == ["cam02", "cam03"]
    assert opened("cam03", "cam02").incident_id == incident.incident_id, "the same press"
    with pytest.raises(Conflict, match="otros datos"):
        opened("cam03")
    with pytest.raises(NotFound):
        desk.open_incident("cam01", clock.wall_ns(), "PAT-ROBO", 1, "", ANA, call, further=["cam99"])
    assert_consistent(catalogue)
