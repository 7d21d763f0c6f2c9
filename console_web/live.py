"""Live video for browsers: each frame is put into a fragment once, whoever many look at it; nothing is decoded.

``LiveHub`` listens to a camera's stream only while somebody looks. A ``Channel`` muxes and keeps the current group of pictures, so that
whoever comes next starts at once. A ``Viewer`` has a bounded queue with the policy DROP_TO_KEYFRAME: when it is full all of it goes, and
the next key frame is where it starts again; others don't notice.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from console_web.health import HealthBoard
from nvr.bus import AsyncSubscriber
from nvr.errors import BusError, StreamUnsupported
from nvr.media import TIMESCALE_HZ, CodecParameters, Packet, StreamKind, VideoCodec
from nvr.observations import WorkerStatus
from nvr.recording.fmp4 import Sample, codec_string, fragment, init_segment

_log = logging.getLogger(__name__)

QUEUE_FRAGMENTS: Final = 120
QUEUE_BYTES: Final = 8 * 1024 * 1024
_GROUP_FRAGMENTS: Final = 90
_GROUP_BYTES: Final = 6 * 1024 * 1024
_USUAL_DURATION: Final = TIMESCALE_HZ // 25
_LONGEST_DURATION: Final = TIMESCALE_HZ
_NS_PER_TICK_NUMERATOR: Final = 100_000  # 1e9 / 90,000 = 100,000 / 9
_NS_PER_TICK_DENOMINATOR: Final = 9


@dataclass(frozen=True, slots=True)
class Start:
    """What a player needs before fragments: a JSON text, then the init segment; b"" where fragments are pictures by themselves."""

    text: str
    init: bytes


@dataclass(frozen=True, slots=True)
class Fragment:
    """One frame, as ``moof`` and ``mdat``."""

    data: bytes
    is_keyframe: bool


@dataclass(slots=True, eq=False)
class Viewer:
    """One socket's queue. ``dropped`` counts fragments that it did not get once it had begun; ``skips`` how often that happened."""

    limit_fragments: int = QUEUE_FRAGMENTS
    limit_bytes: int = QUEUE_BYTES
    dropped: int = 0
    skips: int = 0
    _queue: deque[Start | Fragment] = field(default_factory=deque)
    _queued_bytes: int = 0
    _queued_fragments: int = 0
    _needs_keyframe: bool = True
    _begun: bool = False
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self, start: Start) -> None:
        """New parameters: what waits is of the old ones and can't be decoded any more once the new ones are in."""
        self._clear()
        self._queue.append(start)
        self._ready.set()

    def offer(self, fragment: Fragment) -> None:
        """Queue a fragment, or drop to the next key frame where there is no room."""
        if self._needs_keyframe and not fragment.is_keyframe:
            self.dropped += self._begun
            return
        full = (
            self._queued_fragments >= self.limit_fragments or self._queued_bytes + len(fragment.data) > self.limit_bytes
        )
        if full:
            self.skips += 1
            starts = [item for item in self._queue if isinstance(item, Start)]
            self._clear()
            self._queue.extend(starts)
            if not fragment.is_keyframe or len(fragment.data) > self.limit_bytes:
                self.dropped += 1
                return
        self._needs_keyframe, self._begun = False, True
        self._queue.append(fragment)
        self._queued_fragments += 1
        self._queued_bytes += len(fragment.data)
        self._ready.set()

    def _clear(self) -> None:
        self.dropped += self._queued_fragments
        self._queue.clear()
        self._queued_fragments = self._queued_bytes = 0
        self._needs_keyframe = True

    async def next(self, timeout_s: float) -> Start | Fragment | None:
        """What to send next; None after ``timeout_s`` without anything."""
        if not self._queue:
            try:
                async with asyncio.timeout(timeout_s):
                    # Asked again: what came may have been dropped, with all behind it, before it was our turn.
                    while not self._queue:
                        self._ready.clear()
                        await self._ready.wait()
            except TimeoutError:
                return None
        item = self._queue.popleft()
        if isinstance(item, Fragment):
            self._queued_fragments -= 1
            self._queued_bytes -= len(item.data)
        return item


@dataclass(slots=True, eq=False)
class Channel:
    """One stream of one camera, while somebody looks. ``muxed`` counts frames, however many viewers there are."""

    camera_id: str
    stream: StreamKind
    viewers: set[Viewer] = field(default_factory=set)
    muxed: int = 0
    unsupported: str = ""
    _parameters: CodecParameters | None = None
    _epoch_ns: int = -1
    _start: Start | None = None
    _group: list[Fragment] = field(default_factory=list)
    _group_bytes: int = 0
    _group_whole: bool = False
    _offset: int = 0
    _first_dts: int = 0
    _first_wall_ns: int = -1
    _last_dts: int = -1
    _duration: int = _USUAL_DURATION

    def join(self, viewer: Viewer) -> None:
        """Somebody looks: he gets the parameters and the current group of pictures at once."""
        self.viewers.add(viewer)
        if self._start is not None:
            viewer.start(self._start)
            if self._group_whole:
                for each in self._group:
                    viewer.offer(each)

    def push(self, packet: Packet) -> None:
        """Mux a frame and hand it to everybody."""
        begins = packet.epoch_ns != self._epoch_ns or packet.parameters != self._parameters
        if begins and not (packet.is_keyframe and self._begin(packet)):
            return
        dts = self._offset + packet.dts - self._first_dts
        if self._last_dts >= 0 and 0 < dts - self._last_dts <= _LONGEST_DURATION:
            # The frame's own duration is known only when the next one comes; the last one's is the best guess that costs no latency.
            self._duration = dts - self._last_dts
        self._last_dts = max(dts, 0)
        self.muxed += 1
        if packet.parameters.codec is VideoCodec.MJPEG:
            made = Fragment(packet.data, packet.is_keyframe)
        else:
            sample = Sample(self._duration, packet.pts - packet.dts, packet.is_keyframe, packet.data)
            made = Fragment(b"".join(fragment(self.muxed & 0xFFFF_FFFF, self._last_dts, [sample])), packet.is_keyframe)
        self._keep(made)
        for viewer in self.viewers:
            viewer.offer(made)

    def _begin(self, packet: Packet) -> bool:
        parameters = packet.parameters
        self._epoch_ns, self._parameters = packet.epoch_ns, parameters
        if self._first_wall_ns < 0:
            self._first_wall_ns = packet.wall_ns
        # A player's time runs on through a reconnection, by as much as the wall clock did.
        elapsed = (packet.wall_ns - self._first_wall_ns) * _NS_PER_TICK_DENOMINATOR // _NS_PER_TICK_NUMERATOR
        self._offset = max(elapsed, self._last_dts + self._duration if self._last_dts >= 0 else 0)
        self._first_dts = packet.dts
        self._last_dts = -1
        self._group, self._group_bytes, self._group_whole = [], 0, False
        try:
            bare = parameters.codec is VideoCodec.MJPEG
            text = json.dumps(
                {
                    # Browsers play no JPEG inside MP4: they get each picture as it is.
                    "mime": "image/jpeg" if bare else f'video/mp4; codecs="{codec_string(parameters)}"',
                    "width_px": parameters.width_px,
                    "height_px": parameters.height_px,
                }
            )
            init = b""
            if not bare:
                init = init_segment(
                    parameters, start_wall_ns=packet.wall_ns, camera_id=self.camera_id, stream=self.stream
                )
        except StreamUnsupported as error:
            self.unsupported = error.message
            self._parameters, self._start = None, None
            return False
        self.unsupported = ""
        self._start = Start(text, init)
        for viewer in self.viewers:
            viewer.start(self._start)
        return True

    def _keep(self, made: Fragment) -> None:
        if made.is_keyframe:
            self._group, self._group_bytes, self._group_whole = [], 0, True
        self._group_bytes += len(made.data)
        if self._group_whole and len(self._group) < _GROUP_FRAGMENTS and self._group_bytes <= _GROUP_BYTES:
            self._group.append(made)
        else:
            # A group with a hole can't be played: whoever comes waits for the next key frame.
            self._group, self._group_whole = [], False


class LiveHub:
    """All channels, fed from the bus; also takes up what the workers say of themselves.

    Args:
        run_folder: where the workers' sockets are.
        workers: whom to listen to: ingest workers for packets, all workers for their status.
        board: gets every status.
        on_journal: called on each "my journal has grown".
    """

    def __init__(
        self,
        run_folder: Path,
        workers: Iterable[str],
        board: HealthBoard | None = None,
        on_journal: Callable[[], None] | None = None,
    ) -> None:
        self._run_folder = run_folder
        self._workers = tuple(workers)
        self.board = HealthBoard() if board is None else board
        self._on_journal = on_journal
        self._channels: dict[tuple[str, StreamKind], Channel] = {}
        self._subscriber: AsyncSubscriber | None = None
        self._dropped = 0
        self.malformed = 0

    @property
    def channels(self) -> dict[tuple[str, StreamKind], Channel]:
        """Those that somebody looks at."""
        return self._channels

    @property
    def dropped(self) -> int:
        """Fragments that viewers did not get because they were slow."""
        return self._dropped + sum(viewer.dropped for channel in self._channels.values() for viewer in channel.viewers)

    @property
    def bus_dropped(self) -> int:
        """Packets that the bus let go because one before them was missing."""
        return 0 if self._subscriber is None else self._subscriber.dropped

    async def run(self) -> None:
        """Listen until cancelled."""
        subscriber = self._subscriber = AsyncSubscriber(self._run_folder, self._workers, events=True)
        try:
            for camera_id, stream in self._channels:
                subscriber.subscribe(camera_id, stream)
            while True:
                try:
                    self._take(await subscriber.receive())
                except BusError as error:
                    self.malformed += 1
                    _log.warning("a message on the bus is passed over: %s", error)
        finally:
            self._subscriber = None
            subscriber.close()

    def _take(self, message: Packet | WorkerStatus | None) -> None:
        if isinstance(message, Packet):
            channel = self._channels.get((message.camera_id, message.stream))
            if channel is not None:
                channel.push(message)
        elif isinstance(message, WorkerStatus):
            self.board.report(message)
        elif self._on_journal is not None:
            self._on_journal()

    def join(self, camera_id: str, stream: StreamKind) -> tuple[Channel, Viewer]:
        """Look at a stream, until ``leave``."""
        key = (camera_id, stream)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = Channel(camera_id, stream)
            if self._subscriber is not None:
                self._subscriber.subscribe(camera_id, stream)
        viewer = Viewer()
        channel.join(viewer)
        return channel, viewer

    def leave(self, channel: Channel, viewer: Viewer) -> None:
        """Look no longer. The last one ends the subscription."""
        channel.viewers.discard(viewer)
        self._dropped += viewer.dropped
        if not channel.viewers and self._channels.get((channel.camera_id, channel.stream)) is channel:
            del self._channels[channel.camera_id, channel.stream]
            if self._subscriber is not None:
                self._subscriber.unsubscribe(channel.camera_id, channel.stream)
