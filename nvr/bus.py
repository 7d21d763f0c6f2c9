"""Packets, status and wake-ups between our own processes: ZeroMQ over ipc://, one XPUB socket per worker.

Message: one frame, ``topic, header length (4 bytes, big-endian), header, body``: three ZeroMQ frames cost 4 µs more at each end.
Topics end in NUL so that a prefix subscription is exact: ``packet/<camera_id>/<stream>\\0`` with a msgpack header and the packet's bytes;
``status\\0`` with a JSON ``WorkerStatus`` as its body; ``moving\\0`` with a JSON ``CameraMoving``; ``journal\\0`` (empty) says that the sender's journal has grown. The publisher never
blocks: policy is DROP_TO_KEYFRAME for packets (a hole in ``seq`` makes the receiver discard until the next key frame, and count) and newest-wins
for status. What must not be lost goes through the journal; the bus only wakes its reader, and may fail to: a receiver that is behind loses
wake-ups like anything else, so the reader looks at the journal now and then by itself.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import zmq
import zmq.asyncio

from nvr.errors import BusError
from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec
from nvr.observations import CameraMoving, WorkerStatus

STATUS_TOPIC: Final = b"status\0"
JOURNAL_TOPIC: Final = b"journal\0"
MOVING_TOPIC: Final = b"moving\0"
_PACKET_PREFIX: Final = b"packet/"
_HIGH_WATER_MESSAGES: Final = 2000
_IPC_PATH_LIMIT_BYTES: Final = 100  # sun_path holds 108 bytes on Linux, and zmq needs room


def packet_topic(camera_id: str, stream: StreamKind) -> bytes:
    """The topic that carries exactly this stream."""
    return _PACKET_PREFIX + f"{camera_id}/{stream}".encode() + b"\0"


def _parse_topic(topic: bytes) -> tuple[str, StreamKind]:
    if not topic.startswith(_PACKET_PREFIX) or not topic.endswith(b"\0"):
        raise ValueError("not a packet's topic")
    camera_id, _, stream = topic[len(_PACKET_PREFIX) : -1].decode().partition("/")
    return camera_id, StreamKind(stream)


def endpoint(run_folder: Path, worker: str) -> str:
    """The ipc address of a worker.

    Raises:
        BusError: the folder's path is too long for a Unix socket.
    """
    path = Path(os.path.realpath(run_folder)) / f"{worker}.sock"  # Path.resolve raises where links go in a circle
    if len(os.fsencode(path)) > _IPC_PATH_LIMIT_BYTES:
        raise BusError(f"the path {path} is too long for a Unix socket", "choose a shorter data folder (node.data)")
    return f"ipc://{path}"


class _Header(msgspec.Struct, array_like=True):
    epoch_ns: int
    seq: int
    pts: int
    dts: int
    is_keyframe: bool
    wall_ns: int
    codec: str = ""
    extradata: bytes = b""
    width_px: int = 0
    height_px: int = 0


_encode_header = msgspec.msgpack.Encoder().encode
_decode_header = msgspec.msgpack.Decoder(_Header).decode
_encode_status = msgspec.json.Encoder().encode
_decode_status = msgspec.json.Decoder(WorkerStatus).decode
_decode_moving = msgspec.json.Decoder(CameraMoving).decode


class Publisher:
    """A worker's outlet. Not thread-safe: use it from the thread that owns it.

    ``bind`` replaces a dead predecessor's socket file. Sending costs nothing where nobody subscribed: ``wanted`` says so beforehand.
    """

    def __init__(self, run_folder: Path, worker: str, context: zmq.Context[zmq.Socket[bytes]] | None = None) -> None:
        run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._context = context or zmq.Context.instance()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.SNDHWM, _HIGH_WATER_MESSAGES)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind(endpoint(run_folder, worker))
        self._topics: dict[bytes, None] = {}
        self._packet_topics: dict[tuple[str, StreamKind], bytes] = {}
        self._sends_since_poll = 0

    def refresh(self) -> None:
        """Take up subscriptions that came and went. ``publish_packet`` calls it now and then; call it when idle too."""
        self._sends_since_poll = 0
        while True:
            try:
                message = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            topic = message[1:]
            if message[:1] == b"\x01":
                self._topics[topic] = None
            else:
                self._topics.pop(topic, None)

    def wanted(self, camera_id: str, stream: StreamKind) -> bool:
        """Whether somebody subscribed to this stream."""
        return self._topic(camera_id, stream) in self._topics

    def _topic(self, camera_id: str, stream: StreamKind) -> bytes:
        key = (camera_id, stream)
        topic = self._packet_topics.get(key)
        if topic is None:
            topic = self._packet_topics[key] = packet_topic(camera_id, stream)
        return topic

    def publish_packet(self, packet: Packet) -> None:
        """Hand a packet to whoever subscribed. Key frames carry the decoder configuration."""
        self._sends_since_poll += 1
        if self._sends_since_poll >= 32:
            self.refresh()
        topic = self._topic(packet.camera_id, packet.stream)
        if topic not in self._topics:
            return
        header = _Header(packet.epoch_ns, packet.seq, packet.pts, packet.dts, packet.is_keyframe, packet.wall_ns)
        if packet.is_keyframe:
            parameters = packet.parameters
            header.codec = parameters.codec.value
            header.extradata = parameters.extradata
            header.width_px = parameters.width_px
            header.height_px = parameters.height_px
        self._send(topic, _encode_header(header), packet.data)

    def publish_status(self, status: WorkerStatus) -> None:
        """Newest wins; lost where nobody listens."""
        self.refresh()
        self._send(STATUS_TOPIC, b"", _encode_status(status))

    def publish_moving(self, moving: CameraMoving) -> None:
        """Say that a camera is being moved, or stands again; lost where nobody listens."""
        self.refresh()
        self._send(MOVING_TOPIC, b"", _encode_status(moving))

    def wake_journal_reader(self) -> None:
        """Say that this worker's journal has grown."""
        self._send(JOURNAL_TOPIC, b"", b"")

    def _send(self, topic: bytes, header: bytes, body: bytes) -> None:
        self._socket.send(b"%b%b%b%b" % (topic, len(header).to_bytes(4), header, body), zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket; its file is taken over by the next bind."""
        self._socket.close()


class _Followed:
    """What the assembler knows of one stream. ``parameters`` is None while it waits for a key frame."""

    __slots__ = ("epoch_ns", "parameters", "seq")

    def __init__(self) -> None:
        self.epoch_ns = 0
        self.seq = -1
        self.parameters: CodecParameters | None = None


class PacketAssembler:
    """Turns messages back into packets for one subscriber; pure. After a hole it discards until the next key frame, and counts."""

    def __init__(self) -> None:
        self._streams: dict[bytes, _Followed] = {}
        self.dropped = 0
        """Packets that got lost on the way, and those that came but can't be decoded without them."""

    def packet(self, topic: bytes, header: bytes, body: bytes) -> Packet | None:
        """The packet, or None where it can't be decoded because what came before it is missing.

        Raises:
            BusError: not a packet message.
        """
        try:
            head = _decode_header(header)
            camera_id, kind = _parse_topic(topic)
            known = self._streams.get(topic)
            parameters = known.parameters if known is not None else None
            if head.is_keyframe:
                fresh = CodecParameters(VideoCodec(head.codec), head.extradata, head.width_px, head.height_px)
                if parameters != fresh:
                    parameters = fresh
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            raise BusError(f"a message on {topic!r} is not a packet: {error}") from error
        if known is None:
            known = self._streams[topic] = _Followed()
        elif known.seq + 1 < head.seq:
            self.dropped += head.seq - known.seq - 1
        follows = known.epoch_ns == head.epoch_ns and known.seq + 1 == head.seq
        known.epoch_ns, known.seq = head.epoch_ns, head.seq
        if not head.is_keyframe and not follows:
            parameters = None
        known.parameters = parameters
        if parameters is None:
            self.dropped += 1
            return None
        return Packet(
            camera_id=camera_id,
            stream=kind,
            epoch_ns=head.epoch_ns,
            seq=head.seq,
            pts=head.pts,
            dts=head.dts,
            is_keyframe=head.is_keyframe,
            wall_ns=head.wall_ns,
            parameters=parameters,
            data=body,
        )

    def forget(self, topic: bytes) -> None:
        """Forget a stream, after unsubscribing from it."""
        self._streams.pop(topic, None)


def split(message: bytes) -> tuple[bytes, bytes, bytes]:
    """Topic, header and body of a message.

    Raises:
        BusError: it is shorter than it says, or has no topic.
    """
    topic_end = message.find(b"\0") + 1
    body_start = topic_end + 4 + int.from_bytes(message[topic_end : topic_end + 4])
    if not topic_end or len(message) < max(topic_end + 4, body_start):
        raise BusError("a message that is not one of ours")
    return message[:topic_end], message[topic_end + 4 : body_start], message[body_start:]


class Subscriber:
    """Listens to workers from a plain thread. ``poll`` returns what lies ready."""

    def __init__(
        self, run_folder: Path, workers: Iterable[str], context: zmq.Context[zmq.Socket[bytes]] | None = None
    ) -> None:
        self._context = context or zmq.Context.instance()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, _HIGH_WATER_MESSAGES)
        self._socket.setsockopt(zmq.LINGER, 0)
        # A restarted worker binds anew: come back quickly, or its first seconds are missed.
        self._socket.setsockopt(zmq.RECONNECT_IVL, 50)
        self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, 500)
        for worker in workers:
            self._socket.connect(endpoint(run_folder, worker))
        self._assembler = PacketAssembler()
        self._moves: list[CameraMoving] = []
        self.malformed = 0
        """Messages that were passed over because they can't be understood."""

    @property
    def dropped(self) -> int:
        """Packets lost on the way, or discarded because one before them was."""
        return self._assembler.dropped

    def subscribe(self, camera_id: str, stream: StreamKind) -> None:
        """Ask for a stream's packets, from its next key frame on."""
        self._socket.subscribe(packet_topic(camera_id, stream))

    def subscribe_moves(self) -> None:
        """Ask to be told which cameras are being moved; ``moves`` hands it over."""
        self._socket.subscribe(MOVING_TOPIC)

    def moves(self) -> list[CameraMoving]:
        """What ``poll`` heard of cameras that are being moved since the last call."""
        heard, self._moves = self._moves, []
        return heard

    def unsubscribe(self, camera_id: str, stream: StreamKind) -> None:
        """No more of them; what is on its way may still come."""
        topic = packet_topic(camera_id, stream)
        self._socket.unsubscribe(topic)
        self._assembler.forget(topic)

    def poll(self, timeout_ms: int, limit: int = 256) -> list[Packet]:
        """Up to ``limit`` packets that lie ready; waits up to ``timeout_ms`` for the first."""
        packets: list[Packet] = []
        if not self._socket.poll(timeout_ms):
            return packets
        while len(packets) < limit:
            try:
                message = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                topic, header, body = split(message)
                if topic == MOVING_TOPIC:
                    self._moves.append(_decode_moving(body))
                    continue
                packet = self._assembler.packet(topic, header, body)
            except (BusError, msgspec.DecodeError):
                self.malformed += 1  # a peer of another version; what others send goes on
                continue
            if packet is not None:
                packets.append(packet)
        return packets

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


class AsyncSubscriber:
    """Listens to workers from an event loop: packets, status and journal wake-ups on one socket.

    One task awaits ``receive``; ``subscribe`` and ``unsubscribe`` may be called meanwhile from the same loop.
    """

    def __init__(self, run_folder: Path, workers: Iterable[str], *, events: bool = False) -> None:
        endpoints = [endpoint(run_folder, worker) for worker in workers]  # refuses before there is a socket to close
        self._context: zmq.asyncio.Context = zmq.asyncio.Context.instance()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, _HIGH_WATER_MESSAGES)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 50)
        self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, 500)
        for each in endpoints:
            self._socket.connect(each)
        if events:
            self._socket.subscribe(STATUS_TOPIC)
            self._socket.subscribe(JOURNAL_TOPIC)
        self._assembler = PacketAssembler()
        self.malformed = 0
        """Messages that were passed over because they can't be understood."""
        self._wanted: Counter[bytes] = Counter()

    @property
    def dropped(self) -> int:
        """Packets lost on the way, or discarded because one before them was."""
        return self._assembler.dropped

    def subscribe(self, camera_id: str, stream: StreamKind) -> None:
        """Ask for a stream's packets, from its next key frame on. Each call wants an ``unsubscribe`` of its own."""
        topic = packet_topic(camera_id, stream)
        self._wanted[topic] += 1
        self._socket.subscribe(topic)

    def unsubscribe(self, camera_id: str, stream: StreamKind) -> None:
        """No more of them, once it was called as often as ``subscribe``. Without a subscription it does nothing."""
        topic = packet_topic(camera_id, stream)
        if self._wanted[topic] == 0:
            return
        self._socket.unsubscribe(topic)
        self._wanted[topic] -= 1
        if self._wanted[topic] == 0:
            del self._wanted[topic]
            self._assembler.forget(topic)

    async def receive(self) -> Packet | WorkerStatus | None:
        """The next packet or status; None for "a journal has grown"."""
        while True:
            message = await self._socket.recv()
            try:
                topic, header, body = split(message)
                if topic == STATUS_TOPIC:
                    return _decode_status(body)
                if topic == JOURNAL_TOPIC:
                    return None
                if topic not in self._wanted:
                    continue  # was on its way when the last subscription ended
                packet = self._assembler.packet(topic, header, body)
            except (BusError, msgspec.DecodeError):
                self.malformed += 1
                continue
            if packet is not None:
                return packet

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
