"""Generated pictures with known truth, and real H.264 made of them. Everything seeded."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from analytics.hysteresis import Decision, Hysteresis, HysteresisSettings
from analytics.motion import CELL_THRESHOLD, MotionDetector
from analytics.zones import zone_cells
from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec

Gray = NDArray[np.uint8]
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
FPS = 10
SETTLED = 30
"""Quiet frames before anything happens."""
_SPARE_PX = 96
START_WALL_NS = 1_790_000_000_000_000_000


def street(seed: int = 1, rows: int = 360, columns: int = 640) -> NDArray[np.float32]:
    """A scene with soft shades, contours and fine texture: (rows, columns) float32, about 50 to 200."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.uniform(60, 170, (5, 8)).astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 25, (rows, columns)).astype(np.float32), (0, 0), 2)
    scene = soft + fine
    for _ in range(12):
        x, y = int(rng.integers(0, columns - 60)), int(rng.integers(0, rows - 60))
        scene[y : y + int(rng.integers(10, 60)), x : x + int(rng.integers(10, 60))] += float(rng.uniform(-40, 40))
    clipped: NDArray[np.float32] = np.clip(scene, 30, 220).astype(np.float32)
    return clipped


class Camera:
    """Adds sensor noise and rounds, as a camera does.

    The noise of a frame is cut from a larger field at a random place, four ways round: drawing it anew takes five times as long.
    """

    def __init__(self, sigma: float = 4.0, seed: int = 7) -> None:
        self._rng = np.random.default_rng(seed)
        self._sigma = sigma
        self._field = np.zeros((0, 0), np.float32)

    def __call__(self, scene: NDArray[np.float32]) -> Gray:
        rows, columns = scene.shape
        if self._field.shape != (rows + _SPARE_PX, columns + _SPARE_PX):
            drawn = self._rng.standard_normal((rows + _SPARE_PX, columns + _SPARE_PX), np.float32)
            self._field = drawn * np.float32(self._sigma)
        top, left, way = self._rng.integers(0, (_SPARE_PX, _SPARE_PX, 4)).tolist()
        noise = self._field[top : top + rows, left : left + columns]
        turned = noise[:: 1 - 2 * (way & 1), :: 1 - (way & 2)]
        picture: Gray = np.clip(scene + turned, 0, 255).astype(np.uint8)
        return picture


def block_at(scene: NDArray[np.float32], x: float, y: float, area: float, level: float) -> NDArray[np.float32]:
    """The scene with an upright block (1:2) of an area, a share of the picture, centred at a normalised place, ``level`` brighter."""
    rows, columns = scene.shape
    width = (area * rows * columns / 2) ** 0.5
    left, top = round(x * columns - width / 2), round(y * rows - width)
    out = scene.copy()
    region = out[max(0, top) : max(0, top + round(2 * width)), max(0, left) : max(0, left + round(width))]
    region += level
    return out


def figure_at(scene: NDArray[np.float32], x: float, y: float, area: float, level: float) -> NDArray[np.float32]:
    """The scene with an upright figure (an ellipse, 1:2) of an area, a share of the picture, that hides what is behind it.

    Its centre is at a normalised place; its gray is ``level`` off the mean of what it hides.
    """
    rows, columns = scene.shape
    half_width = (area * rows * columns / (2 * np.pi)) ** 0.5
    mask = np.zeros(scene.shape, np.uint8)
    axes = (max(1, round(half_width)), max(1, round(2 * half_width)))
    cv2.ellipse(mask, (round(x * columns), round(y * rows)), axes, 0, 0, 360, (1,), -1)
    out = scene.copy()
    hidden = mask.view(np.bool_)
    if hidden.any():
        out[hidden] = np.clip(scene[hidden].mean() + level, 0, 255)
    return out


def decisions(
    frames: Iterable[Gray], fps: float = FPS, polygon: Sequence[tuple[float, float]] = WHOLE
) -> tuple[list[Decision], MotionDetector]:
    """What the default zone decides over frames, as the pipeline does it without decoding; the detector for a closer look."""
    detector = MotionDetector([zone_cells("z", polygon, 0.5, 0.003, CELL_THRESHOLD)])
    state = Hysteresis(HysteresisSettings.for_zone(0.6))
    found: list[Decision] = []
    for index, frame in enumerate(frames):
        at_ns = round(index * 1e9 / fps)
        sample = detector.update(frame, at_ns)
        if sample.calibrating:
            state.interrupt()
        decision = state.update(at_ns, at_ns, moving=sample.zone_moving[0], score=sample.zone_scores[0])
        if decision is not None:
            found.append(decision)
    return found, detector


def encode(
    frames: Iterable[Gray],
    *,
    fps: int = FPS,
    gop: int = 20,
    codec: str = "libx264",
    epoch_ns: int = START_WALL_NS,
    stream: StreamKind = StreamKind.SUB,
    camera_id: str = "cam01",
    options: dict[str, str] | None = None,
) -> list[Packet]:
    """The frames as packets, as ingest publishes them: length-prefixed, with avcC or hvcC."""
    pictures = list(frames)
    settings = {"tune": "zerolatency", "preset": "veryfast", **(options or {})}
    if codec == "libx265":
        settings["x265-params"] = f"log-level=none:pools=1:keyint={gop}:min-keyint={gop}:scenecut=0"
    else:
        settings["x264-params"] = f"keyint={gop}:min-keyint={gop}:scenecut=0:threads=1"
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as container:
        track = container.add_stream(codec, rate=fps, options=settings)
        assert isinstance(track, VideoStream)
        track.height, track.width = pictures[0].shape
        track.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")))
        container.mux(track.encode(None))
    memory.seek(0)
    return list(_demuxed(memory, codec, epoch_ns, stream, camera_id))


def _demuxed(memory: io.BytesIO, codec: str, epoch_ns: int, stream: StreamKind, camera_id: str) -> Iterator[Packet]:
    with av.open(memory, "r") as container:
        track = container.streams.video[0]
        context = track.codec_context
        kind = VideoCodec.H265 if codec == "libx265" else VideoCodec.H264
        parameters = CodecParameters(kind, bytes(context.extradata or b""), context.width, context.height)
        for seq, packet in enumerate(packet for packet in container.demux(track) if packet.size):
            assert packet.pts is not None
            assert packet.time_base is not None
            pts = round(packet.pts * packet.time_base * 90_000)
            yield Packet(
                camera_id=camera_id,
                stream=stream,
                epoch_ns=epoch_ns,
                seq=seq,
                pts=pts,
                dts=pts,
                is_keyframe=packet.is_keyframe,
                wall_ns=epoch_ns + pts * 100_000 // 9,
                parameters=parameters,
                data=bytes(packet),
            )


def walk(
    *, quiet: int, moving: int, after: int, area: float = 0.01, sigma: float = 3.0, rows: int = 360, columns: int = 640
) -> list[Gray]:
    """Nothing for ``quiet`` frames, a block that crosses for ``moving`` frames, nothing for ``after`` frames."""
    scene, camera = street(3, rows, columns), Camera(sigma)
    path: Callable[[int], float] = lambda index: 0.1 + 0.8 * index / max(1, moving - 1)  # noqa: E731 - one expression
    return [
        *(camera(scene) for _ in range(quiet)),
        *(camera(block_at(scene, path(index), 0.5, area, 60)) for index in range(moving)),
        *(camera(scene) for _ in range(after)),
    ]
