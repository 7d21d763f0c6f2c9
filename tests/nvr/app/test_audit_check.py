"""Whoever rewrites the audit, or cuts its tail, is found by the copies of its head."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nvr.app.audit_check import AuditAnchor, AuditReport, check, read_heads
from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.errors import StorageError


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    made = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite", SimulatedClock())
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit-head.log"


def fill(catalogue: Catalogue, count: int, actor: str = "ana") -> None:
    """Records of ``actor``."""
    with catalogue.write() as tx:
        for number in range(count):
            audit.append(tx, wall_ns=number, actor=actor, terminal="T1", address="", action="login", object=str(number))


def tamper(catalogue: Catalogue, *statements: str) -> None:
    """As somebody with the file in his hands: the triggers dropped first."""
    assert catalogue.file is not None
    with closing(sqlite3.connect(catalogue.file)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_an_honest_audit_agrees_with_every_copy(catalogue: Catalogue, path: Path) -> None:
    anchor = AuditAnchor(path)
    for count in (3, 2, 4):
        fill(catalogue, count)
        anchor.write(catalogue)
    report = check(catalogue, path)
    assert (report.records, report.copies, report.fault, report.unreadable) == (9, 3, "", 0)
    assert report.head == read_heads(path)[0][-1].hash


def test_a_cut_tail_is_named_by_its_first_missing_record(catalogue: Catalogue, path: Path) -> None:
    """The chain alone holds: that is why there are copies."""
    fill(catalogue, 9)
    AuditAnchor(path).write(catalogue)
    tamper(catalogue, "DELETE FROM audit WHERE audit_id > 6")
    with catalogue.read() as tx:
        assert audit.verify(tx).first_bad_id is None
    report = check(catalogue, path)
    assert report.fault.startswith("record 7: it is missing")
    assert "9 records" in report.fault
    assert report.records == 6


def test_a_tail_that_was_cut_and_grew_again_is_found(catalogue: Catalogue, path: Path) -> None:
    """New records took the place of the old ones, with a chain that holds."""
    fill(catalogue, 5)
    AuditAnchor(path).write(catalogue)
    fill(catalogue, 4)
    AuditAnchor(path).write(catalogue)
    tamper(catalogue, "DELETE FROM audit WHERE audit_id > 6")
    fill(catalogue, 8, "nadie")
    report = check(catalogue, path)
    assert report.fault.startswith("record 9, or one before it, was written anew after 20")
    assert report.copies == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'otro' WHERE audit_id = 4", "DELETE FROM audit WHERE audit_id = 3"]
)
def test_an_edited_record_is_named(catalogue: Catalogue, path: Path, statement: str) -> None:
    fill(catalogue, 9)
    AuditAnchor(path).write(catalogue)
    tamper(catalogue, statement)
    assert check(catalogue, path).fault.startswith("record 4: ")


def test_all_of_it_gone_is_found(catalogue: Catalogue, path: Path) -> None:
    fill(catalogue, 3)
    AuditAnchor(path).write(catalogue)
    tamper(catalogue, "DELETE FROM audit")
    assert check(catalogue, path).fault.startswith("record 1: it is missing")


def test_without_copies_only_the_chain_speaks(catalogue: Catalogue, path: Path) -> None:
    fill(catalogue, 2)
    assert check(catalogue, path) == AuditReport(2, check(catalogue, path).head, 0, "")


def test_a_torn_line_costs_itself_alone(catalogue: Catalogue, path: Path) -> None:
    """A power cut in the middle of a copy; the next one begins on a line of its own."""
    fill(catalogue, 2)
    AuditAnchor(path).write(catalogue)
    with path.open("ab") as file:
        file.write(b"2026-11-23T10:00:00Z 17 abc\xff")
    fill(catalogue, 2)
    AuditAnchor(path).write(catalogue)
    report = check(catalogue, path)
    assert (report.copies, report.unreadable, report.fault) == (2, 1, "")


def test_the_file_of_copies_is_not_believed_to_be_small_or_a_file(catalogue: Catalogue, path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError):
        check(catalogue, path)
    path.rmdir()
    path.symlink_to("/dev/zero")
    with pytest.raises(StorageError, match="too large"):
        check(catalogue, path)
    with pytest.raises(StorageError):
        AuditAnchor(path).write(catalogue)
