"""Log-in, log-out, and one's own session."""

from __future__ import annotations

from fastapi import Request, Response

from console_web import agency_schemas, bodies, schemas
from console_web.access import Action
from console_web.auth import IDLE_LOCK_S, Identity
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, public, requires
from nvr.catalogue import sessions
from nvr.catalogue.users import Role
from nvr.redact import Secret

router = guarded_router()


def _shape(parts: Console, who: Identity) -> schemas.SessionOut:
    config = parts.services.config
    return schemas.SessionOut(
        user=parts.shapes.user(who.user),
        csrf_token=who.csrf_token,
        site=config.site,
        timezone=config.timezone,
        terminal=who.terminal,
        idle_lock_s=0 if who.user.role is Role.DISPATCHER else IDLE_LOCK_S,
        agencies=[
            agency_schemas.AgencyOut(
                code=agency.code,
                name=agency.name,
                sound=agency.sound,
                channel=agency.channel,
                contact=agency.contact,
                deadlines=agency_schemas.DeadlinesOut(**agency.deadlines.model_dump()),
            )
            for agency in config.agencies
        ],
    )


@router.post("/api/login")
@public
async def log_in(body: bodies.LoginIn, request: Request, response: Response, parts: Parts) -> schemas.SessionOut:
    """Open a session."""
    token, who = await parts.sessions.log_in(request, body.name, Secret(body.password))
    parts.sessions.set_cookie(response, token)
    return _shape(parts, who)


@router.post("/api/logout", status_code=204)
@requires(Action.OWN_SESSION, before_password_change=True)
async def log_out(who: Caller, response: Response, parts: Parts) -> None:
    """End it. Alerts that its user had taken go back to the queue, unless he sits at another terminal too."""
    await parts.sessions.log_out(who)
    await parts.services.threads.write(_give_back, parts, who)
    parts.sessions.drop_cookie(response)


def _give_back(parts: Console, who: Identity) -> None:
    with parts.services.catalogue.read() as tx:
        elsewhere = sessions.of_user(tx, who.user.user_id)
    if not elsewhere:
        parts.services.desk.release_of(who.user.user_id, who.actor)
        parts.services.desk.presence.gone(who.user.user_id)


@router.get("/api/session")
@requires(Action.OWN_SESSION, before_password_change=True)
async def session(who: Caller, parts: Parts) -> schemas.SessionOut:
    """Who one is, and the token that changes need."""
    return _shape(parts, who)


@router.post("/api/session/password")
@requires(Action.OWN_SESSION, before_password_change=True)
async def change_password(
    body: bodies.PasswordChangeIn, who: Caller, response: Response, parts: Parts
) -> schemas.SessionOut:
    """Set a new password; the session goes on under a new token, all others of the user end."""
    token, changed = await parts.sessions.change_password(who, Secret(body.current), Secret(body.new))
    parts.sessions.set_cookie(response, token)
    return _shape(parts, changed)
