"""Light, the sensor and the encoder: what changes gray levels where nothing moves. Generated, each seed another scene; ten frames a second at 640x360."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.analytics.scenes import FPS, SETTLED, Camera, Gray, street

Scene = NDArray[np.float32]


def glow(scene: Scene, x_px: float, y_px: float, width_px: float, height_px: float, level: float) -> Scene:
    """The scene with a soft spot of light, Gaussian, of these half-widths."""
    rows, columns = scene.shape
    across = np.exp(-(((np.arange(columns, dtype=np.float32) - x_px) / width_px) ** 2))
    down = np.exp(-(((np.arange(rows, dtype=np.float32) - y_px) / height_px) ** 2))
    lit: Scene = scene + np.float32(level) * down[:, None] * across[None, :]
    return lit


def sensor_noise(seed: int = 0) -> Iterator[Gray]:
    """A lit street, noise of 4 levels."""
    scene, camera = street(100 + seed), Camera(4, seed)
    yield from (camera(scene) for _ in range(300))


def night_noise(seed: int = 0) -> Iterator[Gray]:
    """A dark street at the highest gain, noise of 14 levels, clipped at black."""
    scene, camera = street(100 + seed) * np.float32(0.5), Camera(14, seed)
    yield from (camera(scene) for _ in range(300))


def sunrise(seed: int = 0) -> Iterator[Gray]:
    """Brighter by 60 % within twenty seconds."""
    scene, camera = street(200 + seed) * np.float32(0.6), Camera(4, seed)
    yield from (camera(scene * np.float32(1 + 0.6 * min(1, max(0, i - SETTLED) / 200))) for i in range(270))


def cloud(seed: int = 0) -> Iterator[Gray]:
    """A shadow of 25 to 45 % with a soft border that crosses the picture in six to twelve seconds."""
    yield from _shadow(seed, softness=0.08)


def sharp_cloud(seed: int = 0) -> Iterator[Gray]:
    """The same with a border of a fortieth of the picture: a small cloud under a high sun."""
    yield from _shadow(seed, softness=0.006)


def _shadow(seed: int, softness: float) -> Iterator[Gray]:
    rng = np.random.default_rng([seed, 1])
    scene, camera = street(300 + seed), Camera(4, seed)
    depth, frames, slant = rng.uniform(0.25, 0.45), rng.uniform(60, 120), rng.uniform(-0.4, 0.4)
    rows, columns = scene.shape
    x = np.linspace(0, 1, columns, dtype=np.float32)[None, :]
    place = x + np.linspace(-0.5, 0.5, rows, dtype=np.float32)[:, None] * np.float32(slant)
    for i in range(SETTLED + 150):
        edge = (i - SETTLED) / frames * 1.5 - 0.25
        shade = 1 - depth / (1 + np.exp(np.clip(-(edge - place) / softness, -30, 30)))
        yield camera((scene * shade).astype(np.float32))


def small_cloud(seed: int = 0) -> Iterator[Gray]:
    """The shadow of one small cloud, all of it in the picture: round, uneven, 25 to 50 % dark, its border an eighteenth of the picture; slow, so that it is taken for background."""
    rng = np.random.default_rng([seed, 77])
    scene, camera = street(1200 + seed), Camera(4, seed)
    depth, radius_px, speed_px, middle_px = (
        rng.uniform(0.25, 0.5),
        rng.uniform(96, 192),
        rng.uniform(3, 9),
        rng.uniform(100, 260),
    )
    turns = rng.uniform(0, 6, 2)
    rows, columns = scene.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    for i in range(SETTLED + 160):
        away_x, away_y = x + radius_px + 20 - speed_px * (i - SETTLED), y - middle_px
        bearing = np.arctan2(away_y, away_x)
        round_px = np.hypot(away_x, away_y) / (
            1 + 0.15 * np.sin(3 * bearing + turns[0]) + 0.1 * np.sin(5 * bearing + turns[1])
        )
        shade = 1 - depth / (1 + np.exp(np.clip((round_px - radius_px) / (0.012 * columns), -30, 30)))
        yield camera((scene * shade).astype(np.float32))


def street_lamps(seed: int = 0) -> Iterator[Gray]:
    """All the street lamps go off, then on again."""
    scene, camera = street(400 + seed), Camera(4, seed)
    yield from (camera(scene * np.float32(0.55 if 40 <= i < 100 else 1)) for i in range(200))


def lamp(seed: int = 0) -> Iterator[Gray]:
    """A lamp lights up a sixth of the picture with a hard edge, and stays on."""
    rng = np.random.default_rng([seed, 2])
    scene, camera = street(500 + seed), Camera(4, seed)
    left, top = int(rng.integers(20, 380)), int(rng.integers(20, 140))
    lit = scene.copy()
    lit[top : top + 200, left : left + 220] += np.float32(rng.uniform(30, 60))
    yield from (camera(lit if i >= 40 else scene) for i in range(160))


def infrared(seed: int = 0) -> Iterator[Gray]:
    """The switch to infrared: another spectrum, so other grays, the corners dark, more noise, after half a second of black."""
    day, camera, night_camera = street(600 + seed), Camera(4, seed), Camera(9, seed)
    rows, columns = day.shape
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    night = (200 - 0.7 * day) * (1.1 - 0.6 * np.hypot(x, y)).clip(0.15, 1).astype(np.float32)
    yield from (camera(day) for _ in range(40))
    yield from (camera(day * np.float32(0.05)) for _ in range(5))
    yield from (night_camera(night.astype(np.float32)) for _ in range(120))


def exposure(seed: int = 0) -> Iterator[Gray]:
    """Automatic exposure swings by 25 % within half a second and comes back."""
    scene, camera = street(700 + seed), Camera(4, seed)
    for i in range(200):
        phase = min(1.0, max(0.0, (i - 40) / 5)) - min(1.0, max(0.0, (i - 80) / 5))
        yield camera(scene * np.float32(1 - 0.25 * phase))


def key_frame_pulses(seed: int = 0) -> Iterator[Gray]:
    """A starved encoder: blurred blocks that sharpen with each key frame every two seconds and smear again."""
    scene, camera = street(800 + seed), Camera(1.5, seed)
    smeared = cv2.resize(
        cv2.resize(scene, (80, 45), interpolation=cv2.INTER_AREA), (640, 360), interpolation=cv2.INTER_NEAREST
    )
    for i in range(300):
        share = np.float32(min(1.0, (i % 20) / 10) * 0.7)
        yield camera(((1 - share) * scene + share * smeared).astype(np.float32))


def clock_on_screen(seed: int = 0) -> Iterator[Gray]:
    """Digits of an on-screen clock that count the seconds."""
    scene, camera = street(900 + seed), Camera(3, seed)
    for i in range(300):
        picture = camera(scene)
        cv2.putText(
            picture, f"2026-11-27 12:{i // 600:02d}:{i // FPS % 60:02d}", (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8,
            (255,), 2,
        )  # fmt: skip
        yield picture


def headlights(seed: int = 0) -> Iterator[Gray]:
    """A car that stays out of the picture turns: its light sweeps over the dark walls in two seconds, three times."""
    rng = np.random.default_rng([seed, 3])
    scene, camera = street(1000 + seed) * np.float32(0.45), Camera(6, seed)
    y_px, level = rng.uniform(120, 260), rng.uniform(30, 60)
    for i in range(220):
        phase = (i - SETTLED) % 60 / 20
        lit = i >= SETTLED and phase < 1
        yield camera(glow(scene, 740 * phase - 50, y_px, 110, 60, level) if lit else scene)


def wet_asphalt(seed: int = 0) -> Iterator[Gray]:
    """Rain has fallen: headlights of cars that stay out of the picture glide down the wet road as long soft streaks that shimmer."""
    rng = np.random.default_rng([seed, 4])
    scene, camera = street(1100 + seed) * np.float32(0.4), Camera(6, seed)
    x_px, level = rng.uniform(150, 490), rng.uniform(40, 80)
    for i in range(SETTLED + 240):
        phase = (i - SETTLED) % 80 / 40
        picture = scene
        if i >= SETTLED and phase < 1:
            for side in (-35, 35):
                shimmer = level * (1 + 0.25 * np.sin(1.9 * i + side))
                picture = glow(picture, x_px + side + 60 * phase, 120 + 260 * phase, 26, 110, shimmer)
        yield camera(picture)
