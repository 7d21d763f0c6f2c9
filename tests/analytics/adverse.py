"""Weather, plants, the pole and things at the lens that are no movement worth an alert: generated, each seed another; ten frames a second at 640x360."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from tests.analytics import light
from tests.analytics.light import Scene, glow
from tests.analytics.scenes import FPS, SETTLED, Camera, Gray, street


def shifted(scene: Scene, x_px: float, y_px: float, angle_deg: float = 0.0) -> Scene:
    """The scene as a camera sees it that looks elsewhere; what was outside repeats the border."""
    rows, columns = scene.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle_deg, 1.0)
    matrix[0, 2] += x_px
    matrix[1, 2] += y_px
    moved: Scene = cv2.warpAffine(scene, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    return moved


def insects(seed: int = 0) -> Iterator[Gray]:
    """Moths in the infrared lamp, one every three seconds: large, bright, blurred, past the lens in a fifth of a second."""
    scene, camera, rng = street(2000 + seed) * np.float32(0.5), Camera(7, seed), np.random.default_rng([seed, 5])
    x = y = step_x = step_y = 0.0
    for i in range(400):
        if i % 30 == 0:
            x, y = float(rng.uniform(80, 560)), float(rng.uniform(60, 300))
            step_x, step_y = (float(step) for step in rng.uniform(-140, 140, 2))
        flying = i >= SETTLED and i % 30 < 2
        yield camera(glow(scene, x + step_x * (i % 30), y + step_y * (i % 30), 22, 14, 110) if flying else scene)


def crawling_insect(seed: int = 0) -> Iterator[Gray]:
    """A moth crawls over the glass of the dome, out of focus, with pauses, at 20 to 50 pixels a second."""
    scene, camera, rng = street(2100 + seed) * np.float32(0.5), Camera(7, seed), np.random.default_rng([seed, 6])
    x, y, heading = float(rng.uniform(150, 490)), float(rng.uniform(90, 270)), float(rng.uniform(0, 6))
    step_px, level = rng.uniform(2, 5), rng.uniform(-70, 90)
    level = float(np.copysign(max(40.0, abs(level)), level))
    for i in range(400):
        if i >= SETTLED and i % 50 < 30:
            heading += float(rng.normal(0, 0.25))
            x, y = x + step_px * np.cos(heading), y + step_px * np.sin(heading)
        yield camera(glow(scene, x, y, 45, 32, level) if i >= SETTLED else scene)


def spider_web(seed: int = 0) -> Iterator[Gray]:
    """Three to five bright threads across a corner that swing in the draught all the time."""
    scene, camera, rng = street(2200 + seed) * np.float32(0.6), Camera(5, seed), np.random.default_rng([seed, 7])
    threads, periods, widths = int(rng.integers(3, 6)), rng.uniform(1.6, 3.0, 5), rng.integers(1, 3, 5)
    bright, side = float(rng.uniform(150, 210)), int(rng.integers(0, 2))
    for i in range(900):
        picture = scene.copy()
        for thread in range(threads):
            swing = 5 * np.sin(i / periods[thread] + thread) + 3 * np.sin(i / 5.3 + 2 * thread)
            start, end = (400 + 40 * thread, 0), (639, 60 + 50 * thread)
            middle = (round(540 + 20 * thread + swing), round(60 + 20 * thread + swing))
            line = np.array([start, middle, end], np.int32)
            cv2.polylines(picture, [line], isClosed=False, color=(bright,), thickness=int(widths[thread]))
        yield camera(picture if side else np.ascontiguousarray(picture[:, ::-1]))


def shaking_pole(seed: int = 0) -> Iterator[Gray]:
    """Lorries shake the pole: for two seconds out of eight the whole picture swings by up to two pixels."""
    yield from _shaken(seed, 2.0)


def storm_on_the_pole(seed: int = 0) -> Iterator[Gray]:
    """Wind does: it swings by up to eight pixels."""
    yield from _shaken(seed, 8.0)


def _shaken(seed: int, most_px: float) -> Iterator[Gray]:
    rng = np.random.default_rng([seed, 8])
    scene, camera = street(2300 + seed), Camera(4, seed)
    across, down = rng.uniform(0.4, 2.6, 2)
    for i in range(400):
        shaken = i >= SETTLED and i % 80 < 20
        swing = (most_px * np.sin(i * across), 0.6 * most_px * np.sin(i * down)) if shaken else (0.0, 0.0)
        yield camera(shifted(scene, *swing))


def camera_bump(seed: int = 0) -> Iterator[Gray]:
    """Somebody knocks the camera: within three frames it points 5 to 40 pixels further, turned by up to 1.5 degrees, and stays so."""
    rng = np.random.default_rng([seed, 9])
    scene, camera = street(2400 + seed), Camera(4, seed)
    way_px, bearing, angle_deg = rng.uniform(5, 40), rng.uniform(0, 2 * np.pi), rng.uniform(-1.5, 1.5)
    for i in range(200):
        share = min(1.0, max(0.0, (i - SETTLED) / 3))
        yield camera(
            shifted(scene, way_px * share * np.cos(bearing), way_px * share * np.sin(bearing), angle_deg * share)
        )


def turning_camera(seed: int = 0) -> Iterator[Gray]:
    """A dome turns over a wide view, looks there, and turns back, at 40 to 200 pixels a second; nobody tells the detector."""
    rng = np.random.default_rng([seed, 10])
    wide, camera = street(2500 + seed, 480, 1600), Camera(4, seed)
    speed_px, x_px = rng.uniform(4, 20), 100.0
    down_px = rng.uniform(-0.2, 0.2) * speed_px
    turns = ((60, 90), (160, 190))
    y_px = 60.0
    for i in range(300):
        for way, (start, end) in zip((1, -1), turns, strict=True):
            if start <= i < end:
                x_px, y_px = x_px + way * speed_px, y_px + way * down_px
        matrix = np.array([[1, 0, -x_px], [0, 1, -y_px]], np.float32)
        yield camera(cv2.warpAffine(wide, matrix, (640, 360), borderMode=cv2.BORDER_REPLICATE).astype(np.float32))


def rain(seed: int = 0) -> Iterator[Gray]:
    """Sixty bright streaks per picture, each somewhere else."""
    scene, camera, rng = street(2600 + seed), Camera(4, seed), np.random.default_rng([seed, 11])
    for _ in range(300):
        picture = scene.copy()
        for x, y in zip(rng.integers(0, 635, 60), rng.integers(0, 330, 60), strict=True):
            picture[y : y + 22, x : x + 1] += 70
        yield camera(picture)


def snow(seed: int = 0) -> Iterator[Gray]:
    """Two hundred flakes of two to five pixels, drifting down."""
    scene, camera, rng = street(2700 + seed), Camera(4, seed), np.random.default_rng([seed, 12])
    x, y = rng.uniform(0, 640, 200), rng.uniform(0, 360, 200)
    size = rng.integers(1, 3, 200)
    for i in range(300):
        x, y = (x + rng.normal(1, 3, 200)) % 640, (y + 6 + 4 * size) % 360
        picture = scene.copy()
        if i >= SETTLED:
            for left, top, radius in zip(x, y, size, strict=True):
                cv2.circle(picture, (round(left), round(top)), int(radius), (235.0,), -1)
        yield camera(picture)


def swaying_tree(seed: int = 0) -> Iterator[Gray]:
    """A treetop that sways in the wind from the first frame on, by 3 to 9 pixels, leaf against leaf."""
    yield from _tree(seed, calm_frames=0)


def gust(seed: int = 0) -> Iterator[Gray]:
    """The same, calm for half a minute; then a gust comes."""
    yield from _tree(seed, calm_frames=300)


def _tree(seed: int, calm_frames: int) -> Iterator[Gray]:
    rng = np.random.default_rng([seed, 13])
    scene, camera = street(2800 + seed), Camera(4, seed)
    amplitude, period = rng.uniform(2, 6), rng.uniform(2, 5)
    left, top = int(rng.integers(0, 420)), int(rng.integers(0, 160))
    leaves = cv2.GaussianBlur(rng.normal(0, 60, scene.shape).astype(np.float32), (0, 0), 3)
    crown = np.clip(90 + 3 * leaves, 40, 180)
    rows, columns = scene.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    shape = np.exp(-((((x - left - 110) / 90) ** 2 + ((y - top - 90) / 70) ** 2) ** 3)).astype(np.float32)
    for i in range(900):
        strength = 0.0 if i < calm_frames else 0.6 + 0.4 * np.sin(i / 37)
        swing = strength * (amplitude * np.sin(i / period) + 0.5 * amplitude * np.sin(i / 7.3 + 1))
        # Each branch lags a little behind the next.
        bend = np.float32(swing) + np.float32(0.25 * amplitude * strength) * np.sin(x / 40 + np.float32(i / 2.3))
        moved = cv2.remap(crown, x - bend, y - 0.4 * bend, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        yield camera(scene + shape * (moved - scene))


SEQUENCES: dict[str, Callable[[int], Iterator[Gray]]] = {
    "sensor noise": light.sensor_noise,
    "night noise": light.night_noise,
    "sunrise": light.sunrise,
    "cloud": light.cloud,
    "cloud, sharp border": light.sharp_cloud,
    "small cloud": light.small_cloud,
    "street lamps": light.street_lamps,
    "lamp": light.lamp,
    "infrared switch": light.infrared,
    "exposure": light.exposure,
    "key frame pulses": light.key_frame_pulses,
    "clock": light.clock_on_screen,
    "headlights": light.headlights,
    "wet asphalt": light.wet_asphalt,
    "rain": rain,
    "snow": snow,
    "insects": insects,
    "crawling insect": crawling_insect,
    "spider web": spider_web,
    "swaying tree": swaying_tree,
    "gust": gust,
    "shaking pole": shaking_pole,
    "storm on the pole": storm_on_the_pole,
    "camera bump": camera_bump,
    "turning camera": turning_camera,
}
"""By name; each says in its docstring what it shows, and takes a seed."""

__all__ = ["FPS", "SEQUENCES", "SETTLED", "shifted"]
