"""What a model says that moved, from the camera's packets to the operator's card; and a model that is gone stops neither recording nor alerts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from benchmarks.rig import wait_for
from tests.analytics.tiny_model import tiny_model
from tests.journeys.conftest import Room, running_room
from tests.journeys.people import Json, Person
from tests.journeys.test_browser import CHROMIUM, browser, card, terminal

__all__ = ["browser"]
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages"),
]
MODEL = "models/tiny.onnx"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, clip_cache: Path) -> Iterator[Room]:
    """Every picture is somebody to this model, as sure as it is red."""
    folder = tmp_path_factory.mktemp("room")
    path = folder / "data" / MODEL
    path.parent.mkdir(parents=True)
    path.write_bytes(tiny_model())
    objects = {"model": MODEL, "input_px": 64, "persons": [0], "vehicles": [], "least_score": 0.01}
    with running_room(folder, clip_cache, node={"objects": objects}) as made:
        yield made


def counters(person: Person) -> dict[str, float]:
    """What the analytics worker counts."""
    (worker,) = [each for each in person.get("/api/health")["workers"] if each["worker"] == "analytics-0"]
    found: dict[str, float] = worker["counters"]
    return found


def alert_of(person: Person, camera_id: str) -> Json | None:
    """The camera's newest alert of a movement."""
    found: list[Json] = person.get("/api/alerts", state="new")["items"]
    return next(
        (each for each in found if each["camera_id"] == camera_id and not each["zone"].startswith("sistema")), None
    )


def test_a_model_says_what_moved_and_its_loss_stops_nothing(room: Room, browser: Browser) -> None:
    """The card reads "persona 0.xx", and the cost is counted; then the file is spoilt and the worker dies: alerts go on without a word of the model."""
    operator = room.log_in("operador1")
    with terminal(browser, room, "operador1") as page:
        room.cause_movement("cam02")
        shown = card(page, "cam02")
        expect(shown).to_contain_text("persona 0.", timeout=30_000)
        shown.click()
        expect(page.get_by_text("Según el modelo")).to_be_visible()
    alert = alert_of(operator, "cam02")
    assert alert is not None
    assert alert["object_kind"] == "person"
    assert 0.01 <= alert["object_score"] <= 1
    wait_for("the look is counted", lambda: counters(operator)["objects_looked"] >= 1, 10, room.node)
    assert 'nvr_worker_objects_busy_ms{worker="analytics-0"}' in httpx.get(f"{room.base}/metrics").text
    (room.folder / "data" / MODEL).write_bytes(b"spoilt")
    spoilt_ms = time.time_ns() // 1_000_000
    room.child("analytics-0").kill()

    def refused() -> bool:
        found = counters(operator)
        return found.get("objects_unusable") == 1 and found["calibrating"] == 0 < found["frames"]

    wait_for("the model is refused, and the worker looks again", refused, 60, room.node)
    room.cause_movement("cam04")
    wait_for("an alert all the same", lambda: alert_of(operator, "cam04") is not None, 30, room.node)
    wait_for("what is unsaid is counted", lambda: counters(operator)["objects_unsaid"] >= 1, 10, room.node)
    alert = alert_of(operator, "cam04")
    assert alert is not None
    assert alert["object_kind"] == ""
    assert "tiny.onnx is no ONNX" in room.log_text()
    for camera_id in ("cam02", "cam04"):
        now_ms = time.time_ns() // 1_000_000
        covered = room.log_in("investigador1").get(
            f"/api/cameras/{camera_id}/coverage", from_ms=spoilt_ms, to_ms=now_ms
        )
        assert covered["gaps"] == []
