"""Logging in to cameras: Basic (RFC 7617) and Digest (RFC 2617, RFC 7616) with MD5 and SHA-256, qop ``auth`` or none. Pure but for cnonce."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from nvr.config import Credential
from nvr.errors import CameraRefusedLogin, LoginLoop

_STRENGTH: Final = {"MD5": 1, "MD5-SESS": 2, "SHA-256": 3, "SHA-256-SESS": 4}
_PARAMETER: Final = re.compile(r'([A-Za-z0-9_-]{1,32})\s*=\s*(?:"((?:[^"\\]|\\.){0,1024})"|([^\s,"]{1,256}))')
_MAX_CHALLENGE_CHARS: Final = 4096
_BASIC: Final = re.compile(r"basic\b", re.IGNORECASE)
_DIGEST: Final = re.compile(r"digest\b", re.IGNORECASE)


@dataclass(slots=True)
class _Challenge:
    realm: str
    nonce: str
    algorithm: str
    opaque: str | None
    qop: bool
    stale: bool
    count: int = 0


def quoted(text: str) -> str:
    """A quoted-string (RFC 7230 section 3.2.6)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(slots=True)
class SchemeMemory:
    """What a camera was seen to be capable of, over all its streams and connections.

    Once it has asked for Digest it never gets Basic, which would tell the password to whoever poses as the camera.
    """

    digest_seen: bool = False


class Authenticator:
    """Answers the challenges of one connection at a time."""

    def __init__(self, credential: Credential | None, memory: SchemeMemory) -> None:
        self._credential = credential
        self._memory = memory
        self._challenge: _Challenge | None = None
        self._basic = False
        self._answered = False
        self._retried_stale = False

    def begin_connection(self) -> None:
        """A new connection: its challenges are answered anew."""
        self._challenge = None
        self._basic = False
        self._answered = False
        self._retried_stale = False

    def authorization(self, method: str, uri: str) -> str | None:
        """The Authorization header for a request, or None before any challenge."""
        credential = self._credential
        if credential is None:
            return None
        if self._basic:
            pair = f"{credential.user}:{credential.password.reveal()}".encode()
            return "Basic " + base64.b64encode(pair).decode("ascii")
        challenge = self._challenge
        if challenge is None:
            return None
        challenge.count += 1
        return _digest_header(challenge, credential, method, uri)

    def accepted(self) -> None:
        """The camera took a request: when its nonce expires later, the new one is answered, whether it says ``stale`` or not."""
        self._answered = False
        self._retried_stale = False

    def challenged(self, headers: tuple[str, ...]) -> None:
        """Take up a 401's WWW-Authenticate headers; afterwards the request is to be sent once more.

        Raises:
            CameraRefusedLogin: nothing we could answer, or our answer was refused.
        """
        if self._credential is None:
            raise CameraRefusedLogin(
                "the camera asks for a user and password", "name an entry with `credentials:` in cameras.yaml"
            )
        found = [challenge for header in headers for challenge in _digest_challenges(header)]
        best = max(found, key=lambda challenge: _STRENGTH[challenge.algorithm], default=None)
        if self._answered:
            if best is not None and best.stale and self._retried_stale:
                raise LoginLoop("the camera asks for log-in again and again", "restart the camera")
            if best is None or not best.stale:
                raise CameraRefusedLogin("the camera refuses the user or the password", "check the credentials file")
            self._retried_stale = True
        if best is not None:
            self._memory.digest_seen = True
            self._challenge = best
            self._basic = False
        elif any(_BASIC.match(header.strip()) for header in headers):
            if self._memory.digest_seen:
                raise CameraRefusedLogin(
                    "the camera wants the password in clear although it used Digest before",
                    "somebody may pose as the camera; restart the service if its log-in was reconfigured",
                )
            self._basic = True
        else:
            raise CameraRefusedLogin(
                "the camera asks for an unknown way of logging in", "set it to Digest in the camera"
            )
        self._answered = True


def _digest_challenges(header: str) -> list[_Challenge]:
    header = header.strip()[:_MAX_CHALLENGE_CHARS]
    if not _DIGEST.match(header):
        return []
    fields = {
        m[1].lower(): m[3] if m[2] is None else re.sub(r"\\(.)", r"\1", m[2]) for m in _PARAMETER.finditer(header)
    }
    algorithm = fields.get("algorithm", "MD5").upper()
    if algorithm not in _STRENGTH or "nonce" not in fields:
        return []
    qops = [qop.strip().lower() for qop in fields.get("qop", "").split(",") if qop.strip()]
    if qops and "auth" not in qops:
        return []
    return [
        _Challenge(
            realm=fields.get("realm", ""),
            nonce=fields["nonce"],
            algorithm=algorithm,
            opaque=fields.get("opaque"),
            qop=bool(qops),
            stale=fields.get("stale", "").lower() == "true",
        )
    ]


def _digest_header(
    challenge: _Challenge, credential: Credential, method: str, uri: str, cnonce: str | None = None
) -> str:
    def hashed(text: str) -> str:
        name = "sha256" if challenge.algorithm.startswith("SHA-256") else "md5"
        # MD5 is what most cameras know; it is the camera's choice, and nothing else rests on it.
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

    cnonce = cnonce or secrets.token_hex(12)
    count = f"{challenge.count:08x}"
    secret = hashed(f"{credential.user}:{challenge.realm}:{credential.password.reveal()}")
    if challenge.algorithm.endswith("-SESS"):
        secret = hashed(f"{secret}:{challenge.nonce}:{cnonce}")
    request = hashed(f"{method}:{uri}")
    middle = f"{challenge.nonce}:{count}:{cnonce}:auth" if challenge.qop else challenge.nonce
    fields = [
        f"username={quoted(credential.user)}",
        f"realm={quoted(challenge.realm)}",
        f"nonce={quoted(challenge.nonce)}",
        f"uri={quoted(uri)}",
        f'response="{hashed(f"{secret}:{middle}:{request}")}"',
    ]
    if challenge.algorithm != "MD5":
        fields.append(f"algorithm={challenge.algorithm.replace('SESS', 'sess')}")
    if challenge.opaque is not None:
        fields.append(f"opaque={quoted(challenge.opaque)}")
    if challenge.qop:
        fields += ["qop=auth", f"nc={count}"]
    if challenge.qop or challenge.algorithm.endswith("-SESS"):
        fields.append(f"cnonce={quoted(cnonce)}")
    return "Digest " + ", ".join(fields)
