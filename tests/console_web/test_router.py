"""Every route and socket × every role and nobody × own and foreign objects, against a table that is written out here.

The table names each address by hand: a new route fails ``test_the_table_is_complete`` until somebody has decided on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIWebSocketRoute, iter_route_contexts
from websockets.exceptions import InvalidStatus

from alerts.records import Actor
from alerts.rows import row_of
from alerts.shelving import Shelving
from alerts.unit_states import UnitKind
from alerts.units import Described
from console_web.access import Action
from console_web.app import create_app
from console_web.guard import guarded_router, public, require_rules, requires
from nvr.catalogue import shelf_rows
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_MS, SimulatedClock
from nvr.config.agencies import PNP, SERENAZGO
from nvr.media import StreamKind
from nvr.observations import new_id
from nvr.proof.day import local_day
from tests.console_web.room import Person, Room, close_code, open_room

WHO = ("nobody", "operator", "supervisor", "serenazgo", "pnp", "investigator", "admin", "limited", "limited_serenazgo")
"""Everybody who asks. The limited ones have camera cam02 only."""

OPEN = dict.fromkeys(WHO, 200)
SIGNED_IN = OPEN | {"nobody": 401}


def only(*allowed: str, status: int = 200, **others: int) -> dict[str, int]:
    """These, 401 for nobody, 403 for the rest; ``others`` as given."""
    return dict.fromkeys(WHO, 403) | {"nobody": 401} | dict.fromkeys(allowed, status) | others


DESK = ("operator", "supervisor", "limited")
READERS = (*DESK, "investigator")
BOARD = ("serenazgo", "pnp", "limited_serenazgo")


@dataclass(frozen=True)
class Case:
    """One way to ask. ``path`` with the names of ``World``; ``expected`` status by who asks. A 2xx may be any 2xx, see ``same``."""

    method: str
    route: str
    path: str
    expected: dict[str, int]
    body: Any = None


# Objects: `mine` is at cam02 and was sent to Serenazgo; `theirs` is at cam01 and was sent to the PNP. Everybody but the limited ones has
# all cameras. A limited user sees nothing of cam01; Serenazgo nothing of what only the PNP was sent, and the other way round.
CASES: list[Case] = []


ONCE = "a key of its own"
"""Stands for an idempotency key that was never used before."""


def case(method: str, route: str, expected: dict[str, int], body: Any = None, *, path: str | None = None) -> None:
    CASES.append(Case(method, route, path or route, expected, body))


for page in ("/", "/login", "/operador", "/despacho", "/investigacion", "/supervision", "/admin"):
    case("GET", page, OPEN)
case("GET", "/assets/{name:path}", OPEN, path="/assets/app.js")
case("GET", "/{name}", OPEN, path="/favicon.svg")
case("GET", "/healthz", OPEN)
case("GET", "/metrics", only("admin"))
case(
    "POST", "/api/login", OPEN, {"name": "nobody", "password": "x"}
)  # see `status_of`: 401 for the password, not for the caller
case("GET", "/api/session", SIGNED_IN)
case("POST", "/api/logout", SIGNED_IN)
case("POST", "/api/session/password", dict.fromkeys(WHO, 403) | {"nobody": 401}, {"current": "x", "new": "y"})
# The room has no worker that talks ONVIF: whoever gets as far as that is told that there is nothing there (404). cam03 is fixed, cam01 has no ONVIF.
STEERERS = ("operator", "supervisor", "limited")
ptz_steps: tuple[tuple[str, Any], ...] = (
    ("reserve", {"seconds": 60}),
    ("release", None),
    ("position", {"pan": 0.0, "tilt": 0.0, "zoom": 0.0}),
    ("preset", {"token": "1"}),
    ("presets", {"name": "Puerta"}),
    ("presets/{token}/remove", None),
    ("patrol", {"name": "*"}),
    ("tour", {"token": "1", "run": True}),
)
for camera_id in ("cam02", "cam01", "cam99"):
    steered = only(*STEERERS, status=404)
    case("GET", "/api/cameras/{camera_id}/ptz", steered, path=f"/api/cameras/{camera_id}/ptz")
    for step, body in ptz_steps:
        route = f"/api/cameras/{{camera_id}}/ptz/{step}"
        case("POST", route, steered, body, path=route.format(camera_id=camera_id, token="1"))
    kept = only("supervisor", "admin", status=404)
    case("GET", "/api/cameras/{camera_id}/device", kept, path=f"/api/cameras/{camera_id}/device")
    device_steps: tuple[tuple[str, Any], ...] = (
        ("imaging", {"levels": {"contrast": 50.0}}),
        ("focus", {"speed": 0.5}),
        ("relay", {"relay": "relay0", "on": True}),
        ("reboot", {"confirm": camera_id}),
    )
    for step, body in device_steps:
        route = f"/api/cameras/{{camera_id}}/device/{step}"
        allowed = only("admin", status=404) if step == "reboot" else kept
        case("POST", route, allowed, body, path=route.format(camera_id=camera_id))

case("POST", "/api/cameras/{camera_id}/accept-view", only("admin"), path="/api/cameras/cam02/accept-view")
case("POST", "/api/cameras/{camera_id}/accept-view", only("admin", status=404), path="/api/cameras/cam99/accept-view")
case("GET", "/api/occurrences", SIGNED_IN)
case("GET", "/api/cameras", SIGNED_IN)
case("GET", "/api/cameras/{camera_id}", SIGNED_IN | {"pnp": 404}, path="/api/cameras/cam02")
case(
    "GET",
    "/api/cameras/{camera_id}",
    SIGNED_IN | {"serenazgo": 404, "limited": 404, "limited_serenazgo": 404},
    path="/api/cameras/cam01",
)
for nothing in ("cam99", "CAM01", "..%2Fcam01"):
    missing = SIGNED_IN | dict.fromkeys(WHO[1:], 404)
    case(
        "GET",
        "/api/cameras/{camera_id}",
        missing | ({"nobody": 404} if "%2F" in nothing else {}),
        path=f"/api/cameras/{nothing}",
    )

seen_alert = only(*READERS)
foreign_alert = only(*READERS, limited=404)
case("GET", "/api/alerts", seen_alert, path="/api/alerts?state=new")
case("GET", "/api/alerts/{alert_id}", seen_alert, path="/api/alerts/{mine_alert}")
case("GET", "/api/alerts/{alert_id}", foreign_alert, path="/api/alerts/{theirs_alert}")
case("GET", "/api/alerts/{alert_id}", only(*READERS, status=404), path="/api/alerts/no-such")
case("GET", "/api/alerts/{alert_id}/snapshot", seen_alert, path="/api/alerts/{mine_alert}/snapshot")
case("GET", "/api/alerts/{alert_id}/snapshot", foreign_alert, path="/api/alerts/{theirs_alert}/snapshot")
# Both alerts were taken by somebody else: whoever gets as far as the desk is told so (409), a supervisor acts all the same.
dispatch_body = {"agency": "pnp", "type_code": "PAT-ROBO", "priority": 1, "note": "", "idempotency_key": ONCE}
alert_steps: tuple[tuple[str, Any], ...] = (
    ("take", None),
    ("release", None),
    ("close", {"outcome": "no_action"}),
    ("dispatches", dispatch_body),
    ("incident", {"type_code": "PAT-ROBO", "priority": 1, "note": ""}),
)
for step, body in alert_steps:
    supervisor = 409 if step in {"take", "close"} else 200
    worked = only(*DESK, status=409, supervisor=supervisor)
    case("POST", f"/api/alerts/{{alert_id}}/{step}", worked, body, path=f"/api/alerts/{{mine_alert}}/{step}")
    case(
        "POST",
        f"/api/alerts/{{alert_id}}/{step}",
        worked | {"limited": 404},
        body,
        path=f"/api/alerts/{{theirs_alert}}/{step}",
    )
    case("POST", f"/api/alerts/{{alert_id}}/{step}", only(*DESK, status=404), body, path=f"/api/alerts/no-such/{step}")

case("GET", "/api/shelvings", only(*READERS))
case(
    "POST",
    "/api/shelvings/{shelving_id}/end",
    only(*DESK, status=409, limited=404),
    path="/api/shelvings/{theirs_shelving}/end",
)
case("POST", "/api/shelvings/{shelving_id}/end", only(*DESK, status=404), path="/api/shelvings/no-such/end")

case("GET", "/api/room", only(*DESK))
case("GET", "/api/roster", only(*DESK), path="/api/roster?day={day}")
case("POST", "/api/roster", only("supervisor", status=404), {"day": "2026-11-26", "shift": "siesta", "entries": []})
case("GET", "/api/duties", only(*DESK), path="/api/duties?from_ms={from_ms}&to_ms={to_ms}")
case("GET", "/api/handovers", only(*DESK))
case("POST", "/api/handovers", only(*DESK))
case("GET", "/api/handovers/{handover_id}", only(*DESK), path="/api/handovers/{handover}")
for step, body in (
    ("orders", {"text": "ronda"}),
    ("orders/x/drop", None),
    ("sign", None),
    ("reopen", None),
    ("items/x/accept", {"remark": ""}),
    ("accept", None),
):
    route = f"/api/handovers/{{handover_id}}/{step}".replace("/x/", "/{item_id}/")
    case("POST", route, only(*DESK, status=404), body, path=f"/api/handovers/no-such/{step}")
case("GET", "/api/terminals", only("admin"))
case("POST", "/api/terminals", only("admin"), {"number": 1, "name": "Puesto 1"})
case("POST", "/api/terminals/{number}/forget", only("admin", status=404), path="/api/terminals/77/forget")
case("GET", "/api/nearby", only(*DESK), path="/api/nearby?text=uno")
a_call = {
    "occurred_wall_ms": 1_780_000_000_000,
    "type_code": "PAT-ROBO",
    "priority": 2,
    "origin": "105",
    "place": "esquina",
    "idempotency_key": ONCE,
}
case("POST", "/api/calls", only(*DESK), a_call | {"camera_id": "cam02"})
case("POST", "/api/calls", only(*DESK, limited=404), a_call | {"camera_id": "cam01"})
case("POST", "/api/calls", only(*DESK, limited=404), a_call | {"camera_id": "cam02", "further_cameras": ["cam01"]})

case("GET", "/api/incidents", only(*READERS, *BOARD), path="/api/incidents?state=open")
by_hand = {
    "occurred_wall_ms": 1_780_000_000_000,
    "type_code": "PAT-ROBO",
    "priority": 2,
    "note": "",
    "idempotency_key": ONCE,
}
case("POST", "/api/incidents", only(*DESK), by_hand | {"camera_id": "cam02"})
case("POST", "/api/incidents", only(*DESK, limited=404), by_hand | {"camera_id": "cam01"})
case("POST", "/api/incidents", only(*DESK, status=404), by_hand | {"camera_id": "cam99"})
mine = only(*READERS, *BOARD, pnp=404)
theirs = only(*READERS, *BOARD, serenazgo=404, limited=404, limited_serenazgo=404)
for tail in ("", "/snapshot", "/playlist.m3u8"):
    case("GET", f"/api/incidents/{{incident_id}}{tail}", mine, path=f"/api/incidents/{{mine_incident}}{tail}")
    case("GET", f"/api/incidents/{{incident_id}}{tail}", theirs, path=f"/api/incidents/{{theirs_incident}}{tail}")
for which in ("mine", "theirs"):
    printed = only(*READERS) if which == "mine" else only(*READERS, limited=404)
    case(
        "GET", "/api/incidents/{incident_id}/parte.pdf", printed, path=f"/api/incidents/{{{which}_incident}}/parte.pdf"
    )
hoja = "/api/incidents/{incident_id}/dispatches/{dispatch_id}/hoja.pdf"
case("GET", hoja, only(*READERS), path="/api/incidents/{mine_incident}/dispatches/{mine_dispatch}/hoja.pdf")
case("GET", hoja, only(*READERS, status=404), path="/api/incidents/{mine_incident}/dispatches/no-such/hoja.pdf")
media = "/api/incidents/{incident_id}/segments/{segment_id}/media.mp4"
case("GET", media, mine, path="/api/incidents/{mine_incident}/segments/{mine_segment}/media.mp4")
case("GET", media, theirs, path="/api/incidents/{theirs_incident}/segments/{theirs_segment}/media.mp4")
# One's own incident in the path opens nobody else's file, nor one's own camera's of another time.
case(
    "GET",
    media,
    only(*READERS, *BOARD, status=404),
    path="/api/incidents/{mine_incident}/segments/{theirs_segment}/media.mp4",
)
case(
    "GET",
    media,
    only(*READERS, *BOARD, status=404),
    path="/api/incidents/{mine_incident}/segments/{old_segment}/media.mp4",
)
case("GET", media, only(*READERS, *BOARD, status=404), path="/api/incidents/no-such/segments/{mine_segment}/media.mp4")
incident_steps: tuple[tuple[str, Any], ...] = (
    ("dispatches", {"agency": "serenazgo", "note": "", "idempotency_key": ONCE}),
    ("notes", {"text": "una placa"}),
    ("close", {"note": ""}),
    ("amend", {"base_version": 1, "note": "otra"}),
    ("steps/lugar", {"state": "done"}),
    ("calls", {"origin": "105", "place": "esquina", "idempotency_key": ONCE}),
    ("duplicate", {"number": None}),
    ("persons", {"role": "witness", "name": "Rosa", "idempotency_key": ONCE}),
    ("cameras/cam03/remove", {"reason": "no se ve"}),
)


def templated(step: str) -> str:
    """The route of a step that names an object."""
    return step.replace("steps/lugar", "steps/{step}").replace("cameras/cam03", "cameras/{camera_id}")


for step, body in incident_steps:
    reached = 409 if step == "close" else 200  # its dispatches are still open
    case(
        "POST",
        f"/api/incidents/{{incident_id}}/{templated(step)}",
        only(*DESK, status=reached),
        body,
        path=f"/api/incidents/{{mine_incident}}/{step}",
    )
    case(
        "POST",
        f"/api/incidents/{{incident_id}}/{templated(step)}",
        only(*DESK, status=reached, limited=404),
        body,
        path=f"/api/incidents/{{theirs_incident}}/{step}",
    )
for label in ("mine", "theirs"):
    case(
        "POST",
        "/api/incidents/{incident_id}/strike",
        only("supervisor"),
        {"words": "nota", "reason": "nombra a alguien"},
        path=f"/api/incidents/{{{label}_incident}}/strike",
    )
# A further camera must be within reach as well; nobody is found in the other's case, nor anybody of that id at all.
further = {"camera_id": "cam03", "reason": "huyó por ahí"}
for label, found in (("mine", only(*DESK, limited=404)), ("theirs", only(*DESK, limited=404))):
    at = f"/api/incidents/{{{label}_incident}}"
    case("POST", "/api/incidents/{incident_id}/cameras", found, further, path=f"{at}/cameras")
    seen = mine if label == "mine" else theirs
    case("GET", "/api/incidents/{incident_id}/versions", seen, path=f"{at}/versions")
    case("GET", "/api/incidents/{incident_id}/persons", seen, path=f"{at}/persons")
    near = only(*DESK) if label == "mine" else only(*DESK, limited=404)
    case("GET", "/api/incidents/{incident_id}/proposed-cameras", near, path=f"{at}/proposed-cameras")
    for camera_id in ("cam01", "cam02"):
        its = camera_id == ("cam02" if label == "mine" else "cam01")
        case(
            "GET",
            "/api/incidents/{incident_id}/cameras/{camera_id}/playlist.m3u8",
            seen if its else only(*READERS, *BOARD, status=404),
            path=f"{at}/cameras/{camera_id}/playlist.m3u8",
        )
    person = "/api/incidents/{incident_id}/persons/{person_id}"
    words = {"base_version": 1, "role": "witness", "name": "Rosa", "reason": "otra"}
    case("POST", person, only(*DESK, status=404), words, path=f"{at}/persons/no-such")
    case(
        "POST",
        f"{person}/remove",
        only(*DESK, status=404),
        {"base_version": 1, "reason": "no era"},
        path=f"{at}/persons/no-such/remove",
    )

case("GET", "/api/dispatches", only(*READERS, *BOARD), path="/api/dispatches?state=sent")
advance = "/api/dispatches/{dispatch_id}/advance"
at_dispatch: tuple[tuple[str, Any, tuple[str, ...], int], ...] = (
    ("call", {"answered": False}, DESK, 200),
    ("unit", {"unit_id": None}, (*DESK, *BOARD), 200),
    ("advance", {"to": "received"}, (*DESK, *BOARD), 200),
)
for step, body, askers, reached in at_dispatch:
    route = f"/api/dispatches/{{dispatch_id}}/{step}"
    away = {"pnp": 404} if "pnp" in askers else {}
    case("POST", route, only(*askers, status=reached, **away), body, path=f"/api/dispatches/{{mine_dispatch}}/{step}")
    away = {"limited": 404} | ({"serenazgo": 404, "limited_serenazgo": 404} if "pnp" in askers else {})
    case("POST", route, only(*askers, status=reached, **away), body, path=f"/api/dispatches/{{theirs_dispatch}}/{step}")

case("GET", "/api/units", only(*DESK, *BOARD))
choice = "/api/nearest-units?agency=serenazgo&camera_id="
case("GET", "/api/nearest-units", only(*DESK, *BOARD, pnp=404), path=f"{choice}cam02")
beyond = only(*DESK, *BOARD, limited=404, pnp=404, limited_serenazgo=404)
case("GET", "/api/nearest-units", beyond, path=f"{choice}cam01")
words = {"call_sign": "", "kind": "vehicle"}
# Whoever gets as far as the body is told that a call sign is missing.
case(
    "POST",
    "/api/units",
    only("supervisor", *BOARD, status=422, pnp=404),
    words | {"agency": "serenazgo"},
)
at_unit: tuple[tuple[str, Any, tuple[str, ...], int], ...] = (
    ("", words, ("supervisor", *BOARD), 422),
    ("/state", {"to": "available"}, (*DESK, *BOARD), 200),
    ("/position", {"latitude": -7.16, "longitude": -78.51, "wall_ms": 1_600_000_000_000}, (*DESK, *BOARD), 200),
    ("/retire", None, ("supervisor", *BOARD), 200),
)
for step, body, askers, reached in at_unit:
    route = f"/api/units/{{unit_id}}{step}"
    for label, away in (("mine", {"pnp": 404}), ("theirs", {"serenazgo": 404, "limited_serenazgo": 404})):
        path = f"/api/units/{{{label}_unit{'_to_retire' if step == '/retire' else ''}}}{step}"
        case("POST", route, only(*askers, status=reached, **away), body, path=path)

window = "from_ms={from_ms}&to_ms={to_ms}"
for tail in ("playlist.m3u8", "coverage"):
    route = f"/api/cameras/{{camera_id}}/{tail}"
    case("GET", route, only(*READERS), path=f"/api/cameras/cam02/{tail}?{window}")
    case("GET", route, only(*READERS, limited=404), path=f"/api/cameras/cam01/{tail}?{window}")
segment = "/api/segments/{segment_id}/media.mp4"
case("GET", segment, only(*READERS), path="/api/segments/{mine_segment}/media.mp4")
case("GET", segment, only(*READERS, limited=404), path="/api/segments/{theirs_segment}/media.mp4")

# No forecast is made in this room: whoever may see it is told so.
case("GET", "/api/channels", only("supervisor", "admin"))
case("GET", "/api/storage", only("supervisor", "admin", status=503))
case("GET", "/api/holds", only("supervisor", "investigator", "admin"))
held = {"from_wall_ms": 1_780_000_000_000, "to_wall_ms": 1_780_000_060_000, "reason": "Carpeta fiscal 812-2026"}
case("POST", "/api/holds", only("supervisor", "investigator"), held | {"camera_ids": ["cam02"]})
case("POST", "/api/holds", only("supervisor", "investigator", status=404), held | {"camera_ids": ["cam02", "cam99"]})
case("POST", "/api/holds", only("supervisor", "investigator", status=422), held | {"camera_ids": []})
hold = "/api/holds/{hold_id}"
case("GET", f"{hold}/coverage", only("supervisor", "investigator", "admin"), path="/api/holds/{mine_incident}/coverage")
case(
    "GET",
    f"{hold}/coverage",
    only("supervisor", "investigator", "admin", status=404),
    path="/api/holds/no-such/coverage",
)
case(
    "POST",
    f"{hold}/prolong",
    only("supervisor", "investigator"),
    {"expires_wall_ms": None},
    path="/api/holds/{mine_incident}/prolong",
)
case(
    "POST",
    f"{hold}/prolong",
    only("supervisor", "investigator", status=404),
    {"expires_wall_ms": None},
    path="/api/holds/no-such/prolong",
)
case(
    "POST",
    f"{hold}/ask-release",
    only("supervisor", "investigator"),
    {"text": "Ya no se necesita"},
    path="/api/holds/{theirs_incident}/ask-release",
)
# Nobody has asked for this one's release.
case(
    "POST",
    f"{hold}/release",
    only("supervisor", status=409),
    {"approve": True},
    path="/api/holds/{mine_incident}/release",
)
looked_up = {"cells": "f" * 144, "from_wall_ms": 1_780_000_000_000, "to_wall_ms": 1_780_000_060_000}
case("POST", "/api/movement/search", only(*READERS), looked_up)
case("POST", "/api/movement/search", only(*READERS), looked_up | {"camera_ids": ["cam02"]})
case("POST", "/api/movement/search", only(*READERS, limited=404), looked_up | {"camera_ids": ["cam02", "cam01"]})
case("POST", "/api/movement/search", only(*READERS, status=404), looked_up | {"camera_ids": ["cam99"]})
# What was recorded here is no video, and nothing explains these alerts: whoever gets as far as looking finds nothing. See test_movement.
for camera_id in ("cam01", "cam02"):
    still = f"/api/cameras/{camera_id}/still?at_ms={{from_ms}}"
    case("GET", "/api/cameras/{camera_id}/still", only(*READERS, status=404), path=still)
for label in ("mine", "theirs"):
    why = f"/api/alerts/{{{label}_alert}}/explanation"
    case("GET", "/api/alerts/{alert_id}/explanation", only(*READERS, status=404), path=why)

case("GET", "/api/health", only(*DESK, "admin"))
for tail in ("", ".csv", ".pdf"):
    case(
        "GET",
        f"/api/coverage{tail}",
        only("supervisor", "investigator", "admin"),
        path=f"/api/coverage{tail}?day={{day}}",
    )
for ending in ("csv", "xlsx", "geojson"):
    attention = f"/api/attention.{ending}"
    case("GET", attention, only("supervisor", "investigator"), path=f"{attention}?first={{day}}&last={{day}}")
for tail in ("", ".csv"):
    case("GET", f"/api/figures{tail}", only("supervisor"), path=f"/api/figures{tail}?first={{day}}&last={{day}}")
case("GET", "/api/audit", only("supervisor", "admin"))
case("GET", "/api/users", only("admin"))
# The room of these tests has no node around it, and so nobody who keeps a configuration.
case("GET", "/api/configuration", only("admin", status=404))
case("POST", "/api/configuration/preview", only("admin", status=404), {})
case("POST", "/api/configuration/apply", only("admin", status=404), {"base_version": 1})
for zones, body in (("preview", {}), ("apply", {"base_version": 1}), ("tune", {})):
    address = f"/api/cameras/{{camera_id}}/zones/{zones}"
    case(
        "POST",
        address,
        only("admin", status=404),
        {"zones": [], "masks": []} | body,
        path=address.replace("{camera_id}", "cam02"),
    )
case("GET", "/api/cameras/{camera_id}/zones", only("admin", status=404), path="/api/cameras/cam02/zones")
case("GET", "/api/cameras/{camera_id}/zones/cells", only("admin"), path="/api/cameras/cam02/zones/cells")
case("POST", "/api/users", only("admin", status=422), {})
case("POST", "/api/users/{user_id}", only("admin", status=404), {"full_name": "X"}, path="/api/users/no-such")
case("POST", "/api/users/{user_id}/password", only("admin", status=404), path="/api/users/no-such/password")

EVENTS, LIVE, PTZ = "/api/events", "/api/live/{camera_id}/{stream}", "/api/ptz/{camera_id}"
MAY_FOLLOW = dict.fromkeys(WHO, 0) | {"nobody": 4401}
SOCKETS: list[tuple[str, str, dict[str, int]]] = [
    (EVENTS, EVENTS, MAY_FOLLOW),
    (LIVE, "/api/live/cam02/main", MAY_FOLLOW | {"pnp": 4404}),
    (LIVE, "/api/live/cam01/main", MAY_FOLLOW | {"serenazgo": 4404, "limited": 4404, "limited_serenazgo": 4404}),
    (LIVE, "/api/live/cam02/sub", dict.fromkeys(WHO, 4404) | {"nobody": 4401}),  # it has none
    (LIVE, "/api/live/cam02/other", dict.fromkeys(WHO, 4404) | {"nobody": 4401}),
    (LIVE, "/api/live/cam99/main", dict.fromkeys(WHO, 4404) | {"nobody": 4401}),
    *(
        (PTZ, f"/api/ptz/{camera_id}", dict.fromkeys(WHO, 4403) | {"nobody": 4401} | dict.fromkeys(STEERERS, 4404))
        for camera_id in ("cam01", "cam99")
    ),
]
"""Route, path, and the code that it is closed with; 0: it stays open."""


@dataclass
class World:
    """A room in which things happened."""

    room: Room
    people: dict[str, Person]
    names: dict[str, str]


@pytest.fixture
def world(tmp_path: Path, run_folder: Path) -> Iterator[World]:
    clock = SimulatedClock()
    with open_room(tmp_path, run_folder, clock) as room:
        static = room.services.static
        (static / "assets").mkdir()
        (static / "assets" / "app.js").write_text("1")
        (static / "favicon.svg").write_text("<svg/>")
        for name in ("index", "login", "operador", "despacho", "investigacion", "supervision", "admin"):
            (static / f"{name}.html").write_text("<!doctype html>")
        somebody = Actor("u-somebody", "Otra persona", "T9")
        names: dict[str, str] = {}
        for label, camera_id, agency in (("theirs", "cam01", PNP), ("mine", "cam02", SERENAZGO)):
            start_ns = clock.wall_ns()
            incident, dispatch = room.dispatched(camera_id, agency, actor=somebody)
            names[f"{label}_alert"] = room.desk.alerts_of_incident(incident.incident_id)[0].alert_id
            names[f"{label}_incident"], names[f"{label}_dispatch"] = incident.incident_id, dispatch.dispatch_id
            for suffix in ("", "_to_retire"):
                words = Described(f"U{suffix[-6:]}", UnitKind.VEHICLE)
                names[f"{label}_unit{suffix}"] = room.desk.create_unit(somebody, agency, words).unit_id
            names[f"{label}_segment"] = recorded(room, camera_id, start_ns)
        with room.catalogue.write() as tx:
            over = Shelving("shelf-1", "cam01", "Toda la vista", 1, 2, 3, ended_wall_ns=2, ended_by="sistema")
            shelf_rows.store(tx, row_of(over))
        names["theirs_shelving"] = over.shelving_id
        names["handover"] = room.desk.begin_handover(somebody).handover_id
        names["old_segment"] = recorded(room, "cam02", start_ns - 86_400_000_000_000)
        names["from_ms"], names["to_ms"] = str((start_ns - 10**12) // NS_PER_MS), str(clock.wall_ns() // NS_PER_MS)
        names["day"] = local_day(start_ns, room.services.config.timezone).isoformat()
        people = {
            "operator": room.person(Role.OPERATOR),
            "supervisor": room.person(Role.SUPERVISOR),
            "serenazgo": room.person(Role.DISPATCHER, agency="serenazgo"),
            "pnp": room.person(Role.DISPATCHER, agency="pnp"),
            "investigator": room.person(Role.INVESTIGATOR),
            "admin": room.person(Role.ADMIN),
            "limited": room.person(Role.OPERATOR, cameras=("cam02",)),
            "limited_serenazgo": room.person(Role.DISPATCHER, agency="serenazgo", cameras=("cam02",)),
        }
        yield World(room, people, names)


def recorded(room: Room, camera_id: str, start_ns: int) -> str:
    """A minute on disk and in the catalogue."""
    from tests.console_web.recordings import minute

    return minute(room, camera_id, start_ns)


async def status_of(world: World, who: str, each: Case) -> int:
    # 10.0.0.9: /metrics would answer this machine without asking who it is.
    client = world.room.client(address="10.0.0.9") if who == "nobody" else world.people[who].client
    if who != "nobody":
        client._transport.client = ("10.0.0.9", 1)  # type: ignore[attr-defined]  # httpx.ASGITransport's
    path = each.path.format(**world.names)
    body = each.body
    if isinstance(body, dict) and body.get("idempotency_key") == ONCE:
        body = body | {"idempotency_key": new_id()}
    answer = await client.request(each.method, path, json=body if each.method == "POST" else None)
    if each.route == "/api/login":
        # Its own answer, for the wrong password; the guard would have said 403.
        return 200 if answer.json()["error"]["message"].startswith("Usuario o") else answer.status_code
    if each.route == "/api/session/password" and answer.status_code == 403:
        assert "contraseña actual" in answer.json()["error"]["message"]
    return answer.status_code


@pytest.mark.parametrize("who", WHO)
async def test_every_route_answers_as_the_table_says(world: World, who: str) -> None:
    """Everything that the table lists, one person at a time, each in a room of his own."""
    wrong = []
    async with world.room.app.router.lifespan_context(world.room.app):
        # Log-out comes last: it is the one step that ends the asking.
        for each in sorted(CASES, key=lambda each: each.route == "/api/logout"):
            status = await status_of(world, who, each)
            expected = each.expected[who]
            if status != expected and not (expected == 200 and status in {201, 204, 206}):
                wrong.append(f"{each.method} {each.path}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)


async def test_every_socket_answers_as_the_table_says(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The code that a refused one is closed with; the others stay open. A refusal is no fault: nothing fills the log."""
    wrong = []
    async with world.room.served() as base:
        for _, path, expected in SOCKETS:
            for who in WHO:
                person = world.people.get(who)
                async with world.room.socket(base, path, person) as connection:
                    if expected[who]:
                        code = await close_code(connection)
                    else:
                        pong = await connection.ping()
                        await pong
                        # The guard has spoken once the socket does its own work: an answer to nonsense, or a viewer.
                        await connection.send("nonsense")
                        code = 0
                        if path == EVENTS:
                            code = {4400: 0}.get(await close_code(connection) or -1, -1)
                if code != expected[who]:
                    wrong.append(f"{path} for {who}: {code}, not {expected[who]}")
    assert not wrong, "\n".join(wrong)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://127.0.0.1"])
async def test_no_socket_opens_for_a_foreign_page(world: World, origin: str | None) -> None:
    """Also with a session that is in force: browsers send cookies with sockets from anywhere."""
    async with world.room.served() as base:
        for path in ("/api/events", "/api/live/cam02/main"):
            with pytest.raises(InvalidStatus) as refused:
                async with world.room.socket(base, path, world.people["operator"], origin=origin):
                    pass
            assert refused.value.response.status_code == 403


async def test_the_table_is_complete(world: World) -> None:
    """Every route and socket of the application stands in the table, with own and foreign objects where it names one."""
    routes: set[tuple[str, str]] = set()
    sockets: set[str] = set()
    for context in iter_route_contexts(world.room.app.routes):
        assert context.path is not None
        if isinstance(context.original_route, APIWebSocketRoute):
            sockets.add(context.path)
        else:
            routes |= {(method, context.path) for method in context.methods or ()}
    routes = {(method, path) for method, path in routes if method != "HEAD" or ("GET", path) not in routes}
    assert routes == {(each.method, each.route) for each in CASES}
    assert sockets == {route for route, _, _ in SOCKETS}


async def test_methods_that_a_route_does_not_have_are_refused(world: World) -> None:
    """For everybody alike: 405 (or 404 where the address is a page's), never an act."""
    methods: dict[str, set[str]] = {}
    for each in CASES:
        if each.route.startswith("/api/"):
            methods.setdefault(each.path.format(**world.names).partition("?")[0], set()).add(each.method)
    for path, have in sorted(methods.items()):
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - have:
            for client in (world.room.client(), world.people["supervisor"].client):
                answer = await client.request(method, path)
                assert answer.status_code in {404, 405}, (method, path, answer.status_code)
                assert set(answer.json()["error"]) == {"code", "message", "remedy"}


def test_a_route_without_a_rule_keeps_the_application_from_starting(
    bare_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP and sockets; also a socket with a rule that nobody asks."""
    from console_web import app as application

    router = guarded_router()

    @router.get("/api/new")
    async def new() -> str:
        return ""

    @router.websocket("/api/new-socket")
    @requires(Action.SEE_CAMERAS)
    async def new_socket() -> None:
        return

    monkeypatch.setattr(application, "ROUTERS", (*application.ROUTERS, router))
    with pytest.raises(RuntimeError, match=r"/api/new, /api/new-socket"):
        create_app(bare_room.services)


def test_a_route_around_the_guarded_router_is_found_too(bare_room: Room) -> None:
    """A rule alone does nothing: the route must be of the kind that asks."""

    @public
    async def bare() -> str:
        return ""

    bare_room.app.add_api_route("/api/bare", bare)
    bare_room.app.mount("/mounted", bare_room.app)
    with pytest.raises(RuntimeError, match=r"/api/bare, /mounted"):
        require_rules(bare_room.app.routes)


async def test_a_refusal_says_the_same_of_what_is_foreign_and_of_what_is_not(world: World) -> None:
    """Byte for byte."""
    limited = world.people["limited"]
    foreign = await limited.get(f"/api/alerts/{world.names['theirs_alert']}")
    missing = await limited.get("/api/alerts/no-such")
    assert foreign.content == missing.content
    assert foreign.status_code == missing.status_code == 404


def test_segments_in_this_table_are_files_of_their_own_camera(world: World) -> None:
    """What the cases above rest on."""
    with world.room.catalogue.read() as tx:
        from nvr.catalogue import segments

        found = {
            name: segments.segment(tx, world.names[name]) for name in ("mine_segment", "theirs_segment", "old_segment")
        }
    assert [row.camera_id for row in found.values() if row] == ["cam02", "cam01", "cam02"]
    assert all(row and row.stream is StreamKind.MAIN for row in found.values())
