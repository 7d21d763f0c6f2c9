"""Users, sessions, the outbox and journal positions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nvr.catalogue import changes, positions, sessions, users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.sessions import Session
from nvr.catalogue.users import Role, User
from nvr.errors import Conflict, NotFound
from nvr.journal import Position

ANA = User("u1", "ana", "Ana Quispe", Role.OPERATOR, None, ("cam01", "cam02"), "$argon2id$…")
EVIL = "x'); DELETE FROM users; --"


def _session(token_hash: str, user_id: str = "u1", expires: int = 100) -> Session:
    return Session(token_hash, user_id, "csrf", "T1", "127.0.0.1", 1, 1, expires)


def test_users_come_back_as_they_were(catalogue: Catalogue) -> None:
    luis = User("u2", "luis", EVIL, Role.DISPATCHER, "pnp", None, "h", enabled=False, must_change_password=True)
    with catalogue.write() as tx:
        users.create(tx, ANA)
        users.create(tx, luis)
    with catalogue.read() as tx:
        assert users.find(tx, "u1") == ANA
        assert users.find_by_name(tx, " ANA ") == ANA
        assert users.find_by_name(tx, EVIL) is None
        assert users.list_all(tx) == [ANA, luis]
        assert users.count(tx) == 2
        assert users.count(tx, role=Role.DISPATCHER, enabled_only=True) == 0


@pytest.mark.parametrize("lookalike", ["ana", "ANA", "ａｎａ", " ana"])
def test_names_that_look_alike_are_one_name(catalogue: Catalogue, lookalike: str) -> None:
    other = replace(ANA, user_id="u2", name=lookalike)
    with catalogue.write() as tx:
        users.create(tx, ANA)
        with pytest.raises(Conflict):
            users.create(tx, other)
        users.create(tx, replace(other, name="rosa"))
        with pytest.raises(Conflict):
            users.change(tx, other)


def test_changing_a_user(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        users.create(tx, ANA)
        users.change(tx, replace(ANA, enabled=False, cameras=None, name="Ana"))
        assert users.find(tx, "u1") == replace(ANA, enabled=False, cameras=None, name="Ana")
        with pytest.raises(NotFound):
            users.change(tx, replace(ANA, user_id="nobody", name="nobody"))


def test_sessions(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        users.create(tx, ANA)
        for name in ("a", "b", "c"):
            sessions.create(tx, _session(name * 64))
        sessions.touch(tx, "a" * 64, 50, terminal="T2")
        assert sessions.find(tx, "a" * 64) == replace(_session("a" * 64), last_wall_ns=50, terminal="T2")
        sessions.delete(tx, "b" * 64)
        assert sessions.find(tx, "b" * 64) is None
        assert sessions.delete_of_user(tx, "u1", keep_token_hash="a" * 64) == 1
        assert [each.token_hash for each in sessions.of_user(tx, "u1")] == ["a" * 64]
        assert sessions.user_ids(tx) == {"u1"}
        assert not sessions.ended(tx, 99, 50)
        assert sessions.delete_ended(tx, 99, 50) == 0
        assert sessions.ended(tx, 99, 49)  # idle since 50
        assert sessions.ended(tx, 100, 1000)  # too old
        assert sessions.delete_ended(tx, 100, 1000) == 1
        assert sessions.user_ids(tx) == set()


def test_a_session_needs_its_user(catalogue: Catalogue) -> None:
    with pytest.raises(Conflict), catalogue.write() as tx:
        sessions.create(tx, _session("a" * 64, "nobody"))


def test_the_outbox_keeps_order_and_its_newest_row(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        for number in range(1, 6):
            changes.append(
                tx,
                wall_ns=number,
                kind="alert",
                object_id=f"a{number}",
                camera_id="cam01",
                agency=None,
                body={"n": number, "ñ": EVIL},
            )
        changes.append(tx, wall_ns=6, kind="dispatch", object_id="d", camera_id="cam01", agency="pnp", body={})
        changes.append(
            tx,
            wall_ns=7,
            kind="incident",
            object_id="i",
            camera_id="cam01",
            agency=None,
            body={"dispatches": [{"agency": "pnp"}, {"agency": "serenazgo"}]},
        )
    with catalogue.write() as tx:
        assert [change.body["n"] for change in changes.changes_after(tx, 2, limit=2)] == [3, 4]
        assert changes.changes_after(tx, 0)[0].body["ñ"] == EVIL
        assert [change.agencies for change in changes.changes_after(tx, 4)] == [
            frozenset(),
            {"pnp"},
            {"pnp", "serenazgo"},
        ]
        assert changes.trim(tx, 4) == 3
        assert (changes.first_seq(tx), changes.last_seq(tx)) == (4, 7)
        changes.trim(tx, 10**18)
        assert (changes.first_seq(tx), changes.last_seq(tx)) == (7, 7)
        assert (
            changes.append(
                tx, wall_ns=8, kind="camera", object_id="cam01/main", camera_id="cam01", agency=None, body={}
            )
            == 8
        )


def test_positions(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        assert positions.find(tx, "ingest-0") == Position()
        positions.store(tx, "ingest-0", Position("00000000000000000001.journal", 12))
        positions.store(tx, "ingest-0", Position("00000000000000000002.journal", 2**40))
        positions.store(tx, "ingest-1", Position("x", 1))
        assert positions.find(tx, "ingest-0") == Position("00000000000000000002.journal", 2**40)
