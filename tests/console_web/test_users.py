"""People: made, changed and shut out by an admin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nvr.catalogue import audit, users
from nvr.catalogue.users import Role
from tests.console_web.room import Person, Room
from tests.console_web.test_session import log_in

NEW: dict[str, Any] = {"name": "rosa", "full_name": "Rosa Quispe", "role": "operator"}


async def test_a_new_person_logs_in_with_the_password_that_is_shown_once(room: Room) -> None:
    """And must change it; it stands nowhere else."""
    admin = room.person(Role.ADMIN)
    made = await admin.post("/api/users", NEW)
    assert made.status_code == 201
    password = made.json()["password"]
    assert made.json()["user"]["must_change_password"] is True
    session = await log_in(room.client(), "rosa", password)
    assert session.status_code == 200
    listed = (await admin.get("/api/users")).json()["items"]
    assert [user["name"] for user in listed if user["role"] == "operator"] == ["rosa"]
    with room.catalogue.read() as tx:
        assert password not in repr(audit.read(tx, 50))
    assert password not in repr(listed)


@pytest.mark.parametrize("name", ["rosa", "ROSA", " ｒｏｓａ"])
async def test_names_that_look_alike_are_one(room: Room, name: str) -> None:
    """Case, width and spaces don't make another person."""
    admin = room.person(Role.ADMIN)
    await admin.post("/api/users", NEW)
    answer = await admin.post("/api/users", NEW | {"name": name.strip()})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "conflict"


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "dispatcher"},
        {"role": "operator", "agency": "pnp"},
        {"cameras": ["cam99"]},
        {"cameras": ["cam01", "../x"]},
        {"name": "a\u202eb"},
        {"name": "<script>"},
        {"name": ""},
        {"role": "root"},
    ],
)
async def test_people_that_make_no_sense_are_refused(room: Room, wrong: dict[str, Any]) -> None:
    """On making and on changing alike."""
    admin = room.person(Role.ADMIN)
    user = room.add_user(Role.OPERATOR)
    assert (await admin.post("/api/users", NEW | wrong)).status_code == 422
    assert (await admin.post(f"/api/users/{user.user_id}", wrong)).status_code == 422


async def test_a_change_leaves_what_it_does_not_name(room: Room) -> None:
    """Null is said, not implied: cameras null means all of them."""
    admin = room.person(Role.ADMIN)
    user = room.add_user(Role.OPERATOR, name="rosa", cameras=("cam01",))
    path = f"/api/users/{user.user_id}"
    changed = (await admin.post(path, {"full_name": "Rosa Q."})).json()
    assert changed == {
        "user_id": user.user_id, "name": "rosa", "full_name": "Rosa Q.", "role": "operator", "agency": None, "cameras": ["cam01"],
        "enabled": True, "must_change_password": False,
    }  # fmt: skip
    assert (await admin.post(path, {"cameras": None})).json()["cameras"] is None
    changed = (await admin.post(path, {"role": "dispatcher", "agency": "serenazgo", "cameras": ["cam02"]})).json()
    assert (changed["role"], changed["agency"], changed["cameras"]) == ("dispatcher", "serenazgo", ["cam02"])
    for field in ("name", "full_name", "role", "enabled"):
        assert (await admin.post(path, {field: None})).status_code == 422


async def test_who_is_disabled_is_out_at_once_and_his_alerts_are_free(room: Room) -> None:
    """Session gone, log-in refused, what he had taken back in the queue."""
    admin, person = room.person(Role.ADMIN), room.person(Role.OPERATOR)
    alert_id = room.alert("cam01")
    await person.post(f"/api/alerts/{alert_id}/take")
    assert (await admin.post(f"/api/users/{person.user.user_id}", {"enabled": False})).status_code == 200
    assert (await person.get("/api/session")).status_code == 401
    assert (await log_in(room.client(), person.user.name)).status_code == 401
    assert room.desk.alert(alert_id).state == "new"


async def test_whom_the_configuration_no_longer_knows_whole_can_be_shut_out(room: Room) -> None:
    """An agency or camera that was taken out of the configuration stands in the way of nothing but being given anew."""
    admin = room.person(Role.ADMIN)
    stolen = room.sign_in(room.add_user(Role.DISPATCHER, agency="bomberos", cameras=("cam01", "cam99")))
    path = f"/api/users/{stolen.user.user_id}"
    assert (await admin.post(path, {"full_name": "Otro nombre"})).status_code == 200
    assert (await admin.post(path, {"cameras": ["cam02", "cam99"]})).status_code == 200
    assert (await admin.post(path, {"cameras": ["cam02", "cam98"]})).status_code == 422
    assert (await admin.post(path, {"enabled": False})).status_code == 200
    assert (await stolen.get("/api/session")).status_code == 401
    assert (await admin.post(path, {"agency": "inventada"})).status_code == 422
    assert (await admin.post(path, {"role": "operator"})).status_code == 422
    assert (await admin.post(path, {"role": "operator", "agency": None})).status_code == 200


async def test_no_admin_ends_a_hold_through_accounts_that_he_made(room: Room) -> None:
    """Nor through one that he got a new password for, nor as himself; in 30 days everybody can see that such an account is there."""
    admin, jefa = room.person(Role.ADMIN), room.person(Role.SUPERVISOR)
    window = {"from_wall_ms": 1_780_000_000_000, "to_wall_ms": 1_780_000_060_000}
    form = {"camera_ids": ["cam01"], "reason": "Carpeta fiscal 812", "authority": "", "expires_wall_ms": None}
    (hold,) = (await jefa.post("/api/holds", form | window)).json()
    path, why = f"/api/holds/{hold['hold_id']}", {"text": "El caso se archivó"}

    async def made(name: str) -> Person:
        new = await admin.post("/api/users", NEW | {"name": name, "role": "supervisor"})
        with room.catalogue.read() as tx:
            user = users.find(tx, new.json()["user"]["user_id"])
        assert user is not None
        room.change_user(user, must_change_password=False)  # as he does with the one-time password
        return room.sign_in(user)

    straw, other = await made("rosa"), await made("rosario")
    refused = await straw.post(f"{path}/ask-release", why)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
    assert "hace menos de 30 días" in refused.text
    assert (await jefa.post(f"{path}/ask-release", why)).status_code == 200
    assert (await admin.post(f"{path}/release", {"approve": True})).status_code == 403
    assert (await other.post(f"{path}/release", {"approve": True})).status_code == 409
    luis = room.person(Role.SUPERVISOR)
    await admin.post(f"/api/users/{luis.user.user_id}/password")
    with room.catalogue.read() as tx:
        taken_over = users.find(tx, luis.user.user_id)
    assert taken_over is not None
    luis = room.sign_in(replace(taken_over, must_change_password=False))
    room.change_user(taken_over, must_change_password=False)
    assert (await luis.post(f"{path}/release", {"approve": True})).status_code == 409
    assert (await luis.post(f"{path}/release", {"approve": False})).status_code == 200, "to keep it, anybody may"
    assert (await jefa.post(f"{path}/ask-release", why)).status_code == 200
    room.clock.advance(seconds=30 * 86_400)
    rosario = room.sign_in(other.user)
    assert (await rosario.post(f"{path}/release", {"approve": True})).json()["state"] == "released"


async def test_a_one_time_password_ends_every_session_of_its_owner(room: Room) -> None:
    """Whoever had the old one is out."""
    admin, person = room.person(Role.ADMIN), room.person(Role.OPERATOR)
    password = (await admin.post(f"/api/users/{person.user.user_id}/password")).json()["password"]
    assert (await person.get("/api/session")).status_code == 401
    assert (await log_in(room.client(), person.user.name)).status_code == 401
    again = await log_in(room.client(), person.user.name, password)
    assert again.json()["user"]["must_change_password"] is True


@pytest.mark.parametrize("change", [{"enabled": False}, {"role": "operator"}])
async def test_the_last_admin_stays(room: Room, change: dict[str, Any]) -> None:
    """Else nobody could ever let anybody in again."""
    admin = room.person(Role.ADMIN)
    path = f"/api/users/{admin.user.user_id}"
    assert (await admin.post(path, change)).status_code == 409
    assert (await admin.get("/api/users")).status_code == 200
    room.add_user(Role.ADMIN)
    assert (await admin.post(path, change)).status_code == 200


async def test_every_change_of_people_stands_in_the_audit(room: Room) -> None:
    """Who did it to whom, and what."""
    admin = room.person(Role.ADMIN, name="jefa")
    user_id = (await admin.post("/api/users", NEW)).json()["user"]["user_id"]
    await admin.post(f"/api/users/{user_id}", {"role": "supervisor"})
    await admin.post(f"/api/users/{user_id}/password")
    records = (await admin.get("/api/audit?limit=10")).json()["items"]
    assert [(each["action"], each["object"], each["actor"]) for each in records[:3]] == [
        ("user.password", "rosa", "jefa"),
        ("user.change", "rosa", "jefa"),
        ("user.create", "rosa", "jefa"),
    ]
    assert records[1]["detail"] == {"role": "supervisor"}
    older = (await admin.get(f"/api/audit?limit=10&before={records[1]['audit_id']}")).json()["items"]
    assert older[0]["action"] == "user.create"
