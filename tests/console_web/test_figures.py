"""Figures for chiefs over HTTP: what the room did, of the cameras within reach, and as a sheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

from alerts.figures import By, Step
from console_web.figure_schemas import FiguresOut
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S
from tests.console_web.room import Room


def _days(room: Room) -> str:
    at = datetime.fromtimestamp(room.clock.wall_ns() // NS_PER_S, UTC)
    return f"first={(at - timedelta(days=1)).date()}&last={(at + timedelta(days=1)).date()}"


async def test_a_dispatch_is_in_the_figures_and_a_system_fault_is_not(room: Room) -> None:
    supervisor = room.person(Role.SUPERVISOR)
    room.dispatched("cam01", "serenazgo")
    room.take_up_state("cam02", "offline", "away")
    room.desk.tick(room.clock.wall_ns() + 60 * NS_PER_S)
    answer = await supervisor.get(f"/api/figures?{_days(room)}")
    assert answer.status_code == 200
    found = FiguresOut.model_validate_json(answer.content)
    counts = {(each.by, each.key, each.step): (each.count, each.missing) for each in found.times}
    assert counts[By.ALL, "", Step.TAKEN] == (1, 0)
    assert counts[By.ALL, "", Step.DISPATCHED] == (1, 0)
    assert counts[By.AGENCY, "serenazgo", Step.RECEIVED] == (0, 1)
    assert counts[By.CAMERA, "cam01", Step.CLOSED] == (0, 1)
    assert sum(map(sum, found.incidents)) == 1
    assert [place.name for place in found.places] == ["Cámara 1, Jr. Uno"]


async def test_of_other_cameras_nothing_is_counted(room: Room) -> None:
    supervisor = room.person(Role.SUPERVISOR, cameras=("cam02",))
    room.dispatched("cam01", "serenazgo")
    answer = await supervisor.get(f"/api/figures?{_days(room)}")
    assert FiguresOut.model_validate_json(answer.content).times == []


async def test_the_sheet_has_a_row_for_each_group_and_step_and_is_audited(room: Room) -> None:
    supervisor = room.person(Role.SUPERVISOR)
    room.dispatched("cam01", "serenazgo")
    answer = await supervisor.get(f"/api/figures.csv?{_days(room)}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    taken = next(row for row in rows if (row["POR"], row["PASO"]) == ("todo", "tomada"))
    assert (taken["CUANTOS"], taken["SIN PASO"]) == ("1", "0")
    assert float(taken["P90_S"]) >= 0
    assert {row["GRUPO"] for row in rows if row["POR"] == "cámara"} == {"Cámara 1, Jr. Uno"}
    audit = (await supervisor.get("/api/audit")).json()
    assert any(record["action"] == "figures.export" for record in audit["items"])


async def test_days_in_the_wrong_order_are_told(room: Room) -> None:
    answer = await room.person(Role.SUPERVISOR).get("/api/figures?first=2026-11-02&last=2026-11-01")
    assert answer.status_code == 422
