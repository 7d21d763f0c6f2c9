"""People from the command line: the first administrator, and whoever ``nvr users`` adds. Passwords are shown once and stored as Argon2 hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from console_web.passwords import hash_password, one_time_password
from nvr.catalogue import audit, sessions, users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import Role, User
from nvr.errors import NotFound
from nvr.observations import new_id
from nvr.redact import Secret

FIRST_ADMIN = "admin"
_NOBODY = "sistema"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made."""

    name: str
    full_name: str
    role: Role
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedPassword:
    """A password that its owner must be told now: it is shown once and stored nowhere. ``enabled_again``: he was disabled until now."""

    name: str
    password: Secret
    enabled_again: bool = False


def has_people(catalogue: Catalogue) -> bool:
    """Whether anybody may log in: False on the first start."""
    with catalogue.read() as tx:
        return bool(users.list_all(tx))


def add_people(
    catalogue: Catalogue,
    accounts: Sequence[NewAccount],
    *,
    must_change: bool = True,
    password: Secret | None = None,
    by: str = _NOBODY,
) -> list[IssuedPassword]:
    """Make accounts, all or none.

    Args:
        by: who makes them, for the audit.
        must_change: whether the first log-in asks for a new password. False only where the owner chose it himself, and for the demonstration's people.
        password: what the owner chose; None makes one for each.

    Raises:
        Conflict: a name is taken.
    """
    issued = [IssuedPassword(account.name, password or one_time_password()) for account in accounts]
    hashes = [hash_password(entry.password) for entry in issued]
    with catalogue.write() as tx:
        for account, hashed in zip(accounts, hashes, strict=True):
            users.create(
                tx,
                User(
                    user_id=new_id(),
                    name=account.name,
                    full_name=account.full_name,
                    role=account.role,
                    agency=account.agency,
                    cameras=None,
                    password_hash=hashed,
                    must_change_password=must_change,
                    # One that must not be changed is the owner's own.
                    password_given_wall_ns=catalogue.clock.wall_ns() if must_change else None,
                ),
            )
            audit.append(
                tx,
                wall_ns=catalogue.clock.wall_ns(),
                actor=by,
                terminal="consola del servidor",
                address="",
                action="user.create",
                object=account.name,
                detail={"role": account.role.value},
            )
    return issued


def reset_password(catalogue: Catalogue, name: str, by: str) -> IssuedPassword:
    """A new one-time password, also for who was disabled: he is enabled again. Whoever is logged in under the name is logged out. ``by``: who does it, for the audit.

    Raises:
        NotFound: nobody has that name.
    """
    issued = IssuedPassword(name, one_time_password())
    hashed = hash_password(issued.password)
    with catalogue.write() as tx:
        user = users.find_by_name(tx, name)
        if user is None:
            raise NotFound(f"nobody is called {name}", "see: nvr users list")
        given_ns = catalogue.clock.wall_ns()
        users.change(
            tx,
            replace(
                user,
                password_hash=hashed,
                must_change_password=True,
                password_given_wall_ns=given_ns,
                enabled=True,
            ),
        )
        sessions.delete_of_user(tx, user.user_id)
        audit.append(
            tx,
            wall_ns=catalogue.clock.wall_ns(),
            actor=by,
            terminal="consola del servidor",
            address="",
            action="user.password",
            object=user.name,
            detail={} if user.enabled else {"enabled": "True"},
        )
    return issued if user.enabled else replace(issued, enabled_again=True)


def list_people(catalogue: Catalogue) -> list[User]:
    """Everybody, by name."""
    with catalogue.read() as tx:
        return users.list_all(tx)
