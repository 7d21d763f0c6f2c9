"""The daily proof over HTTP."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr.catalogue import audit
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.media import StreamKind
from nvr.observations import GapClosed
from nvr.proof.archive import paths
from nvr.proof.day import local_day
from tests.console_web.recordings import minute
from tests.console_web.room import Room, open_room


@pytest.fixture
def room(tmp_path: Path, run_folder: Path) -> Iterator[Room]:
    with open_room(tmp_path, run_folder, SimulatedClock()) as opened:
        yield opened


def recorded_with_a_gap(room: Room) -> str:
    """cam01: a minute, a minute of link, a minute; cam02: a minute. The day."""
    start_ns = room.clock.wall_ns()
    for camera_id, offset_s in (("cam01", 0), ("cam01", 120), ("cam02", 120)):
        minute(room, camera_id, start_ns + offset_s * NS_PER_S)
    room.take_up(
        GapClosed(
            gap_id="g1",
            camera_id="cam01",
            stream=StreamKind.MAIN,
            start_wall_ns=start_ns + 60 * NS_PER_S,
            end_wall_ns=start_ns + 120 * NS_PER_S,
            cause="link",
            detail="no route",
        )
    )
    room.clock.advance(seconds=180)
    return local_day(start_ns, room.services.config.timezone).isoformat()


async def test_the_day_in_json(room: Room) -> None:
    day = recorded_with_a_gap(room)
    found = (await room.person(Role.SUPERVISOR).get(f"/api/coverage?day={day}")).json()
    first, second = found["cameras"][:2]
    assert (first["camera_id"], first["sum"]["due_ms"], first["sum"]["recorded_ms"]) == ("cam01", 180_000, 120_000)
    assert (first["sum"]["percent"], first["sum"]["gaps_ms"]["link"], first["sum"]["unexplained_ms"]) == (
        66.66,
        60_000,
        0,
    )
    assert [(gap["cause"], gap["detail"], gap["ongoing"]) for gap in first["gaps"]] == [("link", "no route", False)]
    assert (second["sum"]["due_ms"], second["sum"]["percent"]) == (60_000, 100.0)
    assert (found["over"], found["total"]["due_ms"], found["total"]["recorded_ms"]) == (False, 240_000, 180_000)


async def test_who_sees_some_cameras_gets_their_proof_alone(room: Room) -> None:
    """Also where a whole one is kept; and what leaves the house stands in the audit."""
    day = recorded_with_a_gap(room)
    folder = room.services.proofs
    assert folder is not None
    folder.mkdir()
    for path, data in zip(
        paths(folder, local_day(room.clock.wall_ns(), "America/Lima")), (b"kept", b"%PDF kept"), strict=True
    ):
        path.write_bytes(data)
    whole, limited = room.person(Role.INVESTIGATOR), room.person(Role.SUPERVISOR, cameras=("cam02",))
    assert [(await whole.get(f"/api/coverage.{kind}?day={day}")).content for kind in ("csv", "pdf")] == [
        b"kept",
        b"%PDF kept",
    ]
    sheet = await limited.get(f"/api/coverage.csv?day={day}")
    assert [row["camara"] for row in csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))] == [
        "cam02",
        "TOTAL",
    ]
    assert sheet.headers["content-disposition"] == f'attachment; filename="constancia-{day}.csv"'
    document = await limited.get(f"/api/coverage.pdf?day={day}")
    assert (document.headers["content-type"], document.content[:5]) == ("application/pdf", b"%PDF-")
    assert hashlib.sha256(document.content).digest() != hashlib.sha256(b"%PDF kept").digest()
    with room.catalogue.read() as tx:
        assert [record.action for record in audit.read(tx, 20)].count("coverage.export") == 4


@pytest.mark.parametrize(
    "query", ["", "day=", "day=ayer", "day=1999-12-31", "day=9999-12-31", "day=2026-02-30", "day=2199-01-01"]
)
async def test_days_that_make_no_sense_are_refused(room: Room, query: str) -> None:
    person = room.person(Role.SUPERVISOR)
    for tail in ("", ".csv", ".pdf"):
        answer = await person.get(f"/api/coverage{tail}?{query}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
