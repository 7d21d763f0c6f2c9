"""The HTTP end of a simulated ONVIF device: one address and port each, SOAP 1.2 over POST, log-in by WS-UsernameToken or HTTP Digest."""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakSet

from lxml import etree

from ingest.onvif.xml_bounds import check_xml
from ingest.simulator.digest import DigestGate
from ingest.simulator.listener import stop_accepting
from ingest.simulator.onvif_answers import OPEN, answer
from ingest.simulator.onvif_device import SUBSCRIPTION_NS, OnvifCamera
from ingest.simulator.onvif_login import TokenGate
from ingest.simulator.onvif_request import Fault, envelope, fault_body, seconds_of
from ingest.simulator.onvif_settings import pulled
from nvr.clock import NS_PER_S, Clock
from nvr.errors import ConfigError, ConfigFault, NvrError

_HEAD_LIMIT_BYTES: Final = 16 * 1024
_BODY_LIMIT_BYTES: Final = 256 * 1024
_REQUEST_S: Final = 10.0
_PULL_STEP_S: Final = 0.05
_SOAP: Final = "{http://www.w3.org/2003/05/soap-envelope}"
_log = logging.getLogger(__name__)


class OnvifServer:
    """One device on one address. ``unplugged`` says whether the camera is off the network."""

    def __init__(
        self,
        camera: OnvifCamera,
        clock: Clock,
        unplugged: Callable[[], bool] = lambda: False,
        *,
        http_digest: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.camera = camera
        self._clock = clock
        self._unplugged = unplugged
        self._http_digest = http_digest
        self._tls = tls
        self._gate = None if camera.credential is None else TokenGate(camera.credential)
        self._nonces: dict[str, DigestGate] = {}
        self._server: asyncio.Server | None = None
        self._base = ""
        self._conversations: set[asyncio.Task[Any]] = set()
        self._transports: WeakSet[asyncio.WriteTransport] = WeakSet()
        self._closing = False
        self.requests = 0

    async def listen(self, host: str, port: int) -> int:
        """Listen; the port.

        Raises:
            ConfigError: it is taken.
        """
        try:
            self._server = await asyncio.start_server(
                self._converse, host, port, limit=_HEAD_LIMIT_BYTES, ssl=self._tls
            )
        except OSError as error:
            fault = ConfigFault(
                "simulator", 0, 0, f"onvif of {self.camera.camera_id}", f"can't listen on {host}:{port} ({error.strerror})",
                "end the other program, or name another port with `onvif:`",
            )  # fmt: skip
            raise ConfigError([fault]) from error
        port = int(self._server.sockets[0].getsockname()[1])
        self._base = f"{'http' if self._tls is None else 'https'}://{host}:{port}"
        return port

    @property
    def base(self) -> str:
        """``http://host:port``, or ``https``."""
        return self._base

    async def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._closing = True
            await stop_accepting(self._server)
            self._server.close()
            for conversation in list(self._conversations):
                conversation.cancel()
            await asyncio.gather(*self._conversations, return_exceptions=True)
            # A transport that still has something to send outlives its conversation, and whoever ends the loop after this would leave it open.
            for transport in list(self._transports):
                transport.abort()
            await self._server.wait_closed()
            await asyncio.sleep(0)  # in which an aborted transport closes its socket

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)
        self._transports.add(writer.transport)
        try:
            if self._closing or self._unplugged() or self._clock.monotonic_ns() < self.camera.away_until_ns:
                return
            async with asyncio.timeout(_REQUEST_S):
                head, body = await _read(reader)
            status, headers, content = await self._reply(head, body)
            writer.write(_format(status, headers, content))
            await writer.drain()
        except (ConnectionError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # gone, slow or no HTTP: devices hang up then
        except asyncio.CancelledError:
            # Hung up on by `close`. Until Python 3.12 asyncio prints a traceback for each connection whose task ends cancelled.
            if not self._closing:
                raise
        finally:
            writer.close()

    async def _reply(self, head: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        self.requests += 1
        target = head[""]
        try:
            check_xml(body)
            root = etree.fromstring(body)
            request = next(iter(root.find(f"{_SOAP}Body")))
        except (NvrError, etree.XMLSyntaxError, StopIteration, TypeError):
            return 400, {}, envelope(fault_body(Fault("ter:WellFormed", "not a SOAP request")))
        operation = str(request.tag).rpartition("}")[2]
        if operation not in OPEN:
            refused = self._refusal(head, target, root)
            if refused is not None:
                return refused
        try:
            return 200, {}, envelope(await self._answer(target, operation, request))
        except Fault as fault:
            return 400, {}, envelope(fault_body(fault))

    def _refusal(self, head: dict[str, str], target: str, root: Any) -> tuple[int, dict[str, str], bytes] | None:
        credential = self.camera.credential
        if credential is None or self._gate is None:
            return None
        if self._http_digest:
            given = head.get("authorization", "")
            gate = next((gate for nonce, gate in self._nonces.items() if f'"{nonce}"' in given), None)
            if gate is not None and gate.admits(given, "POST", target.strip("/").split("/")[0], credential):
                return None
            nonce = secrets.token_hex(12)
            while len(self._nonces) >= 64:
                del self._nonces[next(iter(self._nonces))]
            self._nonces[nonce] = DigestGate(nonce)
            return 401, {"WWW-Authenticate": self._nonces[nonce].challenge()}, b""
        if self._gate.admits(root, self._clock.wall_ns() / NS_PER_S + self.camera.clock_offset_s):
            return None
        return 400, {}, envelope(fault_body(Fault("ter:NotAuthorized", "Sender not authorized")))

    async def _answer(self, target: str, operation: str, request: Any) -> str:
        now_ns, wall_ns = self._clock.monotonic_ns(), self._clock.wall_ns()
        _, subscription, key = target.partition("/onvif/subscription/")
        if not subscription:
            return answer(self.camera, self._base, request, now_ns=now_ns, wall_ns=wall_ns)
        self.camera.advance(now_ns)
        if key not in self.camera.subscriptions:
            raise Fault("ter:InvalidArgVal", "no such subscription")
        if operation == "Unsubscribe":
            del self.camera.subscriptions[key]
            return "<wsnt:UnsubscribeResponse/>"
        self.camera.subscriptions[key].until_ns = now_ns + SUBSCRIPTION_NS
        if operation == "Renew":
            return "<wsnt:RenewResponse><wsnt:TerminationTime>2030-01-01T00:00:00Z</wsnt:TerminationTime></wsnt:RenewResponse>"
        wait_s = (
            seconds_of(next((each.text or "" for each in request.iter() if str(each.tag).endswith("}Timeout")), ""))
            or 0
        )
        until_ns = now_ns + round(min(wait_s, 30.0) * NS_PER_S)
        while key in self.camera.subscriptions and not self.camera.subscriptions[key].waiting:
            if self._clock.monotonic_ns() >= until_ns or self._unplugged():
                break
            await asyncio.sleep(_PULL_STEP_S)
        return pulled(self.camera, key, self._clock.wall_ns(), 64)


async def _read(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    """Headers in lower case, the target under "", and the body."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    if method != "POST":
        raise ValueError("only POST is served")
    head = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    head[""] = target
    length = int(head.get("content-length", "0"))
    if not 0 <= length <= _BODY_LIMIT_BYTES:
        raise ValueError("too large")
    return head, await reader.readexactly(length)


def _format(status: int, headers: dict[str, str], content: bytes) -> bytes:
    reason = {200: "OK", 400: "Bad Request", 401: "Unauthorized"}[status]
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Content-Type: application/soap+xml; charset=utf-8",
        f"Content-Length: {len(content)}",
    ]
    lines += ["Connection: close", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + content
