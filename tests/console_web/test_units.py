"""Units over HTTP: what their rows say, in which state for how long, and which of them is proposed for what a camera shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.unit_states import LIMITS_S, UnitState
from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock
from tests.console_web.room import CONFIG, Person, Room, open_room

CAMERAS = CONFIG.replace("name: Jr. Uno,", "name: Jr. Uno, location: [-7.1617, -78.5128], sector: Centro,")


@pytest.fixture
def room(tmp_path: Path, clock: SimulatedClock) -> Iterator[Room]:
    """One whose first camera has a place and a sector."""
    clock.advance(seconds=1)
    with open_room(tmp_path, tmp_path / "run", clock, config_text=CAMERAS) as made:
        yield made


async def unit(board: Person, call_sign: str, **words: str) -> dict[str, Any]:
    words = {"agency": "serenazgo", "kind": "motorcycle", "plate": "", "crew": "", "sector": ""} | words
    answer = await board.post("/api/units", words | {"call_sign": call_sign})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_row_says_who_it_is_and_for_how_long_it_is_so(room: Room) -> None:
    board = room.person(Role.DISPATCHER, agency="serenazgo")
    made = await unit(board, "M-07", plate="egk 123", crew="Pérez y Díaz", sector="Centro")
    assert {name: made[name] for name in ("call_sign", "kind", "plate", "crew", "sector", "state", "free", "limit_s")} == {
        "call_sign": "M-07", "kind": "motorcycle", "plate": "EGK123", "crew": "Pérez y Díaz", "sector": "Centro", "state": "available", "free": True,
        "limit_s": None,
    }  # fmt: skip
    room.clock.advance(seconds=5)
    for state in (UnitState.DELAYED, UnitState.UNAVAILABLE):
        answer = await board.post(f"/api/units/{made['unit_id']}/state", {"to": state.value, "note": "llanta"})
        said = answer.json()
        assert (said["state"], said["limit_s"], said["free"]) == (state.value, LIMITS_S[state], False)
        assert said["since_wall_ms"] == room.clock.wall_ns() // 10**6
    (listed,) = (await room.person(Role.SUPERVISOR).get("/api/units")).json()["items"]
    assert listed == said
    refused = await board.post(f"/api/units/{made['unit_id']}/state", {"to": "on_scene", "note": ""})
    assert refused.status_code == 409
    assert "no tiene despacho" in refused.json()["error"]["message"]


async def test_the_nearest_free_one_is_proposed_else_that_of_the_sector(room: Room) -> None:
    board, operator = room.person(Role.DISPATCHER, agency="serenazgo"), room.person(Role.OPERATOR)
    names = {name: (await unit(board, name))["unit_id"] for name in ("S-01", "S-02", "S-03")}
    await unit(board, "S-04", sector="centro")
    await unit(room.person(Role.DISPATCHER, agency="pnp"), "P-01", agency="pnp", sector="Centro")
    for name, longitude in (("S-02", -78.52), ("S-03", -78.513)):
        place = {"latitude": -7.1617, "longitude": longitude, "wall_ms": room.clock.wall_ns() // 10**6}
        assert (await board.post(f"/api/units/{names[name]}/position", place)).status_code == 200

    async def proposed(camera_id: str) -> list[tuple[str, str, int | None]]:
        answer = await operator.get(f"/api/nearest-units?agency=serenazgo&camera_id={camera_id}")
        return [(each["call_sign"], each["reason"], each["metres"]) for each in answer.json()["items"]]

    assert await proposed("cam01") == [
        ("S-03", "position", 22),
        ("S-02", "position", 794),
        ("S-04", "sector", None),
        ("S-01", "free", None),
    ]
    assert {reason for _, reason, _ in await proposed("cam03")} == {"free"}, "nobody knows where that camera is"
    # Who was sent is no longer proposed.
    alert_id = room.alert("cam01")
    room.desk.take(alert_id, operator.actor)
    sent = {
        "agency": "serenazgo",
        "type_code": "PAT-ROBO",
        "priority": 1,
        "note": "",
        "idempotency_key": "key-00000001",
    }
    answer = await operator.post(f"/api/alerts/{alert_id}/dispatches", sent | {"unit_id": names["S-03"]})
    assert answer.status_code == 200, answer.text
    room.clock.advance(seconds=601)
    assert [name for name, _, _ in await proposed("cam01")] == ["S-04", "S-01", "S-02"], "ten minutes ago says nothing"
