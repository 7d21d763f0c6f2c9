"""What of a stream is recorded: all of it, what a schedule says, or what moves, with seconds before and after; pure but for the recorder behind it.

While nothing is wanted the newest seconds of each stream wait in memory, from a key frame on, and go to disk first once something is. Whoever can't
say whether something moves (an analytics worker that is silent for 5 s, a camera that is still learning) lets everything be recorded, and so does who
sends more than can wait without a key frame from which it could be played.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from nvr.clock import NS_PER_S, Clock
from nvr.config import Config, active
from nvr.errors import GapCause
from nvr.media import AudioPacket, Packet, StreamKind
from nvr.observations import WorkerStatus
from nvr.recording.coverage import MODE_DETAIL

_log = logging.getLogger(__name__)
STALE_NS: Final = 5 * NS_PER_S
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
"""What may wait of one stream; beyond it the oldest goes, or, where that is all there is, what waits is recorded."""
MAX_WAITING_NS: Final = 36 * NS_PER_S
"""The same by time: all that waits goes to the recorder at once, and must fit into what that lets wait for the disk (``nvr.recording.recorder.QUEUE_S``)."""
PACKET_BYTES: Final = 400
"""What a packet takes in memory beside its data: tiny ones count as what they cost."""
_ASK_NS: Final = NS_PER_S // 5


class MotionBoard:
    """What analytics workers last said of each camera."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, tuple[int, bool, float]] = {}
        self._moved_ns: dict[str, int] = {}

    def hear(self, status: WorkerStatus) -> None:
        """Take up a status; those of other workers say nothing of movement and are passed over."""
        now_ns = self._clock.monotonic_ns()
        for key, counters in status.cameras.items():
            if "moving" not in counters:
                continue
            camera_id = key.partition("/")[0]
            seen = counters.get("observations", 0.0)
            before = self._said.get(camera_id)
            # One that began and ended between two words of a worker shows in the count alone.
            fresh = before is not None and seen != before[2]
            moves = counters["moving"] > 0 or counters.get("calibrating", 0) > 0 or fresh
            self._said[camera_id] = (now_ns, moves, seen)
            if moves:
                self._moved_ns[camera_id] = now_ns

    def moves(self, camera_id: str) -> bool:
        """Whether something moves there, or may: nobody has said anything for 5 s."""
        said = self._said.get(camera_id)
        return said is None or said[1] or self._clock.monotonic_ns() - said[0] > STALE_NS

    def moved_since(self, camera_id: str, since_ns: int) -> bool:
        """Whether anybody has said since then (monotonic) that something moves there."""
        return self._moved_ns.get(camera_id, since_ns - 1) >= since_ns


@dataclass(slots=True)
class Gate:
    """One stream between wanted and not. ``push`` says what goes to the recorder now.

    Attributes:
        pre_ns: how much of before is recorded too.
        post_ns: how long after the last wish recording goes on.
    """

    pre_ns: int
    post_ns: int
    open: bool = False
    last_ns: int = 0
    """When the newest packet came."""
    _until_ns: int = 0
    _groups: deque[list[Packet | AudioPacket]] = field(default_factory=deque)
    _bytes: int = 0

    def push(
        self, packet: Packet | AudioPacket, *, wanted: bool, now_ns: int, allowed: bool = True
    ) -> list[Packet | AudioPacket]:
        """Take a packet; what is to be recorded now, in order.

        Args:
            wanted: whether it is to be recorded.
            now_ns: monotonic.
            allowed: whether it may be where it is not wanted: then what no longer can wait is, up to the next key frame. Else it is dropped.
        """
        self.last_ns = now_ns
        if wanted:
            self._until_ns = now_ns + self.post_ns
        is_key = isinstance(packet, Packet) and packet.is_keyframe
        if self.open and now_ns > self._until_ns and is_key:
            self.open = False  # at a key frame, so that what waits from here on can be played
        if self.open:
            return [packet]
        self._keep(packet, is_key=is_key)
        # Behind one key frame nothing can be let go: no later packet can be played without those before it.
        over = self._too_much(packet)
        if over and not wanted and not allowed:
            self.forget()
        if not wanted and not (over and allowed):
            return []
        self.open = True
        return self.release()

    def forget(self) -> None:
        """What waits belongs to a connection that is over."""
        self._groups.clear()
        self._bytes = 0

    def _keep(self, packet: Packet | AudioPacket, *, is_key: bool) -> None:
        if is_key:
            self._groups.append([])
        if not self._groups:
            return
        self._groups[-1].append(packet)
        self._bytes += len(packet.data) + PACKET_BYTES
        while len(self._groups) > 1 and (
            self._groups[1][0].wall_ns <= packet.wall_ns - self.pre_ns or self._too_much(packet)
        ):
            self._bytes -= sum(len(each.data) + PACKET_BYTES for each in self._groups.popleft())

    def _too_much(self, newest: Packet | AudioPacket) -> bool:
        return bool(self._groups) and (
            self._bytes > MAX_WAITING_BYTES or newest.wall_ns - self._groups[0][0].wall_ns > MAX_WAITING_NS
        )

    def release(self) -> list[Packet | AudioPacket]:
        """What waits, in order; nothing does any more."""
        found = [packet for group in self._groups for packet in group]
        self.forget()
        return found


@dataclass(frozen=True, slots=True)
class Wish:
    """Whether a camera is to be recorded now. ``why_not``: "" where it is; ``still``: it is not only because nothing moves."""

    why_not: str = ""
    still: bool = False


class Front(Protocol):
    """The recorder's front door."""

    def write(self, packet: Packet) -> None: ...
    def write_audio(self, packet: AudioPacket) -> None: ...
    def interrupted(self, camera_id: str, stream: StreamKind, cause: GapCause, detail: str = "") -> None: ...
    def withdraw(self, camera_id: str, stream: StreamKind, detail: str) -> None: ...


class Modes:
    """Stands before a recorder: lets through what each camera's mode wants. All calls come from one thread.

    Args:
        config: cameras, their modes and the schedules.
        moves: whether something moves at a camera.
        moved_since: whether somebody has said since a monotonic time that something does.
    """

    def __init__(
        self,
        config: Config,
        front: Front,
        moves: Callable[[str], bool],
        clock: Clock,
        *,
        moved_since: Callable[[str, int], bool] = lambda _camera_id, _since_ns: False,
    ) -> None:
        self._front = front
        self._moves = moves
        self._moved_since = moved_since
        self._clock = clock
        self._config = config
        self._cameras = {
            camera.id: camera.recording for camera in config.cameras if camera.recording.mode != "continuous"
        }
        self._gates: dict[tuple[str, StreamKind], Gate] = {}
        self._asked: dict[str, tuple[int, Wish]] = {}
        self._told: dict[tuple[str, StreamKind], bool] = {}
        self._spilt: set[tuple[str, StreamKind]] = set()

    def take_up(self, config: Config) -> None:
        """Another configuration is in force. Streams whose camera has the same mode as before go on."""
        cameras = {camera.id: camera.recording for camera in config.cameras if camera.recording.mode != "continuous"}
        for key in [key for key in self._gates if cameras.get(key[0]) != self._cameras.get(key[0])]:
            del self._gates[key]
            self._told.pop(key, None)
        self._config, self._cameras = config, cameras
        self._asked.clear()

    def write(self, packet: Packet) -> None:
        """Record a packet, or let it wait. Never blocks, never raises."""
        if packet.camera_id not in self._cameras:
            self._front.write(packet)
            return
        self._pass(packet)

    def write_audio(self, packet: AudioPacket) -> None:
        """The same for sound."""
        if packet.camera_id not in self._cameras:
            self._front.write_audio(packet)
        elif (packet.camera_id, packet.stream) in self._gates:
            self._pass(packet)

    def interrupted(self, camera_id: str, stream: StreamKind, cause: GapCause, detail: str = "") -> None:
        """A session went offline. What waits is recorded first where something moved at the end of it: that word may need longer than who cuts the cable."""
        key = (camera_id, stream)
        if (gate := self._gates.get(key)) is not None:
            self._told[key] = False
            self._asked.pop(camera_id, None)
            wish = self._wish(camera_id)
            moved = wish.still and self._moved_since(camera_id, gate.last_ns - _ASK_NS)
            if cause != "planned" and (moved or not wish.why_not):
                self._record(gate.release())
            gate.forget()
        self._front.interrupted(camera_id, stream, cause, detail)

    def withdraw(self, camera_id: str, stream: StreamKind, detail: str) -> None:
        """A stream is not to be recorded any more."""
        self._gates.pop((camera_id, stream), None)
        self._told.pop((camera_id, stream), None)
        self._front.withdraw(camera_id, stream, detail)

    def _pass(self, packet: Packet | AudioPacket) -> None:
        key = (packet.camera_id, packet.stream)
        gate = self._gates.get(key)
        if gate is None:
            mode = self._cameras[packet.camera_id]
            gate = self._gates[key] = Gate(mode.pre_s * NS_PER_S, mode.post_s * NS_PER_S)
        wish = self._wish(packet.camera_id)
        was_open, now_ns = gate.open, self._clock.monotonic_ns()
        self._record(gate.push(packet, wanted=not wish.why_not, now_ns=now_ns, allowed=not wish.why_not or wish.still))
        if gate.open and not was_open and wish.why_not and key not in self._spilt:
            self._spilt.add(key)
            _log.warning(
                "%s/%s sends too few key frames to wait in memory: it is recorded although %s; set a shorter interval of key frames in the camera",
                *key,
                wish.why_not,
            )
        if gate.open:
            self._told[key] = False
        elif not self._told.get(key):
            self._told[key] = True
            self._front.interrupted(*key, "planned", f"{MODE_DETAIL}{wish.why_not}")

    def _record(self, packets: list[Packet | AudioPacket]) -> None:
        for each in packets:
            if isinstance(each, Packet):
                self._front.write(each)
            else:
                self._front.write_audio(each)

    def _wish(self, camera_id: str) -> Wish:
        now_ns = self._clock.monotonic_ns()
        asked = self._asked.get(camera_id)
        if asked is not None and 0 <= now_ns - asked[0] < _ASK_NS:
            return asked[1]
        mode = self._cameras[camera_id]
        inside = mode.schedule is not None and active(
            self._config.schedules[mode.schedule], self._clock.wall_ns(), self._config.timezone
        )
        wish = Wish()
        if inside or mode.schedule is None:
            if mode.mode == "motion" and not self._moves(camera_id):
                wish = Wish("nothing moves", still=True)
        elif mode.outside == "motion":
            if not self._moves(camera_id):
                wish = Wish(f"outside {mode.schedule}, and nothing moves", still=True)
        elif mode.outside == "nothing":
            wish = Wish(f"outside {mode.schedule}")
        self._asked[camera_id] = (now_ns, wish)
        return wish


def watched(config: Config) -> Mapping[str, bool]:
    """The cameras whose mode depends on movement."""
    return {
        camera.id: True
        for camera in config.cameras
        if camera.recording.mode == "motion"
        or (camera.recording.mode == "schedule" and camera.recording.outside == "motion")
    }
