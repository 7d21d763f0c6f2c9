"""Holds over HTTP: page by page, weighed at once, and with what of them was not recorded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.holds import PAGE
from console_web.routes import holds as routes
from nvr.catalogue import hold_rows, stocktaking
from nvr.catalogue.hold_rows import HoldRow, HoldState
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_MS, NS_PER_S, SimulatedClock
from nvr.media import StreamKind
from nvr.observations import GapClosed
from tests.console_web.recordings import minute
from tests.console_web.room import CONFIG, Room, open_room


@pytest.fixture
def room(tmp_path: Path, run_folder: Path) -> Iterator[Room]:
    with open_room(tmp_path, run_folder, SimulatedClock()) as opened:
        yield opened


def held(
    room: Room, hold_id: str, camera_id: str, from_ns: int, to_ns: int | None, made_ns: int = 1, **more: object
) -> None:
    with room.catalogue.write() as tx:
        hold_rows.store(
            tx,
            HoldRow(
                hold_id=hold_id,
                camera_id=camera_id,
                from_wall_ns=from_ns,
                to_wall_ns=to_ns,
                reason="Carpeta fiscal 812",
                created_by="Ana",
                created_wall_ns=made_ns,
                **more,  # type: ignore[arg-type]  # by name, as the tests give them
            ),
        )


@contextmanager
def counted(statements: list[str]) -> Iterator[None]:
    """All SQL that runs meanwhile."""

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def broken_recording(room: Room) -> int:
    """cam01: a minute, a minute of link, a minute, a minute that nobody explains, a minute; when the first one begins."""
    start_ns = room.clock.wall_ns()
    for number in (0, 2, 4):
        minute(room, "cam01", start_ns + number * 60 * NS_PER_S)
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
    room.clock.advance(seconds=2 * 86_400)
    # An older file is still there: nothing in between was deleted for its age.
    minute(room, "cam01", start_ns - 3600 * NS_PER_S)
    return start_ns


async def test_a_hold_says_what_of_it_was_not_recorded_and_why(room: Room) -> None:
    start_ns = broken_recording(room)
    held(room, "h1", "cam01", start_ns + 30 * NS_PER_S, start_ns + 300 * NS_PER_S)
    person = room.person(Role.INVESTIGATOR)
    (item,) = (await person.get("/api/holds")).json()["items"]
    assert (item["missing_ms"], item["impaired_ms"]) == (120_000, 0)
    found = (await person.get("/api/holds/h1/coverage")).json()
    assert (found["recorded_ms"], found["missing_ms"]) == (150_000, 120_000)
    start_ms = start_ns // NS_PER_MS
    told = [
        (each["lack"], each["cause"], each["from_wall_ms"] - start_ms, each["to_wall_ms"] - start_ms)
        for each in found["lacks"]
    ]
    assert told == [("gap", "link", 60_000, 120_000), ("unexplained", "", 180_000, 240_000)]


async def test_what_is_there_but_not_as_it_was_recorded_is_told_apart(room: Room) -> None:
    start_ns = room.clock.wall_ns()
    damaged = minute(room, "cam02", start_ns)
    minute(room, "cam02", start_ns + 60 * NS_PER_S)
    room.clock.advance(seconds=120)
    with room.catalogue.write() as tx:
        stocktaking.mark_damaged(tx, damaged, room.clock.wall_ns())
    held(room, "h1", "cam02", start_ns - 10 * NS_PER_S, start_ns + 90 * NS_PER_S)
    found = (await room.person(Role.INVESTIGATOR).get("/api/holds/h1/coverage")).json()
    assert [(each["lack"], each["to_wall_ms"] - each["from_wall_ms"]) for each in found["lacks"]] == [
        ("unknown", 10_000),
        ("damaged", 60_000),
    ]
    assert (found["recorded_ms"], found["missing_ms"]) == (90_000, 10_000)


async def test_more_holds_than_a_page_are_counted_and_come_with_the_next(room: Room) -> None:
    for number in range(PAGE + 3):
        held(room, f"h{number:04d}", "cam01", number * NS_PER_S, (number + 1) * NS_PER_S, made_ns=number // 2)
    held(room, "other", "cam02", 0, NS_PER_S)
    person = room.person(Role.INVESTIGATOR, cameras=("cam01",))
    first = (await person.get("/api/holds")).json()
    assert (len(first["items"]), first["count"], first["more"]) == (PAGE, PAGE + 3, True)
    rest = (await person.get(f"/api/holds?before={first['items'][-1]['hold_id']}")).json()
    assert (len(rest["items"]), rest["count"], rest["more"]) == (3, PAGE + 3, False)
    shown = [each["hold_id"] for each in first["items"] + rest["items"]]
    assert shown == [f"h{number:04d}" for number in reversed(range(PAGE + 3))]
    assert (await person.get("/api/holds?before=other")).status_code == 404, "out of reach, so as if there were none"


async def test_a_page_is_reckoned_with_as_many_queries_as_one_hold(room: Room) -> None:
    start_ns = broken_recording(room)
    person = room.person(Role.INVESTIGATOR)

    async def queries() -> int:
        told: list[str] = []
        with counted(told):
            assert (await person.get("/api/holds")).status_code == 200
        return len(told)

    held(room, "h0", "cam01", start_ns, start_ns + 60 * NS_PER_S)
    await queries()
    one = await queries()
    for number in range(1, 40):
        held(room, f"h{number}", "cam01", start_ns + number * NS_PER_S, start_ns + 60 * NS_PER_S)
    assert await queries() == one


async def test_a_hold_that_goes_on_holds_the_file_that_is_being_written(room: Room) -> None:
    start_ns = room.clock.wall_ns()
    minute(room, "cam01", start_ns)
    minute(room, "cam01", start_ns + 60 * NS_PER_S, whole=False)
    room.clock.advance(seconds=120)
    held(room, "h1", "cam01", start_ns, None)
    (item,) = (await room.person(Role.INVESTIGATOR).get("/api/holds")).json()["items"]
    assert (item["missing_ms"], item["impaired_ms"]) == (0, 0)


async def lacks(room: Room, hold_id: str) -> list[tuple[str, int]]:
    """What a hold lacks, by start: which kind, and how many milliseconds."""
    found = (await room.person(Role.INVESTIGATOR).get(f"/api/holds/{hold_id}/coverage")).json()
    return [(each["lack"], each["to_wall_ms"] - each["from_wall_ms"]) for each in found["lacks"]]


async def test_nothing_that_a_hold_lacks_is_put_down_to_its_age(room: Room) -> None:
    """It was young when it was held, so nobody deleted it since; of what was old already that can't be said, nor once the hold has ended."""
    start_ns = broken_recording(room)
    room.clock.advance(seconds=60 * 86_400)
    minute(room, "cam01", room.clock.wall_ns())
    with room.catalogue.write() as tx:
        tx.connection.execute(sa.text(f"DELETE FROM segments WHERE start_wall_ns < {start_ns}"))  # noqa: S608 - ours
        tx.connection.execute(sa.text("UPDATE segments SET held = true"))
    window = (start_ns + 150 * NS_PER_S, start_ns + 300 * NS_PER_S)
    held(room, "young", "cam01", *window, made_ns=start_ns)
    held(room, "old", "cam01", *window, made_ns=start_ns + 50 * 86_400 * NS_PER_S)
    held(room, "over", "cam01", *window, made_ns=start_ns, state=HoldState.RELEASED)
    assert await lacks(room, "young") == [("unexplained", 60_000)]
    assert await lacks(room, "old") == [("expired", 60_000)]
    assert await lacks(room, "over") == [("expired", 60_000)]


async def test_what_was_recorded_before_that_was_switched_off_is_there(tmp_path: Path, run_folder: Path) -> None:
    """``record: false`` came later: the files are evidence all the same, and afterwards nothing was due."""
    text = CONFIG.replace("cameras:", "defaults: {{main: {{record: false}}}}\ncameras:")
    with open_room(tmp_path, run_folder, SimulatedClock(), config_text=text) as room:
        assert not any(camera.main.record for camera in room.services.config.cameras)
        start_ns = room.clock.wall_ns()
        minute(room, "cam01", start_ns)
        room.clock.advance(seconds=300)
        held(room, "h1", "cam01", start_ns - 10 * NS_PER_S, start_ns + 100 * NS_PER_S)
        assert await lacks(room, "h1") == [("unknown", 10_000), ("not_due", 40_000)]


async def test_a_stretch_to_come_lacks_nothing_yet(room: Room) -> None:
    """And is not said to be whole."""
    now_ns = room.clock.wall_ns()
    held(room, "h1", "cam01", now_ns + NS_PER_S, now_ns + 60 * NS_PER_S)
    (item,) = (await room.person(Role.INVESTIGATOR).get("/api/holds")).json()["items"]
    assert (item["missing_ms"], item["impaired_ms"]) == (None, None)
    assert await lacks(room, "h1") == []


async def test_the_list_comes_while_a_disk_hangs(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thread that looks at recordings waits for it: the list says what the catalogue knows."""
    monkeypatch.setattr(routes, "_PATIENCE_S", 0.1)
    held(room, "h1", "cam01", room.clock.wall_ns(), None)
    person, freed = room.person(Role.INVESTIGATOR), threading.Event()
    hanging = [asyncio.create_task(room.services.threads.files(freed.wait)) for _ in range(8)]
    try:
        (item,) = (await person.get("/api/holds")).json()["items"]
    finally:
        freed.set()
        await asyncio.gather(*hanging)
    assert (item["hold_id"], item["missing_ms"]) == ("h1", None)


async def test_a_stretch_in_pieces_is_told_up_to_a_bound(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line that flaps for weeks: how many there are, and the first of them."""
    monkeypatch.setattr(routes, "_MOST_LACKS", 1)
    start_ns = broken_recording(room)
    held(room, "h1", "cam01", start_ns, start_ns + 300 * NS_PER_S)
    found = (await room.person(Role.INVESTIGATOR).get("/api/holds/h1/coverage")).json()
    assert (found["count"], [each["lack"] for each in found["lacks"]], found["missing_ms"]) == (2, ["gap"], 120_000)


async def test_files_of_one_kind_that_follow_one_another_are_one_part(room: Room) -> None:
    """Two that are left as key frames, with the seam of any two files between them."""
    start_ns = room.clock.wall_ns()
    names = [minute(room, "cam01", start_ns + number * (60 * NS_PER_S + 40 * NS_PER_MS)) for number in range(3)]
    room.clock.advance(seconds=300)
    with room.catalogue.write() as tx:
        tx.connection.execute(sa.text("UPDATE segments SET groomed = true"))
        stocktaking.mark_damaged(tx, names[2], room.clock.wall_ns())
    held(room, "h1", "cam01", start_ns, start_ns + 150 * NS_PER_S)
    assert await lacks(room, "h1") == [("groomed", 120_040), ("damaged", 29_920)]
