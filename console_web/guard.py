"""Puts ``console_web.access`` before every route and socket: who, from which page, may he, and is the object within his reach.

A route says its rule with ``@requires(...)`` or ``@public``. ``GuardedRoute`` enforces it before a byte of the body is looked at (unless the
object's camera stands there), ``guarded_socket`` before a socket does anything. ``require_rules`` refuses an application in which one lacks its rule.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Request, WebSocket
from fastapi.responses import PlainTextResponse, Response
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.websockets import WebSocketDisconnect

from console_web.access import Action, Subject, Target, Verdict, decide
from console_web.auth import Identity, Sessions
from console_web.origins import Origins
from console_web.problems import Problem, not_allowed, not_authenticated, not_found
from console_web.targets import Objects

Resolver = Callable[[Objects, Subject, HTTPConnection], Awaitable[Target | None]]
"""Finds what a request is about: the object's own camera and agencies, or None where there is no such object."""

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_RULE: Final = "__access_rule__"

CLOSE_NOT_AUTHENTICATED: Final = 4401
CLOSE_NOT_ALLOWED: Final = 4403
CLOSE_NOT_FOUND: Final = 4404


class Openness(Enum):
    """Who needs no role."""

    SIGNED_IN = auto()
    PUBLIC = auto()
    LOOPBACK = auto()  # this machine itself, else as SIGNED_IN


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks for.

    Attributes:
        action: what its caller does; None where it is public.
        target: finds the object; None where the action concerns none, or where the answer is a list that is filtered.
        openness: who is exempt.
        before_password_change: answers also while the user must still change his one-time password.
    """

    action: Action | None
    target: Resolver | None = None
    openness: Openness = Openness.SIGNED_IN
    before_password_change: bool = False


def requires(
    action: Action,
    target: Resolver | None = None,
    *,
    openness: Openness = Openness.SIGNED_IN,
    before_password_change: bool = False,
) -> Callable[[_Endpoint], _Endpoint]:
    """The rule of a route or socket; stands directly above the function."""

    def attach(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _RULE, Rule(action, target, openness, before_password_change))
        return endpoint

    return attach


def public(endpoint: _Endpoint) -> _Endpoint:
    """The rule of what answers without a session. Changes still need an Origin of ours."""
    setattr(endpoint, _RULE, Rule(None, openness=Openness.PUBLIC))
    return endpoint


def rule_of(endpoint: object) -> Rule | None:
    """The rule that a function carries."""
    found = getattr(endpoint, _RULE, None)
    return found if isinstance(found, Rule) else None


@dataclass(frozen=True, slots=True)
class Guard:
    """Answers the questions of the module's first sentence for one connection."""

    origins: Origins
    sessions: Sessions
    objects: Objects

    async def admit_request(self, request: Request, rule: Rule) -> Identity | None:
        """Who asks, once everything is in order; None for a public route.

        Raises:
            Problem: 401, 403 or 404.
        """
        changes = request.method not in _SAFE_METHODS
        if changes and not self._from_our_page(request):
            raise not_allowed("La solicitud no viene de una página de esta consola.")
        if rule.openness is Openness.PUBLIC or (rule.openness is Openness.LOOPBACK and _from_this_machine(request)):
            return None
        identity = await self.sessions.identify(request)
        if identity is None:
            raise not_authenticated()
        if changes and not hmac.compare_digest(
            request.headers.get("x-csrf-token", "").encode(), identity.csrf_token.encode()
        ):
            raise not_allowed("La página perdió su permiso para hacer cambios. Cárguela de nuevo.")
        await self.judge(identity, rule, request)
        return identity

    async def judge(self, identity: Identity, rule: Rule, connection: HTTPConnection) -> None:
        """Apply a rule to somebody who is known.

        Raises:
            Problem: 403 or 404.
        """
        if rule.action is None:
            return
        if identity.user.must_change_password and not rule.before_password_change:
            raise not_allowed("Antes debe cambiar su contraseña.")
        if not identity.subject.may(rule.action):
            raise not_allowed()
        if rule.target is None:
            return
        verdict = decide(identity.subject, rule.action, await rule.target(self.objects, identity.subject, connection))
        if verdict is Verdict.REFUSED:
            raise not_allowed()
        if verdict is Verdict.HIDDEN:
            raise not_found()

    async def admit_socket(self, socket: WebSocket, rule: Rule) -> Identity:
        """Who opens a socket. Refusals close it with a code that a browser's script can read, so it is accepted first.

        Raises:
            WebSocketDisconnect: refused; the socket is closed.
        """
        if not self._from_our_page(socket):
            # A foreign page gets no socket at all, not even one that closes at once.
            await socket.send_denial_response(PlainTextResponse("origin", 403))
            raise WebSocketDisconnect(CLOSE_NOT_ALLOWED)
        identity = await self.sessions.identify(socket)
        await socket.accept()
        code = await self.verdict_on_socket(identity, rule, socket)
        if identity is None or code is not None:
            await socket.close(code or CLOSE_NOT_AUTHENTICATED)
            raise WebSocketDisconnect(code or CLOSE_NOT_AUTHENTICATED)
        return identity

    async def verdict_on_socket(self, identity: Identity | None, rule: Rule, socket: WebSocket) -> int | None:
        """The close code for a socket whose user stands thus, or None where it may stay open."""
        if identity is None:
            return CLOSE_NOT_AUTHENTICATED
        try:
            await self.judge(identity, rule, socket)
        except Problem as problem:
            return CLOSE_NOT_FOUND if problem.status == 404 else CLOSE_NOT_ALLOWED
        return None

    def _from_our_page(self, connection: HTTPConnection) -> bool:
        origins = connection.headers.getlist("origin")
        return len(origins) == 1 and self.origins.ours(origins[0], connection.headers.get("host"))


class GuardedRoute(APIRoute):
    """A route that asks the guard first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        rule = rule_of(self.endpoint)
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if rule is None:
                raise not_allowed()
            guard: Guard = request.app.state.guard
            request.state.identity = await guard.admit_request(request, rule)
            return await handler(request)

        return guarded


def guarded_router() -> APIRouter:
    """A router all of whose HTTP routes ask the guard."""
    return APIRouter(route_class=GuardedRoute, redirect_slashes=False)


async def _identity_of(request: Request) -> Identity:
    identity = request.state.identity
    if not isinstance(identity, Identity):
        raise not_authenticated()
    return identity


async def _admitted(socket: WebSocket) -> Identity:
    rule = rule_of(socket.scope["endpoint"])
    if rule is None:
        raise WebSocketDisconnect(CLOSE_NOT_ALLOWED)
    guard: Guard = socket.app.state.guard
    return await guard.admit_socket(socket, rule)


Caller = Annotated[Identity, Depends(_identity_of)]
"""Parameter of a guarded route: who asks."""

Admitted = Annotated[Identity, Depends(_admitted)]
"""Parameter of a guarded socket: who opened it. The socket is accepted already; without this parameter it would not be guarded."""


def require_rules(routes: Iterable[BaseRoute]) -> None:
    """Refuse to start with a route that nobody decided on.

    Raises:
        RuntimeError: names every such route.
    """
    bare: list[str] = []
    for context in iter_route_contexts(list(routes)):
        route = context.original_route
        if isinstance(route, APIRoute):
            guarded = isinstance(route, GuardedRoute) and rule_of(route.endpoint) is not None
        elif isinstance(route, APIWebSocketRoute):
            asks = any(dependency.call is _admitted for dependency in route.dependant.dependencies)
            guarded = asks and rule_of(route.endpoint) is not None
        else:
            guarded = False
        if not guarded:
            bare.append(context.path or repr(route))
    if bare:
        raise RuntimeError(f"no access rule on {', '.join(sorted(bare))}: put @requires(...) or @public above it")


def _from_this_machine(connection: HTTPConnection) -> bool:
    # A proxy on this machine forwards strangers: then the Host is the public name, or a forwarding header is there.
    client = connection.client
    host = (connection.headers.get("host") or "").rsplit(":", 1)[0]
    forwarded = any(name in connection.headers for name in ("forwarded", "x-forwarded-for", "via", "x-real-ip"))
    return (
        client is not None
        and client.host in {"127.0.0.1", "::1"}
        and host in {"127.0.0.1", "localhost", "[::1]"}
        and not forwarded
    )
