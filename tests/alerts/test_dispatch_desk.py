"""Units, calls and results at the desk: on both databases, told to the screens, on the time line."""

from __future__ import annotations

import pytest

from alerts.desk import Desk
from alerts.dispatch_desk import VoiceCall
from alerts.records import Dispatch, DispatchResult, DispatchState
from alerts.results import Closing, closing
from alerts.unit_states import UnitKind, UnitState
from alerts.units import Described, Unit
from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.config import PNP, SERENAZGO, Config
from nvr.errors import Conflict, IllegalStep, InvalidInput
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, LUIS, config


@pytest.fixture
def desk(catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    clock.advance(seconds=1)
    return Desk(catalogue, config(), clock)


@pytest.fixture
def sent(desk: Desk) -> Dispatch:
    """One to Serenazgo that names no unit."""
    incident = desk.open_incident("cam01", 1, "PAT-ROBO", 1, "", ANA)
    return desk.dispatch_incident(incident.incident_id, ANA, SERENAZGO, "", "key-00000001").dispatches[0]


def unit(desk: Desk, name: str = "S-04", agency: str = SERENAZGO) -> Unit:
    return desk.create_unit(LUIS, agency, Described(name, UnitKind.VEHICLE, "egk 123", "Pérez"))


def kinds(desk: Desk, dispatch: Dispatch) -> list[str]:
    return [entry.kind for entry in desk.incident(dispatch.incident_id).timeline]


def test_a_dispatch_may_name_its_unit(desk: Desk, catalogue: Catalogue) -> None:
    made = unit(desk)
    assert made.plate == "EGK123"
    incident = desk.open_incident("cam01", 1, "PAT-ROBO", 1, "", ANA)
    order = (incident.incident_id, ANA, SERENAZGO, "", "key-00000001")
    (dispatch,) = desk.dispatch_incident(*order, unit_id=made.unit_id).dispatches
    assert (dispatch.unit_id, dispatch.unit_name) == (made.unit_id, "S-04")
    assert desk.unit(made.unit_id).state is UnitState.COMMITTED
    assert desk.dispatch_incident(*order, unit_id=made.unit_id).dispatches == (dispatch,), "the same press"
    with pytest.raises(Conflict, match="otro despacho"):
        desk.dispatch_incident(incident.incident_id, ANA, SERENAZGO, "", "key-00000002", unit_id=made.unit_id)
    assert len(desk.incident(incident.incident_id).dispatches) == 1, "nothing was sent"
    assert_consistent(catalogue)


def test_the_unit_follows_its_dispatch_and_the_dispatch_its_unit(
    desk: Desk, sent: Dispatch, catalogue: Catalogue
) -> None:
    made = unit(desk)
    desk.assign_unit(sent.dispatch_id, LUIS, made.unit_id)
    desk.advance(sent.dispatch_id, LUIS, DispatchState.RECEIVED)
    assert desk.unit(made.unit_id).state is UnitState.RESPONDING
    desk.set_unit_state(made.unit_id, LUIS, UnitState.STAGING)
    assert desk.dispatch(sent.dispatch_id).state is DispatchState.EN_ROUTE
    desk.set_unit_state(made.unit_id, LUIS, UnitState.DELAYED, "huaico en la vía")
    assert desk.dispatch(sent.dispatch_id).state is DispatchState.EN_ROUTE
    desk.set_unit_state(made.unit_id, LUIS, UnitState.ON_SCENE)
    assert desk.dispatch(sent.dispatch_id).state is DispatchState.ON_SCENE
    desk.advance(sent.dispatch_id, LUIS, DispatchState.CLOSED, "", Closing(DispatchResult.INTERVENED))
    after = desk.unit(made.unit_id)
    assert (after.state, after.dispatch_id) == (UnitState.RELEASED, None)
    assert desk.dispatch(sent.dispatch_id).unit_name == "S-04", "who went stays on record"
    assert kinds(desk, sent)[-5:] == [
        "dispatch_received", "dispatch_en_route", "unit_state", "dispatch_on_scene", "dispatch_closed",
    ]  # fmt: skip
    assert_consistent(catalogue)


def test_a_dispatch_goes_to_another_unit_and_both_stay_on_the_time_line(
    desk: Desk, sent: Dispatch, catalogue: Catalogue
) -> None:
    first, second = unit(desk), unit(desk, "S-05")
    desk.assign_unit(sent.dispatch_id, LUIS, first.unit_id)
    desk.assign_unit(sent.dispatch_id, LUIS, second.unit_id)
    assert desk.unit(first.unit_id).state is UnitState.CANCELLED
    assert desk.unit(second.unit_id).dispatch_id == sent.dispatch_id
    told = [entry.detail for entry in desk.incident(sent.incident_id).timeline if entry.kind == "dispatch_unit"]
    assert [(each["unit"], each.get("instead_of")) for each in told] == [("S-04", None), ("S-05", "S-04")]
    with pytest.raises(IllegalStep, match="otra institución"):
        desk.assign_unit(sent.dispatch_id, LUIS, unit(desk, "P-1", PNP).unit_id)
    assert desk.unit(second.unit_id).dispatch_id == sent.dispatch_id, "a refusal takes nothing away"
    assert desk.assign_unit(sent.dispatch_id, LUIS, None).unit_name == ""
    assert desk.unit(second.unit_id).state is UnitState.CANCELLED
    assert_consistent(catalogue)


def test_an_agency_has_each_call_sign_once_among_those_in_use(desk: Desk) -> None:
    made = unit(desk)
    with pytest.raises(Conflict, match="Ya hay una unidad"):
        unit(desk, "s-04")
    unit(desk, "S-04", PNP)
    desk.retire_unit(made.unit_id, LUIS)
    assert unit(desk).unit_id != made.unit_id
    with pytest.raises(IllegalStep, match="ya no está en uso"):
        desk.set_unit_state(made.unit_id, LUIS, UnitState.AVAILABLE)


def test_an_older_position_does_not_overtake_a_newer_one(desk: Desk, clock: SimulatedClock) -> None:
    made, now_ns = unit(desk), clock.wall_ns()
    desk.place_unit(made.unit_id, LUIS, (-7.1, -78.5), now_ns)
    assert desk.place_unit(made.unit_id, LUIS, (-7.2, -78.6), now_ns - 1).latitude == -7.1
    with pytest.raises(InvalidInput, match="hora"):
        desk.place_unit(made.unit_id, LUIS, (-7.1, -78.5), now_ns + 10**12)


def test_without_recibido_the_operator_must_call_whatever_was_restarted(
    desk: Desk, sent: Dispatch, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    """60 s: the call; 120 s: the supervisor. A second desk finds what the first one left; only a call that was read back ends it."""
    desk.tick()
    assert desk.dispatch(sent.dispatch_id).escalation == 0
    clock.advance(seconds=60)
    desk.tick()
    due = desk.dispatch(sent.dispatch_id)
    assert (due.escalation, due.call_due_wall_ns) == (1, sent.created_wall_ns + 60 * 10**9)
    clock.advance(seconds=60)
    again = Desk(catalogue, config(), clock)
    again.tick()
    again.tick()
    assert again.dispatch(sent.dispatch_id).escalation == 2
    for call, said in ((VoiceCall(True), "con quién"), (VoiceCall(True, "Sgto. Díaz", " "), "repitieron")):
        with pytest.raises(InvalidInput, match=said):
            again.call_back(sent.dispatch_id, ANA, call)
    assert again.call_back(sent.dispatch_id, ANA, VoiceCall(False)).state is DispatchState.SENT
    done = again.call_back(sent.dispatch_id, ANA, VoiceCall(True, "Sgto. Díaz", "Jr. 1, robo"))
    assert (done.state, done.escalation, done.called_wall_ns) == (DispatchState.RECEIVED, 0, clock.wall_ns())
    with pytest.raises(IllegalStep, match="no hace falta llamar"):
        again.call_back(sent.dispatch_id, ANA, VoiceCall(True, "x", "y"))
    assert kinds(again, sent)[-5:] == [
        "dispatch_call_due", "dispatch_escalated", "dispatch_call_unanswered", "dispatch_called", "dispatch_received",
    ]  # fmt: skip
    called = again.incident(sent.incident_id).timeline[-2]
    assert (called.actor, called.detail["spoken_to"], called.detail["read_back"]) == (
        ANA.name, "Sgto. Díaz", "Jr. 1, robo",
    )  # fmt: skip
    assert_consistent(catalogue)


def test_each_agency_is_called_by_its_own_deadline_at_its_own_number(
    catalogue: Catalogue, clock: SimulatedClock
) -> None:
    """What became due stands on the time line with whom to call, and each call, answered or not, in the audit."""
    document = config().model_dump(by_alias=True, mode="json")
    document["agencies"] = [
        {"code": SERENAZGO, "name": "Serenazgo"},
        {"code": PNP, "name": "PNP", "contact": "Radio 3", "deadlines": {"received_s": 20, "en_route_s": 30, "on_scene_s": 900}},
    ]  # fmt: skip
    desk = Desk(catalogue, Config.model_validate(document), clock)
    clock.advance(seconds=1)
    incident = desk.open_incident("cam01", 1, "PAT-ROBO", 1, "", ANA)
    ours, theirs = [
        next(each for each in desk.dispatch_incident(incident.incident_id, ANA, code, "", f"key-0000000{n}").dispatches if each.agency == code)
        for n, code in enumerate((SERENAZGO, PNP))
    ]  # fmt: skip
    clock.advance(seconds=30)
    desk.tick()
    assert (desk.dispatch(ours.dispatch_id).escalation, desk.dispatch(theirs.dispatch_id).escalation) == (0, 1)
    told = {entry.kind: entry.detail for entry in desk.incident(incident.incident_id).timeline}
    assert (told["dispatch_call_due"]["contact"], told["dispatch_call_due"]["agency"]) == ("Radio 3", PNP)
    assert told["dispatch_late"]["step"] == "en_route"
    desk.call_back(theirs.dispatch_id, ANA, VoiceCall(False))
    desk.call_back(theirs.dispatch_id, ANA, VoiceCall(True, "Sgto. Díaz", "Jr. 1, robo"))
    with catalogue.read() as tx:
        calls = [
            (record.actor, record.object, record.detail["answered"])
            for record in audit.read(tx, 100)
            if record.action == "dispatch.call"
        ]
    assert calls == [(ANA.name, theirs.dispatch_id, "yes"), (ANA.name, theirs.dispatch_id, "no")]
    assert_consistent(catalogue)


HANDED = DispatchResult.HANDED_TO_PNP


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "Falta el resultado"),
        (Closing(HANDED), "nombre, CIP, comisaría"),
        (Closing(HANDED, "Tnte. Rojas", "", "Central"), "CIP"),
        (Closing(HANDED, "Tnte. Rojas", "12a4567", "Central"), "CIP no es válido"),
        (Closing(DispatchResult.ATTENDED, "Tnte. Rojas"), "Solo una entrega"),
    ],
)
def test_a_dispatch_is_not_closed_without_a_whole_result(
    desk: Desk, sent: Dispatch, said: Closing | None, reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        desk.advance(sent.dispatch_id, LUIS, DispatchState.CLOSED, "", said)
    assert desk.dispatch(sent.dispatch_id).state is DispatchState.SENT


def test_who_of_the_pnp_received_stands_on_the_time_line(desk: Desk, sent: Dispatch, catalogue: Catalogue) -> None:
    said = Closing(HANDED, " Tnte. Rojas ", "31 234567", "Central")
    assert closing(said).receiver_cip == "31234567"
    done = desk.advance(sent.dispatch_id, LUIS, DispatchState.CLOSED, "", said)
    assert (done.result, done.receiver_name, done.receiver_station) == (HANDED, "Tnte. Rojas", "Central")
    last = desk.incident(sent.incident_id).timeline[-1].detail
    assert (last["result"], last["receiver_cip"]) == ("handed_to_pnp", "31234567")
    assert_consistent(catalogue)
