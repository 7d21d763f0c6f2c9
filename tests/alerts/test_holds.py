"""Holds: placed by people and by dispatches, ended by two people or after a warning, never by one alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.desk import Desk
from alerts.holds import Holds
from alerts.records import AlertState
from alerts.storage_alarms import HOLDS_ZONE
from alerts.window import beside
from nvr.app.hold_keeper import HoldKeeper
from nvr.app.rebuild import rebuild
from nvr.catalogue import audit, hold_rows, hold_spans, segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow, HoldState
from nvr.catalogue.segments import SegmentRow
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.config.agencies import PNP
from nvr.errors import Conflict, IllegalStep, InvalidInput, NotFound
from nvr.media import StreamKind
from tests.alerts.facts import ANA, JEFA, LUIS, T0, at

DAY_S = 86_400
MAIN = StreamKind.MAIN
ROOM = Config.model_validate(
    {
        "node": {"holds": {"before_min": 10, "after_min": 5, "neighbours_within_s": 120, "warning_days": 15}},
        "cameras": [
            {
                "id": "cam01",
                "number": 1,
                "name": "Uno",
                "main": {"url": "rtsp://127.0.0.1/1"},
                "neighbours": {"cam02": 60},
            },
            {"id": "cam02", "number": 2, "name": "Dos", "main": {"url": "rtsp://127.0.0.1/2"}},
            {
                "id": "cam03",
                "number": 3,
                "name": "Tres",
                "main": {"url": "rtsp://127.0.0.1/3"},
                "neighbours": {"cam01": 90},
            },
            {
                "id": "cam04",
                "number": 4,
                "name": "Lejos",
                "main": {"url": "rtsp://127.0.0.1/4"},
                "neighbours": {"cam01": 600},
            },
        ],
    }
)


@pytest.fixture
def holds(catalogue: Catalogue, clock: SimulatedClock) -> Holds:
    return Holds(catalogue, ROOM, clock)


def minute(number: int, camera_id: str = "cam01") -> SegmentRow:
    start_ns = at(number * 60)
    return SegmentRow(
        f"{camera_id}-{number:03d}", camera_id, MAIN, T0, start_ns, start_ns + 60 * NS_PER_S,
        f"{camera_id}/{number}.mp4", "h264", 2, 2, 6000, 10, "ab",
    )  # fmt: skip


def held(catalogue: Catalogue, camera_id: str = "cam01") -> list[str]:
    with catalogue.read() as tx:
        return [row.segment_id for row in segments.covering(tx, camera_id, MAIN, 0, at(10**6)) if row.held]


@pytest.fixture
def recorded(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        for camera_id in ("cam01", "cam02"):
            for number in range(10):
                segments.closed(tx, minute(number, camera_id))


def place(holds: Holds, from_s: float = 70, to_s: float = 200, *, expires_s: float | None = None) -> HoldRow:
    ends = None if expires_s is None else at(expires_s)
    (made,) = holds.place(["cam01"], (at(from_s), at(to_s)), "Carpeta fiscal 812", "Oficio 33", ends, ANA)
    return made


@pytest.mark.usefixtures("recorded")
def test_two_people_release_what_one_can_not(holds: Holds, catalogue: Catalogue) -> None:
    hold = place(holds)
    assert held(catalogue) == ["cam01-001", "cam01-002", "cam01-003"]
    with pytest.raises(IllegalStep, match="Nadie pidió"):
        holds.decide_release(hold.hold_id, LUIS, approve=True)
    holds.ask_release(hold.hold_id, "El caso se archivó", ANA)
    assert len(held(catalogue)) == 3, "what is asked for is not given"
    with pytest.raises(Conflict, match="otra persona"):
        holds.decide_release(hold.hold_id, ANA, approve=True)
    with pytest.raises(Conflict, match="ya pidió"):
        holds.ask_release(hold.hold_id, "El caso se archivó", LUIS)
    assert holds.decide_release(hold.hold_id, JEFA, approve=False).state is HoldState.ACTIVE
    assert holds.ask_release(hold.hold_id, "El caso se archivó", ANA).state is HoldState.ASKED
    assert holds.decide_release(hold.hold_id, JEFA, approve=True).state is HoldState.RELEASED
    assert held(catalogue) == []
    with pytest.raises(IllegalStep, match="ya terminó"):
        holds.ask_release(hold.hold_id, "El caso se archivó", ANA)
    with catalogue.read() as tx:
        told = [(record.action, record.actor) for record in audit.read(tx, 100)[::-1]]
    assert told == [
        ("hold.place", ANA.name),
        ("hold.ask_release", ANA.name),
        ("hold.keep", JEFA.name),
        ("hold.ask_release", ANA.name),
        ("hold.release", JEFA.name),
    ]


@pytest.mark.usefixtures("recorded")
def test_a_release_leaves_what_another_hold_touches(holds: Holds, catalogue: Catalogue) -> None:
    first, second = place(holds, 70, 200), place(holds, 190, 400)
    with catalogue.write() as tx:
        segments.keep_whole(tx, "cam01-003")
    holds.ask_release(first.hold_id, "El caso se archivó", ANA)
    holds.decide_release(first.hold_id, JEFA, approve=True)
    assert held(catalogue) == [f"cam01-{number:03d}" for number in (3, 4, 5, 6)]
    with catalogue.read() as tx:
        assert {row.segment_id for row in segments.to_trim(tx, at(10**6), 100)} == set(held(catalogue)), (
            "to be cut anew"
        )
        assert hold_spans.weights_bytes(tx, [first.hold_id, second.hold_id])[second.hold_id] == (400 - 190) * 100
        assert hold_rows.held_bytes(tx) == 4 * 6000
    assert holds.budget().held_bytes == 4 * 6000


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("other", [(220, 300), (10, 65)], ids=["after", "before"])
def test_a_release_leaves_what_another_hold_touches_in_the_same_file(
    holds: Holds, catalogue: Catalogue, other: tuple[float, float]
) -> None:
    """The windows don't overlap; the file in which the one ends and the other begins is both."""
    first, second = place(holds, 70, 200), place(holds, *other)
    holds.ask_release(first.hold_id, "El caso se archivó", ANA)
    holds.decide_release(first.hold_id, JEFA, approve=True)
    wanted = {"cam01-003", "cam01-004"} if other[0] > 200 else {"cam01-000", "cam01-001"}
    assert set(held(catalogue)) == wanted
    with catalogue.write() as tx:
        assert segments.mark_deleting(tx, sorted(wanted)) == []
        shared = "cam01-003" if other[0] > 200 else "cam01-001"
        assert shared in {row.segment_id for row in segments.to_trim(tx, at(10**6), 100)}, "to be cut anew"
    holds.ask_release(second.hold_id, "El caso se archivó", ANA)
    holds.decide_release(second.hold_id, JEFA, approve=True)
    assert held(catalogue) == []


@pytest.mark.usefixtures("recorded")
def test_a_release_leaves_the_file_that_is_being_written_to_who_holds_what_follows(
    holds: Holds, catalogue: Catalogue
) -> None:
    with catalogue.write() as tx:
        hold_rows.store(tx, HoldRow("later", "cam01", at(650), None, "N-2026-000001", "Ana", T0))
    first = place(holds, 500, 640)
    with catalogue.write() as tx:
        opened = replace(minute(10), end_wall_ns=None, size_bytes=None, packets=None, sha256=None, held=True)
        segments.opened(tx, opened)
    holds.ask_release(first.hold_id, "El caso se archivó", ANA)
    holds.decide_release(first.hold_id, JEFA, approve=True)
    assert held(catalogue) == ["cam01-010"]


@pytest.mark.usefixtures("recorded")
def test_a_hold_ends_by_itself_only_after_a_warning_that_stood(
    holds: Holds, catalogue: Catalogue, clock: SimulatedClock
) -> None:
    started_ns = clock.wall_ns()
    hold = replace(place(holds), expires_wall_ns=started_ns + 40 * DAY_S * NS_PER_S)
    with catalogue.write() as tx:
        hold_rows.store(tx, hold)
    desk = Desk(catalogue, ROOM, clock)

    def alarms() -> list[str]:
        return [alert.zone for alert in desk.alerts(list(AlertState), 100)[1]]

    holds.step()
    assert alarms() == []
    clock.advance(seconds=60 * DAY_S)  # the machine was off when the warning was due
    assert holds.step() == []
    assert alarms() == [HOLDS_ZONE]
    clock.advance(seconds=14 * DAY_S)
    assert holds.step() == []
    assert held(catalogue)
    clock.advance(seconds=2 * DAY_S)
    assert [each.state for each in holds.step()] == [HoldState.EXPIRED]
    assert held(catalogue) == []
    assert holds.listing(ended=False).holds == []
    assert [row.ended_by for row, _ in holds.listing(ended=True).holds] == ["sistema"]


def test_a_hold_is_prolonged_and_never_shortened(holds: Holds, clock: SimulatedClock) -> None:
    now_s = (clock.wall_ns() - T0) / NS_PER_S
    hold = place(holds, expires_s=now_s + 40 * DAY_S)
    with pytest.raises(IllegalStep, match="no se acorta"):
        holds.prolong(hold.hold_id, at(now_s + 30 * DAY_S), ANA)
    assert holds.prolong(hold.hold_id, at(now_s + 90 * DAY_S), ANA).expires_wall_ns == at(now_s + 90 * DAY_S)
    assert holds.prolong(hold.hold_id, None, ANA).expires_wall_ns is None
    with pytest.raises(IllegalStep):
        holds.prolong(hold.hold_id, at(now_s + 90 * DAY_S), ANA)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"window_ns": (at(5), at(5))}, InvalidInput),
        ({"window_ns": (at(5), at(61 * DAY_S))}, InvalidInput),
        ({"camera_ids": []}, InvalidInput),
        ({"camera_ids": ["cam99"]}, NotFound),
        ({"reason": "corto"}, InvalidInput),
        ({"expires_wall_ns": at(DAY_S)}, InvalidInput),
    ],
)
def test_what_can_not_be_held_is_refused_whole(
    holds: Holds, catalogue: Catalogue, change: dict[str, object], fault: type[Exception]
) -> None:
    form: dict[str, object] = {
        "camera_ids": ["cam01", "cam02"], "window_ns": (at(0), at(60)), "reason": "Carpeta fiscal 812",
        "authority": "", "expires_wall_ns": None, "actor": ANA,
    }  # fmt: skip
    with pytest.raises(fault):
        holds.place(**form | change)  # type: ignore[arg-type]
    with catalogue.read() as tx:
        assert hold_rows.every(tx) == []


def test_a_dispatch_holds_its_camera_and_those_beside_it(catalogue: Catalogue, clock: SimulatedClock) -> None:
    desk = Desk(catalogue, ROOM, clock)
    occurred_ns = clock.wall_ns()
    incident = desk.open_incident("cam01", occurred_ns, "PAT-ROBO", 1, "", ANA)
    with catalogue.read() as tx:
        (own,) = hold_rows.of_incident(tx, incident.incident_id)
    assert (own.hold_id, own.camera_id, own.reason) == (incident.incident_id, "cam01", incident.number)
    minute_ns = 60 * NS_PER_S
    assert (own.from_wall_ns, own.to_wall_ns) == (occurred_ns - 10 * minute_ns, occurred_ns + 15 * minute_ns)
    for number in range(2):
        desk.dispatch_incident(incident.incident_id, ANA, PNP, "", f"key-0000000{number}")
    with catalogue.read() as tx:
        beside_it = {hold.camera_id: hold for hold in hold_rows.of_incident(tx, incident.incident_id)}
    assert sorted(beside_it) == ["cam01", "cam02", "cam03"], "cam04 is too far, and a second dispatch adds none"
    assert beside_it["cam03"].to_wall_ns == occurred_ns + 15 * minute_ns + 90 * NS_PER_S
    assert beside(ROOM.cameras, "cam02", 300) == {"cam01": 60}, "whichever of the two names the other"


@pytest.mark.parametrize("way", ["restored", "rebuilt"])
def test_no_number_is_given_out_twice_by_a_catalogue_that_was_restored_or_made_anew(
    tmp_path: Path, clock: SimulatedClock, way: str
) -> None:
    """Papers with the numbers since the copy are with the prosecutor."""

    def opened(catalogue: Catalogue) -> str:
        return Desk(catalogue, ROOM, clock).open_incident("cam01", clock.wall_ns(), "PAT-ROBO", 1, "", ANA).number

    recordings = tmp_path / "data" / "recordings"
    recordings.mkdir(parents=True)
    with (
        closing(Catalogue(f"sqlite:///{tmp_path}/before.sqlite", clock)) as before,
        closing(Catalogue(f"sqlite:///{tmp_path}/after.sqlite", clock)) as after,
    ):
        given = [opened(before)]
        if way == "restored":
            assert opened(after) == given[0], "the copy was made then"
        given += [opened(before), opened(before)]
        HoldKeeper(before, recordings).keep()
        if way == "restored":
            HoldKeeper(after, recordings).keep()
        else:
            rebuild(recordings, after)
        assert opened(after) not in given
        year = given[0][2:6]
        assert [given[-1], opened(after)] == [f"N-{year}-000003", f"N-{year}-000005"]


def test_who_notes_holds_is_told_which_were_stored_once_they_are(catalogue: Catalogue, clock: SimulatedClock) -> None:
    told: list[set[str]] = []
    catalogue.on_holds(told.append)
    made = place(Holds(catalogue, ROOM, clock))
    assert told == [{made.hold_id}]
