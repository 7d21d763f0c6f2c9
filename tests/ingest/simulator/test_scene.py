"""Scenes are pure, the same at every size, and their ground truth says where pixels move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.simulator.backdrop import SceneKind
from ingest.simulator.canvas import Picture, Plane, value_noise
from ingest.simulator.label import draw_number
from ingest.simulator.scene import DISTINCT_SCENES, Scene, scene_for, scene_number

SIZE = (320, 180)


def luma(scene: Scene, t_s: float, size: tuple[int, int] = SIZE) -> Plane:
    """A copy, because a scene draws into one buffer over and over."""
    return scene.render(t_s, size).luma.copy()


def still(scene: Scene) -> Scene:
    """The same scene without tracks, but with the same wind."""
    return scene.quiet(scene.duration_s)


def test_a_scene_follows_from_its_numbers_alone() -> None:
    first = scene_for(5, 1).render(3.2, SIZE).buffer.copy()
    scene_for(5, 1).render(7.7, SIZE)
    assert np.array_equal(first, scene_for(5, 1).render(3.2, SIZE).buffer)
    assert not np.array_equal(first, scene_for(5, 2).render(3.2, SIZE).buffer)


def test_all_kinds_occur_and_no_two_cameras_look_alike() -> None:
    scenes = [scene_for(number, 1) for number in range(1, DISTINCT_SCENES + 1)]
    assert {scene.kind for scene in scenes} == set(SceneKind)
    small = {still(scene).render(0, (64, 36)).luma[8:].tobytes() for scene in scenes}
    assert len(small) == DISTINCT_SCENES


def test_cameras_beyond_the_distinct_scenes_share_them() -> None:
    assert scene_for(DISTINCT_SCENES + 7, 1) == scene_for(7, 1)
    assert [scene_number(n) for n in (1, 42, 43, 84, 128)] == [1, 42, 1, 42, 2]


@pytest.mark.parametrize("number", range(1, 9))
def test_boxes_hold_what_moves_and_nothing_else(number: int) -> None:
    scene = scene_for(number, 1)
    quiet = still(scene)
    width_px, height_px = SIZE
    for track in scene.tracks:
        for share in (0.02, 0.3, 0.5, 0.8, 0.98):
            t_s = track.start_s + share * (track.end_s - track.start_s)
            moved = np.argwhere(luma(scene, t_s) != luma(quiet, t_s))
            boxes = [box for other in scene.tracks if (box := other.box(t_s)) is not None]
            covered = np.zeros((height_px, width_px), bool)
            for x, y, w, h in boxes:
                rows = slice(int(np.floor(y * height_px)), int(np.ceil((y + h) * height_px)))
                covered[rows, int(np.floor(x * width_px)) : int(np.ceil((x + w) * width_px))] = True
            assert covered[moved[:, 0], moved[:, 1]].all(), "something moved outside every box"
            if share == 0.5 and len(boxes) == 1:
                x, y, w, h = boxes[0]
                top, left = moved.min(axis=0)
                bottom, right = moved.max(axis=0) + 1
                # The drawing may leave a little of its box empty, but the box must not be a different one.
                assert top - y * height_px < 0.12 * h * height_px + 1
                assert (y + h) * height_px - bottom < 0.12 * h * height_px + 1
                assert (right - left) > 0.4 * w * width_px


@pytest.mark.parametrize("number", [1, 4, 8])
def test_main_and_sub_show_the_same(number: int) -> None:
    scene = scene_for(number, 1)
    track = scene.tracks[0]
    t_s = (track.start_s + track.end_s) / 2
    sub = luma(scene, t_s, (320, 180)).astype(float)
    main = luma(scene, t_s, (960, 540)).reshape(180, 3, 320, 3).mean(axis=(1, 3))
    assert np.median(np.abs(sub - main)[16:]) < 6
    other = luma(scene, track.start_s + 0.2 * (track.end_s - track.start_s), (320, 180)).astype(float)
    x, y, w, h = track.box(t_s) or (0, 0, 0, 0)
    rows, columns = slice(int(y * 180), int((y + h) * 180)), slice(int(x * 320), int((x + w) * 320))
    assert np.abs(sub - main)[rows, columns].mean() < np.abs(other - main)[rows, columns].mean()


def test_a_quiet_night_has_noise_but_no_movement() -> None:
    scene = still(scene_for(4, 1))
    assert scene.kind is SceneKind.NIGHT
    difference = np.abs(luma(scene, 1.0).astype(int) - luma(scene, 1.04).astype(int))
    assert 0 < difference.mean() < 4
    assert difference.max() < 16
    picture = scene.render(1.0, SIZE)
    assert np.all(picture.chroma_u[20:] == 128)


def test_leaves_and_rain_move() -> None:
    for number in (2, 7):
        scene = still(scene_for(number, 1))
        moved = np.abs(luma(scene, 0.7).astype(int) - luma(scene, 1.2).astype(int)) > 12
        assert moved.sum() > 50, scene.kind


def test_wind_joins_where_clips_join() -> None:
    for patch in scene_for(2, 1).patches:
        end = patch.shift(10.0, 10.0)
        assert end == pytest.approx(patch.shift(0.0, 8.0), abs=1e-9)


@given(seed=st.integers(0, 2**31), number=st.integers(1, 200), duration_s=st.floats(3, 60))
def test_movements_lie_within_the_clip_and_cross_the_view(seed: int, number: int, duration_s: float) -> None:
    scene = scene_for(number, seed, duration_s)
    assert scene.tracks
    for track in scene.tracks:
        assert 0 < track.start_s < track.end_s < duration_s
        assert track.box(track.start_s - 0.001) is None
        assert track.box(track.end_s) is None
        x, y, w, h = track.box((track.start_s + track.end_s) / 2) or (0, 0, 0, 0)
        assert 0 <= x < x + w <= 1.000001
        assert 0 <= y < y + h <= 1.000001
        assert w * h >= 0.003, "smaller than the smallest movement that a zone asks for by default"


@settings(max_examples=20)
@given(cells_x=st.integers(1, 30), cells_y=st.integers(1, 20), seed=st.integers(0, 99))
def test_value_noise_is_the_same_pattern_at_every_size(cells_x: int, cells_y: int, seed: int) -> None:
    small = value_noise(np.random.default_rng(seed), 160, 90, cells_x, cells_y)
    large = value_noise(np.random.default_rng(seed), 480, 270, cells_x, cells_y)
    assert np.abs(small).max() <= 1
    # The centre of a small pixel is the centre of the middle one of its nine.
    assert np.allclose(small, large[1::3, 1::3], atol=1e-4)


def test_the_label_tells_cameras_apart() -> None:
    drawn = set()
    for number in range(1, 43):
        picture = Picture.blank(320, 180)
        draw_number(picture, number)
        drawn.add(picture.luma.tobytes())
        assert picture.luma[60:].max() == 16
    assert len(drawn) == 42


@pytest.mark.parametrize("size", [(321, 180), (320, 182), (0, 0)])
def test_sizes_without_whole_chroma_planes_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        Picture.blank(*size)
