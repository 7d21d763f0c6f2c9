"""Changes on their way from the catalogue to the screens: read once, judged for each user, through bounded queues.

The persisted change log is the truth and commits only wake its reader, so nothing is missed and nothing is seen twice: a client that connects is
handed what lies between its ``after`` and the reader's place, and everything behind that place from its queue. A client whose queue is full, or
whose ``after`` is older than the log, is told to load its lists again (``reset``).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

import msgspec

from alerts.desk import Desk
from alerts.handover import Handover
from alerts.records import Alert
from alerts.room import Room
from alerts.shelving import Shelving
from alerts.units import Unit
from console_web.access import Action, Subject, Target, reaches
from console_web.answer import Out
from console_web.handover_shapes import handover_out
from console_web.milliseconds import ms
from console_web.shapes import Shapes
from console_web.stream_states import StreamStates
from console_web.targets import Objects
from console_web.threads import Threads
from nvr.catalogue import changes
from nvr.catalogue.changes import Change
from nvr.catalogue.engine import Catalogue
from nvr.errors import NotFound, NvrError

_log = logging.getLogger(__name__)
_BATCH: Final = 500
_MAX_REPLAY: Final = 5000
_POLL_S: Final = 2.0
_QUEUE: Final = 1000

RESET: Final = '{"kind":"reset"}'
PING: Final = '{"kind":"ping"}'

_SEEN_WITH: Final[dict[str, Action]] = {
    "alert": Action.SEE_ALERTS,
    "incident": Action.SEE_INCIDENTS,
    "dispatch": Action.SEE_DISPATCHES,
    "camera": Action.SEE_CAMERAS,
    "shelving": Action.SEE_ALERTS,
    "room": Action.SEE_ROOM,
    "handover": Action.SEE_ROOM,
    "unit": Action.SEE_UNITS,
}


@dataclass(frozen=True, slots=True)
class Event:
    """A change as the screens get it: made once, for all of them.

    Attributes:
        texts: the message as JSON, by agency: what a dispatcher of that agency gets; None for everybody else.
        text_of: makes the message where what stands in it depends on more of whoever gets it, instead of ``texts``.
    """

    seq: int
    action: Action
    target: Target
    texts: dict[str | None, str]
    text_of: Callable[[Subject], str | None] | None = None

    def text_for(self, subject: Subject) -> str | None:
        """The message for a user, or None where the change is not for him."""
        if not subject.may(self.action) or not reaches(subject, self.target):
            return None
        return self.texts.get(subject.only_agency) if self.text_of is None else self.text_of(subject)


@dataclass(slots=True, eq=False)
class Client:
    """One open socket. Policy LATEST for the whole list: a full queue is emptied and the client told to load anew; ``resets`` counts."""

    subject: Subject
    seen_seq: int = 0
    limit: int = _QUEUE
    resets: int = 0
    _texts: deque[str] = field(default_factory=deque)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, event: Event) -> None:
        """Queue an event, unless it was seen or is not for this user."""
        if event.seq <= self.seen_seq:
            return
        self.seen_seq = event.seq
        text = event.text_for(self.subject)
        if text is None:
            return
        if len(self._texts) >= self.limit:
            self.reset()
        else:
            self._texts.append(text)
            self._ready.set()

    def reset(self) -> None:
        """Tell the client to load its lists again, instead of all that waits."""
        self._texts.clear()
        self._texts.append(RESET)
        self.resets += 1
        self._ready.set()

    async def next(self, timeout_s: float) -> str:
        """The next message, or a ping after ``timeout_s`` of silence."""
        if not self._texts:
            self._ready.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._ready.wait()
            except TimeoutError:
                return PING
        return self._texts.popleft()


class EventFeed:
    """Reads the change log and fans it out. ``run`` must be running; everything else is called on its loop."""

    def __init__(self, catalogue: Catalogue, desk: Desk, shapes: Shapes, objects: Objects, threads: Threads) -> None:
        self._catalogue = catalogue
        self._desk = desk
        self._shapes = shapes
        self._objects = objects
        self._threads = threads
        self._clients: set[Client] = set()
        self._wake = asyncio.Event()
        self._started = asyncio.Event()
        self._seq = -1
        self.sent = 0
        self.resets = 0

    @property
    def clients(self) -> int:
        """How many sockets are open."""
        return len(self._clients)

    async def run(self) -> None:
        """Fan out until cancelled."""
        loop = asyncio.get_running_loop()
        forget = self._desk.on_commit(lambda _seq: _call_soon(loop, self._wake.set))
        try:
            while True:
                # Cleared before reading: a commit during the read wakes us again.
                self._wake.clear()
                more = await self._fan_out()
                if not more:
                    try:
                        # Another process may commit too, without a word to us.
                        async with asyncio.timeout(_POLL_S):
                            await self._wake.wait()
                    except TimeoutError:
                        continue
        finally:
            forget()

    async def _fan_out(self) -> bool:
        try:
            if self._seq < 0:
                self._seq = await self._threads.read(self._last_seq)
                self._started.set()
            events = await self._threads.read(self._events_after, self._seq, _BATCH)
        except NvrError as error:
            _log.error("changes can't be read: %s", error)
            return False
        for event in events:
            self._seq = event.seq
            for client in self._clients:
                client.offer(event)
                self.sent += 1
        return len(events) == _BATCH

    async def join(self, subject: Subject, after: int) -> Client:
        """A client that gets everything after ``after``, in order, each once.

        Raises:
            CatalogueError: the log can't be read.
        """
        client = Client(subject, seen_seq=after)
        await self._started.wait()
        first, last = await self._threads.read(self._ends)
        # Not "after > self._seq": a replay runs ahead of the reader, and who got it may be back before the reader is there.
        if after > max(last, self._seq) or after < first - 1 or self._seq - after > _MAX_REPLAY:
            # Of another database, forgotten, or so far behind that loading the lists is less work.
            client.seen_seq = self._seq
            client.reset()
            self.resets += 1
        while client.seen_seq < self._seq:
            # The fan-out goes on meanwhile; what it passes is replayed here, until both stand at the same place.
            events = await self._threads.read(self._events_after, client.seen_seq, _BATCH)
            if not events:
                break
            for event in events:
                client.offer(event)
        # No await between the last look at the reader's place and this line: the next event finds the client.
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """The socket is closed."""
        self._clients.discard(client)
        self.resets += client.resets

    # What follows runs in threads.

    def _last_seq(self) -> int:
        with self._catalogue.read() as tx:
            return changes.last_seq(tx)

    def _ends(self) -> tuple[int, int]:
        with self._catalogue.read() as tx:
            return changes.first_seq(tx), changes.last_seq(tx)

    def _events_after(self, seq: int, limit: int) -> list[Event]:
        with self._catalogue.read() as tx:
            found = changes.changes_after(tx, seq, limit)
            states = StreamStates()
            if any(change.kind == "camera" for change in found):
                states = StreamStates.read(tx)
        dispatched: dict[str, frozenset[str]] | None = None
        events = []
        for change in found:
            # What is of no camera is judged by its action alone.
            target = Target(change.camera_id or None, change.agencies, frozenset(change.body.get("cameras", ())))
            bodies: dict[str | None, Any] = {}
            text_of = None
            if change.kind == "handover":
                text_of = self._handover_text(change)
            elif change.kind == "camera":
                if dispatched is None:
                    dispatched = self._dispatched_cameras()
                target = Target(change.camera_id, dispatched.get(change.camera_id, frozenset()))
                camera = self._shapes.config.camera(change.camera_id)
                if camera is not None:
                    bodies[None] = self._shapes.camera(camera, states)
                    bodies.update(dict.fromkeys(target.agencies, bodies[None]))
            else:
                bodies = self._bodies(change, target)
            events.append(Event(change.seq, _SEEN_WITH[change.kind], target, _texts(change, bodies), text_of))
        return events

    def _handover_text(self, change: Change) -> Callable[[Subject], str | None]:
        """Whoever has the same rights gets the same message."""
        try:
            found = msgspec.convert(change.body, Handover)
        except msgspec.ValidationError as error:
            _log.warning("change %d can't be shown: %s", change.seq, error)
            return lambda _subject: None

        @cache
        def made(subject: Subject) -> str | None:
            return _texts(change, {None: handover_out(found, subject)})[None]

        return lambda subject: made(replace(subject, user_id=""))

    def _dispatched_cameras(self) -> dict[str, frozenset[str]]:
        merged: dict[str, frozenset[str]] = {}
        for agency in self._shapes.config.agencies:
            for camera_id, agencies in self._objects.dispatched_to(agency.code).items():
                merged[camera_id] = merged.get(camera_id, frozenset()) | agencies
        return merged

    def _own_body(self, change: Change) -> Out | None:
        """What a change shows where its own body says it all."""
        match change.kind:
            case "alert":
                return self._shapes.alert(msgspec.convert(change.body, Alert))
            case "room":
                return self._shapes.room(msgspec.convert(change.body, Room))
            case "shelving":
                return self._shapes.shelving(msgspec.convert(change.body, Shelving))
            case "unit":
                return self._shapes.unit(msgspec.convert(change.body, Unit))
            case _:
                return None

    def _bodies(self, change: Change, target: Target) -> dict[str | None, Any]:
        try:
            own = self._own_body(change)
            if own is not None:
                return dict.fromkeys((None, *change.agencies), own)
            if change.kind == "dispatch":
                # As it is now, like its incident beside it: a later state than the change's own does no harm, a mixture would.
                (shaped,) = self._shapes.dispatches([self._desk.dispatch(change.object_id)])
                return {None: shaped, change.agency: shaped}
            incident = self._desk.incident(change.object_id)
        except (NotFound, msgspec.ValidationError) as error:
            _log.warning("change %d can't be shown: %s", change.seq, error)
            return {}
        bodies: dict[str | None, Any] = {None: self._shapes.incident(incident)}
        for agency in target.agencies:
            bodies[agency] = self._shapes.incident(incident, only_agency=agency)
        return bodies


def _texts(change: Change, bodies: dict[str | None, Any]) -> dict[str | None, str]:
    head = {"seq": change.seq, "wall_ms": ms(change.wall_ns), "kind": change.kind}
    made: dict[int, str] = {}
    texts: dict[str | None, str] = {}
    for key, body in bodies.items():
        if id(body) not in made:
            content = head | {"body": body.model_dump(mode="json")}
            made[id(body)] = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        texts[key] = made[id(body)]
    return texts


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        # The loop has ended between the commit and now; nobody listens any more.
        return
