"""The audit chain: only added to, and whoever edits it all the same is found."""

from __future__ import annotations

import hashlib
import json

import pytest
import sqlalchemy as sa

from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.tables import audit as table
from nvr.errors import CatalogueError

EVIL = "'; DROP TABLE audit; --\" \x00\x1b[31m\r\nfalso: línea\u202e"


def _append(tx: Transaction, number: int, **changes: str) -> int:
    values = {
        "actor": f"ana{number}",
        "terminal": "T1",
        "address": "127.0.0.1",
        "action": "login",
        "object": "u1",
    } | changes
    return audit.append(tx, wall_ns=number, detail={"n": str(number)}, **values)


@pytest.fixture
def chain(catalogue: Catalogue) -> Catalogue:
    with catalogue.write() as tx:
        assert [_append(tx, number) for number in range(1, 8)] == [1, 2, 3, 4, 5, 6, 7]
    return catalogue


def test_an_intact_chain_holds(chain: Catalogue) -> None:
    with chain.read() as tx:
        verdict = audit.verify(tx)
        assert (verdict.rows, verdict.first_bad_id, verdict.head) == (7, None, audit.head(tx)[1])
        assert [record.audit_id for record in audit.read(tx, 3)] == [7, 6, 5]
        assert [record.audit_id for record in audit.read(tx, 3, before=3)] == [2, 1]
        assert audit.read(tx, 1)[0].detail == {"n": "7"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'otro' WHERE audit_id = 3",
        "DELETE FROM audit WHERE audit_id = 3",
        "UPDATE timeline SET kind = 'x'",
        "DELETE FROM timeline",
    ],
)
def test_the_database_refuses_edits(chain: Catalogue, statement: str) -> None:
    if "timeline" in statement:
        with chain.write() as tx:
            tx.connection.exec_driver_sql(
                "INSERT INTO timeline (wall_ns, actor, terminal, kind, detail) VALUES (1, 'a', 't', 'note', '{}')"
            )
    with pytest.raises(CatalogueError, match="only ever added"), chain.write() as tx:
        tx.connection.exec_driver_sql(statement)
    with chain.read() as tx:
        assert audit.verify(tx).first_bad_id is None


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE audit SET actor = 'otro' WHERE audit_id = 3", 3),
        ("UPDATE audit SET wall_ns = wall_ns + 1 WHERE audit_id = 5", 5),
        ("UPDATE audit SET detail = '{}' WHERE audit_id = 7", 7),
        ("UPDATE audit SET terminal = 'T1127.0.0.1', address = '' WHERE audit_id = 2", 2),
        ("DELETE FROM audit WHERE audit_id = 4", 5),
        ("DELETE FROM audit WHERE audit_id = 1", 2),
        ("UPDATE audit SET audit_id = CASE audit_id WHEN 2 THEN 103 ELSE audit_id END", 3),
        (
            "INSERT INTO audit SELECT 0, wall_ns, actor, terminal, address, action, object, detail, previous_hash, hash FROM audit WHERE audit_id = 1",
            0,
        ),
    ],
)
def test_edits_behind_the_triggers_are_found(chain: Catalogue, statement: str, bad: int) -> None:
    with chain.write() as tx:
        on = "" if chain.is_sqlite else " ON audit"
        for trigger in ("audit_no_update", "audit_no_delete"):
            tx.connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on}")
        tx.connection.exec_driver_sql(statement)
    with chain.read() as tx:
        assert audit.verify(tx).first_bad_id == bad


def test_a_forged_row_with_a_hash_of_its_own_is_found_by_the_next(chain: Catalogue) -> None:
    with chain.write() as tx:
        tx.connection.exec_driver_sql(f"DROP TRIGGER audit_no_update{'' if chain.is_sqlite else ' ON audit'}")
        row = dict(tx.connection.exec_driver_sql("SELECT * FROM audit WHERE audit_id = 3").mappings().one())
        names = ("audit_id", "wall_ns", "actor", "terminal", "address", "action", "object", "detail", "previous_hash")
        row["actor"] = "otro"
        forged = hashlib.sha256(json.dumps([row[name] for name in names], separators=(",", ":")).encode()).hexdigest()
        tx.connection.execute(sa.update(table).where(table.c.audit_id == 3).values(actor="otro", hash=forged))
    with chain.read() as tx:
        verdict = audit.verify(tx)
    assert (verdict.first_bad_id, verdict.reason) == (4, "it does not follow the row before it")


def test_a_cut_tail_differs_from_the_head_kept_elsewhere(chain: Catalogue) -> None:
    with chain.read() as tx:
        anchor = audit.head(tx)
    with chain.write() as tx:
        tx.connection.exec_driver_sql(f"DROP TRIGGER audit_no_delete{'' if chain.is_sqlite else ' ON audit'}")
        tx.connection.exec_driver_sql("DELETE FROM audit WHERE audit_id = 7")
    with chain.read() as tx:
        assert audit.verify(tx).first_bad_id is None
        assert audit.head(tx) != anchor


def test_hostile_texts_are_only_texts(chain: Catalogue) -> None:
    with chain.write() as tx:
        _append(tx, 8, actor=EVIL, terminal=EVIL, address=EVIL, action=EVIL, object=EVIL * 100)
    with chain.read() as tx:
        record = audit.read(tx, 1)[0]
        assert audit.verify(tx).first_bad_id is None
    assert record.actor.startswith("'; DROP TABLE audit; --\"")
    assert not any(ord(character) < 32 or character == "\u202e" for character in record.actor)
    assert len(record.object) <= 200


def test_a_chain_longer_than_one_batch(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nvr.catalogue.audit._BATCH", 3)
    with catalogue.write() as tx:
        for number in range(1, 10):
            _append(tx, number)
    with catalogue.read() as tx:
        assert audit.verify(tx).rows == 9
