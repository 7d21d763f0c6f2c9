"""Encoded clips chain in any order, and the cache makes them once."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.simulator import SMALL_SHAPE
from ingest.simulator.cache import cache_key, fill_cache, missing_scenes
from ingest.simulator.clip_files import Clip, load_clip
from ingest.simulator.clips import ClipKind
from ingest.simulator.fleet import DEFAULT_SEED
from ingest.simulator.player import prepare_streams
from ingest.simulator.scene import scene_for
from nvr.errors import StorageError
from nvr.media import StreamKind

TINY_SHAPE = replace(
    SMALL_SHAPE,
    main=replace(SMALL_SHAPE.main, width_px=64, height_px=36),
    sub=replace(SMALL_SHAPE.sub, width_px=32, height_px=20),
)


def decode(units: list[bytes], fps: int) -> list[av.VideoFrame]:
    """All pictures; damage of any kind raises."""
    decoder = av.VideoCodecContext.create("h264", "r")
    decoder.options = {"err_detect": "explode", "xerror": "1"}
    frames: list[av.VideoFrame] = []
    for index, unit in enumerate(units):
        packet = av.Packet(unit)
        packet.pts = packet.dts = index
        packet.time_base = Fraction(1, fps)
        frames += decoder.decode(packet)
    return frames + decoder.decode(None)


def test_gops_chain_in_any_order(clips: dict[ClipKind, Clip]) -> None:
    order = random.Random(3)
    for stream in StreamKind:
        fps = SMALL_SHAPE.stream(stream).fps
        gops = [
            clip.access_units[stream][start : start + fps * SMALL_SHAPE.gop_s]
            for clip in clips.values()
            for start in range(0, len(clip.access_units[stream]), fps * SMALL_SHAPE.gop_s)
        ]
        alone = [[f.to_ndarray() for f in decode(list(gop), fps)] for gop in gops]
        chain = [order.randrange(len(gops)) for _ in range(12)]
        together = decode([unit for index in chain for unit in gops[index]], fps)
        assert len(together) == 12 * fps * SMALL_SHAPE.gop_s
        wanted = [picture for index in chain for picture in alone[index]]
        assert all(np.array_equal(f.to_ndarray(), w) for f, w in zip(together, wanted, strict=True))


def test_pictures_are_those_of_the_scene(clips: dict[ClipKind, Clip]) -> None:
    clip = clips[ClipKind.EVENT]
    shape = SMALL_SHAPE.sub
    scene = scene_for(1, DEFAULT_SEED, SMALL_SHAPE.duration_s(ClipKind.EVENT))
    frames = decode(list(clip.access_units[StreamKind.SUB]), shape.fps)
    assert len(frames) == SMALL_SHAPE.duration_s(ClipKind.EVENT) * shape.fps
    for index in (0, 7, 13):
        rendered = scene.render(index / shape.fps, (shape.width_px, shape.height_px)).buffer
        assert np.abs(frames[index].to_ndarray().astype(int) - rendered.astype(int)).mean() < 3
    assert not any(frame.pict_type == av.video.frame.PictureType.B for frame in frames)


def test_ground_truth_is_that_of_the_scene(clips: dict[ClipKind, Clip]) -> None:
    assert clips[ClipKind.QUIET].truth.tracks == []
    truth = clips[ClipKind.EVENT].truth
    scene = scene_for(1, DEFAULT_SEED, SMALL_SHAPE.duration_s(ClipKind.EVENT))
    assert [t.track_id for t in truth.tracks] == [t.track_id for t in scene.tracks]
    for written, track in zip(truth.tracks, scene.tracks, strict=True):
        fps = SMALL_SHAPE.main.fps
        assert written.first_frame - 1 < track.start_s * fps <= written.first_frame
        for index, box in enumerate(written.boxes):
            assert box == pytest.approx(track.box((written.first_frame + index) / fps), abs=1e-4)
        assert track.box((written.first_frame + len(written.boxes)) / fps) is None


def test_clips_with_other_parameter_sets_are_not_chained(clips: dict[ClipKind, Clip], tmp_path: Path) -> None:
    fill_cache(tmp_path, [1], TINY_SHAPE, 1, workers=0)
    foreign = load_clip(tmp_path, 1, ClipKind.EVENT)
    assert foreign is not None
    with pytest.raises(ValueError, match="parameter sets"):
        prepare_streams({**clips, ClipKind.EVENT: foreign}, SMALL_SHAPE.gop_s)


def test_the_cache_makes_what_it_lacks_and_nothing_else(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    assert fill_cache(tmp_path, [2, 5, 2], TINY_SHAPE, 1, workers=0, progress=lambda *a: told.append(a)) == 2
    assert told == [(0, 2), (1, 2), (2, 2)]
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert fill_cache(tmp_path, [2, 5], TINY_SHAPE, 1, workers=0) == 0
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    cut = tmp_path / "scene05-event-sub.h264"
    cut.write_bytes(cut.read_bytes()[:-1])
    assert load_clip(tmp_path, 5, ClipKind.EVENT) is None
    (tmp_path / "scene02-quiet.json").write_text("{")
    assert missing_scenes(tmp_path, [2, 5]) == [2, 5]
    assert fill_cache(tmp_path, [2, 5], TINY_SHAPE, 1, workers=0) == 2
    assert missing_scenes(tmp_path, [2, 5]) == []


def test_processes_make_the_same_clips(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fill_cache(tmp_path / "one", [1, 2], TINY_SHAPE, 1, workers=0)
    made = fill_cache(tmp_path / "two", [1, 2], TINY_SHAPE, 1, workers=2, progress=lambda *a: told.append(a))
    assert made == 2
    assert told == [(0, 2), (1, 2), (2, 2)]
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)


def test_filling_stops_when_told(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    fill_cache(tmp_path, [1, 2, 3], TINY_SHAPE, 1, workers=0, stop=stop)
    assert missing_scenes(tmp_path, [1, 2, 3]) == [1, 2, 3]


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="free space or choose another folder"):
        fill_cache(tmp_path / "file" / "cache", [1], TINY_SHAPE, 1, workers=0)


def test_the_key_names_shape_and_seed() -> None:
    keys = {cache_key(SMALL_SHAPE, 1), cache_key(SMALL_SHAPE, 2), cache_key(TINY_SHAPE, 1)}
    assert len(keys) == 3
    assert cache_key(replace(SMALL_SHAPE), 1) == cache_key(SMALL_SHAPE, 1)
