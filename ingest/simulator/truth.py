"""The truth log: what really moved in front of which camera and when it was sent, so that latencies can be computed from facts."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from ingest.simulator.clip_files import ClipTruth, TrackTruth
from nvr.media import StreamKind


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the truth log. A movement has two: ``started`` as its first frame leaves, ``ended`` as its last one does.

    Attributes:
        movement_id: the same in both lines.
        camera_id: in front of which camera.
        kind: person or vehicle.
        track_id: of the track in the clip's ground truth.
        scene: number of the scene, whose ``sceneNN-event.json`` in the cache holds the boxes.
        clip_wall_ns: when the clip's first main frame was due; scene time 0.
        first_wall_ns: when the first main frame with it was sent.
        last_wall_ns: when the last one was; in ``started`` the same as the first.
        sub_first_wall_ns: when the first sub frame with it was sent, 0 where none was yet.
        sub_last_wall_ns: when the last one was, 0 where none was yet.
        cut: the clip was broken off before the movement had left the picture.
    """

    phase: Literal["started", "ended"]
    movement_id: str
    camera_id: str
    kind: str
    track_id: int
    scene: int
    clip_wall_ns: int
    first_wall_ns: int
    last_wall_ns: int
    sub_first_wall_ns: int = 0
    sub_last_wall_ns: int = 0
    cut: bool = False


class TruthLog:
    """Appends movements to a file, one JSON object a line; without a path it forgets them."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = None if path is None else path.open("ab", buffering=0)
        self._encode = msgspec.json.Encoder().encode

    def write(self, movement: Movement) -> None:
        """Append a line; it is in the file when this returns."""
        if self._file is not None:
            self._file.write(self._encode(movement) + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def read_truth(path: Path) -> list[Movement]:
    """All whole lines of a truth log, in order."""
    decode = msgspec.json.Decoder(Movement).decode
    return [decode(line) for line in path.read_bytes().split(b"\n")[:-1]]


class _Open:
    """A movement that is being played."""

    def __init__(self, track: TrackTruth) -> None:
        self.track = track
        self.first_ns = self.last_ns = self.sub_first_ns = self.sub_last_ns = 0
        self.announced = False


class MovementWatch:
    """Follows one camera through its clips and writes down every movement that is played."""

    def __init__(self, camera_id: str, log: TruthLog) -> None:
        self._camera_id = camera_id
        self._log = log
        self._open: list[_Open] = []
        self._fps: dict[StreamKind, int] = {}
        self._clip: ClipTruth | None = None
        self._clip_wall_ns = 0
        self.played = 0
        """Movements that have ended."""

    @property
    def moving(self) -> bool:
        """Whether frames have to be told."""
        return bool(self._open)

    def clip_begins(self, clip: ClipTruth, wall_ns: int) -> None:
        """A clip starts, due at ``wall_ns``; what has not ended by now was cut."""
        for movement in self._open:
            if movement.announced:
                self._end(movement, cut=True)
        self._clip, self._clip_wall_ns = clip, wall_ns
        self._fps = {stream: entry.fps for stream, entry in clip.streams.items()}
        self._open = [_Open(track) for track in clip.tracks]

    def frame_sent(self, stream: StreamKind, frame: int, wall_ns: int) -> None:
        """Frame ``frame`` of the clip (from 0) was sent."""
        t_s = frame / self._fps[stream]
        for movement in self._open:
            if movement.track.start_s <= t_s < movement.track.end_s:
                self._seen(movement, stream, wall_ns)
        if stream is StreamKind.MAIN:
            ended = [m for m in self._open if t_s >= m.track.end_s]
            for movement in ended:
                self._end(movement, cut=False)
            self._open = [m for m in self._open if m not in ended]

    def _seen(self, movement: _Open, stream: StreamKind, wall_ns: int) -> None:
        if stream is StreamKind.SUB:
            movement.sub_first_ns = movement.sub_first_ns or wall_ns
            movement.sub_last_ns = wall_ns
            return
        movement.first_ns = movement.first_ns or wall_ns
        movement.last_ns = wall_ns
        if not movement.announced:
            movement.announced = True
            self._write(movement, "started", cut=False)

    def _end(self, movement: _Open, *, cut: bool) -> None:
        self.played += 1
        self._write(movement, "ended", cut=cut)

    def _write(self, movement: _Open, phase: Literal["started", "ended"], *, cut: bool) -> None:
        if self._clip is None:
            return
        self._log.write(
            Movement(
                phase=phase,
                movement_id=f"{self._camera_id}-{self._clip_wall_ns}-{movement.track.track_id}",
                camera_id=self._camera_id,
                kind=movement.track.kind,
                track_id=movement.track.track_id,
                scene=self._clip.scene,
                clip_wall_ns=self._clip_wall_ns,
                first_wall_ns=movement.first_ns,
                last_wall_ns=movement.last_ns,
                sub_first_wall_ns=movement.sub_first_ns,
                sub_last_wall_ns=movement.sub_last_ns,
                cut=cut,
            )
        )
