"""One stream of one camera, for as long as the worker runs: connect, read, report, come back."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn

from ingest.audio import AudioIntake, AudioSink
from ingest.backoff import Backoff
from ingest.client import RtspClient, TimeLimits
from ingest.digest import Authenticator, SchemeMemory
from ingest.intake import PacketSink, StreamCounters, StreamIntake
from ingest.timestamps import Timeline
from nvr.clock import NS_PER_S, Clock
from nvr.config import Camera, Credential
from nvr.errors import CameraUnreachable, SourceError, StreamMalformed, StreamStalled
from nvr.media import StreamKind
from nvr.observations import CameraStateChanged, new_id

log = logging.getLogger(__name__)

StateReport = Callable[[CameraStateChanged], None]
State = Literal["connecting", "online", "offline"]

_TICK_S: Final = 1.0
_FPS_WINDOW_NS: Final = 5 * NS_PER_S
_MAX_DETAIL_CHARS: Final = 300
QUARANTINED: Final = "quarantined"
"""How the detail of a stream's state begins while it is."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Bounds that protect the other cameras of the worker, and how patient we are with this one.

    Attributes:
        time: of the RTSP dialogue.
        stall_s: no whole picture for this long ends the session. With the watch's tick of a second it is noticed within 5 s.
        keyframe_s: the first key frame may take this long: smart codecs stretch their GOP.
        bytes_per_s: more than this over a tick ends the session (an 8K camera needs 8 MB/s).
        frames_per_s: RTP packets and messages, likewise.
    """

    time: TimeLimits = field(default_factory=TimeLimits)
    stall_s: float = 4.0
    keyframe_s: float = 30.0
    bytes_per_s: int = 32_000_000
    frames_per_s: int = 50_000


class StreamSession:
    """Pulls one stream and hands its packets to ``sink``, from the event loop's thread.

    Args:
        camera: which camera.
        stream: which of its streams; the camera must have it.
        credential: for the log-in, or None.
        clock: source of time.
        sink: takes every packet; must not block.
        report: takes changes of state; must not block.
        memory: what the camera's log-in was seen to be capable of; shared by the streams of a camera.
        limits: bounds.
        tls: for ``rtsps``; default: the machine's certificate authorities.
        audio_sink: takes the packets of the stream's sound; None: it is not asked for.
    """

    def __init__(
        self,
        camera: Camera,
        stream: StreamKind,
        *,
        credential: Credential | None,
        clock: Clock,
        sink: PacketSink,
        report: StateReport,
        memory: SchemeMemory | None = None,
        limits: StreamLimits | None = None,
        tls: ssl.SSLContext | None = None,
        audio_sink: AudioSink | None = None,
    ) -> None:
        source = camera.source(stream)
        if source is None:
            raise ValueError(f"camera {camera.id} has no {stream} stream")
        self._camera_id = camera.id
        self._stream = stream
        self._url = source.url
        self._transport = source.transport
        self._pin = camera.certificate_sha256
        self._clock = clock
        self._sink = sink
        self._audio_sink = audio_sink
        self._sound: AudioIntake | None = None
        self._sound_counts = [0, 0, 0]
        self._report_state = report
        self._limits = limits or StreamLimits()
        self._tls = tls
        self._authenticator = Authenticator(credential, memory or SchemeMemory())
        self._timeline = Timeline()
        self._counters = StreamCounters()
        self._intake: StreamIntake | None = None
        self._backoff = Backoff()
        self._state: tuple[State, str, str] | None = None
        self._online_since_ns = -1
        self._reconnects = 0
        self._history: deque[tuple[int, int]] = deque(maxlen=16)
        self.farewell = "the worker stops"

    @property
    def name(self) -> str:
        """``camera_id/stream``."""
        return f"{self._camera_id}/{self._stream}"

    async def run_forever(self) -> NoReturn:
        """Keep the stream up until cancelled; cancelling says goodbye to the camera. No error of the camera comes out."""
        self._set_state("connecting")
        try:
            while True:
                try:
                    await self.run_once()
                except SourceError as error:
                    failure = error
                except Exception:
                    # A fault of ours that this camera's bytes brought to light must not take the other cameras along.
                    log.exception("%s: unexpected error, the stream is opened again", self.name)
                    failure = SourceError("internal error", "see the log, and report it")
                wait_s = self._backoff.after(failure, steady_s=self._steady_s())
                self._offline(failure, wait_s)
                await asyncio.sleep(wait_s)
                self._reconnects += 1
        finally:
            self._set_state("offline", "planned", self.farewell)

    async def run_once(self) -> NoReturn:
        """One session, from connecting to its end.

        Raises:
            SourceError: why it ended.
        """
        self._timeline.restart()
        self._online_since_ns = -1
        client = RtspClient(
            self._url,
            self._transport,
            self._authenticator,
            self._clock,
            limits=self._limits.time,
            tls=self._tls,
            pin=self._pin,
        )
        cancelled = False
        try:
            intake = await self._open(client)
            await self._watch(client, intake)
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            try:
                await client.close(politely=cancelled)
            finally:
                self._settle(client)
                self._intake = None

    async def _open(self, client: RtspClient) -> StreamIntake:
        open_s = self._limits.time.open_s
        try:
            async with asyncio.timeout(open_s):
                await client.connect()
                description = await client.describe()
                intake = self._intake = StreamIntake(
                    self._camera_id,
                    self._stream,
                    description,
                    timeline=self._timeline,
                    counters=self._counters,
                    clock=self._clock,
                    sink=self._sink,
                    on_first=self._came_online,
                )
                if self._audio_sink is not None and description.audio is not None:
                    self._sound = AudioIntake(
                        self._camera_id, self._stream, description.audio, clock=self._clock, sink=self._audio_sink
                    )
                await client.play(description, intake, self._sound)
                return intake
        except TimeoutError as error:
            raise CameraUnreachable(f"the camera does not start within {open_s:g} s", "restart the camera") from error

    async def _watch(self, client: RtspClient, intake: StreamIntake) -> NoReturn:
        """Wait for the end of the connection; meanwhile keep it alive and look that the camera keeps to its bounds."""
        limits, clock, closed = self._limits, self._clock, client.closed
        keep_alive_ns = client.session_timeout_s * NS_PER_S // 2
        began_ns = kept_alive_ns = ticked_ns = clock.monotonic_ns()
        received_bytes, received_frames = client.received_bytes, client.received_frames
        intake.last_unit_ns = began_ns
        while True:
            await asyncio.wait((closed,), timeout=_TICK_S)
            if closed.done():
                raise closed.exception() or CameraUnreachable("the connection was closed")
            now_ns = clock.monotonic_ns()
            elapsed_s = max(now_ns - ticked_ns, 1) / NS_PER_S
            if client.received_bytes - received_bytes > limits.bytes_per_s * max(
                elapsed_s, _TICK_S
            ) or client.received_frames - received_frames > limits.frames_per_s * max(elapsed_s, _TICK_S):
                raise StreamMalformed("the camera sends more than a camera does", "lower the bit rate in the camera")
            ticked_ns, received_bytes, received_frames = now_ns, client.received_bytes, client.received_frames
            if now_ns - intake.last_unit_ns > limits.stall_s * NS_PER_S:
                raise StreamStalled(f"no picture for {limits.stall_s:g} s", "check cable and camera")
            if self._online_since_ns < 0 and now_ns - began_ns > limits.keyframe_s * NS_PER_S:
                raise StreamStalled(f"no key frame for {limits.keyframe_s:g} s", "shorten the GOP in the camera")
            client.check_keep_alive()
            if now_ns - kept_alive_ns > keep_alive_ns:
                kept_alive_ns = now_ns
                client.keep_alive()

    def _came_online(self) -> None:
        self._online_since_ns = self._clock.monotonic_ns()
        self._set_state("online")

    def _steady_s(self) -> float:
        return (self._clock.monotonic_ns() - self._online_since_ns) / NS_PER_S if self._online_since_ns >= 0 else 0.0

    def _offline(self, error: SourceError, wait_s: float) -> None:
        detail = str(error)[:_MAX_DETAIL_CHARS]
        if self._backoff.quarantined:
            detail = f"{QUARANTINED}: {detail}"
        if self._state is None or self._state != ("offline", error.cause, detail):
            log.warning("%s: %s; next attempt in %.1f s", self.name, detail, wait_s)
        self._set_state("offline", error.cause, detail)

    def _set_state(self, state: State, cause: str = "", detail: str = "") -> None:
        # Attempt after attempt that fails alike is one fact, not many.
        if self._state == (state, cause, detail):
            return
        self._state = (state, cause, detail)
        wall_ns = self._clock.wall_ns()
        self._report_state(
            CameraStateChanged(
                observation_id=new_id(wall_ns),
                camera_id=self._camera_id,
                stream=self._stream,
                state=state,
                wall_ns=wall_ns,
                cause=cause,
                detail=detail,
            )
        )

    def _settle(self, client: RtspClient) -> None:
        self._counters.received_bytes += client.received_bytes
        self._counters.reordered += client.reordered
        if self._intake is not None:
            self._intake.settle()
        if client.sound_failed and self._audio_sink is not None:
            # Not asked for again in this run: to some cameras it is the end of the connection.
            log.warning("%s: the camera does not give its sound; pictures are recorded without", self.name)
            self._audio_sink = None
        self._settle_sound()
        self._sound = None

    def _settle_sound(self) -> None:
        sound = self._sound
        if sound is not None:
            for index, count in enumerate((sound.packets, sound.lost, sound.malformed)):
                self._sound_counts[index] += count
            sound.packets = sound.lost = sound.malformed = 0

    def counters(self) -> dict[str, float]:
        """Named counters of this worker's run, for ``WorkerStatus.cameras``. ``fps`` is over the last 5 s of calls."""
        if self._intake is not None:
            self._intake.settle()
        self._settle_sound()
        counters, timeline = self._counters, self._timeline
        now_ns = self._clock.monotonic_ns()
        history = self._history
        history.append((now_ns, counters.packets))
        while len(history) > 2 and now_ns - history[0][0] > _FPS_WINDOW_NS:
            history.popleft()
        span_ns = now_ns - history[0][0]
        fps = (counters.packets - history[0][1]) * NS_PER_S / span_ns if span_ns else 0.0
        return {
            "online": float(self._state is not None and self._state[0] == "online"),
            "quarantined": float(self._backoff.quarantined),
            "packets": counters.packets,
            "bytes": counters.bytes,
            "keyframes": counters.keyframes,
            "fps": round(fps, 2),
            "width_px": counters.width_px,
            "height_px": counters.height_px,
            "reconnects": self._reconnects,
            "last_packet_wall_ns": counters.last_packet_wall_ns,
            "lost": counters.lost,
            "damaged": counters.damaged,
            "late": counters.late,
            "malformed": counters.malformed,
            "before_keyframe": counters.before_keyframe,
            "source_restarts": counters.restarts,
            "epochs": timeline.epochs,
            "timestamp_jumps": timeline.jumps,
            "clock_steps": timeline.clock_steps,
            "out_of_order": timeline.out_of_order,
            "audio_packets": self._sound_counts[0],
            "audio_lost": self._sound_counts[1],
            "audio_malformed": self._sound_counts[2],
            "camera_clock_offset_s": counters.camera_clock_offset_ns / NS_PER_S,
        }
