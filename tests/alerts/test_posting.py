"""What goes into the outbox, in the act's own transaction: dispatches, and what nobody answers or takes."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.desk import Desk
from alerts.dispatch_desk import VoiceCall
from alerts.intake import Intake
from alerts.records import AlertOutcome, Dispatch
from nvr.catalogue import delivery_rows
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.journal import Position
from tests.alerts.facts import ANA, T0, config, ended
from tests.alerts.test_routing import Control

CHANNELS = [{"name": name, "kind": "apprise", "credentials": "x"} for name in ("celular", "correo")]


@pytest.fixture
def room(catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    """Somebody to be told at level 3, nobody at level 2."""
    plain = config().model_dump(by_alias=True, mode="json")
    told = Config.model_validate(plain | {"channels": CHANNELS, "escalation": {"chief": ["celular", "correo"]}})
    clock.advance(seconds=1)
    return Desk(catalogue, told, clock)


def waiting(catalogue: Catalogue) -> list[dict[str, Any]]:
    with catalogue.read() as tx:
        return delivery_rows.waiting(tx)


def sent(desk: Desk) -> Dispatch:
    incident = desk.open_incident("cam01", 1, "PAT-ROBO", 1, "casaca roja", ANA)
    return desk.dispatch_incident(incident.incident_id, ANA, "pnp", "por atrás", "key-00000001").dispatches[0]


def test_a_dispatch_has_its_message_from_its_first_moment(room: Desk, catalogue: Catalogue) -> None:
    dispatch = sent(room)
    (row,) = waiting(catalogue)
    assert (row["dispatch_id"], row["recipient"], row["channels"]) == (dispatch.dispatch_id, "pnp", ["board"])
    assert "casaca roja" in row["letter"]["text"]
    assert row["letter"]["data"]["note"] == "por atrás"
    room.dispatch_incident(dispatch.incident_id, ANA, "pnp", "por atrás", "key-00000001")
    assert len(waiting(catalogue)) == 1, "the same press told it twice"


def test_the_chief_is_told_once_when_nobody_answers_and_no_more_once_somebody_does(
    room: Desk, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    dispatch = sent(room)
    clock.advance(seconds=60 + 60)
    room.tick()
    assert [row["recipient"] for row in waiting(catalogue)] == ["pnp"], "the supervisor has no channel"
    clock.advance(seconds=60)
    room.tick()
    room.tick()
    chief = [row for row in waiting(catalogue) if row["recipient"] == "chief"]
    assert [(row["channels"], row["letter"]["kind"]) for row in chief] == [
        (["celular", "correo"], "dispatch.escalated")
    ]
    room.call_back(dispatch.dispatch_id, ANA, VoiceCall(answered=True, spoken_to="SO Díaz", read_back="cámara 1, robo"))
    assert waiting(catalogue) == []


def test_the_chief_is_told_of_an_alert_that_nobody_takes_until_somebody_does(
    room: Desk, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    control = Control(catalogue, clock)
    control.desk = room
    control.comes("u-ana", "u-jefa")
    alert = control.movement("m", zone="puerta")
    control.wait(89)
    assert waiting(catalogue) == []
    control.wait(3)
    (row,) = waiting(catalogue)
    assert (row["recipient"], row["alert_id"], row["letter"]["kind"]) == ("chief", alert.alert_id, "alert.escalated")
    room.take(alert.alert_id, ANA)
    assert waiting(catalogue) == []


def test_the_supervisor_is_told_of_an_alert_that_its_owner_does_not_judge_until_he_does(
    catalogue: Catalogue, clock: SimulatedClock
) -> None:
    """What else happens to the alert meanwhile is no answer."""
    plain = config().model_dump(by_alias=True, mode="json")
    told = Config.model_validate(plain | {"channels": CHANNELS, "escalation": {"supervisor": ["celular"]}})
    clock.advance(seconds=1)
    control = Control(catalogue, clock)
    control.desk = Desk(catalogue, told, clock)
    control.comes("u-ana")
    alert = control.movement("m", zone="puerta")
    control.desk.take(alert.alert_id, ANA)
    for _ in range(121):
        control.desk.presence.idle_for("u-ana", 0)
        control.wait(1)
    (row,) = waiting(catalogue)
    assert (row["recipient"], row["letter"]["kind"]) == ("supervisor", "alert.escalated")
    assert "Ana Quispe tomó esta alerta" in row["letter"]["text"]
    seconds = (clock.wall_ns() - T0) / NS_PER_S
    fact = ended("n", 5, seconds, zone="puerta")
    Intake(catalogue, told, clock).take_up("w1", [(fact, Position("1", 1))])
    assert control.desk.alert(alert.alert_id).count == 2
    assert len(waiting(catalogue)) == 1
    control.desk.close_alert(alert.alert_id, ANA, AlertOutcome.FALSE_ALARM, "")
    assert waiting(catalogue) == []
