"""What the detector makes of bad weather, light and things at the lens, with the one default of all; ``-rP`` prints each result."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from analytics.motion import CELL_THRESHOLD, MotionDetector, largest_part
from analytics.zones import zone_cells
from nvr.motion_index.rows import bounding_box
from tests.analytics.adverse import SEQUENCES, SETTLED, headlights, snow
from tests.analytics.scenes import FPS, WHOLE, Camera, Gray, block_at, decisions, street

# What is not yet withstood stands here with what it costs, and is tested so that it gets no worse.
ALLOWED = {"camera bump": 1, "spider web": 1}


@pytest.mark.parametrize("name", SEQUENCES)
def test_withstands(name: str) -> None:
    """No observation; one at most for a knock (the view did move) and for a web that swings from the first frame on."""
    frames = list(SEQUENCES[name]())
    found, _ = decisions(frames)
    started = [round(decision.start_wall_ns / 1e9, 1) for decision in found if decision.kind == "started"]
    print(f"{name}: {len(started)} false in {len(frames) / FPS:.0f} s, at {started} s")  # noqa: T201 - the measured result, for whoever asks with -rP
    assert len(started) <= ALLOWED.get(name, 0)


@pytest.mark.parametrize("name", ["headlights", "insects", "snow", "shaking pole", "gust"])
def test_sees_through(name: str) -> None:
    """A person who walks through the same is found within 1.2 s of the moment from which all of them is in the picture."""
    frames = list(SEQUENCES[name]())[: SETTLED + 20]
    walked = [*frames[:SETTLED], *(_with_walker(frame, index) for index, frame in enumerate(frames[SETTLED:]))]
    found, _ = decisions(walked)
    assert [decision.kind for decision in found][:1] == ["started"]
    delay_s = found[0].decided_wall_ns / 1e9 - SETTLED / FPS
    print(f"{name}: walker decided after {delay_s:.1f} s")  # noqa: T201 - likewise
    assert delay_s <= 1.2


def _with_walker(frame: Gray, index: int) -> Gray:
    lit = block_at(frame.astype(np.float32), 0.2 + 0.02 * index, 0.7, 0.01, 55)
    return np.clip(lit, 0, 255).astype(np.uint8)


def test_the_worst_of_them_would_fool_a_plain_detector() -> None:
    """The sequences are hard: headlights and snow raise cells in many frames; it is the rules behind that say no."""
    for frames in (headlights(), snow()):
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
