"""A scene's clips as files: ``<cache>/<key>/scene07-event.json`` holds the ground truth and the sizes of the access units; beside it lie ``scene07-event-main.h264`` and
``-sub.h264`` (Annex B, which any player opens). The JSON file is renamed into place last: where it stands, its clips are whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import msgspec

from ingest.simulator.clips import ClipKind, FleetShape, render_clip
from ingest.simulator.scene import Scene, scene_for
from nvr.disk import put_whole
from nvr.media import StreamKind


class TrackTruth(msgspec.Struct, frozen=True, kw_only=True):
    """Ground truth of one movement.

    ``boxes[i]`` is x, y, width, height (normalised, inside the picture) at main frame ``first_frame + i``.
    """

    track_id: int
    kind: str
    start_s: float
    end_s: float
    first_frame: int
    boxes: list[tuple[float, float, float, float]]


class StreamFile(msgspec.Struct, frozen=True, kw_only=True):
    """One stream of a clip: its file beside the JSON, and how it divides into access units."""

    file: str
    width_px: int
    height_px: int
    fps: int
    access_unit_bytes: list[int]


class ClipTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What ``sceneNN-<clip>.json`` holds."""

    scene: int
    seed: int
    kind: str
    clip: ClipKind
    duration_s: float
    streams: dict[StreamKind, StreamFile]
    tracks: list[TrackTruth]


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip in memory: ``access_units[stream]`` in Annex B format, one per picture."""

    truth: ClipTruth
    access_units: dict[StreamKind, tuple[bytes, ...]]


def load_clip(folder: Path, scene_number: int, clip: ClipKind) -> Clip | None:
    """A clip of the cache, or None where it is absent or not whole."""
    try:
        truth = msgspec.json.decode(_truth_path(folder, scene_number, clip).read_bytes(), type=ClipTruth)
        units: dict[StreamKind, tuple[bytes, ...]] = {}
        for stream, entry in truth.streams.items():
            data = (folder / entry.file).read_bytes()
            if len(data) != sum(entry.access_unit_bytes):
                return None
            edges = accumulate(entry.access_unit_bytes, initial=0)
            units[stream] = tuple(data[start:end] for start, end in pairwise(edges))
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return Clip(truth, units)


def make_scene(folder: Path, scene_number: int, shape: FleetShape, seed: int) -> None:
    """Render, encode and store the clips of one scene."""
    event = scene_for(scene_number, seed, shape.duration_s(ClipKind.EVENT))
    scenes = {ClipKind.EVENT: event, ClipKind.QUIET: event.quiet(shape.duration_s(ClipKind.QUIET))}
    for clip, scene in scenes.items():
        streams = {stream: _write_stream(folder, scene, clip, stream, shape) for stream in StreamKind}
        truth = ClipTruth(
            scene=scene_number,
            seed=seed,
            kind=scene.kind.value,
            clip=clip,
            duration_s=scene.duration_s,
            streams=streams,
            tracks=track_truth(scene, shape),
        )
        put_whole(_truth_path(folder, scene_number, clip), msgspec.json.encode(truth), sync=False, alone=False)


def track_truth(scene: Scene, shape: FleetShape) -> list[TrackTruth]:
    """The ground truth of a scene at the main stream's frames."""
    truths = []
    for track in scene.tracks:
        frames = range(round(scene.duration_s * shape.main.fps))
        boxes = [(frame, track.box(frame / shape.main.fps)) for frame in frames]
        seen = [(frame, box) for frame, box in boxes if box is not None]
        if seen:
            rounded = [(round(x, 5), round(y, 5), round(w, 5), round(h, 5)) for _, (x, y, w, h) in seen]
            truths.append(
                TrackTruth(
                    track_id=track.track_id,
                    kind=track.kind,
                    start_s=round(track.start_s, 4),
                    end_s=round(track.end_s, 4),
                    first_frame=seen[0][0],
                    boxes=rounded,
                )
            )
    return truths


def _write_stream(folder: Path, scene: Scene, clip: ClipKind, stream: StreamKind, shape: FleetShape) -> StreamFile:
    form = shape.stream(stream)
    frames = shape.gops(clip) * shape.gop_s * form.fps
    units = list(render_clip(scene, form, frames=frames, gop_frames=shape.gop_s * form.fps))
    name = f"scene{scene.number:02d}-{clip}-{stream}.h264"
    put_whole(folder / name, b"".join(units), sync=False, alone=False)
    return StreamFile(
        file=name,
        width_px=form.width_px,
        height_px=form.height_px,
        fps=form.fps,
        access_unit_bytes=[len(unit) for unit in units],
    )


def is_whole(folder: Path, scene_number: int, clip: ClipKind) -> bool:
    """Whether a clip lies in the folder with all its files, by their sizes."""
    try:
        truth = msgspec.json.decode(_truth_path(folder, scene_number, clip).read_bytes(), type=ClipTruth)
        return all(
            (folder / entry.file).stat().st_size == sum(entry.access_unit_bytes) for entry in truth.streams.values()
        )
    except (FileNotFoundError, msgspec.DecodeError):
        return False


def _truth_path(folder: Path, scene_number: int, clip: ClipKind) -> Path:
    return folder / f"scene{scene_number:02d}-{clip}.json"
