"""Cameras, people and facts for the desk's tests."""

from __future__ import annotations

from alerts.records import Actor
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.media import StreamKind
from nvr.observations import (
    CameraStateChanged,
    Fact,
    GapClosed,
    MotionObserved,
    SegmentClosed,
    SegmentOpened,
)

T0 = 1_790_000_000 * NS_PER_S
ANA = Actor("u-ana", "Ana Quispe", "Puesto 3", "10.0.0.3")
LUIS = Actor("u-luis", "Luis Chávez", "Puesto 4", "10.0.0.4")
JEFA = Actor("u-jefa", "Rosa Jefa", "Mesa", "10.0.0.1")
EVIL = "Robert'); DROP TABLE alerts; --\" {{7*7}} <script>alert(1)</script> %s %(x)s :x ; \\ \x00\x1b[2J"


def config(cameras: int = 4) -> Config:
    """A control room of a few cameras with two zones each."""
    return Config.model_validate(
        {
            "node": {"holds": {"before_min": 0, "after_min": 0}},
            "cameras": [
                {
                    "id": f"cam{number:02d}",
                    "number": number,
                    "name": f"Jr. {number}",
                    "main": {"url": f"rtsp://127.0.0.1/{number}"},
                    "zones": [{"name": "puerta", "priority": 1}, {"name": "calle", "priority": 3}],
                }
                for number in range(1, cameras + 1)
            ],
        }
    )


def at(seconds: float) -> int:
    """wall_ns of a second of the test."""
    return T0 + round(seconds * NS_PER_S)


def started(
    name: str, start_s: float, *, camera_id: str = "cam01", zone: str = "calle", score: float = 0.2
) -> MotionObserved:
    """A movement that began."""
    return MotionObserved(
        observation_id=name,
        camera_id=camera_id,
        zone=zone,
        phase="started",
        start_wall_ns=at(start_s),
        decided_wall_ns=at(start_s + 0.6),
        score=score,
        cells="0" * 144,
        box=(0.1, 0.2, 0.3, score),
        snapshot=f"{name}.jpg",
    )


def ended(
    name: str, start_s: float, end_s: float, *, camera_id: str = "cam01", zone: str = "calle", score: float = 0.2
) -> MotionObserved:
    """The end of a movement."""
    return MotionObserved(
        observation_id=name,
        camera_id=camera_id,
        zone=zone,
        phase="ended",
        start_wall_ns=at(start_s),
        decided_wall_ns=at(end_s),
        score=score,
        cells="0" * 144,
        box=(0.1, 0.2, 0.3, score),
    )


def segment_opened(name: str, start_s: float, *, camera_id: str = "cam01") -> SegmentOpened:
    """A segment that began."""
    return SegmentOpened(
        segment_id=name, camera_id=camera_id, stream=StreamKind.MAIN, epoch_ns=T0, start_wall_ns=at(start_s),
        path=f"{camera_id}/{name}.mp4", codec="h264", width_px=1920, height_px=1080,
    )  # fmt: skip


def segment_closed(name: str, start_s: float, end_s: float, *, camera_id: str = "cam01") -> SegmentClosed:
    """A segment that is whole."""
    return SegmentClosed(
        segment_id=name, camera_id=camera_id, stream=StreamKind.MAIN, start_wall_ns=at(start_s), end_wall_ns=at(end_s),
        path=f"{camera_id}/{name}.mp4", size_bytes=9, packets=3, sha256="ab" * 32,
    )  # fmt: skip


def gap(name: str, start_s: float, end_s: float) -> GapClosed:
    """A gap."""
    return GapClosed(
        gap_id=name, camera_id="cam01", stream=StreamKind.MAIN, start_wall_ns=at(start_s), end_wall_ns=at(end_s), cause="link"
    )  # fmt: skip


def state(name: str, to: str, at_s: float, *, camera_id: str = "cam01", stream: StreamKind = StreamKind.MAIN) -> Fact:
    """A stream's new state."""
    return CameraStateChanged(
        observation_id=name, camera_id=camera_id, stream=stream, state=to, wall_ns=at(at_s), cause="link", detail="sin ruta"  # type: ignore[arg-type]
    )  # fmt: skip
