"""Log-in, sessions, CSRF and Origin over HTTP."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter

import httpx
import pytest

from console_web.auth import ABSOLUTE_NS, IDLE_NS
from nvr.catalogue import audit, sessions
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S
from tests.console_web.room import PASSWORD, Room


async def log_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/login", json={"name": name, "password": password})


async def test_a_log_in_opens_a_session_that_answers_who_one_is(room: Room) -> None:
    """The cookie alone suffices afterwards; the answer carries the CSRF token, never the session's."""
    room.add_user(Role.OPERATOR, name="rosa")
    client = room.client()
    answer = await log_in(client, "ROSA ")
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"]["name"] == "rosa"
    assert body["idle_lock_s"] == 600
    assert client.cookies["nvr_session"] not in answer.text
    assert (await client.get("/api/session")).json()["csrf_token"] == body["csrf_token"]
    assert "password_hash" not in answer.text
    assert "$argon2" not in answer.text


async def test_a_dispatch_board_never_locks_itself(room: Room) -> None:
    """It is watched without a key for hours, and must show the next dispatch at once."""
    room.add_user(Role.DISPATCHER, name="base", agency="serenazgo")
    assert (await log_in(room.client(), "base")).json()["idle_lock_s"] == 0


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(room: Room) -> None:
    """HttpOnly, SameSite=Strict, the whole path, no Domain, and gone with the browser."""
    room.add_user(Role.OPERATOR, name="rosa")
    cookie = (await log_in(room.client(), "rosa")).headers["set-cookie"]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert attributes == {"httponly", "samesite=strict", "path=/"}


async def test_only_a_hash_of_the_cookie_is_stored(room: Room) -> None:
    """Who reads the database can't take a session over."""
    user = room.add_user(Role.OPERATOR, name="rosa")
    client = room.client()
    await log_in(client, "rosa")
    token = client.cookies["nvr_session"]
    assert len(token) >= 43  # 256 bits in base 64
    with room.catalogue.read() as tx:
        (stored,) = sessions.of_user(tx, user.user_id)
    assert stored.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr(stored)


async def test_unknown_names_wrong_passwords_and_disabled_people_get_one_answer(room: Room) -> None:
    """Nothing tells which it was."""
    user = room.add_user(Role.OPERATOR, name="rosa")
    disabled = room.add_user(Role.OPERATOR, name="luis")
    room.change_user(disabled, enabled=False)
    answers = [
        await log_in(room.client(), "nadie"),
        await log_in(room.client(), user.name, "otra cosa del todo"),
        await log_in(room.client(), "luis"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


async def test_an_unknown_name_costs_a_password_verification(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the time of the answer would tell who exists."""
    asked: list[str] = []
    from console_web import passwords

    real = passwords._hasher.verify

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            asked.append(hashed)
            return real(hashed, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    await log_in(room.client(), "nadie")
    assert len(asked) == 1
    # The same cost as a real one's: version and parameters of the hash are alike.
    from tests.console_web.room import password_hash

    assert asked[0].split("$")[1:4] == password_hash().split("$")[1:4]


async def test_five_tries_and_no_more_but_only_for_that_name_from_there(room: Room) -> None:
    """The sixth is refused even with the right password; other addresses and other names go on; the window ends."""
    room.add_user(Role.OPERATOR, name="rosa")
    room.add_user(Role.OPERATOR, name="luis")
    client = room.client(address="10.0.0.7")
    for _ in range(5):
        assert (await log_in(client, "rosa", "no es esta, no")).status_code == 401
    refused = await log_in(client, "Rosa")
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "too_many"
    assert 0 < int(refused.headers["retry-after"]) <= 301
    assert (await log_in(client, "luis")).status_code == 200
    assert (await log_in(room.client(address="10.0.0.8"), "rosa")).status_code == 200
    room.clock.advance(seconds=301)
    assert (await log_in(client, "rosa")).status_code == 200


async def test_a_flood_of_log_ins_from_one_address_leaves_room_for_the_others(room: Room) -> None:
    """Each costs an Argon2 hash, one at a time: names without end from one machine must not lock the room out, nor wash tries out of memory."""
    room.add_user(Role.OPERATOR, name="rosa")
    attacker, other = room.client(address="10.0.0.7"), room.client(address="10.0.0.8")
    flood = [asyncio.create_task(log_in(attacker, f"nadie{number}")) for number in range(20)]
    await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
    assert (await log_in(other, "rosa")).status_code == 200
    statuses = Counter([(await answer).status_code for answer in flood])
    assert statuses.keys() == {401, 429}
    assert statuses[401] <= 16
    refused = next(number for number, answer in enumerate(flood) if answer.result().status_code == 429)
    for _ in range(5):
        assert (await log_in(attacker, f"nadie{refused}")).status_code == 401, (
            "a refusal for want of room counted as a try"
        )


async def test_a_log_in_makes_a_new_token_and_ends_the_session_that_the_browser_brought(room: Room) -> None:
    """Session fixation: a token that somebody planted before is worth nothing after."""
    person = room.person(Role.OPERATOR)
    planted = room.client()
    planted.cookies.set("nvr_session", person.token)
    answer = await log_in(planted, person.user.name)
    fresh = answer.cookies["nvr_session"]
    assert fresh != person.token
    assert (await person.get("/api/session")).status_code == 401

    made_up = room.client()
    made_up.cookies.set("nvr_session", "x" * 43)
    answer = await log_in(made_up, person.user.name)
    assert answer.cookies["nvr_session"] != "x" * 43


async def test_a_session_ends_when_idle_and_after_a_shift(room: Room) -> None:
    """Each request keeps it alive, but not beyond its absolute end."""
    user = room.add_user(Role.OPERATOR)
    person = room.sign_in(user)
    room.clock.advance(seconds=IDLE_NS / NS_PER_S - 1)
    assert (await person.get("/api/session")).status_code == 200
    room.clock.advance(seconds=IDLE_NS / NS_PER_S - 1)
    assert (await person.get("/api/session")).status_code == 200
    room.clock.advance(seconds=IDLE_NS / NS_PER_S)
    assert (await person.get("/api/session")).status_code == 401

    busy = room.sign_in(user)
    step_s = IDLE_NS / NS_PER_S / 2
    elapsed_s = 0.0
    while elapsed_s + step_s < ABSOLUTE_NS / NS_PER_S:
        room.clock.advance(seconds=step_s)
        elapsed_s += step_s
        assert (await busy.get("/api/session")).status_code == 200
    room.clock.advance(seconds=step_s)
    assert (await busy.get("/api/session")).status_code == 401


async def test_disabling_changing_role_and_taking_cameras_away_count_at_once(room: Room) -> None:
    """The next request sees the user as he is, not as he was when he logged in."""
    person = room.person(Role.OPERATOR)
    assert len((await person.get("/api/cameras")).json()) == 3
    room.change_user(person.user, cameras=("cam02",))
    assert [camera["camera_id"] for camera in (await person.get("/api/cameras")).json()] == ["cam02"]
    room.change_user(person.user, role=Role.ADMIN)
    assert (await person.get("/api/alerts?state=new")).status_code == 403
    room.change_user(person.user, enabled=False)
    assert (await person.get("/api/session")).status_code == 401


async def test_log_out_ends_the_session_and_gives_alerts_back(room: Room) -> None:
    """The cookie is worth nothing afterwards; what he had taken is free again."""
    person = room.person(Role.OPERATOR)
    alert_id = room.alert("cam01")
    assert (await person.post(f"/api/alerts/{alert_id}/take")).json()["owner_id"] == person.user.user_id
    assert (await person.post("/api/logout")).status_code == 204
    assert (await person.get("/api/session")).status_code == 401
    assert room.desk.alert(alert_id).state == "new"


@pytest.mark.parametrize("token", [None, "", "wrong", "é".encode("latin-1").decode("latin-1")])
async def test_a_change_needs_the_csrf_token(room: Room, token: str | None) -> None:
    """The cookie alone, which a browser sends by itself, is not enough."""
    person = room.person(Role.OPERATOR)
    alert_id = room.alert("cam01")
    del person.client.headers["x-csrf-token"]
    headers = {} if token is None else {"x-csrf-token": token.encode("latin-1")}
    answer = await person.client.post(f"/api/alerts/{alert_id}/take", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert room.desk.alert(alert_id).state == "new"


async def test_another_sessions_csrf_token_is_no_good(room: Room) -> None:
    """It belongs to one session."""
    person, other = room.person(Role.OPERATOR), room.person(Role.OPERATOR)
    alert_id = room.alert("cam01")
    answer = await person.post(f"/api/alerts/{alert_id}/take", headers={"x-csrf-token": other.csrf})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1", "http://127.0.0.1.evil.example"],
)
async def test_a_change_from_a_foreign_page_is_refused(room: Room, origin: str | None) -> None:
    """Also where everything else is right; log-in too (a page could log its visitor in as somebody else)."""
    person = room.person(Role.OPERATOR)
    alert_id = room.alert("cam01")
    headers = {} if origin is None else {"origin": origin}
    del person.client.headers["origin"]
    assert (await person.post(f"/api/alerts/{alert_id}/take", headers=headers)).status_code == 403
    foreign = room.client(origin=origin)
    if origin is None:
        assert "origin" not in foreign.headers
    assert (await log_in(foreign, person.user.name)).status_code == 403


async def test_two_origin_headers_are_none(room: Room) -> None:
    """Of two the wrong one might be looked at."""
    person = room.person(Role.OPERATOR)
    del person.client.headers["origin"]
    headers = [("origin", room.origin), ("origin", "http://evil.example"), ("x-csrf-token", person.csrf)]
    answer = await person.client.post("/api/logout", headers=headers)
    assert answer.status_code == 403


async def test_a_one_time_password_must_be_changed_before_anything_else(room: Room) -> None:
    """Only the session, the change and log-out answer until then; afterwards everything does, under a new token."""
    user = room.add_user(Role.OPERATOR, name="rosa", must_change_password=True)
    person, elsewhere = room.sign_in(user), room.sign_in(user)
    assert (await person.get("/api/cameras")).status_code == 403
    assert (await person.get("/api/session")).json()["user"]["must_change_password"] is True
    new = "los cuyes de la abuela"
    answer = await person.post("/api/session/password", {"current": PASSWORD, "new": new})
    assert answer.status_code == 200
    assert answer.json()["user"]["must_change_password"] is False
    assert answer.cookies["nvr_session"] != person.token
    person.client.headers["x-csrf-token"] = answer.json()["csrf_token"]
    assert (await person.get("/api/cameras")).status_code == 200
    assert (await elsewhere.get("/api/session")).status_code == 401
    old = room.client()
    old.cookies.set("nvr_session", person.token)
    assert (await old.get("/api/session")).status_code == 401
    assert (await log_in(room.client(), "rosa", new)).status_code == 200
    assert (await log_in(room.client(), "rosa")).status_code == 401


@pytest.mark.parametrize(
    ("current", "new", "status"),
    [
        ("no es la mía de hoy", "los cuyes de la abuela", 403),
        (PASSWORD, "corta", 422),
        (PASSWORD, "Cajamarca2026!", 422),
        (PASSWORD, PASSWORD, 422),
        (PASSWORD, "rosa va a caballo", 422),
    ],
)
async def test_a_password_change_that_is_refused_changes_nothing(
    room: Room, current: str, new: str, status: int
) -> None:
    """Wrong current one, too short, known, the same, or with one's name in it."""
    person = room.person(Role.OPERATOR, name="rosa")
    answer = await person.post("/api/session/password", {"current": current, "new": new})
    assert answer.status_code == status
    assert (await person.get("/api/session")).status_code == 200
    assert (await log_in(room.client(), "rosa")).status_code == 200


async def test_the_current_password_can_not_be_guessed_over_a_stolen_session(room: Room) -> None:
    """Five tries, as at the door."""
    person = room.person(Role.OPERATOR)
    statuses = [
        (
            await person.post("/api/session/password", {"current": f"intento {i}", "new": "los cuyes de la abuela"})
        ).status_code
        for i in range(6)
    ]
    assert statuses == [403] * 5 + [429]


async def test_comings_and_goings_stand_in_the_audit_without_secrets(room: Room) -> None:
    """Who, from where, and that it failed; never what was typed as a password."""
    room.add_user(Role.OPERATOR, name="rosa")
    client = room.client(address="10.1.1.1")
    client.headers["x-terminal"] = "Puesto%20%C3%B1and%C3%BA"
    await log_in(client, "rosa", "una clave equivocada")
    await log_in(client, "rosa")
    client.headers["x-csrf-token"] = (await client.get("/api/session")).json()["csrf_token"]
    await client.post("/api/logout")
    with room.catalogue.read() as tx:
        records = audit.read(tx, 10)
    assert [record.action for record in records] == ["logout", "login", "login.refused"]
    assert {record.terminal for record in records} == {"Puesto ñandú (sin registrar)"}
    assert {record.address for record in records} == {"10.1.1.1"}
    assert "equivocada" not in repr(records)
    assert PASSWORD not in repr(records)
