"""An agency that the configuration names beside the two: told to every page, sent to, with a board of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock
from nvr.config.agencies import SERENAZGO
from tests.console_web.room import CONFIG, Room, open_room

BOMBEROS = """
agencies:
  - {{code: serenazgo, name: SERENAZGO}}
  - {{code: pnp, name: PNP}}
  - {{code: bomberos, name: Bomberos, channel: telephone, contact: "116"}}
"""


@pytest.fixture
async def three(tmp_path: Path, run_folder: Path, clock: SimulatedClock) -> AsyncIterator[Room]:
    with open_room(tmp_path, run_folder, clock, config_text=CONFIG + BOMBEROS) as made:
        async with made.app.router.lifespan_context(made.app):
            yield made


async def test_every_page_is_told_who_there_is(three: Room) -> None:
    """Names, sounds and deadlines come with the session."""
    told = (await three.person(Role.OPERATOR).get("/api/session")).json()["agencies"]
    assert [each["code"] for each in told] == ["serenazgo", "pnp", "bomberos"]
    assert told[2] == {
        "code": "bomberos",
        "name": "Bomberos",
        "sound": "double",
        "channel": "telephone",
        "contact": "116",
        "deadlines": {"received_s": 60, "en_route_s": 180, "on_scene_s": 600},
    }


async def test_the_two_that_are_always_there_ring_apart(room: Room) -> None:
    """Each has its own sound where the configuration says nothing."""
    told = (await room.person(Role.OPERATOR).get("/api/session")).json()["agencies"]
    assert [(each["code"], each["sound"]) for each in told] == [("serenazgo", "double"), ("pnp", "falling")]


async def test_a_third_agency_has_a_board_that_shows_its_dispatches_alone(three: Room) -> None:
    incident, theirs = three.dispatched("cam01", SERENAZGO)
    operator = three.person(Role.OPERATOR)
    order = {"agency": "bomberos", "note": "humo", "idempotency_key": "clave-0001"}
    sent = await operator.post(f"/api/incidents/{incident.incident_id}/dispatches", order)
    assert {each["agency"] for each in sent.json()["dispatches"]} == {"serenazgo", "bomberos"}
    board = three.person(Role.DISPATCHER, agency="bomberos")
    seen = (await board.get("/api/dispatches?state=sent")).json()["items"]
    assert [(each["agency"], each["note"]) for each in seen] == [("bomberos", "humo")]
    advanced = await board.post(f"/api/dispatches/{seen[0]['dispatch_id']}/advance", {"to": "received"})
    assert advanced.json()["state"] == "received"
    assert (await board.post(f"/api/dispatches/{theirs.dispatch_id}/advance", {"to": "received"})).status_code == 404


async def test_nobody_is_sent_and_nobody_bound_where_the_configuration_names_no_such_agency(three: Room) -> None:
    incident, _ = three.dispatched("cam01", SERENAZGO)
    order = {"agency": "marina", "note": "", "idempotency_key": "clave-0001"}
    refused = await three.person(Role.OPERATOR).post(f"/api/incidents/{incident.incident_id}/dispatches", order)
    assert refused.status_code == 422
    assert "SERENAZGO, PNP, Bomberos" in refused.json()["error"]["remedy"]
    person = {"name": "marino", "full_name": "Marino", "role": "dispatcher", "agency": "marina"}
    admin = three.person(Role.ADMIN)
    assert (await admin.post("/api/users", person)).status_code == 422
    assert (await admin.post("/api/users", person | {"agency": "bomberos"})).status_code == 201
