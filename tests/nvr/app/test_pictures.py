"""Old pictures go, with their explanations, unless an incident needs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nvr.app.pictures import Pictures
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config.agencies import PNP
from tests.console_web.room import Room, open_room


@pytest.fixture
def room(tmp_path: Path, run_folder: Path) -> Iterator[Room]:
    with open_room(tmp_path, run_folder, SimulatedClock()) as made:
        yield made


@pytest.fixture
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("r")


def test_what_no_incident_needs_goes_once_it_is_old(room: Room) -> None:
    """Not a day before, and not at all where the date is in doubt; what an incident has stays, its explanation too."""
    incident, _ = room.dispatched("cam01", PNP)
    kept = room.desk.alerts_of_incident(incident.incident_id)[0].snapshot
    others = [room.desk.alert(room.alert(camera_id)).snapshot for camera_id in ("cam01", "cam02")]
    root = room.services.snapshots
    for path in (kept, *others):
        (root / path).with_suffix(".why.json").write_text("{}")
    # The room files its pictures under the first of January 2026.
    clock = SimulatedClock(int(datetime(2026, 2, 15, 23, 59, tzinfo=UTC).timestamp()) * NS_PER_S)
    doubtful = False
    pictures = Pictures(root, room.catalogue, 45, clock, lambda: doubtful)
    assert pictures.step() == 0
    clock.advance(seconds=120)
    doubtful = True
    assert pictures.step() == 0
    doubtful = False
    assert pictures.step() == 4
    left = {path.name for path in root.rglob("*") if path.is_file()}
    assert left == {Path(kept).name, Path(kept).with_suffix(".why.json").name}
    assert not (root / "cam02" / "2026-01-01").exists()
    assert pictures.step() == 0
