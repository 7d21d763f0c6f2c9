"""WS-UsernameToken as a device checks it: digest of password, nonce and time; on its own clock; each nonce once."""

from __future__ import annotations

import base64
import hmac
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Final

from ingest.onvif.username_token import WSSE, WSU, password_digest
from nvr.config import Credential

MOST_SKEW_S: Final = 5.0
"""Stricter than cameras are (up to five minutes), so that a client that does not correct for the device's clock fails here at once."""
_NONCES: Final = 4096


class TokenGate:
    """Decides on the Security header of a request, for one device."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def admits(self, envelope: Any, device_s: float) -> bool:
        """Whether an envelope (lxml) carries a good token at the device's time."""
        token = envelope.find(f".//{{{WSSE}}}UsernameToken")
        if token is None:
            return False
        user, digest, nonce64, created = (
            (token.findtext(f"{{{space}}}{name}") or "").strip()
            for space, name in ((WSSE, "Username"), (WSSE, "Password"), (WSSE, "Nonce"), (WSU, "Created"))
        )
        try:
            nonce = base64.b64decode(nonce64, validate=True)
            moment_s = datetime.fromisoformat(created).replace(tzinfo=UTC).timestamp()
        except ValueError:
            return False
        expected = password_digest(nonce, created, self._credential.password.reveal())
        if user != self._credential.user or not hmac.compare_digest(expected, digest):
            return False
        if abs(moment_s - device_s) > MOST_SKEW_S or nonce in self._seen:
            return False
        self._seen[nonce] = None
        if len(self._seen) > _NONCES:
            self._seen.popitem(last=False)
        return True
