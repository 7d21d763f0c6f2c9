"""Procedural scenes: what a camera of the simulated fleet sees at any time and at any picture size, from two numbers.

Pure: the same camera number and seed give the same pictures on every machine. There are ``DISTINCT_SCENES`` scenes; cameras beyond
share them (``scene_number``), so that a fleet of 128 needs no more encoding than one of 42.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from ingest.simulator.actors import Track, plan_tracks
from ingest.simulator.backdrop import SceneKind, paint_backdrop
from ingest.simulator.canvas import Picture, Plane
from ingest.simulator.label import draw_number
from ingest.simulator.nuisance import NOISE_PICTURES, Patch, PatchTexture, Rain, noise_sigma, noisy_copies, plan_patches

DISTINCT_SCENES: Final = 42
DEFAULT_DURATION_S: Final = 10.0
_NOISE_FPS: Final = 25
_KINDS: Final = (
    SceneKind.STREET,
    SceneKind.PARK,
    SceneKind.AVENUE,
    SceneKind.NIGHT,
    SceneKind.MARKET,
    SceneKind.BRIDGE,
    SceneKind.RAIN,
    SceneKind.PLAZA,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera's view.

    Attributes:
        number: the camera's number, shown top left.
        seed: of the whole fleet.
        kind: place, weather and light.
        duration_s: length of the clip that it is rendered for; gusts of wind span it.
        tracks: what moves and matters; empty in a quiet scene.
        patches: what moves and does not.
    """

    number: int
    seed: int
    kind: SceneKind
    duration_s: float
    tracks: tuple[Track, ...]
    patches: tuple[Patch, ...]

    def quiet(self, duration_s: float) -> Scene:
        """The same view with nothing in it but nuisance."""
        return replace(self, tracks=(), duration_s=duration_s)

    def render(self, t_s: float, size: tuple[int, int]) -> Picture:
        """The picture at scene time ``t_s`` (seconds from 0) in ``size`` (width, height in pixels).

        The planes are valid until the next call for the same scene and size: one buffer is drawn over and over.
        """
        return _renderer(self.number, self.seed, self.kind, self.patches, size).render(self, t_s)

    def silhouettes(self, t_s: float, size: tuple[int, int]) -> Plane:
        """The ground truth of the picture at ``t_s``: (height, width) uint8, 255 where a track is drawn, whatever its contrast, 0 elsewhere."""
        picture = Picture.blank(*size)
        empty = int(picture.luma[0, 0])  # black, darker than anything that is drawn
        for track in self.tracks:
            track.draw(picture, t_s)
        return np.where(picture.luma != empty, np.uint8(255), np.uint8(0))


def scene_number(camera_number: int) -> int:
    """Which scene a camera shows, 1..``DISTINCT_SCENES``."""
    return (camera_number - 1) % DISTINCT_SCENES + 1


def scene_for(camera_number: int, seed: int, duration_s: float = DEFAULT_DURATION_S) -> Scene:
    """The view of a camera, with movement that enters and leaves within ``duration_s``."""
    number = scene_number(camera_number)
    kind = _KINDS[(number - 1) % len(_KINDS)]
    rng = np.random.default_rng([seed, number])
    patches = plan_patches(kind, rng)
    return Scene(number, seed, kind, duration_s, plan_tracks(kind, rng, duration_s), patches)


class _Renderer:
    """Everything of a scene that can be drawn beforehand, for one size."""

    def __init__(
        self, number: int, seed: int, kind: SceneKind, patches: tuple[Patch, ...], size: tuple[int, int]
    ) -> None:
        width_px, height_px = size
        backdrop = paint_backdrop(kind, np.random.default_rng([seed, number, 1]), width_px, height_px)
        self._textures = [PatchTexture(p, width_px, height_px, colourless=kind is SceneKind.NIGHT) for p in patches]
        for texture in self._textures:
            texture.tint(backdrop)
        self._noisy = noisy_copies(backdrop, noise_sigma(kind, width_px), seed * 1000 + number)
        self._rain = Rain(seed * 1000 + number) if kind is SceneKind.RAIN else None
        self._number = number
        self._picture = Picture.blank(width_px, height_px)

    def render(self, scene: Scene, t_s: float) -> Picture:
        picture = self._picture
        # A step that shares no factor with the number of copies: neighbours in time differ, also when frames are left out.
        picture.copy_from(self._noisy[round(t_s * _NOISE_FPS) * 5 % NOISE_PICTURES])
        for texture in self._textures:
            texture.draw(picture, t_s, scene.duration_s)
        for track in scene.tracks:
            track.draw(picture, t_s)
        if self._rain is not None:
            self._rain.draw(picture, t_s)
        draw_number(picture, self._number)
        return picture


@lru_cache(maxsize=4)
def _renderer(number: int, seed: int, kind: SceneKind, patches: tuple[Patch, ...], size: tuple[int, int]) -> _Renderer:
    return _Renderer(number, seed, kind, patches, size)
