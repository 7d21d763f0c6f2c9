"""Figures for chiefs over HTTP: what the room did, of the cameras within reach, and as a sheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from alerts.figures import By, Step
from alerts.records import AlertOutcome
from console_web.figure_schemas import FiguresOut
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S
from tests.console_web.room import Room

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


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


def _rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_shares_percentiles_and_hours_are_the_same_on_the_page_and_in_the_sheets(room: Room) -> None:
    """Three alerts of one camera, taken after 2, 5 and 30 s, two of them false; one dispatch of another camera."""
    supervisor = room.person(Role.SUPERVISOR)
    zone = ZoneInfo(room.config.timezone)
    for waits_s, outcome in (
        (2, AlertOutcome.FALSE_ALARM),
        (5, AlertOutcome.FALSE_ALARM),
        (30, AlertOutcome.NO_ACTION),
    ):
        alert_id = room.alert("cam02", ended=True)
        waited_s = (room.clock.wall_ns() - room.desk.alert(alert_id).created_wall_ns) // NS_PER_S
        room.clock.advance(seconds=waits_s)
        room.desk.take(alert_id, supervisor.actor)
        room.desk.close_alert(alert_id, supervisor.actor, outcome, "")
        room.clock.advance(seconds=120)
    incident, _ = room.dispatched("cam01", "serenazgo")
    found = FiguresOut.model_validate_json((await supervisor.get(f"/api/figures?{_days(room)}")).content)
    (taken,) = [each for each in found.times if (each.by, each.key, each.step) == (By.CAMERA, "cam02", Step.TAKEN)]
    wanted_ms = [(waited_s + each) * 1000 for each in (2, 5, 30)]
    assert (taken.p50_ms, taken.p90_ms, taken.p95_ms, taken.count) == (wanted_ms[1], wanted_ms[2], wanted_ms[2], 3)
    assert [(each.key, each.closed, each.false) for each in found.false_by_camera] == [("cam02", 3, 2)]
    at = datetime.fromtimestamp(incident.occurred_wall_ns // NS_PER_S, zone)
    (place,) = found.places
    assert (place.hours[at.hour], sum(place.hours), found.incidents[at.weekday()][at.hour]) == (1, 1, 1)
    shares = _rows(await supervisor.get(f"/api/figures.csv?{_days(room)}&table=false"))
    assert shares[0] == {
        "POR": "cámara",
        "GRUPO": "Cámara 2, Jr. Dos",
        "CERRADAS": "3",
        "FALSAS": "2",
        "PORCENTAJE": "66.7",
    }
    by_hour = {row["GRUPO"]: (int(row["CERRADAS"]), int(row["FALSAS"])) for row in shares if row["POR"] == "hora"}
    assert by_hour == {each.name: (each.closed, each.false) for each in found.false_by_hour}
    assert sum(closed for closed, _ in by_hour.values()) == 3
    hours = _rows(await supervisor.get(f"/api/figures.csv?{_days(room)}&table=hours"))
    assert [
        (row["POR"], row["GRUPO"], row[f"{at.hour:02d}"], row["TOTAL"]) for row in hours if row["TOTAL"] != "0"
    ] == [
        ("cámara", "Cámara 1, Jr. Uno", "1", "1"),
        ("día", WEEKDAYS[at.weekday()], "1", "1"),
    ]
    audit = (await supervisor.get("/api/audit")).json()
    exports = [record["detail"]["table"] for record in audit["items"] if record["action"] == "figures.export"]
    assert sorted(exports) == ["false", "hours"]
    assert (await supervisor.get(f"/api/figures.csv?{_days(room)}&table=all")).status_code == 422


async def test_days_in_the_wrong_order_are_told(room: Room) -> None:
    answer = await room.person(Role.SUPERVISOR).get("/api/figures?first=2026-11-02&last=2026-11-01")
    assert answer.status_code == 422
