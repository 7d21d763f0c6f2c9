"""WS-UsernameToken with a password digest (OASIS WSS UsernameToken Profile 1.0): Base64(SHA-1(nonce + created + password))."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lxml import etree

from nvr.clock import Clock
from nvr.config import Credential

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE: Final = f"{_WSS}wssecurity-secext-1.0.xsd"
WSU: Final = f"{_WSS}wssecurity-utility-1.0.xsd"
DIGEST_TYPE: Final = f"{_WSS}username-token-profile-1.0#PasswordDigest"
BASE64_TYPE: Final = f"{_WSS}soap-message-security-1.0#Base64Binary"
SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """The digest of the profile's section 3.1. SHA-1 is the standard's choice; the nonce and the time make it good for one request."""
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


class UsernameToken:
    """What zeep calls to sign each request. ``offset_s``: how far the device's clock is ahead of ours; a device refuses tokens of another time."""

    def __init__(self, credential: Credential, clock: Clock) -> None:
        self._credential = credential
        self._clock = clock
        self.offset_s = 0.0

    def apply(self, envelope: Any, headers: Any) -> tuple[Any, Any]:
        """Put the header in; called by zeep."""
        header = envelope.find(f"{{{SOAP}}}Header")
        if header is None:
            header = etree.Element(f"{{{SOAP}}}Header")
            envelope.insert(0, header)
        security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        security.set(f"{{{SOAP}}}mustUnderstand", "true")
        token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
        nonce, created = secrets.token_bytes(16), self._created()
        etree.SubElement(token, f"{{{WSSE}}}Username").text = self._credential.user
        password = etree.SubElement(token, f"{{{WSSE}}}Password", Type=DIGEST_TYPE)
        password.text = password_digest(nonce, created, self._credential.password.reveal())
        etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=BASE64_TYPE).text = base64.b64encode(nonce).decode()
        etree.SubElement(token, f"{{{WSU}}}Created").text = created
        return envelope, headers

    def verify(self, _envelope: Any) -> None:
        """Devices do not sign their answers."""

    def _created(self) -> str:
        # A device's clock may stand in 1970 or in 2106; beyond what a date can be it has no answer to give either.
        now = datetime.fromtimestamp(self._clock.wall_ns() / 1e9, UTC) + timedelta(seconds=self.offset_s)
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
