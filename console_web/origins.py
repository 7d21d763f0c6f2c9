"""Which web origins (RFC 6454) are ours: a change, or a socket, from any other page is refused."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from nvr.config import Node

_WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Origins:
    """Our own origins.

    Attributes:
        listed: those that the configuration names or implies.
        any_literal_address: the console listens on every address of the machine. Then an origin that is an IP literal and equals the
            request's Host is ours too: a page of somebody else's can't have it, and DNS rebinding needs a name.
    """

    listed: frozenset[str]
    any_literal_address: bool

    @classmethod
    def of(cls, node: Node) -> Origins:
        """What a node's settings say."""
        scheme = "http" if node.tls_certificate is None else "https"
        names: tuple[str, ...] = (node.host,) if ":" not in node.host else (f"[{node.host}]",)
        if node.host in _WILDCARDS or _is_loopback(node.host):
            names += _LOOPBACK_NAMES
        default_port = {"http": 80, "https": 443}[scheme]
        suffix = "" if node.port == default_port else f":{node.port}"
        own = {f"{scheme}://{name.lower()}{suffix}" for name in names}
        return cls(frozenset(own | {origin.rstrip("/").lower() for origin in node.origins}), node.host in _WILDCARDS)

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by HTTPS, here or at a proxy in front."""
        return any(origin.startswith("https://") for origin in self.listed)

    def ours(self, origin: str | None, host: str | None) -> bool:
        """Whether a request with these Origin and Host headers comes from a page of ours."""
        if origin is None:
            return False
        origin = origin.lower()
        if origin in self.listed:
            return True
        if not self.any_literal_address or host is None:
            return False
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        plain = parts.scheme in {"http", "https"} and parts.username is None
        return plain and parts.netloc == host.lower() and _is_address(parts.hostname)


def _is_address(name: str | None) -> bool:
    try:
        ip_address(name or "")
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
