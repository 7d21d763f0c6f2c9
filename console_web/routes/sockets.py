"""The two WebSockets: changes, and live video."""

from __future__ import annotations

import asyncio
import json

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from alerts.presence import Person
from console_web import schemas, targets
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console
from console_web.guard import Admitted, guarded_router, requires
from console_web.live import Fragment, Start
from console_web.sockets import keep_open
from nvr.media import StreamKind

router = guarded_router()

_FIRST_WORDS_S = 10.0
_PING_S = 10.0
_SILENCE_S = 5.0
_LONGEST_IDLE_S = 1e6
_MOST_SHOWN = 100
_LONGEST_ID = 64
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
    ticket = presence.join(_person(who)) if at_desk else 0
    # A dispatcher's page is his agency's board: the first channel of what is sent to it.
    boards, agency = parts.services.desk.boards, who.subject.agency if who.subject.bound_to_agency else None
    if agency is not None:
        boards.join(agency)

    async def work() -> None:
        while True:
            await socket.send_text(await client.next(_PING_S))

    def on_recheck(now: Identity) -> None:
        client.subject = now.subject
        if at_desk:
            presence.changed(_person(now))

    def on_text(text: str) -> None:
        if agency is not None:
            boards.shown(agency, _shown(text))
        idle_s = _idle_s(text)
        if at_desk and idle_s is not None:
            presence.idle_for(who.user.user_id, idle_s)

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


def _idle_s(text: str) -> float | None:
    """What a screen says now and then: ``{"idle_s": 12}``, seconds since the last key or movement of the mouse. None: something else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    idle_s = document.get("idle_s") if isinstance(document, dict) else None
    # True is an int to Python.
    if not isinstance(idle_s, int | float) or isinstance(idle_s, bool) or not 0 <= idle_s < _LONGEST_IDLE_S:
        return None
    return float(idle_s)


def _shown(text: str) -> list[str]:
    """What a board says when it shows dispatches: ``{"shown": [ids]}``. None of them: it says something else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    shown = document.get("shown") if isinstance(document, dict) else None
    if not isinstance(shown, list) or len(shown) > _MOST_SHOWN:
        return []
    return [each for each in shown if isinstance(each, str) and 0 < len(each) <= _LONGEST_ID]


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
