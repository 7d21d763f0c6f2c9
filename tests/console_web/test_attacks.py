"""What hostile browsers send: paths, headers, bodies. Answers are refusals in our shape, and say nothing of the inside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from console_web.guard import Rule, public, rule_of
from console_web.headers import MAX_BODY_BYTES
from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock
from nvr.config.agencies import SERENAZGO
from tests.console_web.room import CONFIG, Person, Room, open_room

CLIMBS = (
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/../../app.py",
    "/assets/..%2f..%2fapp.py",
    "/assets/%2e%2e%2fapp.py",
    "/assets//etc/passwd",
    "/assets/%2fetc%2fpasswd",
    "/assets/..\\..\\app.py",
    "/assets/%5c..%5capp.py",
    "/assets/app.js%00.html",
    "/assets/",
    "/assets",
    "//assets/app.js",
    "/assets/app.js/",
    "/index.html/",
    "/.env",
    "/assets/.secret",
    "/assets/link",
    "/api/segments/..%2f..%2fcatalogue.sqlite3/media.mp4",
    "/api/segments/%2e%2e/media.mp4",
    "/api/alerts/..%2f..%2f/snapshot",
    "/api//cameras",
    "/api/cameras/",
    "/API/cameras",
    "/api/cameras/cam01/../cam02",
    "/openapi.json",
    "/docs",
    "/redoc",
)


@pytest.mark.parametrize("path", CLIMBS)
async def test_no_path_leads_out_or_to_a_second_address_of_the_same(bare_room: Room, path: str) -> None:
    """Over a real socket, unnormalised as an attacker sends it; no redirect either (it would trust the Host header)."""
    room = bare_room
    static = room.services.static
    (static / "assets").mkdir()
    (static / "index.html").write_text("home")
    (static / "assets" / "app.js").write_text("script")
    (static / "assets" / ".secret").write_text("secret")
    (static / "assets" / "link").symlink_to("/etc/passwd")
    person = room.person(Role.SUPERVISOR)
    async with room.served():
        status, head, body = await raw_get(room, path, person)
    assert status == 404, body
    assert b"root:" not in body
    assert "\nlocation:" not in head
    assert set(json.loads(body)["error"]) == {"code", "message", "remedy"}


async def raw_get(room: Room, target: str, person: Person, method: str = "GET") -> tuple[int, str, bytes]:
    """An HTTP request whose target nobody tidies up; status, head in lower case, body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", room.config.node.port)
    try:
        host = f"127.0.0.1:{room.config.node.port}"
        lines = (
            f"{method} {target} HTTP/1.1",
            f"Host: {host}",
            f"Cookie: nvr_session={person.token}",
            "Connection: close",
        )
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), head.decode("latin-1").lower(), body
    finally:
        writer.close()
        await writer.wait_closed()


async def test_every_answer_carries_the_headers_and_no_policy_allows_inline_script(room: Room) -> None:
    """Pages, API, errors of every kind, and the last-resort one."""

    @public
    async def broken() -> None:
        raise ZeroDivisionError("a secret of the inside")

    room.app.add_api_route("/api/broken", broken)
    client = room.client()
    answers = {
        path: await client.request(method, path)
        for method, path in (
            ("GET", "/"),
            ("GET", "/healthz"),
            ("GET", "/api/cameras"),
            ("GET", "/api/none"),
            ("DELETE", "/api/cameras"),
            ("GET", "/api/broken"),
            ("POST", "/api/login"),
        )
    }
    for path, answer in answers.items():
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers  # there is no TLS in this room
    assert answers["/api/cameras"].status_code == 405


async def test_an_error_of_ours_says_nothing_of_the_inside(room: Room) -> None:
    """500, in the shape of all errors."""

    @public
    async def broken() -> None:
        raise ZeroDivisionError("a secret of the inside")

    room.app.add_api_route("/api/broken", broken)
    answer = await room.client().get("/api/broken")
    assert answer.status_code == 500
    assert set(answer.json()["error"]) == {"code", "message", "remedy"}
    assert "secret" not in answer.text
    assert "Zero" not in answer.text


async def test_a_catalogue_that_is_away_is_503_without_its_words(room: Room) -> None:
    """And the watchdog's question fails, so that it acts."""
    person = room.person(Role.OPERATOR)
    room.catalogue.close()
    file = room.catalogue.file
    assert file is not None
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    answer = await person.get("/api/cameras")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "unavailable"
    assert "sqlite" not in answer.text
    assert (await room.client().get("/healthz")).status_code == 503


BODIES: dict[str, dict[str, Any]] = {
    "/api/login": {"name": "rosa", "password": "secreta"},
    "/api/session/password": {"current": "a", "new": "b"},
    "/api/alerts/{alert}/close": {"outcome": "no_action", "note": "x"},
    "/api/alerts/{alert}/dispatches": {
        "agency": "pnp", "type_code": "PAT-ROBO", "priority": 1, "note": "x", "idempotency_key": "clave-0001",
        "unit_id": None,
    },
    "/api/alerts/{alert}/incident": {"type_code": "PAT-ROBO", "priority": 1, "note": "x"},
    "/api/calls": {
        "camera_id": "cam01", "occurred_wall_ms": 1_780_000_000_000, "type_code": "PAT-ROBO", "priority": 1, "note": "x",
        "origin": "105", "caller": "Juana", "phone": "976 111 222", "place": "Jr. Uno", "sector": "2", "location": None,
        "idempotency_key": "clave-0003",
    },
    "/api/roster": {"day": "2026-09-21", "shift": "07-15", "entries": []},
    "/api/handovers/{handover}/orders": {"text": "x"},
    "/api/handovers/{handover}/items/{item}/accept": {"remark": "x"},
    "/api/terminals": {"number": 3, "name": "Puesto 3"},
    "/api/incidents": {
        "camera_id": "cam01", "occurred_wall_ms": 1_780_000_000_000, "type_code": "PAT-ROBO", "priority": 1, "note": "x",
        "idempotency_key": "clave-0004",
    },
    "/api/incidents/{incident}/dispatches": {"agency": "pnp", "note": "x", "idempotency_key": "clave-0002", "unit_id": None},
    "/api/incidents/{incident}/notes": {"text": "x"},
    "/api/incidents/{incident}/close": {"note": "x"},
    "/api/incidents/{incident}/amend": {
        "base_version": 1, "type_code": "PAT-ROBO", "priority": 1, "address": "Jr. Uno 123", "note": "x",
        "occurred_wall_ms": 1_780_000_000_000, "reason": "x",
    },
    "/api/incidents/{incident}/strike": {"words": "Rosa Quispe", "reason": "x"},
    "/api/incidents/{incident}/cameras": {"camera_id": "cam02", "reason": "x"},
    "/api/incidents/{incident}/cameras/{camera}/remove": {"reason": "x"},
    "/api/incidents/{incident}/steps/{step}": {"state": "done", "reason": "x"},
    "/api/incidents/{incident}/calls": {
        "origin": "105", "caller": "Juana", "phone": "976 111 222", "place": "Jr. Uno", "sector": "2", "told": "x", "location": None,
        "idempotency_key": "clave-0005",
    },
    "/api/incidents/{incident}/duplicate": {"number": "N-2026-000009", "reason": "x"},
    "/api/incidents/{incident}/persons": {
        "role": "witness", "name": "Juana", "document_kind": "dni", "document_number": "12345678", "phone": "976 111 222", "statement": "x",
        "reason": "x", "idempotency_key": "clave-0006",
    },
    "/api/incidents/{incident}/persons/{person}": {
        "role": "witness", "name": "Juana", "document_kind": "dni", "document_number": "12345678", "phone": "976 111 222", "statement": "x",
        "reason": "x", "base_version": 1,
    },
    "/api/incidents/{incident}/persons/{person}/remove": {"reason": "x", "base_version": 1},
    "/api/dispatches/{dispatch}/advance": {
        "to": "closed", "note": "x", "result": "handed_to_pnp", "receiver_name": "Tnte. Rojas", "receiver_cip": "31234567", "receiver_station": "Central",
    },
    "/api/dispatches/{dispatch}/unit": {"unit_id": "no-such-unit"},
    "/api/dispatches/{dispatch}/call": {"answered": True, "spoken_to": "Sgto. Díaz", "read_back": "Jr. Uno"},
    "/api/units": {
        "agency": "serenazgo", "call_sign": "S-01", "kind": "vehicle", "plate": "EGK-123", "crew": "Pérez", "sector": "2",
    },
    "/api/units/{unit}": {"call_sign": "S-01", "kind": "vehicle", "plate": "EGK-123", "crew": "Pérez", "sector": "2"},
    "/api/units/{unit}/state": {"to": "unavailable", "note": "x"},
    "/api/units/{unit}/position": {"latitude": -7.16, "longitude": -78.51, "wall_ms": 1_780_000_000_000},
    "/api/movement/search": {
        "camera_ids": ["cam02"], "cells": "0" * 144, "from_wall_ms": 1_780_000_000_000, "to_wall_ms": 1_780_000_060_000, "least_cells": 1, "limit": 9,
    },
    "/api/holds": {
        "camera_ids": ["cam01"], "from_wall_ms": 1_780_000_000_000, "to_wall_ms": 1_780_000_060_000, "reason": "Carpeta 812-2026",
        "authority": "x", "expires_wall_ms": 4_000_000_000_000,
    },
    "/api/holds/{hold}/prolong": {"expires_wall_ms": 4_000_000_000_000},
    "/api/holds/{hold}/ask-release": {"text": "x"},
    "/api/holds/{hold}/release": {"approve": True},
    "/api/cameras/{camera}/ptz/reserve": {"seconds": 120},
    "/api/cameras/{camera}/ptz/position": {"pan": 0.1, "tilt": 0.1, "zoom": 0.5},
    "/api/cameras/{camera}/ptz/preset": {"token": "1"},
    "/api/cameras/{camera}/ptz/presets": {"name": "Puerta"},
    "/api/cameras/{camera}/ptz/patrol": {"name": "*", "dwell_s": 20},
    "/api/cameras/{camera}/ptz/tour": {"token": "1", "run": True},
    "/api/cameras/{camera}/device/imaging": {"ir": "auto", "focus": "auto"},
    "/api/cameras/{camera}/device/focus": {"speed": 0.5},
    "/api/cameras/{camera}/device/relay": {"relay": "1", "on": True},
    "/api/cameras/{camera}/device/reboot": {"confirm": "cam01"},
    "/api/configuration/preview": {"version": 1},
    "/api/configuration/apply": {"version": 1, "base_version": 1, "require_probe": True},
    "/api/cameras/{camera}/zones/preview": {"zones": [{"name": "Vereda"}], "masks": []},
    "/api/cameras/{camera}/zones/apply": {"zones": [], "masks": [[[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]]], "base_version": 1},
    "/api/cameras/{camera}/zones/tune": {"zones": [], "masks": [], "days": 7.0},
    "/api/users": {"name": "nueva", "full_name": "Nueva", "role": "dispatcher", "agency": "pnp", "cameras": ["cam01"], "enabled": True},
    "/api/users/{user}": {"name": "otra", "full_name": "Otra", "role": "operator", "agency": None, "cameras": None, "enabled": True},
}  # fmt: skip
MAY_BE_NULL: dict[str, tuple[str, ...]] = {
    "/api/incidents/{incident}/amend": ("type_code", "priority", "address", "note", "occurred_wall_ms"),
    "/api/incidents/{incident}/duplicate": ("number",),
}
"""What stays as it is, or is no more."""
CONFUSED: tuple[Any, ...] = (
    None,
    [],
    {},
    [1],
    {"a": 1},
    "",
    0,
    -1,
    1.5,
    1e308,
    True,
    False,
    10**30,
    "x" * 3000,
    "\0",
    "2",
    "true",
    ["x"] * 5000,
)
RAW = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"1e308",
    b"{",
    b"\xff\xfe",
    b'{"a":' * 5000,
    b"[" * 100_000,
    b"9" * 10_000,
    b'{"__proto__": {}}',
    b"NaN",
    b"<xml/>",
)


@pytest.fixture
def bare_room(tmp_path: Path, run_folder: Path, clock: SimulatedClock) -> Iterator[Room]:
    """As everywhere, but for a first camera that moves: nobody gets as far as the body of an order to one that does not."""
    moves = CONFIG.replace("name: Jr. Uno,", "name: Jr. Uno, onvif: {{host: 127.0.0.1, port: 9}}, ptz: true,")
    with open_room(tmp_path, run_folder, clock, config_text=moves) as made:
        yield made


async def who_may(room: Room, path: str, names: dict[str, str]) -> Person:
    role = (
        Role.ADMIN
        if path.startswith(("/api/users", "/api/terminals", "/api/configuration"))
        or path.endswith("/reboot")
        or "/zones/" in path
        else Role.DISPATCHER
        if "advance" in path
        else Role.SUPERVISOR
    )
    return room.person(role, agency="serenazgo" if role is Role.DISPATCHER else None)


@pytest.fixture
async def names(room: Room) -> dict[str, str]:
    """Ids of what the bodies are about."""
    from alerts.records import Actor
    from alerts.unit_states import UnitKind
    from alerts.units import Described

    incident, dispatch = room.dispatched("cam01", SERENAZGO)
    return {
        "alert": room.alert("cam02"),
        "incident": incident.incident_id,
        "dispatch": dispatch.dispatch_id,
        "user": room.add_user(Role.OPERATOR).user_id,
        "hold": incident.incident_id,
        "handover": room.desk.begin_handover(Actor("u-somebody", "Otra persona", "T9")).handover_id,
        "item": f"i-{incident.incident_id}",
        "unit": room.desk.create_unit(
            Actor("u-somebody", "Otra persona", "T9"), SERENAZGO, Described("S-09", UnitKind.VEHICLE)
        ).unit_id,
        "camera": "cam01",
        "step": "x",
        "person": "x",
    }


async def test_the_bodies_of_this_file_are_those_of_the_application(room: Room) -> None:
    """A new body must be confused here too."""
    import re

    with_body = set()
    for context in iter_route_contexts(room.app.routes):
        if "POST" in (context.methods or ()) and context.original_route.body_field is not None:  # type: ignore[attr-defined]
            with_body.add(re.sub(r"\{(\w+)_id\}", r"{\1}", context.path or ""))
    assert with_body == set(BODIES)


@pytest.mark.parametrize("path", BODIES)
async def test_confused_types_are_refused_and_change_nothing(room: Room, names: dict[str, str], path: str) -> None:
    """Every field of every body, as every other type; a field that isn't known; none at all."""
    person = await who_may(room, path, names)
    address = path.format(**names)
    good = BODIES[path]
    before = everything(room)
    wrong: list[str] = []

    async def refused(body: Any, what: str) -> None:
        answer = await person.client.post(
            address, content=json.dumps(body).encode(), headers={"content-type": "application/json"}
        )
        if not 400 <= answer.status_code < 500 or set(answer.json()["error"]) != {"code", "message", "remedy"}:
            wrong.append(f"{what}: {answer.status_code} {answer.text[:200]}")

    for field, value in good.items():
        for other in CONFUSED:
            if fits(field, value, other) or (other is None and field in MAY_BE_NULL.get(path, ())):
                continue
            await refused(good | {field: other}, f"{field}={other!r:.40}")
    await refused(good | {"unknown": 1}, "an unknown field")
    assert not wrong, "\n".join(wrong)
    assert everything(room) == before


def fits(field: str, value: Any, other: Any) -> bool:  # noqa: PLR0911 - one for each kind of field
    """Whether the other value is one that may stand there: texts for texts, null for what may be absent."""
    if field in {"location", "entries"} and other == value:
        return True
    if field in {
        "caller",
        "phone",
        "place",
        "sector",
        "remark",
        "call_sign",
        "plate",
        "crew",
        "spoken_to",
        "read_back",
        "statement",
        "told",
        "address",
        "document_number",
    } and isinstance(other, str):
        return True
    if field in {"latitude", "longitude"} and isinstance(other, int | float) and not isinstance(other, bool):
        return abs(other) <= 90
    if field.startswith("receiver_") and isinstance(other, str):
        return True  # judged together with the result
    if field == "unit_id" and (other is None or isinstance(other, str)):
        return True  # no unit, or one that nobody knows
    if field in {"note", "text", "full_name", "reason", "authority"} and isinstance(other, str):
        return True  # their words are the desk's to judge
    if field in {"password", "current", "new", "name"} and isinstance(other, str):
        return True  # a wrong name or password is refused all the same, see test_session
    if (
        field in {"agency", "cameras"}
        and "null" in str(other).replace("None", "null")
        and (value is None or field == "cameras")
    ):
        return True
    if field == "cameras" and isinstance(other, list) and not other:
        return True
    if other is None and (field == "expires_wall_ms" or (field == "camera_ids" and value == ["cam02"])):
        return True  # until it is released; a search over all cameras, where a hold names its own
    return field in {"enabled", "approve", "answered"} and isinstance(other, bool)


def everything(room: Room) -> tuple[object, ...]:
    """What must not change: alerts, incidents, dispatches and people."""
    from alerts.records import AlertState, DispatchState, IncidentState
    from nvr.catalogue import users

    with room.catalogue.read() as tx:
        people = tuple(user for user in users.list_all(tx))
    return (
        tuple(map(repr, room.desk.alerts(list(AlertState), 100)[1])),
        tuple(map(repr, room.desk.incidents(list(IncidentState), 100)[1])),
        tuple(map(repr, room.desk.dispatches(list(DispatchState), None, 100)[1])),
        people,
    )


@pytest.mark.parametrize("path", BODIES)
async def test_bodies_that_are_no_json_object_are_refused(room: Room, names: dict[str, str], path: str) -> None:
    """Broken, deep, huge numbers, another type altogether; a form that a foreign page could send without asking."""
    person = await who_may(room, path, names)
    address = path.format(**names)
    sent = [(raw, "application/json") for raw in RAW]
    # A page of somebody else's can send these without asking (Fetch standard, "simple" requests).
    sent += [(RAW[1], each) for each in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a")]
    for raw, content_type in sent:
        answer = await person.client.post(address, content=raw, headers={"content-type": content_type})
        assert answer.status_code in {400, 422}, (raw[:40], content_type, answer.status_code)
        assert set(answer.json()["error"]) == {"code", "message", "remedy"}
    as_text = json.dumps(BODIES[path]).encode()
    answer = await person.client.post(address, content=as_text, headers={"content-type": "text/plain"})
    assert answer.status_code == 422


async def test_large_bodies_are_refused_before_and_while_they_come(room: Room) -> None:
    """Announced or not; and one just under the limit is read."""
    person = room.person(Role.SUPERVISOR)

    async def chunks(size_bytes: int) -> AsyncIterator[bytes]:
        for _ in range(size_bytes // 65_536):
            yield b" " * 65_536

    announced = await person.client.post("/api/login", content=b" " * (10 * MAX_BODY_BYTES))
    creeping = await person.client.post(
        "/api/login", content=chunks(4 * MAX_BODY_BYTES), headers={"content-type": "application/json"}
    )
    for answer in (announced, creeping):
        assert answer.status_code == 413
        assert set(answer.json()["error"]) == {"code", "message", "remedy"}
    fits_in = await person.client.post(
        "/api/login", content=chunks(MAX_BODY_BYTES - 65_536), headers={"content-type": "application/json"}
    )
    assert fits_in.status_code == 400
    lying = await person.client.post("/api/login", content=b"{}", headers={"content-length": "-5"})
    assert lying.status_code == 413


def test_no_get_changes_anything_and_only_few_routes_are_public(bare_room: Room) -> None:
    """The whole list of what answers without a session; one more needs a reason here."""
    open_paths = set()
    for context in iter_route_contexts(bare_room.app.routes):
        rule = rule_of(context.endpoint)
        assert isinstance(rule, Rule)
        if rule.action is None:
            open_paths.add(context.path)
        assert not {"PUT", "PATCH", "DELETE"} & set(context.methods or ())
    pages = {"/", "/login", "/operador", "/despacho", "/investigacion", "/supervision", "/admin"}
    assert open_paths == pages | {"/assets/{name:path}", "/{name}", "/api/login", "/healthz"}


async def test_metrics_are_for_this_machine_and_not_for_who_comes_through_a_proxy_on_it(room: Room) -> None:
    """The proxy's own address is loopback too; Host or a forwarding header gives it away."""
    assert (await room.client().get("/metrics")).status_code == 200
    assert (await room.client(address="10.0.0.5").get("/metrics")).status_code == 401
    assert (await room.client().get("/metrics", headers={"x-forwarded-for": "10.0.0.5"})).status_code == 401
    assert (await room.client(base="http://camaras.municaj.gob.pe").get("/metrics")).status_code == 401
