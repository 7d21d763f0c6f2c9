"""The running console's parts, as routes get at them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from console_web.access import Target, reaches
from console_web.auth import Identity, Sessions
from console_web.events import EventFeed
from console_web.looks import Looks
from console_web.services import Services
from console_web.shapes import Shapes
from console_web.stills import Stills
from console_web.stream_states import StreamStates
from console_web.targets import Objects
from nvr.catalogue import audit


@dataclass(frozen=True, slots=True)
class Console:
    """Made once by ``create_app``."""

    services: Services
    sessions: Sessions
    objects: Objects
    shapes: Shapes
    feed: EventFeed
    stills: Stills = field(default_factory=Stills)
    searching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """One search at a time: it keeps a core busy for a second, and live video wants its share."""
    looks: Looks = field(default_factory=Looks)

    def stream_states(self) -> StreamStates:
        """How each stream is. Runs in a thread."""
        with self.services.catalogue.read() as tx:
            return StreamStates.read(tx)

    def sees(
        self,
        who: Identity,
        camera_id: str,
        agencies: frozenset[str] = frozenset(),
        others: frozenset[str] = frozenset(),
    ) -> bool:
        """Whether an object at a camera belongs into a list for somebody."""
        return reaches(who.subject, Target(camera_id, agencies, others))

    async def note_look(self, who: Identity, action: str, about: str, detail: dict[str, str] | None = None) -> None:
        """Write to the audit what the desk does not: looking. Repeated by one session it is written every ten minutes.

        Raises:
            CatalogueError: it can't be written; then nothing may be shown either.
        """
        look = (who.session.token_hash, action, about, *(detail or {}).values())
        if not self.looks.is_new(look, self.services.clock.monotonic_ns()):
            return
        try:
            await self.services.threads.write(self._note, who, action, about, detail)
        except BaseException:
            self.looks.forget(look)
            raise

    async def note_act(self, who: Identity, action: str, about: str, detail: dict[str, str] | None = None) -> None:
        """Write to the audit what somebody does to a camera itself: each time.

        Raises:
            CatalogueError: it can't be written; then it may not be done either.
        """
        await self.services.threads.write(self._note, who, action, about, detail)

    def _note(self, who: Identity, action: str, about: str, detail: dict[str, str] | None) -> None:
        with self.services.catalogue.write() as tx:
            audit.append(
                tx,
                wall_ns=self.services.clock.wall_ns(),
                actor=who.user.name,
                terminal=who.terminal,
                address=who.address,
                action=action,
                object=about,
                detail=detail,
            )


async def _console(connection: HTTPConnection) -> Console:
    console: Console = connection.app.state.parts
    return console


Parts = Annotated[Console, Depends(_console)]
"""Parameter of a route: the console's parts."""
