"""The desk's smaller pure rules: flood, shares, the shelf, shifts, places that callers tell."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import flood, shelving
from alerts.calls import Call, CallOrigin
from alerts.flood import Flood
from alerts.nearby import named, nearest
from alerts.room import Seat, duties_due
from alerts.shares import share_out
from alerts.shelving import Shelving
from alerts.shifts import shift_at, shifts_of
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.config.shifts import THREE
from nvr.errors import IllegalStep, InvalidInput
from tests.alerts.facts import at

CAMERAS = [f"cam{number:02d}" for number in range(1, 43)]

people_st = st.lists(st.sampled_from([f"u{number}" for number in range(12)]), unique=True, max_size=12)


@given(people=people_st, before=st.dictionaries(st.sampled_from(CAMERAS), st.sampled_from(["u0", "u3", "u9", "gone"])))
def test_shares_are_even_and_whole_where_everybody_sees_all(people: list[str], before: dict[str, str]) -> None:
    shares = share_out(CAMERAS, dict.fromkeys(people), before)
    if not people:
        assert shares == {}
        return
    assert list(shares) == CAMERAS, "a camera that is nobody's"
    counts = Counter(shares.values())
    assert max(counts.values()) - min(counts[person] for person in people) <= 1
    # Nobody loses a camera that fairness lets him keep: what moves is what was over somebody's share, or whose owner is gone.
    kept = sum(shares[camera] == person for camera, person in before.items())
    least, extra = divmod(len(CAMERAS), len(people))
    had = Counter(person for person in before.values() if person in people)
    over = sum(max(0, count - least) for count in had.values())
    assert kept >= sum(had.values()) - over
    assert extra >= 0


@given(
    reach=st.dictionaries(
        st.sampled_from(["u0", "u1", "u2", "u3"]),
        st.one_of(st.none(), st.frozensets(st.sampled_from(CAMERAS[:10]))),
        max_size=4,
    ),
    before=st.dictionaries(st.sampled_from(CAMERAS[:10]), st.sampled_from(["u0", "u1", "u2", "u3"])),
)
def test_no_camera_is_nobodys_while_somebody_may_see_it(
    reach: dict[str, frozenset[str] | None], before: dict[str, str]
) -> None:
    cameras = CAMERAS[:10]
    shares = share_out(cameras, reach, before)
    for camera in cameras:
        able = [person for person, seen in reach.items() if seen is None or camera in seen]
        assert (shares.get(camera) in able) if able else camera not in shares
    # As even as can be: no single camera could go to somebody with two fewer.
    loads = Counter(shares.values())
    for camera, person in shares.items():
        for other, seen in reach.items():
            if seen is None or camera in seen:
                assert loads[other] >= loads[person] - 1
    assert share_out(cameras, reach, shares) == shares, "dealt again, it moves"


def test_when_one_leaves_only_his_cameras_move() -> None:
    people = ["u0", "u1", "u2", "u3"]
    before = share_out(CAMERAS, dict.fromkeys(people), {})
    after = share_out(CAMERAS, dict.fromkeys(people[:3]), before)
    assert {camera for camera in CAMERAS if before[camera] != after[camera]} == {
        camera for camera in CAMERAS if before[camera] == "u3"
    }


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), st.integers(1, 120)), max_size=40))
def test_a_flood_begins_above_ten_each_and_ends_only_in_calm(steps: list[tuple[int, int, int]]) -> None:
    mode, now_s, calm_s = Flood(), 0, 0
    for alerts, operators, pause_s in steps:
        now_s += pause_s
        rate = alerts / max(1, operators)
        before, mode = mode, flood.step(mode, alerts, operators, at(now_s))
        if rate > flood.ENTER_ABOVE:
            assert mode.on
        if before.on and not mode.on:
            assert rate <= flood.LEAVE_AT
            assert now_s - calm_s >= 60
        if not before.on and mode.on:
            assert rate > flood.ENTER_ABOVE
        calm_s = calm_s if rate <= flood.LEAVE_AT and before.calm_wall_ns is not None else now_s


def test_chattering_shelves_for_a_quarter_of_an_hour_but_never_priority_1() -> None:
    starts = [at(second) for second in (1, 20, 40)]
    assert shelving.chatters(starts, at(40)) == 3
    assert shelving.chatters(starts, at(61)) == 0, "the first was more than a minute ago"

    def shelve(newest: Shelving | None, priority: int, now_s: float) -> Shelving | None:
        return shelving.shelve(
            newest, shelving_id="s", source=("cam01", "calle"), starts=3, priority=priority, now_wall_ns=at(now_s)
        )

    assert shelve(None, 1, 40) is None
    made = shelve(None, 2, 40)
    assert made is not None
    assert made.until_wall_ns - made.since_wall_ns <= 15 * 60 * NS_PER_S
    assert made.in_force(at(41))
    assert not made.in_force(at(40 + 900))
    assert not made.in_force(at(39 - 3600)), "a clock that stepped back ends it"
    assert shelve(made, 2, 50) is None
    taken_off = shelving.end(made, "Ana", at(60))
    assert shelve(taken_off, 2, 70) is None, "what a person took off the shelf stays off for a while"
    assert shelve(taken_off, 2, 60 + 901) is not None
    run_out = shelving.end(made, "sistema", at(940))
    assert shelve(run_out, 2, 941) is not None
    with pytest.raises(IllegalStep, match="Ana"):
        shelving.end(taken_off, "Luis", at(80))


def local(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Lima")).timestamp()) * NS_PER_S


@pytest.mark.parametrize(
    ("moment", "key"),
    [
        ("2026-11-26T06:59:59", "2026-11-25/23-07"),
        ("2026-11-26T07:00:00", "2026-11-26/07-15"),
        ("2026-11-26T22:59:59", "2026-11-26/15-23"),
        ("2026-11-26T23:30:00", "2026-11-26/23-07"),
        ("2026-11-27T00:30:00", "2026-11-26/23-07"),
    ],
)
def test_shifts_of_cajamarca(moment: str, key: str) -> None:
    shift = shift_at(local(moment), THREE, "America/Lima")
    assert shift.key == key
    assert shift.from_wall_ns <= local(moment) < shift.to_wall_ns
    assert shift.to_wall_ns - shift.from_wall_ns == 8 * 3600 * NS_PER_S
    assert shift.closing(shift.to_wall_ns - 1800 * NS_PER_S)
    assert not shift.closing(shift.to_wall_ns - 1801 * NS_PER_S)


@given(st.integers(0, 4_000_000_000), st.sampled_from(["America/Lima", "Europe/Madrid", "America/Santiago"]))
def test_shifts_follow_one_another_without_a_hole_even_where_clocks_change(second: int, timezone: str) -> None:
    shift = shift_at(second * NS_PER_S, THREE, timezone)
    assert shift.from_wall_ns <= second * NS_PER_S < shift.to_wall_ns
    assert shift_at(shift.to_wall_ns, THREE, timezone).from_wall_ns == shift.to_wall_ns
    assert shift_at(shift.to_wall_ns - 1, THREE, timezone) == shift
    assert shift in shifts_of(shift.day, THREE, timezone)


def test_duties_bind_person_terminal_and_shift() -> None:
    ana, luis = Seat("u1", "Ana", "operator", "Puesto 1"), Seat("u2", "Luis", "operator", "Puesto 2")
    known = [{"duty_id": "d1", "user_id": "u1", "terminal": "Puesto 1", "shift": "s1"}]
    assert duties_due([ana], "s1", known) == ([], [])
    assert duties_due([ana, luis], "s1", known) == ([luis], [])
    assert duties_due([ana], "s2", known) == ([ana], ["d1"]), "the shift changes under him"
    assert duties_due([], "s1", known) == ([], ["d1"])


def places() -> Config:
    names = ["Jr. 11 de Febrero con Jr. Revilla Pérez", "Jr. Amazonas Con Jr. Leguía", "Plaza de Armas"]
    return Config.model_validate(
        {
            "cameras": [
                {"id": f"cam{n}", "number": n, "name": name, "main": {"url": f"rtsp://h/{n}"}, "location": [-7.15 - n / 100, -78.5]}
                for n, name in enumerate(names, 1)
            ]
        }
    )  # fmt: skip


def test_a_callers_place_finds_its_cameras() -> None:
    cameras = places().cameras
    assert [near.camera.number for near in named(cameras, "en jirón amazonas, cerca de LEGUIA", 5)] == [2]
    assert [near.camera.number for near in named(cameras, "Revilla Perez", 5)] == [1]
    assert named(cameras, "Jr.", 5) == []
    assert named(cameras, "Baños del Inca", 5) == []
    found = nearest(cameras, -7.181, -78.5, 2)
    assert [near.camera.number for near in found] == [3, 2]
    assert found[0].metres == pytest.approx(111, abs=2)


def test_a_call_says_a_place_and_withholds_what_it_likes() -> None:
    call = Call(CallOrigin.EMERGENCY, "", "", "Jr. Amazonas 450\x00", location=(-7.16, -78.51))
    assert call.detail() == {"origin": "911", "place": "Jr. Amazonas 450", "location": "-7.160000, -78.510000"}
    with pytest.raises(InvalidInput):
        Call(CallOrigin.OWN, "Juana", "1", " ").detail()
    with pytest.raises(InvalidInput):
        Call(CallOrigin.OWN, "Juana", "1", "x", location=(91.0, 0.0)).detail()
