"""Generated pictures with known truth, one each four seconds: what must be told in time, and what must never be."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.freeze import FreezeWatch
from analytics.picture_health import HealthChange, PictureHealth
from benchmarks.frozen_picture import starved, told_after_s
from benchmarks.picture_health import ADVERSE, EVERY_S, FAULTS, START, Change, frames
from tests.analytics.scenes import Camera, street

S = 1_000_000_000
BLINKING = np.array([1, 1, 1, 0.55, 0.75], np.float32)
"""Exposure at one look after the other."""
ALL = ("frozen", "black", "covered", "blinded", "defocused", "turned")


def told(change: Change, *, looks: int = 52, sigma: float = 4.0) -> list[tuple[float, HealthChange]]:
    health, found = PictureHealth(ALL), []
    for index, frame in enumerate(frames(change, looks=looks, sigma=sigma)):
        at_ns = round(index * EVERY_S * S)
        decided = health.look(frame, at_ns, at_ns, is_keyframe=True)
        if decided is not None:
            found.append(((index - START) * EVERY_S, decided))
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_within_two_minutes(name: str) -> None:
    """Well at first, then the fault by its name, once, and nothing else."""
    condition, change = FAULTS[name]
    first, *others = told(change)
    assert first[1].condition == ""
    assert [decided.condition for _, decided in others] == [condition]
    assert 0 < others[0][0] <= 120


@pytest.mark.parametrize("name", ADVERSE)
def test_weather_and_traffic_tell_nothing(name: str) -> None:
    """Only that the picture is well, once."""
    assert [decided.condition for _, decided in told(ADVERSE[name], looks=60)] == [""]


@pytest.mark.parametrize("name", ["turned by an eighth", "defocused, sigma 6"])
def test_an_iris_that_opens_and_closes_hides_nothing(name: str) -> None:
    """As where white cars pass, one after the other: no average ever grew old enough to be learned, and nothing was told."""
    condition, change = FAULTS[name]
    blinking: Change = lambda scene, look: change(scene, look) * BLINKING[look % 5]  # noqa: E731
    assert [decided.condition for _, decided in told(blinking, looks=60)] == ["", condition]


def test_it_is_taken_back_when_well_again_and_not_before() -> None:
    """A bag over the lens for three minutes; a hand before it for twenty seconds is nothing."""
    bag = FAULTS["covered by a bag"][1]
    away: Change = lambda scene, look: bag(scene, look) if START <= look < START + 45 else scene  # noqa: E731
    assert [(decided.condition, at_s > 180) for at_s, decided in told(away, looks=100)][1:] == [
        ("covered", False),
        ("", True),
    ]
    hand: Change = lambda scene, look: bag(scene, look) if START <= look < START + 5 else scene  # noqa: E731
    assert [decided.condition for _, decided in told(hand)] == [""]


def test_a_move_on_purpose_is_learned() -> None:
    """What a moved camera shows next is its new view."""
    health, scene, camera = PictureHealth(ALL), street(5), Camera()
    conditions = []
    for look in range(90):
        if look == START:
            health.learn_anew()
        picture = camera(scene if look < START else street(99))
        decided = health.look(picture, look * 4 * S, look * 4 * S, is_keyframe=True)
        conditions += [decided.condition] if decided is not None else []
    assert conditions == [""]


def test_a_camera_that_was_turned_while_nobody_looked_is_told() -> None:
    """What it usually shows is handed to the next judge; one that gets another camera's says so of a well picture, one that gets none learns it."""
    assert PictureHealth(ALL).usual is None
    before = PictureHealth(ALL)
    for index, frame in enumerate(frames(ADVERSE["nothing"], looks=20)):
        before.look(frame, index * 4 * S, index * 4 * S, is_keyframe=True)
    usual = before.usual
    assert usual is not None
    for scene, conditions in (("nothing", [""]), ("turned by an eighth", ["turned"])):
        after, told_after = PictureHealth(ALL), []
        after.remember(usual)
        for index, frame in enumerate(frames(FAULTS[scene][1] if scene in FAULTS else ADVERSE[scene], looks=60)):
            if index >= START:
                decided = after.look(frame, index * 4 * S, index * 4 * S, is_keyframe=True)
                told_after += [decided.condition] if decided is not None else []
        assert told_after == conditions


def test_a_fault_is_not_what_a_camera_usually_shows() -> None:
    """What is kept over a restart is never the fault."""
    health, change = PictureHealth(ALL), FAULTS["turned to another street"][1]
    for index, frame in enumerate(frames(change, looks=52)):
        health.look(frame, index * 4 * S, index * 4 * S, is_keyframe=True)
    assert health.condition == "turned"
    assert health.usual is None


def test_checks_that_are_not_asked_for_tell_nothing() -> None:
    """A camera that patrols has no place to be turned from."""
    health = PictureHealth(("covered",))
    turned = FAULTS["turned to another street"][1]
    decided = [
        health.look(frame, look * 4 * S, look * 4 * S, is_keyframe=True)
        for look, frame in enumerate(frames(turned, looks=60))
    ]
    assert [each.condition for each in decided if each is not None] == [""]


@pytest.mark.parametrize("crf", [23, 35])
def test_frozen_is_told_from_a_still_night(crf: int) -> None:
    """Through a real encoder, with the camera's clock running on; the still night never counts as frozen."""
    assert told_after_s(5, {"crf": str(crf)}, 1.0, freezes=False) is None
    after_s = told_after_s(5, {"crf": str(crf)}, 1.0, freezes=True)
    assert after_s is not None
    assert 15 <= after_s <= 60


@pytest.mark.parametrize("kbit_s", [100, 300])
def test_frozen_is_told_at_a_constant_bit_rate_that_is_too_small(kbit_s: int) -> None:
    """Rate control codes each key frame otherwise, but some of them twice alike."""
    after_s = told_after_s(5, starved(kbit_s), 2.0, freezes=True)
    assert after_s is not None
    assert 15 <= after_s <= 60


@pytest.mark.parametrize("changes", ["", "blink"])
def test_a_living_street_is_not_frozen_where_the_encoder_hides_its_noise(changes: str) -> None:
    assert told_after_s(5, {"crf": "51"}, 0.5, freezes=False, changes=changes, living_s=90) is None


def test_a_loop_of_pictures_is_not_frozen() -> None:
    """What a player repeats whole is no camera that hangs: each of four pictures comes again, to the last bit."""
    camera, scene, watch = Camera(2.0), street(3), FreezeWatch()
    loop = [camera(scene) for _ in range(4)]
    assert not any(watch.look(loop[look % 4], look * 2 * S) for look in range(60))


def test_byte_equal_pictures_are_frozen_and_noise_is_not() -> None:
    """Without an encoder in between."""
    camera, scene = Camera(0.7), street(3)
    still, alive = FreezeWatch(), FreezeWatch()
    same = camera(scene)
    results = [(still.look(same, look * 2 * S), alive.look(camera(scene), look * 2 * S)) for look in range(30)]
    assert [frozen for frozen, _ in results].index(True) * 2 <= 40
    assert not any(frozen for _, frozen in results)
