"""What of a stream is recorded: all of it, what a schedule says, or what moves, with seconds before and after; pure but for the recorder behind it.

While nothing is wanted the newest seconds of each stream wait in memory, from a key frame on, and go to disk first once something is. Whoever can't
say whether something moves (an analytics worker that is silent for 5 s, a camera that is still learning) lets everything be recorded.
"""

from __future__ import annotations

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

STALE_NS: Final = 5 * NS_PER_S
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
"""What may wait of one stream; beyond it the oldest goes."""
_ASK_NS: Final = NS_PER_S // 5


class MotionBoard:
    """What analytics workers last said of each camera."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, tuple[int, bool, float]] = {}

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
            self._said[camera_id] = (
                now_ns,
                counters["moving"] > 0 or counters.get("calibrating", 0) > 0 or fresh,
                seen,
            )

    def moves(self, camera_id: str) -> bool:
        """Whether something moves there, or may: nobody has said anything for 5 s."""
        said = self._said.get(camera_id)
        return said is None or said[1] or self._clock.monotonic_ns() - said[0] > STALE_NS


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
    _until_ns: int = 0
    _groups: deque[list[Packet | AudioPacket]] = field(default_factory=deque)
    _bytes: int = 0

    def push(self, packet: Packet | AudioPacket, *, wanted: bool, now_ns: int) -> list[Packet | AudioPacket]:
        """Take a packet; what is to be recorded now, in order."""
        if wanted:
            self._until_ns = now_ns + self.post_ns
        is_key = isinstance(packet, Packet) and packet.is_keyframe
        if self.open and now_ns > self._until_ns and is_key:
            self.open = False  # at a key frame, so that what waits from here on can be played
        if self.open:
            return [packet]
        self._keep(packet, is_key=is_key)
        if not wanted:
            return []
        self.open = True
        return self._release()

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
        self._bytes += len(packet.data)
        while len(self._groups) > 1 and (
            self._groups[1][0].wall_ns <= packet.wall_ns - self.pre_ns or self._bytes > MAX_WAITING_BYTES
        ):
            self._bytes -= sum(len(each.data) for each in self._groups.popleft())

    def _release(self) -> list[Packet | AudioPacket]:
        found = [packet for group in self._groups for packet in group]
        self.forget()
        return found


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
    """

    def __init__(self, config: Config, front: Front, moves: Callable[[str], bool], clock: Clock) -> None:
        self._front = front
        self._moves = moves
        self._clock = clock
        self._config = config
        self._cameras = {
            camera.id: camera.recording for camera in config.cameras if camera.recording.mode != "continuous"
        }
        self._gates: dict[tuple[str, StreamKind], Gate] = {}
        self._asked: dict[str, tuple[int, str]] = {}
        self._told: dict[tuple[str, StreamKind], bool] = {}

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
        """A session went offline."""
        key = (camera_id, stream)
        if key in self._gates:
            self._gates[key].forget()
            self._told[key] = False
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
        why_not = self._why_not(packet.camera_id)
        for each in gate.push(packet, wanted=not why_not, now_ns=self._clock.monotonic_ns()):
            if isinstance(each, Packet):
                self._front.write(each)
            else:
                self._front.write_audio(each)
        if gate.open:
            self._told[key] = False
        elif not self._told.get(key):
            self._told[key] = True
            self._front.interrupted(*key, "planned", f"{MODE_DETAIL}{why_not}")

    def _why_not(self, camera_id: str) -> str:
        """Why nothing is to be recorded now, or ""."""
        now_ns = self._clock.monotonic_ns()
        asked = self._asked.get(camera_id)
        if asked is not None and 0 <= now_ns - asked[0] < _ASK_NS:
            return asked[1]
        mode = self._cameras[camera_id]
        answer = ""
        if mode.schedule is not None and active(
            self._config.schedules[mode.schedule], self._clock.wall_ns(), self._config.timezone
        ):
            answer = "" if mode.mode == "schedule" or self._moves(camera_id) else "nothing moves"
        elif mode.mode == "motion" and mode.schedule is None:
            answer = "" if self._moves(camera_id) else "nothing moves"
        elif mode.outside == "motion":
            answer = "" if self._moves(camera_id) else f"outside {mode.schedule}, and nothing moves"
        elif mode.outside == "nothing":
            answer = f"outside {mode.schedule}"
        self._asked[camera_id] = (now_ns, answer)
        return answer


def watched(config: Config) -> Mapping[str, bool]:
    """The cameras whose mode depends on movement."""
    return {
        camera.id: True
        for camera in config.cameras
        if camera.recording.mode == "motion"
        or (camera.recording.mode == "schedule" and camera.recording.outside == "motion")
    }
