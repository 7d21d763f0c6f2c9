"""One HTTP request to a device, bounded in every direction: a deadline over all of it (a slow drip gains nothing), a limit on what is read,
no redirect followed, no proxy, no cookies; Digest where it is asked for, Basic never, because the line is in the clear."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Final

from ingest.certificates import check_pin, tls_context
from ingest.digest import Authenticator, SchemeMemory
from ingest.onvif.addresses import Endpoint, Route
from ingest.onvif.xml_bounds import MAX_BYTES
from nvr.config import Credential
from nvr.errors import CameraRefusedLogin, CameraUnreachable, DeviceHostile, StreamMalformed

CONNECT_S: Final = 3.0
_SOAP: Final = "application/soap+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes


class _DeadlineSocket(socket.socket):
    """A socket whose every operation ends at one moment: ``settimeout`` alone would grant each byte its own time."""

    deadline_s: float = 0.0

    def _left(self) -> float:
        left_s = self.deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("deadline")
        return left_s

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self._left())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self._left())
        super().sendall(*args, **kwargs)


class _DeadlineTls(_DeadlineSocket, ssl.SSLSocket):
    """The same over TLS."""


class Poster:
    """Sends SOAP to one device. Used by one thread at a time; connections are not kept: devices drop them as they like."""

    def __init__(self, endpoint: Endpoint, credential: Credential | None) -> None:
        self._endpoint = endpoint
        self._credential = credential
        # Digest counts as seen from the start: a device that offers Basic alone is refused the password.
        self._memory = SchemeMemory(digest_seen=True)
        self._authenticator = Authenticator(credential, self._memory)
        self._open: socket.socket | None = None
        self._tls: ssl.SSLContext | None = None

    def abort(self) -> None:
        """End the call that is under way, from another thread: it fails as a lost connection does."""
        made = self._open
        if made is not None:
            with suppress(OSError):
                made.shutdown(socket.SHUT_RDWR)

    def post(self, route: Route, body: bytes, timeout_s: float, action: str = "") -> Answer:
        """Send a body and read the answer, within ``timeout_s`` in all, a log-in included.

        Raises:
            CameraUnreachable: no connection, or not done in time.
            CameraRefusedLogin: 401 after credentials, or none that we have.
            DeviceHostile: larger than the bound, or it sends us elsewhere.
            StreamMalformed: not HTTP.
        """
        deadline_s = time.monotonic() + timeout_s
        answer, challenges = self._exchange(route, body, deadline_s, action)
        for _ in range(2):  # the second time for a nonce that had expired
            if answer.status != http.client.UNAUTHORIZED or not challenges:
                break
            self._authenticator.challenged(challenges)
            answer, challenges = self._exchange(route, body, deadline_s, action)
        if answer.status == http.client.UNAUTHORIZED:
            raise CameraRefusedLogin("the camera refuses the user or the password", "check the credentials file")
        self._authenticator.accepted()
        return answer

    def _exchange(self, route: Route, body: bytes, deadline_s: float, action: str) -> tuple[Answer, tuple[str, ...]]:
        try:
            with closing(self._connected(route, deadline_s)) as made:
                self._open = made
                connection = http.client.HTTPConnection(str(route.address), route.port)
                connection.sock = made
                connection.request("POST", route.target, body, self._headers(route, action))
                with closing(connection.getresponse()) as response:
                    return _read(response)
        except TimeoutError:
            raise CameraUnreachable(
                "the camera does not answer ONVIF in time", "check its address and its load"
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise CameraUnreachable(
                f"the camera's certificate is not taken ({error.verify_message})",
                "install its certificate authority on this machine, or pin its certificate with certificate_sha256",
            ) from None
        except http.client.HTTPException as error:
            raise StreamMalformed(f"its answer is not HTTP ({type(error).__name__})") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise CameraUnreachable(
                f"the camera's ONVIF service can't be reached at {route.address}:{route.port} ({reason})",
                "check address, port and that ONVIF is switched on in the camera",
            ) from None
        finally:
            self._open = None

    def _connected(self, route: Route, deadline_s: float) -> _DeadlineSocket:
        plain = _connect(route, deadline_s)
        if not self._endpoint.tls:
            return plain
        with closing(plain):  # it hands its descriptor on, or is of no use
            if self._tls is None:
                self._tls = tls_context(self._endpoint.pin)
                self._tls.sslsocket_class = _DeadlineTls
            plain.settimeout(max(0.05, deadline_s - time.monotonic()))
            made = self._tls.wrap_socket(plain, server_hostname=self._endpoint.host)
        if not isinstance(made, _DeadlineTls):
            raise TypeError("sslsocket_class was not heeded")
        made.deadline_s = deadline_s
        try:
            if self._endpoint.pin is not None:
                # Before the first request: whoever poses as the camera hears nothing from us.
                check_pin(made.getpeercert(binary_form=True), self._endpoint.pin)
        except BaseException:
            made.close()
            raise
        return made

    def _headers(self, route: Route, action: str) -> dict[str, str]:
        parameter = f'; action="{action}"' if action else ""
        headers = {"Host": self._endpoint.authority, "Content-Type": _SOAP + parameter, "Connection": "close"}
        authorization = self._authenticator.authorization("POST", route.target)
        if authorization is not None:
            headers["Authorization"] = authorization
        return headers


def _connect(route: Route, deadline_s: float) -> _DeadlineSocket:
    family = socket.AF_INET if route.address.version == 4 else socket.AF_INET6
    made = _DeadlineSocket(family, socket.SOCK_STREAM)
    try:
        made.deadline_s = deadline_s
        made.settimeout(max(0.05, min(CONNECT_S, deadline_s - time.monotonic())))
        made.connect((str(route.address), route.port))
    except BaseException:
        made.close()
        raise
    return made


def _read(response: http.client.HTTPResponse) -> tuple[Answer, tuple[str, ...]]:
    if 300 <= response.status < 400:
        raise DeviceHostile(
            "its ONVIF service redirects to another address", "write the address that it means into onvif:"
        )
    data = response.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise DeviceHostile(f"its answer is larger than {MAX_BYTES} bytes")
    challenges = tuple(response.headers.get_all("WWW-Authenticate") or ())[:8]
    return Answer(response.status, data), challenges
