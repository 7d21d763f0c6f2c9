"""How a listening server ends without leaving a connection open."""

from __future__ import annotations

import asyncio
from typing import Final

_TURNS: Final = 3
"""A connection is accepted in one turn of the loop, has its transport in the next, and its protocol in the one after."""


async def stop_accepting(server: asyncio.Server) -> None:
    """Accept nothing more, and let whoever was just accepted reach the server's protocol: he is then there to be hung up on.

    ``Server.close`` alone forgets a connection that was accepted in the same turn of the loop: asyncio (until Python 3.12) fails at making its transport,
    tells nobody, and leaves the socket to the collector. Call this first, then ``close``.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop, asyncio.SelectorEventLoop):
        return  # uvloop has its own way, and no such fault
    for listening in server.sockets:
        loop.remove_reader(listening.fileno())
    for _ in range(_TURNS):
        await asyncio.sleep(0)
