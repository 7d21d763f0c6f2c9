"""Weather, light and things at the lens that are no movement worth an alert: generated, seeded, ten frames a second at 640x360."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.analytics.scenes import FPS, Camera, Gray, street

Scene = NDArray[np.float32]
SETTLED = 30
"""Quiet frames before anything happens."""


def _glow(scene: Scene, x_px: float, y_px: float, width_px: float, height_px: float, level: float) -> Scene:
    """The scene with a soft spot of light, Gaussian, of these half-widths."""
    rows, columns = scene.shape
    across = np.exp(-(((np.arange(columns, dtype=np.float32) - x_px) / width_px) ** 2))
    down = np.exp(-(((np.arange(rows, dtype=np.float32) - y_px) / height_px) ** 2))
    lit: Scene = scene + np.float32(level) * down[:, None] * across[None, :]
    return lit


def _shifted(scene: Scene, x_px: float, y_px: float, angle_deg: float = 0.0) -> Scene:
    rows, columns = scene.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle_deg, 1.0)
    matrix[0, 2] += x_px
    matrix[1, 2] += y_px
    moved: Scene = cv2.warpAffine(scene, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    return moved


def headlights() -> Iterator[Gray]:
    """A car that stays out of the picture turns: its light sweeps over the dark walls in two seconds, three times."""
    scene, camera = street(20) * np.float32(0.45), Camera(6)
    for i in range(200):
        phase = (i - SETTLED) % 60 / 20
        lit = i >= SETTLED and phase < 1
        yield camera(_glow(scene, 740 * phase - 50, 190, 110, 60, 45) if lit else scene)


def insects() -> Iterator[Gray]:
    """Moths in the infrared lamp, one every three seconds: large, bright, blurred, past the lens in a fifth of a second."""
    scene, camera, rng = street(21) * np.float32(0.5), Camera(7), np.random.default_rng(5)
    x = y = step_x = step_y = 0.0
    for i in range(400):
        if i % 30 == 0:
            x, y = float(rng.uniform(80, 560)), float(rng.uniform(60, 300))
            step_x, step_y = (float(step) for step in rng.uniform(-140, 140, 2))
        flying = i >= SETTLED and i % 30 < 2
        yield camera(_glow(scene, x + step_x * (i % 30), y + step_y * (i % 30), 22, 14, 110) if flying else scene)


def spider_web() -> Iterator[Gray]:
    """Four bright threads across a corner that swing in the draught all the time."""
    scene, camera = street(22) * np.float32(0.6), Camera(5)
    for i in range(500):
        picture = scene.copy()
        for thread in range(4):
            swing = 5 * np.sin(i / 2.1 + thread) + 3 * np.sin(i / 5.3 + 2 * thread)
            start, end = (400 + 40 * thread, 0), (639, 60 + 50 * thread)
            middle = (round(540 + 20 * thread + swing), round(60 + 20 * thread + swing))
            cv2.polylines(
                picture, [np.array([start, middle, end], np.int32)], isClosed=False, color=(190.0,), thickness=2
            )
        yield camera(picture)


def shaking_pole() -> Iterator[Gray]:
    """Lorries shake the pole: for two seconds out of eight the whole picture swings by up to two pixels."""
    scene, camera = street(23), Camera(4)
    for i in range(320):
        shaken = i >= SETTLED and i % 80 < 20
        x_px, y_px = (2.0 * np.sin(i * 2.4), 1.2 * np.sin(i * 1.7)) if shaken else (0.0, 0.0)
        yield camera(_shifted(scene, x_px, y_px))


def camera_bump() -> Iterator[Gray]:
    """Somebody knocks the camera: within three frames it points 14 pixels further and stays so."""
    scene, camera = street(24), Camera(4)
    for i in range(150):
        share = min(1.0, max(0.0, (i - SETTLED) / 3))
        yield camera(_shifted(scene, 14 * share, 6 * share, 1.0 * share))


def snow() -> Iterator[Gray]:
    """Two hundred flakes of two to five pixels, drifting down."""
    scene, camera, rng = street(25), Camera(4), np.random.default_rng(6)
    x, y = rng.uniform(0, 640, 200), rng.uniform(0, 360, 200)
    size = rng.integers(1, 3, 200)
    for i in range(300):
        x, y = (x + rng.normal(1, 3, 200)) % 640, (y + 6 + 4 * size) % 360
        picture = scene.copy()
        if i >= SETTLED:
            for left, top, radius in zip(x, y, size, strict=True):
                cv2.circle(picture, (round(left), round(top)), int(radius), (235.0,), -1)
        yield camera(picture)


def dark_leaves() -> Iterator[Gray]:
    """A branch that begins to sway in a gust after a minute's calm."""
    scene, camera = street(26), Camera(4)
    for i in range(300):
        swing = 0.0 if i < SETTLED else 3 * np.sin(i / 2.5)
        picture = scene.copy()
        picture[30:150, 420:560] = _shifted(scene, swing, swing / 3)[30:150, 420:560]
        yield camera(picture)


SEQUENCES: dict[str, Callable[[], Iterator[Gray]]] = {
    "headlights": headlights,
    "insects": insects,
    "spider web": spider_web,
    "shaking pole": shaking_pole,
    "camera bump": camera_bump,
    "snow": snow,
    "gust": dark_leaves,
}
"""By name; each says in its docstring what it shows."""

__all__ = ["FPS", "SEQUENCES", "SETTLED"]
