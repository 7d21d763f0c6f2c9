"""The database behind the catalogue: one writer at a time, readers on a snapshot, every commit on disk before it returns.

SQLite: WAL, synchronous=FULL (NORMAL may lose the last transactions at a power cut, https://www.sqlite.org/pragma.html#pragma_synchronous),
``BEGIN IMMEDIATE`` for writers. PostgreSQL: a transaction-level advisory lock makes writers queue likewise, so that ``changes.seq`` is the order of
commit and a reader who has seen seq 7 can't be surprised by a late 6.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from nvr.catalogue.faults import translated
from nvr.clock import Clock, SystemClock
from nvr.errors import CatalogueError

_log = logging.getLogger(__name__)
_BUSY_S: Final = 30.0
"""How long a writer waits for its turn: neither lock is fair, and a slow disk under twelve terminals may let one wait for many others."""

_CACHE_KIB: Final = 1024
"""Pages that each connection of SQLite keeps, half of its default. What is not among them is in the system's own cache; up to eight connections stay open, and their caches
are memory that the process takes little by little, over days, whenever more people ask at once than before."""


class Transaction:
    """A running transaction, handed to the functions of this package. ``last_seq`` is the newest change it wrote, 0 for none; ``held`` are ids of holds
    that it stored, those of savepoints that failed among them."""

    __slots__ = ("connection", "held", "last_seq")

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.held: set[str] = set()
        self.last_seq = 0

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside is undone alone; the transaction goes on.

        Raises:
            CatalogueError: as ``Catalogue.write``.
        """
        last_seq = self.last_seq
        try:
            with self.connection.begin_nested():
                yield
        except BaseException as error:
            self.last_seq = last_seq
            if isinstance(error, exc.SQLAlchemyError):
                raise translated(error) from error
            raise


class Catalogue:
    """The catalogue at a SQLAlchemy URL: ``sqlite:////data/catalogue.sqlite3`` or ``postgresql+psycopg://…``.

    Thread-safe. Opening it takes the steps of ``nvr.catalogue.migrations`` that are missing.

    Raises:
        CatalogueError: unreachable, locked, corrupt, not ours, or written by a newer version; with the remedy.
    """

    def __init__(self, url: str, clock: Clock | None = None, *, migrate: bool = True) -> None:
        self.clock = clock or SystemClock()
        self._writer = threading.Lock()
        self._listeners: tuple[Callable[[int], None], ...] = ()
        self._hold_listeners: tuple[Callable[[set[str]], None], ...] = ()
        try:
            self.url = sa.make_url(url)
        except exc.ArgumentError as error:
            raise CatalogueError(
                "node.database is not a database URL", "write e.g. sqlite:///data/catalogue.sqlite3"
            ) from error
        backend = self.url.get_backend_name()
        if backend == "sqlite":
            self._engine = _sqlite(self.url)
        elif backend == "postgresql":
            self._engine = _postgresql(self.url)
        else:
            raise CatalogueError(
                f"the catalogue can't live in {backend}", "give a sqlite:/// or postgresql+psycopg:// URL"
            )
        if migrate:
            from nvr.catalogue import migrations  # noqa: PLC0415  (the steps need an open catalogue: the import goes one way)

            try:
                migrations.migrate(self)
            except BaseException:
                self.close()
                raise

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine."""
        return self._engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file."""
        return Path(str(self.url.database)) if self.is_sqlite else None

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The one writing transaction. On leaving, it is committed and on disk, or, after an exception, nothing of it is.

        Not re-entrant. After a commit that wrote changes the listeners are called, in this thread.

        Raises:
            Conflict: the row is refused (a key that stands already, a value that does not fit).
            CatalogueError: locked, full, corrupt or unreachable; nothing was written.
        """
        if not self._writer.acquire(timeout=_BUSY_S):
            raise CatalogueError(
                f"the catalogue has been busy for {_BUSY_S:.0f} s", "check the load of the disk that it lies on"
            )
        try:
            with self._connection({"nvr_write": True}) as connection, connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_BUSY_S:.0f}s'")
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext(current_schema()))")
                transaction = Transaction(connection)
                yield transaction
        except exc.SQLAlchemyError as error:
            raise translated(error) from error
        finally:
            self._writer.release()
        if transaction.held:
            for hears in self._hold_listeners:
                hears(transaction.held)
        if transaction.last_seq:
            for listener in self._listeners:
                listener(transaction.last_seq)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A reading transaction: all queries in it see the same state.

        Raises:
            CatalogueError: locked, corrupt or unreachable.
        """
        options: dict[str, object] = {}
        if not self.is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self._connection(options) as connection, connection.begin():
                yield Transaction(connection)
        except exc.SQLAlchemyError as error:
            raise translated(error) from error

    @contextmanager
    def _connection(self, options: dict[str, object]) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            yield connection.execution_options(**options)

    def on_commit(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call ``listener(seq)`` after each commit that wrote changes, with the newest seq, from the thread that committed.

        Calls of two threads may come out of order: take the highest. The listener must be quick and must not raise.

        Returns:
            what to call to end it.
        """
        self._listeners = (*self._listeners, listener)

        def forget() -> None:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

        return forget

    def on_holds(self, listener: Callable[[set[str]], None]) -> None:
        """Call ``listener(hold_ids)`` after each commit that stored holds, from the thread that committed. It must be quick and must not raise."""
        self._hold_listeners = (*self._hold_listeners, listener)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise CatalogueError("the catalogue needs a file", "write e.g. sqlite:///data/catalogue.sqlite3")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Password hashes and session hashes lie in it: nobody else reads it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise CatalogueError(
            f"the catalogue {path} can't be opened ({error.strerror})", "check path, owner and space of its folder"
        ) from error
    # The one that was used last goes first: each connection has a page cache of its own, and in turn all of them would fill theirs.
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_S}, pool_size=8, max_overflow=56, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: ours begin below.
        connection.isolation_level = None
        cursor = connection.cursor()
        # secure_delete: what is erased for its age must not lie on in free pages (most builds of SQLite leave it there).
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"cache_size = -{_CACHE_KIB}",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("nvr_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: sa.URL) -> sa.Engine:
    return sa.create_engine(url, connect_args={"connect_timeout": 5}, pool_size=8, max_overflow=56, pool_pre_ping=True)
