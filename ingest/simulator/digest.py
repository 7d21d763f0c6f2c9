"""Digest authentication as cameras ask for it (RFC 7616, MD5, qop=auth; RFC 2617 without qop, which older clients answer with).

MD5 is what cameras in the field speak; it protects a simulated camera's password, not ours.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from nvr.config import Credential

REALM: Final = "simulated camera"
_PARAMETER: Final = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def parse_digest(header: str) -> dict[str, str]:
    """The parameters of an ``Authorization: Digest …`` header; empty where it is of another scheme."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {name.lower(): quoted or token for name, quoted, token in _PARAMETER.findall(rest)}


def digest_response(
    *,
    user: str,
    password: str,
    realm: str,
    method: str,
    uri: str,
    nonce: str,
    nc: str = "",
    cnonce: str = "",
    qop: str = "",
) -> str:
    """The 32 hexadecimal digits that prove the password (RFC 7616 section 3.4.1; RFC 2617 section 3.2.2.1 where ``qop`` is empty)."""
    secret = _md5(f"{user}:{realm}:{password}")
    request = _md5(f"{method}:{uri}")
    middle = f"{nonce}:{nc}:{cnonce}:{qop}" if qop else nonce
    return _md5(f"{secret}:{middle}:{request}")


class DigestGate:
    """Decides for one connection, with a nonce of its own; a nonce count that does not grow is a replay (RFC 7616 section 3.3)."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._last_count = 0

    def challenge(self) -> str:
        """The value of ``WWW-Authenticate``."""
        return f'Digest realm="{REALM}", nonce="{self._nonce}", qop="auth", algorithm=MD5'

    def admits(self, header: str, method: str, camera_id: str, credential: Credential) -> bool:
        """Whether an ``Authorization`` header proves the credential for this method and camera."""
        given = parse_digest(header)
        uri, qop, nc = given.get("uri", ""), given.get("qop", ""), given.get("nc", "")
        if given.get("nonce") != self._nonce or given.get("realm") != REALM or qop not in {"", "auth"}:
            return False
        if f"/{camera_id}/" not in f"{uri}/":
            return False
        expected = digest_response(
            user=credential.user,
            password=credential.password.reveal(),
            realm=REALM,
            method=method,
            uri=uri,
            nonce=self._nonce,
            nc=nc,
            cnonce=given.get("cnonce", ""),
            qop=qop,
        )
        if given.get("username") != credential.user or not hmac.compare_digest(
            expected, given.get("response", "").lower()
        ):
            return False
        if qop:
            count = int(nc, 16) if re.fullmatch(r"[0-9a-fA-F]{8}", nc) else 0
            if count <= self._last_count:
                return False
            self._last_count = count
        return True


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
