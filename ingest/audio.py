"""Sound over RTP: AAC as mpeg4-generic (RFC 3640, AAC-hbr and AAC-lbr) and G.711 (RFC 3551, PCMU and PCMA). Pure.

A packet that can't be understood is counted and passed over: sound never ends a session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingest.audio_clock import AudioClock
from nvr.clock import Clock
from nvr.media import AudioCodec, AudioPacket, AudioParameters, StreamKind

AudioSink = Callable[[AudioPacket], None]

MAX_FRAME_BYTES: Final = 8191
"""13 bits of AU-size: more than the 6,144 bits a channel that an AAC frame may have (ISO/IEC 14496-3)."""

MAX_PACKETS_PER_S: Final = 500
_MAX_FRAMES: Final = 64
_MAX_G711_BYTES: Final = 8000  # a second


@dataclass(frozen=True, slots=True)
class AudioDescription:
    """The sound of a session, as its SDP tells it.

    Attributes:
        parameters: what a decoder needs.
        payload_type: RTP payload type, 0..127.
        control: URL or relative path for SETUP.
        size_bits, index_bits, delta_bits: of the AU headers (RFC 3640 section 3.2.1); 0 for G.711.
        constant_bytes: of every AU where headers do not tell; 0 where they do.
    """

    parameters: AudioParameters
    payload_type: int
    control: str
    size_bits: int = 0
    index_bits: int = 0
    delta_bits: int = 0
    constant_bytes: int = 0


class AudioIntake:
    """Takes the RTP of one connection's sound and hands out packets.

    Attributes:
        packets: frames handed out.
        lost: sequence numbers that never came.
        malformed: RTP packets that were passed over.
    """

    def __init__(
        self, camera_id: str, stream: StreamKind, description: AudioDescription, *, clock: Clock, sink: AudioSink
    ) -> None:
        self._camera_id = camera_id
        self._stream = stream
        self._description = description
        self._clock = clock
        self._sink = sink
        self._times = AudioClock(description.parameters.rate_hz)
        self._expected = -1
        self._pieces: list[bytes] = []
        self._pieces_bytes = 0
        self._pieces_due = 0
        self._second_ns = 0
        self._in_second = 0
        self.packets = 0
        self.lost = 0
        self.malformed = 0

    def rtp(self, view: memoryview, start: int, stop: int) -> None:
        """An RTP packet. Nothing of ``view`` is kept."""
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._second_ns > 1_000_000_000:
            self._second_ns, self._in_second = now_ns, 0
        self._in_second += 1
        data = bytes(view[start:stop])
        payload = _payload(data)
        if payload is None or self._in_second > MAX_PACKETS_PER_S:
            self.malformed += 1
            return
        if data[1] & 0x7F != self._description.payload_type:
            return
        sequence = data[2] << 8 | data[3]
        missing = sequence - self._expected & 0xFFFF if self._expected >= 0 else 0
        if missing > 0x8000:
            return  # late, or twice
        self.lost += missing if missing < 3000 else 0
        self._expected = sequence + 1 & 0xFFFF
        if missing:
            self._pieces.clear()
        timestamp = int.from_bytes(data[4:8])
        if self._description.parameters.codec is AudioCodec.AAC:
            self._take_aac(payload, timestamp, marker=bool(data[1] & 0x80))
        elif 0 < len(payload) <= _MAX_G711_BYTES:
            self._emit(payload, timestamp, len(payload) // self._description.parameters.channels)
        else:
            self.malformed += 1

    def _take_aac(self, payload: bytes, timestamp: int, *, marker: bool) -> None:
        sizes = self._sizes(payload)
        if sizes is None:
            self._pieces.clear()
            self.malformed += 1
            return
        at, frames = sizes
        samples = self._description.parameters.frame_samples
        if self._pieces or (len(frames) == 1 and frames[0] > len(payload) - at):
            # One access unit over several packets: each has a header with the whole unit's size.
            if not self._pieces:
                self._pieces_due, self._pieces_bytes = frames[0], 0
            self._pieces.append(payload[at:])
            self._pieces_bytes += len(payload) - at
            if self._pieces_bytes > MAX_FRAME_BYTES:
                self._pieces.clear()
                self.malformed += 1
            elif marker:
                whole = b"".join(self._pieces)
                self._pieces.clear()
                if len(whole) == self._pieces_due:
                    self._emit(whole, timestamp, samples)
                else:
                    self.malformed += 1
            return
        for index, size in enumerate(frames):
            if not size or at + size > len(payload):
                self.malformed += 1
                return
            self._emit(payload[at : at + size], timestamp + index * samples, samples)
            at += size

    def _sizes(self, payload: bytes) -> tuple[int, list[int]] | None:
        """Where the access units begin, and how long each is; None where the headers make no sense."""
        description = self._description
        if description.constant_bytes:
            count = len(payload) // description.constant_bytes
            return (0, [description.constant_bytes] * count) if 0 < count <= _MAX_FRAMES else None
        if len(payload) < 2:
            return None
        bits = payload[0] << 8 | payload[1]
        at = 2 + (bits + 7) // 8
        if at > len(payload):
            return None
        headers = int.from_bytes(payload[2:at]) >> (-bits % 8)
        sizes: list[int] = []
        left = bits
        while left > 0:
            index_bits = description.delta_bits if sizes else description.index_bits
            if left < description.size_bits + index_bits or len(sizes) >= _MAX_FRAMES:
                return None
            left -= description.size_bits
            sizes.append(headers >> left & (1 << description.size_bits) - 1)
            left -= index_bits
            if headers >> left & (1 << index_bits) - 1:
                return None  # interleaved
        return (at, sizes) if sizes else None

    def _emit(self, data: bytes, timestamp: int, samples: int) -> None:
        wall_ns = self._times.wall_ns(
            timestamp & 0xFFFF_FFFF, wall_ns=self._clock.wall_ns(), monotonic_ns=self._clock.monotonic_ns()
        )
        self.packets += 1
        self._sink(AudioPacket(self._camera_id, self._stream, wall_ns, samples, self._description.parameters, data))


def _payload(data: bytes) -> bytes | None:
    """What an RTP packet carries, or None where it is none (RFC 3550 section 5.1)."""
    if len(data) < 12 or data[0] >> 6 != 2:
        return None
    at, end = 12 + 4 * (data[0] & 0x0F), len(data)
    if data[0] & 0x10:
        if at + 4 > end:
            return None
        at += 4 + 4 * (data[at + 2] << 8 | data[at + 3])
    if data[0] & 0x20:
        end -= data[-1]
    return data[at:end] if at <= end else None
