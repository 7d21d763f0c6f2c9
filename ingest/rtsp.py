"""RTSP 1.0 messages (RFC 2326): text in, values out, every size bounded. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from nvr.errors import StreamMalformed

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 64 * 1024
_MAX_HEADER_LINES: Final = 128
_MAX_SESSION_CHARS: Final = 256
_MAX_URL_CHARS: Final = 2048
_STATUS_LINE: Final = re.compile(r"RTSP/1\.[0-9] ([1-5][0-9][0-9])(?: (.*))?")
_REQUEST_LINE: Final = re.compile(r"([A-Z_]{1,32}) (\S{1,2048}) RTSP/1\.[0-9]")
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")

_HOSTILE: Final = "the camera is faulty or hostile"


@dataclass(frozen=True, slots=True)
class Head:
    """Start line and headers of a message. Names are in lower case; values in the order in which they came.

    ``status`` is 0 for a request that the camera sends; ``method`` is "" for a response.
    """

    status: int
    reason: str
    method: str
    headers: Mapping[str, tuple[str, ...]]

    def first(self, name: str) -> str:
        """The first header of that name, or ""."""
        values = self.headers.get(name)
        return values[0] if values else ""

    @property
    def cseq(self) -> int:
        """The sequence number, or -1."""
        text = self.first("cseq")
        return int(text) if _DIGITS.fullmatch(text) else -1

    def body_bytes(self) -> int:
        """Length of the body that follows.

        Raises:
            StreamMalformed: not a number, or beyond ``MAX_BODY_BYTES``.
        """
        text = self.first("content-length") or "0"
        if not _DIGITS.fullmatch(text) or int(text) > MAX_BODY_BYTES:
            raise StreamMalformed(f"the camera announces a body of {text[:20]} bytes", _HOSTILE)
        return int(text)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer."""

    head: Head
    body: bytes

    @property
    def status(self) -> int:
        """RFC 2326 section 7.1.1."""
        return self.head.status


def parse_head(block: bytes) -> Head:
    """Start line and headers, without the empty line that ends them.

    Raises:
        StreamMalformed: not RTSP.
    """
    lines = block.decode("utf-8", "replace").split("\r\n")
    if len(lines) > _MAX_HEADER_LINES or len(block) > MAX_HEAD_BYTES:
        raise StreamMalformed("the camera's answer has too many headers", _HOSTILE)
    collected: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            collected.setdefault(name.strip().lower(), []).append(value.strip())
    headers = {name: tuple(values) for name, values in collected.items()}
    if answer := _STATUS_LINE.fullmatch(lines[0]):
        return Head(int(answer[1]), (answer[2] or "")[:80], "", headers)
    if request := _REQUEST_LINE.fullmatch(lines[0]):
        return Head(0, "", request[1], headers)
    raise StreamMalformed("the camera does not speak RTSP", "check host, port and path in cameras.yaml")


def format_request(method: str, url: str, cseq: int, headers: Mapping[str, str]) -> bytes:
    """A request without body.

    Raises:
        StreamMalformed: the URL or a header holds a control character: the camera gave us something to smuggle.
    """
    lines = [f"{method} {checked_url(url)} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: cajamarca-control-room"]
    for name, value in headers.items():
        if not value.isprintable():
            raise StreamMalformed(f"the camera gave a {name} with control characters", _HOSTILE)
        lines.append(f"{name}: {value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def format_refusal(request: Head) -> bytes:
    """The answer to a request that the camera makes of us: we implement none (section 11.3.2)."""
    return f"RTSP/1.0 501 Not Implemented\r\nCSeq: {max(request.cseq, 0)}\r\n\r\n".encode()


def checked_url(url: str) -> str:
    """``url``, if it can stand in a request line.

    Raises:
        StreamMalformed: it can't.
    """
    if len(url) > _MAX_URL_CHARS or not _VISIBLE.fullmatch(url):
        raise StreamMalformed("the camera names a control URL with spaces or control characters", _HOSTILE)
    return url


def control_url(base: str, control: str) -> str:
    """Where to SETUP or PLAY (RFC 2326 appendix C.1.1). The request goes over the open connection, whatever host it names.

    ``base`` is Content-Base, Content-Location or the request's URL.

    Raises:
        StreamMalformed: one of them is no URL.
    """
    if control in {"", "*"}:
        return base
    try:
        if urlsplit(control).scheme:
            return control
        # Cameras mean "append", not RFC 3986's "replace the last segment"; and a query stays where it is.
        if control.startswith("/"):
            return urljoin(base, control)
    except ValueError as error:  # a bracket without its other half, or a host that Unicode spells in two ways
        raise StreamMalformed("the camera names a control URL that is none", _HOSTILE) from error
    return f"{base}{'' if base.endswith('/') else '/'}{control}"


@dataclass(frozen=True, slots=True)
class Session:
    """A Session header (section 12.37)."""

    session_id: str
    timeout_s: int


def parse_session(value: str) -> Session:
    """Read a Session header; the time-out is clamped to 10..3600 s and is 60 s where none is given.

    Raises:
        StreamMalformed: no usable id.
    """
    session_id, _, parameters = value.partition(";")
    session_id = session_id.strip()
    if len(session_id) > _MAX_SESSION_CHARS or not _VISIBLE.fullmatch(session_id):
        raise StreamMalformed("the camera gives no session", "restart the camera")
    name, _, seconds = parameters.strip().partition("=")
    known = name.strip().lower() == "timeout" and _DIGITS.fullmatch(seconds.strip())
    return Session(session_id, max(10, min(3600, int(seconds))) if known else 60)


@dataclass(frozen=True, slots=True)
class Transport:
    """What a camera agreed to (section 12.39): ``channels`` for interleaved, else ``server_ports``; each (RTP, RTCP)."""

    interleaved: bool
    channels: tuple[int, int]
    server_ports: tuple[int, int] | None


def parse_transport(value: str) -> Transport:
    """Read the Transport header of a SETUP answer.

    Raises:
        StreamMalformed: not one that answers our request.
    """
    fields: dict[str, str] = {}
    parts = value.partition(",")[0].split(";")
    for part in parts[1:]:
        name, _, text = part.strip().partition("=")
        fields[name.lower()] = text
    try:
        if "TCP" in parts[0].upper() or "interleaved" in fields:
            channels = _pair(fields.get("interleaved", "0-1"), 255)
            return Transport(interleaved=True, channels=channels, server_ports=None)
        ports = _pair(fields["server_port"], 65535) if "server_port" in fields else None
    except ValueError:
        raise StreamMalformed(
            f"the camera agrees to an unreadable transport: {value[:80]!r}", "restart the camera"
        ) from None
    return Transport(interleaved=False, channels=(0, 1), server_ports=ports)


def _pair(text: str, highest: int) -> tuple[int, int]:
    first, _, second = text.partition("-")
    low = int(first)
    high = int(second) if second else low + 1
    if not (0 <= low <= highest and 0 <= high <= highest):
        raise ValueError(text)
    return low, high
