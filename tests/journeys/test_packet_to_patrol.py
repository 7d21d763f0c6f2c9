"""The whole path: a camera's packet, an alert, an operator, a dispatch, a patrol's "recibido", the recorded clip."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.rig import wait_for
from tests.journeys.conftest import Room
from tests.journeys.people import Json, Person
from tests.journeys.player import play

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


def alert_of(camera_id: str) -> Callable[[Json], bool]:
    """A filter of changes: a new alert of movement before a camera."""
    return lambda body: bool(body["camera_id"] == camera_id and body["state"] == "new" and body["zone"] != "sistema")


def raise_alert(room: Room, operator: Person, camera_id: str) -> Json:
    """Let something move before a camera, and wait until its alert is on the operator's socket."""
    seq = operator.get("/api/alerts", state="new")["seq"]
    with operator.events(seq) as events:
        room.cause_movement(camera_id)
        return events.wait_for("alert", alert_of(camera_id), 30)


def dispatch_body(agency: str, key: str, type_code: str) -> Json:
    return {
        "agency": agency,
        "type_code": type_code,
        "priority": 1,
        "note": "Dos personas forcejean en la esquina",
        "idempotency_key": key,
    }


def occurrence_code(person: Person) -> str:
    return str(person.get("/api/occurrences")[0]["code"])


def test_from_movement_to_the_closed_case(room: Room) -> None:
    """Every step reaches whom it concerns and nobody else, and stands on one time line; the clip begins ten seconds before."""
    operator, other = room.log_in("operador1"), room.log_in("operador2")
    patrol, police = room.log_in("serenazgo1"), room.log_in("pnp1")
    alert = raise_alert(room, operator, "cam01")
    assert alert["place"] == "Jr. 11 de Febrero con Jr. Revilla Pérez"
    picture = operator.http.get(f"/api/alerts/{alert['alert_id']}/snapshot")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content[:3] == b"\xff\xd8\xff"

    taken = operator.post(f"/api/alerts/{alert['alert_id']}/take")
    assert (taken["state"], taken["owner_name"]) == ("taken", "Operador 1")
    refused = other.try_post(f"/api/alerts/{alert['alert_id']}/take")
    assert refused.status_code == 409
    assert "Operador 1" in refused.json()["error"]["message"]

    board = patrol.get("/api/dispatches", state="sent")["seq"]
    with (
        patrol.events(board) as patrol_events,
        police.events(board) as police_events,
        operator.events(board) as operator_events,
    ):
        incident = operator.post(
            f"/api/alerts/{alert['alert_id']}/dispatches",
            dispatch_body("serenazgo", "llave-1-0123456789abcdef", occurrence_code(operator)),
        )
        received = patrol_events.wait_for("dispatch", lambda body: body["incident_id"] == incident["incident_id"], 5)
        assert received["state"] == "sent"
        assert re.fullmatch(r"N-\d{4}-\d{6}", received["incident_number"])
        again = operator.post(
            f"/api/alerts/{alert['alert_id']}/dispatches",
            dispatch_body("serenazgo", "llave-1-0123456789abcdef", occurrence_code(operator)),
        )
        assert len(again["dispatches"]) == 1, "the same click twice sent two patrols"
        both = operator.post(
            f"/api/incidents/{incident['incident_id']}/dispatches",
            {"agency": "pnp", "note": "Apoyo", "idempotency_key": "llave-2-0123456789abcdef"},
        )
        to_police = police_events.wait_for("dispatch", lambda body: body["incident_id"] == incident["incident_id"], 5)
        assert to_police["agency"] == "pnp"
        assert {dispatch["agency"] for dispatch in both["dispatches"]} == {"serenazgo", "pnp"}
        assert (
            police.try_post(
                f"/api/dispatches/{received['dispatch_id']}/advance", {"to": "received", "note": ""}
            ).status_code
            == 404
        )

        def on_the_operators_screen() -> str:
            body = operator_events.wait_for("dispatch", lambda body: body["dispatch_id"] == received["dispatch_id"], 5)
            return str(body["state"])

        assert on_the_operators_screen() == "sent"
        for step in ("received", "en_route", "on_scene", "closed"):
            patrol.post(
                f"/api/dispatches/{received['dispatch_id']}/advance",
                {"to": step, "note": "conforme", "result": "attended" if step == "closed" else None},
            )
            assert on_the_operators_screen() == step
    timeline = operator.get(f"/api/incidents/{incident['incident_id']}")["timeline"]
    mine = [entry for entry in timeline if entry["detail"].get("agency", "serenazgo") == "serenazgo"]
    steps = [
        "detected",
        "alert_taken",
        "incident_opened",
        "dispatch_sent",
        "dispatch_received",
        "dispatch_en_route",
        "dispatch_on_scene",
        "dispatch_closed",
    ]
    assert [entry["kind"] for entry in mine if entry["kind"] in steps] == steps


def test_the_clip_plays_from_ten_seconds_before(room: Room) -> None:
    """The incident's playlist starts at least ten seconds before the movement and is unbroken H.264 that a player decodes."""
    operator = room.log_in("operador1")
    room.wait_for_recording("cam03", seconds=15)
    alert = raise_alert(room, operator, "cam03")
    operator.post(f"/api/alerts/{alert['alert_id']}/take")
    incident = operator.post(
        f"/api/alerts/{alert['alert_id']}/dispatches",
        dispatch_body("pnp", "clip-1-0123456789abcdef", occurrence_code(operator)),
    )
    path = f"/api/incidents/{incident['incident_id']}/playlist.m3u8"
    # The newest seconds of a file that still grows come with the next reload, as for a browser: wait for the movement itself.
    wait_for("the movement is in the clip", lambda: play(operator, path).frames >= 120, 20, room.node)
    played = play(operator, path)
    assert alert["started_wall_ms"] - 13_000 <= played.first_wall_ms <= alert["started_wall_ms"] - 10_000
    assert played.width_px == 640
    shown_ms = played.frames * 100
    assert played.first_wall_ms + shown_ms >= alert["started_wall_ms"], (
        "the pictures do not reach the movement: some are missing"
    )
    police = room.log_in("pnp1")
    assert police.http.get(path).status_code == 200
    assert room.log_in("serenazgo1").http.get(path).status_code == 404, "another agency's case"


def test_live_video_decodes(room: Room, tmp_path: Path) -> None:
    """What the live socket sends is a playable MP4 that begins at once."""
    operator = room.log_in("operador2")
    with operator.socket("/api/live/cam02/sub") as socket:
        start = json.loads(socket.recv(timeout=10))
        while "mime" not in start:
            start = json.loads(socket.recv(timeout=10))
        assert start["mime"].startswith('video/mp4; codecs="avc1.')
        parts = [socket.recv(timeout=10) for _ in range(12)]
    file = tmp_path / "live.mp4"
    file.write_bytes(b"".join(part for part in parts if isinstance(part, bytes)))
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(file), "-f", "null", "-"]
    assert subprocess.run(command, check=True, capture_output=True).stderr == b""


def test_two_operators_race_for_one_alert(room: Room) -> None:
    """Exactly one of two simultaneous takes wins."""
    operators = [room.log_in("operador1"), room.log_in("operador2")]
    alert = raise_alert(room, operators[0], "cam04")
    codes: list[int] = []
    barrier = threading.Barrier(2)

    def take(person: Person) -> None:
        barrier.wait()
        codes.append(person.try_post(f"/api/alerts/{alert['alert_id']}/take").status_code)

    threads = [threading.Thread(target=take, args=(person,)) for person in operators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 409]
