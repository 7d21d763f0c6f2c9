"""The motion index replayed with other settings, beside the same video analysed with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.pipeline import CameraPipeline
from analytics.tune import Replayed, folded, replay
from nvr.clock import SimulatedClock
from nvr.media import Packet
from nvr.motion_index.rows import ROW, Rows, empty_rows
from nvr.observations import MotionObserved
from tests.analytics.scenes import START_WALL_NS, Camera, block_at, encode, street
from tests.analytics.test_pipeline import camera_config

S = 1_000_000_000
WALKS = [(0.004, 20), (0.01, 8), (0.01, 25), (0.03, 12), (0.006, 40), (0.02, 5), (0.05, 30)]
"""Size as a share of the picture, and tenths of a second that each takes to cross it."""


@pytest.fixture(scope="module")
def passers_by() -> list[Packet]:
    """A minute: seven blocks of different size and speed cross the street one after the other."""
    scene, camera = street(3), Camera(4)
    frames = [camera(scene) for _ in range(30)]
    for area, count in WALKS:
        frames += [camera(block_at(scene, 0.1 + 0.8 * n / (count - 1), 0.5, area, 60)) for n in range(count)]
        frames += [camera(scene) for _ in range(60)]
    return encode(frames)


def analysed(packets: list[Packet], folder: Path, **more: Any) -> tuple[list[MotionObserved], Rows]:
    """The ended observations of a camera with these settings, and its motion index."""
    found: list[MotionObserved] = []
    pipeline = CameraPipeline(camera_config(**more), SimulatedClock(), found.append, folder)
    for packet in packets:
        pipeline.push(packet)
    pipeline.close()
    return [each for each in found if each.phase == "ended"], np.frombuffer(pipeline.seconds.take(), ROW)


@pytest.mark.parametrize(
    "zone",
    [
        {},
        {"min_area": 0.03},
        {"min_duration_s": 1.5},
        {"sensitivity": 0.1},
    ],
    ids=["as it is", "larger", "longer", "blunter"],
)
def test_a_replay_tells_what_an_analysis_with_those_settings_finds(
    passers_by: list[Packet], tmp_path: Path, zone: dict[str, Any]
) -> None:
    """The same passers-by, each begun and ended within a second of the truth, from the index of a camera with the default zone."""
    more: dict[str, Any] = {"zones": [{"name": "z", **zone}]} if zone else {}
    truth, _ = analysed(passers_by, tmp_path, **more)
    _, rows = analysed(passers_by, tmp_path)
    told = replay(rows, camera_config(**more))
    assert len(truth) >= 2
    assert len(told) == len(truth)
    for each, real in zip(told, truth, strict=True):
        assert abs(each.start_wall_ns - real.start_wall_ns) < S
        assert abs(each.end_wall_ns - real.decided_wall_ns) < S
        assert 0.3 * real.score < each.score < 3 * real.score


def test_a_part_of_the_picture_is_told_to_the_second(passers_by: list[Packet], tmp_path: Path) -> None:
    """Whoever passes through a zone within a second may count for the whole second: none is missed, one of seven is too many."""
    more: dict[str, Any] = {"zones": [{"name": "z", "polygon": [[0.6, 0.2], [1, 0.2], [1, 0.9], [0.6, 0.9]]}]}
    truth, _ = analysed(passers_by, tmp_path, **more)
    _, rows = analysed(passers_by, tmp_path)
    told = replay(rows, camera_config(**more))
    matched = [
        each
        for each in told
        for real in truth
        if each.start_wall_ns - S < real.start_wall_ns and real.decided_wall_ns < each.end_wall_ns + S
    ]
    assert len(truth) >= 3
    assert len(matched) == len(truth)
    assert len(told) <= len(truth) + 1


def test_a_mask_that_is_tried_hides_what_it_covers(passers_by: list[Packet], tmp_path: Path) -> None:
    """And no zones say nothing."""
    _, rows = analysed(passers_by, tmp_path)
    assert replay(rows, camera_config(masks=[[[0, 0.2], [1, 0.2], [1, 0.9], [0, 0.9]]])) == []
    assert replay(rows, camera_config(zones=[])) == []
    assert replay(empty_rows(), camera_config()) == []


def test_what_was_not_looked_at_ends_an_observation(passers_by: list[Packet], tmp_path: Path) -> None:
    """Movement on both sides of a hole is told as two."""
    _, rows = analysed(passers_by[:60], tmp_path)
    later = rows.copy()
    later["second"] += 40
    told = replay(np.concatenate([rows, later]), camera_config())
    assert [round((each.start_wall_ns - START_WALL_NS) / S) for each in told] == [3, 43]


def test_folded_as_the_desk_does() -> None:
    """Less than a minute in between is one alert, each zone for itself."""
    observations = [
        Replayed("a", 0, 5 * S, 0.1),
        Replayed("b", 20 * S, 25 * S, 0.2),
        Replayed("a", 65 * S, 70 * S, 0.4),
        Replayed("a", 131 * S, 140 * S, 0.1),
    ]
    assert folded(observations, 60 * S) == [
        Replayed("a", 0, 70 * S, 0.4),
        Replayed("b", 20 * S, 25 * S, 0.2),
        Replayed("a", 131 * S, 140 * S, 0.1),
    ]
