"""People who may log in."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import users
from nvr.errors import Conflict, NotFound

_FIND = sa.select(users).where(users.c.user_id == sa.bindparam("user_id"))
"""Made once: every request asks for it."""


class Role(StrEnum):
    """What somebody is here for; decides, with his cameras, what he may do (docs/design/api.md)."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    DISPATCHER = "dispatcher"
    INVESTIGATOR = "investigator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``cameras`` None: all of them. ``agency`` stands for dispatchers only.

    ``password_given_wall_ns``: when somebody else last set his password; None: never, as far as is known.
    """

    user_id: str
    name: str
    full_name: str
    role: Role
    agency: str | None
    cameras: tuple[str, ...] | None
    password_hash: str
    enabled: bool = True
    must_change_password: bool = False
    password_given_wall_ns: int | None = None


def name_key(name: str) -> str:
    """The name as it is compared: NFKC, case folded, without spaces around it."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def create(tx: Transaction, user: User) -> None:
    """Store a new user.

    Raises:
        Conflict: the name, or one that looks like it, is in use.
    """
    if find_by_name(tx, user.name) is not None:
        raise Conflict(f"ya hay un usuario con el nombre {user.name}", "elija otro nombre")
    tx.connection.execute(sa.insert(users).values(user_id=user.user_id, **_columns(user)))


def find(tx: Transaction, user_id: str) -> User | None:
    """The user of that id."""
    row = tx.connection.execute(_FIND, {"user_id": user_id}).mappings().first()
    return None if row is None else _user(row)


def find_by_name(tx: Transaction, name: str) -> User | None:
    """The user who types that name, in whatever case."""
    row = tx.connection.execute(sa.select(users).where(users.c.name_key == name_key(name))).mappings().first()
    return None if row is None else _user(row)


def change(tx: Transaction, user: User) -> None:
    """Store a user as he is now: ``change(tx, replace(user, enabled=False))``.

    Raises:
        NotFound: there is no such user.
        Conflict: another user has the name.
    """
    other = find_by_name(tx, user.name)
    if other is not None and other.user_id != user.user_id:
        raise Conflict(f"ya hay un usuario con el nombre {user.name}", "elija otro nombre")
    done = tx.connection.execute(sa.update(users).where(users.c.user_id == user.user_id).values(**_columns(user)))
    if done.rowcount != 1:
        raise NotFound("no existe ese usuario")


def list_all(tx: Transaction) -> list[User]:
    """Everybody, by name."""
    rows = tx.connection.execute(sa.select(users).order_by(users.c.name_key)).mappings()
    return [_user(row) for row in rows]


def count(tx: Transaction, *, role: Role | None = None, enabled_only: bool = False) -> int:
    """How many there are: the last enabled admin must stay."""
    query = sa.select(sa.func.count()).select_from(users)
    if role is not None:
        query = query.where(users.c.role == role.value)
    if enabled_only:
        query = query.where(users.c.enabled.is_(True))
    return int(tx.connection.execute(query).scalar_one())


def _columns(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "name_key": name_key(user.name),
        "full_name": user.full_name,
        "role": user.role.value,
        "agency": user.agency,
        "cameras": None if user.cameras is None else json.dumps(list(user.cameras)),
        "password_hash": user.password_hash,
        "enabled": user.enabled,
        "must_change_password": user.must_change_password,
        "password_given_wall_ns": user.password_given_wall_ns,
    }


def _user(row: sa.RowMapping) -> User:
    cameras = row["cameras"]
    return User(
        user_id=row["user_id"],
        name=row["name"],
        full_name=row["full_name"],
        role=Role(row["role"]),
        agency=row["agency"],
        cameras=None if cameras is None else tuple(json.loads(cameras)),
        password_hash=row["password_hash"],
        enabled=bool(row["enabled"]),
        must_change_password=bool(row["must_change_password"]),
        password_given_wall_ns=row["password_given_wall_ns"],
    )
