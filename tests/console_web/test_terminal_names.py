"""No browser can call itself a registered seat: what stands as one in audit, time lines and partes was one."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_web.terminal_names import MARK, self_given
from nvr.catalogue import audit
from nvr.catalogue.users import Role
from tests.console_web.room import Room
from tests.console_web.test_session import log_in

SEATS = ["Puesto 3", "Mesa ñandú"]


@pytest.mark.parametrize(
    ("claimed", "called"),
    [
        ("Puesto 9", "Puesto 9 (sin registrar)"),
        ("Puesto 9 (sin registrar)", "Puesto 9 (sin registrar)"),
        ("Puesto 3", MARK),
        ("  PUESTO-3", MARK),
        ("puesto３", MARK),
        ("Mesa n\u0303andu\u0301", MARK),
        ("Puesto 3 (sin registrar)", MARK),
        ("Puest\u043e 3", "Puest\u043e 3 (sin registrar)"),
        (MARK, MARK),
        ("--", "-- (sin registrar)"),
        ("", ""),
    ],
)
def test_a_name_that_a_browser_gives_itself_is_marked(claimed: str, called: str) -> None:
    assert self_given(claimed, SEATS) == called


@given(st.text(max_size=40))
def test_no_name_is_a_seat_s_and_marking_it_again_changes_nothing(claimed: str) -> None:
    called = self_given(claimed, SEATS)
    assert called not in SEATS
    assert called.endswith(MARK) or not claimed.strip()
    assert self_given(called, SEATS) == called


async def registered(room: Room, name: str) -> httpx.AsyncClient:
    """A browser that is a seat."""
    answer = await room.person(Role.ADMIN).post("/api/terminals", {"number": 3, "name": name})
    assert answer.status_code == 200
    browser = room.client()
    (cookie,) = [each for each in answer.cookies.jar if each.name.endswith("nvr_terminal")]
    browser.cookies.set(cookie.name, cookie.value or "")
    return browser


def terminals_of(room: Room, action: str) -> list[str]:
    with room.catalogue.read() as tx:
        return [record.terminal for record in reversed(audit.read(tx, 100)) if record.action == action]


async def test_only_a_registered_browser_is_that_seat(room: Room) -> None:
    """At the log-in and afterwards, also where it is refused: on the audit and on the page."""
    room.add_user(Role.OPERATOR, name="rosa")
    seat, other = await registered(room, "Puesto 3"), room.client(address="10.0.0.66")
    for browser, claims in ((seat, "Otro"), (other, "Puesto 3"), (other, "puesto  3"), (other, "Puesto 9")):
        browser.headers["x-terminal"] = claims
        assert (await log_in(browser, "rosa", "no es esta, no")).status_code == 401
        assert (await log_in(browser, "rosa")).status_code == 200
    called = ["Puesto 3", MARK, MARK, f"Puesto 9 {MARK}"]
    await room.app.state.parts.sessions.refusals.flush()
    assert terminals_of(room, "login") == terminals_of(room, "login.refused") == called
    assert (await seat.get("/api/session")).json()["terminal"] == "Puesto 3"
    other.headers["x-terminal"] = "Puesto 3"
    assert (await other.get("/api/session")).json()["terminal"] == MARK
    del other.headers["x-terminal"]
    assert (await other.get("/api/session")).json()["terminal"] == MARK, "as sockets and pictures ask"


async def test_a_session_that_is_carried_away_is_no_seat_any_more(room: Room) -> None:
    """It was opened at the seat; the cookie of the seat stayed there, or the seat was forgotten since."""
    room.add_user(Role.OPERATOR, name="rosa")
    seat = await registered(room, "Puesto 3")
    await log_in(seat, "rosa")
    thief = room.client(address="10.0.0.66")
    thief.cookies.set("nvr_session", seat.cookies["nvr_session"])
    assert (await thief.get("/api/session")).json()["terminal"] == MARK
    assert (await seat.get("/api/session")).json()["terminal"] == "Puesto 3"
    assert (await room.person(Role.ADMIN).post("/api/terminals/3/forget")).status_code == 200
    assert (await seat.get("/api/session")).json()["terminal"] == f"Puesto 3 {MARK}"


async def test_no_seat_is_named_like_one_that_is_none(room: Room) -> None:
    answer = await room.person(Role.ADMIN).post("/api/terminals", {"number": 3, "name": f"Puesto 3 {MARK}"})
    assert answer.status_code == 422
    assert "elija otro nombre" in answer.json()["error"]["message"]
