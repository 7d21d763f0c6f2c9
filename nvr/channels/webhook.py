"""A signed POST, as Standard Webhooks has it (https://github.com/standard-webhooks/standard-webhooks, specification 1.0.0).

``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``. A receiver refuses timestamps that are more than five minutes off and
passes over ids that it has seen. TLS is verified against the machine's authorities; redirects are not followed, whoever asks for them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import ssl
from typing import Final

import httpx

from nvr.channels.letter import Letter
from nvr.channels.trust import UNTRUSTED, untrusted
from nvr.clock import NS_PER_S, iso_utc
from nvr.errors import ChannelFailed
from nvr.redact import Secret

_PREFIX: Final = "whsec_"
_LEAST_KEY_BYTES: Final = 24
_LATER: Final = frozenset({408, 425, 429})
"""Refusals of 4xx that a later try may overcome (RFC 9110 section 15.5.9, RFC 8470, RFC 6585 section 4)."""


def signing_key(secret: Secret) -> bytes:
    """The key in a secret such as ``whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw``; the prefix may be missing.

    Raises:
        ChannelFailed: it is not the base64 of at least 24 bytes.
    """
    text = secret.reveal().removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _LEAST_KEY_BYTES:
        raise ChannelFailed(
            "la clave de firma no es base64 de 24 bytes o más",
            "write what `echo whsec_$(openssl rand -base64 32)` prints as its password in the credentials file",
            final=True,
        )
    return key


def body_of(letter: Letter) -> bytes:
    """The JSON that is posted: type, timestamp and data, as the specification recommends."""
    document = {
        "type": letter.kind,
        "timestamp": iso_utc(letter.wall_ns),
        "data": letter.data | {"subject": letter.subject, "text": letter.text},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(message_id: str, wall_ns: int, body: bytes, key: bytes) -> dict[str, str]:
    """Id, time of this try, and signature."""
    stamp = str(wall_ns // NS_PER_S)
    signed = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "content-type": "application/json",
        "user-agent": "cajamarca-control-room",
        "idempotency-key": message_id,
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


async def post(  # noqa: PLR0917 - one try, all of it
    url: str, letter: Letter, message_id: str, secret: Secret, wall_ns: int, timeout_s: float
) -> str:
    """Post it, and say in words what came back.

    Raises:
        ChannelFailed: it was not taken.
    """
    body = body_of(letter)
    headers = headers_of(message_id, wall_ns, body, signing_key(secret))
    # Not the environment's proxies and .netrc: who is told is what the configuration says.
    client = httpx.AsyncClient(
        verify=ssl.create_default_context(), follow_redirects=False, trust_env=False, timeout=timeout_s
    )
    try:
        # The body of the answer is nobody's business, and may have no end.
        async with client, client.stream("POST", url, content=body, headers=headers) as answer:
            status = answer.status_code
    except httpx.TimeoutException:
        raise ChannelFailed("no respondió a tiempo") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        if untrusted(error):
            raise ChannelFailed(UNTRUSTED, final=True) from None
        raise ChannelFailed(
            "no se pudo conectar" if isinstance(error, httpx.ConnectError) else "la conexión se cortó"
        ) from None
    if 200 <= status < 300:
        return f"HTTP {status}"
    if 300 <= status < 400:
        raise ChannelFailed(
            f"HTTP {status}: remite a otra dirección, que no se sigue", "write the final URL", final=True
        )
    raise ChannelFailed(f"HTTP {status}", final=400 <= status < 500 and status not in _LATER)
