"""Empty databases for tests: a file, and a PostgreSQL schema of its own for each test."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psycopg
import pytest

Backend = Literal["sqlite", "postgresql"]
_POSTGRESQL = os.environ.get("NVR_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@contextmanager
def empty_database(backend: Backend, folder: Path) -> Iterator[str]:
    """The URL of an empty database. Skips the test, with the reason, where there is no PostgreSQL."""
    if backend == "sqlite":
        yield f"sqlite:///{folder}/catalogue.sqlite3"
        return
    address = _POSTGRESQL.replace("+psycopg", "")
    try:
        server = psycopg.connect(address, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL at {address.rsplit('@', 1)[-1]} (set NVR_TEST_POSTGRESQL): {error}")
    # The server lives on when our processes are killed: without its fsync the tests prove the same, faster.
    schema = f"test_{secrets.token_hex(8)}"
    with server:
        server.execute(f"CREATE SCHEMA {schema}")
        try:
            yield f"{_POSTGRESQL}{'&' if '?' in _POSTGRESQL else '?'}options=-csearch_path%3D{schema}%20-csynchronous_commit%3Doff"
        finally:
            server.execute(f"DROP SCHEMA {schema} CASCADE")
    server.close()
