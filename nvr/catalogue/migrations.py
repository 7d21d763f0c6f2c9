"""Steps from one schema to the next: numbered, forward only, each whole or not at all, with a copy of the file kept before the first.

A step is a pair of files in ``nvr/catalogue/schema``. Two processes that open the catalogue at once take each step once: the version is read
again under the writer's lock.
"""

from __future__ import annotations

import logging
import re
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.faults import RESTORE
from nvr.catalogue.tables import schema_version
from nvr.errors import CatalogueError

_log = logging.getLogger(__name__)
_FILE_NAME: Final = re.compile(r"(?P<number>\d{4})\.(?P<backend>sqlite|postgresql)\.sql")
_QUICK_CHECK_LIMIT_BYTES: Final = 64 * 1024 * 1024


def steps(backend: str) -> dict[int, tuple[str, ...]]:
    """The statements of each step, by number, for ``sqlite`` or ``postgresql``."""
    found: dict[int, tuple[str, ...]] = {}
    for entry in files("nvr.catalogue.schema").iterdir():
        match = _FILE_NAME.fullmatch(entry.name)
        if match and match["backend"] == backend:
            blocks = entry.read_text(encoding="utf-8").split("\n\n")
            found[int(match["number"])] = tuple(
                block.strip().removesuffix(";")
                for block in blocks
                if not block.lstrip().startswith("--") and block.strip()
            )
    return dict(sorted(found.items()))


def migrate(catalogue: Catalogue, wanted: Mapping[int, tuple[str, ...]] | None = None) -> int:
    """Take the steps that are missing and return the version reached. ``wanted`` replaces the steps of this package, for tests.

    Raises:
        CatalogueError: written by a newer version, not a catalogue of ours, or corrupt; nothing was changed.
    """
    plan = steps("sqlite" if catalogue.is_sqlite else "postgresql") if wanted is None else wanted
    newest = max(plan)
    with catalogue.read() as tx:
        version = _version(tx)
        _refuse_strangers(tx, version, newest)
        if catalogue.file is not None and catalogue.file.stat().st_size <= _QUICK_CHECK_LIMIT_BYTES:
            # A small one is checked at every start; a large one would take minutes.
            _check(tx)
    if 0 < version < newest and catalogue.file is not None:
        _keep_copy(catalogue.file, version)
    for number in sorted(plan):
        with catalogue.write() as tx:
            if _version(tx) >= number:
                continue
            if number == 1:
                schema_version.create(tx.connection, checkfirst=True)
            for statement in plan[number]:
                tx.connection.exec_driver_sql(statement)
            tx.connection.execute(
                sa.insert(schema_version).values(version=number, applied_wall_ns=catalogue.clock.wall_ns())
            )
            _log.info("the catalogue's schema is at step %d", number)
    with catalogue.read() as tx:
        return _version(tx)


def _version(tx: Transaction) -> int:
    if not sa.inspect(tx.connection).has_table("schema_version"):
        return 0
    return int(tx.connection.execute(sa.select(sa.func.max(schema_version.c.version))).scalar_one() or 0)


def _refuse_strangers(tx: Transaction, version: int, newest: int) -> None:
    if version > newest:
        raise CatalogueError(
            f"the catalogue is at step {version}, this program knows {newest}",
            "start the newer version of the program, or restore the copy that was kept before its first start",
        )
    if version == 0 and sa.inspect(tx.connection).get_table_names():
        raise CatalogueError("the database holds tables that are not ours", "name an empty one in node.database")


def _check(tx: Transaction) -> None:
    verdict = str(tx.connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    if verdict != "ok":
        raise CatalogueError(
            f"the catalogue is corrupt ({verdict.splitlines()[-1]})",
            f"{RESTORE}, or run `nvr catalogue rebuild`",
        )


def _keep_copy(path: Path, version: int) -> None:
    copy = path.with_name(f"{path.name}.step-{version:04d}")
    # A name of its own: two processes that find the same old step each make their copy, and the last one stays.
    half = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}.half")
    try:
        half.touch(mode=0o600)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(half)) as target:
            source.backup(target)
        half.replace(copy)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        raise CatalogueError(
            f"no copy of the catalogue could be kept before its schema changes ({error})", "free space on its disk"
        ) from error
    _log.info("kept %s before the schema changes", copy)
