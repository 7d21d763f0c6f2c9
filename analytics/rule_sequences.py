"""Generated sequences with ground truth for the rules of zones: people, cars, bags, leaves and light, seeded, ten frames a second.

People are jointed figures that swing their legs and, when they stand, shift their weight; they grow towards the lower edge as in a street camera's
picture. Each sequence says which rules should report, and when; whatever else is reported is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.event_score import Span

FPS: Final = 10
SETTLED_S: Final = 20.0
"""Nothing but noise for so long: the backgrounds are learned."""
_NOISES: Final = 7

Canvas = NDArray[np.float32]
Actor = Callable[[Canvas, float], None]
"""Draws itself into a (rows, columns) float32 picture at a time in seconds."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a rule should report within a span."""

    rule: str
    span: Span


@dataclass(frozen=True, slots=True)
class RuleSequence:
    """A sequence.

    Attributes:
        name: as printed.
        zone: its one zone, as in cameras.yaml.
        seconds: its length.
        actors: what is in it, the farthest first.
        expected: what should be reported.
        light: gray levels that are added at a time.
    """

    name: str
    zone: dict[str, Any]
    seconds: float
    actors: tuple[Actor, ...]
    expected: tuple[Expected, ...] = ()
    light: Callable[[float], float] | None = None

    def frames(self, seed: int, rows: int = 360) -> Iterator[NDArray[np.uint8]]:
        """Each frame's luma, (rows, rows * 16 / 9) uint8."""
        rng = np.random.default_rng(seed)
        columns = rows * 16 // 9
        scene = _street(rng, rows, columns)
        noises = [rng.normal(0, 3.5, scene.shape).astype(np.float32) for _ in range(_NOISES)]
        for index in range(round((SETTLED_S + self.seconds) * FPS)):
            at_s = index / FPS - SETTLED_S
            picture = scene.copy()
            for actor in self.actors:
                actor(picture, at_s)
            if self.light is not None:
                picture += np.float32(self.light(max(0.0, at_s)))
            noise = np.roll(noises[int(rng.integers(_NOISES))], int(rng.integers(columns)), axis=1)
            yield np.clip(picture + noise, 0, 255).astype(np.uint8)


def _street(rng: np.random.Generator, rows: int, columns: int) -> Canvas:
    soft = cv2.resize(rng.uniform(80, 150, (5, 8)).astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 20, (rows, columns)).astype(np.float32), (0, 0), rows / 180)
    scene = soft + fine
    for _ in range(10):
        x, y = int(rng.integers(0, columns * 9 // 10)), int(rng.integers(0, rows * 9 // 10))
        scene[y : y + rows // 12, x : x + columns // 15] += float(rng.uniform(-30, 30))
    found: Canvas = np.clip(scene, 40, 210).astype(np.float32)
    return found


Path = Sequence[tuple[float, float, float]]
"""Seconds, and the foot's place in parts of the picture, straight from one to the next; there only from the first to the last."""


def place(path: Path, at_s: float) -> tuple[float, float] | None:
    """Where somebody is; None before the path's first and after its last moment."""
    if not path[0][0] <= at_s <= path[-1][0]:
        return None
    times = [point[0] for point in path]
    return (
        float(np.interp(at_s, times, [point[1] for point in path])),
        float(np.interp(at_s, times, [point[2] for point in path])),
    )


def person_height(foot: float) -> float:
    """Of somebody whose foot is at that height of the picture (0 upper edge, 1 lower), as a share of the picture's height."""
    return 0.06 + 0.3 * foot


def person(path: Path, level: float = 60, phase: float = 0.0, scale: float = 1.0) -> Actor:
    """Somebody who walks along a path; ``level``: how much brighter than the street the coat is."""

    def draw(canvas: Canvas, at_s: float) -> None:
        at, before = place(path, at_s), place(path, max(path[0][0], at_s - 0.1))
        if at is None or before is None:
            return
        x, y = at
        walks = abs(x - before[0]) + abs(y - before[1]) > 1e-4
        height = scale * person_height(y)
        rows, columns = canvas.shape
        # Who stands shifts the weight, turns, lifts an arm now and then.
        sway = (
            0.0 if walks else 0.05 * height * float(np.sin(1.3 * at_s + phase) + 0.6 * np.sin(0.37 * at_s + 2 * phase))
        )
        arm = 0.0 if walks or np.sin(0.9 * at_s + phase) < 0.3 else 0.12 * height
        stride = 0.12 * height * float(np.sin(9 * at_s + phase)) if walks else 0.04 * height
        feet, px = y * rows, height * rows
        middle, upper = x * columns, (x * columns + sway * rows)
        dark, light_ = -0.8 * level, level
        for side in (-1, 1):
            hip = (round(middle + 0.6 * (upper - middle)), round(feet - 0.45 * px))
            foot = (round(middle + side * stride * rows), round(feet))
            _line(canvas, hip, foot, dark, max(2, round(0.09 * px)))
        _box(canvas, upper - 0.13 * px, feet - 0.85 * px, (0.26 * px, 0.42 * px), light_)
        if arm:
            _line(canvas, (round(upper), round(feet - 0.75 * px)),
                  (round(upper + 1.6 * arm * rows), round(feet - 0.6 * px)), light_, max(2, round(0.06 * px)))  # fmt: skip
        _box(canvas, upper - 0.06 * px, feet - px, (0.12 * px, 0.14 * px), dark)

    return draw


def thing(
    foot: tuple[float, float], size: tuple[float, float], level: float, start_s: float, end_s: float = 1e9
) -> Actor:
    """A box (a bag, a car that is not driving) that is there from a moment to another; its foot's middle and its size in parts of the picture."""
    (x, y), (width, height) = foot, size

    def draw(canvas: Canvas, at_s: float) -> None:
        if start_s <= at_s < end_s:
            rows, columns = canvas.shape
            _box(canvas, (x - width / 2) * columns, (y - height) * rows, (width * columns, height * rows), level)
            _box(canvas, (x - width / 4) * columns, (y - 0.8 * height) * rows, (width / 2 * columns, 0.2 * height * rows), -level / 2)  # fmt: skip

    return draw


def car(path: Path, level: float = 55, size: float = 0.16) -> Actor:
    """A car along a path, ``size`` wide; it stands where the path does."""

    def draw(canvas: Canvas, at_s: float) -> None:
        at = place(path, at_s)
        if at is not None:
            thing((at[0], at[1]), (size, 0.75 * size), level, -1e9)(canvas, at_s)

    return draw


def tree(x: float, y: float, size: float, seed: int, start_s: float = 0.0) -> Actor:
    """Leaves in gusts, around a place."""
    rng = np.random.default_rng(seed)
    leaves = [
        (float(rng.normal(x, size / 3)), float(rng.normal(y, size / 2)), float(rng.uniform(0, 6))) for _ in range(60)
    ]

    def draw(canvas: Canvas, at_s: float) -> None:
        rows, columns = canvas.shape
        gust = max(0.0, float(np.sin(0.5 * (at_s - start_s)))) if at_s >= start_s else 0.0
        for index, (leaf_x, leaf_y, phase) in enumerate(leaves):
            swing = gust * 0.012 * float(np.sin(5 * at_s + phase))
            _box(
                canvas,
                (leaf_x + swing) * columns,
                leaf_y * rows,
                (0.012 * columns, 0.02 * rows),
                35 if index % 2 else -35,
            )

    return draw


def _box(canvas: Canvas, left: float, top: float, size: tuple[float, float], level: float) -> None:
    width, height = size
    rows, columns = canvas.shape
    y1, y2 = max(0, round(top)), min(rows, max(0, round(top + height)))
    x1, x2 = max(0, round(left)), min(columns, max(0, round(left + width)))
    if y1 < y2 and x1 < x2:
        canvas[y1:y2, x1:x2] = 0.25 * canvas[y1:y2, x1:x2] + 0.75 * np.float32(115 + level)


def _line(canvas: Canvas, start: tuple[int, int], end: tuple[int, int], level: float, width: int) -> None:
    cv2.line(canvas, start, end, 115 + level, width)
