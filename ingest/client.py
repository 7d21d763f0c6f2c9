"""An RTSP 1.0 client (RFC 2326) for one video stream: OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN. Redirects are refused."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from dataclasses import dataclass
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from ingest.audio import AudioIntake
from ingest.certificates import check_pin, tls_context
from ingest.connection import Receiver, RtspConnection
from ingest.digest import Authenticator
from ingest.rtsp import Response, Session, control_url, format_request, parse_session, parse_transport
from ingest.sdp import VideoDescription, parse_sdp
from ingest.udp import UdpPorts
from nvr.clock import Clock
from nvr.errors import (
    CameraRedirects,
    CameraRefusedLogin,
    CameraUnreachable,
    LoginLoop,
    SourceError,
    StreamMalformed,
    StreamUnsupported,
)

DEFAULT_PORTS: Final = {"rtsp": 554, "rtsps": 322}
_BEFORE_PLAY_IS_ANSWERED_BYTES: Final = 64 * 1024 * 1024
_ATTEMPTS_PER_REQUEST: Final = 3  # without credentials, with them, and once more when the nonce was stale


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long a camera may take. ``open_s`` covers everything up to PLAY's answer; ``tls_s`` is the handshake's, added to ``connect_s``.

    ``connect_s`` lets TCP ask twice (after 0 and 1 s): waiting longer for a machine that is not there would only delay the next attempt.
    """

    connect_s: float = 2.5
    tls_s: float = 2.5
    answer_s: float = 5.0
    open_s: float = 10.0
    teardown_s: float = 0.5


class MediaSink(Protocol):
    """Takes the packets of a stream; see ``connection.Receiver`` for how long views are valid."""

    def rtp(self, view: memoryview, start: int, stop: int) -> None:
        """An RTP packet."""
        ...

    def rtcp(self, view: memoryview, start: int, stop: int) -> None:
        """A compound RTCP packet."""
        ...

    def keep(self) -> None:
        """The buffer is about to be overwritten."""
        ...

    @property
    def idle(self) -> bool:
        """Whether no view is held."""
        ...


class _Router(Receiver):
    """Sends what is not on the fast path where it belongs."""

    def __init__(self) -> None:
        self.media: MediaSink | None = None
        self.sound: AudioIntake | None = None
        self.rtcp_channel = 1
        self.sound_channel = -1

    def interleaved(self, channel: int, view: memoryview, start: int, stop: int) -> None:
        if channel == self.rtcp_channel and self.media is not None:
            self.media.rtcp(view, start, stop)
        elif channel == self.sound_channel and self.sound is not None:
            self.sound.rtp(view, start, stop)

    def keep(self) -> None:
        if self.media is not None:
            self.media.keep()

    @property
    def idle(self) -> bool:
        return self.media is None or self.media.idle


class RtspClient:
    """One connection. Use ``connect``, ``describe``, ``play``, then wait for ``closed``; ``keep_alive`` now and then; ``close`` always.

    Every method raises a ``SourceError`` and nothing else.
    """

    def __init__(
        self,
        url: str,
        transport: Literal["tcp", "udp"],
        authenticator: Authenticator,
        clock: Clock,
        *,
        limits: TimeLimits | None = None,
        tls: ssl.SSLContext | None = None,
        pin: str | None = None,
    ) -> None:
        """``pin``: SHA-256 of the one certificate that is taken over ``rtsps``, hexadecimal; whoever signed it does not matter then."""
        self._url = url
        self._transport_kind = transport
        self._authenticator = authenticator
        self._clock = clock
        self._limits = limits or TimeLimits()
        self._tls = tls
        self._pin = pin
        self._router = _Router()
        self._connection: RtspConnection | None = None
        self._udp: UdpPorts | None = None
        self._sound_udp: UdpPorts | None = None
        self.sound_failed = False
        self._peer = ""
        self._cseq = 0
        self._base = url
        self._play_url = url
        self._session: Session | None = None
        self._keep_alive_method = "OPTIONS"
        self._keep_alive: tuple[int, asyncio.Future[Response]] | None = None

    @property
    def received_bytes(self) -> int:
        """All that came over TCP and UDP."""
        received = self._connection.received_bytes if self._connection else 0
        return received + sum(ports.received_bytes for ports in self._ports())

    @property
    def received_frames(self) -> int:
        """RTSP messages, RTP and RTCP packets that came."""
        received = self._connection.messages + self._connection.frames if self._connection else 0
        return received + sum(ports.frames for ports in self._ports())

    @property
    def reordered(self) -> int:
        """UDP packets that came before their place."""
        return self._udp.reordered if self._udp else 0

    def _ports(self) -> list[UdpPorts]:
        return [ports for ports in (self._udp, self._sound_udp) if ports is not None]

    @property
    def session_timeout_s(self) -> int:
        """After how long without a sign of life the camera may end the session."""
        return self._session.timeout_s if self._session else 60

    @property
    def closed(self) -> asyncio.Future[None]:
        """Done when the connection ended; its exception says why."""
        if self._connection is None:
            raise CameraUnreachable("not connected")
        return self._connection.closed

    async def connect(self) -> None:
        """Open the TCP (or TLS) connection."""
        parts = urlsplit(self._url)
        host = parts.hostname or ""
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        loop = asyncio.get_running_loop()
        tls = self._context() if parts.scheme == "rtsps" else None
        patience_s = self._limits.connect_s + (self._limits.tls_s if tls is not None else 0.0)
        self._authenticator.begin_connection()
        try:
            async with asyncio.timeout(patience_s):
                transport, connection = await loop.create_connection(
                    lambda: RtspConnection(self._router, loop), host, port, ssl=tls
                )
        except TimeoutError as error:
            raise CameraUnreachable(
                f"{host}:{port} does not answer within {patience_s:g} s", "check power, cable and address"
            ) from error
        except ssl.SSLError as error:
            raise CameraUnreachable(
                f"{host}:{port} has no certificate that we trust ({error.reason or 'TLS failed'})",
                "install the camera's certificate authority on this machine, or pin its certificate with certificate_sha256",
            ) from error
        except OSError as error:
            raise CameraUnreachable(
                f"{host}:{port} can't be reached ({error.strerror or error})", "check power, cable and address"
            ) from error
        except UnicodeError as error:
            raise CameraUnreachable(f"{host} is not a host name", "check the URL in cameras.yaml") from error
        self._connection = connection
        if tls is not None and self._pin is not None:
            # Before the first request: whoever poses as the camera hears nothing from us.
            shown = transport.get_extra_info("ssl_object")
            check_pin(None if shown is None else shown.getpeercert(binary_form=True), self._pin)
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if peer else host

    def _context(self) -> ssl.SSLContext:
        return self._tls if self._tls is not None and self._pin is None else tls_context(self._pin)

    async def describe(self) -> VideoDescription:
        """OPTIONS and DESCRIBE: what the camera sends."""
        options = await self._request("OPTIONS", self._url, {}, tolerate=True)
        if "GET_PARAMETER" in options.head.first("public").upper():
            self._keep_alive_method = "GET_PARAMETER"
        response = await self._request("DESCRIBE", self._url, {"Accept": "application/sdp"})
        head = response.head
        self._base = head.first("content-base") or head.first("content-location") or self._url
        return parse_sdp(response.body)

    async def play(self, description: VideoDescription, media: MediaSink, sound: AudioIntake | None = None) -> None:
        """SETUP and PLAY: from now on ``media`` gets packets, and ``sound`` those of the description's audio where the camera gives it.

        ``sound_failed`` says that it did not; pictures come all the same, unless that ended the connection.
        """
        connection = self._open_connection()
        self._router.media = media
        if self._transport_kind == "udp":
            self._udp = UdpPorts(self._peer, self._router, self._clock, connection.fail)
            port = self._udp.rtp_port
            wanted = f"RTP/AVP;unicast;client_port={port}-{port + 1}"
        else:
            connection.route(0, media.rtp)
            wanted = "RTP/AVP/TCP;unicast;interleaved=0-1"
        response = await self._request("SETUP", control_url(self._base, description.control), {"Transport": wanted})
        self._session = parse_session(response.head.first("session"))
        agreed = parse_transport(response.head.first("transport"))
        if agreed.interleaved != (self._udp is None):
            kind = "tcp" if agreed.interleaved else "udp"
            raise StreamUnsupported("the camera agrees to another transport than asked for", f"use transport: {kind}")
        if self._udp is None:
            connection.route(agreed.channels[0], media.rtp)
            self._router.rtcp_channel = agreed.channels[1]
        elif agreed.server_ports is None:
            raise StreamUnsupported("the camera does not say from which UDP ports it sends", "use transport: tcp")
        else:
            self._udp.start(agreed.server_ports, media.rtp)
        if sound is not None and description.audio is not None:
            await self._set_up_sound(description.audio.control, sound)
        self._play_url = control_url(self._base, description.session_control)
        # Pictures may come before the answer does; once it is there, the session looks at the rate.
        connection.allowance_bytes = connection.received_bytes + _BEFORE_PLAY_IS_ANSWERED_BYTES
        await self._request("PLAY", self._play_url, {"Range": "npt=0.000-"})
        connection.allowance_bytes = sys.maxsize

    async def _set_up_sound(self, control: str, sound: AudioIntake) -> None:
        """The second track, by the way of the first."""
        connection = self._open_connection()
        self.sound_failed = True
        ports: UdpPorts | None = None
        wanted = "RTP/AVP/TCP;unicast;interleaved=2-3"
        if self._transport_kind == "udp":
            ports = self._sound_udp = UdpPorts(self._peer, self._router, self._clock, connection.fail)
            wanted = f"RTP/AVP;unicast;client_port={ports.rtp_port}-{ports.rtp_port + 1}"
        try:
            response = await self._request("SETUP", control_url(self._base, control), {"Transport": wanted})
            agreed = parse_transport(response.head.first("transport"))
        except SourceError:
            if connection.closed.done():
                raise
            return
        if ports is None and agreed.interleaved and agreed.channels[0] not in {0, self._router.rtcp_channel}:
            self._router.sound, self._router.sound_channel = sound, agreed.channels[0]
            self.sound_failed = False
        elif ports is not None and agreed.server_ports is not None:
            ports.start(agreed.server_ports, sound.rtp)
            self.sound_failed = False

    def keep_alive(self) -> None:
        """Tell the camera that we still listen. An answer is looked at by the next call of ``check_keep_alive``, not waited for."""
        if self._keep_alive is not None:
            # Cameras exist that answer no GET_PARAMETER while they play; what counts is whether pictures come.
            self._open_connection().forget(self._keep_alive[0])
        self._keep_alive = self._ask(self._keep_alive_method, self._play_url, {})
        for ports in self._ports():
            ports.report()

    def check_keep_alive(self) -> None:
        """Take up the answer of the last keep-alive, if it came.

        Raises:
            CameraRefusedLogin: the camera no longer takes our credentials.
            StreamMalformed: the camera forgot the session.
        """
        if self._keep_alive is None or not self._keep_alive[1].done() or self._keep_alive[1].cancelled():
            return
        response = self._keep_alive[1].result()
        self._keep_alive = None
        if response.status == 401:
            self._authenticator.challenged(response.head.headers.get("www-authenticate", ()))
            self.keep_alive()
        elif response.status == 454:
            raise StreamMalformed("the camera forgot the session", "it is opened again")
        elif response.status < 300:
            self._authenticator.accepted()

    async def close(self, *, politely: bool) -> None:
        """End the session and the connection; ``politely`` waits a moment for TEARDOWN's answer. Raises nothing."""
        connection = self._connection
        try:
            if connection is not None and self._session is not None and not connection.closed.done():
                with contextlib.suppress(SourceError):
                    _, answer = self._ask("TEARDOWN", self._play_url, {})
                    if politely:
                        await asyncio.wait((answer,), timeout=self._limits.teardown_s)
        finally:
            for ports in self._ports():
                ports.close()
            if connection is not None:
                connection.fail(None)
            self._router.media = None

    def _open_connection(self) -> RtspConnection:
        if self._connection is None:
            raise CameraUnreachable("not connected")
        return self._connection

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> tuple[int, asyncio.Future[Response]]:
        self._cseq += 1
        headers = dict(headers)
        if self._session is not None:
            headers["Session"] = self._session.session_id
        authorization = self._authenticator.authorization(method, url)
        if authorization is not None:
            headers["Authorization"] = authorization
        return self._cseq, self._open_connection().ask(self._cseq, format_request(method, url, self._cseq, headers))

    async def _request(self, method: str, url: str, headers: dict[str, str], *, tolerate: bool = False) -> Response:
        connection = self._open_connection()
        for _ in range(_ATTEMPTS_PER_REQUEST):
            cseq, answer = self._ask(method, url, headers)
            try:
                # Not `await answer`: it is cancelled when the connection ends, which must not look like our own cancellation.
                await asyncio.wait((answer,), timeout=self._limits.answer_s)
            finally:
                connection.forget(cseq)
            if not answer.done() and connection.answering:
                raise StreamMalformed(
                    f"the camera's answer to {method} does not come to its end within {self._limits.answer_s:g} s",
                    "restart the camera; the network may lose most of what it sends",
                )
            if not answer.done():
                raise CameraUnreachable(
                    f"the camera does not answer {method} within {self._limits.answer_s:g} s", "restart the camera"
                )
            if answer.cancelled():
                raise connection.closed.exception() or CameraUnreachable("the connection was closed")
            response = answer.result()
            if response.status == 401:
                self._authenticator.challenged(response.head.headers.get("www-authenticate", ()))
                continue
            self._authenticator.accepted()
            if not 200 <= response.status < 300 and not tolerate:
                raise _refusal(method, response)
            return response
        raise LoginLoop("the camera asks for log-in again and again", "check the credentials file")


def _refusal(method: str, response: Response) -> SourceError:
    answer = f"the camera answers {method} with {response.status} {response.head.reason}".rstrip()
    match response.status:
        case status if 300 <= status < 400:
            return CameraRedirects(f"{answer}: redirects are not followed", "write the final URL into cameras.yaml")
        case 403:
            return CameraRefusedLogin(answer, "give the user the right to watch this stream in the camera")
        case 404:
            return StreamUnsupported(answer, "check the path of the URL in cameras.yaml")
        case 461:
            return StreamUnsupported(answer, "use the other transport (tcp or udp) in cameras.yaml")
        case 453 | 503:
            return SourceError(answer, "the camera has too many viewers; close others")
        case _:
            return SourceError(answer, "restart the camera")
