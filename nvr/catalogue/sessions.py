"""Who is logged in. The cookie itself is kept nowhere, only its hash."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import sessions

_FIND = sa.select(sessions).where(sessions.c.token_hash == sa.bindparam("token_hash"))
"""Made once: every request asks for it."""


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in. ``token_hash`` is the SHA-256 of the cookie, hexadecimal."""

    token_hash: str
    user_id: str
    csrf_token: str
    terminal: str
    address: str
    created_wall_ns: int
    last_wall_ns: int
    expires_wall_ns: int


def create(tx: Transaction, session: Session) -> None:
    """Store a new session."""
    tx.connection.execute(sa.insert(sessions).values(**asdict(session)))


def find(tx: Transaction, token_hash: str) -> Session | None:
    """The session of that cookie; the caller compares ``expires_wall_ns`` and ``last_wall_ns`` with now."""
    row = tx.connection.execute(_FIND, {"token_hash": token_hash}).mappings().first()
    return None if row is None else Session(**row)


def of_user(tx: Transaction, user_id: str) -> list[Session]:
    """All sessions of a user, oldest first."""
    query = sa.select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.created_wall_ns)
    return [Session(**row) for row in tx.connection.execute(query).mappings()]


def touch(tx: Transaction, token_hash: str, wall_ns: int, *, terminal: str | None = None) -> None:
    """Note that he did something, and where he sits if that is told."""
    values: dict[str, object] = {"last_wall_ns": wall_ns}
    if terminal is not None:
        values["terminal"] = terminal
    tx.connection.execute(sa.update(sessions).where(sessions.c.token_hash == token_hash).values(**values))


def delete(tx: Transaction, token_hash: str) -> None:
    """End a session."""
    tx.connection.execute(sa.delete(sessions).where(sessions.c.token_hash == token_hash))


def delete_of_user(tx: Transaction, user_id: str, *, keep_token_hash: str | None = None) -> int:
    """End all sessions of a user but one, and say how many."""
    statement = sa.delete(sessions).where(sessions.c.user_id == user_id)
    if keep_token_hash is not None:
        statement = statement.where(sessions.c.token_hash != keep_token_hash)
    return tx.connection.execute(statement).rowcount


def ended(tx: Transaction, now_wall_ns: int, idle_ns: int) -> bool:
    """Whether ``delete_ended`` has anything to do."""
    query = sa.select(sessions.c.token_hash).where(_over(now_wall_ns, idle_ns)).limit(1)
    return tx.connection.execute(query).first() is not None


def delete_ended(tx: Transaction, now_wall_ns: int, idle_ns: int) -> int:
    """Drop what has run out, or was idle for ``idle_ns`` or longer, and say how many."""
    return tx.connection.execute(sa.delete(sessions).where(_over(now_wall_ns, idle_ns))).rowcount


def _over(now_wall_ns: int, idle_ns: int) -> sa.ColumnElement[bool]:
    return (sessions.c.expires_wall_ns <= now_wall_ns) | (sessions.c.last_wall_ns <= now_wall_ns - idle_ns)


def user_ids(tx: Transaction) -> set[str]:
    """Whoever has a session, ended or not: call ``delete_ended`` before."""
    return set(tx.connection.execute(sa.select(sessions.c.user_id).distinct()).scalars())
