"""RTSP messages on the wire (RFC 2326 sections 4, 6, 7 and 10.12): bytes in, requests and interleaved frames out. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nvr.errors import StreamMalformed

_MAX_HEADER_BYTES: Final = 16 * 1024
_MAX_BODY_BYTES: Final = 64 * 1024
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    459: "Aggregate Operation Not Allowed",
    461: "Unsupported Transport",
    505: "RTSP Version Not Supported",
    551: "Option not supported",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Header names are lower case; of a header that stands twice the last wins."""

    method: str
    url: str
    version: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Interleaved:
    """A frame between the messages: RTCP from the client."""

    channel: int
    data: bytes


class MessageReader:
    """Cuts a byte stream into messages, however it arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Request | Interleaved]:
        """All messages that are whole now.

        Raises:
            StreamMalformed: what came is not RTSP, or larger than any client has reason to send.
        """
        self._buffer += data
        while True:
            message = self._next()
            if message is None:
                return
            yield message

    def _next(self) -> Request | Interleaved | None:
        buffer = self._buffer
        while buffer[:2] == b"\r\n":
            del buffer[:2]
        if not buffer:
            return None
        if buffer[0] == 0x24:
            return self._interleaved()
        end = buffer.find(b"\r\n\r\n", 0, _MAX_HEADER_BYTES)
        if end < 0:
            if len(buffer) >= _MAX_HEADER_BYTES:
                raise StreamMalformed("an RTSP header without end")
            return None
        first, *rest = buffer[:end].decode("utf-8", "replace").split("\r\n")
        headers: dict[str, str] = {}
        for line in rest:
            name, colon, value = line.partition(":")
            if not colon:
                raise StreamMalformed("an RTSP header line without a colon")
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal() and len(length) <= 6) or int(length) > _MAX_BODY_BYTES:
            raise StreamMalformed("an RTSP message with an absurd Content-Length")
        whole = end + 4 + int(length)
        if len(buffer) < whole:
            return None
        parts = first.split(" ")
        if len(parts) != 3:
            raise StreamMalformed("not an RTSP request line")
        body = bytes(buffer[end + 4 : whole])
        del buffer[:whole]
        return Request(parts[0], parts[1], parts[2], headers, body)

    def _interleaved(self) -> Interleaved | None:
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        whole = 4 + int.from_bytes(buffer[2:4], "big")
        if len(buffer) < whole:
            return None
        frame = Interleaved(buffer[1], bytes(buffer[4:whole]))
        del buffer[:whole]
        return frame


def format_response(status: int, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A response; Content-Length is added where there is a body. Line ends inside header values are taken out."""
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}"]
    lines += [f"{name}: {value}".replace("\r", "").replace("\n", "") for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body
