"""Tall planes are mostly looked at by single pixels while nothing moves, and nothing is lost by that."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.background import Workspace
from analytics.cells import Plane
from analytics.motion import CELL_THRESHOLD, MotionDetector
from analytics.peek import Peek
from analytics.zones import pixel_mask, zone_cells
from tests.analytics.scenes import WHOLE, Camera, block_at, street

SETTLED = 30
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@pytest.fixture
def reduced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Heights of the planes that were looked at whole."""
    heights: list[int] = []
    reduce = Workspace.reduce

    def counted(self: Workspace, luma: Plane) -> Plane:
        heights.append(luma.shape[0])
        return reduce(self, luma)

    monkeypatch.setattr(Workspace, "reduce", counted)
    return heights


def detector(ignored: bool = False) -> MotionDetector:
    return MotionDetector(
        [zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)], pixel_mask([LEFT_HALF]) if ignored else None
    )


@pytest.mark.parametrize("sigma", [2.0, 5.0])
def test_every_fourth_frame_is_looked_at_whole(reduced: list[int], sigma: float) -> None:
    """Of a quiet tall plane, by day and at dusk; and the background follows a slow drift of the light all the same."""
    scene, camera, motion = street(2, 1080, 1920), Camera(sigma), detector()
    for index in range(SETTLED):
        motion.update(camera(scene), index)
    reduced.clear()
    before = float(motion.background.picture.mean())
    for index in range(80):
        sample = motion.update(camera(scene + np.float32(0.05 * index)), SETTLED + index)
        assert sample.score == 0
    assert len(reduced) in {20, 21}
    assert float(motion.background.picture.mean()) - before > 2.8


@pytest.mark.parametrize("after", range(4))
def test_what_moves_is_seen_in_its_first_frame(reduced: list[int], after: int) -> None:
    """0.3 % of the picture, 35 levels brighter, whichever of four frames it comes in; under a mask it is not even looked at."""
    scene, camera = street(2, 1080, 1920), Camera(4)
    quiet = [camera(scene) for _ in range(SETTLED + after)]
    for masked in (False, True):
        motion = detector(masked)
        for index, frame in enumerate(quiet):
            motion.update(frame, index)
        reduced.clear()
        samples = [motion.update(camera(block_at(scene, 0.25, y, 0.003, 35)), 1000) for y in (0.4, 0.44, 0.48, 0.52)]
        if masked:
            assert not any(sample.grid().any() for sample in samples)
            assert len(reduced) == 1
        else:
            assert all(sample.grid().any() for sample in samples)
            assert len(reduced) == 4


def test_key_frames_far_apart_are_looked_at_whole(reduced: list[int]) -> None:
    scene, camera, motion = street(2, 1080, 1920), Camera(4), detector()
    for index in range(SETTLED):
        motion.update(camera(scene), index * 1_000_000_000)
    assert len(reduced) == SETTLED


def test_another_view_is_learned_anew(reduced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """What single pixels showed of the view before says nothing of the next; and where they go on telling more than the whole look, they are not asked in each frame."""
    scene, other, camera, motion = street(2, 1080, 1920), street(3, 1080, 1920), Camera(4), detector()
    for index in range(SETTLED):
        motion.update(camera(scene), index)
    motion.relearn()
    reduced.clear()
    for index in range(SETTLED):
        motion.update(camera(other), index)
    assert len(reduced) < SETTLED * 3 / 4  # all while it is being learned, then one in four
    # Fine stripes that jump by their own width: the same to the whole look, not to single pixels.
    flicker = [camera(other + 60 * ((np.arange(1920) // 2 + phase) % 2).astype(np.float32)) for phase in (0, 1)]
    motion.relearn()
    for index in range(SETTLED):
        motion.update(flicker[index % 2], index)
    picked: list[Plane] = []
    pick = Peek._pick

    def counted(self: Peek, luma: Plane) -> None:
        picked.append(luma)
        pick(self, luma)

    monkeypatch.setattr(Peek, "_pick", counted)
    for index in range(40):
        assert motion.update(flicker[index % 2], index).score == 0
    assert 0 < len(picked) <= 12
