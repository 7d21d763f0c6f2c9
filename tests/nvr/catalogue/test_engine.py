"""The database behind the catalogue: transactions, listeners, and what is said when it can't be used."""

from __future__ import annotations

import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from nvr.catalogue import changes
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.errors import CatalogueError, Conflict


def _change(tx: Transaction, object_id: str = "a") -> int:
    return changes.append(
        tx, wall_ns=1, kind="alert", object_id=object_id, camera_id="cam01", agency=None, body={"x": object_id}
    )


class Stop(Exception):
    """Breaks off a transaction."""


def _change_and_stop(tx: Transaction) -> None:
    _change(tx, "undone")
    raise Stop


def test_a_broken_off_transaction_leaves_nothing_and_tells_nobody(catalogue: Catalogue) -> None:
    heard: list[int] = []
    catalogue.on_commit(heard.append)
    with pytest.raises(Stop), catalogue.write() as tx:
        _change_and_stop(tx)
    with catalogue.read() as tx:
        assert changes.last_seq(tx) == 0
    assert heard == []


def test_listeners_hear_the_newest_seq_once_it_can_be_read(catalogue: Catalogue) -> None:
    heard: list[tuple[int, int]] = []

    def listener(seq: int) -> None:
        with catalogue.read() as tx:
            heard.append((seq, changes.last_seq(tx)))

    forget = catalogue.on_commit(listener)
    with catalogue.write() as tx:
        _change(tx)
        last = _change(tx)
    with catalogue.write():
        pass  # nothing changed: nothing to hear
    forget()
    with catalogue.write() as tx:
        _change(tx)
    assert heard == [(last, last)]


def test_a_reader_sees_one_state_while_others_write(catalogue: Catalogue) -> None:
    with catalogue.read() as tx:
        before = changes.last_seq(tx)
        writer = threading.Thread(target=lambda: _write_one(catalogue))
        writer.start()
        writer.join(timeout=30)
        assert not writer.is_alive(), "a reader must not hold up a writer"
        assert changes.last_seq(tx) == before
    with catalogue.read() as tx:
        assert changes.last_seq(tx) == before + 1


def _write_one(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        _change(tx)


def test_a_savepoint_undoes_only_itself(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        kept = _change(tx, "kept")
        with pytest.raises(Stop), tx.savepoint():
            _change_and_stop(tx)
        with pytest.raises(Conflict), tx.savepoint():
            tx.connection.exec_driver_sql("INSERT INTO counters (name, value) VALUES ('c', 1), ('c', 2)")
        assert tx.last_seq == kept
    with catalogue.read() as tx:
        assert [change.object_id for change in changes.changes_after(tx, 0)] == ["kept"]


def test_seq_follows_commit_order_across_engines(url: str) -> None:
    """Two processes' worth of writers: whoever has seen seq n has seen all below it."""
    first, second = Catalogue(url), Catalogue(url)
    seen: list[list[int]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            with first.read() as tx:
                seen.append([change.seq for change in changes.changes_after(tx, 0)])

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(6) as pool:
        for number in range(60):
            pool.submit(_write_one, (first, second)[number % 2])
    done.set()
    watcher.join(timeout=30)
    with first.read() as tx:
        final = [change.seq for change in changes.changes_after(tx, 0)]
    assert len(final) == 60
    for view in seen:
        assert view == final[: len(view)], "a lower seq appeared after a higher one"
    first.close()
    second.close()


def test_one_connection_serves_what_comes_one_after_the_other(tmp_path: Path) -> None:
    """However many there once had to be at a time: each that is used fills a cache of its own."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    with ExitStack() as crowd:
        at_once = {id(crowd.enter_context(catalogue.read()).connection.connection.dbapi_connection) for _ in range(4)}
    used = set()
    for _ in range(8):
        with catalogue.read() as tx:
            used.add(id(tx.connection.connection.dbapi_connection))
    assert (len(at_once), len(used)) == (4, 1)
    catalogue.close()


def test_sqlite_is_set_up_to_keep_what_it_was_given(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path}/deep/catalogue.sqlite3")
    with catalogue.read() as tx:
        pragmas = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert catalogue.file is not None
    assert stat.S_IMODE(catalogue.file.stat().st_mode) == 0o600
    catalogue.close()


@pytest.mark.parametrize(
    "content",
    [b"not a database, but long enough to have a header of its own" * 40, b"SQLite format 3\0" + b"\xff" * 4000],
)
def test_a_corrupt_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue.sqlite3"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match="corrupt") as caught:
        Catalogue(f"sqlite:///{path}")
    assert "restore" in caught.value.remedy
    assert path.read_bytes() == content


def test_a_damaged_page_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    catalogue = Catalogue(f"sqlite:///{path}")
    with catalogue.write() as tx:
        for number in range(300):
            _change(tx, f"a{number}")
    catalogue.close()
    data = bytearray(path.read_bytes())
    page = data.rindex(b'{"x":"a299"}') // 4096 * 4096
    data[page : page + 200] = b"\xa5" * 200
    path.write_bytes(data)
    with pytest.raises(CatalogueError, match="corrupt"):
        Catalogue(f"sqlite:///{path}")


def test_a_folder_that_can_not_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CatalogueError, match="check path"):
        Catalogue(f"sqlite:///{tmp_path}/file/catalogue.sqlite3")


def test_a_full_disk_loses_one_act_and_says_so(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    with catalogue.write() as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(CatalogueError, match="full") as caught, catalogue.write() as tx:
        _fill(tx, pages)
    assert "free space" in caught.value.remedy
    with catalogue.read() as tx:
        assert changes.last_seq(tx) == 0
    catalogue.close()


def _fill(tx: Transaction, pages: int) -> None:
    tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    for number in range(2000):
        _change(tx, f"a{number}")


def test_a_lock_of_somebody_else_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nvr.catalogue.engine._BUSY_S", 0.05)
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    other = sqlite3.connect(tmp_path / "catalogue.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CatalogueError, match="locked by another program"), catalogue.write():
        pytest.fail("two writers at once")
    other.close()
    with catalogue.write() as tx:
        assert _change(tx) == 1
    catalogue.close()


@pytest.mark.parametrize("address", ["mysql://root@127.0.0.1/x", "not a url", "sqlite://", "sqlite:///:memory:"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(CatalogueError):
        Catalogue(address)


def test_an_unreachable_server_says_so() -> None:
    with pytest.raises(CatalogueError, match="can't be reached") as caught:
        Catalogue("postgresql+psycopg://somebody:geheim@127.0.0.1:1/test")
    assert "geheim" not in str(caught.value)


def test_errors_quote_no_values(catalogue: Catalogue) -> None:
    with pytest.raises(Conflict) as caught, catalogue.write() as tx:
        tx.connection.exec_driver_sql("INSERT INTO counters (name, value) VALUES ('s3cret', 1), ('s3cret', 1)")
    assert "s3cret" not in str(caught.value)
