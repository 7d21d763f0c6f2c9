"""What every response carries, and how much a request may: pure ASGI, around everything, so that no route can forget it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console_web.problems import Problem

MAX_BODY_BYTES: Final = 1024 * 1024

# CSP level 3. Media Source Extensions need blob: for media; nothing else does. Styles are set through the CSSOM, never as text.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
_FIXED: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Envelope:
    """Security headers on every HTTP response, and a limit on every body.

    Args:
        app: what answers.
        tls: whether browsers reach us by HTTPS; then they are told to keep to it (RFC 6797).
    """

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app = app
        self._tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIXED.items():
                    headers[name] = value
                # Whatever says nothing about caches must not be kept by one: it may be somebody's face.
                headers.setdefault("cache-control", "no-store")
                if self._tls:
                    headers["strict-transport-security"] = "max-age=31536000"
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MAX_BODY_BYTES:
            await _too_large().response()(scope, receive, send_with_headers)
            return

        received_bytes = 0

        async def receive_bounded() -> Message:
            nonlocal received_bytes
            message = await receive()
            if message["type"] == "http.request":
                received_bytes += len(message.get("body", b""))
                if received_bytes > MAX_BODY_BYTES:
                    # Not a Problem: FastAPI lets only its own exception class pass out of the reading of a body.
                    raise HTTPException(413)
            return message

        await self._app(scope, receive_bounded, send_with_headers)


def _too_large() -> Problem:
    # The rest of the body is not read: the connection can't be used for a second request.
    return Problem(413, "bad_request", "La solicitud es demasiado grande.", headers={"connection": "close"})
