"""SQLAlchemy's and the drivers' errors in our words, with what to do. The statement and its values stay out: they may hold secrets."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exc

from nvr.errors import CatalogueError, Conflict

RESTORE: Final = "move the file away, and -wal and -shm beside it, and restore the last copy of it"
"""What to do with a corrupt one. SQLite would write a -wal that stays behind into whatever comes into the file's place."""

_KNOWN: Final = (
    ("database is locked", "the catalogue is locked by another program", "end the program that has it open"),
    ("locktimeout", "the catalogue is locked by another program", "end the program that has it open"),
    ("lock timeout", "the catalogue is locked by another program", "end the program that has it open"),
    ("disk is full", "the catalogue's disk is full", "free space on it; nothing was written"),
    ("no space left", "the catalogue's disk is full", "free space on it; nothing was written"),
    ("disk i/o error", "the catalogue's disk fails", "check the disk (dmesg, smartctl) and restore the last copy"),
    ("readonly database", "the catalogue may not be written", "check owner and mode of the file and its folder"),
    ("read-only", "the catalogue may not be written", "check that the server is not a standby"),
    ("unable to open", "the catalogue can't be opened", "check path, owner and space of its folder"),
    ("malformed", "the catalogue is corrupt", RESTORE),
    (
        "not a database",
        "the catalogue is corrupt, or the file is something else",
        RESTORE,
    ),
    ("connection", "the database can't be reached", "check that the server runs, and node.database"),
)


def translated(error: exc.SQLAlchemyError) -> CatalogueError:
    """The error of ours that says the same."""
    reason = _reason(error)
    if isinstance(error, (exc.IntegrityError, exc.DataError)):
        return Conflict(f"the catalogue refuses the row ({reason})")
    lowered = reason.lower()
    for needle, message, remedy in _KNOWN:
        if needle in lowered:
            return CatalogueError(message, remedy)
    return CatalogueError(f"the catalogue fails ({reason})", "see the log")


def _reason(error: exc.SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    # PostgreSQL's further lines quote values; SQLAlchemy's own quote the statement.
    first = next(iter(str(cause).splitlines()), "")
    return f"{type(cause).__name__}: {first}"
