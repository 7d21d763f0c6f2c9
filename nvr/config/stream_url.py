"""Which URLs name a camera's stream (RFC 3986, RFC 7826 section 4.2), and when two of them name the same one."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

MAX_CHARS: Final = 1024
DEFAULT_PORTS: Final = {"rtsp": 554, "rtsps": 322}
"""RFC 7826 section 22.14: 554 in the clear, 322 over TLS."""

_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9_.-]{1,253}(?<![-.])")
_PASSWORD_PARAMETER: Final = re.compile(r"(?i)(?:^|[/?&;_])(?:password|passwd|pwd|pass|token)=[^&/]")


def stream_url_fault(url: str) -> tuple[str, str] | None:
    """What is wrong with the URL, and what to write; None where it can be used. Never quotes the URL: it may hold a password."""
    return _spelling_fault(url) or _parts_fault(url)


def _spelling_fault(url: str) -> tuple[str, str] | None:
    """Before the URL is taken apart."""
    if len(url) > MAX_CHARS:
        return (f"the URL is longer than {MAX_CHARS} characters", "Write rtsp://host:port/path")
    if not re.fullmatch(r"[!-~]+", url):
        return ("the URL holds spaces, control characters or letters beyond ASCII", "Write them as %20 and the like")
    scheme, colon, _ = url.partition("://")
    if not colon or scheme.lower() not in DEFAULT_PORTS:
        return ("only rtsp:// and rtsps:// URLs are taken", "Write rtsp://host:port/path")
    # What stands before an @ is a password until the opposite is shown, wherever a parser sees host, port or path
    # (rtsp://admin:12/34@host has the host "admin" and the port 12 by RFC 3986).
    if "@" in url:
        return (
            "user and password do not belong into the URL",
            "Take them out and name them with `credentials:`; an @ of the path is written %40",
        )
    if "#" in url:
        return ("the URL holds a #", "Write it as %23 where it belongs to the path")
    return None


def _parts_fault(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ("host or port of the URL is malformed", "Write rtsp://host:port/path with a port of 1 to 65535")
    if not host or not _is_host(host, bracketed="[" in parts.netloc):
        return ("the URL lacks a valid host", "Write an address or a name, e.g. rtsp://10.20.0.7:554/stream1")
    if port == 0 or parts.netloc.endswith(":"):
        return ("the URL lacks a valid port after the colon", "Write a port of 1 to 65535, or leave the colon out")
    if _PASSWORD_PARAMETER.search(f"{parts.path}?{parts.query}"):
        return ("the URL carries a password among its parameters", "Take it out and name it with `credentials:`")
    return None


def stream_key(url: str) -> tuple[str, int, str]:
    """Two URLs with the same key name the same stream: host in lower case, port written out, path and query as they are.

    Raises:
        ValueError: the URL is malformed (``stream_url_fault`` says so first).
    """
    parts = urlsplit(url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    return (parts.hostname or "", port, f"{parts.path or '/'}?{parts.query}")


def _is_host(host: str, *, bracketed: bool) -> bool:
    if not bracketed:
        return _HOST.fullmatch(host) is not None
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
