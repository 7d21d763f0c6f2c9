"""The ONVIF services as calls: WSDLs of onvif-zeep, read once per process, and zeep's SOAP over our own bounded transport.

Nothing but this module imports ``onvif`` and ``zeep``. Their errors end here: what a device can provoke becomes a ``SourceError``.
"""

from __future__ import annotations

import copy
import http.client
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lxml import etree

from ingest.onvif.addresses import Endpoint, Route
from ingest.onvif.http_post import Poster
from ingest.onvif.prefixes import declared
from ingest.onvif.username_token import SOAP, UsernameToken
from ingest.onvif.xml_bounds import check_xml
from nvr.config import Credential
from nvr.errors import CameraRefusedLogin, DeviceRefused, NvrError, StreamMalformed

_root = logging.getLogger()
_silence = logging.NullHandler()
# onvif-zeep calls logging.basicConfig on import, which a root logger with a handler ignores: whoever logs here decides himself.
_root.addHandler(_silence)
import onvif  # noqa: E402
import zeep  # noqa: E402
import zeep.exceptions  # noqa: E402
from onvif.definition import SERVICES  # noqa: E402

_root.removeHandler(_silence)

_WSDLS: Final = Path(onvif.__file__).resolve().parent.parent / "wsdl"
_SETTINGS: Final = zeep.Settings(
    strict=False, xml_huge_tree=False, forbid_dtd=True, forbid_entities=True, forbid_external=True, force_https=False
)
_PARSER: Final = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
_FAULT_CHARS: Final = 200
# What a binding is called besides the service's own (events have three).
_BINDINGS: Final = {"subscription": ("events", "SubscriptionManagerBinding")}
_loading = threading.Lock()
_loaded: dict[str, Any] = {}

SOAP_FAULT_NOT_AUTHORIZED: Final = frozenset({"NotAuthorized", "FailedAuthentication", "InvalidSecurity"})


def clean(value: object, limit: int = 120) -> str:
    """A text of a device as it may be shown and logged: one line, no invisible characters, bounded."""
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text[: 4 * limit]).strip()[:limit]


class _Response:
    """What zeep looks at of an answer."""

    encoding = "utf-8"

    def __init__(self, status: int, content: bytes) -> None:
        self.status_code = status
        self.content = content
        # Not what the device says: multipart and the like would lead zeep round our checks.
        self.headers = {"Content-Type": "application/soap+xml"}


class _Transport:
    """zeep's transport, on a ``Poster``. It loads nothing: the WSDLs are read by then."""

    def __init__(self, poster: Poster, routes: Mapping[str, Route]) -> None:
        self._poster = poster
        self._routes = routes
        self.timeout_s = 5.0

    def post_xml(self, address: str, envelope: Any, headers: Mapping[str, str]) -> _Response:
        """Send an envelope to the route that is known by ``address``."""
        _, _, action = headers.get("Content-Type", "").partition("action=")
        answer = self._poster.post(
            self._routes[address], etree.tostring(envelope, encoding="utf-8"), self.timeout_s, action.strip('"')
        )
        if answer.body:
            check_xml(answer.body)
        return _Response(answer.status, declared(answer.body))

    def load(self, url: str) -> bytes:
        """Refused: a device's answer has nothing for us to fetch."""
        raise StreamMalformed(f"its answer wants another document to be loaded ({clean(url, 60)})")


class Services:
    """Calls of one device. One thread at a time; the WSDLs are shared by all."""

    def __init__(self, endpoint: Endpoint, credential: Credential | None, token: UsernameToken | None) -> None:
        self._token = token
        self._routes: dict[str, Route] = {}
        self._poster = Poster(endpoint, credential)
        self._transport = _Transport(self._poster, self._routes)
        self._proxies: dict[str, Any] = {}

    def place(self, service: str, route: Route) -> None:
        """Say where a service is asked; ``subscription/…`` and ``pullpoint`` come and go with a subscription."""
        self._routes[service] = route

    def abort(self) -> None:
        """End the call that is under way, from another thread."""
        self._poster.abort()

    def known(self, service: str) -> bool:
        """Whether the device has it."""
        return service in self._routes

    def call(
        self, service: str, operation: str, *, timeout_s: float = 5.0, signed: bool = True, **arguments: Any
    ) -> Any:
        """Call an operation and return zeep's answer.

        Args:
            signed: with the credentials, if there are any; the clock is asked without, as the standard wants.

        Raises:
            DeviceRefused: the device has no such service, or answers with a fault.
            SourceError: see ``http_post``; an answer that can't be understood is StreamMalformed.
        """
        if service not in self._routes:
            raise DeviceRefused(f"the camera has no {service} service", "see in its ONVIF settings what it offers")
        proxy = self._proxy(service, timeout_s, signed=signed)
        try:
            return proxy[operation](**arguments)
        except NvrError:
            raise
        except zeep.exceptions.Fault as fault:
            raise _refusal(fault, operation) from None
        except zeep.exceptions.ValidationError as error:
            raise DeviceRefused(f"{operation} can't be asked so ({clean(error, _FAULT_CHARS)})") from None
        except Exception as error:  # noqa: BLE001 - zeep stumbles over a malformed answer with whatever its code comes across
            raise StreamMalformed(
                f"its answer to {operation} can't be understood ({type(error).__name__}: {clean(error, 80)})"
            ) from None

    def tree(self, service: str, operation: str, *, timeout_s: float, **arguments: Any) -> Any:
        """The same, but the answer's Body as lxml has it: zeep drops the text of elements that are open to anything (an event's topic).

        Raises:
            as ``call``.
        """
        if service not in self._routes:
            raise DeviceRefused(f"the camera has no {service} service", "see in its ONVIF settings what it offers")
        proxy = self._proxy(service, timeout_s, signed=True)
        with _SETTINGS(raw_response=True):
            response = proxy[operation](**arguments)
        return _body(response.status_code, response.content, operation)

    def ask(self, service: str, request: Any, *, timeout_s: float) -> Any:
        """Put a question (an lxml element) to a service of which there is no WSDL here; the answer's Body.

        Raises:
            as ``call``.
        """
        if service not in self._routes:
            raise DeviceRefused(f"the camera has no {service} service", "see in its ONVIF settings what it offers")
        operation = etree.QName(request).localname
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap-env": SOAP})
        etree.SubElement(envelope, f"{{{SOAP}}}Body").append(request)
        if self._token is not None:
            self._token.apply(envelope, {})
        action = f"{etree.QName(request).namespace}/{operation}"
        answer = self._poster.post(self._routes[service], etree.tostring(envelope, encoding="utf-8"), timeout_s, action)
        if answer.body:
            check_xml(answer.body)
        return _body(answer.status, declared(answer.body), operation)

    def _proxy(self, service: str, timeout_s: float, *, signed: bool) -> Any:
        client = self._client(service)
        client.wsse = self._token if signed else None
        self._transport.timeout_s = timeout_s
        proxy = self._proxies.get(service)
        if proxy is None:
            proxy = self._proxies[service] = client.create_service(_binding(service), service)
        return proxy

    def _client(self, service: str) -> Any:
        # A client of one's own for the credentials and the transport; the documents behind it are shared.
        key = f"client/{service}"
        client = self._proxies.get(key)
        if client is None:
            client = copy.copy(_document(service))
            client.transport = self._transport
            self._proxies[key] = client
        return client


def _body(status: int, content: bytes, operation: str) -> Any:
    try:
        body = etree.fromstring(content, _PARSER).find(f"{{{SOAP}}}Body")
    except etree.XMLSyntaxError:
        raise StreamMalformed(f"its answer to {operation} is empty, or not XML") from None
    if body is None or body.find(f"{{{SOAP}}}Fault") is not None or status >= http.client.BAD_REQUEST:
        values = () if body is None else body.iter(f"{{{SOAP}}}Value")
        if {str(value.text).rpartition(":")[2] for value in values} & SOAP_FAULT_NOT_AUTHORIZED:
            raise _not_authorized()
        reason = "" if body is None else next(body.iter(f"{{{SOAP}}}Text"), None)
        raise DeviceRefused(f"the camera refuses {operation}: {clean(getattr(reason, 'text', ''), _FAULT_CHARS)}")
    return body


def _not_authorized() -> CameraRefusedLogin:
    return CameraRefusedLogin(
        "the camera refuses the user or the password", "check the credentials file, and the rights of that user"
    )


def _definition(service: str) -> tuple[str, str, str]:
    """WSDL, namespace and binding of a service."""
    name, binding = _BINDINGS.get(service, (service, ""))
    known = SERVICES[name]
    return known["wsdl"], known["ns"], binding or known["binding"]


def _binding(service: str) -> str:
    _, namespace, binding = _definition(service)
    return f"{{{namespace}}}{binding}"


def _document(service: str) -> Any:
    wsdl, _, _ = _definition(service)
    with _loading:
        if wsdl not in _loaded:
            _loaded[wsdl] = zeep.Client(str(_WSDLS / wsdl), settings=_SETTINGS)  # type: ignore[no-untyped-call]
        return _loaded[wsdl]


def _refusal(fault: Any, operation: str) -> CameraRefusedLogin | DeviceRefused:
    codes = {str(getattr(code, "localname", code)) for code in fault.subcodes or ()} | {
        str(fault.code).rpartition(":")[2]
    }
    if codes & SOAP_FAULT_NOT_AUTHORIZED:
        return _not_authorized()
    return DeviceRefused(
        f"the camera refuses {operation}: {clean(fault.message, _FAULT_CHARS) or ', '.join(sorted(codes))}"
    )
