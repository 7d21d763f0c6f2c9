"""The room's seats: an admin registers the browser that he sits at, and it is known from then on, whoever logs in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from console_web import bodies, room_schemas
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.milliseconds import ms
from console_web.problems import invalid, not_found
from console_web.terminal_names import MARK
from nvr.catalogue import audit, terminals
from nvr.catalogue.engine import Transaction
from nvr.catalogue.terminals import Terminal
from nvr.catalogue.texts import line

router = guarded_router()


@router.get("/api/terminals")
@requires(Action.MANAGE_TERMINALS)
async def list_all(request: Request, parts: Parts) -> room_schemas.TerminalsOut:
    """All registered seats."""
    return await _listing(parts, parts.sessions.terminals.token_hash(request))


@router.post("/api/terminals")
@requires(Action.MANAGE_TERMINALS)
async def register(body: bodies.TerminalIn, response: Response, who: Caller, parts: Parts) -> room_schemas.TerminalsOut:
    """This browser is that seat from now on."""
    if MARK in body.name:
        raise invalid(f"«{MARK}» señala a los navegadores que no son un terminal: elija otro nombre.")
    cookie = parts.sessions.terminals
    token, token_hash = cookie.new_token()
    terminal = Terminal(body.number, line(body.name, 40), token_hash, who.actor.name, parts.services.clock.wall_ns())
    await parts.services.threads.write(_store, parts, who, terminal)
    cookie.give(response, token)
    return await _listing(parts, token_hash)


@router.post("/api/terminals/{number}/forget")
@requires(Action.MANAGE_TERMINALS)
async def forget(
    number: Annotated[int, Path(ge=1, le=99)], request: Request, who: Caller, parts: Parts
) -> room_schemas.TerminalsOut:
    """The seat is gone; its browser is nobody's."""
    if not await parts.services.threads.write(_forget, parts, who, number):
        raise not_found()
    return await _listing(parts, parts.sessions.terminals.token_hash(request))


async def _listing(parts: Console, here: str | None) -> room_schemas.TerminalsOut:
    def read() -> list[Terminal]:
        with parts.services.catalogue.read() as tx:
            return terminals.list_all(tx)

    found = await parts.services.threads.read(read)
    return room_schemas.TerminalsOut(
        items=[
            room_schemas.TerminalOut(
                number=each.number,
                name=each.name,
                registered_by=each.registered_by,
                registered_wall_ms=ms(each.registered_wall_ns),
                here=each.token_hash == here,
            )
            for each in found
        ]
    )


def _store(parts: Console, who: Identity, terminal: Terminal) -> None:
    with parts.services.catalogue.write() as tx:
        terminals.store(tx, terminal)
        _audit(parts, tx, who, "terminal.register", terminal.number, {"name": terminal.name})


def _forget(parts: Console, who: Identity, number: int) -> bool:
    with parts.services.catalogue.write() as tx:
        done = terminals.forget(tx, number)
        if done:
            _audit(parts, tx, who, "terminal.forget", number, {})
        return done


def _audit(  # noqa: PLR0917 - as the audit has them
    parts: Console, tx: Transaction, who: Identity, action: str, number: int, detail: dict[str, str]
) -> None:
    audit.append(
        tx,
        wall_ns=parts.services.clock.wall_ns(),
        actor=who.user.name,
        terminal=who.terminal,
        address=who.address,
        action=action,
        object=str(number),
        detail=detail,
    )
