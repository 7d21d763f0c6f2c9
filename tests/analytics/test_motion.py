"""What the detector finds and what it is not fooled by: generated sequences with known truth, one default for all."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics import scene_loops
from analytics.background import Background
from analytics.cells import Plane
from analytics.motion import CELL_THRESHOLD, MotionDetector, unpack_cells
from analytics.zones import pixel_mask, zone_cells
from nvr.motion_index.rows import bounding_box
from tests.analytics.light import infrared, street_lamps
from tests.analytics.scenes import FPS, WHOLE, Camera, Gray, block_at, decisions, street

SETTLED = 20
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def settled(detector: MotionDetector, camera: Camera, scene: NDArray[np.float32]) -> None:
    for index in range(SETTLED):
        detector.update(camera(scene), index)


@pytest.mark.parametrize(("rows", "columns"), [(360, 640), (1080, 1920), (240, 320)])
@pytest.mark.parametrize("area", [0.003, 0.01])
@pytest.mark.parametrize("level", [35, -35])
def test_finds_a_small_block_in_noise(rows: int, columns: int, area: float, level: float) -> None:
    """0.3 % of the picture, 35 levels brighter or darker, in a night camera's noise: decided within 0.8 s of moving."""
    scene, camera = street(2, rows, columns), Camera(6)
    quiet = (camera(scene) for _ in range(SETTLED))
    moving = (camera(block_at(scene, 0.2 + 0.03 * i, 0.55, area, level)) for i in range(10))
    found, _ = decisions([*quiet, *moving])
    assert [d.kind for d in found] == ["started"]
    assert SETTLED / FPS <= found[0].start_wall_ns / 1e9 <= (SETTLED + 2) / FPS
    assert found[0].decided_wall_ns / 1e9 <= (SETTLED + 8) / FPS


def test_cells_and_box_lie_where_it_moves() -> None:
    """The cells are those of the block, not its mirror image, and the box is drawn around them."""
    scene, camera, detector = street(2), Camera(3), MotionDetector()
    settled(detector, camera, scene)
    for index in range(3):
        sample = detector.update(camera(block_at(scene, 0.7 + 0.02 * index, 0.3, 0.01, 60)), SETTLED + index)
    x, y, width, height = bounding_box(sample.grid())
    assert x < 0.74 < x + width
    assert y < 0.3 < y + height
    assert width < 0.2
    assert height < 0.35
    assert sample.score == pytest.approx(np.count_nonzero(sample.grid()) / 576, abs=0.01)
    assert np.array_equal(unpack_cells(sample.cells), sample.grid())
    assert len(sample.cells) == 72


@pytest.mark.parametrize("after", [street_lamps, infrared])
def test_sees_again_after_a_sudden_light(after: Callable[[int], Iterator[Gray]]) -> None:
    """A person two seconds after the change is found: the background was learned anew, not lost."""
    frames = list(after(0))
    walker = [block_at(frames[-1].astype(np.float32), 0.2 + 0.03 * i, 0.5, 0.01, 50) for i in range(12)]
    found, _ = decisions([*frames, *(np.clip(picture, 0, 255).astype(np.uint8) for picture in walker)])
    assert [d.kind for d in found] == ["started"]


def test_says_that_it_calibrates() -> None:
    """The first second, and the one after the lamps went off; no score meanwhile."""
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    samples = [detector.update(frame, index) for index, frame in enumerate(infrared(0))]
    calibrating = [index for index, sample in enumerate(samples) if sample.calibrating]
    assert calibrating[0] == 0
    assert {1, 11, 46, 50} <= set(calibrating)
    assert not {30, 100} & set(calibrating)
    assert all(not any(s.zone_moving) and s.score == 0 and not s.grid().any() for s in samples if s.calibrating)


def test_zones_hear_only_their_own() -> None:
    """Movement in the right half says nothing to the zone of the left half."""
    scene, camera = street(2), Camera(4)
    left, whole = (
        zone_cells("left", LEFT_HALF, 0.5, 0.003, CELL_THRESHOLD),
        zone_cells("all", WHOLE, 0.5, 0.003, CELL_THRESHOLD),
    )
    detector = MotionDetector([left, whole])
    settled(detector, camera, scene)
    seen = [detector.update(camera(block_at(scene, 0.6 + 0.03 * i, 0.5, 0.01, 60)), i) for i in range(8)]
    assert not any(sample.zone_moving[0] for sample in seen)
    assert all(sample.zone_scores[0] == 0 for sample in seen)
    assert sum(sample.zone_moving[1] for sample in seen) >= 6
    seen = [detector.update(camera(block_at(scene, 0.1 + 0.03 * i, 0.5, 0.01, 60)), i) for i in range(8)]
    assert sum(sample.zone_moving[0] for sample in seen) >= 6


def test_a_keen_zone_sees_what_others_pass_over() -> None:
    """A block too faint for the default raises the zone of sensitivity 1, and no cell of the picture."""
    scene, camera = street(2), Camera(2)
    keen, blunt = (zone_cells("z", WHOLE, keenness, 0.003, CELL_THRESHOLD) for keenness in (1.0, 0.5))
    detector = MotionDetector([keen, blunt])
    settled(detector, camera, scene)
    seen = [detector.update(camera(block_at(scene, 0.3 + 0.03 * i, 0.5, 0.006, 12)), i) for i in range(10)]
    assert sum(sample.zone_moving[0] for sample in seen) > sum(sample.zone_moving[1] for sample in seen) + 3


def test_cells_that_a_mover_hardly_fills_are_its_cells_too() -> None:
    """Those alone that lie beside one that moves surely and differ nearly as much; they do so whatever the zones are, and add nothing to the score."""
    scene, camera = street(2), Camera(4)
    seen = [MotionDetector([zone_cells("z", zone, 0.5, 0.003, CELL_THRESHOLD)]) for zone in (WHOLE, LEFT_HALF)]
    for detector in seen:
        settled(detector, camera, scene)
    added = 0
    for index in range(12):
        picture = camera(block_at(scene, 0.2 + 0.02 * index, 0.5, 0.01, 35))
        samples = [detector.update(picture, index) for detector in seen]
        for detector, sample in zip(seen, samples, strict=True):
            surely = detector.evidence >= CELL_THRESHOLD
            moved = np.zeros_like(surely) if detector.moved is None else detector.moved >= 19
            assert np.array_equal(sample.grid(), surely | moved)
            assert sample.score <= np.count_nonzero(surely) / 576
            added += int(np.count_nonzero(moved & ~surely))
    assert added


def test_masks_are_never_looked_at() -> None:
    """A block under the mask leaves no cell and no score; the same block beside it does."""
    scene, camera = street(2), Camera(4)
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)], pixel_mask([LEFT_HALF]))
    settled(detector, camera, scene)
    hidden = [detector.update(camera(block_at(scene, 0.1 + 0.03 * i, 0.5, 0.01, 60)), i) for i in range(8)]
    assert all(sample.score == 0 and not sample.grid().any() for sample in hidden)
    seen = [detector.update(camera(block_at(scene, 0.6 + 0.03 * i, 0.5, 0.01, 60)), i) for i in range(8)]
    assert sum(sample.zone_moving[0] for sample in seen) >= 6


def test_a_parked_car_becomes_background() -> None:
    """What came and stays ends its observation, instead of holding it open; and so does the hole it leaves behind."""
    scene, camera = street(2), Camera(4)
    coming = [camera(block_at(scene, 0.2 + 0.03 * i, 0.5, 0.02, 60)) for i in range(10)]
    parked = [camera(block_at(scene, 0.47, 0.5, 0.02, 60)) for _ in range(80)]
    gone = [camera(scene) for _ in range(60)]
    found, detector = decisions([*(camera(scene) for _ in range(SETTLED)), *coming, *parked, *gone])
    assert [d.kind for d in found[:2]] == ["started", "ended"]
    assert found[1].decided_wall_ns < (SETTLED + 15) * 1e8
    assert len(found) == 2
    assert not detector.update(camera(scene), 0).grid().any()


def test_a_quiet_scene_is_only_glanced_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """No full look while nothing moves, one at once when something does; by glances alone the background follows a slow drift of the light."""
    scene, camera = street(2), Camera(4)
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    settled(detector, camera, scene)
    looks: list[Plane] = []
    look = Background.evidence

    def counted(self: Background, picture: Plane, active: int, cells: Plane) -> tuple[int, int]:
        looks.append(picture)
        return look(self, picture, active, cells)

    monkeypatch.setattr(Background, "evidence", counted)
    before = float(detector.background.picture.mean())
    for index in range(100):
        detector.update(camera(scene + np.float32(0.05 * index)), index)
    assert looks == []
    assert not detector.foreground.any()
    assert float(detector.background.picture.mean()) - before > 3.5
    sample = detector.update(camera(block_at(scene + 5, 0.5, 0.5, 0.01, 60)), 100)
    assert len(looks) == 1
    assert sample.grid().any()
    assert detector.foreground.any()


def test_survives_a_change_of_size() -> None:
    """A camera that switches its resolution is calibrated anew, not mixed up."""
    detector, camera = MotionDetector(), Camera(4)
    settled(detector, camera, street(2))
    small = street(2, 240, 320)
    assert detector.update(camera(small), 0).calibrating
    settled(detector, camera, small)
    assert not detector.update(camera(small), 0).calibrating


def test_the_grays_around_each_pixel_are_told_where_something_moves_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take as long as a look: what stands changed does not ask for them."""
    scene, camera = street(2), Camera(4)
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    settled(detector, camera, scene)
    parked = block_at(scene, 0.3, 0.5, 0.02, 60)
    for index in range(10):
        detector.update(camera(parked), index)
    asked: list[Plane] = []
    bounds = scene_loops.bounds

    def counted(scene: Plane, *others: Any) -> None:
        asked.append(scene)
        bounds(scene, *others)

    monkeypatch.setattr(scene_loops, "bounds", counted)
    outlines = detector.background.outlines
    outlines.absorb(outlines.empty, np.zeros(outlines.empty.shape, np.bool_))  # what was told before is old
    for index in range(10, 14):
        assert detector.update(camera(parked), index).grid().any(), "it stands changed"
    assert asked == []
    detector.update(camera(block_at(parked, 0.7, 0.5, 0.02, 60)), 14)
    assert len(asked) == 1


@pytest.mark.parametrize("padding", [0, 1, 32])
@pytest.mark.parametrize(
    ("rows", "columns"), [(90, 160), (180, 320), (240, 352), (360, 640), (361, 643), (720, 1280), (1080, 1920)]
)
def test_looks_at_planes_as_decoders_leave_them(rows: int, columns: int, padding: int) -> None:
    """Of any size, rows apart, not to be written to; also one that is a working picture already."""
    scene, camera = street(2, rows, columns), Camera(4)
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])

    def decoded(picture: NDArray[np.float32]) -> Plane:
        buffer = np.full((rows, columns + padding), 255, np.uint8)
        buffer[:, :columns] = camera(picture)
        plane = buffer[:, :columns]
        plane.flags.writeable = False
        return plane

    for index in range(SETTLED):
        detector.update(decoded(scene), index * 100_000_000)
    moving = [
        detector.update(decoded(block_at(scene, 0.2 + 0.05 * i, 0.5, 0.02, 60)), (SETTLED + i) * 100_000_000)
        for i in range(8)
    ]
    assert sum(sample.zone_moving[0] for sample in moving) >= 6


@pytest.mark.parametrize("moves", [False, True])
def test_allocates_no_planes_and_keeps_no_memory(*, moves: bool) -> None:
    """In the steady state a frame needs less new memory than one plane of the working picture, and none of it stays: quiet or with movement."""
    scene, camera = street(2), Camera(4)
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    settled(detector, camera, scene)
    frames = [camera(block_at(scene, 0.1 + 0.1 * index, 0.5, 0.02, 60) if moves else scene) for index in range(8)]
    for index in range(160):
        detector.update(frames[index % 8], index)
    peaks, moving = np.zeros(64, np.int64), 0
    tracemalloc.start()
    try:
        detector.update(frames[0], 0)
        start, _ = tracemalloc.get_traced_memory()
        for index in range(64):
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            moving += detector.update(frames[index % 8], index).zone_moving[0]
            peaks[index] = tracemalloc.get_traced_memory()[1] - before
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"peak {np.median(peaks):.0f} B, at most {peaks.max()} B, kept {after - start} B")  # noqa: T201 - for whoever asks with -rP
    assert moving == (64 if moves else 0)
    assert np.median(peaks) < 90 * 160
    assert peaks.max() < 2 * 90 * 160  # where cells become background
    assert after - start < 2000


def test_white_stays_white_beside_what_brightens() -> None:
    """An overexposed wall at sunrise: what is expected of it lies beyond white, not at black."""
    rng = np.random.default_rng(5)
    scene = np.full((360, 640), 120, np.float32)
    scene[120:240, 200:440] = 255
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    for index in range(SETTLED):
        detector.update(rng.normal(scene, 2).clip(0, 255).astype(np.uint8), index * 100_000_000)
    brighter = scene.copy()
    brighter[60:300, 120:520] += 14  # a part, or it would be exposure
    for index in range(SETTLED, SETTLED + 6):
        brighter[300:340, 40:120] = 20 + 30 * (index % 2)  # something moves, so that it is looked at fully
        detector.update(rng.normal(brighter, 2).clip(0, 255).astype(np.uint8), index * 100_000_000)
        assert not detector.foreground[30:60, 50:110][2:-2, 2:-2].any(), f"frame {index}"
