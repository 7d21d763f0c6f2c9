"""The two WebSockets: changes, and live video."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from alerts.presence import Person
from console_web import schemas, targets
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console
from console_web.guard import CLOSE_NOT_ALLOWED, Admitted, guarded_router, requires
from console_web.live import Fragment, Start
from console_web.sockets import keep_open
from nvr.media import StreamKind

router = guarded_router()

_FIRST_WORDS_S = 10.0
_PING_S = 10.0
_SILENCE_S = 5.0
_LONGEST_IDLE_S = 1e6
_MOST_IDS = 100
_ID = re.compile(r"[!-~]{1,64}")
"""No id of ours has other characters, and databases refuse some of them."""
CLOSE_BAD_REQUEST = 4400


@router.websocket("/api/events")
@requires(Action.FOLLOW_EVENTS)
async def events(socket: WebSocket, who: Admitted) -> None:
    """What changes, from where the client stands, each once and in order."""
    parts: Console = socket.app.state.parts
    after = await _first_words(socket)
    if after is None:
        await socket.close(CLOSE_BAD_REQUEST)
        return
    client = await parts.feed.join(who.subject, after)
    # Operators and supervisors are present while their feed is open: before them alerts stand, among them the cameras are dealt.
    presence = parts.services.desk.presence
    at_desk = who.subject.may(Action.WORK_ALERTS)
    person = _person(who)
    ticket = presence.join(person) if at_desk else 0
    # A dispatcher's page is his agency's board: the first channel of what is sent to it.
    boards, agency = parts.services.desk.boards, who.subject.agency if who.subject.bound_to_agency else None
    if agency is not None:
        boards.join(agency)

    async def work() -> None:
        while True:
            await socket.send_text(await client.next(_PING_S))

    def on_recheck(now: Identity) -> int | None:
        nonlocal person
        if (now.subject.role, now.subject.agency) != (who.subject.role, who.subject.agency):
            # Another page is his now: this one would go on to stand for him at the desk, or for his old agency before its board.
            return CLOSE_NOT_ALLOWED
        client.subject, person = now.subject, _person(now)
        if at_desk:
            presence.changed(person, ticket)
        return None

    def on_text(text: str) -> None:
        said = _words(text)
        if agency is not None:
            boards.shown(agency, _ids(said, "shown"))
        if at_desk:
            idle_s = _idle_s(said)
            if idle_s is not None:
                presence.idle_for(who.user.user_id, idle_s)
            parts.services.desk.sightings.seen(person, _ids(said, "seen"))

    try:
        await keep_open(socket, work, on_recheck, on_text)
    finally:
        parts.feed.leave(client)
        if agency is not None:
            boards.leave(agency)
        if at_desk:
            presence.leave(who.user.user_id, ticket)


def _person(who: Identity) -> Person:
    return Person(who.user.user_id, who.actor.name, who.subject.role.value, who.terminal, who.subject.cameras)


def _words(text: str) -> dict[str, Any]:
    """What a screen says, e.g. ``{"idle_s": 12}``; empty where it is nonsense."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _idle_s(said: Mapping[str, Any]) -> float | None:
    """Seconds since the last key or movement of the mouse. None: it says something else."""
    idle_s = said.get("idle_s")
    # True is an int to Python.
    if not isinstance(idle_s, int | float) or isinstance(idle_s, bool) or not 0 <= idle_s < _LONGEST_IDLE_S:
        return None
    return float(idle_s)


def _ids(said: Mapping[str, Any], name: str) -> list[str]:
    """What is on a screen: ``shown``, dispatches on a board; ``seen``, alerts before an operator. None of them: it says something else."""
    ids = said.get(name)
    if not isinstance(ids, list) or len(ids) > _MOST_IDS:
        return []
    return [each for each in ids if isinstance(each, str) and _ID.fullmatch(each)]


async def _first_words(socket: WebSocket) -> int | None:
    try:
        async with asyncio.timeout(_FIRST_WORDS_S):
            message = await socket.receive()
    except TimeoutError:
        return None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    try:
        document = json.loads(message.get("text") or "")
    except (ValueError, RecursionError):
        return None
    after = document.get("after") if isinstance(document, dict) else None
    # True is an int to Python, and 2**63 an overflow to the database.
    return after if type(after) is int and 0 <= after < 2**63 else None


@router.websocket("/api/live/{camera_id}/{stream}")
@requires(Action.WATCH_LIVE, targets.live_stream)
async def live(socket: WebSocket, camera_id: str, stream: str, who: Admitted) -> None:
    """Live video as fragmented MP4, a frame a message."""
    parts: Console = socket.app.state.parts
    hub = parts.services.live
    kind = StreamKind(stream)
    await parts.note_look(who, "live.watch", f"{camera_id}/{stream}")
    channel, viewer = hub.join(camera_id, kind)

    async def work() -> None:
        told = ""
        while True:
            item = await viewer.next(_SILENCE_S)
            match item:
                case Start():
                    await socket.send_text(item.text)
                    if item.init:
                        await socket.send_bytes(item.init)
                case Fragment():
                    told = ""
                    await socket.send_bytes(item.data)
                case None:
                    cause = await _cause(parts, camera_id, kind)
                    text = json.dumps({"kind": "offline", "cause": channel.unsupported or cause})
                    if text != told:
                        told = text
                        await socket.send_text(text)

    try:
        await keep_open(socket, work)
    finally:
        hub.leave(channel, viewer)


async def _cause(parts: Console, camera_id: str, stream: StreamKind) -> str:
    def read() -> schemas.StreamsOut | None:
        camera = parts.services.config.camera(camera_id)
        return None if camera is None else parts.shapes.streams(camera, parts.stream_states())

    streams = await parts.services.threads.read(read)
    known = None if streams is None else streams.main if stream is StreamKind.MAIN else streams.sub
    # A stream that counts as online and yet is silent: the link between is the likeliest.
    return "link" if known is None or not known.cause else known.cause
