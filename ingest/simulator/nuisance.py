"""What changes in the picture and does not matter: sensor noise, leaves in the wind, running water, rain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ingest.simulator.backdrop import SceneKind
from ingest.simulator.canvas import Box, Colour, Mask, Picture, Plane, value_noise

NOISE_PICTURES = 6
"""Differently noisy copies of the backdrop that take turns: noise for the price of a copy."""

_LEAVES: Colour = (84, 114, 120)
_WATER: Colour = (104, 132, 122)
_SWAY_LIMIT = 0.012  # largest shift of a patch, as a share of the picture's height
_RAIN_DROPS = 160


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of the picture whose texture moves: a clump of leaves, a stretch of river.

    The carriers are multiples of 0.5 Hz and the gust spans the clip, so that clips of whole seconds join without a jump.
    """

    box: Box
    colour: Colour
    reach: float
    phase: float
    salt: int
    flat: bool

    def shift(self, t_s: float, duration_s: float) -> tuple[float, float]:
        """(dx, dy) of the texture as shares of the picture's height."""
        gust = 0.55 + 0.45 * math.sin(2 * math.pi * t_s / duration_s)
        along = math.sin(2 * math.pi * 0.5 * t_s + self.phase) + 0.5 * math.sin(
            2 * math.pi * 1.5 * t_s + 2 * self.phase
        )
        across = 0 if self.flat else 0.4 * math.sin(2 * math.pi * 1.0 * t_s + 3 * self.phase)
        return self.reach * gust * along / 1.5, self.reach * gust * across


def plan_patches(kind: SceneKind, rng: np.random.Generator) -> tuple[Patch, ...]:
    """The moving textures of a scene of this kind."""
    patches: list[Patch] = []
    trees = {SceneKind.PARK: 3, SceneKind.PLAZA: 1, SceneKind.AVENUE: 2, SceneKind.STREET: 1, SceneKind.RAIN: 1}.get(
        kind, 0
    )
    for tree in range(trees):
        centre = (tree + float(rng.uniform(0.25, 0.75))) / trees
        for _ in range(3):
            x, y = centre + float(rng.uniform(-0.06, 0.04)), 0.16 + float(rng.uniform(0, 0.16))
            box = (x, y, float(rng.uniform(0.07, 0.11)), float(rng.uniform(0.10, 0.16)))
            reach = float(rng.uniform(0.4, 1)) * _SWAY_LIMIT * (1.0 if kind is SceneKind.PARK else 0.6)
            patches.append(Patch(box, _LEAVES, reach, float(rng.uniform(0, 6)), int(rng.integers(1 << 30)), flat=False))
    if kind is SceneKind.BRIDGE:
        for reach_no in range(3):
            box = (reach_no / 3, 0.43, 1 / 3, 0.07)
            patches.append(Patch(box, _WATER, _SWAY_LIMIT * 0.5, reach_no * 2.0, int(rng.integers(1 << 30)), flat=True))
    return tuple(patches)


class PatchTexture:
    """A patch prepared for one picture size: its texture with a margin, and which pixels it covers."""

    def __init__(self, patch: Patch, width_px: int, height_px: int, *, colourless: bool) -> None:
        self._patch = patch
        self._height_px = height_px
        x, y, width, height = patch.box
        left, right = round(max(0.0, x) * width_px), round(min(1.0, x + width) * width_px)
        top, bottom = round(y * height_px), round((y + height) * height_px)
        self._rows, self._columns = slice(top, bottom), slice(left, right)
        self._margin_px = math.ceil(_SWAY_LIMIT * height_px) + 1
        rows_px, columns_px = bottom - top, right - left
        rng = np.random.default_rng(patch.salt)
        padded = (columns_px + 2 * self._margin_px, rows_px + 2 * self._margin_px)
        grain = value_noise(rng, *padded, 22, 20) * 26 + value_noise(rng, *padded, 6, 5) * 10
        self._texture: Plane = np.clip(grain + patch.colour[0], 16, 235).astype(np.uint8)
        u = np.linspace(-1, 1, columns_px, dtype=np.float32)[np.newaxis, :]
        v = np.linspace(-1, 1, rows_px, dtype=np.float32)[:, np.newaxis]
        self._mask: Mask = np.ones((rows_px, columns_px), np.bool_) if patch.flat else (u * u + v * v <= 1)
        self._colourless = colourless

    def tint(self, backdrop: Picture) -> None:
        """Colour the backdrop's chroma once: it moves too little to be worth moving."""
        if not self._colourless and not self._patch.flat:
            backdrop.paint(self._patch.box, lambda u, v: (2 * u - 1) ** 2 + (2 * v - 1) ** 2 <= 1, self._patch.colour)

    def draw(self, picture: Picture, t_s: float, duration_s: float) -> None:
        """Draw the texture where the wind has it at this time."""
        if self._mask.size == 0:
            return
        dx, dy = self._patch.shift(t_s, duration_s)
        top = self._margin_px + round(dy * self._height_px)
        left = self._margin_px + round(dx * self._height_px)
        rows_px, columns_px = self._mask.shape
        np.copyto(
            picture.luma[self._rows, self._columns],
            self._texture[top : top + rows_px, left : left + columns_px],
            where=self._mask,
        )


class Rain:
    """Streaks that fall; where each is follows from the time alone, so that both streams show the same drops."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 77])
        self._x = rng.uniform(0, 1.1, _RAIN_DROPS)
        self._y = rng.uniform(0, 1, _RAIN_DROPS)
        self._speed = rng.uniform(2.2, 3.4, _RAIN_DROPS)  # picture heights a second

    def draw(self, picture: Picture, t_s: float) -> None:
        """Brighten the pixels of every streak."""
        height_px, width_px = picture.luma.shape
        length_px = max(2, height_px // 40)
        top = (self._y + self._speed * t_s) % 1.0
        x = self._x - 0.08 * top
        steps = np.arange(length_px)
        rows = (top * height_px).astype(np.intp)[:, np.newaxis] + steps
        columns = (x * width_px).astype(np.intp)[:, np.newaxis] - steps // 6
        inside = (rows < height_px) & (columns >= 0) & (columns < width_px)
        rows, columns = rows[inside], columns[inside]
        picture.luma[rows, columns] = np.minimum(picture.luma[rows, columns].astype(np.intp) + 26, 235)


def noise_sigma(kind: SceneKind, width_px: int) -> float:
    """Standard deviation of the sensor noise in luma steps: less where pixels were averaged for a small picture. At night a camera's own
    noise reduction leaves little more than by day, on a signal half as strong."""
    return (1.4 if kind is SceneKind.NIGHT else 1.3) * math.sqrt(math.sqrt(width_px / 1920))


def noisy_copies(backdrop: Picture, sigma: float, seed: int) -> tuple[Picture, ...]:
    """``NOISE_PICTURES`` copies of the backdrop with Gaussian noise of ``sigma`` luma steps."""
    height_px, width_px = backdrop.luma.shape
    rng = np.random.default_rng([seed, height_px])
    base = backdrop.luma.astype(np.float32) + 0.5
    copies = []
    for _ in range(NOISE_PICTURES):
        copy = Picture.blank(width_px, height_px)
        copy.copy_from(backdrop)
        noise = rng.standard_normal(base.shape, dtype=np.float32) * np.float32(sigma)
        copy.luma[:] = np.clip(base + noise, 16, 235).astype(np.uint8)
        copies.append(copy)
    return tuple(copies)
