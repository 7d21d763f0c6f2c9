"""Footage for the motion benchmarks: real clips where they are at hand, generated scenes, movers with known times, and H.264 or H.265 as cameras send it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec

Gray = NDArray[np.uint8]
EPOCH_NS = 1_790_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Mover:
    """Something that crosses the picture on a level line, whole in it from its first to its last frame.

    Attributes:
        first: its first frame.
        last: its last frame.
        area: share of the picture.
        level: gray levels that it differs by, negative for darker.
        y: normalised height of its feet.
    """

    first: int
    last: int
    area: float
    level: float
    y: float

    def draw(self, picture: Gray, index: int) -> None:
        """Paint it into a frame, in place; legs that swing, a head, a coarse pattern on its coat."""
        if not self.first <= index <= self.last:
            return
        rows, columns = picture.shape
        height = round((self.area * rows * columns * 2.6) ** 0.5)
        width = max(3, round(height / 2.6))
        share = (index - self.first) / max(1, self.last - self.first)
        left = round(0.04 * columns + share * (0.92 * columns - width))
        top = round(self.y * rows) - height
        region = picture[max(0, top) : max(0, top) + height, left : left + width].astype(np.int16)
        down, across = np.mgrid[0 : region.shape[0], 0 : region.shape[1]]
        swing = np.sin(index / 3.0)
        legs = (down > 0.6 * height) & (np.abs(across - width * (0.5 + 0.25 * swing)) > 0.3 * width)
        beside_head = (down < 0.18 * height) & (np.abs(across - width / 2) > 0.2 * width)
        coat = self.level * (1 + 0.15 * np.sign(np.sin(down / 4.0 + across / 3.0)))
        region += np.where(legs | beside_head, 0, coat).astype(np.int16)
        picture[max(0, top) : max(0, top) + height, left : left + width] = region.clip(0, 255).astype(np.uint8)


def clip_frames(media: Path, name: str, count: int, size: tuple[int, int] | None = None) -> list[Gray]:
    """Luma of a real clip's first frames, resized to (columns, rows) where asked; generated noise where there is none."""
    path = media / name
    if not path.exists():
        rng = np.random.default_rng(0)
        return [rng.normal(120, 8, (360, 640)).clip(0, 255).astype(np.uint8) for _ in range(32)]
    found: list[Gray] = []
    with av.open(str(path), "r") as container:
        for frame in container.decode(video=0):
            gray = frame.reformat(format="gray").to_ndarray().astype(np.uint8, copy=False)
            found.append(
                gray
                if size is None
                else cv2.resize(gray, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
            )
            if len(found) == count:
                break
    return found


def scaled(frames: Sequence[Gray], columns: int, rows: int) -> list[Gray]:
    """The frames at another size."""
    return [cv2.resize(f, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False) for f in frames]


def generated_street(columns: int, rows: int, seed: int, sigma: float, variants: int = 16) -> list[Gray]:
    """A still street with that much sensor noise: ``variants`` pictures to be shown in turn."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.uniform(60, 170, (5, 8)).astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 25, (rows, columns)).astype(np.float32), (0, 0), rows / 180)
    scene = (soft + fine).clip(30, 220)
    noise: Callable[[], NDArray[np.float32]] = lambda: rng.standard_normal(scene.shape, np.float32) * np.float32(sigma)  # noqa: E731
    return [np.clip(scene + noise(), 0, 255).astype(np.uint8) for _ in range(variants)]


def staged(background: Sequence[Gray], movers: Sequence[Mover], count: int) -> Iterator[Gray]:
    """``count`` frames of a background that is played to and fro, with movers in front of it."""
    span = max(1, 2 * len(background) - 2)
    for index in range(count):
        at = index % span
        picture = background[at if at < len(background) else span - at].copy()
        for mover in movers:
            mover.draw(picture, index)
        yield picture


def encode(
    frames: Iterable[Gray],
    *,
    fps: int,
    gop_frames: int,
    camera_id: str = "cam01",
    stream: StreamKind = StreamKind.MAIN,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    x264: str = "",
) -> list[Packet]:
    """The frames as packets, as ingest publishes them: length-prefixed, with avcC or hvcC; one thread, no scene cuts.

    Args:
        frames: luma planes of one size.
        fps: frames a second.
        gop_frames: from key frame to key frame.
        camera_id: of the packets.
        stream: likewise.
        codec: ``libx264`` or ``libx265``.
        options: of the encoder, such as ``{"crf": "26"}``.
        x264: further parameters, such as ``vbv-maxrate=2000``.
    """
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as container:
        settings = {"preset": "superfast", "profile": "main", **(options or {})}
        if codec == "libx265":
            del settings["profile"]
            settings["x265-params"] = (
                f"log-level=none:pools=1:keyint={gop_frames}:min-keyint={gop_frames}:scenecut=0:open-gop=0:bframes=0{x264}"
            )
        else:
            settings["x264-params"] = f"keyint={gop_frames}:min-keyint={gop_frames}:scenecut=0:threads=1{x264}"
        track: VideoStream | None = None
        for gray in frames:
            if track is None:
                added = container.add_stream(codec, rate=fps, options=settings)
                if not isinstance(added, VideoStream):
                    raise TypeError(f"{codec} is no video codec")
                track = added
                track.height, track.width = gray.shape
                track.pix_fmt = "yuv420p"
            chroma = np.full((gray.shape[0] // 2, gray.shape[1]), 128, np.uint8)
            picture = av.VideoFrame.from_ndarray(np.vstack((gray, chroma)), format="yuv420p")
            container.mux(track.encode(picture))
        if track is None:
            raise ValueError("no frames")
        container.mux(track.encode(None))
    memory.seek(0)
    return list(_demuxed(memory, codec, stream, camera_id))


def _demuxed(memory: io.BytesIO, codec: str, stream: StreamKind, camera_id: str) -> Iterator[Packet]:
    with av.open(memory, "r") as container:
        track = container.streams.video[0]
        context = track.codec_context
        kind = VideoCodec.H265 if codec == "libx265" else VideoCodec.H264
        parameters = CodecParameters(kind, bytes(context.extradata or b""), context.width, context.height)
        for seq, packet in enumerate(packet for packet in container.demux(track) if packet.size):
            if packet.pts is None or packet.dts is None:
                raise ValueError("a packet without times")
            pts, dts = (round(at * packet.time_base * 90_000) for at in (packet.pts, packet.dts))
            yield Packet(
                camera_id=camera_id,
                stream=stream,
                epoch_ns=EPOCH_NS,
                seq=seq,
                pts=pts,
                dts=dts,
                is_keyframe=packet.is_keyframe,
                wall_ns=EPOCH_NS + pts * 100_000 // 9,
                parameters=parameters,
                data=bytes(packet),
            )
