"""Who is there: log-in, and sessions that live on the server. The cookie is a random name for a row; it carries nothing."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote

from starlette.requests import HTTPConnection
from starlette.responses import Response

from alerts.records import Actor
from console_web.access import Subject
from console_web.passwords import hash_password, password_matches, weakness
from console_web.problems import Problem, invalid, too_many
from console_web.refusals import Refusals
from console_web.terminal_cookie import TerminalCookie
from console_web.terminal_names import self_given
from console_web.threads import Threads
from console_web.throttle import SOURCE_TRIES, Source, Throttle, address_source, seat_source
from nvr.catalogue import audit, sessions, terminals, users
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.sessions import Session
from nvr.catalogue.terminals import Terminal
from nvr.catalogue.texts import line
from nvr.catalogue.users import User
from nvr.clock import NS_PER_S, Clock
from nvr.redact import Secret

ABSOLUTE_NS: Final = 12 * 3600 * NS_PER_S
"""A session ends after a shift of 8 hours and the hand-over around it, whatever its user does."""

IDLE_NS: Final = 30 * 60 * NS_PER_S
"""A session ends when nothing was asked for so long and no socket of it is open. An open board is in use: it must not miss a dispatch."""

IDLE_LOCK_S: Final = 600
"""After so long without a key or mouse the screen asks for the password again (the screen does that, not the server)."""

RECHECK_S: Final = 2.0
"""How often an open socket asks whether its user may still have it; the promise is 5 s."""

_TOUCH_NS: Final = 60 * NS_PER_S
_MAX_WAITING_LOGINS: Final = 64
_MAX_WAITING_LOGINS_OF_SOURCE: Final = 8


def _wrong() -> Problem:
    return Problem(401, "not_authenticated", "Usuario o contraseña incorrectos.")


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who is logged in, on one connection."""

    user: User
    session: Session
    subject: Subject
    terminal: str
    address: str

    @property
    def csrf_token(self) -> str:
        """What his changes must carry."""
        return self.session.csrf_token

    @property
    def actor(self) -> Actor:
        """As he stands in time lines and in the audit."""
        return Actor(self.user.user_id, self.user.full_name or self.user.name, self.terminal)


class Sessions:
    """Opens, finds and ends sessions.

    Args:
        catalogue: where they are kept.
        threads: where blocking work goes.
        clock: tells expiry.
        secure: whether browsers reach us by HTTPS alone; then the cookie is Secure and bears the ``__Host-`` prefix (RFC 6265bis section 4.1.3.2).
    """

    def __init__(self, catalogue: Catalogue, threads: Threads, clock: Clock, *, secure: bool) -> None:
        self._catalogue = catalogue
        self._threads = threads
        self._clock = clock
        self._secure = secure
        self._waiting: Counter[Source] = Counter()
        self.throttle = Throttle()
        self.sources = Throttle(SOURCE_TRIES)
        self.refusals = Refusals(catalogue, threads, clock)
        self.terminals = TerminalCookie(secure)
        self.cookie = "__Host-nvr_session" if secure else "nvr_session"

    async def log_in(self, connection: HTTPConnection, name: str, password: Secret) -> tuple[Secret, Identity]:
        """A new session, with a new token even where there was one; the old one ends.

        Raises:
            Problem: 401 alike for an unknown name, a wrong password and a disabled user; 429 after too many tries.
        """
        address = address_of(connection)
        terminal, source = await self._whence(connection)
        # Asked first: a refusal for want of room must not count as a try, or floods of names would push real ones out of the throttle's memory.
        if self._waiting.total() >= _MAX_WAITING_LOGINS or self._waiting[source] >= _MAX_WAITING_LOGINS_OF_SOURCE:
            raise too_many(5)
        self._admit_try(name, source)
        self._admit_from(name, source)
        self._waiting[source] += 1
        try:
            user = await self._threads.read(self._user_named, name)
            matches = await self._threads.hash(password_matches, user.password_hash if user else None, password)
        finally:
            self._waiting[source] -= 1
            self._waiting += Counter()  # drops what is down to zero
        if user is None or not matches or not user.enabled:
            self.refusals.note(user, terminal, address)
            raise _wrong()
        self.throttle.succeed(_key(name, source))
        # Only the try that was right: who has an account is not to guess at others' without end in between.
        self.sources.take_back(source)
        token, session = self._new_session(user, terminal, address)
        await self._threads.write(self._store, session, user, self._token_hash(connection))
        return token, Identity(user, session, Subject.of(user), terminal, address)

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Who a connection's cookie stands for now: session in force, user enabled, role as it is at this moment."""
        token_hash = self._token_hash(connection)
        if token_hash is None:
            return None
        claimed = terminal_of(connection)
        found = await self._threads.read(self._find, token_hash, self.terminals.token_hash(connection), claimed)
        if found is None:
            return None
        session, user, terminal = found
        now_ns = self._clock.wall_ns()
        if now_ns - session.last_wall_ns >= _TOUCH_NS or terminal != session.terminal:
            await self._threads.write(self._touch, session.token_hash, now_ns, terminal)
        return Identity(user, session, Subject.of(user), terminal, address_of(connection))

    async def log_out(self, identity: Identity) -> None:
        """End the session; its sockets follow within ``RECHECK_S``."""
        await self._threads.write(self._end, identity)

    async def change_password(self, identity: Identity, current: Secret, new: Secret) -> tuple[Secret, Identity]:
        """Set a new password. All sessions of the user end, and a new one with a new token begins.

        Raises:
            Problem: 403 wrong current one, 422 too weak, 429 too many tries.
        """
        user = identity.user
        source = address_source(identity.address)
        self._admit_try(user.name, source)
        if not await self._threads.hash(password_matches, user.password_hash, current):
            await self._threads.write(
                self._note, user.name, identity.terminal, identity.address, "password.refused", {}
            )
            raise Problem(403, "not_allowed", "La contraseña actual no es correcta.")
        self.throttle.succeed(_key(user.name, source))
        if new == current:
            raise invalid("La contraseña nueva es igual a la actual.")
        weak = weakness(new, user.name)
        if weak is not None:
            raise invalid(weak)
        hashed = await self._threads.hash(hash_password, new)
        token, session = self._new_session(user, identity.terminal, identity.address)
        changed = await self._threads.write(self._store_password, identity, hashed, session)
        return token, replace(identity, user=changed, session=session)

    def set_cookie(self, response: Response, token: Secret) -> None:
        """Give a browser its token. Without Max-Age: it goes when the browser closes."""
        response.set_cookie(
            self.cookie, token.reveal(), path="/", secure=self._secure, httponly=True, samesite="strict"
        )

    def drop_cookie(self, response: Response) -> None:
        """Take it back."""
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="strict")

    def _admit_try(self, name: str, source: Source) -> None:
        wait_ns = self.throttle.admit(_key(name, source), self._clock.monotonic_ns())
        if wait_ns:
            raise too_many(wait_ns // NS_PER_S + 1)

    def _admit_from(self, name: str, source: Source) -> None:
        wait_ns = self.sources.admit(source, self._clock.monotonic_ns())
        if wait_ns:
            self.throttle.take_back(_key(name, source))
            raise too_many(wait_ns // NS_PER_S + 1)

    def _token_hash(self, connection: HTTPConnection) -> str | None:
        token = connection.cookies.get(self.cookie)
        return None if not token else _hashed(token)

    def _new_session(self, user: User, terminal: str, address: str) -> tuple[Secret, Session]:
        token = secrets.token_urlsafe(32)
        now_ns = self._clock.wall_ns()
        session = Session(
            token_hash=_hashed(token),
            user_id=user.user_id,
            csrf_token=secrets.token_urlsafe(32),
            terminal=terminal,
            address=address,
            created_wall_ns=now_ns,
            last_wall_ns=now_ns,
            expires_wall_ns=now_ns + ABSOLUTE_NS,
        )
        return Secret(token), session

    # What follows runs in threads.

    def _user_named(self, name: str) -> User | None:
        with self._catalogue.read() as tx:
            return users.find_by_name(tx, name)

    async def _whence(self, connection: HTTPConnection) -> tuple[str, Source]:
        token_hash = self.terminals.token_hash(connection)
        terminal, seat = await self._threads.read(self._terminal, token_hash, terminal_of(connection))
        return terminal, address_source(address_of(connection)) if seat is None else seat_source(seat.token_hash)

    def _terminal(self, token_hash: str | None, claimed: str) -> tuple[str, Terminal | None]:
        with self._catalogue.read() as tx:
            return _terminal_in(tx, token_hash, claimed)

    def _find(self, token_hash: str, terminal_hash: str | None, claimed: str) -> tuple[Session, User, str] | None:
        with self._catalogue.read() as tx:
            session = sessions.find(tx, token_hash)
            if session is None or not in_force(session, self._clock.wall_ns()):
                return None
            user = users.find(tx, session.user_id)
            # Pictures and sockets can't say what their page calls itself: what it said last stands in the session.
            terminal, _ = _terminal_in(tx, terminal_hash, claimed or session.terminal)
        return None if user is None or not user.enabled else (session, user, terminal)

    def _store(self, session: Session, user: User, old_token_hash: str | None) -> None:
        with self._catalogue.write() as tx:
            current = users.find(tx, user.user_id)
            if current is None or not current.enabled or current.password_hash != user.password_hash:
                # Changed while the password was being checked.
                raise _wrong()
            sessions.delete_ended(tx, session.created_wall_ns, IDLE_NS)
            if old_token_hash is not None:
                sessions.delete(tx, old_token_hash)
            sessions.create(tx, session)
            audit.append(
                tx,
                wall_ns=session.created_wall_ns,
                actor=user.name,
                terminal=session.terminal,
                address=session.address,
                action="login",
                object=user.user_id,
            )

    def _touch(self, token_hash: str, now_ns: int, terminal: str) -> None:
        with self._catalogue.write() as tx:
            sessions.touch(tx, token_hash, now_ns, terminal=terminal)

    def _end(self, identity: Identity) -> None:
        with self._catalogue.write() as tx:
            sessions.delete(tx, identity.session.token_hash)
            audit.append(
                tx,
                wall_ns=self._clock.wall_ns(),
                actor=identity.user.name,
                terminal=identity.terminal,
                address=identity.address,
                action="logout",
                object=identity.user.user_id,
            )

    def _store_password(self, identity: Identity, hashed: str, session: Session) -> User:
        with self._catalogue.write() as tx:
            # As it stands now, not as it was when the request came: an admin may have changed it meanwhile.
            current = users.find(tx, identity.user.user_id)
            if current is None or not current.enabled:
                raise _wrong()
            changed = replace(current, password_hash=hashed, must_change_password=False)
            users.change(tx, changed)
            sessions.delete_of_user(tx, changed.user_id)
            sessions.create(tx, session)
            audit.append(
                tx,
                wall_ns=session.created_wall_ns,
                actor=changed.name,
                terminal=identity.terminal,
                address=identity.address,
                action="password.change",
                object=changed.user_id,
            )
        return changed

    def _note(self, name: str, terminal: str, address: str, action: str, detail: dict[str, str]) -> None:
        with self._catalogue.write() as tx:
            audit.append(
                tx,
                wall_ns=self._clock.wall_ns(),
                actor=name,
                terminal=terminal,
                address=address,
                action=action,
                object="",
                detail=detail,
            )


def in_force(session: Session, now_ns: int) -> bool:
    """Whether a session still counts: neither too old nor idle for too long. Pure."""
    return now_ns < session.expires_wall_ns and now_ns - session.last_wall_ns < IDLE_NS


def address_of(connection: HTTPConnection) -> str:
    """The address that a connection comes from, as the server knows it."""
    return connection.client.host if connection.client else ""


def terminal_of(connection: HTTPConnection) -> str:
    """The terminal's name as its browser tells it: percent-encoded where it is not ASCII, at most 40 characters."""
    return line(unquote(connection.headers.get("x-terminal", "")[:240], errors="replace"), 40)


def _terminal_in(tx: Transaction, token_hash: str | None, claimed: str) -> tuple[str, Terminal | None]:
    """What a browser is called, and which seat it is. A registered one is that seat, whatever it claims; another may give itself a name, and is marked."""
    seat = None if token_hash is None else terminals.find(tx, token_hash)
    if seat is not None:
        return seat.name, seat
    return (self_given(claimed, [each.name for each in terminals.list_all(tx)]) if claimed else ""), None


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _key(name: str, source: Source) -> tuple[str, ...]:
    return users.name_key(name)[:200], *source
