"""What every WebSocket of ours does beside its own work: notice that the other end went, and that its user may no longer have it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from console_web.auth import RECHECK_S, Identity
from console_web.guard import Guard, rule_of


async def keep_open(
    socket: WebSocket,
    work: Callable[[], Awaitable[None]],
    on_recheck: Callable[[Identity], int | None] | None = None,
    on_text: Callable[[str], None] | None = None,
) -> None:
    """Run ``work`` (which sends) until it ends, the other end goes, or the user may no longer have the socket; then close it.

    Args:
        socket: accepted already.
        work: sends; never receives.
        on_recheck: told who the user is now, every ``RECHECK_S``; the code with which to close it, None where it may stay open.
        on_text: takes what the browser says; it is of no interest where this is None.
    """
    watcher = asyncio.ensure_future(_watch(socket, on_recheck))
    reader = asyncio.ensure_future(_drain(socket, on_text))
    sender = asyncio.ensure_future(work())
    tasks = (watcher, reader, sender)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, (WebSocketDisconnect, WebSocketDisconnected)):
            raise result
    code = results[0] if isinstance(results[0], int) else 1000
    if socket.client_state.name == "CONNECTED" and socket.application_state.name == "CONNECTED":
        await socket.close(code)


async def _drain(socket: WebSocket, on_text: Callable[[str], None] | None) -> None:
    # The server bounds each message.
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        if on_text is not None:
            on_text(message.get("text") or "")


async def _watch(socket: WebSocket, on_recheck: Callable[[Identity], int | None] | None) -> int:
    guard: Guard = socket.app.state.guard
    rule = rule_of(socket.scope["endpoint"])
    while True:
        await asyncio.sleep(RECHECK_S)
        identity = await guard.sessions.identify(socket)
        code = 4403 if rule is None else await guard.verdict_on_socket(identity, rule, socket)
        if code is not None or identity is None:
            return code or 4401
        if on_recheck is not None and (code := on_recheck(identity)) is not None:
            return code
