"""People: who may log in, as what, with which cameras. Admins only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from console_web import bodies, schemas
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.passwords import hash_password, one_time_password
from console_web.problems import Problem, invalid, not_found
from nvr.catalogue import audit, sessions, users
from nvr.catalogue.engine import Transaction
from nvr.catalogue.users import Role, User
from nvr.observations import new_id
from nvr.redact import Secret

router = guarded_router()


@router.get("/api/users")
@requires(Action.MANAGE_USERS)
async def all_users(parts: Parts) -> schemas.UsersOut:
    """Everybody."""

    def read() -> list[User]:
        with parts.services.catalogue.read() as tx:
            return users.list_all(tx)

    return schemas.UsersOut(items=[parts.shapes.user(user) for user in await parts.services.threads.read(read)])


@router.post("/api/users", status_code=201)
@requires(Action.MANAGE_USERS)
async def create(body: bodies.UserIn, who: Caller, parts: Parts) -> schemas.NewPasswordOut:
    """Somebody new. His one-time password is in the answer and nowhere else."""
    _check(parts, body.role, body.agency, body.cameras or ())
    password = one_time_password()
    hashed = await parts.services.threads.hash(hash_password, password)
    user = User(
        user_id=new_id(),
        name=body.name,
        full_name=body.full_name,
        role=body.role,
        agency=body.agency,
        cameras=None if body.cameras is None else tuple(body.cameras),
        password_hash=hashed,
        enabled=body.enabled,
        must_change_password=True,
        password_given_wall_ns=parts.services.clock.wall_ns(),
    )

    def write() -> None:
        with parts.services.catalogue.write() as tx:
            users.create(tx, user)
            _note(parts, tx, who, "user.create", user, role=user.role.value)

    await parts.services.threads.write(write)
    return schemas.NewPasswordOut(user=parts.shapes.user(user), password=password.reveal())


@router.post("/api/users/{user_id}")
@requires(Action.MANAGE_USERS)
async def change(user_id: str, body: bodies.UserChangeIn, who: Caller, parts: Parts) -> schemas.UserOut:
    """Change what the body names. It is in force at the user's next request, and on his open sockets within 5 s."""
    given = body.model_fields_set
    for name in ("name", "full_name", "role", "enabled"):
        if name in given and getattr(body, name) is None:
            raise invalid(f"Revise estos campos: {name}.")

    def write() -> User:
        with parts.services.catalogue.write() as tx:
            before = users.find(tx, user_id)
            if before is None:
                raise not_found()
            after = _changed(before, body)
            _check_change(parts, before, after)
            users.change(tx, after)
            if users.count(tx, role=Role.ADMIN, enabled_only=True) == 0:
                raise Problem(409, "conflict", "Es el último administrador habilitado.", "Nombre antes a otro.")
            if not after.enabled:
                sessions.delete_of_user(tx, user_id)
            _note(parts, tx, who, "user.change", after, **{name: str(getattr(after, name)) for name in sorted(given)})
        if not after.enabled:
            parts.services.desk.release_of(user_id, who.actor)
        return after

    return parts.shapes.user(await parts.services.threads.write(write))


@router.post("/api/users/{user_id}/password")
@requires(Action.MANAGE_USERS)
async def one_time(user_id: str, who: Caller, parts: Parts) -> schemas.NewPasswordOut:
    """A new one-time password; whoever is logged in as that user is logged out."""
    password: Secret = one_time_password()
    hashed = await parts.services.threads.hash(hash_password, password)

    def write() -> User:
        with parts.services.catalogue.write() as tx:
            before = users.find(tx, user_id)
            if before is None:
                raise not_found()
            given_ns = parts.services.clock.wall_ns()
            after = replace(before, password_hash=hashed, must_change_password=True, password_given_wall_ns=given_ns)
            users.change(tx, after)
            sessions.delete_of_user(tx, user_id)
            _note(parts, tx, who, "user.password", after)
        return after

    user = await parts.services.threads.write(write)
    return schemas.NewPasswordOut(user=parts.shapes.user(user), password=password.reveal())


def _changed(before: User, body: bodies.UserChangeIn) -> User:
    given = body.model_fields_set
    after = replace(
        before,
        name=before.name if body.name is None else body.name,
        full_name=before.full_name if body.full_name is None else body.full_name,
        role=before.role if body.role is None else body.role,
        enabled=before.enabled if body.enabled is None else body.enabled,
    )
    if "agency" in given:
        after = replace(after, agency=body.agency)
    if "cameras" in given:
        after = replace(after, cameras=None if body.cameras is None else tuple(body.cameras))
    return after


def _check_change(parts: Console, before: User, after: User) -> None:
    """Judge what is new about somebody. What he had, and the configuration no longer knows, is in the way of nothing: least of all of shutting him out."""
    if (after.role, after.agency) != (before.role, before.agency):
        _check(parts, after.role, after.agency)
    _check_cameras(parts, set(after.cameras or ()).difference(before.cameras or ()))


def _check(parts: Console, role: Role, agency: str | None, cameras: Collection[str] = ()) -> None:
    if (role is Role.DISPATCHER) != (agency is not None):
        raise invalid("Un despachador necesita institución; los demás roles no la llevan.")
    if agency is not None and parts.services.config.agency(agency) is None:
        raise invalid(f"La institución {agency} no está en la configuración.")
    _check_cameras(parts, cameras)


def _check_cameras(parts: Console, cameras: Collection[str]) -> None:
    unknown = sorted(each for each in cameras if parts.services.config.camera(each) is None)
    if unknown:
        raise invalid(f"No hay cámara con el identificador {unknown[0]}.")


def _note(parts: Console, tx: Transaction, who: Identity, action: str, user: User, /, **detail: str) -> None:
    audit.append(
        tx,
        wall_ns=parts.services.clock.wall_ns(),
        actor=who.user.name,
        terminal=who.terminal,
        address=who.address,
        action=action,
        object=user.name,
        detail=detail,
    )
