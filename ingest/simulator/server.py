"""The RTSP end of the fleet (RFC 2326, with RFC 7616's Digest): one port, ``rtsp://host:port/<camera_id>/<main|sub>``.

To a client each camera is by itself. Sessions end with their connection, or when the client has been silent for the session's
time-out, in TCP mode too: cameras in the field do the same.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

from ingest.simulator.datagrams import DatagramPair
from ingest.simulator.digest import DigestGate
from ingest.simulator.messages import Interleaved, MessageReader, Request, format_response
from ingest.simulator.player import CameraPlayer, Feed
from ingest.simulator.sdp import TRACK, describe_stream
from ingest.simulator.transport import ClientPorts, choose_transport
from ingest.simulator.viewers import DatagramViewer, DeliveryCounts, InterleavedViewer
from nvr.config import Credential
from nvr.errors import StreamMalformed
from nvr.media import StreamKind

METHODS: Final = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
_MAX_SESSIONS: Final = 8
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class ServedCamera:
    """What the server knows of a camera. ``unplugged_until_s`` is on the event loop's clock."""

    player: CameraPlayer
    credential: Credential | None
    connections: set[RtspConnection] = field(default_factory=set)
    unplugged_until_s: float = 0.0


@dataclass(slots=True, eq=False)
class RtspService:
    """What all connections share."""

    cameras: Mapping[str, ServedCamera]
    datagrams: DatagramPair
    counts: DeliveryCounts
    session_timeout_s: float
    connections: set[RtspConnection] = field(default_factory=set)

    def hang_up_on_the_silent(self, now_s: float) -> None:
        """Close connections whose sessions have timed out; to be called every few seconds."""
        for connection in list(self.connections):
            connection.expire(now_s)

    def heard_from(self, address: tuple[str, int]) -> None:
        """A receiver report came from this address."""
        for connection in self.connections:
            connection.heard_from(address)

    def unplug(self, camera: ServedCamera, until_s: float, now_s: float) -> None:
        """Drop a camera's connections and refuse new ones until ``until_s`` on the loop's clock."""
        camera.unplugged_until_s = until_s
        if until_s > now_s:
            for connection in list(camera.connections):
                connection.drop()


@dataclass(slots=True, eq=False)
class _Session:
    session_id: str
    camera: ServedCamera
    stream: StreamKind
    feed: Feed
    viewer: InterleavedViewer | DatagramViewer
    last_heard_s: float
    playing: bool = False


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class _Refused(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__(status)
        self.reply = _Reply(status, {name.replace("_", "-"): value for name, value in headers.items()})


class RtspConnection(asyncio.Protocol):
    """One client's TCP connection."""

    def __init__(self, service: RtspService, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._loop = loop
        self._reader = MessageReader()
        self._gate = DigestGate(secrets.token_hex(16))
        self._sessions: dict[str, _Session] = {}
        self._opened_s = loop.time()
        self._transport: asyncio.Transport | None = None
        self._handlers: dict[str, Callable[[Request, asyncio.Transport], _Reply]] = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "GET_PARAMETER": self._keep_alive,
            "SET_PARAMETER": self._keep_alive,
            "TEARDOWN": self._teardown,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface of asyncio.Transport without being instances of it.
        self._transport = cast("asyncio.Transport", transport)
        self._service.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio.Protocol's signature
        self._transport = None
        self._service.connections.discard(self)
        for camera in self._service.cameras.values():
            camera.connections.discard(self)
        for session in self._sessions.values():
            _stop(session)
        self._sessions.clear()

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        try:
            for message in self._reader.feed(data):
                if isinstance(message, Interleaved):
                    self._touch(self._sessions.values())
                elif not transport.is_closing():
                    self._answer(message, transport)
        except StreamMalformed as error:
            _log.debug("hanging up: %s", error)
            transport.write(format_response(400, {}))
            transport.close()

    def expire(self, now_s: float) -> None:
        """Hang up where every session has been silent for too long, or none was made."""
        heard_s = max((session.last_heard_s for session in self._sessions.values()), default=self._opened_s)
        if now_s - heard_s > self._service.session_timeout_s:
            self.drop()

    def drop(self) -> None:
        """Break the connection off without a word."""
        if self._transport is not None:
            self._transport.abort()

    def heard_from(self, address: tuple[str, int]) -> None:
        """A receiver report came from this address."""
        self._touch(
            session
            for session in self._sessions.values()
            if isinstance(session.viewer, DatagramViewer) and session.viewer.report_address == address
        )

    def _touch(self, sessions: Iterable[_Session]) -> None:
        now_s = self._loop.time()
        for session in sessions:
            session.last_heard_s = now_s

    def _answer(self, request: Request, transport: asyncio.Transport) -> None:
        try:
            reply = self._handler(request)(request, transport)
        except _Refused as refused:
            reply = refused.reply
        if not transport.is_closing():
            headers = {"CSeq": request.headers.get("cseq", "0"), **reply.headers}
            transport.write(format_response(reply.status, headers, reply.body))

    def _handler(self, request: Request) -> Callable[[Request, asyncio.Transport], _Reply]:
        if request.version != "RTSP/1.0":
            raise _Refused(505)
        if "require" in request.headers:
            raise _Refused(551, Unsupported=request.headers["require"])
        if request.method not in self._handlers:
            raise _Refused(405, Allow=METHODS)
        return self._handlers[request.method]

    def _options(self, request: Request, _transport: asyncio.Transport) -> _Reply:
        # Also a keep-alive; it needs no credentials and may name the server with "*".
        session = self._sessions.get(_session_id(request))
        self._touch([session] if session else [])
        return _Reply(headers={"Public": METHODS})

    def _describe(self, request: Request, transport: asyncio.Transport) -> _Reply:
        camera, stream, base = self._target(request, transport)
        source = camera.player.feeds[stream].source
        body = describe_stream(
            title=f"{camera.player.camera_id} {stream}",
            host=transport.get_extra_info("sockname")[0],
            session_id=secrets.randbits(62),
            sps=source.sps,
            pps=source.pps,
            fps=source.fps,
        )
        return _Reply(headers={"Content-Base": f"{base}/", "Content-Type": "application/sdp"}, body=body.encode())

    def _setup(self, request: Request, transport: asyncio.Transport) -> _Reply:
        camera, stream, _ = self._target(request, transport)
        if "session" in request.headers:
            raise _Refused(459)  # there is one track; a second SETUP in a session could only ask for aggregation
        if len(self._sessions) >= _MAX_SESSIONS:
            raise _Refused(453)
        choice = choose_transport(request.headers.get("transport", ""))
        if choice is None:
            raise _Refused(461)
        viewer: InterleavedViewer | DatagramViewer
        if isinstance(choice, ClientPorts):
            service = self._service
            # Only to where the connection comes from: a `destination` would let anyone aim the stream at others (RFC 2326 section 16).
            host = transport.get_extra_info("peername")[0]
            ports = (choice.rtp, choice.rtcp)
            viewer = DatagramViewer(service.datagrams.sockets, host, ports, self._loop, service.counts)
            server = "-".join(map(str, service.datagrams.ports))
            agreed = f"RTP/AVP;unicast;client_port={choice.rtp}-{choice.rtcp};server_port={server}"
        else:
            free = 2 * len(self._sessions)
            rtp, rtcp = (choice.rtp, choice.rtcp) if choice.rtp >= 0 else (free, free + 1)
            viewer = InterleavedViewer(transport, rtp, rtcp, self._service.counts)
            agreed = f"RTP/AVP/TCP;unicast;interleaved={rtp}-{rtcp}"
        session = _Session(secrets.token_hex(8), camera, stream, camera.player.feeds[stream], viewer, self._loop.time())
        self._sessions[session.session_id] = session
        return _Reply(headers={"Transport": agreed, **self._session_header(session)})

    def _play(self, request: Request, transport: asyncio.Transport) -> _Reply:
        camera, _, base = self._target(request, transport)
        session = self._session(request)
        if session.camera is not camera:
            raise _Refused(454)
        sequence, timestamp = camera.player.next_keyframe(session.stream)
        if not session.playing:
            session.playing = True
            # The answer is written in this same turn of the loop, before any frame.
            session.feed.viewers.append(session.viewer)
        info = f"url={base}/{TRACK};seq={sequence};rtptime={timestamp}"
        return _Reply(headers={"Range": "npt=now-", "RTP-Info": info, **self._session_header(session)})

    def _keep_alive(self, request: Request, transport: asyncio.Transport) -> _Reply:
        self._target(request, transport)
        return _Reply(headers=self._session_header(self._session(request)) if "session" in request.headers else {})

    def _teardown(self, request: Request, transport: asyncio.Transport) -> _Reply:
        self._target(request, transport)
        session = self._session(request)
        del self._sessions[session.session_id]
        _stop(session)
        return _Reply()

    def _target(self, request: Request, transport: asyncio.Transport) -> tuple[ServedCamera, StreamKind, str]:
        """The camera and stream that a request names, and its URL without track; refuses whom the camera would refuse."""
        try:
            parts = urlsplit(request.url)
            path = parts.path.strip("/").removesuffix(TRACK).strip("/")
            camera_id, _, name = path.partition("/")
            camera, stream = self._service.cameras[camera_id], StreamKind(name)
            if stream not in camera.player.feeds:
                raise _Refused(404)
        except (ValueError, KeyError):
            raise _Refused(404) from None
        if self._loop.time() < camera.unplugged_until_s:
            transport.abort()
            raise _Refused(404)
        authorization = request.headers.get("authorization", "")
        if camera.credential is not None and not self._gate.admits(
            authorization, request.method, camera_id, camera.credential
        ):
            raise _Refused(401, WWW_Authenticate=self._gate.challenge())
        camera.connections.add(self)
        return camera, stream, f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{path}"

    def _session(self, request: Request) -> _Session:
        session = self._sessions.get(_session_id(request))
        if session is None:
            raise _Refused(454)
        self._touch([session])
        return session

    def _session_header(self, session: _Session) -> dict[str, str]:
        return {"Session": f"{session.session_id};timeout={round(self._service.session_timeout_s)}"}


def _session_id(request: Request) -> str:
    return request.headers.get("session", "").partition(";")[0].strip()


def _stop(session: _Session) -> None:
    if session.playing:
        session.feed.viewers.remove(session.viewer)
    if isinstance(session.viewer, DatagramViewer):
        session.viewer.close()
