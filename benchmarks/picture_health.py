"""How soon a useless picture is told, what is told wrongly, and what a look costs: ``python -m benchmarks.picture_health [--media DIR]``.

Generated views of 640x360 with known truth, one look each four seconds, three levels of sensor noise; and real footage ($NVR_MEDIA or
``../shared/media``) with the same faults made of it. The views are of seeds that nothing was tuned on (the tests use another). Then frozen pictures
and living ones through an encoder. Prints the tables of docs/measurements.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.cells import Plane
from analytics.picture_health import PictureHealth
from nvr.clock import NS_PER_S

Scene = NDArray[np.float32]
Change = Callable[[Scene, int], Scene]
EVERY_S = 4.0
START = 20
"""The look at which something happens."""
ALL = ("frozen", "black", "covered", "blinded", "defocused", "turned")
ROWS, COLUMNS = 360, 640
SIGMAS = (2.0, 5.0, 10.0)
SEEDS = (1001, 1002, 1003, 1004)
LOOKS = 60
CLIPS = ("pets_vtest_h264.mp4", "intel_car_detection.mp4", "cdnet_highway_h264.mp4", "bgs_video02_motorway.avi")


def town(seed: int) -> Scene:
    """A view with soft shades and the contours of many things: (360, 640) float32."""
    rng = np.random.default_rng(seed)
    shades = rng.uniform(60, 170, (5, 8)).astype(np.float32)
    scene: Scene = cv2.resize(shades, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    scene += cv2.GaussianBlur(rng.normal(0, 25, (ROWS, COLUMNS)).astype(np.float32), (0, 0), 2).astype(np.float32)
    for _ in range(160):
        x, y = int(rng.integers(0, COLUMNS - 60)), int(rng.integers(0, ROWS - 60))
        width, height = int(rng.integers(3, 50)), int(rng.integers(3, 40))
        scene[y : y + height, x : x + width] += float(rng.uniform(-40, 40))
    clipped: Scene = np.clip(scene, 30, 220).astype(np.float32)
    return clipped


def _spot(level: float, half_width: float, half_height: float) -> Scene:
    across = np.exp(-(((np.arange(COLUMNS, dtype=np.float32) - 300) / half_width) ** 2))
    down = np.exp(-(((np.arange(ROWS, dtype=np.float32) - 150) / half_height) ** 2))
    spot: Scene = (level * down[:, None] * across[None, :]).astype(np.float32)
    return spot


def _blurred(scene: Scene, sigma: float) -> Scene:
    blurred: Scene = cv2.GaussianBlur(scene, (0, 0), sigma).astype(np.float32)
    return blurred


def _shifted(scene: Scene, x_px: float, y_px: float) -> Scene:
    matrix = np.array([[1, 0, x_px], [0, 1, y_px]], np.float32)
    size = (scene.shape[1], scene.shape[0])
    shifted: Scene = cv2.warpAffine(scene, matrix, size, borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    return shifted


def _cloth(scene: Scene) -> Scene:
    return _blurred(_fit(town(55), scene), 25) * np.float32(0.3) + np.float32(30)


def _hand(scene: Scene) -> Scene:
    return _fit(np.array([[60, 70], [50, 80]], np.float32), scene)


def _fit(picture: Scene, scene: Scene) -> Scene:
    fitted: Scene = cv2.resize(picture, (scene.shape[1], scene.shape[0])).astype(np.float32)
    return fitted


def _after(change: Callable[[Scene], Scene]) -> Change:
    return lambda scene, look: scene if look < START else change(scene)


def _slowly(look: int, looks: int, end: float) -> np.float32:
    return np.float32(1 + (end - 1) * min(1.0, max(0.0, (look - START) / looks)))


def _fog(scene: Scene, left: float) -> Scene:
    return scene * np.float32(left) + np.float32(200 * (1 - left))


def _bus(scene: Scene, look: int) -> Scene:
    if not START <= look < START + 45:
        return scene
    side, out = _fit(town(77), scene) * np.float32(0.3) + np.float32(90), scene.copy()
    rows, columns = scene.shape
    box = slice(rows // 20, rows), slice(columns // 16, columns // 16 + round(0.8 * columns))
    out[box] = side[box]
    return out


def _crowd(scene: Scene, look: int) -> Scene:
    rng, out = np.random.default_rng(look), scene.copy()
    for _ in range(60 if look >= START else 0):
        x, y = int(rng.integers(0, scene.shape[1] - 40)), int(rng.integers(0, scene.shape[0] - 80))
        out[y : y + 70, x : x + 30] = float(rng.uniform(30, 200))
    return out


def _rain(scene: Scene, look: int) -> Scene:
    rng, out = np.random.default_rng(look), scene.copy()
    for _ in range(250 if look >= START else 0):
        x, y = int(rng.integers(0, scene.shape[1])), int(rng.integers(0, scene.shape[0] - 30))
        cv2.line(out, (x, y), (x + 3, y + 25), (200.0,), 1)
    return out


def _shaken(scene: Scene, look: int) -> Scene:
    x_px, y_px = np.random.default_rng(look).uniform(-4, 4, 2)
    return _shifted(scene, float(x_px), float(y_px))


def _headlights(scene: Scene, look: int) -> Scene:
    rng, out = np.random.default_rng(look), scene * np.float32(0.25) + np.float32(8)
    for _ in range(6 if look >= START else 0):
        x, y = int(rng.integers(0, scene.shape[1])), int(rng.integers(0, scene.shape[0]))
        cv2.circle(out, (x, y), scene.shape[0] // 9, (240.0,), -1)
    return _blurred(out, 4) if look >= START and look % 3 == 0 else out


FAULTS: dict[str, tuple[str, Change]] = {
    "black": ("black", _after(lambda scene: scene * 0 + np.float32(17))),
    "covered by a hand": ("covered", _after(_hand)),
    "covered by a bag": ("covered", _after(_cloth)),
    "sun or lamp into the lens": ("blinded", _after(lambda scene: scene + _fit(_spot(250, 330, 230), scene))),
    "defocused, sigma 3": ("defocused", _after(lambda scene: _blurred(scene, 3))),
    "defocused, sigma 6": ("defocused", _after(lambda scene: _blurred(scene, 6))),
    "turned to another street": ("turned", _after(lambda scene: _fit(town(99), scene))),
    "turned by an eighth": ("turned", _after(lambda scene: _shifted(scene, 0.125 * scene.shape[1], 20))),
    "turned down by an eighth": ("turned", _after(lambda scene: _shifted(scene, 0, -0.125 * scene.shape[0]))),
    "turned by a third": ("turned", _after(lambda scene: _shifted(scene, -0.33 * scene.shape[1], 0))),
}
"""Name → condition and what happens to the scene."""

ADVERSE: dict[str, Change] = {
    "nothing": lambda scene, _: scene,
    "fog, slowly, 0.3 left": lambda scene, look: _fog(scene, float(_slowly(look, 30, 0.3))),
    "fog at once, 0.4 left": _after(lambda scene: _fog(scene, 0.4)),
    "rain": _rain,
    "dusk to 0.1": lambda scene, look: scene * _slowly(look, 50, 0.1) + np.float32(10),
    "lights out, 0.1 left": _after(lambda scene: scene * np.float32(0.1) + np.float32(8)),
    "infrared switch": _after(
        lambda scene: (220 - scene) * np.float32(0.4) + np.float32(40) + _fit(_spot(30, 200, 200), scene)
    ),
    "exposure x 1.5": _after(lambda scene: scene * np.float32(1.5)),
    "iris that opens and closes": lambda scene, look: scene * np.float32((1, 1, 1, 0.55, 0.75)[look % 5]),
    "clouds": lambda scene, look: scene * np.float32(0.65 + 0.35 * np.sin(look / 5)),
    "bus over 0.8 for 3 min": _bus,
    "crowd": _crowd,
    "knocked by 2 %": _after(lambda scene: _shifted(scene, 0.02 * scene.shape[1], 5)),
    "shaken pole": _shaken,
    "headlights at night": _headlights,
    "camera on the move": lambda scene, look: scene if look < START else _fit(town(100 + look), scene),
}
"""Name → what happens; none of it may be told."""


def frames(change: Change, *, looks: int, sigma: float = 4.0, seed: int = 5) -> Iterator[Plane]:
    """What the camera sends at each look."""
    scene = town(seed)
    yield from sensed((scene for _ in range(looks)), change, sigma)


def sensed(scenes: Iterable[Scene], change: Change, sigma: float) -> Iterator[Plane]:
    """Scenes after a change, with sensor noise, as (H, W) uint8."""
    rng = np.random.default_rng(7)
    for look, scene in enumerate(scenes):
        noise = rng.standard_normal(scene.shape, np.float32) * np.float32(sigma)
        picture: Plane = np.clip(change(scene, look) + noise, 0, 255).astype(np.uint8)
        yield picture


def clip_scenes(path: Path, looks: int) -> list[Scene]:
    """So many pictures of a clip, evenly spread; the clip is repeated where it is short."""
    with av.open(str(path)) as container:
        pictures = [
            frame.to_ndarray(format="gray").astype(np.float32)
            for index, frame in enumerate(container.decode(video=0))
            if index % 20 == 0
        ]
    return [pictures[look % len(pictures)] for look in range(looks)]


def judge(pictures: Iterable[Plane], costs_us: list[float]) -> list[tuple[float, str]]:
    """What is told, and how many seconds after START."""
    health = PictureHealth(ALL)
    told: list[tuple[float, str]] = []
    for look, picture in enumerate(pictures):
        at_ns = round(look * EVERY_S * NS_PER_S)
        started_ns = time.thread_time_ns()
        decided = health.look(picture, at_ns, at_ns, is_keyframe=True)
        costs_us.append((time.thread_time_ns() - started_ns) / 1000)
        if decided is not None and decided.condition:
            told.append(((look - START) * EVERY_S, decided.condition))
    return told


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path(os.environ.get("NVR_MEDIA", "../shared/media")))
    media: Path = parser.parse_args().media
    cv2.setNumThreads(1)
    costs_us: list[float] = []
    clips = {path.stem: clip_scenes(path, LOOKS) for name in CLIPS if (path := media / name).exists()}

    def runs(change: Change) -> list[list[tuple[float, str]]]:
        generated = [
            judge(frames(change, looks=LOOKS, sigma=sigma, seed=seed), costs_us) for seed in SEEDS for sigma in SIGMAS
        ]
        return generated + [judge(sensed(scenes, change, 2.0), costs_us) for scenes in clips.values()]

    print(
        f"{len(SEEDS)} views, {len(SIGMAS)} levels of noise ({', '.join(map(str, SIGMAS))}), and {', '.join(clips) or 'no real footage'}\n"
    )
    print("| what happens | told as it should be | delay, s: median / longest | told otherwise |\n|---|---|---|---|")
    for name, (condition, change) in FAULTS.items():
        found = runs(change)
        right = [
            at_s for told in found for at_s, told_condition in told[:1] if told_condition == condition and at_s > 0
        ]
        wrong = [told_condition for told in found for _, told_condition in told if told_condition != condition]
        delay = f"{statistics.median(right):.0f} / {max(right):.0f}" if right else "-"
        print(f"| {name} | {len(right)} of {len(found)} | {delay} | {', '.join(wrong) or '-'} |")
    for name, change in ADVERSE.items():
        found = runs(change)
        wrong = [f"{told_condition} at {at_s:.0f} s" for told in found for at_s, told_condition in told]
        print(
            f"| {name} | nothing is, in {sum(not told for told in found)} of {len(found)} | | {', '.join(wrong) or '-'} |"
        )
    cost_us = statistics.median(costs_us)
    print(
        f"\nOne look: {cost_us:.0f} us of CPU; 42 cameras, one each {EVERY_S:g} s: {42 * cost_us / EVERY_S / 1e6:.2%} of a core."
    )


if __name__ == "__main__":
    main()
