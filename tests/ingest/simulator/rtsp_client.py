"""A plain RTSP client for tests: says what it is told to say and keeps every packet that it gets."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from ingest.simulator.digest import digest_response, parse_digest


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RtpPacket:
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse_rtp(data: bytes) -> RtpPacket:
    """RFC 3550 section 5.1; the fleet sends neither CSRCs nor extensions nor padding."""
    first, second, sequence, timestamp, ssrc = struct.unpack_from(">BBHII", data)
    assert first == 0x80
    return RtpPacket(bool(second & 0x80), second & 0x7F, sequence, timestamp, ssrc, data[12:])


def depacketise(payloads: list[bytes]) -> list[bytes]:
    """NAL units from the payloads of one access unit (RFC 6184 sections 5.6 to 5.8), strictly."""
    units: list[bytes] = []
    fragment: bytearray | None = None
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == 24:
            rest = payload[1:]
            while rest:
                size = int.from_bytes(rest[:2], "big")
                assert 0 < size <= len(rest) - 2
                units.append(rest[2 : 2 + size])
                rest = rest[2 + size :]
        elif kind == 28:
            start, end = payload[1] & 0x80, payload[1] & 0x40
            assert not (start and end)
            assert bool(start) == (fragment is None)
            if fragment is None:
                fragment = bytearray([payload[0] & 0xE0 | payload[1] & 0x1F])
            fragment += payload[2:]
            if end:
                units.append(bytes(fragment))
                fragment = None
        else:
            assert 1 <= kind <= 23
            assert fragment is None
            units.append(payload)
    assert fragment is None
    return units


@dataclass
class RtspClient:
    """One connection. ``login`` is answered to a challenge; the challenge is kept for later requests, as clients do."""

    port: int
    login: tuple[str, str] | None = None
    packets: list[RtpPacket] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)
    _cseq: int = 0
    _challenge: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.transport.abort()

    async def ask(self, method: str, url: str, **headers: str) -> Response:
        """A request and its answer; repeated once with a password where one is wanted and there is one."""
        response = await self._ask(method, url, headers)
        if response.status == 401 and self.login is not None and not self._challenge:
            self._challenge = parse_digest(response.headers["www-authenticate"])
            response = await self._ask(method, url, headers)
        return response

    async def play(self, url: str, transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1") -> Response:
        """DESCRIBE, SETUP and PLAY; the last answer."""
        assert (await self.ask("DESCRIBE", url)).status == 200
        setup = await self.ask("SETUP", f"{url}/trackID=0", Transport=transport)
        assert setup.status == 200, setup
        self.session = setup.headers["session"].partition(";")[0]
        self.agreed = setup.headers["transport"]
        response = await self.ask("PLAY", url, Session=self.session)
        assert response.status == 200
        return response

    async def take(self, packets: int) -> list[RtpPacket]:
        """The next so many RTP packets."""
        before = len(self.packets)
        while len(self.packets) < before + packets:
            assert await self._receive() is None
        return self.packets[before:]

    async def take_frames(self, frames: int) -> list[list[RtpPacket]]:
        """The next so many whole pictures."""
        pictures: list[list[RtpPacket]] = [[]]
        while True:
            (packet,) = await self.take(1)
            pictures[-1].append(packet)
            if packet.marker:
                if len(pictures) == frames:
                    return pictures
                pictures.append([])

    async def _ask(self, method: str, url: str, headers: Mapping[str, str]) -> Response:
        self._cseq += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._cseq}", *(f"{k}: {v}" for k, v in headers.items())]
        if self._challenge and self.login is not None:
            lines.append(self._authorization(method, url))
        self.writer.write("\r\n".join((*lines, "", "")).encode())
        while True:
            response = await self._receive()
            if response is not None:
                assert response.headers["cseq"] == str(self._cseq)
                return response

    def _authorization(self, method: str, url: str) -> str:
        assert self.login is not None
        self._count += 1
        user, password = self.login
        nonce, realm, nc = self._challenge["nonce"], self._challenge["realm"], f"{self._count:08x}"
        proof = digest_response(
            user=user,
            password=password,
            realm=realm,
            method=method,
            uri=url,
            nonce=nonce,
            nc=nc,
            cnonce="ab",
            qop="auth",
        )
        return (
            f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
            f'response="{proof}", qop=auth, nc={nc}, cnonce="ab", algorithm=MD5'
        )

    async def _receive(self) -> Response | None:
        first = await self.reader.readexactly(1)
        if first == b"$":
            channel, size = struct.unpack(">BH", await self.reader.readexactly(3))
            data = await self.reader.readexactly(size)
            if channel % 2:
                self.reports.append(data)
                return None
            self.packets.append(parse_rtp(data))
            return None
        head = first + await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode().strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Response(int(status.split(" ")[1]), headers, body)
