"""What the detector makes of bad weather, light and things at the lens, with the one default of all; ``-rP`` prints each result."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from analytics.motion import CELL_THRESHOLD, MotionDetector, largest_part
from analytics.zones import zone_cells
from nvr.motion_index.rows import bounding_box
from tests.analytics.adverse import SEQUENCES, snow
from tests.analytics.light import glow, headlights
from tests.analytics.scenes import FPS, SETTLED, WHOLE, Camera, Gray, block_at, decisions, figure_at, street

SEED = 1
LONGEST = 400
"""Frames of a sequence; ``python -m benchmarks.false_alarms`` looks at them whole, and at many seeds."""


@pytest.mark.parametrize("name", SEQUENCES)
def test_withstands(name: str) -> None:
    """No observation."""
    frames = list(itertools.islice(SEQUENCES[name](SEED), LONGEST))
    found, _ = decisions(frames)
    started = [round(decision.start_wall_ns / 1e9, 1) for decision in found if decision.kind == "started"]
    print(f"{name}: {len(started)} false in {len(frames) / FPS:.0f} s, at {started} s")  # noqa: T201 - the measured result, for whoever asks with -rP
    assert not started


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("lamp", 6),
        ("lamp", 8100),
        ("snow", 8003),
        ("crawling insect", 8058),
        ("turning camera", 8005),
        ("turning camera", 8054),
        ("turning camera", 8095),
    ],
)
def test_withstands_what_once_fooled_it(name: str, seed: int) -> None:
    """A lamp's light that was told anew as it stood; flakes that fall in step; a blurred insect's flank in noise; slow turns over smooth scenes."""
    found, _ = decisions(SEQUENCES[name](seed))
    assert not found


@pytest.mark.parametrize(
    "name", ["rain", "snow", "headlights", "insects", "spider web", "swaying tree", "shaking pole", "night noise"]
)
def test_sees_through(name: str) -> None:
    """A person who walks through the same is found within 1.2 s of the moment from which all of them is in the picture."""
    frames = list(itertools.islice(SEQUENCES[name](SEED), SETTLED + 20))
    walked = [*frames[:SETTLED], *(_with_walker(frame, index) for index, frame in enumerate(frames[SETTLED:]))]
    found, _ = decisions(walked)
    assert [decision.kind for decision in found][:1] == ["started"]
    delay_s = found[0].decided_wall_ns / 1e9 - SETTLED / FPS
    print(f"{name}: walker decided after {delay_s:.1f} s")  # noqa: T201 - likewise
    assert 0 <= delay_s <= 1.2


@pytest.mark.parametrize("name", ["camera bump", "turning camera"])
def test_sees_again_after_the_camera_moved(name: str) -> None:
    """Somebody who walks three seconds after a camera has come to rest elsewhere is found."""
    still = list(SEQUENCES[name](SEED))[:80] if name == "camera bump" else list(SEQUENCES[name](SEED))
    last = still[-1].astype(np.float32)
    found, _ = decisions([*still, *(_with_walker(last.astype(np.uint8), index) for index in range(15))])
    assert [decision.kind for decision in found] == ["started"]
    assert found[0].start_wall_ns / 1e9 >= len(still) / FPS


def truck(seed: int) -> Iterator[Gray]:
    """A lorry that fills most of the picture drives through in three seconds, close by."""
    scene, camera = street(7000 + seed), Camera(4, seed)
    rng = np.random.default_rng([seed, 20])
    side = street(7100 + seed, 320, 700) * np.float32(0.5) + np.float32(rng.uniform(20, 90))
    for index in range(SETTLED + 60):
        front = round((index - SETTLED) / 30 * 1340)
        picture = scene.copy()
        left, right = max(0, front - 700), min(640, front)
        if index >= SETTLED and left < right:
            picture[20:340, left:right] = side[:, left - front + 700 : right - front + 700]
        yield camera(picture)


@pytest.mark.parametrize("seed", range(4))
def test_sees_a_lorry_that_fills_the_picture(seed: int) -> None:
    """It is no sudden light: one observation begins while it drives in."""
    found, _ = decisions(truck(seed))
    assert found
    assert found[0].kind == "started"
    assert SETTLED / FPS <= found[0].start_wall_ns / 1e9 <= SETTLED / FPS + 1


def before_leaves(seed: int, level: float) -> Iterator[Gray]:
    """From the sixtieth frame on somebody walks before a treetop that sways a little, no darker or brighter than its leaves are."""
    scene, camera, rng = street(7500 + seed), Camera(4, seed), np.random.default_rng([seed, 21])
    drawn = rng.normal(0, 60, scene.shape).astype(np.float32)
    crown = np.clip(90 + 3 * cv2.GaussianBlur(drawn, (0, 0), 3), 40, 180)
    for index in range(3 * SETTLED):
        picture = scene.copy()
        swing = round(2 * np.sin(index / 3))
        picture[100:240, 200:400] = crown[100:240, 200 + swing : 400 + swing]
        walks = index >= 2 * SETTLED
        yield camera(figure_at(picture, 0.36 + 0.008 * (index - 2 * SETTLED), 0.47, 0.003, level) if walks else picture)


@pytest.mark.parametrize("level", [-20, 20])
@pytest.mark.parametrize("seed", [0, 3])
def test_sees_somebody_before_leaves(seed: int, level: float) -> None:
    """Of 0.3 % of the picture."""
    found, _ = decisions(before_leaves(seed, level))
    assert [decision.kind for decision in found] == ["started"]
    assert 2 * SETTLED / FPS <= found[0].start_wall_ns / 1e9 <= 2 * SETTLED / FPS + 1


def parked(seed: int) -> Iterator[Gray]:
    """A car drives in and parks; from ten seconds on the beams of others sweep over it."""
    rng = np.random.default_rng([seed, 55])
    scene, camera = street(7300 + seed), Camera(4, seed)
    level, y_px, place_px = (
        rng.choice((-1, 1)) * rng.uniform(40, 80),
        int(rng.uniform(150, 250)),
        int(rng.uniform(200, 440)),
    )
    body = np.clip(street(7400 + seed)[:60, :120] + level, 0, 255)
    for index in range(420):
        front = round((place_px + 60) * min(1.0, max(0, index - SETTLED) / 30))
        picture = scene.copy()
        left = max(0, front - 120)
        picture[y_px - 30 : y_px + 30, left:front] = body[:, 120 - (front - left) :]
        sweep = (index - 200) % 60 / 20
        yield camera(glow(picture, 640 * sweep, y_px, 90, 60, 50) if index >= 200 and sweep < 1 else picture)


@pytest.mark.parametrize("seed", [2, 3])
def test_light_over_what_has_parked_is_none(seed: int) -> None:
    """The car itself raises the one observation: its outline has become the scene's, all around."""
    found, _ = decisions(parked(seed))
    assert [decision.kind for decision in found] == ["started", "ended"]


@pytest.mark.parametrize("level", [-22, 22])
def test_sees_a_person_of_low_contrast_at_night(level: float) -> None:
    """22 levels off a dark street, 1 % of the picture, in noise of 8 levels."""
    scene, camera = street(7200) * np.float32(0.5), Camera(8)
    still = [camera(scene) for _ in range(2 * SETTLED)]
    walk = [camera(figure_at(scene, 0.2 + 0.01 * index, 0.6, 0.01, level)) for index in range(30)]
    found, _ = decisions([*still, *walk])
    assert [decision.kind for decision in found] == ["started"]


def _with_walker(frame: Gray, index: int) -> Gray:
    lit = block_at(frame.astype(np.float32), 0.2 + 0.02 * index, 0.7, 0.01, 55)
    return np.clip(lit, 0, 255).astype(np.uint8)


def test_the_worst_of_them_would_fool_a_plain_detector() -> None:
    """The sequences are hard: headlights and snow raise cells in many frames; it is the rules behind that say no."""
    for frames in (headlights(0), snow(0)):
        detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
        assert sum(detector.update(frame, 0).grid().any() for frame in frames) >= 10


def shimmering() -> Iterator[Gray]:
    """A river below whose glitter never rests, and from the thirtieth frame on a person on its bank, far right."""
    scene, camera, rng = street(30), Camera(4), np.random.default_rng(8)
    for index in range(SETTLED + 12):
        picture = scene.copy()
        glitter = rng.normal(0, 14, (28, 160)).astype(np.float32)
        picture[230:342] += glitter.repeat(4, axis=0).repeat(4, axis=1)
        yield camera(
            block_at(picture, 0.85 - 0.008 * (index - SETTLED), 0.7, 0.01, 60) if index >= SETTLED else picture
        )


def test_the_box_frames_who_moves_not_the_water() -> None:
    """Where an observation begins its box holds the person and next to nothing of the river beside it."""
    detector = MotionDetector([zone_cells("z", WHOLE, 0.5, 0.003, CELL_THRESHOLD)])
    boxes = []
    for index, frame in enumerate(shimmering()):
        sample = detector.update(frame, index)
        if index >= SETTLED + 3 and sample.zone_moving[0]:
            boxes.append(bounding_box(largest_part(detector.moving)))
    assert len(boxes) >= 6
    for x, _, width, _ in boxes:
        assert x < 0.85 < x + width + 0.1
        assert width < 0.25
