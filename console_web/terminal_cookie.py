"""The durable cookie by which a registered terminal's browser is known again. It opens nothing: it only says which seat this is."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from nvr.redact import Secret

_KEPT_S: Final = 400 * 86_400
"""The longest that browsers keep a cookie (RFC 6265bis section 5.5)."""


@dataclass(frozen=True, slots=True)
class TerminalCookie:
    """``secure``: as the session's cookie."""

    secure: bool

    @property
    def name(self) -> str:
        """How it is called."""
        return "__Host-nvr_terminal" if self.secure else "nvr_terminal"

    def token_hash(self, connection: HTTPConnection) -> str | None:
        """Hash of what a browser sent; None where it sent nothing."""
        token = connection.cookies.get(self.name)
        return _hashed(token) if token else None

    def new_token(self) -> tuple[Secret, str]:
        """A new token and its hash."""
        token = secrets.token_urlsafe(32)
        return Secret(token), _hashed(token)

    def give(self, response: Response, token: Secret) -> None:
        """Let a browser keep it."""
        response.set_cookie(
            self.name,
            token.reveal(),
            max_age=_KEPT_S,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
