"""Nothing of the path is lost when the server is killed with -9 between any two steps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from benchmarks.rig import wait_for
from tests.journeys.conftest import Room
from tests.journeys.people import Person
from tests.journeys.test_packet_to_patrol import dispatch_body, occurrence_code, raise_alert

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


@pytest.fixture
def crashed(room: Room) -> Iterator[Room]:
    """The room, left running and recording for whichever test comes next."""
    yield room
    room.wait_for_console()
    room.wait_until_recorded()


def kill_and_start(room: Room) -> None:
    """SIGKILL to every process of the server, then start it as systemd would."""
    room.kill_everything()
    room.start(until_complete=False)


def test_every_step_survives_kill_9(crashed: Room) -> None:
    """Alert, take, incident, each answer of the patrol, the time line and the clip: each is there after a kill that follows it."""
    room = crashed
    room.wait_for_recording("cam01", seconds=12)
    operator = room.log_in("operador1")
    alert = raise_alert(room, operator, "cam01")
    path = f"/api/alerts/{alert['alert_id']}"

    kill_and_start(room)
    after = operator.get(path)
    assert (after["state"], after["started_wall_ms"]) == ("new", alert["started_wall_ms"])
    assert operator.http.get(f"{path}/snapshot").content[:3] == b"\xff\xd8\xff"

    operator.post(f"{path}/take")
    kill_and_start(room)
    assert (operator.get(path)["state"], operator.get(path)["owner_name"]) == ("taken", "Operador 1"), (
        "the log-in or the take is gone"
    )

    body = dispatch_body("serenazgo", "kill-9-0123456789abcdef", occurrence_code(operator))
    incident = operator.post(f"{path}/dispatches", body)
    kill_and_start(room)
    again = operator.post(f"{path}/dispatches", body)
    assert again["number"] == incident["number"]
    assert len(again["dispatches"]) == 1, "the repeated request after the crash sent a second patrol"

    patrol = room.log_in("serenazgo1")
    dispatch_id = again["dispatches"][0]["dispatch_id"]
    for step in ("received", "en_route", "on_scene", "closed"):
        patrol.post(
            f"/api/dispatches/{dispatch_id}/advance",
            {"to": step, "note": "", "result": "attended" if step == "closed" else None},
        )
        kill_and_start(room)
        kinds = [entry["kind"] for entry in operator.get(f"/api/incidents/{incident['incident_id']}")["timeline"]]
        assert kinds.count(f"dispatch_{step}") == 1

    assert_recording_is_explained(room, operator, "cam01", alert["started_wall_ms"])


def assert_recording_is_explained(room: Room, person: Person, camera_id: str, from_ms: int) -> None:
    """From ten seconds before the movement until now, every second is recorded or is a gap with a cause; no kill cost more than the time of the restart."""

    def settled() -> bool:
        found = coverage()
        return bool(found["gaps"])

    def coverage() -> dict[str, list[dict[str, int]]]:
        found: dict[str, list[dict[str, int]]] = person.get(
            f"/api/cameras/{camera_id}/coverage",
            from_ms=from_ms - 10_000,
            to_ms=time.time_ns() // 1_000_000 - 3000,
        )
        return found

    wait_for("the gaps of the kills are accounted for", settled, 20, room.node)
    found = coverage()
    stretches = sorted([(s["from_wall_ms"], s["to_wall_ms"]) for s in [*found["spans"], *found["gaps"]]])
    assert stretches[0][0] <= from_ms - 9_500
    for (_, end), (start, _) in pairwise(stretches):
        assert start - end <= 120, f"{start - end} ms between {end} and {start} are neither recorded nor explained"


def test_a_dead_control_process_stops_no_recording(crashed: Room) -> None:
    """The control process is killed and comes back; meanwhile every packet was recorded, and an alert of that time is there."""
    room = crashed
    operator = room.log_in("operador2")
    seq = operator.get("/api/alerts", state="new")["seq"]
    ingest_pid = room.child("ingest-0").pid
    killed_ms = time.time_ns() // 1_000_000
    room.child("control").kill()
    room.cause_movement("cam03")
    room.wait_for_console()
    assert room.child("ingest-0").pid == ingest_pid
    with operator.events(seq) as events:
        events.wait_for("alert", lambda body: body["camera_id"] == "cam03" and body["zone"] != "sistema", 30)
    found = operator.get("/api/cameras/cam03/coverage", from_ms=killed_ms, to_ms=time.time_ns() // 1_000_000)
    assert found["gaps"] == []


def test_a_dead_analytics_process_comes_back(crashed: Room) -> None:
    """Analytics are killed; recording goes on in the same process, and movement raises alerts again."""
    room = crashed
    operator = room.log_in("operador1")
    ingest_pid = room.child("ingest-0").pid
    killed_pid = room.child("analytics-0").pid
    room.child("analytics-0").kill()

    def looking_again() -> bool:
        workers = operator.get("/api/health")["workers"]
        return any(
            w["worker"] == "analytics-0"
            and w["pid"] != killed_pid
            and w["counters"]["calibrating"] == 0 < w["counters"]["frames"]
            for w in workers
        )

    wait_for("analytics look again, with a settled background", looking_again, 30, room.node)
    alert = raise_alert(room, operator, "cam04")
    assert alert["camera_id"] == "cam04"
    assert room.child("ingest-0").pid == ingest_pid
