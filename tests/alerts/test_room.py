"""The room as the screens show it: no camera is nobody's in silence, who is idle is said only while alerts wait, and offers go to who is at work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.leases import asked
from alerts.presence import IDLE_NS, Person, Present
from alerts.room import Counts, Duty, Room, duties_due, floor_of, room_now
from alerts.shifts import Shift
from nvr.clock import NS_PER_S
from tests.alerts.facts import T0
from tests.alerts.test_leases import waiting

SHIFT = Shift("2026-09-21", "07-15", T0, T0 + 8 * 3600 * NS_PER_S)
CAMERAS = ("cam01", "cam02", "cam03", "cam04")
CALM = Counts(waiting={}, presented=0, stale=0)


def here(user_id: str, role: str = "operator", *, cameras: frozenset[str] | None = None, idle: bool = False) -> Present:
    return Present(Person(user_id, user_id.title(), role, f"Puesto {user_id}", cameras), IDLE_NS if idle else 0)


def before_whom(found: Room, camera_id: str = "cam01") -> set[str]:
    """Who is asked for an alert of that camera."""
    return {each.user_id for each in asked(waiting(camera_id=camera_id), floor_of(found, {}))}


def room(*present: Present, before: Room | None = None, counts: Counts = CALM, at_ns: int = T0) -> Room:
    return room_now(before or Room(), present, {"ana": Duty("Puesto 3", 1)}, CAMERAS, counts, SHIFT, at_ns)


@given(
    st.lists(
        st.tuples(st.sampled_from(["operator", "supervisor"]), st.none() | st.frozensets(st.sampled_from(CAMERAS))),
        min_size=1,
        max_size=5,
    )
)
def test_a_camera_is_somebodys_or_is_named_as_nobodys(people: list[tuple[str, frozenset[str] | None]]) -> None:
    found = room(*(here(f"u{n}", role, cameras=cameras) for n, (role, cameras) in enumerate(people)))
    assert sorted([*found.shares, *found.unwatched]) == list(CAMERAS)
    for camera in CAMERAS:
        able = {role for role, cameras in people if cameras is None or camera in cameras}
        assert (camera in found.unwatched) is (not able)
        if able:
            whose = next(seat for seat in found.seats if seat.user_id == found.shares[camera])
            assert whose.role == ("operator" if "operator" in able else "supervisor")
            assert whose.cameras is None or camera in whose.cameras


def test_a_supervisor_watches_only_where_no_operator_is() -> None:
    alone = room(here("rosa", "supervisor"))
    assert set(alone.shares.values()) == {"rosa"}
    both = room(here("ana"), here("rosa", "supervisor"), before=alone)
    assert set(both.shares.values()) == {"ana"}


def test_an_empty_room_keeps_whose_cameras_they_were_and_complains_of_nothing() -> None:
    before = room(here("ana"), here("luis"))
    empty = room(before=before, counts=Counts({1: 2}, 0, 3))
    assert (empty.shares, empty.unwatched, empty.shift, empty.stale) == (before.shares, (), "", 0)
    assert room(here("ana"), here("luis"), before=empty).shares == before.shares


@pytest.mark.parametrize("those", [{}, {3: 1}])
def test_who_touches_nothing_is_named_only_while_alerts_wait_and_gets_no_offers(those: dict[int, int]) -> None:
    found = room(here("ana", idle=True), here("luis"), counts=Counts(those, 0, 0))
    assert [seat.user_id for seat in found.seats if seat.idle] == (["ana"] if those else [])
    assert before_whom(found) == ({"luis"} if those else {"ana", "luis"})


def test_who_touches_nothing_with_an_alert_in_his_hands_is_named_too() -> None:
    found = room(here("ana", idle=True), here("luis", idle=True), counts=Counts({}, 0, 0, in_hand={"ana"}))
    assert [seat.user_id for seat in found.seats if seat.idle] == ["ana"]


def test_where_all_are_idle_alerts_stand_before_them_all_the_same() -> None:
    found = room(here("ana", idle=True), here("luis", idle=True), counts=Counts({2: 1}, 0, 0))
    assert before_whom(found) == {"ana", "luis"}


def test_what_no_operator_may_see_is_the_supervisors_to_take() -> None:
    """One operator with a list of cameras, and a supervisor who sees all."""
    found = room(here("ana", cameras=frozenset({"cam02"})), here("rosa", "supervisor"))
    assert (before_whom(found, "cam01"), before_whom(found, "cam02")) == ({"rosa"}, {"ana"})
    assert (found.shares["cam01"], found.shares["cam02"], found.unwatched) == ("rosa", "ana", ())
    idle = Counts({3: 1}, 0, 0)
    away = room(here("ana", cameras=frozenset({"cam02"}), idle=True), here("rosa", "supervisor"), counts=idle)
    assert before_whom(away, "cam02") == {"ana"}, "she is named to the supervisor, whose turn it is not"


def test_the_last_half_hour_is_said_and_what_is_open_for_longer_than_a_shift_is_counted() -> None:
    late_ns = SHIFT.to_wall_ns - 30 * 60 * NS_PER_S
    assert not room(here("ana"), at_ns=late_ns - 1).closing
    found = room(here("ana"), at_ns=late_ns, counts=Counts({}, 0, 7))
    assert (found.closing, found.stale, found.shift) == (True, 7, "2026-09-21/07-15")
    assert (found.seats[0].level, found.seats[0].post) == (1, "Puesto 3"), "as the roster says"


def test_what_waits_is_counted_by_priority_in_a_flood_alone() -> None:
    counted = {1: 2, 2: 0, 3: 40}
    assert room(here("ana"), counts=Counts(counted, 10, 0)).waiting == {}
    flooded = room(here("ana"), counts=Counts(counted, 11, 0))
    assert (flooded.flood.on, flooded.waiting) == (True, {"1": 2, "2": 0, "3": 40})


def test_a_duty_is_one_person_at_one_terminal_in_one_shift() -> None:
    seats = room(here("ana")).seats
    known = {"duty_id": "d1", "user_id": "ana", "terminal": "Puesto ana", "shift": SHIFT.key}
    assert duties_due(seats, SHIFT.key, [known]) == ([], [])
    for other in ({"user_id": "luis"}, {"terminal": "Puesto 9"}, {"shift": "2026-09-20/23-07"}):
        assert duties_due(seats, SHIFT.key, [known | other]) == (list(seats), ["d1"]), other
