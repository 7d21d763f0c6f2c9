"""Steps of the schema: forward only, whole or not at all, and what they make is what tables.py says."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nvr.catalogue import audit, segments, users
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.migrations import migrate, steps
from nvr.catalogue.segments import SegmentRow
from nvr.catalogue.tables import METADATA, callers, incidents, timeline
from nvr.clock import NS_PER_S
from nvr.errors import CatalogueError
from nvr.media import StreamKind

_DOOMED = """
import os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from nvr.catalogue.engine import Catalogue
folder, every, left = Path(sys.argv[1]), int(sys.argv[2]), 0
def hook(*_arguments):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
for event in ("before_cursor_execute", "commit"):
    sa.event.listen(sa.Engine, event, hook)
fatal = every
while True:
    if (child := os.fork()) == 0:
        left = fatal
        Catalogue(f"sqlite:///{folder}/{fatal}.sqlite").close()
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    fatal += every
"""


def _shape(connection: sa.Connection) -> dict[str, Any]:
    inspector = sa.inspect(connection)
    return {
        table: {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"], c.get("comment")) for c in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(
                (str(i["name"]), tuple(i["column_names"]), bool(i["unique"])) for i in inspector.get_indexes(table)
            ),
            "foreign": sorted(
                (tuple(f["constrained_columns"]), f["referred_table"]) for f in inspector.get_foreign_keys(table)
            ),
        }
        for table in inspector.get_table_names()
    }


def test_the_frozen_steps_make_what_the_tables_say(catalogue: Catalogue) -> None:
    with catalogue.read() as tx:
        frozen = _shape(tx.connection)
    with pytest.raises(_Undo), catalogue.write() as tx:
        _compare_with_tables(tx, frozen, cascade="" if catalogue.is_sqlite else " CASCADE")


def _compare_with_tables(tx: Transaction, frozen: dict[str, Any], cascade: str) -> None:
    if not cascade:
        tx.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for table in frozen:
        tx.connection.exec_driver_sql(f"DROP TABLE {table}{cascade}")
    METADATA.create_all(tx.connection)
    assert _shape(tx.connection) == frozen
    raise _Undo


class _Undo(Exception):
    """Takes back what the test did."""


def test_every_column_and_table_has_its_sentence() -> None:
    for table in METADATA.tables.values():
        assert table.comment, table.name
        for column in table.columns:
            assert column.comment, column


def test_a_newer_schema_is_refused_and_left_alone(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        tx.connection.exec_driver_sql("INSERT INTO schema_version (version, applied_wall_ns) VALUES (999, 1)")
    with pytest.raises(CatalogueError, match="999") as caught:
        migrate(catalogue)
    assert "newer version" in caught.value.remedy


def test_somebody_elses_tables_are_refused(url: str) -> None:
    catalogue = Catalogue(url, migrate=False)
    with catalogue.write() as tx:
        tx.connection.exec_driver_sql("CREATE TABLE customers (id INTEGER)")
    with pytest.raises(CatalogueError, match="not ours"):
        migrate(catalogue)
    catalogue.close()


def test_a_step_that_fails_leaves_the_step_before(url: str) -> None:
    catalogue = Catalogue(url)
    plan = steps("sqlite" if catalogue.is_sqlite else "postgresql")
    following = max(plan) + 1
    broken = plan | {following: ("CREATE TABLE extra (id INTEGER)", "CREATE NONSENSE")}
    with pytest.raises(CatalogueError):
        migrate(catalogue, broken)
    with catalogue.read() as tx:
        assert not sa.inspect(tx.connection).has_table("extra"), "half a step was left behind"
    assert migrate(catalogue, plan | {following: ("CREATE TABLE extra (id INTEGER)",)}) == following
    catalogue.close()


def test_a_copy_is_kept_before_the_schema_changes(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    with catalogue.write() as tx:
        tx.connection.exec_driver_sql("INSERT INTO counters (name, value) VALUES ('kept', 7)")
    plan = steps("sqlite")
    newest = max(plan)
    migrate(catalogue, plan | {newest + 1: ("DELETE FROM counters",)})
    catalogue.close()
    copy = tmp_path / f"catalogue.sqlite3.step-{newest:04d}"
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT name, value FROM counters").fetchall() == [("kept", 7)]
        assert connection.execute("SELECT max(version) FROM schema_version").fetchone() == (newest,)
    connection.close()
    assert not list(tmp_path.glob("*.half"))


def test_two_that_open_it_at_once_take_each_step_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: Catalogue(url), range(4)))
    with opened[0].read() as tx:
        versions = tx.connection.exec_driver_sql("SELECT version FROM schema_version ORDER BY version").scalars().all()
    assert versions == sorted(steps("sqlite"))
    for catalogue in opened:
        catalogue.close()


def test_who_called_before_step_13_stands_beside_the_time_line(url: str) -> None:
    catalogue = Catalogue(url, migrate=False)
    plan = steps("sqlite" if catalogue.is_sqlite else "postgresql")
    migrate(catalogue, {number: statements for number, statements in plan.items() if number < 13})
    incident = {
        "incident_id": "i1", "number": "N-2026-000001", "state": "open", "camera_id": "cam01", "type_code": "PAT-ROBO", "priority": 1, "note": "",
        "occurred_wall_ns": 1, "created_wall_ns": 1, "created_by": "Ana", "from_wall_ns": 1, "version": 1, "address": "",
    }  # fmt: skip
    details = [
        ("call", {"origin": "105", "caller": "Zoila «Z» O'Higgins", "phone": "976", "place": "Jr. Ñ 1"}),
        ("call", {"origin": "own", "phone": "977", "place": "Jr. Uno"}),
        ("call", {"origin": "own", "place": "Jr. Dos"}),
        ("note", {"caller": "no es de una llamada"}),
    ]
    with catalogue.write() as tx:
        tx.connection.execute(sa.insert(incidents).values(incident))
        for kind, detail in details:
            entry = {"incident_id": "i1", "wall_ns": 1, "actor": "Ana", "terminal": "Mesa", "kind": kind}
            tx.connection.execute(sa.insert(timeline).values(**entry, detail=json.dumps(detail, ensure_ascii=False)))
    migrate(catalogue)
    with catalogue.read() as tx:
        beside = tx.connection.execute(sa.select(callers).order_by(callers.c.entry_id)).all()
        left = [json.loads(text) for text in tx.connection.scalars(sa.select(timeline.c.detail).order_by("entry_id"))]
    assert [tuple(row) for row in beside] == [(1, "i1", "Zoila «Z» O'Higgins", "976"), (2, "i1", "", "977")]
    assert left == [
        {"origin": "105", "place": "Jr. Ñ 1"},
        {"origin": "own", "place": "Jr. Uno"},
        {"origin": "own", "place": "Jr. Dos"},
        {"caller": "no es de una llamada"},
    ]
    with pytest.raises(CatalogueError, match="only ever added"), catalogue.write() as tx:
        tx.connection.execute(sa.update(timeline).values(actor="otro"))
    catalogue.close()


def test_step_16_holds_anew_what_the_end_of_another_hold_let_go(url: str) -> None:
    catalogue = Catalogue(url, migrate=False)
    plan = steps("sqlite" if catalogue.is_sqlite else "postgresql")
    migrate(catalogue, {number: statements for number, statements in plan.items() if number < 16})
    holds = [("h1", "released", 70, 200), ("h2", "active", 220, 300), ("h3", "asked", 700, 800)]
    files = [(1, 60, 120), (2, 120, 180), (3, 180, 240), (4, 240, 300), (5, 300, 360), (6, 230, 9_000)]
    with catalogue.write() as tx:
        for hold_id, state, from_s, to_s in holds:
            tx.connection.execute(
                sa.text(
                    "INSERT INTO holds (hold_id, camera_id, from_wall_ns, to_wall_ns, state, reason, authority, created_by, created_wall_ns, asked_reason)"
                    " VALUES (:hold_id, 'cam01', :from_ns, :to_ns, :state, '', '', '', 1, '')"
                ),
                {"hold_id": hold_id, "state": state, "from_ns": from_s * NS_PER_S, "to_ns": to_s * NS_PER_S},
            )
        for number, start_s, end_s in files:
            segment = SegmentRow(
                f"s{number}", "cam01", StreamKind.MAIN, 0, start_s * NS_PER_S, end_s * NS_PER_S, f"cam01/{number}.mp4",
                "h264", 2, 2, 6000, 10, "ab", held=number == 4, trimmed=number == 4,
            )  # fmt: skip
            segments.closed(tx, segment)
    migrate(catalogue)
    with catalogue.read() as tx:
        rows = [segments.segment(tx, f"s{number}") for number, _, _ in files]
    assert [row.segment_id for row in rows if row is not None and row.held] == ["s3", "s4", "s6"]
    assert [row.segment_id for row in rows if row is not None and row.trimmed] == ["s4"]
    catalogue.close()


def test_step_19_knows_from_the_audit_whose_password_somebody_else_set(url: str) -> None:
    catalogue = Catalogue(url, migrate=False)
    plan = steps("sqlite" if catalogue.is_sqlite else "postgresql")
    migrate(catalogue, {number: statements for number, statements in plan.items() if number < 19})
    told = [("sistema", "user.create", "admin"), ("admin", "user.create", "rosa"), ("nvr@central", "user.password", "rosa"), ("luis", "password.change", "luis")]  # fmt: skip
    with catalogue.write() as tx:
        for name in ("admin", "rosa", "luis"):
            tx.connection.execute(
                sa.text(
                    "INSERT INTO users (user_id, name, name_key, full_name, role, password_hash, enabled, must_change_password)"
                    " VALUES (CAST(:name AS VARCHAR), :name, :name, :name, 'supervisor', 'x', :yes, :no)"
                ),
                {"name": name, "yes": True, "no": False},
            )
        for wall_ns, (actor, action, name) in enumerate(told, 5):
            audit.append(tx, wall_ns=wall_ns, actor=actor, terminal="", address="", action=action, object=name)
    migrate(catalogue)
    with catalogue.read() as tx:
        assert {user.name: user.password_given_wall_ns for user in users.list_all(tx)} == {
            "admin": None, "luis": None, "rosa": 7,
        }  # fmt: skip
        assert not sa.inspect(tx.connection).has_table("passwords_given")
    catalogue.close()


def test_both_databases_have_the_same_steps() -> None:
    assert list(steps("sqlite")) == list(steps("postgresql")) == list(range(1, len(steps("sqlite")) + 1))


def test_killed_before_any_statement_or_commit_each_step_is_whole_or_not_there(tmp_path: Path) -> None:
    """F21: the next start takes the steps that are missing, and comes to the same schema as one that nobody killed."""
    subprocess.run([sys.executable, "-c", _DOOMED, str(tmp_path), "17"], check=True, timeout=60)
    files = sorted(tmp_path.glob("*.sqlite"), key=lambda path: int(path.stem))
    newest = max(steps("sqlite"))
    found = []
    for path in files:
        with closing(sqlite3.connect(path)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            found.append(0)
            if "schema_version" in tables:
                (found[-1],) = connection.execute("SELECT max(version) FROM schema_version").fetchone()
            assert bool(tables) == bool(found[-1]), "half a first step"
    assert found == sorted(found)
    assert found[-1] == newest, "the last one was let live"
    assert len(set(found)) > newest // 2, found
    schemas = []
    for path in files:
        Catalogue(f"sqlite:///{path}").close()
        with closing(sqlite3.connect(path)) as connection:
            schemas.append(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall())
    sys.stdout.write(f"{len(files) - 1} kills, at steps {found[:-1]}\n")
    assert all(schema == schemas[-1] for schema in schemas)
