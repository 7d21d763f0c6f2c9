"""A camera on a real socket that follows a script: well-behaved by default, broken or hostile where a test says so."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from ingest.simulator.listener import stop_accepting
from nvr.config import Camera, Credential
from tests.ingest.rtp_packets import Clip, encoded_clip, interleaved, stream_packets

_FIRST_RATE_PICTURES = 30
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class ScriptedCamera:
    """Serves one H.264 clip, endlessly, at ``interval_s`` a picture.

    Args:
        answers: raw answers by method, in place of the usual ones; ``{cseq}`` is filled in.
        raw: takes over the connection altogether.
        credential: asks for Digest with it.
        pictures: stop sending after so many; the connection stays open.
        clips: what is sent, one after the other, from the beginning again at the end.
        parameter_sets_in_sdp: whether DESCRIBE tells them too.
        session_timeout_s: what SETUP answers.
        ticks_per_picture: of the RTP timestamps.
        tls: serve rtsps.
        nonces_are_used_once: each request needs a new nonce, which is not called stale.
        codec: of the clips: h264 or h265.
        later_ticks_per_picture: after 30 pictures; pictures then come as much more slowly.
        sdp_tail: further lines of the session description: sound, say.
        host: where it listens.
        refused_track: SETUP of a URL that ends so is answered 404.
    """

    def __init__(
        self,
        *,
        answers: dict[str, str] | None = None,
        raw: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None = None,
        credential: Credential | None = None,
        pictures: int | None = None,
        interval_s: float = 0.005,
        clips: list[Clip] | None = None,
        parameter_sets_in_sdp: bool = True,
        session_timeout_s: int = 60,
        ticks_per_picture: int = 3600,
        tls: ssl.SSLContext | None = None,
        nonces_are_used_once: bool = False,
        sdp_tail: str = "",
        codec: str = "h264",
        later_ticks_per_picture: int | None = None,
        refused_track: str | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._answers = answers or {}
        self._raw = raw
        self._credential = credential
        self._pictures = pictures
        self._interval_s = interval_s
        self.clips = clips or [encoded_clip()]
        self._sets_in_sdp = parameter_sets_in_sdp
        self._session_timeout_s = session_timeout_s
        self._ticks_per_picture = ticks_per_picture
        self._tls = tls
        self._nonces_are_used_once = nonces_are_used_once
        self._sdp_tail = sdp_tail
        self._codec = codec
        self._later_ticks = later_ticks_per_picture
        self._refused_track = refused_track
        self._host = host
        self._nonce = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.requests: list[str] = []
        self.connections = 0
        self.port = 0
        self.torn_down = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def start(self) -> None:
        """Listen: on the same port as before, if there was one."""
        self._server = await asyncio.start_server(self._accept, self._host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Power off."""
        assert self._server is not None
        await stop_accepting(self._server)
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def as_camera(self, camera_id: str = "cam01", transport: str = "tcp", **fields: object) -> Camera:
        """The entry of cameras.yaml."""
        scheme = "rtsps" if self._tls else "rtsp"
        main = {"url": f"{scheme}://127.0.0.1:{self.port}/live", "transport": transport}
        return Camera.model_validate({"id": camera_id, "number": 1, "name": "Prueba", "main": main, **fields})

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await (self._raw or self._serve)(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender: asyncio.Task[None] | None = None
        udp: tuple[socket.socket, socket.socket] | None = None
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                method = request.split(" ", 1)[0]
                self.requests.append(method)
                cseq = re.findall(r"(?im)^cseq: *(\d+)", request)[0]
                if self._credential is not None and not self._authorised(request, method):
                    challenge = f'Digest realm="cam", nonce="n{self._nonce}", qop="auth"'
                    writer.write(
                        f"RTSP/1.0 401 Unauthorized\r\nCSeq: {cseq}\r\nWWW-Authenticate: {challenge}\r\n\r\n".encode()
                    )
                    continue
                answer = self._scripted(method, request)
                if answer is not None:
                    writer.write(answer.replace("{cseq}", cseq).encode())
                    continue
                headers, body = f"CSeq: {cseq}\r\nSession: 42;timeout={self._session_timeout_s}\r\n", b""
                if method == "OPTIONS":
                    headers += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n"
                elif method == "DESCRIBE":
                    body = self._sdp()
                    headers += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
                elif method == "SETUP" and "client_port" in request:
                    udp = self._udp(int(re.findall(r"client_port=(\d+)", request)[0]))
                    ports = f"{udp[0].getsockname()[1]}-{udp[1].getsockname()[1]}"
                    headers += f"Transport: RTP/AVP;unicast;server_port={ports}\r\n"
                elif method == "SETUP":
                    headers += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                writer.write(f"RTSP/1.0 200 OK\r\n{headers}\r\n".encode() + body)
                if method == "PLAY":
                    sender = asyncio.create_task(self._send(writer, udp[0] if udp else None))
                elif method == "TEARDOWN":
                    self.torn_down.set()
                    return
        finally:
            if sender is not None:
                sender.cancel()
            for opened in udp or ():
                opened.close()

    def _scripted(self, method: str, request: str) -> str | None:
        if method == "SETUP" and self._refused_track and request.split(" ", 2)[1].endswith(self._refused_track):
            return "RTSP/1.0 404 Not Found\r\nCSeq: {cseq}\r\n\r\n"
        return self._answers.get(method)

    def _authorised(self, request: str, method: str) -> bool:
        assert self._credential is not None
        fields = dict(re.findall(r'(\w+)="?([^",\r]*)"?', request.partition("Authorization: Digest ")[2]))
        if not fields:
            return False

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - what the protocol asks for

        secret = md5(f"{self._credential.user}:cam:{self._credential.password.reveal()}")
        middle = f"n{self._nonce}:{fields['nc']}:{fields['cnonce']}:auth"
        wanted = md5(method + ":" + fields["uri"])
        authorised = str(fields["response"]) == md5(f"{secret}:{middle}:{wanted}")
        self._nonce += authorised and self._nonces_are_used_once
        return authorised

    def _sdp(self) -> bytes:
        texts = [base64.b64encode(nal).decode() for nal in self.clips[0].parameter_sets]
        if self._codec == "h265":
            names = ("sprop-vps", "sprop-sps", "sprop-pps")
            fmtp = ";".join(f"{name}={text}" for name, text in zip(names, texts, strict=False))
        else:
            fmtp = "packetization-mode=1"
            fmtp += f";sprop-parameter-sets={','.join(texts)}" if self._sets_in_sdp else ""
        return (
            f"v=0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {self._codec.upper()}/90000\r\n"
            f"a=fmtp:96 {fmtp}\r\na=control:track1\r\n{self._sdp_tail}"
        ).encode()

    @staticmethod
    def _udp(port: int) -> tuple[socket.socket, socket.socket]:
        pair = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        for index, opened in enumerate(pair):
            opened.bind(("127.0.0.1", 0))
            opened.connect(("127.0.0.1", port + index))
        return pair

    def _ticks(self, number: int) -> int:
        first = min(number, _FIRST_RATE_PICTURES)
        later = self._later_ticks or self._ticks_per_picture
        return first * self._ticks_per_picture + (number - first) * later

    async def _send(self, writer: asyncio.StreamWriter, udp: socket.socket | None) -> None:
        sent = sequence = 0
        while True:
            for clip in self.clips:
                ticks = [self._ticks(sent + index) for index in range(len(clip.pictures))]
                for packets in stream_packets(
                    clip.pictures, first_sequence=sequence, timestamps=ticks, codec=self._codec
                ):
                    if sent == self._pictures:
                        return
                    for packet in packets:
                        if udp is not None:
                            udp.send(packet)
                        else:
                            writer.write(interleaved(packet))
                    sequence += len(packets)
                    sent += 1
                    await writer.drain()
                    step = self._ticks(sent + 1) - self._ticks(sent)
                    await asyncio.sleep(self._interval_s * step / self._ticks_per_picture)
